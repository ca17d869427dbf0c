# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of one key pair on this host: looked at, decided, and said as a result. Nothing is changed here."""

from __future__ import annotations

import os
import time
import typing as t

from .._disk import directory as disk_directory
from .._disk import locked_directories, make_directories
from .._keys import passphrase
from . import active_link, decide, inspect, open_key, outputs, private_flags, recovery, returned
from . import changes as keypair_changes
from . import state as keypair_state
from .request import Wanted

if t.TYPE_CHECKING:
    from .._disk import inode_flags


class Plan:
    """What becomes of one key pair: looked at and decided, nothing changed. Holds secrets: never shown."""

    def __init__(self, wanted: Wanted, folders: locked_directories.LockedDirectories, name: str = "") -> None:
        self.wanted = wanted
        self.folders = folders
        self.name = name
        self.state: keypair_state.State
        self.decision = ""
        self.passphrase = b""
        self.steps: t.List[keypair_changes.Step] = []
        self.switches_link = False
        #: Whether an environment file that changes spoke of another key.
        self.overtakes = False
        self.directories: t.List[t.Tuple[str, os.stat_result]] = []
        #: Of the private key; None where nothing is said about them.
        self.flags: t.Optional[inode_flags.Plan] = None
        #: The key to import, which is the same whenever it is looked at; and whether it had the full check.
        self._imported: t.Optional[open_key.OpenedKey] = None
        self._import_is_checked = False
        #: The key in place, as it was opened before.
        self._known: t.Optional[open_key.OpenedKey] = None
        #: The same as it was found once all was in place.
        self.confirmed: t.Optional[Plan] = None
        #: The key that was made in this run.
        self._made: t.Optional[decide.FoundKey] = None
        #: The certificate that the host has when all is done, in PEM; empty for none, and where it is yet to be made.
        self._certificate = b""

    def __repr__(self) -> str:
        return "<key pair %s>" % self.wanted.path

    def plan(self) -> None:
        """Look at the host and decide; nothing is changed. KeysmithError for a refusal."""
        wanted = self.wanted
        state = self.state = inspect.look(wanted, self.folders, self._known)
        self._known = state.opened
        self.passphrase = self._passphrase_for(state)
        if wanted.private_key and not self._imported:
            tried = open_key.candidates(wanted, b"")
            self._imported = open_key.open_key(wanted.private_key, tried, "private_key", trusted=True, is_file=False)
        found = decide.Found(
            exists=state.exists,
            key=state.opened.key if state.opened else None,
            problem=state.problem,
            imported=self._imported.key.thumbprint if self._imported else "",
        )
        self.decision = decide.decide(wanted, found, self.passphrase)
        if wanted.generate_passphrase:
            opens = bool(state.opened and state.opened.passphrase == state.passphrase)
            decide.check_passphrase_found(wanted, state.passphrase, state.exists, opens)
        if self.decision in decide.NEW_KEY and self._imported:
            self._check_import(self._imported)
        if self.decision != decide.KEEP:
            decide.check_writable(wanted, self.key)
        self._certificate = self._kept_certificate(state)
        self._plan_files(state)
        self._refuse_masking()
        for folder in self._folders_changed():
            folder.check_writable()

    def _kept_certificate(self, state: keypair_state.State) -> bytes:
        """The certificate that is there, where it stays; KeysmithError where there can be none."""
        if "certificate_path" not in self.wanted.derived:
            return b""
        from . import certificates

        certificates.check(self.wanted, self.key)
        opened = self._imported if self.decision in decide.NEW_KEY else state.opened
        if not opened:
            return b""
        (content,) = [item.file.content for item in state.derived if item.output.option == "certificate_path"]
        return certificates.kept(self.wanted, opened.key, opened.private.public_key(), content, time.time())

    def _source(self, private: t.Any = None) -> outputs.Source:
        """What the derived files are made of. ``private`` is the key of the library where new ones are to be made."""
        key, made, keystore = self.key, self._certificate, b""
        if "pkcs12_path" in self.wanted.derived:
            from . import certificates

            keystore = certificates.keystore(self.wanted, self.state, key, self.passphrase, made)
            if private and not keystore:
                keystore = certificates.new_keystore(self.wanted, private, made, self.passphrase)
        if not key:
            return outputs.Source("", {}, b"", b"")
        return outputs.Source(key.pem, decide.jwk(self.wanted, key, made), made, keystore)

    def _refuse_masking(self) -> None:
        facts = self._facts()
        returned.refuse_masking(self.wanted.secrets, dict(facts, paths=list(self.wanted.paths), changes=self.changes))

    def _plan_files(self, state: keypair_state.State) -> None:
        rolled_forward = state.recovery == keypair_state.FORWARD and self.decision == decide.KEEP
        now = self._rolled_forward(state) if rolled_forward else state
        private = keypair_changes.of_private(self.wanted, now, self.decision != decide.KEEP)
        self.steps = [private] if private else []
        held = state.opened.content if state.opened and self.decision == decide.KEEP else b""
        self.steps += keypair_changes.of_set(
            self.wanted, state, keypair_changes.Made(self.key, self.passphrase, held, self._source())
        )
        self.overtakes = self._overtakes()
        self.switches_link = bool(state.link) and not active_link.leads_to(state, self.wanted)
        if state.link and self.switches_link:
            active_link.check(state.link, self.folders.managed.names)
        self.directories = keypair_changes.directories(self.wanted, state.private.place.folder, self.folders.managed)
        self.flags = private_flags.plan(self.wanted, state, bool(private) or self.must_recover)

    def _rolled_forward(self, state: keypair_state.State) -> keypair_state.State:
        """With the staged key where the private key is, as it will be before anything else is done."""
        staged = state.private.place.sibling(recovery.staged_name(state.private.place.name))
        return state._replace(private=state.private._replace(info=staged.look()))

    def _overtakes(self) -> bool:
        if not any(step.output is outputs.ENVIRONMENT and step.content is not None for step in self.steps):
            return False
        from . import other_keys

        return other_keys.check(self.wanted, self.state, self.passphrase)

    @property
    def key(self) -> t.Optional[decide.FoundKey]:
        """The key that the host has when all is done; None where it is yet to be made."""
        if self._made:
            return self._made
        if self.decision in decide.NEW_KEY:
            return self._imported.key if self._imported else None
        return self.state.opened.key if self.state.opened else None

    @property
    def needs_key(self) -> bool:
        """Whether a key has to be generated before it can be applied."""
        return self.decision in decide.NEW_KEY and self._imported is None

    @property
    def is_waiting(self) -> bool:
        """Whether another host has to send the key before anything can be put in place."""
        return False

    @property
    def needs_library(self) -> bool:
        """Whether the key has to be made or written, which takes cryptography."""
        return self.decision != decide.KEEP

    @property
    def missing_folders(self) -> t.List[disk_directory.Directory]:
        """The directories that have to be made, or that a killed run did not finish making."""
        owner = self.wanted.directory.owner
        return [folder for folder in self._folders_used() if make_directories.is_due(folder, owner)]

    @property
    def must_recover(self) -> bool:
        """Whether an interrupted run left something."""
        return bool(self.state.recovery or self.state.leftovers or self.state.unused_backups)

    @property
    def leftover_names(self) -> t.List[str]:
        """The names of what an interrupted run left."""
        names = [place.name for place in self.state.leftovers + self.state.unused_backups]
        return sorted(names + ([recovery.staged_name(self.state.private.place.name)] if self.state.recovery else []))

    @property
    def changes(self) -> t.List[str]:
        """What changes, by kind, in the order in which it is done."""
        kinds = ["directory"] if self.missing_folders or self.directories else []
        kinds += ["leftovers"] if self.must_recover else []
        kinds += [step.output.kind if step.content is not None else "attributes" for step in self.steps]
        kinds += ["active_link"] if self.switches_link else []
        kinds += ["attributes"] if self.flags and self.flags.changes else []
        return list(dict.fromkeys(kinds))

    def _facts(self) -> t.Dict[str, t.Any]:
        return returned.describe(self.wanted, self.key, self.decision, bool(self.passphrase), self._certificate)

    def result(self) -> t.Dict[str, t.Any]:
        """What the module returns of it."""
        facts = self._facts()
        if self.decision == decide.REPLACE and self.state.opened:
            facts["rotated_from"] = self.state.opened.key.thumbprint
        imported = self._imported.key.thumbprint if self._imported else ""
        texts = returned.warnings(self.wanted, self.key, imported, self._certificate)
        if self.decision in (decide.KEEP, decide.CONVERT):
            texts += returned.exposures(self.wanted, self.state)
        if self.decision == decide.KEEP and self.key:
            texts += returned.unreadable(self.wanted, self.key)
        texts += returned.fips(facts["format"], bool(self.passphrase))
        if "environment" in self.changes:
            texts += returned.other_readers(self.state)
        if self.overtakes:
            from . import other_keys

            texts.append(other_keys.WARNING)
        return dict(facts, changed=bool(self.changes), changes=self.changes, warnings=texts)

    def _passphrase_for(self, state: keypair_state.State) -> bytes:
        if not self.wanted.generate_passphrase:
            return self.wanted.passphrase or b""
        # A passphrase that was generated once is kept for as long as its environment file is.
        return state.passphrase or self.passphrase or passphrase.generate()

    def _check_import(self, imported: open_key.OpenedKey) -> None:
        """A key that nobody here has seen before gets the full check, once."""
        if not self._import_is_checked:
            imported = self._imported = open_key.open_key(
                imported.content, open_key.opener(imported), "private_key", is_file=False
            )
            self._import_is_checked = True
        if not decide.matches(self.wanted, imported.key):
            raise decide.mismatch(self.wanted, imported.key, "private_key: the key to import")

    def _folders_used(self) -> t.List[disk_directory.Directory]:
        state = self.state
        places = [file.place for file in state.files] + ([state.link] if state.link else [])
        return list({id(place.folder): place.folder for place in places}.values())

    def _folders_changed(self) -> t.List[disk_directory.Directory]:
        """The directories in which names come, go or change."""
        state = self.state
        places = [step.place for step in self.steps if step.content is not None]
        places += state.leftovers + state.unused_backups + ([state.private.place] if state.recovery else [])
        places += [state.link] if state.link and self.switches_link else []
        folders = [place.folder for place in places] + self.missing_folders
        return list({id(folder): folder for folder in folders}.values())
