# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of algorithms, and that a new algorithm is one row of it."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk_checks
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.jwk import base64url, base64url_uint
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import options
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import der, key_types, oids, points, proofs, read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import (
    ALGORITHMS,
    ANY_PSS,
    Algorithm,
    chosen_for,
    named,
)
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.key_types import KEY_TYPES, KeyType
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, four_runs, run
from ansible_collections.keysmith.jwt.tests.unit.made_keys import pkcs8, spki


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
    with pytest.raises(KeysmithError, match="The key is P-224, which no supported algorithm uses"):
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
        (Algorithm("ES256-test", "P-256", alg="ESX"), "ES256", 0),
        (Algorithm("ECDH-ES+A128KW", "X25519", use="enc"), "ECDH-ES-X25519", 0),
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


#: RFC 5639 section 3.4, brainpoolP256r1; RFC 7748 section 4.2 and RFC 8410, X448.
NEW_KEYS = [
    KeyType(
        "brainpoolP256r1",
        "EC",
        "1.3.36.3.3.2.8.1.1.7",
        "ec.BrainpoolP256R1",
        proofs.by_ecdsa,
        32,
        65,
        points.Weierstrass(
            0xA9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377,
            0x7D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9,
            0x26DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCCDC18FF8C07B6,
            0xA9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7,
        ),
    ),
    KeyType(
        "X448",
        "OKP",
        "1.3.101.111",
        "x448.X448PrivateKey",
        proofs.by_agreement,
        56,
        56,
        points.Montgomery(2**448 - 2**224 - 1, 156326, bits=448, doublings=2),
    ),
]


@pytest.mark.parametrize(
    ("key", "form"), [(NEW_KEYS[0], "pkcs8"), (NEW_KEYS[0], "traditional"), (NEW_KEYS[1], "pkcs8")]
)
def test_to_add_a_kind_of_key_is_to_add_a_row(key: KeyType, form: str, tmp_path: Path, monkeypatch: t.Any) -> None:
    """Made, written, proved, read, published, checked as a JWK, and imported: nothing else knows the kinds of keys."""
    row = Algorithm("new", key.name, use="sig" if key.type == "EC" else "enc")
    monkeypatch.setitem(KEY_TYPES, key.name, key)
    monkeypatch.setitem(ALGORITHMS, row.name, row)
    path = tmp_path / "private.key"
    options = {"algorithm": "new", "passphrase": FIRST}
    made = four_runs(path, tmp_path, format=form, jwk_path=tmp_path / "jwk.json", **options)
    assert (made["type"], made["curve"], made["jwk"]["crv"]) == (key.type, key.name, key.name)
    assert jwk_checks.check(json.loads((tmp_path / "jwk.json").read_text()), "jwk")["kid"] == made["thumbprint"]
    assert read.read(made["public_key"].encode(), name="public key").private is None
    opened = read.read_private(path.read_bytes(), [FIRST.encode()], name="private key")
    assert opened.fault == ""
    imported = run(
        tmp_path / "imported.key", algorithm="new", private_key=_private_jwk(opened.private, key, made["jwk"])
    )
    assert imported["thumbprint"] == made["thumbprint"]
    with pytest.raises(KeysmithError, match="is of type %s, but algorithm: ES384 asks for P-384" % key.name):
        run(path, algorithm="ES384", passphrase=FIRST)
    with pytest.raises(KeysmithError, match="not belong together"):
        read.prove(opened.private, read.generate(row).public_key())
    bad = dict(made["jwk"], x=base64url(bytes(key.width)))
    with pytest.raises(KeysmithError, match="the point is not on|is a point of low order"):
        jwk_checks.check(bad, "jwk")


def _private_jwk(private: t.Any, key: KeyType, public: t.Dict[str, str]) -> t.Dict[str, str]:
    from cryptography.hazmat.primitives import serialization as forms

    if key.type == "EC":
        return dict(public, d=base64url_uint(private.private_numbers().private_value, key.width))
    raw = private.private_bytes(forms.Encoding.Raw, forms.PrivateFormat.Raw, forms.NoEncryption())
    return dict(public, d=base64url(raw))


@pytest.mark.parametrize("key", NEW_KEYS, ids=[key.name for key in NEW_KEYS])
def test_without_its_row_a_kind_of_key_is_none_of_ours(key: KeyType) -> None:
    text = pkcs8(key.oid, b"\4\0") if key.type == "OKP" else spki(oids.EC, bytes(65), der.oid(key.oid))
    with pytest.raises(KeysmithError, match="which no .*JWT algorithm"):
        read.read(text, name="key")


def test_what_differs_from_key_to_key_is_in_its_row() -> None:
    """No other code of keys and JWKs names one of them but for what is of that one key alone."""
    named_key = re.compile('"(%s)"' % "|".join(name for name in KEY_TYPES if name != "RSA"))
    folders = (Path(key_types.__file__).parent, Path(jwk_checks.__file__).parent)
    found = {path.name for folder in folders for path in folder.glob("*.py") if named_key.search(path.read_text())}
    # What ssh-keygen does with Ed25519, the curve of sealed keys, two names of one algorithm, and curves that few know.
    others = {"openssh.py", "jwe.py", "private_jwk.py", "key_types_in_set.py"}
    assert found == {"key_types.py", "algorithms.py", *others}
