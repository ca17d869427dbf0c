# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client assertions as other libraries read them."""

from __future__ import annotations

import base64
import datetime
import json
import typing as t
import warnings

import jwt as pyjwt
import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import assertion, jwk, public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ALGORITHMS
from ansible_collections.keysmith.jwt.tests.unit import made_keys
from joserfc import jwk as joserfc_jwk
from joserfc import jws as joserfc_jws
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jws as jwcrypto_jws

NOW = 1_800_000_000.75
ORDERS = assertion.Request("orders", "https://server.example/token")
SIGNING = [
    name
    for name, row in ALGORITHMS.items()
    if row.use == "sig" and (not row.needs or int(row.needs.split(".")[0]) <= made_keys.VERSION[0])
]
#: Those that every verifier below knows; of the rest, each knows some.
CLASSIC = [name for name in SIGNING if name[:2] in ("RS", "PS", "ES")]


def signed(name: str, request: assertion.Request = ORDERS) -> t.Tuple[str, t.Dict[str, str]]:
    """An assertion and the public JWK to verify it."""
    private = made_keys.private(name)
    public = jwk.build(public_facts.facts(private.public_key()).members, ALGORITHMS[name], "kid-of-mine")
    return assertion.sign(private, ALGORITHMS[name], "kid-of-mine", request, NOW), public


def parts(text: str) -> t.Tuple[t.Dict[str, t.Any], t.Dict[str, t.Any], bytes]:
    header, claims, signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in text.split("."))
    return json.loads(header), json.loads(claims), signature


@pytest.mark.parametrize("name", SIGNING)
def test_claims_and_header_are_those_of_rfc_7523(name: str) -> None:
    header, claims, signature = parts(signed(name)[0])
    assert header == {"alg": ALGORITHMS[name].jwk_alg, "kid": "kid-of-mine", "typ": "JWT"}
    assert len(claims.pop("jti")) >= 22 and signature
    assert claims == {
        "iss": "orders",
        "sub": "orders",
        "aud": "https://server.example/token",
        "iat": 1_800_000_000,
        "exp": 1_800_000_060,
    }


def test_no_two_have_the_same_jti() -> None:
    texts = [signed("EdDSA")[0] for _number in range(50)]
    assert len({parts(text)[1]["jti"] for text in texts}) == 50


@pytest.mark.parametrize("name", CLASSIC + ["EdDSA"])
def test_pyjwt_verifies(name: str) -> None:
    text, public = signed(name)
    key = pyjwt.PyJWK(public, algorithm=name).key
    options: t.Any = {"verify_exp": False, "verify_iat": False}
    claims = pyjwt.decode(text, key, algorithms=[name], audience="https://server.example/token", options=options)
    assert claims["sub"] == "orders"


@pytest.mark.parametrize("name", [name for name in SIGNING if name in joserfc_jws.JWSRegistry.algorithms])
def test_joserfc_verifies(name: str) -> None:
    text, public = signed(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has a word to say on EdDSA
        key = joserfc_jwk.import_key(t.cast(t.Any, public))
        found = joserfc_jws.deserialize_compact(text, key, algorithms=[ALGORITHMS[name].jwk_alg])
    assert json.loads(found.payload)["aud"] == "https://server.example/token"


@pytest.mark.parametrize("name", CLASSIC + ["EdDSA"])
def test_jwcrypto_verifies_and_sees_a_changed_octet(name: str) -> None:
    text, public = signed(name)
    verifier = jwcrypto_jws.JWS()
    verifier.allowed_algs = [name]
    verifier.deserialize(text, jwcrypto_jwk.JWK(**public))
    head, claims, signature = text.split(".")
    forged = ".".join((head, claims, ("B" if signature[0] == "A" else "A") + signature[1:]))
    with pytest.raises(jwcrypto_jws.InvalidJWSSignature):
        verifier.deserialize(forged, jwcrypto_jwk.JWK(**public))


@pytest.mark.parametrize("name", [name for name in SIGNING if name.startswith("ML-DSA")])
def test_the_library_verifies_ml_dsa_without_a_context(name: str) -> None:
    """RFC 9964 section 5: pure ML-DSA with an empty context string."""
    text, _public = signed(name)
    message, _dot, _signature = text.rpartition(".")
    made_keys.private(name).public_key().verify(parts(text)[2], message.encode())


@pytest.mark.parametrize(("name", "octets"), [("ES256", 64), ("ES384", 96), ("ES512", 132), ("ES256K", 64)])
def test_a_signature_of_an_ec_key_has_its_full_width(name: str, octets: int) -> None:
    """One in 256 has a short R or S."""
    assert {len(parts(signed(name)[0])[2]) for _number in range(300)} == {octets}


def test_what_is_asked_for_is_in_it() -> None:
    request = assertion.Request(
        "orders",
        ["https://server.example", "other"],
        lifetime=300,
        not_before=True,
        headers={"typ": "client-authentication+jwt", "x5t#S256": "abc"},
        claims={"iss": "ACCOUNT.USER", "requested_audiences": ["a", "b"], "text": "Zürich\n"},
    )
    header, claims, _signature = parts(signed("ES256", request)[0])
    assert header == {"alg": "ES256", "kid": "kid-of-mine", "typ": "client-authentication+jwt", "x5t#S256": "abc"}
    assert (claims["iss"], claims["sub"]) == ("ACCOUNT.USER", "orders")
    assert claims["aud"] == ["https://server.example", "other"]
    assert (claims["nbf"], claims["exp"] - claims["iat"]) == (1_800_000_000, 300)
    assert (claims["requested_audiences"], claims["text"]) == (["a", "b"], "Zürich\n")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"client_id": ""}, "client_id: is empty"),
        ({"audience": ""}, "audience: has to be"),
        ({"audience": []}, "audience: has to be"),
        ({"audience": ["a", ""]}, "audience: has to be"),
        ({"audience": {"a": 1}}, "audience: has to be"),
        ({"lifetime": 4}, "lifetime: has to be from 5 to 86400 seconds."),
        ({"lifetime": 86401}, "lifetime: has to be from 5 to 86400 seconds."),
        ({"headers": {"alg": "none"}}, "headers: alg cannot be given here"),
        ({"headers": {"crit": ["b64"]}}, "headers: crit cannot be given here"),
        ({"claims": {"exp": 2**60}}, "claims: exp cannot be given here"),
        ({"claims": {"x": float("nan")}}, "claims: holds a value that JSON does not have"),
        ({"claims": {"x": datetime.date(2026, 1, 1)}}, "claims: holds a value that JSON does not have"),
    ],
)
def test_what_no_server_could_take_is_one_sentence(changes: t.Dict[str, t.Any], message: str) -> None:
    with pytest.raises(KeysmithError, match="^" + message.replace("(", r"\(")):
        signed("ES256", ORDERS._replace(**changes))


def test_a_key_for_encryption_does_not_sign() -> None:
    with pytest.raises(KeysmithError, match="RSA-OAEP-256 is for encryption"):
        assertion.sign(made_keys.private("RS256"), ALGORITHMS["RSA-OAEP-256"], "k", ORDERS, NOW)
