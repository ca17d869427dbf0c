# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes of one key pair that is to be absent: a value that says what is removed, and what the result is."""

from __future__ import annotations

import typing as t

from .._disk.files import FileSlot
from .._env_files import edit
from . import changes as keypair_changes
from . import recovery
from .plan import Known, Needs, Result
from .request import Wanted
from .state import FoundDerived, FoundEnvironment, State

if t.TYPE_CHECKING:
    from .._disk import inode_flags


class Removal(t.NamedTuple):
    """What goes of a key pair. Holds secrets: never shown."""

    wanted: Wanted
    state: State
    #: The environment files with variables that are ours to take out: not those of another key by now.
    cleared: t.List[FoundEnvironment]
    #: Of the private key; None where the request does not name any.
    flags: t.Optional[inode_flags.Plan]
    #: The file with the record of the key pair, where it has one.
    record: t.Optional[FileSlot]
    #: Whether the link goes: it leads to the key that goes, and no key pair that stays has it, or is there.
    takes_link: bool
    #: Whether this directory may go: it is below ``base_directory``, and no key pair that stays is in it.
    has_own_directory: bool
    #: Whether it goes: nothing else is in it.
    empties_directory: bool = False
    known: Known = Known()
    needs: Needs = Needs()

    def __repr__(self) -> str:
        return "<removal of %s>" % self.wanted.path

    @property
    def changes(self) -> t.List[str]:
        """What is removed, by kind."""
        has_key = bool(self.state.private.info)
        kinds = ["active_link"] if self.takes_link else []
        kinds += ["leftovers"] if recovery.remains(self.state) or (self.record and not has_key) else []
        kinds += ["private_key"] if has_key else []
        kinds += [item.output.kind for item in self.derived]
        kinds += ["environment"] if self.cleared else []
        kinds += ["directory"] if self.empties_directory else []
        return kinds

    @property
    def derived(self) -> t.List[FoundDerived]:
        """The derived files that are there, the secret ones first."""
        there = [item for item in self.state.derived if item.file.info]
        return sorted(there, key=lambda item: not item.output.is_secret)

    def takes(self, path: str) -> bool:
        """Whether that file goes: not an environment file with other lines, and not the link to another key pair."""
        return self.takes_link if path == self.wanted.active_link else path not in self.staying

    @property
    def staying(self) -> t.Set[str]:
        """The paths of environment files in which other lines are, or none of ours."""
        return {
            item.file.place.path
            for item in self.state.environment
            if item.file.info and not (item in self.cleared and edit.is_empty(keypair_changes.without_ours(item)))
        }

    def result(self) -> Result:
        """What the module returns."""
        return {"path": self.wanted.path, "changed": bool(self.changes), "changes": self.changes}

    def diff(self) -> Result:
        """``before`` and ``after``, as in diff mode."""
        from . import diff

        return diff.of_removal(self)
