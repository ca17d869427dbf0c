# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a JWK says that it is for: true of its key, and the same in all members."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk_use
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ALGORITHMS

RSA: dict[str, t.Any] = {"kty": "RSA"}
EC: dict[str, t.Any] = {"kty": "EC", "crv": "P-384"}
ED25519: dict[str, t.Any] = {"kty": "OKP", "crv": "Ed25519"}
X25519: dict[str, t.Any] = {"kty": "OKP", "crv": "X25519"}
AKP: dict[str, t.Any] = {"kty": "AKP", "alg": "ML-DSA-44"}


@pytest.mark.parametrize(
    "jwk",
    [
        *({"kty": row.type, "crv": row.curve, "alg": row.jwk_alg, "use": row.use} for row in ALGORITHMS.values()),
        RSA,
        dict(RSA, use="sig"),
        dict(RSA, use="enc"),
        dict(RSA, use="something else", alg="RS256"),
        dict(RSA, alg="an algorithm of tomorrow", use="enc"),
        dict(RSA, use="enc", alg="RSA1_5"),
        dict(RSA, use="enc", alg="RSA-OAEP-512"),
        dict(RSA, key_ops=["verify", "encrypt"]),
        dict(RSA, use="sig", key_ops=["verify"]),
        dict(RSA, use="sig", key_ops=[]),
        dict(EC, use="enc", alg="ECDH-ES+A256KW", key_ops=["deriveBits", "deriveKey"]),
        dict(X25519, use="enc", alg="ECDH-ES+A128KW"),
        dict(ED25519, use="sig"),
        dict(AKP, use="sig"),
    ],
    ids=str,
)
def test_what_is_true(jwk: dict[str, t.Any]) -> None:
    jwk_use.check(jwk)


@pytest.mark.parametrize(
    ("jwk", "reason"),
    [
        (dict(RSA, use="enc", alg="RS256"), "says use enc beside alg RS256, which is for use sig"),
        (dict(RSA, use="enc", alg="PS512"), "says use enc beside alg PS512"),
        (dict(EC, use="enc", alg="ES384"), "says use enc beside alg ES384"),
        (dict(RSA, use="sig", alg="RSA-OAEP"), "says use sig beside alg RSA-OAEP, which is for use enc"),
        (dict(RSA, use="sig", alg="RSA-OAEP-256"), "says use sig beside alg RSA-OAEP-256"),
        (dict(EC, use="sig", alg="ECDH-ES+A128KW"), "says use sig beside alg ECDH-ES.A128KW"),
        (dict(ED25519, use="enc"), "says use enc, but Ed25519 keys are for use sig"),
        (dict(X25519, use="sig"), "says use sig, but X25519 keys are for use enc"),
        (dict(AKP, use="enc"), "says use enc, but ML-DSA-44 keys are for use sig"),
        (dict(RSA, alg="ES256"), "alg does not fit its key"),
        (dict(EC, alg="ES256"), "alg does not fit its key"),
        (dict(RSA, alg="ECDH-ES"), "alg does not fit its key"),
        (dict(ED25519, alg="ECDH-ES"), "alg does not fit its key"),
        (dict(EC, alg="RSA-OAEP-256"), "alg does not fit its key"),
        (dict(X25519, alg="EdDSA"), "alg does not fit its key"),
        # Whoever believes these takes a public key for a secret, or no signature for one.
        *((dict(RSA, alg=alg), "alg does not fit its key") for alg in ("HS256", "none", "A128KW", "A256GCMKW", "dir")),
        (dict(EC, alg="PBES2-HS256+A128KW"), "alg does not fit its key"),
        (dict(RSA, key_ops="verify"), "key_ops has to be a list of strings"),
        (dict(RSA, key_ops=[5]), "key_ops has to be a list of strings"),
        (dict(RSA, key_ops=["verify", "verify"]), "key_ops names an operation twice"),
        (dict(RSA, use="sig", key_ops=["encrypt"]), "key_ops names an operation that is not for use sig"),
        (dict(RSA, use="enc", key_ops=["decrypt", "verify"]), "key_ops names an operation that is not for use enc"),
    ],
    ids=str,
)
def test_what_is_not(jwk: dict[str, t.Any], reason: str) -> None:
    with pytest.raises(KeysmithError, match=reason):
        jwk_use.check(jwk)
