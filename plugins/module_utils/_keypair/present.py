# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One key pair on this host: what was planned is put in place, and read back."""

from __future__ import annotations

import functools
import os
import typing as t

from .._disk import directory as disk_directory
from .._disk import links, make_directories, owner_mode, system_errors
from .._disk.attributes import Attributes
from .._errors import KeysmithError
from . import active_link, decide, outputs, recovery
from . import changes as keypair_changes
from . import state as keypair_state
from .plan import Plan
from .private_flags import clear_immutable

if t.TYPE_CHECKING:
    from . import private_key


class KeyPair(Plan):
    """A key pair and its files, from the plan to the result. Holds secrets: never shown."""

    def make_folders(self) -> None:
        """Make the directories that are missing."""
        attributes, base = self.wanted.directory, self.wanted.base_directory
        for folder in self.missing_folders:
            make_directories.make(folder, attributes.mode, attributes.owner, attributes.group, base)

    def unmake_folders(self) -> None:
        """Take those away again that this run has made and that are empty: nothing came of it."""
        for path in sorted(self.wanted.paths, reverse=True):
            make_directories.unmake(self.folders.get(os.path.dirname(path), "path"), self.folders.held)

    def recover(self) -> None:
        """Finish or forget what an interrupted run had begun."""
        clear_immutable(self.flags, self.state)
        place = self.state.private.place
        for leftover in self.state.leftovers + self.state.unused_backups:
            leftover.clear()
        staged = place.sibling(recovery.staged_name(place.name))
        if self.state.recovery == keypair_state.FORWARD:
            staged.rename(place.name)
        elif self.state.recovery == keypair_state.DROP and self.state.problem and self.wanted.backup:
            # What is in place cannot be opened, and is about to be replaced: this may be the key that was in use.
            staged.look()
            staged.mend(Attributes(0o600))
            staged.rename(place.name + recovery.backup_suffix(""))
        elif self.state.recovery == keypair_state.DROP:
            staged.remove()

    def apply(self, made: t.Any = None) -> None:
        """Put everything in place. ``made`` is the new private key where one is needed."""
        writing = self._to_write(made) if self.decision != decide.KEEP else None
        clear_immutable(self.flags, self.state)
        self._mend_directories()
        steps = self.steps = self._final_steps(writing)
        self._refuse_masking()
        # First of all, so that nothing that goes wrong later leaves a key open to others that a run was to close.
        for step in steps:
            attributes = step.attributes if step.content is None else keypair_changes.closed(step)
            if attributes:
                step.place.mend(attributes)
        is_replaced = self.decision == decide.REPLACE and self.wanted.backup
        from . import commit, old_passphrases

        copies: old_passphrases.Copies = []
        try:
            for item in old_passphrases.needed(self.wanted, self.state, self.passphrase, is_replaced):
                old_passphrases.keep(item, self._backup_suffix, copies)
            backup = self.backup_name if is_replaced else ""
            prove = writing.prove if writing else None
            commit.commit([step for step in steps if step.content is not None], prove, backup)
            self._known = writing.opened if writing else self._known
        except BaseException:  # An interrupt, too: nothing is left behind, and it goes on its way.
            old_passphrases.forget(copies)
            raise
        if self.switches_link and self.state.link:
            links.switch_link(self.state.link, active_link.text(self.wanted))

    @property
    def backup_name(self) -> str:
        """The name under which the old key stays: which key it was, and when."""
        return self.state.private.place.name + self._backup_suffix

    @functools.cached_property
    def _backup_suffix(self) -> str:
        return recovery.backup_suffix(self.state.opened.key.thumbprint if self.state.opened else "")

    def set_flags(self) -> None:
        """Last of all, the private key gets its inode flags: they can forbid every other change of it."""
        if self.flags:
            from .._disk import inode_flags

            inode_flags.set_flags(self.state.private.place, self.flags)

    def read_back(self) -> t.Dict[str, t.Any]:
        """The result again, from what is on the disk now; KeysmithError where that is not what was to be."""
        for folder in self._folders_used():
            folder.refresh()
        again = KeyPair(self.wanted._replace(regenerate="never"), self.folders)
        again._imported, again._known = self._imported, self._known
        again.plan()
        if again.changes:
            raise KeysmithError(
                "path: %s: somebody else changed the files while they were written (%s); run again."
                % (self.wanted.path, ", ".join(again.changes))
            )
        self.confirmed = again
        result = again.result()
        if self.decision == decide.REPLACE and self.wanted.backup:
            result["backup_file"] = os.path.join(os.path.dirname(self.wanted.path), self.backup_name)
        return {name: result[name] for name in result if name not in ("changed", "changes", "created", "warnings")}

    def _to_write(self, made: t.Any) -> private_key.Writing:
        """The private key to write: the one that was made, or the one that is there or imported."""
        from . import private_key

        if made is not None and self.needs_key:
            writing = private_key.of_made(self.wanted, made, self.passphrase)
            self._made = writing.key
            return writing
        opened = self._imported if self.decision in decide.NEW_KEY else self.state.opened
        if opened is None:
            raise KeysmithError("path: %s holds no key." % self.wanted.path)
        return private_key.of_opened(self.wanted, opened, self.passphrase)

    def _final_steps(self, writing: t.Optional[private_key.Writing]) -> t.List[keypair_changes.Step]:
        """The steps with the private key's new content, and with the public files of a key that is made by now."""
        private = [step for step in self.steps if step.output is outputs.PRIVATE_KEY]
        opened = self.state.opened
        content = writing.pem() if writing else opened.content if opened else b""
        if writing:
            private = [step._replace(content=content) for step in private]
        key = writing.private if writing else opened.private if opened else None
        if "certificate_path" in self.wanted.derived and not self._certificate and self.key:
            from . import certificates

            self._certificate = certificates.make(self.wanted, self.key, key)
        made = keypair_changes.Made(self.key, self.passphrase, content, self._source(key))
        return private + keypair_changes.of_set(self.wanted, self.state, made)

    def _mend_directories(self) -> None:
        attributes = self.wanted.directory
        for path, info in self.directories:
            folder = disk_directory.open_directory(path, "base_directory")
            try:
                if not os.path.samestat(os.fstat(folder.fd), info):
                    raise KeysmithError("base_directory: %s was replaced during the run; run again." % path)
                with system_errors.reporting_errors("base_directory", path, "change the mode or owner of"):
                    owner_mode.set_owner_and_mode(folder.fd, attributes.mode, attributes.owner, attributes.group)
                    folder.sync()
            finally:
                folder.close()
