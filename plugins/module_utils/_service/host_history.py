# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of a service on its host: the content of its directory, and ``history.json`` in it."""

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
    """The content of a service's directory."""

    #: The text of history.json, empty where it is missing.
    text: bytes = b""
    #: The versions whose files are complete, by their names.
    found: t.Mapping[str, Found] = {}
    #: Where the link leads; empty where there is none, and where it leads elsewhere.
    link: str = ""
    #: The versions whose public files do not identify the private key, and those that cannot be read.
    unclear: t.FrozenSet[str] = frozenset()

    @property
    def active(self) -> str:
        """Return the version that the service uses, empty for none."""
        return self.link if self.link in self.found or self.link in self.unclear else ""

    def known(self, versions: History) -> "Contents":
        """Return the content with what the history has on unclear versions: their keys exist, and may be in use."""
        more = {one.name: Found(one.kid, one.thumbprint, one.algorithm) for one in versions if one.name in self.unclear}
        return self._replace(found={**more, **self.found}, unclear=self.unclear.difference(more))


def path(directory: str) -> str:
    """Return the path of the history."""
    return os.path.join(directory, NAME)


def look(directory: str) -> Contents:
    """Read the content of the directory; KeysmithError if its history is a file of another kind."""
    folder = open_directory(directory, _OPTION)
    try:
        if not folder.exists:
            return Contents()
        place = FileSlot(folder, NAME, _OPTION)
        text = place.read(history.LARGEST) if place.look() else b""
        names = [name for name in folder.entries() if is_version(folder, name)]
        looks = {name: _found(os.path.join(directory, name)) for name in names}
        link = link_target(FileSlot(folder, _LINK, _OPTION)) or ""
    finally:
        folder.close()
    found = {name: one for name, one in looks.items() if isinstance(one, Found)}
    unclear = frozenset(name for name, one in looks.items() if one is None)
    return Contents(text, found, link if history.is_name(link) else "", unclear)


def read(contents: Contents, directory: str) -> History:
    """Read the history; KeysmithError names the file if it is none."""
    return history.parse(contents.text, path(directory))


def looked(directory: str) -> t.Tuple[Contents, History]:
    """Read both, the content completed by the history; KeysmithError as for each."""
    contents = look(directory)
    versions = read(contents, directory)
    return contents.known(versions), versions


def keep(directory: str, versions: History, folders: locked_directories.LockedDirectories) -> bool:
    """Write the history durably; return whether the file changed. The run has locked the directory."""
    folder = folders.get(directory, _OPTION)
    if not folder.exists:
        return False
    content, place = history.render(versions), FileSlot(folder, NAME, _OPTION)
    # Of a directory in which nothing was made, there is no history to begin.
    if place.read(history.LARGEST) == content if place.look() else not versions:
        return False
    # What a killed run leaves of it is cleared away with what it leaves of the link.
    place.stage(content, Attributes(0o644), temporary_name(_LINK)).commit_or_drop()
    return True


def keep_at_once(directory: str, versions: History) -> bool:
    """Write the history before the run has locked the directory."""
    with locked_directories.LockedDirectories() as folders:
        folder = folders.get(directory, _OPTION)
        if folder.exists:
            folder.lock(_PATIENCE)
        return keep(directory, versions, folders)


def is_version(folder: Directory, name: str) -> bool:
    """Check for a directory, not a link to one, with the name of a version."""
    try:
        return history.is_name(name) and stat.S_ISDIR(os.stat(name, dir_fd=folder.fd, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def _found(folder_path: str) -> t.Union[Found, bool, None]:
    """Return the version in that directory, False if there is none; None if its JWK is missing or unclear."""
    try:
        with open_directory(folder_path, _OPTION) as folder:
            place = FileSlot(folder, "jwk.json", _OPTION)
            if not folder.exists or not FileSlot(folder, "private.key", _OPTION).look():
                return False
            return _facts(place.read(_LARGEST_JWK)) if place.look() else None
    except KeysmithError:
        # The code that inspects the key pair reports what is wrong with its files.
        return None


def _facts(text: bytes) -> t.Optional[Found]:
    try:
        members = json.loads(text.decode("ascii"))
        is_jwk = all(isinstance(value, str) for value in members.values())
        return Found(members["kid"], jwk.thumbprint(members), members["alg"]) if is_jwk else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
