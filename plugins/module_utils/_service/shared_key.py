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

from .._disk import attributes, files
from .._errors import KeysmithError
from .._jose import jwe
from .._keypair import decide, open_key
from .._keypair.present import KeyPair
from .._keypair.request import Wanted

if t.TYPE_CHECKING:
    from .._disk import directory, locked_directories
    from .._keypair import run as keypair_run

_Result = t.Dict[str, t.Any]


class Sharing(t.NamedTuple):
    """What a run is told of a key pair that is shared. Holds nothing that this host alone can read."""

    #: Make it, if it is not there: no other host has it.
    may_make: bool = False
    #: The key as another host sealed it for this one, as ``jwe``, and the ``thumbprint`` that it has to have.
    sealed: t.Optional[t.Mapping[str, t.Any]] = None
    #: For the names of the hosts that wait, their recipient keys: seal for them, and do nothing else.
    recipients: t.Optional[t.Mapping[str, t.Mapping[str, str]]] = None


def maker(sharing: Sharing) -> "keypair_run.Maker":
    """Makes the key pair, as what is told of it asks for."""
    return functools.partial(_Waiting if sharing.recipients is None else _Sealing, sharing)


def recipient_name(name: str) -> str:
    """The file with the recipient key. It is named as a leftover, so that whoever waits no longer clears it away."""
    return ".ks-%s.%s.tmp" % (name[:200], "0" * 16)


class _Shared(KeyPair):
    def __init__(
        self, sharing: Sharing, wanted: Wanted, folders: "locked_directories.LockedDirectories", name: str
    ) -> None:
        super().__init__(wanted, folders, name)
        self._sharing = sharing


class _Waiting(_Shared):
    """One that is made only where the host is told to; else the host waits for it, or imports what it is sent."""

    #: What this host opens the key with, empty for nothing.
    _recipient = b""

    def plan(self) -> None:
        """Look at the host and decide. What was sealed for this host is imported where there is no key yet."""
        super().plan()
        self._recipient = self._read_recipient()
        if self.is_waiting and self._sharing.sealed:
            if not self._recipient:
                raise KeysmithError("sealed: this host no longer knows what it waited for; run again.")
            secret = jwe.open(self._sharing.sealed.get("jwe"), self._recipient, self.name)
            self.wanted = self.wanted._replace(private_key=secret)
            super().plan()
        if self.is_waiting or self.decision == decide.IMPORT:
            kept = [place for place in self.state.leftovers if place.name != self._place.name]
            self.state = self.state._replace(leftovers=kept)

    @property
    def _place(self) -> files.FileSlot:
        private = self.state.private.place
        return private.sibling(recipient_name(private.name))

    def _read_recipient(self) -> bytes:
        """The recipient key that this host left when it began to wait; empty where it is not of our making."""
        place = self._place
        with self._said():
            info = place.look()
        if not info or info.st_uid not in (0, os.geteuid()) or info.st_nlink != 1 or info.st_mode & 0o077:
            return b""
        octets = place.read(1024)
        return octets if jwe.is_recipient(octets) else b""

    def _check_import(self, imported: open_key.OpenedKey) -> None:
        """Whether it is the key that the controller knows, and of the kind that was asked for."""
        if imported.key.thumbprint != (self._sharing.sealed or {}).get("thumbprint"):
            raise KeysmithError(
                "sealed: the key that another host has sealed for this one has another thumbprint than it claimed; "
                "nothing was changed. Find out what is wrong with that host."
            )
        if self.wanted.regenerate != "never" and not decide.matches(self.wanted, imported.key):
            raise KeysmithError(
                "sealed: the key of the other hosts is of type %s, and this one asks for %s; use the same algorithm "
                "and size for all." % (imported.key, decide.kind_of(self.wanted))
            )

    @property
    def is_waiting(self) -> bool:
        """Whether there is no key, and another host has to send it."""
        return super().needs_key and not self._sharing.may_make

    @property
    def needs_key(self) -> bool:
        """Whether it is made here."""
        return super().needs_key and not self.is_waiting

    @property
    def changes(self) -> t.List[str]:
        """While it waits, what it leaves to be able to."""
        if not self.is_waiting:
            return super().changes
        kinds = [kind for kind in super().changes if kind in ("directory", "leftovers")]
        return kinds + ([] if self._recipient else ["recipient"])

    def apply(self, made: t.Any = None) -> None:
        """Put the key pair in place, or leave what it can be sent to."""
        if self.is_waiting:
            self._mend_directories()
            if not self._recipient:
                self._recipient = jwe.new_recipient()
                self._leave_recipient()
            return
        super().apply(made)
        if self._place.look():
            self._place.remove()

    def _leave_recipient(self) -> None:
        private = self.state.private.place
        staged = private.stage(self._recipient, attributes.Attributes(0o600))
        with self._said():
            files.Staged(self._place, staged.temporary).commit_or_drop()

    @contextlib.contextmanager
    def _said(self) -> t.Iterator[None]:
        """A name of ours means nothing to a user."""
        try:
            yield
        except KeysmithError as error:
            raise KeysmithError(str(error).replace(self._place.name, self.state.private.place.name)) from None

    def result(self) -> _Result:
        """Of a key that is waited for: what it can be sealed for."""
        if not self.is_waiting:
            return super().result()
        facts = {"path": self.wanted.path, "waiting": True, "recipient": self._public_recipient()}
        if self.wanted.regenerate != "never":
            facts["kind"] = decide.kind_of(self.wanted)
        return dict(facts, changed=bool(self.changes), changes=self.changes, warnings=[])

    def read_back(self) -> _Result:
        """What is on the disk now."""
        return {"recipient": self._public_recipient()} if self.is_waiting else super().read_back()

    def _public_recipient(self) -> t.Optional[t.Dict[str, str]]:
        return jwe.public_of(self._recipient) if self._recipient else None


class _Sealing(_Shared):
    """One that is looked at and handed on, and not changed whatever is wanted of it."""

    missing_folders: t.List["directory.Directory"] = []
    changes: t.List[str] = []
    must_recover = False
    needs_key = False
    needs_library = True

    def result(self) -> _Result:
        """For the name of each host that waits, the key sealed for it."""
        opened = self.state.opened
        if opened is None:
            raise KeysmithError("path: %s holds no key that could be shared." % self.wanted.path)
        if opened.key.restriction:
            raise decide.restricted(self.wanted, opened.key)
        from .._keys import read

        secret = read.private_pem(opened.private, "pkcs8")
        sealed = {host: jwe.seal(secret, jwk, self.name) for host, jwk in (self._sharing.recipients or {}).items()}
        return {"path": self.wanted.path, "sealed": sealed, "changed": False, "changes": [], "warnings": []}
