# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of algorithms, and that a new algorithm is one row of it."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import options
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import (
    ALGORITHMS,
    ANY_PSS,
    Algorithm,
    chosen_for,
    named,
)
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import four_runs, run


@pytest.mark.parametrize("row", ALGORITHMS.values(), ids=list(ALGORITHMS))
def test_every_row_takes_the_key_that_it_generates(row: Algorithm) -> None:
    assert row.takes(row.type, row.curve)
    assert named(row.name) is row


@pytest.mark.parametrize(
    ("name", "type", "curve", "restriction", "takes"),
    [
        ("RS256", "RSA", "", ANY_PSS, False),
        ("PS256", "RSA", "", ANY_PSS, True),
        ("PS512", "RSA", "", ANY_PSS, True),
        ("PS512", "RSA", "", "", True),
        ("PS256", "RSA", "", "PS256", True),
        ("PS384", "RSA", "", "PS256", False),
        ("PS512", "RSA", "", "PS256", False),
        ("PS512", "RSA", "", "PS512", True),
        ("PS256", "RSA", "", "PS512", False),
        ("RSA-OAEP-256", "RSA", "", ANY_PSS, False),
        ("ES256", "EC", "P-384", "", False),
        ("ES256", "OKP", "P-256", "", False),
        ("EdDSA", "OKP", "Ed448", "", True),
        ("Ed25519", "OKP", "Ed448", "", False),
        ("ML-DSA-44", "AKP", "ML-DSA-65", "", False),
    ],
)
def test_which_keys_an_algorithm_takes(name: str, type: str, curve: str, restriction: str, takes: bool) -> None:
    assert ALGORITHMS[name].takes(type, curve, restriction) is takes


@pytest.mark.parametrize(
    ("type", "curve", "restriction", "chosen"),
    [
        ("RSA", "", "", "RS256"),
        ("RSA", "", ANY_PSS, "PS256"),
        ("RSA", "", "PS384", "PS384"),
        ("EC", "P-521", "", "ES512"),
        ("OKP", "Ed25519", "", "EdDSA"),
        ("OKP", "Ed448", "", "EdDSA"),
        ("OKP", "X25519", "", "ECDH-ES-X25519"),
        ("AKP", "ML-DSA-87", "", "ML-DSA-87"),
    ],
)
def test_what_a_key_is_for_when_nobody_says(type: str, curve: str, restriction: str, chosen: str) -> None:
    assert chosen_for(type, curve, restriction).name == chosen


def test_a_key_that_nothing_uses() -> None:
    with pytest.raises(KeysmithError, match="The key is P-224, which no algorithm here uses"):
        chosen_for("EC", "P-224")


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(KeysmithError, match="algorithm: .* RS256, .*ML-DSA-87") as raised:
        named("RS257")
    assert "RS257" not in str(raised.value)


def test_the_option_offers_exactly_the_table() -> None:
    assert options.PUBLIC["algorithm"]["choices"] == list(ALGORITHMS)


@pytest.mark.parametrize(
    ("row", "kept_as", "size"),
    [
        (Algorithm("RSA-OAEP-512", "RSA", use="enc"), "RS256", 2048),
        (Algorithm("ES256-test", "EC", "P-256", "ec.SECP256R1", alg="ESX"), "ES256", 0),
        (Algorithm("ECDH-ES+A128KW", "OKP", "X25519", "x25519.X25519PrivateKey", use="enc"), "ECDH-ES-X25519", 0),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_to_add_an_algorithm_is_to_add_a_row(
    row: Algorithm, kept_as: str, size: int, tmp_path: Path, monkeypatch: t.Any
) -> None:
    monkeypatch.setitem(ALGORITHMS, row.name, row)
    given: t.Dict[str, t.Any] = {"size": size} if size else {}
    path = tmp_path / "private.key"
    made = four_runs(path, tmp_path, algorithm=row.name, jwk_path=tmp_path / "jwk.json", **given)
    assert made["created"]
    assert (made["algorithm"], made["jwk"]["alg"], made["jwk"]["use"]) == (row.jwk_alg, row.jwk_alg, row.use)
    assert (made["type"], made.get("curve", "")) == (row.type, row.curve)
    assert read.read_private(path.read_bytes(), name="it").public is not None
    # The file says nothing of the algorithm: the same key is kept for another one that takes it.
    kept = run(path, algorithm=kept_as, **given)
    assert (kept["thumbprint"], kept["changed"]) == (made["thumbprint"], False)
    assert kept["jwk"]["alg"] == ALGORITHMS[kept_as].jwk_alg
