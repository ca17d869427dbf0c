# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of a service on its host: what its directory holds, and ``history.json`` in it."""

from __future__ import annotations

import json
import os
import stat
import typing as t

from .._disk import locked_directories
from .._disk.attributes import Attributes
from .._disk.directory import Directory, open_directory
from .._disk.files import FileSlot
from .._disk.links import link_target
from .._disk.temporaries import temporary_name
from .._errors import KeysmithError
from .._jose import jwk
from .._keypair.values import HISTORY
from . import history
from .history import Found, History

NAME = HISTORY
_LINK = "current"
_OPTION = "directory"
_LARGEST_JWK = 64 * 1024
#: Seconds to wait for another run.
_PATIENCE = 60


class Contents(t.NamedTuple):
    """What the directory of a service holds."""

    #: The text of history.json, empty where it is missing.
    text: bytes = b""
    #: The versions whose files are complete, by their names.
    found: t.Mapping[str, Found] = {}
    #: The one that the link leads to, empty for none.
    active: str = ""


def path(directory: str) -> str:
    """The file with the history."""
    return os.path.join(directory, NAME)


def look(directory: str) -> Contents:
    """What the directory holds; KeysmithError where its history is a file of another kind."""
    folder = open_directory(directory, _OPTION)
    try:
        if not folder.exists:
            return Contents()
        place = FileSlot(folder, NAME, _OPTION)
        text = place.read(history.LARGEST) if place.look() else b""
        names = [name for name in folder.entries() if is_version(folder, name)]
        found = {name: one for name in names for one in [_found(os.path.join(directory, name))] if one}
        target = link_target(FileSlot(folder, _LINK, _OPTION))
    finally:
        folder.close()
    return Contents(text, found, target if target in found else "")


def read(contents: Contents, directory: str) -> History:
    """The history in the file; KeysmithError names the file where it is none."""
    return history.parse(contents.text, path(directory))


def keep(directory: str, versions: History, folders: locked_directories.LockedDirectories) -> bool:
    """Write the history, whole and durable; whether the file is another one now. The run holds the directory."""
    folder = folders.get(directory, _OPTION)
    if not folder.exists:
        return False
    content, place = history.render(versions), FileSlot(folder, NAME, _OPTION)
    if place.look() and place.read(history.LARGEST) == content:
        return False
    # What a killed run leaves of it is cleared away with what it leaves of the link.
    place.stage(content, Attributes(0o644), temporary_name(_LINK)).commit_or_drop()
    return True


def keep_at_once(directory: str, versions: History) -> bool:
    """The same, before the run holds the directory."""
    with locked_directories.LockedDirectories() as folders:
        folder = folders.get(directory, _OPTION)
        if folder.exists:
            folder.lock(_PATIENCE)
        return keep(directory, versions, folders)


def is_version(folder: Directory, name: str) -> bool:
    """Whether it is a directory, and no link to one, with the name of a version."""
    try:
        return history.is_name(name) and stat.S_ISDIR(os.stat(name, dir_fd=folder.fd, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def _found(folder_path: str) -> t.Optional[Found]:
    """The version in that directory; None where a file is missing or says nothing, as after an interrupted run."""
    folder = open_directory(folder_path, _OPTION)
    try:
        place = FileSlot(folder, "jwk.json", _OPTION)
        if not folder.exists or not FileSlot(folder, "private.key", _OPTION).look() or not place.look():
            return None
        text = place.read(_LARGEST_JWK)
    except KeysmithError:
        # Whoever keeps the key pair says what is wrong with its files.
        return None
    finally:
        folder.close()
    return _facts(text)


def _facts(text: bytes) -> t.Optional[Found]:
    try:
        members = json.loads(text.decode("ascii"))
        is_jwk = all(isinstance(value, str) for value in members.values())
        return Found(members["kid"], jwk.thumbprint(members), members["alg"]) if is_jwk else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
