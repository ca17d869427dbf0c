# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No filter hands out what jwcrypto does not agree with."""

from __future__ import annotations

import sys
import typing as t

import pytest
from ansible_collections.keysmith.jwt.tests.unit.plugins.filter.filters import load, refusal
from ansible_collections.keysmith.jwt.tests.unit.plugins.filter.test_pem_to_jwk import ED25519, ED25519_JWK
from jwcrypto.jwk import JWK

GIVEN = [
    ("pem_to_jwk", ED25519),
    ("jwk_thumbprint", ED25519_JWK),
    ("to_jwks", [ED25519_JWK]),
    ("to_jwks", [ED25519]),
]


@pytest.mark.parametrize(("name", "given"), GIVEN, ids=["pem_to_jwk", "jwk_thumbprint", "to_jwks", "to_jwks-pem"])
def test_a_disagreement_is_an_error(monkeypatch: pytest.MonkeyPatch, name: str, given: t.Any) -> None:
    monkeypatch.setattr(JWK, "thumbprint", lambda self: "another")
    assert "jwcrypto reads another key from the JWK" in refusal(load(name), given)


@pytest.mark.parametrize(("name", "given"), [*GIVEN, ("jwk_to_pem", ED25519_JWK)])
def test_without_jwcrypto_each_filter_names_the_package(
    monkeypatch: pytest.MonkeyPatch, name: str, given: t.Any
) -> None:
    function = load(name)
    monkeypatch.setitem(sys.modules, "jwcrypto", None)
    said = refusal(function, given)
    assert "The Python package jwcrypto is missing" in said
    assert sys.executable in said
