# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key pair taken away, as it was planned: the private key before the passphrase that opens it."""

from __future__ import annotations

import functools
import os
import typing as t

from .._disk import directory, system_errors
from .._disk.attributes import Attributes
from .._env_files import edit
from .._errors import KeysmithError
from . import changes as keypair_changes
from . import record_writing, recovery
from .private_flags import clear_immutable
from .removal_plan import RemovalPlan, is_private_key
from .state import FoundEnvironment, FoundFile

if t.TYPE_CHECKING:
    from . import old_passphrases


class Removal(RemovalPlan):
    """A key pair that is not to be there, from the plan to the result. Holds secrets: never shown."""

    def apply(self, made: t.Any = None) -> None:
        """Take everything away, the private key before the passphrase that opens it.

        Looked at once more: a key pair before it may have had a file in common with it.
        """
        self.plan()
        state = self.state
        clear_immutable(self.flags, state)
        copies: old_passphrases.Copies = []
        try:
            self._take_key(copies)
        except BaseException:  # An interrupt, too: nothing is left behind, and it goes on its way.
            if copies and self._is_in_place():
                from . import old_passphrases

                old_passphrases.forget(copies)
            raise
        for item in self.cleared:
            self._clear(item)
        # Last, as a run that is killed before leaves them for the next one to know by whose lines are ours.
        for derived in self._derived():
            derived.file.place.remove()
        self._remove_directory()

    def _take_key(self, copies: old_passphrases.Copies) -> None:
        """Take the link and the private key away; ``copies`` are the backups that are of no use if that fails."""
        state = self.state
        if any(item.passphrase for item in self.cleared):
            from . import old_passphrases

            # A key that is backed up keeps the passphrase that it needs: before either of them is taken away.
            is_kept = self.wanted.backup and bool(state.private.info)
            for item in old_passphrases.needed(self.wanted, state, b"", is_kept, self.cleared):
                old_passphrases.keep(item, self._backup_suffix, copies)
        if state.link and self._takes_link():
            state.link.remove()
        self._back_up_staged()
        for remain in self._remains():
            remain.clear()
        record_writing.clear(state.private.place)
        if state.private.info:
            self._remove_private(state.private)

    def _back_up_staged(self) -> None:
        """Keep what an interrupted change had staged: the environment file may hold its passphrase, not the old one."""
        place = self.state.private.place
        staged = place.sibling(recovery.staged_name(place.name))
        if not self.wanted.backup or not self.state.recovery or not self.state.private.info:
            return
        # What is judged by its content is what is given another mode, and nothing that took its place in between.
        staged.look()
        if is_private_key(staged):
            staged.mend(Attributes(0o600))
            staged.rename(place.name + recovery.backup_suffix(self._thumbprint()))
            self.state = self.state._replace(recovery="")

    def _remove_private(self, private: FoundFile) -> None:
        if not self.wanted.backup:
            private.place.remove()
            return
        if private.info and private.info.st_mode & 0o077:
            private.place.mend(Attributes(private.info.st_mode & 0o700))
        private.place.rename(private.place.name + self._backup_suffix)

    @functools.cached_property
    def _backup_suffix(self) -> str:
        return recovery.backup_suffix(self._thumbprint())

    def _clear(self, item: FoundEnvironment) -> None:
        """Take our lines out, and the file if nothing else is in it."""
        place, content = item.file.place, keypair_changes.without_ours(item)
        if edit.is_empty(content):
            place.remove()
        else:
            place.stage(content, keypair_changes.as_it_is(item.file)).commit_or_drop()

    def _remove_directory(self) -> None:
        folder = self.state.private.place.folder
        if not folder.exists or not self._own_directory() or folder.entries():
            return
        with system_errors.reporting_errors("path", folder.path, "remove"):
            parent = directory.open_directory(os.path.dirname(folder.path), "path")
            try:
                # It is walked to anew: a link to another directory by now, perhaps, with one of that name in it.
                parent.judge(self.wanted.owners)
                os.rmdir(os.path.basename(folder.path), dir_fd=parent.fd)
                parent.sync()
            finally:
                parent.close()

    def make_folders(self) -> None:
        """None are made."""

    def unmake_folders(self) -> None:
        """None were made."""

    def recover(self) -> None:
        """Nothing is finished: what an interrupted run left goes with the rest."""

    def set_flags(self) -> None:
        """What is gone has none."""

    def read_back(self) -> t.Dict[str, t.Any]:
        """What is only known now: where the removed key is."""
        if not self.wanted.backup or not self.state.private.info:
            return {}
        name = self.state.private.place.name + self._backup_suffix
        return {"backup_file": os.path.join(os.path.dirname(self.wanted.path), name)}

    def _is_in_place(self) -> bool:
        """Whether the private key is where it was. It can be gone though its rename was said to fail."""
        try:
            return self.state.private.place.look() is not None
        except KeysmithError:
            return False
