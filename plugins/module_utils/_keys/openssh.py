# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of an OpenSSH key: its public key blob (RFC 4253 section 6.6, RFC 5656, RFC 8709) and its private key
file (PROTOCOL.key of OpenSSH: "openssh-key-v1", bcrypt_pbkdf)."""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError
from . import der
from .key_numbers import Material

MAGIC = b"openssh-key-v1\0"
#: bcrypt rounds: ssh-keygen takes 16 to 24; 64 are half a second.
MOST_ROUNDS = 64
_CURVES = {"nistp256": "P-256", "nistp384": "P-384", "nistp521": "P-521"}
#: Mode, octets of the key.
_CIPHERS = {
    "%s-%s" % (cipher, mode): (mode.upper(), octets)
    for cipher, octets in (("aes128", 16), ("aes192", 24), ("aes256", 32))
    for mode in ("ctr", "cbc")
}


class _Reader:
    """SSH wire format (RFC 4251 section 5)."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def octets(self, count: int) -> bytes:
        content = self._data[self._at : self._at + count]
        if len(content) < count:
            raise der.Malformed("cut short")
        self._at += count
        return content

    def number(self) -> int:
        return int.from_bytes(self.octets(4), "big")

    def string(self) -> bytes:
        return self.octets(self.number())

    def name(self) -> str:
        return self.string().decode("ascii", "replace")

    def mpint(self) -> int:
        content = self.string()
        if not content or content[0] & 0x80 or (len(content) > 1 and content[0] == 0 and not content[1] & 0x80):
            raise der.Malformed("a number is negative or not the shortest")
        return int.from_bytes(content, "big")

    def rest(self) -> bytes:
        return self.octets(len(self._data) - self._at)


class Sealed(t.NamedTuple):
    """A private key file, perhaps encrypted, whose cost is known and bearable."""

    public: Material
    cipher: str
    salt: bytes
    rounds: int
    content: bytes

    @property
    def cost(self) -> float:
        """What a derivation costs, as a part of the most that is paid for one."""
        return self.rounds / MOST_ROUNDS

    @property
    def encrypted(self) -> bool:
        """Whether it takes a passphrase."""
        return self.cipher != "none"

    def __repr__(self) -> str:
        return "Sealed(%r)" % self.cipher

    def open(self, passphrase: bytes) -> t.Optional[Material]:
        """The key, or None when the passphrase is wrong."""
        content = self.content
        if self.encrypted:
            from . import decrypt

            mode, size = _CIPHERS[self.cipher]
            derived = _bcrypt(passphrase, self.salt, size + 16, self.rounds)
            content = decrypt.decrypt("AES", mode, derived[:size], derived[size:], content)
        reader = _Reader(content)
        # The same number twice shows that the passphrase is right, before anything is read.
        if reader.octets(4) != reader.octets(4):
            if self.encrypted:
                return None
            raise der.Malformed("the check numbers differ")
        return _private(reader, self.public)


def public(blob: bytes) -> Material:
    """The key of a public key line."""
    reader = _Reader(blob)
    material = _public(reader, reader.name())
    if reader.rest():
        raise der.Malformed("something follows the end")
    return material


def private(body: bytes) -> Sealed:
    """The private key file. Malformed when it is damaged, KeysmithError for what is too costly or not read."""
    if not body.startswith(MAGIC):
        raise der.Malformed("not an OpenSSH private key")
    reader = _Reader(body[len(MAGIC) :])
    cipher, kdf, options = reader.name(), reader.name(), _Reader(reader.string())
    if reader.number() != 1:
        raise KeysmithError("the OpenSSH file holds several keys; give the one that is meant.")
    key, content = public(reader.string()), reader.string()
    is_known = cipher == kdf == "none" or (cipher in _CIPHERS and kdf == "bcrypt")
    if (is_known and reader.rest()) or (cipher == "none") != (kdf == "none"):
        raise der.Malformed("more, or another thing, than a key")
    if not is_known:
        raise KeysmithError(
            "the OpenSSH key is encrypted with a cipher that is not read; convert it with "
            "'ssh-keygen -p -Z aes256-ctr -f FILE'."
        )
    if cipher == "none":
        return Sealed(key, cipher, b"", 0, content)
    salt, rounds = options.string(), options.number()
    if not salt or not rounds or not content or len(content) % 16 or options.rest():
        raise der.Malformed("not parameters of bcrypt")
    if rounds > MOST_ROUNDS:
        raise KeysmithError(
            "the OpenSSH key is encrypted in a way that costs too much to open (bcrypt with more than "
            "%d rounds); convert it with 'ssh-keygen -p -a 16 -f FILE'." % MOST_ROUNDS
        )
    return Sealed(key, cipher, salt, rounds, content)


def _bcrypt(passphrase: bytes, salt: bytes, size: int, rounds: int) -> bytes:
    try:
        import bcrypt
    except ImportError:
        raise KeysmithError(
            "an encrypted OpenSSH key needs the Python package bcrypt, which is missing here; install "
            "it, or convert the key with 'ssh-keygen -p -m PEM -f FILE'."
        ) from None
    return bytes(bcrypt.kdf(passphrase, salt, size, rounds, ignore_few_rounds=True))


def _public(reader: _Reader, type: str) -> Material:
    if type == "ssh-rsa":
        e, n = reader.mpint(), reader.mpint()
        return Material("RSA", (n, e))
    if type == "ssh-ed25519":
        return Material("Ed25519", public=_exactly(reader.string(), 32))
    return _ecdsa(reader, type)


def _ecdsa(reader: _Reader, type: str) -> Material:
    prefix, _dash, curve = type.rpartition("-")
    if prefix != "ecdsa-sha2" or curve not in _CURVES:
        raise KeysmithError("the OpenSSH key is of a type that JWT does not use; RSA, ECDSA and Ed25519 are read.")
    if reader.name() != curve:
        raise der.Malformed("two curves")
    point = reader.string()
    if point[:1] != b"\x04":
        raise der.Malformed("not an uncompressed point")
    return Material(_CURVES[curve], public=point)


def _private(reader: _Reader, expected: Material) -> Material:
    type = reader.name()
    if type == "ssh-rsa":
        n, e, d, inverse, p, q = (reader.mpint() for _number in range(6))
        if p < 2 or q < 2:
            raise der.Malformed("not a prime")
        material = Material("RSA", (n, e, d, p, q, d % (p - 1), d % (q - 1), inverse))
        same = (n, e) == expected.numbers
    elif type == "ssh-ed25519":
        material = Material("Ed25519", public=reader.string(), private=_exactly(reader.string(), 64)[:32])
        same = material.public == expected.public
    else:
        material = _ecdsa(reader, type)
        # RFC 4251 writes the scalar as short as can be; a curve's private key has its full width.
        scalar = reader.mpint()
        material = material._replace(private=scalar.to_bytes(max(1, (scalar.bit_length() + 7) // 8), "big"))
        same = material.public == expected.public
    reader.string()
    padding = reader.rest()
    if padding != bytes(range(1, len(padding) + 1)):
        raise der.Malformed("not the padding of such a file")
    if not same or material.kind != expected.kind:
        raise KeysmithError("the private and the public part of the OpenSSH key are of two different keys.")
    return material


def _exactly(octets: bytes, count: int) -> bytes:
    if len(octets) != count:
        raise der.Malformed("not the length of such a key")
    return octets
