# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""The numbers of a key, from the DER of each container, and back to an SPKI.

PKCS#8 (RFC 5208, RFC 5958), PKCS#1 (RFC 8017 appendix A), SEC 1 (RFC 5915), SPKI (RFC 5280, RFC 5480, RFC 8410,
RFC 9881) and the SPKI of a certificate. Which key types and curves there are is decided here, by what the algorithm
table can use; whether the numbers are good is decided by whoever makes a key of them.
"""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils import _der
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError

RSA, RSA_PSS, EC = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.2.840.10045.2.1"


class Curve(t.NamedTuple):
    """An elliptic curve or a parameter set: what it is called and how long its parts are."""

    type: str
    oid: str
    #: Octets of one EC coordinate and of the scalar; of the private part of the others.
    width: int
    #: Octets of the public part.
    public: int


CURVES: t.Dict[str, Curve] = {
    "P-256": Curve("EC", "1.2.840.10045.3.1.7", 32, 65),
    "P-384": Curve("EC", "1.3.132.0.34", 48, 97),
    "P-521": Curve("EC", "1.3.132.0.35", 66, 133),
    "secp256k1": Curve("EC", "1.3.132.0.10", 32, 65),
    "Ed25519": Curve("OKP", "1.3.101.112", 32, 32),
    "Ed448": Curve("OKP", "1.3.101.113", 57, 57),
    "X25519": Curve("OKP", "1.3.101.110", 32, 32),
    "ML-DSA-44": Curve("AKP", "2.16.840.1.101.3.4.3.17", 32, 1312),
    "ML-DSA-65": Curve("AKP", "2.16.840.1.101.3.4.3.18", 32, 1952),
    "ML-DSA-87": Curve("AKP", "2.16.840.1.101.3.4.3.19", 32, 2592),
}
_BY_OID = {curve.oid: name for name, curve in CURVES.items()}
#: Keys that people have and JWT does not use.
_OTHERS = {
    "1.2.840.10040.4.1": "DSA",
    "1.2.840.113549.1.3.1": "Diffie-Hellman",
    "1.2.840.10046.2.1": "Diffie-Hellman",
    "1.2.840.113549.1.1.7": "for RSAES-OAEP alone",
    "1.3.101.111": "X448",
    "1.3.132.0.33": "on the curve P-224",
    "1.2.840.10045.3.1.1": "on the curve P-192",
}
#: The one restriction of an RSA-PSS key that PS256 keeps (RFC 7518 section 3.5): SHA-256, MGF1 with it, a salt of 32.
_SHA256 = _der.sequence(_der.oid("2.16.840.1.101.3.4.2.1"), _der.element(_der.NULL, b""))
_MGF1 = _der.sequence(_der.oid("1.2.840.113549.1.1.8"), _SHA256)
_PS256 = _der.element(0xA0, _SHA256) + _der.element(0xA1, _MGF1) + _der.element(0xA2, _der.integer(32))


class Material(t.NamedTuple):
    """A key as numbers. Never printed: the private ones are in here."""

    #: RSA, or a name in CURVES.
    kind: str
    #: RSA: n, e, and of a private key d, p, q, dP, dQ, qInv too.
    numbers: t.Tuple[int, ...] = ()
    #: EC: the encoded point; OKP and AKP: the raw key. A private key need not say it.
    public: bytes = b""
    #: EC: the scalar; OKP and AKP: the seed. Empty in a public key.
    private: bytes = b""
    #: The key is for RSASSA-PSS alone.
    pss: bool = False

    @property
    def is_private(self) -> bool:
        """Whether the private half is here."""
        return bool(self.private) or len(self.numbers) > 2


def from_der(label: str, der: bytes) -> Material:
    """The key in a PEM block with this label, decrypted. Malformed when it is damaged, KeysmithError by policy."""
    return _READERS[label](_der.whole(der))


def _spki(reader: _der.Reader) -> Material:
    kind, pss = _algorithm(reader.sequence())
    public = reader.bit_string()
    reader.end()
    if kind == "RSA":
        return _rsa_public(_der.whole(public))._replace(pss=pss)
    _length(kind, public)
    return Material(kind, public=public)


def _certificate(reader: _der.Reader) -> Material:
    """RFC 5280 section 4.1. Signature and validity are not looked at: what is wanted is the key in it."""
    body = reader.sequence()
    reader.sequence()
    reader.bit_string()
    reader.end()
    body.optional(0xA0)
    body.take(_der.INTEGER)
    for _field in ("signature", "issuer", "validity", "subject"):
        body.sequence()
    return _spki(body.sequence())


def _pkcs8(reader: _der.Reader) -> Material:
    if reader.integer() > 1:
        raise _der.Malformed("not a version of PKCS#8")
    kind, pss = _algorithm(reader.sequence())
    private = reader.take(_der.OCTET_STRING)
    reader.optional(0xA0)
    public = reader.bit_string(0x81) if reader.peek() == 0x81 else b""
    reader.end()
    if kind == "RSA":
        return _rsa_private(_der.whole(private))._replace(pss=pss)
    if CURVES[kind].type == "EC":
        return _sec1(_der.whole(private), kind)
    if CURVES[kind].type == "AKP":
        return Material(kind, public=public, private=_seed(private))
    inner = _der.Reader(private)
    seed = inner.take(_der.OCTET_STRING)
    inner.end()
    if len(seed) != CURVES[kind].width or len(public) not in (0, CURVES[kind].public):
        raise _der.Malformed("not the length of such a key")
    return Material(kind, public=public, private=seed)


def _seed(private: bytes) -> bytes:
    """RFC 9881 section 6: a seed, an expanded key, or both. The seed is the key; the rest follows from it."""
    reader = _der.Reader(private)
    if reader.peek() == _der.OCTET_STRING:
        raise KeysmithError("the ML-DSA key holds no seed, only the expanded key; make a new one.")
    if reader.peek() == _der.SEQUENCE:
        both = reader.sequence()
        seed = both.take(_der.OCTET_STRING)
        both.take(_der.OCTET_STRING)
        both.end()
    else:
        seed = reader.take(0x80)
    reader.end()
    if len(seed) != 32:
        raise _der.Malformed("not the length of a seed")
    return seed


def _rsa_public(reader: _der.Reader) -> Material:
    numbers = (reader.integer(), reader.integer())
    reader.end()
    return Material("RSA", numbers)


def _rsa_private(reader: _der.Reader) -> Material:
    version = reader.integer()
    numbers = tuple(reader.integer() for _number in range(8))
    if version == 1:
        raise KeysmithError("the RSA key has more than two primes, which nobody else reads.")
    reader.end()
    if version != 0:
        raise _der.Malformed("not a version of PKCS#1")
    return Material("RSA", numbers)


def _sec1(reader: _der.Reader, kind: str = "") -> Material:
    if reader.integer() != 1:
        raise _der.Malformed("not a version of SEC 1")
    private = reader.take(_der.OCTET_STRING)
    parameters = reader.optional(0xA0)
    named = _curve(_der.Reader(parameters)) if parameters is not None else kind
    if not named or named != (kind or named):
        raise _der.Malformed("the curve is missing, or there are two")
    wrapped = reader.optional(0xA1)
    reader.end()
    public = b""
    if wrapped is not None:
        inner = _der.Reader(wrapped)
        public = inner.bit_string()
        inner.end()
        _length(named, public)
    # Old writers drop leading zero octets; longer than the curve is wide is no scalar of it.
    if not 1 <= len(private) <= CURVES[named].width:
        raise _der.Malformed("not the length of a scalar")
    return Material(named, public=public, private=private)


def _length(kind: str, public: bytes) -> None:
    curve = CURVES[kind]
    if curve.type == "EC":
        # SEC 1 section 2.3.3: uncompressed or compressed. The point at infinity and hybrid forms are no keys.
        short = len(public) == curve.width + 1 and public[0] in (2, 3)
        if not short and not (len(public) == curve.public and public[0] == 4):
            raise _der.Malformed("not a point of the curve")
    elif len(public) != curve.public:
        raise _der.Malformed("not the length of such a key")


def _algorithm(reader: _der.Reader) -> t.Tuple[str, bool]:
    """AlgorithmIdentifier -> RSA or the name of a curve, and whether the key is for PSS alone."""
    oid = reader.oid()
    if oid in (RSA, RSA_PSS):
        if reader.peek() == _der.NULL and oid == RSA:
            reader.take(_der.NULL)
        elif reader.peek() != -1 and oid == RSA_PSS:
            _restriction(reader.take(_der.SEQUENCE))
        reader.end()
        return "RSA", oid == RSA_PSS
    if oid == EC:
        return _curve(reader), False
    if oid not in _BY_OID or CURVES[_BY_OID[oid]].type == "EC":
        raise KeysmithError("the key is %s, which no JWT algorithm here uses." % _OTHERS.get(oid, "of another type"))
    reader.end()
    return _BY_OID[oid], False


def _restriction(parameters: bytes) -> None:
    """RFC 4055 section 3.1: the salt may be anything up to the 32 octets that PS256 takes."""
    salt = parameters[len(_PS256) - 1 :]
    if parameters[:-1] != _PS256[:-1] or len(salt) != 1 or salt[0] > 32:
        raise KeysmithError("the RSA-PSS key is restricted to other parameters than those of PS256.")


def _curve(reader: _der.Reader) -> str:
    """ECParameters (RFC 5480 section 2.1.1), of which only a name is read."""
    if reader.peek() == _der.SEQUENCE:
        raise KeysmithError("the EC key spells out the parameters of its curve; only named curves are read, because "
                            "spelt-out parameters can be forged.")
    oid = reader.oid()
    reader.end()
    name = _BY_OID.get(oid, "")
    if not name or CURVES[name].type != "EC":
        raise KeysmithError("the EC key is %s, which no JWT algorithm uses; P-256, P-384, P-521 and secp256k1 are "
                            "read." % _OTHERS.get(oid, "on another curve"))
    return name


_READERS: t.Dict[str, t.Callable[[_der.Reader], Material]] = {
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
    """SubjectPublicKeyInfo in DER. A PSS key is written as a plain RSA key, which every verifier reads."""
    if material.kind == "RSA":
        inner = _der.sequence(_der.integer(material.numbers[0]), _der.integer(material.numbers[1]))
        head = _der.sequence(_der.oid(RSA), _der.element(_der.NULL, b""))
        return _der.sequence(head, _der.bit_string(inner))
    curve = CURVES[material.kind]
    names = [EC, curve.oid] if curve.type == "EC" else [curve.oid]
    return _der.sequence(_der.sequence(*map(_der.oid, names)), _der.bit_string(material.public))
