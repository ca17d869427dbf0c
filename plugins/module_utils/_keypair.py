# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""One key pair on this host: looked at, planned, put in place, and read back."""

from __future__ import annotations

import functools
import os
import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils import (
    _files,
    _folder,
    _folders,
    _found,
    _interrupted,
    _look,
    _new_folders,
    _open,
    _owners,
    _passphrase,
    _plan,
    _proof,
    _steps,
)
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._files import Attributes
from ansible_collections.keysmith.jwt.plugins.module_utils._wanted import Wanted

if t.TYPE_CHECKING:
    from ansible_collections.keysmith.jwt.plugins.module_utils import _flags, _writing


#: Of ``changes``: what a service that reads its key when it starts has to be started again for.
READ_AT_START = frozenset(("private_key", "environment", "active_link"))


class KeyPair:
    """A key pair and its files, from the plan to the result. Holds secrets: never shown."""

    def __init__(self, wanted: Wanted, folders: _folders.Folders, name: str = "") -> None:
        self.wanted = wanted
        self.folders = folders
        self.name = name
        self.state: _found.State
        self.decision = ""
        self.passphrase = b""
        self.steps: t.List[_steps.Step] = []
        self.switches_link = False
        #: Whether an environment file that changes spoke of another key.
        self.overtakes = False
        self.directories: t.List[t.Tuple[str, os.stat_result]] = []
        #: Of the private key; None where nothing is said about them.
        self.flags: t.Optional[_flags.Plan] = None
        #: The key to import, which is the same whenever it is looked at; and whether it had the full check.
        self._imported: t.Optional[_open.Opened] = None
        self._import_is_checked = False
        #: The key that was made in this run.
        self._made: t.Optional[_plan.FoundKey] = None

    def __repr__(self) -> str:
        return "<key pair %s>" % self.wanted.path

    @property
    def paths(self) -> t.Set[str]:
        """The files that it manages."""
        return paths_of(self.wanted)

    def plan(self, links: t.Optional[t.Mapping[_folders.Identity, str]] = None) -> None:
        """Look at the host and decide; nothing is changed. KeysmithError for a refusal."""
        wanted = self.wanted
        state = self.state = _look.look(wanted, self.folders)
        self.passphrase = self._passphrase_for(state)
        if wanted.private_key and not self._imported:
            tried = _open.candidates(wanted, b"")
            self._imported = _open.open_key(wanted.private_key, tried, "private_key", trusted=True)
        found = _plan.Found(
            exists=state.exists,
            key=state.opened.key if state.opened else None,
            problem=state.problem,
            imported=self._imported.key.thumbprint if self._imported else "",
        )
        self.decision = _plan.decide(wanted, found, self.passphrase)
        if self.decision in _plan.NEW_KEY and self._imported:
            self._check_import(self._imported)
        if self.decision != _plan.KEEP:
            _plan.check_writable(wanted, self.key)
        self._plan_files(state)
        self._refuse_masking()
        for folder in self._folders_changed():
            folder.check_writable()

    def _refuse_masking(self) -> None:
        facts = _plan.describe(self.wanted, self.key, self.decision, bool(self.passphrase))
        _plan.refuse_masking(self.wanted.secrets, dict(facts, paths=list(self.paths), changes=self.changes))

    def _plan_files(self, state: _found.State) -> None:
        rolled_forward = state.recovery == _found.FORWARD and self.decision == _plan.KEEP
        now = self._rolled_forward(state) if rolled_forward else state
        private = _steps.of_private(self.wanted, now, self.decision != _plan.KEEP)
        self.steps = [private] if private else []
        self.steps += _steps.of_set(self.wanted, state, self.key, self.passphrase)
        self.overtakes = self._overtakes()
        self.switches_link = bool(state.link) and not leads_to(state, self.wanted)
        self.directories = _steps.directories(self.wanted, state.private.place.folder, self.folders.files)
        self.flags = flags_of(self.wanted, state, bool(private) or self.must_recover)

    def _rolled_forward(self, state: _found.State) -> _found.State:
        """With the staged key where the private key is, as it will be before anything else is done."""
        staged = state.private.place.beside(_interrupted.staged_name(state.private.place.name))
        return state._replace(private=state.private._replace(info=staged.look()))

    def _overtakes(self) -> bool:
        if not any(step.kind == _steps.ENVIRONMENT and step.content is not None for step in self.steps):
            return False
        from ansible_collections.keysmith.jwt.plugins.module_utils import _foreign

        return _foreign.check(self.wanted, self.state, self.passphrase)

    @property
    def key(self) -> t.Optional[_plan.FoundKey]:
        """The key that the host has when all is done; None where it is yet to be made."""
        if self._made:
            return self._made
        if self.decision in _plan.NEW_KEY:
            return self._imported.key if self._imported else None
        return self.state.opened.key if self.state.opened else None

    @property
    def needs_key(self) -> bool:
        """Whether a key has to be generated before it can be applied."""
        return self.decision in _plan.NEW_KEY and self._imported is None

    @property
    def is_waiting(self) -> bool:
        """Whether another host has to send the key before anything can be put in place."""
        return False

    @property
    def needs_library(self) -> bool:
        """Whether the key has to be made or written, which takes cryptography; to keep a proved one does not."""
        return self.decision != _plan.KEEP

    @property
    def missing_folders(self) -> t.List[_folder.Folder]:
        """The directories that have to be made, or that a killed run did not finish making."""
        owner = self.wanted.directory.owner
        return [folder for folder in self._folders_used() if _new_folders.is_due(folder, owner)]

    @property
    def must_recover(self) -> bool:
        """Whether an interrupted run left something."""
        return bool(self.state.recovery or self.state.leftovers or self.state.unused_backups)

    @property
    def leftover_names(self) -> t.List[str]:
        """The names of what an interrupted run left."""
        names = [place.name for place in self.state.leftovers + self.state.unused_backups]
        return sorted(
            names + ([_interrupted.staged_name(self.state.private.place.name)] if self.state.recovery else [])
        )

    @property
    def changes(self) -> t.List[str]:
        """What changes, by kind, in the order in which it is done."""
        kinds = ["directory"] if self.missing_folders or self.directories else []
        kinds += ["leftovers"] if self.must_recover else []
        kinds += [step.kind if step.content is not None else "attributes" for step in self.steps]
        kinds += ["active_link"] if self.switches_link else []
        kinds += ["attributes"] if self.flags and self.flags.changes else []
        return list(dict.fromkeys(kinds))

    def make_folders(self) -> None:
        """Make the directories that are missing."""
        attributes, base = self.wanted.directory, self.wanted.base_directory
        for folder in self.missing_folders:
            _new_folders.make(folder, attributes.mode, attributes.owner, attributes.group, base)

    def recover(self) -> None:
        """Finish or forget what an interrupted run had begun."""
        lift(self.flags, self.state)
        place = self.state.private.place
        for leftover in self.state.leftovers + self.state.unused_backups:
            leftover.clear()
        staged = place.beside(_interrupted.staged_name(place.name))
        if self.state.recovery == _found.FORWARD:
            staged.rename(place.name)
        elif self.state.recovery == _found.DROP and self.state.problem and self.wanted.backup:
            # What is in place cannot be opened, and is about to be replaced: this may be the key that was in use.
            staged.look()
            staged.mend(Attributes(0o600))
            staged.rename(place.name + _interrupted.backup_suffix(""))
        elif self.state.recovery == _found.DROP:
            staged.remove()

    def apply(self, made: t.Any = None) -> None:
        """Put everything in place. ``made`` is the new private key where one is needed."""
        writing = self._to_write(made) if self.decision != _plan.KEEP else None
        lift(self.flags, self.state)
        self._mend_directories()
        steps = self.steps = self._final_steps(writing)
        self._refuse_masking()
        # First of all, so that nothing that goes wrong later leaves a key open to others that a run was to close.
        for step in steps:
            attributes = step.attributes if step.content is None else _steps.closed(step)
            if attributes:
                step.place.mend(attributes)
        is_replaced = self.decision == _plan.REPLACE and self.wanted.backup
        from ansible_collections.keysmith.jwt.plugins.module_utils import _commit, _old_passphrases

        copies: _old_passphrases.Copies = []
        try:
            for item in _old_passphrases.needed(self.wanted, self.state, self.passphrase, is_replaced):
                _old_passphrases.keep(item, self._backup_suffix, copies)
            backup = self.backup_name if is_replaced else ""
            prove = writing.prove if writing else None
            _commit.commit([step for step in steps if step.content is not None], prove, backup)
        except BaseException:  # An interrupt, too: nothing is left behind, and it goes on its way.
            _old_passphrases.forget(copies)
            raise
        if self.switches_link and self.state.link:
            _files.switch_link(self.state.link, self.link_text())

    @property
    def backup_name(self) -> str:
        """The name under which the old key stays: which key it was, and when."""
        return self.state.private.place.name + self._backup_suffix

    @functools.cached_property
    def _backup_suffix(self) -> str:
        return _interrupted.backup_suffix(self.state.opened.key.thumbprint if self.state.opened else "")

    def remember(self) -> None:
        """Leave the proof on a key that was opened and had none, so that the next run need not open it.

        Last of all the private key gets its inode flags: they can forbid every other change of it, the proof too.
        """
        opened, place = self.state.opened, self.state.private.place
        if opened and not opened.proved and self.state.private.info:
            place.read(_found.LARGEST_KEY, also=lambda fd, content: self._attach(fd, content, opened))
        if self.flags:
            from ansible_collections.keysmith.jwt.plugins.module_utils import _flags

            _flags.settle(place, self.flags)

    def _attach(self, fd: int, content: bytes, opened: _open.Opened) -> None:
        if content == opened.content:
            _proof.attach(fd, content, opened.passphrase, _open.proof_facts(opened.key))

    def result(self) -> t.Dict[str, t.Any]:
        """What the module returns of it."""
        facts = _plan.describe(self.wanted, self.key, self.decision, bool(self.passphrase))
        if self.decision == _plan.REPLACE and self.state.opened:
            facts["rotated_from"] = self.state.opened.key.thumbprint
        texts = _plan.warnings(self.wanted, self.key, self._imported.key.thumbprint if self._imported else "")
        if self.overtakes:
            from ansible_collections.keysmith.jwt.plugins.module_utils import _foreign

            texts.append(_foreign.WARNING)
        return dict(facts, changed=bool(self.changes), changes=self.changes, warnings=texts)

    def read_back(self) -> t.Dict[str, t.Any]:
        """The result again, from what is on the disk now; KeysmithError where that is not what was to be."""
        for folder in self._folders_used():
            folder.refresh()
        again = KeyPair(self.wanted._replace(regenerate="never"), self.folders)
        again._imported = self._imported
        again.plan()
        if again.changes:
            raise KeysmithError(
                "path: %s: somebody else changed the files while they were written (%s); run again."
                % (self.wanted.path, ", ".join(again.changes))
            )
        result = again.result()
        if self.decision == _plan.REPLACE and self.wanted.backup:
            result["backup_file"] = os.path.join(os.path.dirname(self.wanted.path), self.backup_name)
        return {name: result[name] for name in result if name not in ("changed", "changes", "created", "warnings")}

    def _passphrase_for(self, state: _found.State) -> bytes:
        if not self.wanted.generate_passphrase:
            return self.wanted.passphrase or b""
        # A passphrase that was generated once is kept for as long as its environment file is.
        if state.passphrase and not state.exists:
            _passphrase.check_found("environment: %s" % self.wanted.environment[0].path, state.passphrase)
        return state.passphrase or self.passphrase or _passphrase.generate()

    def _check_import(self, imported: _open.Opened) -> None:
        """A key that nobody here has seen before gets the full check, once."""
        if not self._import_is_checked:
            imported = self._imported = _open.open_key(imported.content, _open.opener(imported), "private_key")
            self._import_is_checked = True
        if not _plan.matches(self.wanted, imported.key):
            raise _plan.mismatch(self.wanted, imported.key, "private_key: the key to import")

    def _to_write(self, made: t.Any) -> _writing.Writing:
        """The private key to write: the one that was made, or the one that is there or imported."""
        from ansible_collections.keysmith.jwt.plugins.module_utils import _writing

        if made is not None and self.needs_key:
            writing = _writing.of_made(self.wanted, made, self.passphrase)
            self._made = writing.key
            return writing
        opened = self._imported if self.decision in _plan.NEW_KEY else self.state.opened
        if opened is None:
            raise KeysmithError("path: %s holds no key." % self.wanted.path)
        return _writing.of_opened(self.wanted, opened, self.passphrase)

    def _final_steps(self, writing: t.Optional[_writing.Writing]) -> t.List[_steps.Step]:
        """The steps with the private key's new content, and with the public files of a key that is made by now."""
        private = [step for step in self.steps if step.kind == _steps.PRIVATE_KEY]
        if writing:
            private = [step._replace(content=writing.pem()) for step in private]
        return private + _steps.of_set(self.wanted, self.state, self.key, self.passphrase)

    def _mend_directories(self) -> None:
        attributes = self.wanted.directory
        for path, info in self.directories:
            folder = _folder.open_folder(path, "base_directory")
            try:
                if not os.path.samestat(os.fstat(folder.fd), info):
                    raise KeysmithError("base_directory: %s was replaced while it was worked in; run again." % path)
                with _folder.said("base_directory", path, "change the mode or owner of"):
                    _owners.dress(folder.fd, attributes.mode, attributes.owner, attributes.group)
                    folder.sync()
            finally:
                folder.close()

    def _folders_used(self) -> t.List[_folder.Folder]:
        state = self.state
        files = [state.private] + [item.file for item in state.environment]
        files += [file for file in (state.public, state.jwk) if file]
        places = [file.place for file in files] + ([state.link] if state.link else [])
        return list({id(place.folder): place.folder for place in places}.values())

    def _folders_changed(self) -> t.List[_folder.Folder]:
        """The directories in which names come, go or change."""
        state = self.state
        places = [step.place for step in self.steps if step.content is not None]
        places += state.leftovers + state.unused_backups + ([state.private.place] if state.recovery else [])
        places += [state.link] if state.link and self.switches_link else []
        folders = [place.folder for place in places] + self.missing_folders
        return list({id(folder): folder for folder in folders}.values())

    def link_text(self) -> str:
        """Relative where the link is beside the directory, so that the whole can be moved."""
        directory, parent = os.path.dirname(self.wanted.path), os.path.dirname(self.wanted.active_link)
        return os.path.basename(directory) if os.path.dirname(directory) == parent else directory


