# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of several types in one set: told once, where it begins."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._jose.key_types_in_set import types, warning
from ansible_collections.keysmith.jwt.tests.unit.plugins.module_utils._jose.test_jwk_set import STRANGE, A, B, held

RSA = {"kty": "RSA", "n": "Ag", "e": "Aw"}


def test_types_of_keys() -> None:
    assert types(held(A, *STRANGE, B)) == ["EC", "XYZ", "RSA"]
    assert types(held({"kty": ["RSA"]}, None)) == []
    assert types(held(ED25519, X25519, {"kty": "EC", "crv": ["P-256"]})) == ["OKP", "X25519", "EC"]


def said(*sets: t.Tuple[str, list[t.Any], list[t.Any]]) -> str:
    """The warning about sets, each with what it held and what it holds."""
    return warning([(name, held(*before), held(*after)) for name, before, after in sets])


FEW, MANY = (
    "python-jose refuses keys that stand behind",
    "some of Authlib, go-jose, jwskate and rhonabwy refuse the whole set",
)
AKP = {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}
ED25519, X25519 = ({"kty": "OKP", "crv": curve, "x": "AA"} for curve in ("Ed25519", "X25519"))


def test_it_is_said_when_a_set_gets_its_second_type() -> None:
    both = [A, RSA]
    for before, after in (
        ([], [A, B]),
        ([A], [A, B]),
        (both, [*both, B]),
        (both, [A]),
        ([], []),
        ([RSA], [A]),
        ([], [AKP]),
        ([AKP, RSA], [AKP, A]),
    ):
        assert said(("/x", before, after)) == ""
    for before, after in (([], both), ([A], both), ([RSA], [RSA, A, B]), ([AKP], both)):
        text = said(("/x", before, after))
        assert text.startswith("/x holds keys of several types (") and FEW in text and MANY not in text
    for before, after in (
        ([], [A, AKP]),
        ([AKP], [AKP, A]),
        (both, [*both, AKP]),
        ([RSA], [RSA, {"kty": "XYZ"}]),
        ([ED25519], [ED25519, X25519]),
    ):
        text = said(("/x", before, after))
        assert FEW in text and MANY in text


def test_of_many_sets_it_is_said_once() -> None:
    text = said(("/one", [], [A]), ("/two", [], [A, RSA]), ("/three", [A], [A, RSA, B]), ("/four", [], [RSA, AKP]))
    assert text.startswith("/two (and 2 more) holds keys of several types (EC, RSA): some of")
