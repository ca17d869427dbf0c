# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Published keys pass, everything that verifiers differ on does not."""

from __future__ import annotations

import base64
import itertools

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import json_text
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.jwk_checks import (
    check,
    check_form,
    check_key_id,
    check_public,
    check_secrets,
    check_strength,
    octets,
)
from cryptography.hazmat.primitives.asymmetric import ec, ed448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

# RFC 7638 section 3.1
RSA = {
    "kty": "RSA",
    "n": (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3ok"
        "njhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu"
        "6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8a"
        "wapJzKnqDKgw"
    ),
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}
# RFC 7517 appendix A.1
EC = {
    "kty": "EC",
    "crv": "P-256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    "use": "enc",
    "kid": "1",
}
# RFC 8037 appendix A.2
OKP = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
AKP = {"kty": "AKP", "alg": "ML-DSA-44", "pub": jose_jwk.base64url(bytes(1312))}


def point(curve: ec.EllipticCurve, name: str) -> dict[str, str]:
    """A new public JWK on the curve."""
    numbers = ec.generate_private_key(curve).public_key().public_numbers()
    width = (curve.key_size + 7) // 8
    return {
        "kty": "EC",
        "crv": name,
        "x": jose_jwk.base64url_uint(numbers.x, width),
        "y": jose_jwk.base64url_uint(numbers.y, width),
    }


def raw(key: ed448.Ed448PrivateKey | x25519.X25519PrivateKey, name: str) -> dict[str, str]:
    """The public JWK of an OKP key."""
    return {
        "kty": "OKP",
        "crv": name,
        "x": jose_jwk.base64url(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)),
    }


@pytest.mark.parametrize(
    "jwk",
    [
        RSA,
        EC,
        OKP,
        AKP,
        dict(EC, alg="ECDH-ES+A128KW"),
        dict(RSA, x5c=["MIIB"], key_ops=["verify"], exp=1.5, none=None),
        point(ec.SECP384R1(), "P-384"),
        point(ec.SECP521R1(), "P-521"),
        point(ec.SECP256K1(), "secp256k1"),
        raw(ed448.Ed448PrivateKey.generate(), "Ed448"),
        raw(x25519.X25519PrivateKey.generate(), "X25519"),
    ],
    ids=lambda jwk: "%s-%s" % (jwk["kty"], jwk.get("crv") or jwk.get("alg")),
)
def test_a_public_key_passes_as_it_is(jwk: dict[str, object]) -> None:
    checked = check(jwk, "jwks[0]")
    assert checked == jwk
    assert list(checked) == list(jwk)


def test_coordinates_with_leading_zeros_pass() -> None:
    found = 0
    while not found:
        jwk = point(ec.SECP521R1(), "P-521")
        check(jwk, "jwk")
        found = jwk["x"].startswith("AA")


@pytest.mark.parametrize("member", ["x", "y"])
def test_coordinates_have_their_full_width_and_are_below_the_prime(member: str) -> None:
    number = 0
    while not 0 < number < 2**512:
        jwk = point(ec.SECP521R1(), "P-521")
        number = int.from_bytes(octets(jwk, member), "big")
    with pytest.raises(KeysmithError, match="have 66 octets each"):
        check(dict(jwk, **{member: jose_jwk.base64url_uint(number)}), "jwk")
    # The same point to whoever calculates modulo the prime, and another key ID.
    with pytest.raises(KeysmithError, match="not on P-521"):
        check(dict(jwk, **{member: jose_jwk.base64url_uint(number + 2**521 - 1, 66)}), "jwk")


