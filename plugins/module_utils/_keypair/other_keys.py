# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Protect passphrases of other keys in our environment files: a key is lost with the only copy of its passphrase."""

from __future__ import annotations

import base64
import os
import typing as t

from .._disk.directory import open_directory
from .._disk.files import FileSlot
from .._env_files import edit, other_values
from .._errors import KeysmithError, shorten
from . import recovery
from .request import Wanted
from .state import FoundEnvironment, State

WARNING = (
    "An environment file named another key, which still exists; if another task keeps that one, give each key a "
    "file or variables of its own."
)


def check(wanted: Wanted, state: State, passphrase: bytes) -> bool:
    """Whether an environment file speaks of another key before it is changed, of which nothing else here knows.

    KeysmithError where the passphrase of such a key would be taken out of it, or replaced, or become ours, too, and be
    taken out with ours one day. One that is given to this run is known to whoever asks for it, and is not lost; nor is
    one that a version keeps in a file of its own.
    """
    given = {b"", wanted.passphrase, *wanted.previous_passphrases}
    own = {passphrase} | ({state.opened.passphrase} if state.opened else set())
    overtakes = False
    for item in state.environment:
        check_removed(wanted, item, state.private.place, _ids(wanted, state), given | own)
        path, place = item.key_path, state.private.place
        is_ours = place.is_at(path) if path else bool(item.key_id) and item.key_id in _ids(wanted, state)
        is_gone = os.path.isabs(path) and not is_needed(path)
        if is_ours or is_gone or _is_kept(wanted, item):
            continue
        overtakes = overtakes or bool(path)
        _refuse_only_copy(item, state)
        if item.passphrase not in (given if os.path.isabs(path) else given | own):
            raise KeysmithError(
                "environment: %s holds %s, and it would be lost; give each key a file or variables of its own, or list "
                "that passphrase under previous_passphrases, or remove its line."
                % (
                    item.wanted.path,
                    "the passphrase of %s, which still exists%s"
                    % (shorten(path), "" if os.path.lexists(path) else " as a backup")
                    if os.path.isabs(path)
                    else "a passphrase that may be another key's",
                )
            )
    return overtakes


def _refuse_only_copy(item: FoundEnvironment, state: State) -> None:
    """Refuse if the file holds a private key that is neither in place nor in a backup, and would be lost."""
    try:
        content = base64.b64decode(item.key_base64.encode("ascii"), validate=True)
    except ValueError:
        return
    if b"PRIVATE KEY" not in content or (state.opened and content == state.opened.content):
        return
    if not recovery.copies(state.private.place, content):
        raise KeysmithError(
            "environment: %s holds another private key in %s, and it would be lost; import it with private_key, give "
            "the key another variable, or remove its line." % (item.wanted.path, item.wanted.key_base64_variable)
        )


def check_removed(
    wanted: Wanted,
    item: FoundEnvironment,
    place: FileSlot,
    key_ids: t.Container[str],
    passphrases: t.Container[t.Optional[bytes]],
) -> None:
    """Refuse if one of removed_variables is not our key's, and the file names another key that may need it.

    Our key is at ``place``, and known by these ``key_ids`` and ``passphrases``.
    """
    held = {name: item.values[name] for name in item.wanted.removed if item.values.get(name)}
    base = wanted.base_directory and wanted.base_directory + "/"

    def is_others(path: str) -> bool:
        is_ours = place.is_at(path) or (base and path.startswith(base))
        return os.path.isabs(path) and not is_ours and is_needed(path)

    for name, value in held.items():
        if value in key_ids or value.encode("utf-8", "surrogateescape") in passphrases:
            continue
        paths = [value]
        if not os.path.isabs(value):
            paths = other_values.values(item.file.content, item.wanted.variables, item.wanted.format)
            paths += held.values()
        for path in filter(is_others, paths):
            raise KeysmithError(
                "environment: %s: %s is in removed_variables, but may belong to %s, which still exists; leave it out, "
                "or remove its line by hand." % (item.wanted.path, name, shorten(path))
            )


def is_needed(path: str) -> bool:
    """Check whether a key, or a backup of one, exists at a path; both need their passphrase."""
    if os.path.lexists(path):
        return True
    directory, name = os.path.split(path)
    backup = recovery.named_as_backup(name)
    try:
        return any(backup.fullmatch(one) for one in os.listdir(directory))
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        # It cannot be known; a path with a NUL is one that nobody can look at.
        return True


def _ids(wanted: Wanted, state: State) -> t.Set[str]:
    """Return the key IDs of the present and the future key."""
    return {wanted.key_id} | ({state.opened.key.thumbprint} if state.opened else set())


def _is_kept(wanted: Wanted, item: FoundEnvironment) -> bool:
    """Check whether the passphrase is also in the environment file of the version that it belongs to."""
    first = wanted.environment[0]
    folders = [os.path.dirname(item.key_path)] if os.path.isabs(item.key_path) else []
    if wanted.base_directory and os.path.isdir(wanted.base_directory):
        with os.scandir(wanted.base_directory) as entries:
            folders += sorted(entry.path for entry in entries if entry.is_dir(follow_symlinks=False))
    paths = (os.path.join(folder, os.path.basename(first.path)) for folder in folders)
    return bool(item.passphrase) and any(_holds(path, item) for path in paths if path != item.wanted.path)


def _holds(path: str, item: FoundEnvironment) -> bool:
    """Check whether another environment file sets the same passphrase under the same name."""
    names = [name for name in (item.wanted.passphrase_variable, item.former.get("passphrase_variable")) if name]
    try:
        folder = open_directory(os.path.dirname(path), "environment")
    except KeysmithError:
        return False
    try:
        place = FileSlot(folder, os.path.basename(path), "environment")
        info = place.look()
        # The same file, where a link leads there.
        if not info or (item.file.info and os.path.samestat(info, item.file.info)):
            return False
        found = edit.values(place.read(edit.LARGEST_FILE), names, item.wanted.format)
        return item.passphrase.decode("utf-8", "surrogateescape") in found.values()
    except KeysmithError:
        return False
    finally:
        folder.close()
