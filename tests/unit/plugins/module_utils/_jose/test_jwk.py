# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JWK encoder against the vectors of its RFCs. Against other implementations: see the property tests."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ALGORITHMS

#: RFC 7638 section 3.1.
RFC_7638 = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
    "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6q"
    "MQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK"
    "nqDKgw",
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}
#: RFC 8037 appendix A.2 and A.3.
RFC_8037 = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


@pytest.mark.parametrize(
    ("jwk", "thumbprint"),
    [
        (RFC_7638, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        (RFC_8037, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
    ],
    ids=["RFC 7638", "RFC 8037"],
)
def test_thumbprints_of_the_rfcs(jwk: t.Dict[str, str], thumbprint: str) -> None:
    assert jose_jwk.thumbprint(jwk) == thumbprint
    assert jose_jwk.thumbprint(dict(reversed(list(jwk.items())))) == thumbprint


@pytest.mark.parametrize(
    ("number", "octets", "encoded"),
    [(65537, 0, "AQAB"), (3, 0, "Aw"), (0, 0, "AA"), (1, 3, "AAAB"), (255, 1, "_w"), (0xFBFF, 0, "-_8")],
)
def test_numbers_are_minimal_and_coordinates_full(number: int, octets: int, encoded: str) -> None:
    assert jose_jwk.base64url_uint(number, octets) == encoded


MEMBERS: t.Dict[str, t.Dict[str, str]] = {
    "RS256": {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
    "ES256": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AQ"},
    "ECDH-ES-X25519": {"kty": "OKP", "crv": "X25519", "x": "AA"},
    "ML-DSA-44": {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"},
}


@pytest.mark.parametrize(
    ("name", "order", "alg", "use"),
    [
        ("RS256", ["kty", "use", "alg", "kid", "n", "e"], "RS256", "sig"),
        ("ES256", ["kty", "use", "alg", "kid", "crv", "x", "y"], "ES256", "sig"),
        ("ECDH-ES-X25519", ["kty", "use", "alg", "kid", "crv", "x"], "ECDH-ES", "enc"),
        ("ML-DSA-44", ["kty", "use", "alg", "kid", "pub"], "ML-DSA-44", "sig"),
    ],
)
def test_members_and_their_order(name: str, order: t.List[str], alg: str, use: str) -> None:
    built = jose_jwk.build(MEMBERS[name], ALGORITHMS[name], "the-id")
    assert list(built) == order
    assert (built["alg"], built["use"], built["kid"]) == (alg, use, "the-id")
    assert not set(built) & jose_jwk.PRIVATE
    assert jose_jwk.build(MEMBERS[name], ALGORITHMS[name], "the-id", use="other")["use"] == "other"


def test_private_members_never_get_in() -> None:
    built = jose_jwk.build({**MEMBERS["ES256"], "d": "secret"}, ALGORITHMS["ES256"], "the-id")
    assert "d" not in built
    assert jose_jwk.thumbprint({**MEMBERS["ES256"], "d": "secret"}) == jose_jwk.thumbprint(MEMBERS["ES256"])


def test_rendering_keeps_the_order_and_ends_in_one_newline() -> None:
    text = jose_jwk.render({"kty": "EC", "kid": "schlüssel"})
    assert text == b'{\n  "kty": "EC",\n  "kid": "schl\\u00fcssel"\n}\n'
    assert json.loads(text) == {"kty": "EC", "kid": "schlüssel"}


@pytest.mark.parametrize(
    ("members", "curve", "size"),
    [
        (RFC_7638, "", 2048),
        (RFC_8037, "Ed25519", 0),
        (MEMBERS["ES256"], "P-256", 0),
        (MEMBERS["ML-DSA-44"], "ML-DSA-44", 0),
    ],
)
def test_curve_and_size(members: t.Dict[str, str], curve: str, size: int) -> None:
    assert (jose_jwk.curve(members), jose_jwk.size(members)) == (curve, size)
