# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private JWKs are imported as the keys that they are, or refused by the name of what is wrong with them."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import private_jwk, public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import asked
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ALGORITHMS
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypair, jwt_keypairs
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import run
from ansible_collections.keysmith.jwt.tests.unit.made_keys import HAD, private, rsa_numbers
from ansible_collections.keysmith.jwt.tests.unit.modules_run import run_module

CANARY = "canary-in-the-mine"


def jwk_of(algorithm: str, number: int = 0) -> t.Dict[str, str]:
    """A private JWK, made of the numbers of the library."""
    from cryptography.hazmat.primitives import serialization as forms

    key, row = private(algorithm, number), ALGORITHMS[algorithm]
    members = dict(public_facts.facts(key.public_key()).members)
    if row.type == "RSA":
        names = ("d", "p", "q", "dp", "dq", "qi")
        return {**members, **dict(zip(names, map(jose_jwk.base64url_uint, rsa_numbers(number)[2:])))}
    if row.type == "EC":
        width = len(members["x"]) * 3 // 4
        return {**members, "d": jose_jwk.base64url_uint(key.private_numbers().private_value, width)}
    seed = key.private_bytes(forms.Encoding.Raw, forms.PrivateFormat.Raw, forms.NoEncryption())
    return {**members, "priv" if row.type == "AKP" else "d": jose_jwk.base64url(seed)}


@pytest.mark.parametrize("algorithm", HAD)
@pytest.mark.parametrize("as_text", [True, False])
def test_the_key_is_the_one_that_the_jwk_says(algorithm: str, as_text: bool) -> None:
    jwk: t.Any = dict(jwk_of(algorithm), kid="its own", key_ops=["sign"])
    pem = private_jwk.pem(json.dumps(jwk, indent=2) if as_text else jwk, ALGORITHMS[algorithm], "private_key")
    key = read.read_private(pem, name="private_key")
    assert public_facts.facts(key.public) == public_facts.facts(private(algorithm).public_key())
    read.prove(key.private, private(algorithm).public_key())


def test_a_key_of_rfc_8037() -> None:
    """RFC 8037 appendix A.1, and its thumbprint, A.3."""
    jwk = {
        "kty": "OKP",
        "crv": "Ed25519",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }
    key = read.read_private(private_jwk.pem(jwk, ALGORITHMS["EdDSA"], "private_key"), name="private_key")
    members = public_facts.facts(key.public).members
    assert jose_jwk.thumbprint(members) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


EC = jwk_of("ES256")
WRONG: t.Dict[str, t.Tuple[t.Any, str, str]] = {
    "cut off": (json.dumps(EC)[:-1], "ES256", "is not complete JSON"),
    "nested": ('{"a":' * 100000, "ES256", "is not complete JSON"),
    "a set": ({"keys": [EC]}, "ES256", "take the right key out of the JWK Set"),
    "no kty": ({"d": "AA"}, "ES256", "kty has to be one of"),
    "symmetric": ({"kty": "oct", "k": CANARY}, "ES256", "kty has to be one of"),
    "public": ({name: EC[name] for name in EC if name != "d"}, "ES256", "is a public one"),
    "no x": ({name: EC[name] for name in EC if name != "x"}, "ES256", "has no x"),
    "a number": (dict(EC, d=7), "ES256", "has no d, or it is not a string"),
    "padded": (dict(EC, d=EC["d"] + "="), "ES256", "d is not base64url"),
    "short": (dict(EC, d="AQAB"), "ES256", "have 32 octets each"),
    "another curve": (dict(EC, crv="P-192"), "ES256", "uses the JWK's curve"),
    "a curve of another type": (dict(EC, crv="Ed25519"), "ES256", "uses the JWK's curve"),
    "two primes of three": (dict(jwk_of("RS256"), oth=[{}]), "RS256", "more than two primes"),
    "no primes": (
        {name: value for name, value in jwk_of("RS256").items() if name not in ("p", "q")},
        "RS256",
        "has no p",
    ),
    "for encryption": (dict(EC, use="enc"), "ES256", "use is not for algorithm"),
    "for another algorithm": (dict(jwk_of("RS256"), alg="PS512"), "RS256", "alg is not for algorithm"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named(name: str) -> None:
    jwk, algorithm, sentence = WRONG[name]
    with pytest.raises(KeysmithError, match="^private_key: .*" + sentence) as raised:
        private_jwk.pem(jwk, ALGORITHMS[algorithm], "private_key")
    assert CANARY not in str(raised.value) and raised.value.__cause__ is None


def test_an_older_and_a_newer_name_are_the_same_algorithm() -> None:
    for said, wanted in (("EdDSA", "Ed25519"), ("Ed25519", "EdDSA")):
        private_jwk.pem(dict(jwk_of("EdDSA"), alg=said), ALGORITHMS[wanted], "private_key")


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_two_halves_of_different_keys_are_refused(tmp_path: Path, algorithm: str) -> None:
    one, other = jwk_of(algorithm), jwk_of(algorithm, 1)
    public = public_facts.facts(private(algorithm, 1).public_key()).members
    assert one != other
    size = {"size": 2048} if algorithm == "RS256" else {}
    with pytest.raises(KeysmithError, match="two different keys|contradict"):
        run(tmp_path / "jwt" / "key", algorithm=algorithm, private_key={**one, **public}, **size)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("algorithm", [name for name in HAD if ALGORITHMS[name].use == "sig"])
@pytest.mark.parametrize("is_batch", [True, False])
def test_nothing_public_is_hidden_and_nothing_private_is_shown(
    tmp_path: Path, monkeypatch: t.Any, capsys: t.Any, algorithm: str, is_batch: bool
) -> None:
    jwk = dict(jwk_of(algorithm), kid="orders-of-2026", alg=ALGORITHMS[algorithm].jwk_alg)
    options: t.Dict[str, t.Any] = {"path": str(tmp_path / "jwt" / "key"), "algorithm": algorithm, "key_id": jwk["kid"]}
    if algorithm == "RS256":
        options["size"] = 2048
    if is_batch:
        given = {"keypairs": [dict(options, name="orders")], "secrets": {"orders": {"private_key": jwk}}}
        result = run_module(jwt_keypairs.main, monkeypatch, capsys, given)
        found = result["keypairs"]["orders"]["jwk"]
    else:
        result = run_module(jwt_keypair.main, monkeypatch, capsys, dict(options, private_key=jwk))
        found = result["jwk"]
    assert found == {**{name: jwk[name] for name in jwk if name not in jose_jwk.PRIVATE}, "use": "sig"}
    assert not any(jwk[name] in result["_text"] for name in jose_jwk.PRIVATE & set(jwk))


def test_a_passphrase_is_hidden_though_a_jwk_has_it_as_its_kid(
    tmp_path: Path, monkeypatch: t.Any, capsys: t.Any
) -> None:
    options = {"path": str(tmp_path / CANARY), "algorithm": "ES256", "passphrase": CANARY}
    result = run_module(jwt_keypair.main, monkeypatch, capsys, dict(options, private_key=dict(EC, kid=CANARY)))
    assert result["failed"] and CANARY not in result["_text"]


def test_both_lists_of_private_members_are_the_same() -> None:
    assert asked.PRIVATE_MEMBERS == jose_jwk.PRIVATE
