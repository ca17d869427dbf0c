# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key pair that several hosts share: one of them makes it, the others wait for a copy and import it.

A host that waits leaves a recipient key beside the place of its private key and hands out the public half. A host that
holds the key seals it for that half. What travels in between can be read by no one else, the controller included.
"""

from __future__ import annotations

import contextlib
import functools
import os
import typing as t

from .._disk import attributes, files, locked_directories
from .._errors import KeysmithError
from .._jose import jwe
from .._keypair import decide, present, put_in_place
from .._keypair.plan import Applied, Confirmed, Kind, Known, Needs, Plan, Result
from .._keypair.request import Wanted


class Sharing(t.NamedTuple):
    """What a run is told of a key pair that is shared. Holds nothing that this host alone can read."""

    #: Make it, if it is not there: no other host has it.
    may_make: bool = False
    #: The key as another host sealed it for this one, as ``jwe``, and the ``thumbprint`` that it has to have.
    sealed: t.Optional[t.Mapping[str, t.Any]] = None
    #: For the names of the hosts that wait, their recipient keys: seal for them, and do nothing else.
    recipients: t.Optional[t.Mapping[str, t.Mapping[str, str]]] = None


def kind(sharing: Sharing) -> Kind:
    """How a shared key pair is dealt with."""
    if sharing.recipients is not None:
        return Kind(functools.partial(_decide_sealing, sharing), _change_nothing, _confirm_nothing)
    return Kind(functools.partial(_decide_waiting, sharing), _apply, _read_back, _recover)


def recipient_name(name: str) -> str:
    """The file with the recipient key. It is named as a leftover, so that whoever waits no longer clears it away."""
    return ".ks-%s.%s.tmp" % (name[:200], "0" * 16)


class _Waiting(t.NamedTuple):
    """A key pair that is made only where ``Sharing`` allows it; else the host waits for it, or imports what it is sent.

    Holds secrets: never shown.
    """

    plan: Plan
    #: Whether there is no key, and another host has to send it.
    is_waiting: bool
    #: What this host opens the key with, empty for nothing.
    recipient: bytes

    def __repr__(self) -> str:
        return repr(self.plan)

    @property
    def wanted(self) -> Wanted:
        """The request, with the key to import."""
        return self.plan.wanted

    @property
    def known(self) -> Known:
        """As in AnyPlan."""
        return self.plan.known

    @property
    def needs(self) -> Needs:
        """As in AnyPlan."""
        needs = self.plan.needs
        return needs._replace(key=needs.key and not self.is_waiting, other_host=self.is_waiting)

    @property
    def changes(self) -> t.List[str]:
        """While the host waits, what it leaves to be able to."""
        if not self.is_waiting:
            return self.plan.changes
        kinds = [kind for kind in self.plan.changes if kind in ("directory", "leftovers")]
        return kinds + ([] if self.recipient else ["recipient"])

    def result(self) -> Result:
        """Of a key that is waited for: what it can be sealed for."""
        if not self.is_waiting:
            return self.plan.result()
        facts = {"path": self.wanted.path, "waiting": True, "recipient": self.public_recipient()}
        if self.wanted.regenerate != "never":
            facts["kind"] = decide.kind_of(self.wanted)
        return dict(facts, changed=bool(self.changes), changes=self.changes, warnings=[])

    def diff(self) -> Result:
        """As in AnyPlan."""
        if not self.is_waiting:
            return self.plan.diff()
        from .._keypair.diff import ABSENT

        path = self.wanted.path
        return {"before": {path: ABSENT}, "after": {path: "(to be copied from another host)"}}

    def public_recipient(self) -> t.Optional[t.Dict[str, str]]:
        """What the key can be sealed for; None before the host has it."""
        return jwe.public_of(self.recipient) if self.recipient else None


def _decide_waiting(
    sharing: Sharing, name: str, wanted: Wanted, folders: locked_directories.LockedDirectories, known: Known
) -> _Waiting:
    """Inspect the host and decide. What was sealed for this host is imported where there is no key yet."""
    check_import = functools.partial(_checked_import, sharing, wanted)
    plan = present.decide(name, wanted, folders, known, check_import)
    private = plan.state.private.place
    recipient = _read_recipient(private)
    is_waiting = plan.needs.key and not sharing.may_make
    if is_waiting and sharing.sealed:
        if not recipient:
            raise KeysmithError("sealed: this host no longer knows what it waited for; run again.")
        secret = jwe.open(sharing.sealed.get("jwe"), recipient, name)
        plan = present.decide(name, wanted._replace(private_key=secret), folders, plan.known, check_import)
        is_waiting = False
    if is_waiting or plan.decision == decide.IMPORT:
        waits = recipient_name(private.name)
        kept = [place for place in plan.state.leftovers if place.name != waits]
        plan = plan._replace(state=plan.state._replace(leftovers=kept))
    return _Waiting(plan, is_waiting, recipient)


def _checked_import(sharing: Sharing, wanted: Wanted, known: Known) -> Known:
    """KeysmithError unless it is the key that the controller knows, and of the kind that the request asks for."""
    if known.imported and known.imported.key.thumbprint != (sharing.sealed or {}).get("thumbprint"):
        raise KeysmithError(
            "sealed: the key that another host has sealed for this one has another thumbprint than it claimed; "
            "nothing was changed. Find out what is wrong with that host."
        )
    if known.imported and wanted.regenerate != "never" and not decide.matches(wanted, known.imported.key):
        raise KeysmithError(
            "sealed: the key of the other hosts is of type %s, and this one asks for %s; use the same algorithm "
            "and size for all." % (known.imported.key, decide.kind_of(wanted))
        )
    return known


def _recover(waiting: _Waiting) -> None:
    put_in_place.recover(waiting.plan)


def _apply(waiting: _Waiting, made: t.Any) -> Applied:
    """Put the key pair in place, or leave what it can be sent to."""
    private = waiting.plan.state.private.place
    place = private.sibling(recipient_name(private.name))
    if not waiting.is_waiting:
        applied = put_in_place.apply(waiting.plan, made)
        if place.look():
            place.remove()
        return applied._replace(plan=waiting._replace(plan=applied.plan))
    put_in_place.change_directories(waiting.plan)
    if not waiting.recipient:
        waiting = waiting._replace(recipient=jwe.new_recipient())
        staged = private.stage(waiting.recipient, attributes.Attributes(0o600))
        with _as_private_key(place, private):
            files.Staged(place, staged.temporary).commit_or_drop()
    return Applied(waiting)


def _read_back(applied: Applied) -> Confirmed:
    waiting: _Waiting = applied.plan
    if waiting.is_waiting:
        return Confirmed({"recipient": waiting.public_recipient()})
    return put_in_place.read_back(applied._replace(plan=waiting.plan))


def _read_recipient(private: files.FileSlot) -> bytes:
    """The recipient key that this host left when it began to wait; empty where it is not of our making."""
    place = private.sibling(recipient_name(private.name))
    with _as_private_key(place, private):
        info = place.look()
    if not info or info.st_uid not in (0, os.geteuid()) or info.st_nlink != 1 or info.st_mode & 0o077:
        return b""
    octets = place.read(1024)
    return octets if jwe.is_recipient(octets) else b""


@contextlib.contextmanager
def _as_private_key(place: files.FileSlot, private: files.FileSlot) -> t.Iterator[None]:
    """Name the private key in messages: a name of ours means nothing to a user."""
    try:
        yield
    except KeysmithError as error:
        raise KeysmithError(str(error).replace(place.name, private.name)) from None


class _Sealing(t.NamedTuple):
    """A key that is handed on; nothing is changed, whatever the request asks for. Holds secrets: never shown."""

    plan: Plan
    name: str
    recipients: t.Mapping[str, t.Mapping[str, str]]
    wanted: Wanted
    known: Known
    changes: t.List[str]
    needs: Needs = Needs(library=True)

    def __repr__(self) -> str:
        return repr(self.plan)

    def result(self) -> Result:
        """For the name of each host that waits, the key sealed for it."""
        opened = self.plan.state.opened
        if opened is None:
            raise KeysmithError("path: %s holds no key that could be shared." % self.wanted.path)
        if opened.key.restriction:
            raise decide.restricted(self.wanted, opened.key)
        from .._keys import read

        secret = read.private_pem(opened.private, "pkcs8")
        sealed = {host: jwe.seal(secret, jwk, self.name) for host, jwk in self.recipients.items()}
        return {"path": self.wanted.path, "sealed": sealed, "changed": False, "changes": [], "warnings": []}

    def diff(self) -> Result:
        """As in AnyPlan."""
        return {"before": {}, "after": {}}


def _decide_sealing(
    sharing: Sharing, name: str, wanted: Wanted, folders: locked_directories.LockedDirectories, known: Known
) -> _Sealing:
    plan = present.decide(name, wanted, folders, known)
    return _Sealing(plan, name, sharing.recipients or {}, plan.wanted, plan.known, [])


def _change_nothing(sealing: _Sealing, _made: t.Any) -> Applied:
    return Applied(sealing)


def _confirm_nothing(_applied: Applied) -> Confirmed:
    return Confirmed({})
