# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers in each container, and which keys are none of ours."""

from __future__ import annotations

import base64
import typing as t

import cryptography
import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, NotAKey
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import der, key_numbers, oids, read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ANY_PSS
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.key_types import KEY_TYPES
from ansible_collections.keysmith.jwt.tests.unit.made_keys import (
    NULL,
    algorithm,
    pem,
    pkcs8,
    private,
    rsa_numbers,
    spki,
)
from ansible_collections.keysmith.jwt.tests.unit.throw_away_key import FORMS

EC = oids.EC
P256 = der.oid(KEY_TYPES["P-256"].oid)
NUMBERS = private("ES256").private_numbers()
SCALAR = NUMBERS.private_value.to_bytes(32, "big")
X, Y = (number.to_bytes(32, "big") for number in (NUMBERS.public_numbers.x, NUMBERS.public_numbers.y))
POINT = b"\4" + X + Y
ED = "1.3.101.112"
CURVE = der.element(0xA0, P256)
RSA = der.sequence(*map(der.integer, rsa_numbers()[:2]))


def _certificate() -> bytes:
    """What is in the certificate."""
    lines = FORMS["certificate"].strip().split("\n")[1:-1]
    return der.Reader(base64.b64decode("".join(lines))).take(der.SEQUENCE)


def _octets(content: bytes) -> bytes:
    return der.element(der.OCTET_STRING, content)


def sec1(scalar: bytes = SCALAR, curve: bytes = P256, point: bytes = POINT, version: int = 1) -> bytes:
    """An ECPrivateKey (RFC 5915)."""
    parts = [der.integer(version), _octets(scalar)]
    if curve:
        parts.append(der.element(0xA0, curve))
    if point:
        parts.append(der.element(0xA1, der.bit_string(point)))
    return der.sequence(*parts)


def rsa_inner(version: int = 0, more: bytes = b"") -> bytes:
    """An RSAPrivateKey (RFC 8017)."""
    return der.sequence(der.integer(version), *map(der.integer, rsa_numbers()), more)


SHA = {"SHA-%d" % bits: "2.16.840.1.101.3.4.2.%d" % last for bits, last in ((256, 1), (384, 2), (512, 3), (224, 4))}
MGF1 = "1.2.840.113549.1.1.8"


def pss(
    hash: str = "SHA-256",
    salt: t.Optional[int] = 32,
    mask_hash: str = "",
    null: bytes = NULL,
    trailer: t.Optional[int] = None,
    mask: str = MGF1,
) -> bytes:
    """RSASSA-PSS-params (RFC 4055). ``null`` is what follows the identifier of a hash."""
    fields: t.List[t.Optional[bytes]] = [
        algorithm(SHA[hash], null),
        algorithm(mask, algorithm(SHA[mask_hash or hash], null)),
        None if salt is None else der.integer(salt),
        None if trailer is None else der.integer(trailer),
    ]
    return der.sequence(*(der.element(0xA0 + at, field) for at, field in enumerate(fields) if field is not None))


