# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter to_jwks."""

from __future__ import annotations

import pytest
from ansible.utils.display import Display
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk
from ansible_collections.keysmith.jwt.tests.unit.made_keys import rsa_numbers
from ansible_collections.keysmith.jwt.tests.unit.plugins.filter.filters import load, refusal
from ansible_collections.keysmith.jwt.tests.unit.plugins.filter.test_pem_to_jwk import private_pem, public_pem
from jwcrypto.jwk import JWKSet

to_jwks = load("to_jwks")
pem_to_jwk = load("pem_to_jwk")
RSA, EC, OKP = (pem_to_jwk(public_pem(name)) for name in ("RS256", "ES256", "EdDSA"))


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        ([], []),
        (RSA, [RSA]),
        (public_pem("ES256"), [EC]),
        ({"keys": [RSA, EC]}, [RSA, EC]),
        ([OKP, RSA], [OKP, RSA]),
        ([public_pem("EdDSA"), {"keys": [EC, RSA]}, private_pem("RS256"), OKP], [OKP, EC, RSA]),
        ([[RSA], [{"keys": [EC]}]], [RSA, EC]),
        ([dict(EC, kid="first"), dict(EC, kid="second")], [dict(EC, kid="first"), dict(EC, kid="second")]),
        ([dict(EC, x5t="a"), dict(EC, x5t="b"), EC], [dict(EC, x5t="a")]),
    ],
)
def test_what_goes_in_comes_out_once_and_in_order(given: object, keys: list[object]) -> None:
    jwks = to_jwks(given)
    assert jwks == {"keys": keys}
    assert [list(key) for key in jwks["keys"]] == [list(key) for key in keys]
    assert jwks.__class__ is dict
    assert jwks["keys"].__class__ is list
    assert len(JWKSet.from_json(jwk.render(jwks))["keys"]) == len(keys)


def test_a_key_for_two_algorithms_is_two_entries() -> None:
    both = [RSA, dict(RSA, alg="RS512")]
    assert to_jwks([*both, RSA]) == {"keys": both}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "the input has to be a list, a dictionary or a string, not None."),
        (5, "the input has to be a list, a dictionary or a string, not an integer."),
        ([RSA, None], "input[1]: a JWK has to be a dictionary, but this is None."),
        ([RSA, "no key"], "input[1]: the input is not a PEM key"),
        ('{"keys": []}', "input: the input is a JWK Set, not PEM. Turn JSON text into a dictionary with from_json"),
        ([RSA, dict(EC, kid="e", d="c2VjcmV0")], "input[1] (kid e): the JWK holds private members (d)"),
        ([{"kty": "oct", "k": "c2VjcmV0"}], "input[0]: this is a symmetric key"),
        ([dict(RSA, kid="x"), dict(EC, kid="x")], "input[0] and input[1]: two different keys have the kid x;"),
        (
            [{"keys": [EC, dict(RSA, n="AA", kid="k")]}],
            "input[0].keys[1] (kid k): the JWK's n or e begins with a zero octet",
        ),
        ([private_pem("RS256", b"canary-passphrase")], "input[0]: the key is encrypted and no passphrase is given."),
    ],
)
def test_refusals(given: object, message: str) -> None:
    said = refusal(to_jwks, given)
    assert said.startswith("to_jwks: ")
    assert message in said
    assert "c2VjcmV0" not in said


def test_a_second_type_of_key_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda self, text: warnings.append(text))
    for given in (RSA, [RSA, dict(RSA, kid="other")], {"keys": []}):
        to_jwks(given)
    assert not warnings
    to_jwks([RSA, public_pem("ES256")])
    assert len(warnings) == 1 and warnings[0].startswith("The JWK Set holds keys of several types (RSA, EC): ")


def test_a_dictionary_of_texts_gets_a_hint() -> None:
    said = refusal(to_jwks, {"orders-1": public_pem("RS256"), "orders-2": public_pem("ES256")})
    assert said.startswith(
        "to_jwks: input: a dictionary of PEM texts is no JWK; give a list, with each key as the result"
    )


def test_two_rsa_keys_with_a_prime_in_common() -> None:
    p, r = rsa_numbers(0)[3], rsa_numbers(1)[3]
    other = dict(RSA, n=jwk.base64url_uint(p * r), kid="other")
    assert ") and input[2] (kid other): the two RSA keys share a prime" in refusal(to_jwks, [RSA, EC, other])
