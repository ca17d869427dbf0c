# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes of a key pair that is not to be there: what the module made at its paths and nothing else.

Nothing is changed here.
"""

from __future__ import annotations

import json
import os
import typing as t

from .._disk import directory, locked_directories
from .._disk.files import FileSlot
from .._env_files import edit
from .._errors import KeysmithError, MissingLibrary
from .._jose import jwk as jose_jwk
from . import changes as keypair_changes
from . import former_names, inspect, other_keys, outputs, private_flags, record_writing, recovery
from . import state as keypair_state
from .request import THUMBPRINT, Wanted
from .state import FoundDerived, FoundEnvironment

if t.TYPE_CHECKING:
    from .._disk import inode_flags


class RemovalPlan:
    """What goes of a key pair that is not to be there. Holds secrets: never shown."""

    needs_key = False
    needs_library = False
    must_recover = False
    is_waiting = False

    def __init__(self, wanted: Wanted, folders: locked_directories.LockedDirectories, name: str = "") -> None:
        self.wanted = wanted
        self.folders = folders
        self.name = name
        self.state: keypair_state.State
        self.flags: t.Optional[inode_flags.Plan] = None
        #: The environment files with variables that are ours to take out: not those of another key by now.
        self.cleared: t.List[FoundEnvironment] = []

    def __repr__(self) -> str:
        return "<removal of %s>" % self.wanted.path

    def plan(self) -> None:
        """Look at the host; nothing is changed. KeysmithError where the key pair is in use."""
        self.state = inspect.look(self.wanted, self.folders)
        own = former_names.Own(self.state.private.place.is_at, self._ids(), self._is_opened_by, lambda _octets: False)
        environment = [item.with_former(former_names.ours(item, own)) for item in self.state.environment]
        self.state = self.state._replace(environment=environment)
        self.cleared = [item for item in self.state.environment if self._clears(item)]
        for item in self.cleared:
            other_keys.check_removed(self.wanted, item, self.state.private.place, self._ids(), {item.passphrase})
        self.flags = private_flags.plan(self.wanted, self.state, True) if self.state.private.info else None
        self._check_writable()
        if any(item.output.kind == "pkcs12" and not self._is_named(item) for item in self._derived()):
            raise KeysmithError(
                "pkcs12_path: %s has no entry of the name %s, so it was not made here and is not removed; give its "
                "name in pkcs12_name, or remove it by hand."
                % (self.wanted.derived["pkcs12_path"], self.wanted.certificate.pkcs12_name)
            )
        if self.wanted.regenerate == "always":
            return
        if self.changes and self._is_active():
            raise KeysmithError(
                "path: %s is active (%s leads to it), so it is not removed; make another one active and remove this "
                "one in a later run, or set regenerate: always." % (self.wanted.path, self.wanted.active_link)
            )
        if self.state.private.info and not is_private_key(self.state.private.place):
            raise KeysmithError(
                "path: %s holds no private key, so it was not made here and is not removed; remove it by hand, or "
                "set regenerate: always." % self.wanted.path
            )

    def _is_named(self, item: FoundDerived) -> bool:
        """Whether a PKCS#12 file is one that is made here, as far as can be seen without its passphrase."""
        from .._keys import pkcs12

        content = item.file.content
        return not content.strip() or pkcs12.has_name(content, self.wanted.certificate.pkcs12_name)

    def _check_writable(self) -> None:
        """Of what is there and its directories, before the key goes; which of it goes is known when the key is."""
        from .._disk import removable

        state = self.state
        files = [state.private] + [item.file for item in self.cleared]
        files += [item.file for item in self._derived()]
        for file in files:
            # What is asked for of the private key's attributes is looked at with them.
            if file.info and not (self.flags and file is state.private):
                removable.check(file.place, file.info)
        folders = [file.place.folder for file in files if file.info]
        folders += [remain.folder for remain in self._remains()]
        folders += [state.link.folder] if state.link and "active_link" in self.changes else []
        for folder in {id(folder): folder for folder in folders}.values():
            folder.check_writable()
        if self._empties_directory():
            above = directory.open_directory(os.path.dirname(state.private.place.folder.path), "path")
            try:
                above.check_writable()
            finally:
                above.close()

    def _is_active(self) -> bool:
        """Whether the link leads to the directory of the private key, over other links, too."""
        link, folder = self.state.link, self.state.private.place.folder
        if not link or not folder.exists:
            return False
        try:
            return os.path.samestat(os.stat(link.by_descriptor), os.fstat(folder.fd))
        except OSError:
            return False

    @property
    def missing_folders(self) -> t.List[directory.Directory]:
        """None: nothing is put anywhere."""
        return []

    @property
    def changes(self) -> t.List[str]:
        """What is taken away, by kind."""
        kinds = ["active_link"] if self._takes_link() else []
        kinds += ["leftovers"] if self._remains() or (self._record() and not self.state.private.info) else []
        kinds += ["private_key"] if self.state.private.info else []
        kinds += [item.output.kind for item in self._derived()]
        kinds += ["environment"] if self.cleared else []
        kinds += ["directory"] if self._empties_directory() else []
        return kinds

    def _takes_link(self) -> bool:
        """Whether the link goes: it leads to the key that goes, and no key pair that stays has it, or is there."""
        if self.wanted.regenerate != "always" or not (self.state.private.info or self.state.recovery):
            return False
        return self._is_active() and not self._is_used() and not self.folders.managed.stays(self.wanted.active_link)

    def _is_used(self) -> bool:
        """Whether a key pair that is to be there has files in the directory, or below it."""
        return self.folders.managed.stays_in(self.state.private.place.folder)

    def _derived(self) -> t.List[FoundDerived]:
        """Those files that are there, the secret ones first."""
        there = [item for item in self.state.derived if item.file.info]
        return sorted(there, key=lambda item: not item.output.is_secret)

    def _remains(self) -> t.List[FileSlot]:
        place = self.state.private.place
        staged = [place.sibling(recovery.staged_name(place.name))] if self.state.recovery else []
        return staged + self.state.leftovers + self.state.unused_backups

    def _record(self) -> t.List[FileSlot]:
        """The file with the key's record, where there is one: it goes with the key."""
        found = record_writing.file_of(self.state.private.place)
        return [found] if found else []

    def _thumbprint(self) -> str:
        """Of the JWK beside the key: to remove a key it is not opened."""
        try:
            return jose_jwk.thumbprint(json.loads(self.state.jwk)) if self.state.jwk else ""
        except (ValueError, KeyError, TypeError, RecursionError):
            return ""

    def _clears(self, item: FoundEnvironment) -> bool:
        """Whether our variables are in it, and are not another key's by now."""
        return bool(set(item.values) & set(item.variables)) and self._is_ours(item)

    def _is_ours(self, item: FoundEnvironment) -> bool:
        """By the path of a key that is needed, else by the key ID, else by whether the passphrase opens our key."""
        path = item.key_path
        if path and self.state.private.place.is_at(path):
            return True
        if os.path.isabs(path) and other_keys.is_needed(path):
            return False
        ids = self._ids()
        if item.key_id and ids:
            return item.key_id in ids
        if item.passphrase:
            return self._is_opened_by(item.passphrase)
        # Where nothing tells whose they are: not those of a key that is not there, when another key can have them.
        return bool(self.state.private.info) and not self.folders.managed.stays(item.wanted.path)

    def _is_opened_by(self, passphrase: bytes) -> bool:
        """Whether it is the passphrase of the key; False, too, where that cannot be found out."""
        from . import decide, open_key

        if not self.state.private.info:
            return False
        try:
            opened, _problem = inspect.open_private(
                self.state.private, [open_key.Candidate(decide.ENVIRONMENT, passphrase)], ()
            )
        except MissingLibrary:
            return False
        return opened is not None and opened.passphrase == passphrase

    def _ids(self) -> t.Set[str]:
        """The key IDs of the key, as far as they are known without opening it."""
        said = {self.wanted.key_id} - {THUMBPRINT}
        try:
            jwk = json.loads(self.state.jwk) if self.state.jwk else {}
            return said | {str(jwk["kid"]), jose_jwk.thumbprint(jwk)}
        except (ValueError, KeyError, TypeError, RecursionError):
            return said

    def _empties_directory(self) -> bool:
        """Whether the directory of the private key goes too: it is below base_directory, and nothing else is in it."""
        folder = self.state.private.place.folder
        if not folder.exists or not self._own_directory():
            return False
        if self.wanted.backup and self.state.private.info:
            return False
        going = self.wanted.paths - self._staying()
        ours = {os.path.basename(path) for path in going if os.path.dirname(path) == folder.path}
        ours |= {remain.name for remain in self._remains() + self._record() if remain.folder is folder}
        return set(folder.entries()) <= ours

    def _staying(self) -> t.Set[str]:
        """The paths of environment files in which other lines are, or none of ours."""
        environment = [
            item.file
            for item in self.state.environment
            if not (item in self.cleared and edit.is_empty(keypair_changes.without_ours(item)))
        ]
        return {file.place.path for file in environment if file.info}

    def _own_directory(self) -> bool:
        if not self.wanted.base_directory or os.path.dirname(self.wanted.path) == self.wanted.base_directory:
            return False
        return not self._is_used()

    def takes(self, path: str) -> bool:
        """Whether that file goes: not an environment file with other lines, and not the link to another key pair."""
        if path == self.wanted.active_link:
            return "active_link" in self.changes
        return path not in self._staying()

    def result(self) -> t.Dict[str, t.Any]:
        """What the module returns of it."""
        return {"path": self.wanted.path, "changed": bool(self.changes), "changes": self.changes}


def is_private_key(place: FileSlot) -> bool:
    return outputs.is_private_key(place.read(keypair_state.LARGEST_KEY))
