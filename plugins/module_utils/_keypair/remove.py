# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove a key pair as it was planned: the private key before the passphrase that opens it."""

from __future__ import annotations

import os
import typing as t

from .._disk import directory, system_errors
from .._disk.attributes import Attributes
from .._env_files import edit
from .._errors import KeysmithError
from . import absent, record_writing, recovery
from . import changes as keypair_changes
from .plan import Applied, Confirmed, Kind
from .private_flags import clear_immutable
from .removal import Removal
from .state import FoundEnvironment, FoundFile, State

if t.TYPE_CHECKING:
    from . import old_passphrases


def apply(removal: Removal, _made: t.Any = None) -> Applied:
    """Remove everything, the private key before the passphrase that opens it."""
    state = removal.state
    suffix = recovery.backup_suffix(absent.thumbprint(state))
    clear_immutable(removal.flags, state)
    copies: old_passphrases.Copies = []
    try:
        _take_key(removal, suffix, copies)
    except BaseException:  # An interrupt, too: nothing is left behind, and it goes on its way.
        if copies and _is_in_place(state):
            from . import old_passphrases

            old_passphrases.forget(copies)
        raise
    for item in removal.cleared:
        _clear(item)
    # Last, as a run that is killed before leaves them for the next one to know by whose lines are ours.
    for derived in removal.derived:
        derived.file.place.remove()
    _remove_directory(removal)
    is_kept = removal.wanted.backup and state.private.info
    return Applied(removal, removal.wanted.path + suffix if is_kept else "")


def read_back(applied: Applied) -> Confirmed:
    """What is only known now: where the removed key is."""
    return Confirmed({"backup_file": applied.backup_file} if applied.backup_file else {})


#: A key pair that is to be absent.
ABSENT = Kind(absent.decide, apply, read_back)


def _take_key(removal: Removal, suffix: str, copies: old_passphrases.Copies) -> None:
    """Remove the link and the private key; ``copies`` are the backups that are of no use if that fails."""
    state, wanted = removal.state, removal.wanted
    if any(item.passphrase for item in removal.cleared):
        from . import old_passphrases

        # A key that is backed up keeps the passphrase that it needs: before either of them is removed.
        is_kept = wanted.backup and bool(state.private.info)
        for item in old_passphrases.needed(wanted, state, b"", is_kept, removal.cleared):
            old_passphrases.keep(item, suffix, copies)
    if state.link and removal.takes_link:
        state.link.remove()
    if wanted.backup and state.recovery and state.private.info and _back_up_staged(state):
        state = state._replace(recovery="")
    for remain in recovery.remains(state):
        remain.clear()
    record_writing.clear(state.private.place)
    if state.private.info:
        _remove_private(state.private, suffix if wanted.backup else "")


def _back_up_staged(state: State) -> bool:
    """Keep what an interrupted change had staged: the environment file may hold its passphrase, not the old one.

    False where it is no private key.
    """
    place = state.private.place
    staged = place.sibling(recovery.staged_name(place.name))
    # What is judged by its content is what is given another mode, and nothing that took its place in between.
    staged.look()
    if not absent.is_private_key(staged):
        return False
    staged.set_attributes(Attributes(0o600))
    staged.rename(place.name + recovery.backup_suffix(absent.thumbprint(state)))
    return True


def _remove_private(private: FoundFile, suffix: str) -> None:
    if not suffix:
        private.place.remove()
        return
    if private.info and private.info.st_mode & 0o077:
        private.place.set_attributes(Attributes(private.info.st_mode & 0o700))
    private.place.rename(private.place.name + suffix)


def _clear(item: FoundEnvironment) -> None:
    """Take our lines out, and the file if nothing else is in it."""
    place, content = item.file.place, keypair_changes.without_ours(item)
    if edit.is_empty(content):
        place.remove()
    else:
        place.stage(content, keypair_changes.as_it_is(item.file)).commit_or_drop()


def _remove_directory(removal: Removal) -> None:
    folder = removal.state.private.place.folder
    if not folder.exists or not removal.has_own_directory or folder.entries():
        return
    with system_errors.reporting_errors("path", folder.path, "remove"):
        parent = directory.open_directory(os.path.dirname(folder.path), "path")
        try:
            # It is walked to anew: a link to another directory by now, perhaps, with one of that name in it.
            parent.judge(removal.wanted.owners)
            os.rmdir(os.path.basename(folder.path), dir_fd=parent.fd)
            parent.sync()
        finally:
            parent.close()


def _is_in_place(state: State) -> bool:
    """Whether the private key is where it was. It can be gone though its rename was said to fail."""
    try:
        return state.private.place.look() is not None
    except KeysmithError:
        return False
