# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep passphrases that backups of a key need: before one is removed from an environment file, that file is copied."""

from __future__ import annotations

import contextlib
import typing as t

from .._disk import files
from .._disk.attributes import Attributes
from .._disk.files import FileSlot
from .._env_files import edit
from .._errors import KeysmithError
from . import recovery
from .request import Wanted
from .state import FoundEnvironment, State

#: Environment files with their copies.
Copies = t.List[t.Tuple[FoundEnvironment, FileSlot]]


def needed(
    wanted: Wanted,
    state: State,
    passphrase: bytes,
    is_replaced: bool,
    going: t.Optional[t.Sequence[FoundEnvironment]] = None,
) -> t.List[FoundEnvironment]:
    """Return the environment files that hold the only copy of a passphrase that a backup will need.

    ``passphrase`` is the one that comes; ``is_replaced``, whether the key is kept as a backup in this run; ``going``,
    which files go, where others stay.
    """
    if not is_replaced and not recovery.backups(state.private.place):
        return []
    known = {b"", passphrase, wanted.passphrase, *wanted.previous_passphrases, *_kept(state)}
    found = []
    for item in state.environment if going is None else going:
        if item.passphrase not in known:
            known.add(item.passphrase)
            found.append(item)
    return found


def _kept(state: State) -> t.Iterator[bytes]:
    """Return passphrases in existing copies, such as those of a run that was killed between two files."""
    for item in state.environment:
        names = [item.wanted.passphrase_variable, item.former.get("passphrase_variable", "")]
        for copy in recovery.backups(item.file.place):
            with contextlib.suppress(KeysmithError):
                held = edit.values(copy.read(edit.LARGEST_FILE), filter(None, names), item.wanted.format)
                yield from (value.encode("utf-8", "surrogateescape") for value in held.values())


def keep(item: FoundEnvironment, suffix: str, copies: Copies) -> None:
    """Copy the file with mode 0600 and this suffix. A killed run may have made the copy already."""
    place, content = item.file.place, item.file.content
    if recovery.copies(place, content):
        return
    copies.append((item, place.sibling(place.name + suffix)))
    files.Staged(copies[-1][1], place.stage(content, Attributes(0o600)).temporary).commit_or_drop()


def forget(copies: Copies) -> None:
    """Remove the copies of files that did not change, because the run failed."""
    for item, copy in copies:
        with contextlib.suppress(KeysmithError):
            if item.file.place.read(edit.LARGEST_FILE) == item.file.content:
                copy.clear()
