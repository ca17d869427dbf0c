# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One key pair on this host: looked at, planned, put in place, and read back."""

from __future__ import annotations

import functools
import os
import time
import typing as t

from .._disk import directory as disk_directory
from .._disk import files as disk_files
from .._disk import locked_directories, make_directories, owner_mode
from .._disk.files import Attributes
from .._errors import KeysmithError
from .._keys import passphrase
from . import changes as keypair_changes
from . import decide, inspect, open_key, outputs, recovery, returned
from . import state as keypair_state
from . import values as keypair_values
from .request import Wanted

if t.TYPE_CHECKING:
    from .._disk import inode_flags
    from . import private_key


#: Of ``changes``: what a service that reads its key when it starts has to be started again for.
READ_AT_START = frozenset(("private_key", "environment", "certificate", "pkcs12", "active_link"))


class KeyPair:
    """A key pair and its files, from the plan to the result. Holds secrets: never shown."""

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
        self.confirmed: t.Optional[KeyPair] = None
        #: The key that was made in this run.
        self._made: t.Optional[decide.FoundKey] = None
        #: The certificate that the host has when all is done, in PEM; empty for none, and where it is yet to be made.
        self._certificate = b""

    def __repr__(self) -> str:
        return "<key pair %s>" % self.wanted.path

    @property
    def paths(self) -> t.Set[str]:
        """The files that it manages."""
        return paths_of(self.wanted)

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
        returned.refuse_masking(self.wanted.secrets, dict(facts, paths=list(self.paths), changes=self.changes))

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
        self.switches_link = bool(state.link) and not leads_to(state, self.wanted)
        if state.link and self.switches_link:
            _refuse_link_of_others(state.link, self.folders.managed.names)
        self.directories = keypair_changes.directories(self.wanted, state.private.place.folder, self.folders.managed)
        self.flags = flags_of(self.wanted, state, bool(private) or self.must_recover)

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

    def make_folders(self) -> None:
        """Make the directories that are missing."""
        attributes, base = self.wanted.directory, self.wanted.base_directory
        for folder in self.missing_folders:
            make_directories.make(folder, attributes.mode, attributes.owner, attributes.group, base)

    def unmake_folders(self) -> None:
        """Take those away again that this run has made and that are empty: nothing came of it."""
        for path in sorted(self.paths, reverse=True):
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
            disk_files.switch_link(self.state.link, self.link_text())

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
                    raise KeysmithError("base_directory: %s was replaced while it was worked in; run again." % path)
                with disk_directory.reporting_errors("base_directory", path, "change the mode or owner of"):
                    owner_mode.set_owner_and_mode(folder.fd, attributes.mode, attributes.owner, attributes.group)
                    folder.sync()
            finally:
                folder.close()

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

    @property
    def is_guessable(self) -> bool:
        """Whether there may be a secret that can be guessed, in the options or the environment files."""
        held = (item.passphrase for item in self.state.environment)
        return bool(self.wanted.secrets) or not all(passphrase.is_generated(secret) for secret in held)

    @property
    def in_order(self) -> t.List[str]:
        """The files that it manages, as its record has them."""
        return _in_order(self.wanted)

    @property
    def public_files(self) -> t.Tuple[str, str]:
        """What the public key file and the JWK file hold, empty for none."""
        held = {item.output.option: item.file.content for item in self.state.derived}
        return held.get("public_path", b"").decode("ascii"), held.get("jwk_path", b"").decode("ascii")

    def link_text(self) -> str:
        """Relative where the link is beside the directory, so that the whole can be moved."""
        directory, parent = os.path.dirname(self.wanted.path), os.path.dirname(self.wanted.active_link)
        return os.path.basename(directory) if os.path.dirname(directory) == parent else directory


def _refuse_link_of_others(link: disk_files.FileSlot, ours: t.Container[str]) -> None:
    """KeysmithError where it leads to a directory in which nothing is that a key pair has, such as a release."""
    try:
        names = os.listdir(link.by_descriptor)
    except OSError:
        return
    if names and not any(name in ours or keypair_values.is_ours(name) for name in names):
        raise KeysmithError(
            "active_link: %s leads to %s, where no file of a key pair is; name another link, or remove that one."
            % (link.path, disk_files.link_target(link))
        )


def paths_of(wanted: Wanted) -> t.Set[str]:
    """The paths that a key pair takes."""
    return {path for _option, path in wanted.named}


def _in_order(wanted: Wanted) -> t.List[str]:
    """The same in the order of its record, empty for the public key and the JWK that there is no file for."""
    first = [wanted.path, wanted.derived.get("public_path", ""), wanted.derived.get("jwk_path", "")]
    return first + sorted(paths_of(wanted) - set(first))


def flags_of(wanted: Wanted, state: keypair_state.State, is_touched: bool) -> t.Optional[inode_flags.Plan]:
    """What becomes of the private key's inode flags; None, at no cost, where nothing is said about them."""
    if not wanted.attributes:
        return None
    from .._disk import inode_flags

    return inode_flags.plan(state.private.place, bool(state.private.info), wanted.attributes, is_touched)


def clear_immutable(flags: t.Optional[inode_flags.Plan], state: keypair_state.State) -> None:
    """Take the inode flags away that forbid to change the private key, where that is wanted."""
    if flags:
        from .._disk import inode_flags

        inode_flags.clear_immutable(state.private.place, flags)


def leads_to(state: keypair_state.State, wanted: Wanted) -> bool:
    """Whether ``active_link`` leads to the directory of ``path``."""
    if state.link is None or state.link_target is None:
        return False
    target = os.path.join(os.path.dirname(wanted.active_link), state.link_target)
    return os.path.normpath(target) == os.path.normpath(os.path.dirname(wanted.path))
