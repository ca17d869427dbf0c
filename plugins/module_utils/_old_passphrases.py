# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""Passphrases that backups of a key need: before one goes out of its environment file, that file is kept, too."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils import _environment, _files, _interrupted
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._files import Attributes, Place
from ansible_collections.keysmith.jwt.plugins.module_utils._found import FoundEnvironment, State
from ansible_collections.keysmith.jwt.plugins.module_utils._wanted import Wanted

#: Environment files with their copies.
Copies = t.List[t.Tuple[FoundEnvironment, Place]]


def needed(wanted: Wanted, state: State, passphrase: bytes, is_replaced: bool) -> t.List[FoundEnvironment]:
    """The environment files with passphrases that nobody else may have and that a backup needs once they are gone.

    ``passphrase`` is the one that comes; ``is_replaced``, whether the key is kept as a backup in this run.
    """
    if not is_replaced and not _interrupted.backups(state.private.place):
        return []
    known = {b"", passphrase, wanted.passphrase, *wanted.previous_passphrases}
    found = []
    for item in state.environment:
        if item.passphrase not in known:
            known.add(item.passphrase)
            found.append(item)
    return found


def keep(item: FoundEnvironment, suffix: str, copies: Copies) -> None:
    """Copy the file, 0600, with this at the end of its name. A run that was killed after this has left it already."""
    place, content = item.file.place, item.file.content
    if _interrupted.copies(place, content):
        return
    copies.append((item, place.beside(place.name + suffix)))
    _files.Staged(copies[-1][1], place.stage(content, Attributes(0o600)).temporary).commit_or_drop()


def forget(copies: Copies) -> None:
    """Take the copies away of files that are as they were: what was to come has failed."""
    for item, copy in copies:
        with contextlib.suppress(KeysmithError):
            if item.file.place.read(_environment.LARGEST_FILE) == item.file.content:
                copy.clear()