GOOD: t.Dict[str, t.Tuple[bytes, str]] = {
    "SEC 1": (pem("EC PRIVATE KEY", sec1()), "P-256"),
    "SEC 1 without its public part": (pem("EC PRIVATE KEY", sec1(point=b"")), "P-256"),
    "SEC 1 with a compressed public part": (
        pem("EC PRIVATE KEY", sec1(point=bytes((2 | Y[-1] & 1,)) + X)),
        "P-256",
    ),
    "PKCS#8 EC": (pkcs8(EC, sec1(curve=b""), P256), "P-256"),
    "PKCS#8 EC with the curve twice": (pkcs8(EC, sec1(), P256), "P-256"),
    "PKCS#8 with attributes": (pkcs8(EC, sec1(), P256, der.element(0xA0, b"")), "P-256"),
    "RSA without NULL": (spki(oids.RSA, RSA), "RSA"),
    "PKCS#1 public": (pem("RSA PUBLIC KEY", RSA), "RSA"),
    "PKCS#1": (pem("RSA PRIVATE KEY", rsa_inner()), "RSA"),
    "certificate": (FORMS["certificate"].encode(), "P-256"),
    "X.509 certificate": (FORMS["certificate"].replace("CERT", "X509 CERT").encode(), "P-256"),
    "compressed point": (FORMS["SPKI, compressed point"].encode(), "P-256"),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_keys(name: str) -> None:
    text, kind = GOOD[name]
    members = public_facts.facts(read.read(text, name="pem").public).members
    assert members.get("crv", members["kty"]) == kind


def test_a_compressed_point_is_written_in_full() -> None:
    compressed = read.read(FORMS["SPKI, compressed point"].encode(), name="pem")
    assert public_facts.facts(compressed.public).pem.split() == FORMS["SPKI"].split()


def test_a_scalar_may_have_too_few_leading_zeros_or_too_many() -> None:
    number = 5
    # The last but one is what GnuTLS 3.7 does where the first bit is set.
    for scalar in (number.to_bytes(32, "big"), b"\5", b"\0\5", number.to_bytes(33, "big"), number.to_bytes(40, "big")):
        key = read.read(pem("EC PRIVATE KEY", sec1(scalar, point=b"")), name="pem")
        assert key.private.private_numbers().private_value == number


DAMAGED: t.Dict[str, bytes] = {
    "something after SPKI": pem("PUBLIC KEY", der.sequence(algorithm(EC, P256), der.bit_string(POINT), NULL)),
    "something after PKCS#8": pkcs8(EC, sec1(), P256, NULL),
    "something after PKCS#1 public": pem("RSA PUBLIC KEY", der.sequence(*map(der.integer, rsa_numbers()[:2]), NULL)),
    "something after a certificate": pem("CERTIFICATE", der.sequence(_certificate(), NULL)),
    "something after the point": pem(
        "EC PRIVATE KEY",
        der.sequence(
            der.integer(1),
            _octets(SCALAR),
            der.element(0xA0, P256),
            der.element(0xA1, der.bit_string(POINT) + NULL),
        ),
    ),
    "something after SEC 1": pem("EC PRIVATE KEY", der.sequence(der.integer(1), _octets(SCALAR), CURVE, NULL)),
    "something after the seed of Ed25519": pkcs8(ED, _octets(bytes(32)) + NULL),
    "hybrid point, SEC 1": pem("EC PRIVATE KEY", sec1(point=bytes((6 | Y[-1] & 1,)) + POINT[1:])),
    "something after a seed": pkcs8("2.16.840.1.101.3.4.3.17", der.element(0x80, bytes(32)) + NULL),
    "something after both": pkcs8(
        "2.16.840.1.101.3.4.3.17", der.sequence(_octets(bytes(32)), _octets(bytes(2560)), NULL)
    ),
    "something after the curve": spki(EC, POINT, P256 + NULL),
    "empty SEQUENCE": pem("PUBLIC KEY", der.sequence()),
    "PKCS#1 under another label": pem("PUBLIC KEY", RSA),
    "SPKI under another label": pem("RSA PUBLIC KEY", der.sequence(algorithm(ED), der.bit_string(bytes(32)))),
    "SEC 1 under another label": pem("PRIVATE KEY", sec1()),
    "PKCS#8 of version 3": pem("PRIVATE KEY", der.sequence(der.integer(2), algorithm(ED), _octets(_octets(bytes(32))))),
    "SEC 1 of version 2": pem("EC PRIVATE KEY", sec1(version=2)),
    "PKCS#1 of version 3": pem("RSA PRIVATE KEY", rsa_inner(2)),
    "something after PKCS#1": pem("RSA PRIVATE KEY", rsa_inner(0, NULL)),
    "no curve": pem("EC PRIVATE KEY", sec1(curve=b"")),
    "two curves": pkcs8(EC, sec1(curve=der.oid(KEY_TYPES["secp256k1"].oid), point=b""), P256),
    "long scalar": pem("EC PRIVATE KEY", sec1(b"\1" + bytes(32))),
    "no scalar": pem("EC PRIVATE KEY", sec1(b"")),
    "infinity": spki(EC, b"\0", P256),
    "infinity, padded": spki(EC, bytes(65), P256),
    "hybrid point": spki(EC, b"\6" + POINT[1:], P256),
    "half a point": spki(EC, POINT[:33], P256),
    "short point": spki(EC, POINT[:-1], P256),
    "long point": spki(EC, POINT + b"\0", P256),
    "31 octets": spki(ED, bytes(31)),
    "33 octets": spki(ED, bytes(33)),
    "private part of 31 octets": pkcs8(ED, _octets(bytes(31))),
    "private part without its frame": pkcs8(ED, bytes(32)),
    "public part of 31 octets": pkcs8(ED, _octets(bytes(32)), b"", der.element(0x81, b"\0" + bytes(31))),
    "parameters of Ed25519": spki(ED, bytes(32), NULL),
    "parameters of RSA": spki(oids.RSA, RSA, P256),
    "negative modulus": pem("RSA PUBLIC KEY", der.sequence(der.element(2, b"\xff" * 256), der.integer(65537))),
    "modulus with a needless zero": pem(
        "RSA PUBLIC KEY", der.sequence(der.element(2, b"\0\0" + b"\xff" * 256), der.integer(65537))
    ),
    "something after the salt": spki(
        oids.RSA_PSS, RSA, der.sequence(pss()[2:], der.element(0xA2, der.integer(32) + NULL))
    ),
    "something after the hash": spki(
        oids.RSA_PSS, RSA, der.sequence(der.element(0xA0, algorithm(SHA["SHA-256"], NULL + NULL)))
    ),
    "something after the parameters of PSS": spki(oids.RSA_PSS, RSA, der.sequence(pss()[2:], NULL)),
    "seed of 31 octets": pkcs8("2.16.840.1.101.3.4.3.17", der.element(0x80, bytes(31))),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_damage(name: str) -> None:
    with pytest.raises(NotAKey, match=r"^pem: the key \(.*\) is damaged"):
        read.read(DAMAGED[name], name="pem")


NONE_OF_OURS: t.Dict[str, t.Tuple[bytes, str]] = {
    "PSS with a salt of 33": (spki(oids.RSA_PSS, RSA, pss(salt=33)), "restricted"),
    "PSS with SHA-384 and a salt of 49": (spki(oids.RSA_PSS, RSA, pss("SHA-384", salt=49)), "restricted"),
    "PSS with SHA-512 and a salt of 65": (spki(oids.RSA_PSS, RSA, pss("SHA-512", salt=65)), "restricted"),
    "PSS with SHA-224": (spki(oids.RSA_PSS, RSA, pss("SHA-224", salt=20)), "restricted"),
    "PSS with another trailer": (spki(oids.RSA_PSS, RSA, pss(trailer=2)), "restricted"),
    "PSS with a mask that is not MGF1": (spki(oids.RSA_PSS, RSA, pss(mask="1.2.3")), "restricted"),
    "PSS with the hash alone": (
        spki(oids.RSA_PSS, RSA, der.sequence(der.element(0xA0, algorithm(SHA["SHA-256"], NULL)))),
        "restricted",
    ),
    "DSA": (spki("1.2.840.10040.4.1", b"\2\1\1", der.sequence()), "is DSA"),
    "DSA private": (pkcs8("1.2.840.10040.4.1", b"\2\1\1", der.sequence()), "is DSA"),
    "DH": (spki("1.2.840.113549.1.3.1", b"\2\1\1"), "is Diffie-Hellman"),
    "X9.42 DH": (spki("1.2.840.10046.2.1", b"\2\1\1"), "is Diffie-Hellman"),
    "X448": (spki("1.3.101.111", bytes(56)), "is X448"),
    "RSAES-OAEP": (spki("1.2.840.113549.1.1.7", RSA), "RSAES-OAEP alone"),
    "ML-KEM": (spki("2.16.840.1.101.3.4.4.2", bytes(1184)), "another type"),
    "GOST": (spki("1.2.643.7.1.1.1.1", bytes(66), der.sequence()), "another type"),
    "an identifier of a curve": (spki("1.2.840.10045.3.1.7", POINT), "another type"),
    "P-192": (spki(EC, bytes(49), der.oid("1.2.840.10045.3.1.1")), "P-192"),
    "P-224": (spki(EC, bytes(57), der.oid("1.3.132.0.33")), "P-224"),
    "brainpoolP256r1": (spki(EC, POINT, der.oid("1.3.36.3.3.2.8.1.1.7")), "another curve"),
    "sect283k1": (spki(EC, bytes(73), der.oid("1.3.132.0.16")), "another curve"),
    "Ed25519 as a curve": (spki(EC, bytes(32), der.oid(ED)), "another curve"),
    "explicit parameters": (spki(EC, POINT, der.sequence(der.integer(1))), "spells out"),
    "explicit parameters, private": (pem("EC PRIVATE KEY", sec1(curve=der.sequence(der.integer(1)))), "spells out"),
    "explicit parameters, PKCS#8": (pkcs8(EC, sec1(curve=b""), der.sequence(der.integer(1))), "spells out"),
    "three primes": (pem("RSA PRIVATE KEY", rsa_inner(1, der.sequence())), "more than two primes"),
    "PSS with another mask": (
        spki(oids.RSA_PSS, RSA, pss(mask_hash="SHA-512")),
        "restricted",
    ),
    "PSS with a salt of 64": (spki(oids.RSA_PSS, RSA, pss(salt=64)), "restricted"),
    "PSS with SHA-1": (spki(oids.RSA_PSS, RSA, der.sequence()), "restricted"),
    "an expanded key alone": (pkcs8("2.16.840.1.101.3.4.3.17", _octets(bytes(2560))), "no seed"),
}


@pytest.mark.parametrize("name", NONE_OF_OURS)
def test_keys_that_are_none_of_ours(name: str) -> None:
    text, sentence = NONE_OF_OURS[name]
    with pytest.raises(KeysmithError, match=sentence) as raised:
        read.read(text, name="pem")
    assert not isinstance(raised.value, NotAKey)


RESTRICTIONS: t.Dict[str, t.Tuple[bytes, str]] = {
    "none": (b"", ANY_PSS),
    "SHA-256": (pss(), "PS256"),
    "SHA-384": (pss("SHA-384", salt=48), "PS384"),
    "SHA-512": (pss("SHA-512", salt=64), "PS512"),
    # RFC 4055 section 3.1: the salt is the least one; 20 octets where it is left out, as DER has it.
    **{"a salt of %d" % salt: (pss(salt=salt), "PS256") for salt in (0, 19, 20, 21, 31)},
    "the salt left out": (pss(salt=None), "PS256"),
    # RFC 4055 section 2.1: readers take hash identifiers with NULL and without; GnuTLS writes them without.
    "SHA-256 without NULL": (pss(null=b""), "PS256"),
    "SHA-512 without NULL": (pss("SHA-512", salt=64, null=b""), "PS512"),
    "the trailer spelt out": (pss(trailer=1), "PS256"),
}


@pytest.mark.parametrize(("parameters", "restriction"), RESTRICTIONS.values(), ids=list(RESTRICTIONS))
def test_an_rsa_pss_key_is_for_what_its_file_says(parameters: bytes, restriction: str) -> None:
    public = read.read(spki(oids.RSA_PSS, RSA, parameters), name="pem")
    secret = read.read(pkcs8(oids.RSA_PSS, rsa_inner(), parameters), name="pem")
    assert public.restriction == secret.restriction == restriction
    assert read.read(pem("RSA PUBLIC KEY", RSA), name="pem").restriction == ""


BAD_NUMBERS: t.Dict[str, t.Tuple[bytes, str]] = {
    "not on the curve": (spki(EC, b"\4" + X + bytes(31) + b"\1", P256), "do not fit"),
    "no such x": (spki(EC, b"\2" + b"\xff" * 32, P256), "do not fit"),
    "x not below p": (spki(EC, b"\4" + b"\xff" * 32 + Y, P256), "do not fit"),
    "scalar of zero": (pem("EC PRIVATE KEY", sec1(bytes(32))), "outside the range"),
    "scalar of the order": (
        pem(
            "EC PRIVATE KEY",
            sec1(0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551.to_bytes(32, "big")),
        ),
        "outside the range",
    ),
    "another's public part": (
        pem("EC PRIVATE KEY", sec1((NUMBERS.private_value - 1).to_bytes(32, "big"))),
        "two different",
    ),
    "another's public part, PKCS#8": (pkcs8(EC, sec1(b"\5", b""), P256), "two different"),
    "another's public part, Ed25519": (
        pkcs8(ED, _octets(bytes(32)), b"", der.element(0x81, b"\0" + bytes(32))),
        "two different",
    ),
}


@pytest.mark.parametrize("name", BAD_NUMBERS)
def test_bad_numbers(name: str) -> None:
    text, sentence = BAD_NUMBERS[name]
    with pytest.raises(KeysmithError, match=sentence):
        read.read(text, name="pem")


@pytest.mark.parametrize("kind", ["P-256", "P-384", "P-521", "secp256k1"])
def test_the_orders_are_the_orders_of_the_curves(kind: str) -> None:
    """n - 1 times the generator is the generator with the other y: the largest scalar there is."""
    curve = KEY_TYPES[kind]
    order = curve.order
    points = []
    for scalar in (1, order - 1):
        inner = sec1(scalar.to_bytes(curve.width, "big"), der.oid(curve.oid), b"")
        points.append(read.read(pem("EC PRIVATE KEY", inner), name="pem").public.public_numbers())
    assert points[0].x == points[1].x
    assert points[0].y != points[1].y


@pytest.mark.parametrize("version", ["3.3.2", "47.0.0"])
def test_a_key_that_the_library_does_not_have_says_which_one_does(
    monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr(cryptography, "__version__", version)
    with pytest.raises(KeysmithError, match="pem: the key is ML-DSA-44, which needs cryptography 48.0 or newer"):
        read.read(spki("2.16.840.1.101.3.4.3.17", bytes(1312)), name="pem")


def test_numbers_do_not_show() -> None:
    assert repr(key_numbers.from_der("EC PRIVATE KEY", sec1())) == "Material('P-256')"
