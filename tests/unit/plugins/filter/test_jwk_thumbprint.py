# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter jwk_thumbprint."""

from __future__ import annotations

import pytest
from ansible_collections.keysmith.jwt.tests.unit.plugins.filter.filters import load, refusal
from ansible_collections.keysmith.jwt.tests.unit.plugins.filter.test_pem_to_jwk import ED25519_JWK
from ansible_collections.keysmith.jwt.tests.unit.plugins.module_utils._jose.test_jwk_checks import RSA

jwk_thumbprint = load("jwk_thumbprint")


@pytest.mark.parametrize(
    ("jwk", "thumbprint"),
    [
        (RSA, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),  # RFC 7638 section 3.1
        (ED25519_JWK, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),  # RFC 8037 appendix A.3
        (dict(ED25519_JWK, kid="other", alg="Ed25519"), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
        (
            dict(ED25519_JWK, d="nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        ),
    ],
)
def test_published_thumbprints(jwk: dict[str, str], thumbprint: str) -> None:
    result = jwk_thumbprint(jwk)
    assert result == thumbprint
    assert result.__class__ is str


@pytest.mark.parametrize(
    ("jwk", "message"),
    [
        (5, "jwk has to be a dictionary, not an integer."),
        ({"kty": "oct", "k": "c2VjcmV0"}, "jwk: this is a symmetric key"),
        ({"kty": "RSA", "e": "AQAB"}, "jwk: the JWK has no n"),
    ],
)
def test_refusals(jwk: object, message: str) -> None:
    assert refusal(jwk_thumbprint, jwk).startswith("jwk_thumbprint: " + message)
