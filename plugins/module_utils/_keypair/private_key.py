# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The private key that a run writes: a new one, an imported one, or the existing one in another form."""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError
from .._jose import public_facts
from .._keys import read
from . import decide, open_key
from .request import Wanted


class Writing:
    """A private key, its text, and a check that a file holds it. Holds secrets: never shown."""

    def __init__(self, wanted: Wanted, key: decide.FoundKey, private: t.Any, passphrase: bytes) -> None:
        self.key = key
        self._wanted = wanted
        #: The key of the library.
        self.private = private
        #: The passphrase for the file, empty for none.
        self._passphrase = passphrase
        #: As it was read back from the file.
        self.opened: t.Optional[open_key.OpenedKey] = None

    def __repr__(self) -> str:
        return "<key to write to %s>" % self._wanted.path

    def pem(self) -> bytes:
        """Return the text to write."""
        return read.private_pem(self.private, decide.format_of(self._wanted, self.key), self._passphrase or None)

    def prove(self, _fd: int, content: bytes) -> None:
        """KeysmithError unless the staged file opens with the passphrase, holds the key, and the key signs."""
        tried = [open_key.Candidate(decide.PASSPHRASE, self._passphrase)] if self._passphrase else []
        opened = open_key.open_key(content, tried, "path: %s" % self._wanted.path, trusted=True, known=self.private)
        if opened.key.members != self.key.members or opened.key.encrypted != bool(self._passphrase):
            raise KeysmithError("path: %s was written, but does not hold the key; check the disk." % self._wanted.path)
        self.opened = opened._replace(key=opened.key._replace(restriction=self.key.restriction, pem=self.key.pem))


def of_made(wanted: Wanted, private: t.Any, passphrase: bytes) -> Writing:
    """Return a new key for writing."""
    facts = public_facts.facts(private.public_key())
    origin = decide.ENVIRONMENT if wanted.generate_passphrase else decide.PASSPHRASE
    key = decide.FoundKey(
        members=dict(facts.members),
        restriction=facts.restriction,
        pem=facts.pem,
        container=decide.format_of(wanted, None),
        encrypted=bool(passphrase),
        opened_by=origin if passphrase else decide.NONE,
        fault="",
    )
    return Writing(wanted, key, private, passphrase)


def of_opened(wanted: Wanted, opened: open_key.OpenedKey, passphrase: bytes) -> Writing:
    """Return an existing or imported key for writing."""
    return Writing(wanted, opened.key, opened.private, passphrase)
