# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof that a key file was opened and checked before, kept with the file, so that an unchanged one stays closed.

To open an RSA key costs its library a primality test (a fifth of a second for 4096 bits, and cryptography older than
39 cannot be told to leave it out). So a key that was opened and has signed gets a proof: the public facts that were
found, and a message authentication code over them and over the SHA-256 of the whole file, under a key derived from
the passphrase that opened it. The next run believes the facts if the file and the passphrase are still the same,
octet for octet. Anything else, a doubt included, and the key is opened and proved anew.

The proof is an extended attribute of the private key file (see ``_disk/xattrs``): only those who could replace the key
itself can write one. A guess at the passphrase costs as much against the proof as against the PKCS#8 file
(PBKDF2-HMAC-SHA256, 2048 rounds).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import typing as t

from .._disk import xattrs

_VERSION = 1
_ROUNDS = 2048
_ATTRIBUTE = "proof"


def attach(fd: int, content: bytes, passphrase: t.Optional[bytes], facts: t.Mapping[str, t.Any]) -> None:
    """Leave a proof on an open private key file of ours; where the file system keeps none, nothing is left."""
    salt = os.urandom(16)
    mac = _mac(salt, content, passphrase, facts)
    value = json.dumps({"v": _VERSION, "salt": salt.hex(), "facts": facts, "mac": mac}, separators=(",", ":")).encode()
    xattrs.leave(fd, _ATTRIBUTE, value)


def records_of(fd: int) -> t.List[bytes]:
    """The proofs that an open private key file carries, as they are; only those that nobody else could have put."""
    return xattrs.found(fd, _ATTRIBUTE)


def facts_of(
    records: t.Iterable[bytes], content: bytes, passphrase: t.Optional[bytes]
) -> t.Optional[t.Dict[str, t.Any]]:
    """The public facts proved for exactly this content and passphrase; None where there is no such proof."""
    for value in records:
        try:
            record = json.loads(value)
            if record["v"] != _VERSION:
                continue
            facts = dict(record["facts"])
            expected = _mac(bytes.fromhex(record["salt"]), content, passphrase, facts)
            if hmac.compare_digest(expected, record["mac"]):
                return facts
        except (ValueError, KeyError, TypeError):
            continue
    return None


def _mac(salt: bytes, content: bytes, passphrase: t.Optional[bytes], facts: t.Mapping[str, t.Any]) -> str:
    key = hashlib.pbkdf2_hmac("sha256", passphrase or b"", salt, _ROUNDS)
    text = json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()
    return hmac.new(key, hashlib.sha256(content).digest() + text, hashlib.sha256).hexdigest()
