# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of one key pair that is to be there: a value that says what changes, and what the result is."""

from __future__ import annotations

import os
import typing as t

from .._disk import directory as disk_directory
from .._disk import locked_directories
from . import changes as keypair_changes
from . import decide, open_key, outputs, recovery, returned
from . import state as keypair_state
from .request import Wanted

if t.TYPE_CHECKING:
    from .._disk import inode_flags

Result = t.Dict[str, t.Any]


class Known(t.NamedTuple):
    """What this run has opened and made up so far, so that it does neither twice. Holds secrets: never shown."""

    #: The private key in place.
    opened: t.Optional[open_key.OpenedKey] = None
    #: The key to import, and whether it had the full check.
    imported: t.Optional[open_key.OpenedKey] = None
    import_is_checked: bool = False
    #: The passphrase to encrypt with, empty for none.
    passphrase: bytes = b""

    def __repr__(self) -> str:
        return "<what is known of a key pair>"


class Needs(t.NamedTuple):
    """What has to be done or to be had before a plan can be applied."""

    #: The directories that have to be made.
    folders: t.Sequence[disk_directory.Directory] = ()
    #: An interrupted run left something that has to be finished or removed.
    recovery: bool = False
    #: A new key has to be generated.
    key: bool = False
    #: A key is generated or written, which takes cryptography.
    library: bool = False
    #: Another host has to send the key: nothing can be put in place.
    other_host: bool = False


class AnyPlan(t.Protocol):
    """What a run asks of a plan, whatever becomes of the key pair."""

    @property
    def wanted(self) -> Wanted:
        """The request."""

    @property
    def known(self) -> Known:
        """What a later look need not find out again."""

    @property
    def needs(self) -> Needs:
        """What comes first."""

    @property
    def changes(self) -> t.List[str]:
        """What changes, by kind, in the order in which it is done."""

    def result(self) -> Result:
        """What the module returns."""

    def diff(self) -> Result:
        """``before`` and ``after``, as in diff mode."""


class Applied(t.NamedTuple):
    """A plan that was carried out."""

    #: With the key and the certificate that were made.
    plan: t.Any
    #: Where the key is that was replaced or removed; empty for nowhere.
    backup_file: str = ""


class Confirmed(t.NamedTuple):
    """What is found when all is in place."""

    #: Facts for the result.
    facts: Result
    #: A new plan, in which nothing changes; None for a key pair that gets no record.
    plan: t.Optional[Plan] = None


class Kind(t.NamedTuple):
    """The functions that deal with one kind of key pair: present, absent, waited for, or sealed for others.

    Each plan is one that ``decide`` has made.
    """

    #: From its name, request, the directories of the run and what is known: inspect the host and decide.
    decide: t.Callable[[str, Wanted, locked_directories.LockedDirectories, Known], AnyPlan]
    #: With the new private key, where one is needed: write to the host.
    apply: t.Callable[[t.Any, t.Any], Applied]
    #: Inspect the host once more.
    read_back: t.Callable[[Applied], Confirmed]
    #: Finish or drop what an interrupted run had begun.
    recover: t.Callable[[t.Any], None] = lambda _plan: None


class Plan(t.NamedTuple):
    """What becomes of a key pair that is to be there. Holds secrets: never shown."""

    wanted: Wanted
    folders: locked_directories.LockedDirectories
    state: keypair_state.State
    known: Known
    #: As ``decide.decide`` returns it.
    decision: str
    #: The key that the host has when all is done; None where it is yet to be generated.
    key: t.Optional[decide.FoundKey]
    #: The certificate that the host has when all is done, in PEM; empty for none, and where it is yet to be made.
    certificate: bytes
    steps: t.List[keypair_changes.Step]
    #: Whether an environment file that changes spoke of another key.
    overtakes: bool
    switches_link: bool
    #: Those that are missing, or that a killed run did not finish making.
    missing_folders: t.List[disk_directory.Directory]
    #: Those whose mode or owner changes.
    directories: t.List[t.Tuple[str, os.stat_result]]
    #: Of the private key; None where the request does not name any.
    flags: t.Optional[inode_flags.Plan]

    def __repr__(self) -> str:
        return "<plan of %s>" % self.wanted.path

    @property
    def passphrase(self) -> bytes:
        """What the key is encrypted with when all is done, empty for nothing."""
        return self.known.passphrase

    @property
    def needs(self) -> Needs:
        """As in AnyPlan."""
        makes_key = self.decision in decide.NEW_KEY and self.key is None
        must_recover = bool(recovery.remains(self.state))
        return Needs(self.missing_folders, must_recover, makes_key, self.decision != decide.KEEP)

    @property
    def changes(self) -> t.List[str]:
        """As in AnyPlan."""
        kinds = ["directory"] if self.missing_folders or self.directories else []
        kinds += ["leftovers"] if self.needs.recovery else []
        kinds += [step.output.kind if step.content is not None else "attributes" for step in self.steps]
        kinds += ["active_link"] if self.switches_link else []
        kinds += ["attributes"] if self.flags and self.flags.changes else []
        return list(dict.fromkeys(kinds))

    @property
    def opened(self) -> t.Optional[open_key.OpenedKey]:
        """The private key that is kept, converted or imported; None where one is generated."""
        return self.known.imported if self.decision in decide.NEW_KEY else self.state.opened

    def facts(self) -> Result:
        """The public facts of the key."""
        return returned.describe(self.wanted, self.key, self.decision, bool(self.passphrase), self.certificate)

    def result(self) -> Result:
        """As in AnyPlan."""
        facts = self.facts()
        if self.decision == decide.REPLACE and self.state.opened:
            facts["rotated_from"] = self.state.opened.key.thumbprint
        imported = self.known.imported.key.thumbprint if self.known.imported else ""
        texts = returned.warnings(self.wanted, self.key, imported, self.certificate)
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

    def diff(self) -> Result:
        """As in AnyPlan."""
        from . import diff

        return diff.of_plan(self)

    def source(self, private: t.Any = None) -> outputs.Source:
        """What the derived files are made of. ``private`` is the key of the library where new ones are to be made."""
        keystore = b""
        if "pkcs12_path" in self.wanted.derived:
            from . import certificates

            keystore = certificates.keystore(self.wanted, self.state, self.key, self.passphrase, self.certificate)
            if private and not keystore:
                keystore = certificates.new_keystore(self.wanted, private, self.certificate, self.passphrase)
        if not self.key:
            return outputs.Source("", {}, b"", b"")
        jwk = decide.jwk(self.wanted, self.key, self.certificate)
        return outputs.Source(self.key.pem, jwk, self.certificate, keystore)
