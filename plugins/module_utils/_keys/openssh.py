# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenSSH keys: the numbers in a public key line (RFC 4253 section 6.6, RFC 5656, RFC 8709), and private key files.

Of a private key file ("openssh-key-v1", PROTOCOL.key of OpenSSH) only the head is read here, for what opening it costs
and how long its numbers are. The library opens it then.
"""

from __future__ import annotations

import base64
import typing as t

from .._errors import KeysmithError
from . import advice, cryptography_keys, der, weak
from .key_numbers import Material
from .key_types import KEY_TYPES

MAGIC = b"openssh-key-v1\0"
#: bcrypt rounds: ssh-keygen takes 16 to 24; 64 are half a second.
MOST_ROUNDS = 64
#: Those that each version of the library decrypts.
_CIPHERS = ("aes256-ctr", "aes256-cbc")


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
    """A private key file, perhaps encrypted, whose cost is known and acceptable."""

    public: Material
    cipher: str
    rounds: int
    body: bytes

    @property
    def cost(self) -> float:
        """Return the cost of one derivation, as a part of the allowed maximum."""
        return self.rounds / MOST_ROUNDS

    @property
    def encrypted(self) -> bool:
        """Check whether the file needs a passphrase."""
        return self.cipher != "none"

    def __repr__(self) -> str:
        return "Sealed(%r)" % self.cipher

    def open(self, passphrase: bytes = b"") -> t.Any:
        """Return the private key of the library, or None if the passphrase is wrong."""
        private = self._load(passphrase)
        if private is not None and cryptography_keys.public_material(private.public_key()) != self.public:
            raise cryptography_keys.two_keys()
        return private

    def _load(self, passphrase: bytes) -> t.Any:
        from cryptography.exceptions import InternalError, UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import load_ssh_private_key

        if self.encrypted:
            _check_bcrypt(self.public.kind)
        text = b"-----BEGIN OPENSSH PRIVATE KEY-----\n%s-----END OPENSSH PRIVATE KEY-----\n"
        try:
            return load_ssh_private_key(text % base64.encodebytes(self.body), passphrase if self.encrypted else None)
        except UnsupportedAlgorithm:
            raise KeysmithError(
                "the key is %s, which this host's cryptography and OpenSSL do not support." % self.public.kind
            ) from None
        except (ValueError, TypeError, IndexError, InternalError):
            # A wrong passphrase shows as damage: two check numbers differ.
            if self.encrypted:
                return None
            raise der.Malformed("not what its header says") from None


def public(blob: bytes) -> Material:
    """Read the key of a public key line."""
    reader = _Reader(blob)
    material = _public(reader, reader.name())
    if reader.rest():
        raise der.Malformed("there is data after the end")
    return material


def private(body: bytes) -> Sealed:
    """Read a private key file. Malformed if it is damaged, KeysmithError if it is too costly or unsupported."""
    if not body.startswith(MAGIC):
        raise der.Malformed("not an OpenSSH private key")
    reader = _Reader(body[len(MAGIC) :])
    cipher, kdf, options = reader.name(), reader.name(), _Reader(reader.string())
    if reader.number() != 1:
        raise KeysmithError("the OpenSSH file holds several keys; give only the right one.")
    key = public(reader.string())
    if key.kind == "RSA":
        # The library compares the private numbers with these, and tests primes: minutes, for 16384 bits.
        weak.check_rsa(key.numbers)
    if (cipher == "none") != (kdf == "none"):
        raise der.Malformed("encrypted, and not")
    if cipher == "none":
        return Sealed(key, cipher, 0, body)
    if cipher not in _CIPHERS or kdf != "bcrypt":
        raise KeysmithError(
            "the OpenSSH key is encrypted with an unsupported cipher; convert it with '%s'." % advice.OPENSSH_CIPHER
        )
    salt, rounds, content = options.string(), options.number(), reader.string()
    if not salt or not rounds or options.rest() or not content or len(content) % 16:
        raise der.Malformed("not parameters of bcrypt, or not whole blocks of the cipher")
    if rounds > MOST_ROUNDS:
        raise KeysmithError(
            "the OpenSSH key is encrypted in a way that takes too long to open (bcrypt with more than "
            "%d rounds); convert it with '%s'." % (MOST_ROUNDS, advice.OPENSSH_ROUNDS)
        )
    return Sealed(key, cipher, rounds, body)


def _check_bcrypt(kind: str) -> None:
    try:
        import bcrypt  # noqa: F401  # pylint: disable=unused-import
    except ImportError:
        raise KeysmithError(
            "an encrypted OpenSSH key needs the Python package bcrypt, which is missing here; install it, for example "
            "the distribution's python3-bcrypt%s."
            % ("" if kind == "Ed25519" else ", or convert the key with '%s'" % advice.OPENSSH_TO_PEM)
        ) from None


def _public(reader: _Reader, name: str) -> Material:
    row = next((row for row in KEY_TYPES.values() if row.ssh == name), None)
    if row is None:
        raise KeysmithError("the OpenSSH key is of a type that JWT does not use; RSA, ECDSA and Ed25519 are read.")
    if row.type == "RSA":
        e, n = reader.mpint(), reader.mpint()
        return Material("RSA", (n, e))
    # RFC 5656 section 3.1: the name of the curve once more.
    if row.type == "EC" and reader.name() != name.rpartition("-")[2]:
        raise der.Malformed("two curves")
    public = reader.string()
    if len(public) != row.public or (row.type == "EC" and public[0] != 4):
        raise der.Malformed("the wrong length for such a key, or not an uncompressed point")
    return Material(row.name, public=public)
