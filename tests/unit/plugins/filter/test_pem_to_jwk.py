# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter pem_to_jwk."""

from __future__ import annotations

import json
import typing as t

import jwt
import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ALGORITHMS
from ansible_collections.keysmith.jwt.tests.unit.made_keys import private, rsa_private
from ansible_collections.keysmith.jwt.tests.unit.plugins.filter.filters import load, refusal
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from joserfc.jwk import JWKRegistry
from jwcrypto.jwk import JWK

pem_to_jwk = load("pem_to_jwk")
AUTO = {
    "RS256": "RS256",
    "ES256": "ES256",
    "ES384": "ES384",
    "ES512": "ES512",
    "ES256K": "ES256K",
    "EdDSA": "EdDSA",
    "Ed448": "EdDSA",
    "ECDH-ES-X25519": "ECDH-ES",
}
# RFC 8037 appendix A.1 and A.3
ED25519 = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n"
)
ED25519_JWK = {
    "kty": "OKP",
    "use": "sig",
    "alg": "EdDSA",
    "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    "crv": "Ed25519",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}


def public_pem(name: str, number: int = 0) -> str:
    """SPKI in PEM."""
    return public_facts.facts(private(name, number).public_key()).pem


def private_pem(name: str, passphrase: bytes | None = None, format: str = "pkcs8") -> str:
    """The private key in PEM."""
    return read.private_pem(private(name, 0), format, passphrase).decode()


def test_the_published_example() -> None:
    jwk = pem_to_jwk(ED25519)
    assert jwk == ED25519_JWK
    assert list(jwk) == list(ED25519_JWK)


@pytest.mark.parametrize(("name", "alg"), AUTO.items())
def test_a_key_gives_the_jwk_that_other_implementations_read(name: str, alg: str) -> None:
    jwk = pem_to_jwk(public_pem(name))
    assert jwk["alg"] == alg
    assert jwk["use"] == ALGORITHMS[name].use
    assert list(jwk)[:4] == ["kty", "use", "alg", "kid"]
    assert jwk.__class__ is dict
    assert all(value.__class__ is str for value in jwk.values())
    assert json.loads(json.dumps(jwk)) == jwk
    assert jwk["kid"] == JWK(**jwk).thumbprint()
    assert JWK(**jwk).export_to_pem().decode() == public_pem(name)
    joserfc = JWKRegistry.import_key(dict(jwk, alg="EdDSA") if name == "Ed448" else jwk)
    assert joserfc.as_pem(private=False).decode().strip() == public_pem(name).strip()
    if name not in ("ECDH-ES-X25519",):
        assert jwt.PyJWK(jwk).key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode() == public_pem(name)


@pytest.mark.parametrize("name", AUTO)
def test_a_private_key_gives_its_public_jwk_unless_told(name: str) -> None:
    public = pem_to_jwk(public_pem(name))
    assert pem_to_jwk(private_pem(name)) == public
    whole = pem_to_jwk(private_pem(name), private=True)
    assert {member: whole[member] for member in public} == public
    assert list(whole)[: len(public)] == list(public)
    own = set(whole) - set(public)
    assert own
    assert own <= PRIVATE_MEMBERS
    assert all(value.__class__ is str for value in whole.values())
    restored = JWK(**whole).export_to_pem(private_key=True, password=None)
    assert pem_to_jwk(restored.decode()) == public


def test_ml_dsa() -> None:
    try:
        pem = public_pem("ML-DSA-44")
    except (read.KeysmithError, UnsupportedAlgorithm) as error:
        pytest.skip(str(error))
    jwk = pem_to_jwk(pem)
    assert list(jwk) == ["kty", "use", "alg", "kid", "pub"]
    assert (jwk["kty"], jwk["alg"]) == ("AKP", "ML-DSA-44")


@pytest.mark.parametrize("format", ["pkcs8", "traditional"])
def test_a_passphrase_opens_the_key(format: str) -> None:
    pem = private_pem("RS256", b"correct horse", format)
    assert pem_to_jwk(pem, "correct horse") == pem_to_jwk(public_pem("RS256"))
    assert "none of the given passphrases opens it" in refusal(pem_to_jwk, pem, passphrase="wrong horse")
    assert "no passphrase is given" in refusal(pem_to_jwk, pem)
    assert "no passphrase is given" in refusal(pem_to_jwk, pem, passphrase="")


def test_key_id_algorithm_and_use_as_asked() -> None:
    pem = public_pem("RS256")
    jwk = pem_to_jwk(pem, key_id="orders 2026", algorithm="PS384", use="sig")
    assert (jwk["kid"], jwk["alg"], jwk["use"]) == ("orders 2026", "PS384", "sig")
    jwk = pem_to_jwk(pem, use="enc")
    assert (jwk["alg"], jwk["use"]) == ("RSA-OAEP-256", "enc")
    assert pem_to_jwk(public_pem("ES256"), use="enc")["alg"] == "ECDH-ES"
    assert pem_to_jwk(ED25519, algorithm="Ed25519")["alg"] == "Ed25519"


REFUSED: list[tuple[dict[str, t.Any], str]] = [
    ({"pem": None}, "pem has to be a string, not None."),
    ({"pem": 5}, "pem has to be a string, not an integer."),
    ({"pem": {}}, "pem has to be a string, not a dictionary."),
    ({"pem": {"kty": "RSA"}}, "pem has to be a string, not a dictionary. It is a JWK already."),
    (
        {"pem": [ED25519]},
        "pem has to be a string, not a list. Convert each of them: LIST | map('keysmith.jwt.pem_to_jwk').",
    ),
    ({"pem": True}, "pem has to be a string, not a boolean."),
    ({"pem": ED25519.encode()}, "pem has to be a string, not bytes."),
    ({"pem": ""}, "pem: the input is empty."),
    ({"pem": "/etc/orders/key.pem"}, "the input is a path, not a key"),
    ({"pem": ED25519 + public_pem("ES256")}, "pem: "),
    ({"passphrase": 12345678}, "passphrase has to be a string, not an integer."),
    ({"key_id": None}, "key_id has to be a string, not None."),
    ({"key_id": ""}, "key_id is empty."),
    ({"key_id": "a\nb"}, "key_id holds a control character."),
    ({"algorithm": "RS265"}, "algorithm: there is no such algorithm; it is one of RS256, "),
    ({"algorithm": "ES256"}, "algorithm: the key is Ed25519, which ES256 does not accept."),
    ({"algorithm": None}, "algorithm has to be a string, not None."),
    ({"use": "both"}, "use has to be one of auto, sig, enc."),
    ({"use": "enc"}, "use: no supported algorithm uses a key that is Ed25519 for enc."),
    ({"use": "enc", "algorithm": "EdDSA"}, "use: EdDSA is for keys with use sig."),
    ({"private": "no"}, "private has to be true or false, not a string."),
    ({"private": True}, "the private key is needed"),
    ({"colour": "red"}, "the only arguments are pem, passphrase, key_id, algorithm, use, private."),
]


@pytest.mark.parametrize(("given", "message"), REFUSED, ids=[message for _given, message in REFUSED])
def test_refusals(given: dict[str, t.Any], message: str) -> None:
    said = refusal(pem_to_jwk, **dict({"pem": ED25519}, **given))
    assert said.startswith("pem_to_jwk: ")
    assert message in said


def test_an_rsa_pss_key_is_for_pss_alone() -> None:
    key = private("RS256")
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    # The same SPKI under id-RSASSA-PSS (1.2.840.113549.1.1.10), whose parameters are absent: two octets less.
    pss = der.replace(bytes.fromhex("300d06092a864886f70d0101010500"), bytes.fromhex("300b06092a864886f70d01010a"))
    length = int.from_bytes(pss[2:4], "big") - 2
    pss = pss[:2] + length.to_bytes(2, "big") + pss[4:]
    text = ssl_pem(pss)
    assert pem_to_jwk(text)["alg"] == "PS256"
    assert pem_to_jwk(text, algorithm="PS512")["alg"] == "PS512"
    assert "RSA for RSASSA-PSS alone, which RS256 does not accept" in refusal(pem_to_jwk, text, algorithm="RS256")


def ssl_pem(der: bytes) -> str:
    """SPKI in PEM."""
    import ssl

    return ssl.DER_cert_to_PEM_cert(der).replace("CERTIFICATE", "PUBLIC KEY")


def test_no_refusal_tells_the_key_or_the_passphrase() -> None:
    damaged = private_pem("RS256").replace("M", "N", 3)
    encrypted = private_pem("RS256", b"canary-passphrase")
    for pem, passphrase in ((damaged, ""), (encrypted, "canary-wrong"), (encrypted[:-200], "canary-passphrase")):
        said = refusal(pem_to_jwk, pem, passphrase=passphrase)
        assert "canary" not in said
        assert not any(line[:20] in said for line in pem.splitlines()[1:-1])


def test_weak_keys_are_refused() -> None:
    p = private("RS256").private_numbers().p
    said = refusal(pem_to_jwk, rsa_private((p * p, 65537, 5, p, p, 5, 5, 5)).decode())
    assert said.startswith("pem_to_jwk: pem: ")
