# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""The private key that a run writes: made in this run, imported, or the one that is there in another form."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils import _keys, _open, _plan, _proof
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._wanted import Wanted


class Writing:
    """A private key, its text, and the proof that a file holds it. Holds secrets: never shown."""

    def __init__(self, wanted: Wanted, key: _plan.FoundKey, private: t.Any, passphrase: bytes) -> None:
        self.key = key
        self._wanted = wanted
        #: The key of the library.
        self._private = private
        #: What it is to be encrypted with, empty for not at all.
        self._passphrase = passphrase

    def __repr__(self) -> str:
        return "<key to write to %s>" % self._wanted.path

    def pem(self) -> bytes:
        """What is written."""
        return _keys.private_pem(self._private, _plan.format_of(self._wanted, self.key), self._passphrase or None)

    def prove(self, fd: int, content: bytes) -> None:
        """KeysmithError unless the staged file opens with the passphrase, holds the key, and the key signs."""
        tried = [_open.Candidate(_plan.PASSPHRASE, self._passphrase)] if self._passphrase else []
        opened = _open.open_key(content, tried, "path: %s" % self._wanted.path, trusted=True, known=self._private)
        if opened.key.members != self.key.members or opened.key.encrypted != bool(self._passphrase):
            raise KeysmithError(
                "path: %s was written, but does not hold the key; see whether the disk is at fault." % self._wanted.path
            )
        facts = opened.key._replace(pss=self.key.pss, pem=self.key.pem)
        _proof.attach(fd, content, opened.passphrase, _open.proof_facts(facts))


def of_made(wanted: Wanted, private: t.Any, passphrase: bytes) -> Writing:
    """Of a key of the library that was made in this run."""
    facts = _keys.facts(private.public_key())
    origin = _plan.ENVIRONMENT if wanted.generate_passphrase else _plan.PASSPHRASE
    key = _plan.FoundKey(
        members=dict(facts.members),
        pss=facts.pss,
        pem=facts.pem,
        container=_plan.format_of(wanted, None),
        encrypted=bool(passphrase),
        opened_by=origin if passphrase else _plan.NONE,
    )
    return Writing(wanted, key, private, passphrase)


def of_opened(wanted: Wanted, opened: _open.Opened, passphrase: bytes) -> Writing:
    """Of a key that is there, or was imported."""
    return Writing(wanted, opened.key, _open.private_of(opened), passphrase)
