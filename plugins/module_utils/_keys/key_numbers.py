# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the numbers of a key from the DER of each container, and write them as an SPKI.

PKCS#8 (RFC 5208, RFC 5958), PKCS#1 (RFC 8017 appendix A), SEC 1 (RFC 5915), SPKI (RFC 5280, RFC 5480, RFC 8410,
RFC 9881) and the SPKI of a certificate. Whether the numbers are good is decided by whoever makes a key of them.
"""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError
from . import advice
from . import der as keys_der
from .key_types import KEY_TYPES
from .oids import EC, RSA, algorithm, curve_name

#: Octets of the seed of an ML-DSA key, and of expanded keys (FIPS 204, table 2).
_SEED, _EXPANDED = 32, (2560, 4032, 4896)


class Material(t.NamedTuple):
    """A key as numbers, the private ones too."""

    #: A name in KEY_TYPES.
    kind: str
    #: RSA: n, e, and of a private key d, p, q, dP, dQ, qInv too.
    numbers: t.Tuple[int, ...] = ()
    #: EC: the encoded point; OKP and AKP: the raw key. A private key need not say it.
    public: bytes = b""
    #: EC: the scalar; OKP and AKP: the seed. Empty in a public key.
    private: bytes = b""
    #: Of an RSA-PSS key, the algorithms that its file allows: ANY_PSS, or the name of the only one.
    restriction: str = ""

    @property
    def is_private(self) -> bool:
        """Check whether the private half is known."""
        return bool(self.private) or len(self.numbers) > 2

    def __repr__(self) -> str:
        return "Material(%r)" % self.kind


def from_der(label: str, der: bytes) -> Material:
    """Read the key in a decrypted PEM block with this label. Malformed if damaged, KeysmithError if refused."""
    return _READERS[label](keys_der.whole(der))


def _spki(reader: keys_der.Reader) -> Material:
    kind, restriction = algorithm(reader.sequence())
    public = reader.bit_string()
    reader.end()
    if kind == "RSA":
        return _rsa_public(keys_der.whole(public))._replace(restriction=restriction)
    _length(kind, public)
    return Material(kind, public=public)


def _certificate(reader: keys_der.Reader) -> Material:
    """Return the key in a certificate (RFC 5280 section 4.1). Signature and validity are not checked."""
    body = reader.sequence()
    reader.sequence()
    reader.bit_string()
    reader.end()
    body.optional(0xA0)
    body.take(keys_der.INTEGER)
    for _field in ("signature", "issuer", "validity", "subject"):
        body.sequence()
    return _spki(body.sequence())


def _pkcs8(reader: keys_der.Reader) -> Material:
    if reader.integer() > 1:
        raise keys_der.Malformed("not a version of PKCS#8")
    kind, restriction = algorithm(reader.sequence())
    private = reader.take(keys_der.OCTET_STRING)
    reader.optional(0xA0)
    public = reader.bit_string(0x81) if reader.peek() == 0x81 else b""
    reader.end()
    if kind == "RSA":
        return _rsa_private(keys_der.whole(private))._replace(restriction=restriction)
    if KEY_TYPES[kind].type == "EC":
        return _sec1(keys_der.whole(private), kind)
    if KEY_TYPES[kind].type == "AKP":
        return Material(kind, public=public, private=_seed(private))
    inner = keys_der.Reader(private)
    seed = inner.take(keys_der.OCTET_STRING)
    inner.end()
    if len(seed) != KEY_TYPES[kind].width or len(public) not in (0, KEY_TYPES[kind].public):
        raise keys_der.Malformed("the wrong length for such a key")
    return Material(kind, public=public, private=seed)


def _seed(private: bytes) -> bytes:
    """RFC 9881 section 6: a seed, an expanded key, or both. The seed is the key; the rest follows from it."""
    reader = keys_der.Reader(private)
    if len(private) == _SEED:
        raise KeysmithError(
            "the ML-DSA key is a bare seed, without the frame of RFC 9881; convert it with '%s'." % advice.ML_DSA_SEED
        )
    if len(private) in _EXPANDED or reader.peek() == keys_der.OCTET_STRING:
        raise KeysmithError("the ML-DSA key holds no seed, only the expanded key; make a new one.")
    if reader.peek() == keys_der.SEQUENCE:
        both = reader.sequence()
        seed = both.take(keys_der.OCTET_STRING)
        both.take(keys_der.OCTET_STRING)
        both.end()
    else:
        seed = reader.take(0x80)
    reader.end()
    if len(seed) != _SEED:
        raise keys_der.Malformed("the wrong length for a seed")
    return seed


def _rsa_public(reader: keys_der.Reader) -> Material:
    numbers = (reader.integer(), reader.integer())
    reader.end()
    return Material("RSA", numbers)


def _rsa_private(reader: keys_der.Reader) -> Material:
    version = reader.integer()
    numbers = tuple(reader.integer() for _number in range(8))
    if version == 1:
        raise KeysmithError("the RSA key has more than two primes, which other programs do not read.")
    reader.end()
    if version != 0:
        raise keys_der.Malformed("not a version of PKCS#1")
    return Material("RSA", numbers)


def _sec1(reader: keys_der.Reader, kind: str = "") -> Material:
    if reader.integer() != 1:
        raise keys_der.Malformed("not a version of SEC 1")
    private = reader.take(keys_der.OCTET_STRING)
    parameters = reader.optional(0xA0)
    named = curve_name(keys_der.Reader(parameters)) if parameters is not None else kind
    if not named or named != (kind or named):
        raise keys_der.Malformed("the curve is missing, or there are two")
    wrapped = reader.optional(0xA1)
    reader.end()
    public = b""
    if wrapped is not None:
        inner = keys_der.Reader(wrapped)
        public = inner.bit_string()
        inner.end()
        _length(named, public)
    # Old writers drop leading zero octets, GnuTLS 3.7 adds one; a number wider than the curve is no scalar of it.
    if not private or len(private.lstrip(b"\0")) > KEY_TYPES[named].width:
        raise keys_der.Malformed("the wrong length for a private number")
    return Material(named, public=public, private=private)


def _length(kind: str, public: bytes) -> None:
    curve = KEY_TYPES[kind]
    if curve.type == "EC":
        # SEC 1 section 2.3.3: uncompressed or compressed. The point at infinity and hybrid forms are no keys.
        short = len(public) == curve.width + 1 and public[0] in (2, 3)
        if not short and not (len(public) == curve.public and public[0] == 4):
            raise keys_der.Malformed("not a point of the curve")
    elif len(public) != curve.public:
        raise keys_der.Malformed("the wrong length for such a key")


_READERS: t.Dict[str, t.Callable[[keys_der.Reader], Material]] = {
    "PRIVATE KEY": _pkcs8,
    "ENCRYPTED PRIVATE KEY": _pkcs8,
    "RSA PRIVATE KEY": _rsa_private,
    "EC PRIVATE KEY": _sec1,
    "PUBLIC KEY": _spki,
    "RSA PUBLIC KEY": _rsa_public,
    "CERTIFICATE": _certificate,
    "X509 CERTIFICATE": _certificate,
}


def spki(material: Material) -> bytes:
    """Write a SubjectPublicKeyInfo in DER. A PSS key becomes a plain RSA key, which every verifier reads."""
    if material.kind == "RSA":
        inner = keys_der.sequence(keys_der.integer(material.numbers[0]), keys_der.integer(material.numbers[1]))
        head = keys_der.sequence(keys_der.oid(RSA), keys_der.element(keys_der.NULL, b""))
        return keys_der.sequence(head, keys_der.bit_string(inner))
    curve = KEY_TYPES[material.kind]
    names = [EC, curve.oid] if curve.type == "EC" else [curve.oid]
    return keys_der.sequence(keys_der.sequence(*map(keys_der.oid, names)), keys_der.bit_string(material.public))
