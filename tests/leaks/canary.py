# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that are looked for afterwards, in every form in which one could have slipped out."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
import typing as t
import urllib.parse
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

#: Parts of a secret shorter than this could be anywhere by chance.
LEAST = 12


class Canary(t.NamedTuple):
    """A secret, by name, and the octets that must not be found."""

    name: str
    traces: t.Tuple[bytes, ...]

    def found_in(self, content: bytes) -> bool:
        return any(trace in content for trace in self.traces)


def passphrase(name: str) -> t.Tuple[str, Canary]:
    """A new passphrase and its canary: plain, in other encodings, reversed, and its halves."""
    # A slash, a plus and a blank in it: what escapes them writes it in another way.
    value = f"{secrets.token_hex(9)}/+ {secrets.token_hex(9)}"
    octets = value.encode()
    half = len(octets) // 2
    traces = [octets, octets[::-1], octets[:half], octets[half:], binascii.hexlify(octets), octets.upper()]
    traces += [base64.b64encode(octets).rstrip(b"="), base64.urlsafe_b64encode(octets).rstrip(b"=")]
    traces += [urllib.parse.quote(value).encode(), urllib.parse.quote_plus(value).encode()]
    return value, Canary(name, tuple(trace for trace in traces if len(trace) >= LEAST))


def private_key(name: str) -> t.Tuple[str, Canary]:
    """A new RSA key as PEM and its canary: what is secret of it in several forms."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return _pem(key), Canary(name, tuple(traces_of(key)))


def _pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def traces_of(key: rsa.RSAPrivateKey) -> t.Iterator[bytes]:
    """What is secret of a key: lines of its PEM that are not its modulus, and its private numbers."""
    modulus = key.public_key().public_numbers().n
    octets = modulus.to_bytes((modulus.bit_length() + 7) // 8, "big")
    # Base64 of the modulus, which is public, in the three ways in which it can lie in a longer text.
    public = b" ".join(base64.b64encode(bytes(shift) + octets) for shift in range(3))
    for form in (serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL):
        text = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        yield from (line for line in text.splitlines()[1:-1] if len(line) >= 64 and line[8:-8] not in public)
    numbers = key.private_numbers()
    for number in (numbers.d, numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp):
        octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
        yield base64.urlsafe_b64encode(octets).rstrip(b"=")[:64]
        yield base64.b64encode(octets)[:64]
        yield binascii.hexlify(octets)[:64]
        yield str(number).encode()[:64]


def files(root: Path) -> t.Iterator[t.Tuple[Path, bytes]]:
    """Every file below a directory, with its content; what is gone by then is gone."""
    for directory, _folders, names in os.walk(root):
        for name in names:
            path = Path(directory, name)
            try:
                if stat.S_ISREG(path.lstat().st_mode):
                    yield path, path.read_bytes()
            except OSError:
                continue