N = RSA["n"]
PEM = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
REFUSED = [
    (None, "a JWK has to be a dictionary, but this is None."),
    ("text", "a JWK has to be a dictionary, but this is a string."),
    (PEM, "this is a string. Turn PEM into a JWK with the filter keysmith.jwt.pem_to_jwk."),
    ("ssh-ed25519 AAAA", "Turn PEM into a JWK"),
    ({1: "x"}, "a JWK has to be a dictionary"),
    ({"orders-2026": PEM}, "a dictionary of PEM texts is no JWK; give a list, with each key as the result of TEXT | "),
    ({}, "kty has to be one of RSA, EC, OKP, AKP"),
    ({"kty": ["RSA"]}, "kty has to be one of"),
    ({"kty": "XYZ"}, "kty has to be one of"),
    ({"kty": "oct", "k": "c2VjcmV0"}, "symmetric key"),
    ({"kty": "oct"}, "symmetric key"),
    (dict(RSA, k="c2VjcmV0"), "symmetric key"),
    (dict(RSA, d="AQAB", p="Aw"), "private members (d, p)"),
    (dict(RSA, oth=[]), "private members (oth)"),
    (dict(AKP, priv="AA"), "private members (priv)"),
    ({"kty": "RSA", "n": N}, "has no e, or it is not a string"),
    (dict(RSA, n=5), "has no n, or it is not a string"),
    (dict(RSA, alg=5), "alg has to be a string, but is an integer."),
    (dict(RSA, use=["sig"]), "use has to be a string, but is a list."),
    (dict(RSA, kid=5), "kid has to be a string, but is an integer; put it in quotes."),
    (dict(RSA, kid=2024.1), "kid has to be a string, but is a number; put it in quotes."),
    (dict(RSA, kid=None), "kid has to be a string, but is None."),
    (json_text.Repeated(RSA), "a member occurs twice"),
    (dict(RSA, more=[{"a": json_text.Repeated(b=1)}]), "a member occurs twice"),
    (dict(RSA, more=float("nan")), "NaN and Infinity are not JSON"),
    (dict(RSA, more=json_text.LongNumber("1" * 500)), "more than 400 digits"),
    (dict(RSA, crv="P-256"), "the JWK holds crv, which keys of type RSA do not have"),
    (dict(OKP, y=OKP["x"]), "the JWK holds y, which keys of type OKP do not have"),
    (dict(EC, pub="AA"), "the JWK holds pub, which keys of type EC do not have"),
    (dict(RSA, use="enc"), "the JWK says use enc beside alg RS256, which is for use sig"),
    (dict(RSA, kid=""), "kid is empty"),
    (dict(RSA, kid="a\nb"), "kid holds a control character"),
    (dict(RSA, e="AQAB="), "e is not base64url without padding"),
    (dict(RSA, e="AQ+B"), "e is not base64url"),
    (dict(RSA, e=""), "e is not base64url"),
    (dict(RSA, e="AQABA"), "e is not base64url"),
    (dict(EC, x=EC["x"][:-1] + "5"), "x is not base64url"),
    (dict(RSA, e="AAEAAQ"), "begins with a zero octet"),
    (dict(RSA, n="AA" + N[2:]), "begins with a zero octet"),
    (dict(RSA, e="Aw"), "unsafe public exponent"),
    (dict(RSA, n=jose_jwk.base64url_uint(2**1023 + 1)), "1024 bits"),
    (dict(RSA, n=jose_jwk.base64url_uint(2**2047 + 2)), "small factor"),
    (dict(RSA, alg="ES256"), "alg does not fit its key"),
    (dict(EC, alg="ES384"), "alg does not fit its key"),
    (dict(OKP, alg="Ed448"), "alg does not fit its key"),
    (dict(EC, crv="P-224"), "curve has to be one of P-256, P-384, P-521, secp256k1"),
    (dict(OKP, crv="X448"), "curve has to be one of Ed25519, Ed448, X25519"),
    (dict(AKP, alg="ML-DSA-1"), "curve has to be one of ML-DSA-44"),
    (dict(EC, crv="P-384"), "48 octets each"),
    (dict(EC, x=jose_jwk.base64url(bytes(31))), "32 octets each"),
    (dict(EC, y=EC["x"]), "not on P-256"),
    (dict(EC, x=jose_jwk.base64url(bytes(32)), y=jose_jwk.base64url(bytes(32))), "not on P-256"),
    (dict(EC, x=jose_jwk.base64url(b"\xff" * 32)), "not on P-256"),
    (dict(OKP, x=jose_jwk.base64url(bytes(31))), "x of a Ed25519 key has 32 octets"),
    (dict(OKP, x=jose_jwk.base64url(bytes([2]) + bytes(31))), "the point is not on Ed25519"),
    (dict(OKP, x=jose_jwk.base64url(bytes([1]) + bytes(31))), "low order"),
    (dict(AKP, pub=jose_jwk.base64url(bytes(1311))), "1312 octets"),
]


@pytest.mark.parametrize(("jwk", "reason"), REFUSED, ids=[reason for _jwk_, reason in REFUSED])
def test_what_verifiers_differ_on_is_refused_by_name(jwk: object, reason: str) -> None:
    with pytest.raises(KeysmithError) as caught:
        check(jwk, "jwks[3]")
    message = str(caught.value)
    assert message.startswith("jwks[3]")
    assert reason in message
    assert "c2VjcmV0" not in message
    assert message.endswith(".")


