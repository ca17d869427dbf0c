# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decrypt a private key: PBES2 (RFC 8018, RFC 7914), and traditional keys with a DEK-Info header.

What the derivation of the key costs is in the file, so it is read and bounded before it is paid. The library derives
first; some versions do so for 2^31 rounds. Done here it also has one result in every version: octets or nothing.
"""

from __future__ import annotations

import functools
import hashlib
import typing as t

from .._errors import KeysmithError
from . import advice
from . import der as keys_der

#: PBKDF2 rounds: half a second. scrypt memory: 64 MiB; its work (N r p 128) four times that: a second.
MOST_ROUNDS = 10**6
MOST_MEMORY = 64 * 1024**2
MOST_WORK = 4 * MOST_MEMORY
MOST_PARALLEL = 16

_PBES2, _PBKDF2, _SCRYPT = "1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12", "1.3.6.1.4.1.11591.4.11"
_HASHES = {
    "1.2.840.113549.2.7": "sha1",
    "1.2.840.113549.2.8": "sha224",
    "1.2.840.113549.2.9": "sha256",
    "1.2.840.113549.2.10": "sha384",
    "1.2.840.113549.2.11": "sha512",
}
#: Cipher and octets of its key.
_CIPHERS = {
    "2.16.840.1.101.3.4.1.2": ("AES", 16),
    "2.16.840.1.101.3.4.1.22": ("AES", 24),
    "2.16.840.1.101.3.4.1.42": ("AES", 32),
    "1.2.840.113549.3.7": ("3DES", 24),
}
_DEK = {
    "AES-128-CBC": ("AES", 16),
    "AES-192-CBC": ("AES", 24),
    "AES-256-CBC": ("AES", 32),
    "DES-EDE3-CBC": ("3DES", 24),
}


class Lock(t.NamedTuple):
    """An encrypted key whose cost is known and acceptable."""

    #: PBKDF2, scrypt or MD5, and its function from a passphrase to a key.
    derivation: str
    derive: t.Callable[[bytes], bytes]
    #: The cost of one derivation, as a part of the allowed maximum.
    cost: float
    cipher: str
    iv: bytes
    sealed: bytes

    def open(self, passphrase: bytes) -> t.Optional[bytes]:
        """What is inside, or None when the padding shows that the passphrase is wrong. Other contents can still be
        nonsense: one wrong passphrase in 256 has a right padding."""
        try:
            key = self.derive(passphrase)
        except (ValueError, AttributeError):
            # FIPS mode forbids MD5 and short salts; some builds of Python lack scrypt. OpenSSL's own words vary.
            raise KeysmithError(
                "the key is encrypted with %s, which this host's Python and OpenSSL do not support (FIPS mode forbids "
                "some methods); convert it on another host." % self.derivation
            ) from None
        plain = _decrypt(self.cipher, key, self.iv, self.sealed)
        fill = plain[-1]
        if not 1 <= fill <= len(self.iv) or plain[-fill:] != bytes((fill,)) * fill:
            return None
        return plain[:-fill]


def pbes2(der: bytes) -> Lock:
    """Read an EncryptedPrivateKeyInfo. Malformed if it is damaged, KeysmithError if it is too costly or too old."""
    reader = keys_der.whole(der)
    algorithm = reader.sequence()
    sealed = reader.take(keys_der.OCTET_STRING)
    reader.end()
    if algorithm.oid() != _PBES2:
        raise KeysmithError("the key is encrypted in an outdated way (PBES1); %s." % advice.encrypt_anew())
    parameters = algorithm.sequence()
    algorithm.end()
    derivation, encryption = parameters.sequence(), parameters.sequence()
    parameters.end()
    cipher, size = _CIPHERS.get(encryption.oid(), ("", 0))
    if not cipher:
        raise KeysmithError("the key is encrypted with an unsupported cipher; %s." % advice.encrypt_anew())
    iv = encryption.take(keys_der.OCTET_STRING)
    encryption.end()
    name, derive, cost = _derivation(derivation, size)
    return _lock(name, derive, cost, cipher, iv, sealed)


def dek_info(headers: t.Mapping[str, str], der: bytes) -> Lock:
    """Read a traditional key with the headers of RFC 1421: its key is one MD5 per 16 octets of passphrase and salt."""
    name, _comma, text = headers.get("DEK-Info", "").partition(",")
    if headers.get("Proc-Type", "").replace(" ", "") != "4,ENCRYPTED" or not text:
        raise keys_der.Malformed("the header lines are incomplete")
    cipher, size = _DEK.get(name.strip().upper(), ("", 0))
    if not cipher:
        raise KeysmithError("the key is encrypted with an unsupported cipher; %s." % advice.encrypt_anew())
    try:
        iv = bytes.fromhex(text.strip())
    except ValueError:
        raise keys_der.Malformed("the header lines are incomplete") from None
    return _lock("MD5", lambda passphrase: _md5(passphrase, iv[:8], size), 0, cipher, iv, der)


def _lock(name: str, derive: t.Callable[[bytes], bytes], cost: float, cipher: str, iv: bytes, sealed: bytes) -> Lock:
    block = 16 if cipher == "AES" else 8
    if len(iv) != block or not sealed or len(sealed) % block:
        raise keys_der.Malformed("not whole blocks of the cipher")
    return Lock(name, derive, cost, cipher, iv, sealed)


def _derivation(reader: keys_der.Reader, size: int) -> t.Tuple[str, t.Callable[[bytes], bytes], float]:
    """Return the name of the key derivation, its function from a passphrase to a key, and its cost."""
    oid = reader.oid()
    parameters = reader.sequence()
    reader.end()
    salt = parameters.take(keys_der.OCTET_STRING)
    if oid == _PBKDF2:
        rounds = parameters.integer()
        _key_length(parameters, size)
        digest = _digest(parameters)
        if rounds < 1:
            raise keys_der.Malformed("no rounds at all")
        if rounds > MOST_ROUNDS:
            raise KeysmithError(
                "the key is encrypted in a way that takes too long to open (PBKDF2 with more than a million rounds); "
                "%s." % advice.encrypt_anew()
            )
        derive = functools.partial(_pbkdf2, digest=digest, salt=salt, rounds=rounds, size=size)
        return "PBKDF2", derive, rounds / MOST_ROUNDS
    if oid != _SCRYPT:
        raise KeysmithError("the key is encrypted with an unsupported key derivation; %s." % advice.encrypt_anew())
    n, r, p = parameters.integer(), parameters.integer(), parameters.integer()
    _key_length(parameters, size)
    parameters.end()
    if n * r * 128 > MOST_MEMORY or p > MOST_PARALLEL or n * r * p * 128 > MOST_WORK:
        # OpenSSL takes even less, so there is no command to advise.
        raise KeysmithError(
            "the key is encrypted in a way that takes too long to open (scrypt with more than 64 MiB of memory, or "
            "with too many rounds); encrypt it again with the program that made it."
        )
    if n < 2 or n & (n - 1) or r < 1 or p < 1 or n >= 1 << min(16 * r, 64):
        raise keys_der.Malformed("not parameters of scrypt")
    derive = functools.partial(_scrypt, salt=salt, n=n, r=r, p=p, size=size)
    return "scrypt", derive, n * r * p * 128 / MOST_WORK


def _pbkdf2(passphrase: bytes, digest: str, salt: bytes, rounds: int, size: int) -> bytes:
    return hashlib.pbkdf2_hmac(digest, passphrase, salt, rounds, size)


def _scrypt(passphrase: bytes, salt: bytes, n: int, r: int, p: int, size: int) -> bytes:
    return hashlib.scrypt(passphrase, salt=salt, n=n, r=r, p=p, maxmem=2 * MOST_MEMORY, dklen=size)


def _key_length(parameters: keys_der.Reader, size: int) -> None:
    if parameters.peek() == keys_der.INTEGER and parameters.integer() != size:
        raise keys_der.Malformed("the key length does not fit the cipher")


def _digest(parameters: keys_der.Reader) -> str:
    """Read the hash of PBKDF2, by default SHA-1 (RFC 8018 appendix A.2)."""
    if parameters.peek() == -1:
        return "sha1"
    function = parameters.sequence()
    parameters.end()
    digest = _HASHES.get(function.oid(), "")
    if not digest:
        raise KeysmithError("the key is encrypted with an unsupported hash; %s." % advice.encrypt_anew())
    return digest


def _md5(passphrase: bytes, salt: bytes, size: int) -> bytes:
    derived = last = b""
    while len(derived) < size:
        last = hashlib.md5(last + passphrase + salt).digest()
        derived += last
    return derived[:size]


def _decrypt(cipher: str, key: bytes, iv: bytes, sealed: bytes) -> bytes:
    """Decrypt AES or 3DES in CBC mode, padding included."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    block = algorithms.AES if cipher == "AES" else _triple_des()
    try:
        decryptor = Cipher(block(key), modes.CBC(iv)).decryptor()
        return bytes(decryptor.update(sealed) + decryptor.finalize())
    except UnsupportedAlgorithm:
        raise KeysmithError(
            "the key is encrypted with %s, which this host's OpenSSL does not support." % cipher
        ) from None


def _triple_des() -> t.Any:
    try:
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    except ImportError:
        from cryptography.hazmat.primitives.ciphers.algorithms import TripleDES
    return TripleDES
