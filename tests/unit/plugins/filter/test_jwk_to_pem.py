# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter jwk_to_pem."""

from __future__ import annotations

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ALGORITHMS
from ansible_collections.keysmith.jwt.tests.unit.made_keys import private
from ansible_collections.keysmith.jwt.tests.unit.plugins.filter.filters import load, refusal

jwk_to_pem = load("jwk_to_pem")
pem_to_jwk = load("pem_to_jwk")


@pytest.mark.parametrize("name", [name for name, row in ALGORITHMS.items() if row.type != "AKP"])
def test_there_and_back(name: str) -> None:
    facts = public_facts.facts(private(name).public_key())
    jwk = jose_jwk.build(facts.members, ALGORITHMS[name], "x")
    pem = jwk_to_pem(jwk)
    assert pem.__class__ is str
    assert pem == facts.pem
    secret = pem_to_jwk(read.private_pem(private(name), "pkcs8", None).decode(), private=True)
    assert jwk_to_pem(secret) == pem
    assert jwk_to_pem(facts.members) == pem


@pytest.mark.parametrize(
    ("jwk", "message"),
    [
        (None, "jwk has to be a dictionary, not None."),
        ("{}", "jwk has to be a dictionary, not a string. Turn JSON text into a dictionary with from_json first."),
        (["x"], "jwk has to be a dictionary, not a list."),
        ({}, "jwk: the JWK's kty has to be one of RSA, EC, OKP, AKP."),
        ({"kty": "oct", "k": "c2VjcmV0"}, "jwk: this is a symmetric key"),
        ({"keys": []}, "jwk: this is a JWK Set; give one of its keys, such as SET['keys'][0]."),
        ("-----BEGIN PUBLIC KEY-----", "not a string. Turn PEM into a JWK with the filter keysmith.jwt.pem_to_jwk."),
        ({"a": "-----BEGIN PUBLIC KEY-----"}, "jwk: a dictionary of PEM texts is no JWK; give a list, with each key"),
        ({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, "32 octets each"),
        ({"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}, "not on P-256"),
        (
            {"kty": "EC", "crv": "P-256", "x": b"AA", "y": "AA"},
            "jwk: it holds bytes, which is not JSON; put it in quotes.",
        ),
    ],
)
def test_refusals(jwk: object, message: str) -> None:
    said = refusal(jwk_to_pem, jwk)
    assert said.startswith("jwk_to_pem: ")
    assert message in said
    assert "c2VjcmV0" not in said
