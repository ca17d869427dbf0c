# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PKCS#12 (RFC 7292): a private key and its certificate in one encrypted file, mostly for Java.

Two files with the same content differ in every octet of their salts, so what is compared is what is in them.
"""

from __future__ import annotations

import typing as t
import warnings

from .._errors import KeysmithError
from . import der

_DATA, _FRIENDLY_NAME = "1.2.840.113549.1.7.1", "1.2.840.113549.1.9.20"
_BMP_STRING, _SET, _CONTENT = 0x1E, 0x31, 0xA0
#: With two octets a character, its length fits one octet.
LONGEST_NAME = 60
#: Of all key derivations in a file together, so that opening it takes no more than a second. The library uses 42,000.
_MOST_ROUNDS = 1000 * 1000


class OpenedKey(t.NamedTuple):
    """The content of a file. Holds secrets: never shown."""

    #: The private key of the library.
    private: t.Any
    #: DER.
    certificate: bytes

    def __repr__(self) -> str:
        return "<content of a PKCS#12 file>"


def is_pkcs12(content: bytes) -> bool:
    """Check for a PKCS#12 file, by its first elements."""
    try:
        pfx = der.whole(content)
        return pfx.integer() == 3 and pfx.sequence().oid() == _DATA
    except der.Malformed:
        return False


def has_name(content: bytes, name: str) -> bool:
    """Check whether an entry has exactly that name, which is stored in the clear beside the encrypted key."""
    text = der.element(_BMP_STRING, name.encode("utf-16-be"))
    return der.oid(_FRIENDLY_NAME) + der.element(_SET, text) in content


def make(name: str, private: t.Any, certificate: bytes, passphrase: bytes) -> bytes:
    """Make a new file. ``private`` is a key of the library, ``certificate`` is DER.

    KeysmithError where the library has no such files for keys of this type.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import pkcs12

    encryption = serialization.BestAvailableEncryption(passphrase)
    loaded = x509.load_der_x509_certificate(certificate)
    try:
        return bytes(pkcs12.serialize_key_and_certificates(name.encode(), private, loaded, None, encryption))
    except TypeError:
        raise KeysmithError(
            "pkcs12_path: the cryptography library of this host cannot write PKCS#12 with a key of this type; leave "
            "pkcs12_path out, or use an algorithm with an RSA or EC key."
        ) from None


def open_file(content: bytes, passphrase: bytes) -> t.Optional[OpenedKey]:
    """Return the key and its certificate; None if the passphrase is wrong, or more or less is in the file."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import pkcs12

    if not _is_cheap(content):
        return None
    try:
        with warnings.catch_warnings():
            # Of what somebody else has written, in words of the library.
            warnings.simplefilter("ignore")
            private, certificate, others = pkcs12.load_key_and_certificates(content, passphrase)
    except (ValueError, TypeError):
        return None
    if private is None or certificate is None or others:
        return None
    return OpenedKey(private, certificate.public_bytes(serialization.Encoding.DER))


def _is_cheap(content: bytes) -> bool:
    """Check that the key derivations have few rounds: all numbers in the clear count as rounds."""
    rounds, parts = 0, [(content, 0)]
    try:
        while parts:
            part, above = parts.pop()
            reader = der.Reader(part)
            while reader.peek() >= 0:
                tag = reader.peek()
                if tag == der.INTEGER:
                    rounds += reader.integer()
                elif tag & 0x20 or (tag == der.OCTET_STRING and above == _CONTENT):
                    parts.append((reader.take(tag), tag))
                else:
                    reader.skip()
    except der.Malformed:
        return False
    return rounds <= _MOST_ROUNDS