def paths_of(wanted: Wanted) -> t.Set[str]:
    """The paths that a key pair takes."""
    named = (wanted.path, wanted.public_path, wanted.jwk_path, wanted.active_link)
    return {path for path in named if path} | {item.path for item in wanted.environment}


def flags_of(wanted: Wanted, state: _found.State, is_touched: bool) -> t.Optional[_flags.Plan]:
    """What becomes of the private key's inode flags; None, at no cost, where nothing is said about them."""
    if not wanted.attributes:
        return None
    from ansible_collections.keysmith.jwt.plugins.module_utils import _flags

    return _flags.plan(state.private.place, bool(state.private.info), wanted.attributes, is_touched)


def lift(flags: t.Optional[_flags.Plan], state: _found.State) -> None:
    """Take the inode flags away that forbid to change the private key, where that is wanted."""
    if flags:
        from ansible_collections.keysmith.jwt.plugins.module_utils import _flags

        _flags.lift(state.private.place, flags)


def leads_to(state: _found.State, wanted: Wanted) -> bool:
    """Whether ``active_link`` leads to the directory of ``path``."""
    if state.link is None or state.link_target is None:
        return False
    target = os.path.join(os.path.dirname(wanted.active_link), state.link_target)
    return os.path.normpath(target) == os.path.normpath(os.path.dirname(wanted.path))