OTHERS = [
    dict(RSA, e="Aw"),
    dict(RSA, n="Ag"),
    dict(EC, crv="P-224"),
    dict(OKP, alg="Ed448"),
    dict(RSA, use="enc"),
    {"kty": "XYZ", "kid": 5},
    {},
]


@pytest.mark.parametrize("jwk", OTHERS)
def test_others_keys_may_be_anything_that_is_public(jwk: dict[str, str]) -> None:
    check_secrets(jwk, "path")
    assert check_public(jwk, "jwks") == jwk


@pytest.mark.parametrize("jwk", [None, 5, "text", []])
def test_others_entries_may_even_be_no_jwk(jwk: object) -> None:
    check_secrets(jwk, "path")
    with pytest.raises(KeysmithError, match="jwks: a JWK has to be a dictionary"):
        check_public(jwk, "jwks")


SECRET = [{"kty": "oct"}, dict(RSA, d="c2VjcmV0"), dict(EC, k="c2VjcmV0"), {"kty": "XYZ", "priv": "c2VjcmV0"}]


@pytest.mark.parametrize("jwk", SECRET)
def test_no_key_is_private(jwk: dict[str, str]) -> None:
    with pytest.raises(KeysmithError, match=r"^path: .*: this is a private or symmetric key .*; remove it") as caught:
        check_secrets(dict(jwk, kid="a"), "path: keys[1]")
    assert str(caught.value).startswith("path: keys[1] (kid a): ") and "c2VjcmV0" not in str(caught.value)
    with pytest.raises(KeysmithError, match="private members|symmetric key|kty has to be"):
        check_public(jwk, "jwks")


WEAK = [dict(RSA, n=jose_jwk.base64url_uint(2**2047 + 2)), dict(OKP, x=jose_jwk.base64url(bytes([1]) + bytes(31)))]


@pytest.mark.parametrize("jwk", WEAK)
def test_weakness_is_looked_for_apart_from_the_form(jwk: dict[str, str]) -> None:
    assert check_form(jwk, "jwks") == jwk
    with pytest.raises(KeysmithError, match=r"^jwks: the|^jwks \(kid 2011-04-29\): the"):
        check_strength(jwk, "jwks")


def test_a_jwk_is_called_by_its_place_and_its_kid() -> None:
    for kid, called in (("a", " (kid a)"), ("x" * 44, " (kid %s...)" % ("x" * 40)), ("", ""), ("\n", ""), (5, "")):
        with pytest.raises(KeysmithError) as caught:
            check({"kid": kid}, "jwks[0]")
        assert str(caught.value).startswith("jwks[0]%s: " % called)


def test_the_result_is_a_new_dictionary() -> None:
    jwk = dict(RSA)
    check(jwk, "jwk")["kid"] = "other"
    assert jwk["kid"] == "2011-04-29"


@pytest.mark.parametrize("key_id", ["a", "orders 2026/1", "\u00fc", "x" * 300])
def test_key_ids_that_pass(key_id: str) -> None:
    assert check_key_id(key_id, "key_id") == key_id


@pytest.mark.parametrize("key_id", ["", "\0", "a\x7f", "\u2028", "\ud800", None, 5, b"a"])
def test_key_ids_that_do_not_pass(key_id: object) -> None:
    with pytest.raises(KeysmithError, match="^key_id "):
        check_key_id(key_id, "key_id")


@pytest.mark.parametrize("text", ["AAA\u00e9", "AAA\n", "AAA="])
def test_nothing_but_base64url(text: str) -> None:
    with pytest.raises(KeysmithError, match="not base64url"):
        octets({"n": text}, "n")


def test_each_octet_string_has_one_text() -> None:
    """RFC 7515 section 2, and no bits beyond the octets."""
    for length in range(1, 5):
        for digits in itertools.product("ABCEIMQUYZcgjkosw048-_", repeat=length):
            text = "".join(digits)
            decoded = base64.urlsafe_b64decode(text + "=" * (-length % 4)) if length % 4 != 1 else b""
            if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() == text:
                assert octets({"n": text}, "n") == decoded
            else:
                with pytest.raises(KeysmithError, match="not base64url"):
                    octets({"n": text}, "n")


def test_what_is_wrong_with_the_numbers_is_said_once() -> None:
    with pytest.raises(KeysmithError, match=r"^the jwk \(kid 2011-04-29\): the RSA key has 2049 bits") as raised:
        check(dict(RSA, n=jose_jwk.base64url_uint(2**2048 + 2)), "the jwk")
    assert raised.value.__suppress_context__
