# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter client_registration. What real servers make of its shapes is tried in tests/servers."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import typing as t

import pytest
import yaml
from ansible_collections.keysmith.jwt.plugins.filter.client_registration import DOCUMENTATION, EXAMPLES
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _registration_shapes as shapes
from ansible_collections.keysmith.jwt.tests.unit import made_keys
from ansible_collections.keysmith.jwt.tests.unit.plugins.filter.filters import load, refusal
from ansible_collections.keysmith.jwt.tests.unit.plugins.filter.test_pem_to_jwk import public_pem
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

client_registration = load("client_registration")
pem_to_jwk = load("pem_to_jwk")
RSA = pem_to_jwk(public_pem("RS256"), key_id="orders-2026")
EC = pem_to_jwk(public_pem("ES256"), key_id="orders-2027")
OKP = pem_to_jwk(public_pem("EdDSA"))
PEM = public_pem("RS256")
SPKI = (
    made_keys.private("RS256")
    .public_key()
    .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
)
BARE = {name: RSA[name] for name in ("kid", "use", "kty", "alg", "n", "e")}


def b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def certificate(algorithm: str = "RS256", number: int = 0) -> str:
    key = made_keys.private(algorithm, number)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "orders")])
    now = datetime.datetime(2026, 1, 1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=900))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


CERTIFICATE = certificate()
CERTIFICATE_DER = x509.load_pem_x509_certificate(CERTIFICATE.encode()).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(
    ("shape", "options", "keys", "expected"),
    [
        (
            "rfc7591",
            {"name": "orders"},
            [RSA, OKP],
            {
                "client_name": "orders",
                "token_endpoint_auth_method": "private_key_jwt",
                "grant_types": ["client_credentials"],
                "response_types": [],
                "jwks": {"keys": [RSA, OKP]},
            },
        ),
        (
            "mia_register",
            {"name": "orders"},
            RSA,
            {"client_name": "orders", "token_endpoint_auth_method": "private_key_jwt", "public_key": BARE},
        ),
        (
            "mia_register",
            {"name": "orders", "alg": "RSA256"},
            {"keys": [RSA]},
            {
                "client_name": "orders",
                "token_endpoint_auth_method": "private_key_jwt",
                "public_key": {**BARE, "alg": "RSA256"},
            },
        ),
        (
            "mia_console",
            {"name": "orders"},
            RSA,
            {"name": "orders", "tokenEndpointAuthMethod": "private_key_jwt", "publicKey": BARE},
        ),
        (
            "auth0",
            {},
            [RSA],
            [
                {
                    "credential_type": "public_key",
                    "name": "orders-2026",
                    "alg": "RS256",
                    "kid": "orders-2026",
                    "pem": PEM,
                }
            ],
        ),
        ("okta", {}, [RSA, EC], [{**RSA, "status": "ACTIVE"}, {**EC, "status": "ACTIVE"}]),
        (
            "hydra",
            {"client_id": "orders", "name": "Orders"},
            RSA,
            {
                "client_id": "orders",
                "client_name": "Orders",
                "grant_types": ["client_credentials"],
                "token_endpoint_auth_method": "private_key_jwt",
                "token_endpoint_auth_signing_alg": "RS256",
                "jwks": {"keys": [RSA]},
            },
        ),
        (
            "entra",
            {"certificates": CERTIFICATE, "name": "Orders"},
            RSA,
            {
                "keyCredentials": [
                    {
                        "type": "AsymmetricX509Cert",
                        "usage": "Verify",
                        "displayName": "Orders",
                        "key": b64(CERTIFICATE_DER),
                    }
                ]
            },
        ),
        ("google", {"certificates": [CERTIFICATE]}, RSA, [{"publicKeyData": b64(CERTIFICATE.encode())}]),
        ("maskinporten", {}, {**RSA, "x5c": ["a"]}, {"keys": [BARE]}),
        (
            "snowflake",
            {},
            RSA,
            [
                {
                    "property": "RSA_PUBLIC_KEY",
                    "value": b64(SPKI),
                    "fingerprint": "SHA256:" + b64(hashlib.sha256(SPKI).digest()),
                }
            ],
        ),
        (
            "vault",
            {},
            [RSA, EC, {**RSA, "kid": "again"}],
            {"jwt_validation_pubkeys": [PEM, public_pem("ES256")], "jwt_supported_algs": ["RS256", "ES256"]},
        ),
        (
            "kubernetes",
            {"directory": "/etc/kubernetes/pki/"},
            RSA,
            [
                {
                    "file": "/etc/kubernetes/pki/orders-2026.pub",
                    "content": PEM,
                    "kid": b64(hashlib.sha256(SPKI).digest()).replace("+", "-").replace("/", "_").rstrip("="),
                }
            ],
        ),
        (
            "dovecot",
            {"client_id": "a/b%", "directory": "/etc/dovecot/keys"},
            {**RSA, "kid": "../../x.y"},
            [{"file": "/etc/dovecot/keys/a%2fb%25/RS256/..%2f..%2fx.y", "content": PEM}],
        ),
        ("dovecot", {}, RSA, [{"file": "default/RS256/orders-2026", "content": PEM}]),
        ("haproxy", {}, RSA, [{"file": "orders-2026.pem", "content": PEM, "alg": "RS256"}]),
        (
            "mod_auth_openidc",
            {"directory": "/k"},
            {**RSA, "kid": "a/b"},
            [
                {
                    "file": "/k/%s.pem" % load("jwk_thumbprint")(RSA),
                    "content": PEM,
                    "verify_cert_file": "a/b#/k/%s.pem" % load("jwk_thumbprint")(RSA),
                }
            ],
        ),
    ],
)
def test_what_servers_want(shape: str, options: t.Dict[str, t.Any], keys: t.Any, expected: t.Any) -> None:
    assert client_registration(keys, shape, **options) == expected


def test_keycloak_wants_a_set_as_a_text() -> None:
    found = client_registration([RSA, EC], "keycloak", client_id="orders")
    attributes = found.pop("attributes")
    assert json.loads(attributes.pop("jwks.string")) == {"keys": [RSA, EC]}
    assert attributes == {"use.jwks.url": "false", "use.jwks.string": "true"}
    assert found == {
        "clientId": "orders",
        "protocol": "openid-connect",
        "clientAuthenticatorType": "client-jwt",
        "publicClient": False,
        "serviceAccountsEnabled": True,
        "standardFlowEnabled": False,
    }


def test_keys_in_pem_have_their_thumbprints_as_key_ids() -> None:
    assert client_registration(PEM, "rfc7591")["jwks"]["keys"] == [pem_to_jwk(PEM)]


ENCRYPTION = pem_to_jwk(PEM, algorithm="RSA-OAEP-256")
WITHOUT_KID = {name: value for name, value in RSA.items() if name != "kid"}


@pytest.mark.parametrize(
    ("shape", "options", "keys", "message"),
    [
        ("nobody", {}, RSA, "shape has to be one of rfc7591, mia_register"),
        ("rfc7591", {}, [], "there is no key in the input."),
        ("rfc7591", {}, ENCRYPTION, "is for encryption; a client signs with its key."),
        ("rfc7591", {}, WITHOUT_KID, "a JWK of the input has no kid"),
        ("rfc7591", {"name": ""}, RSA, "name is empty or holds a control character."),
        ("rfc7591", {"name": "a\nb"}, RSA, "name is empty or holds a control character."),
        ("rfc7591", {"name": 7}, RSA, "name has to be a string, not an integer."),
        ("rfc7591", {"directory": "/x"}, RSA, "directory is not used for RFC 7591; leave it out."),
        ("rfc7591", {}, {**RSA, "d": "AQAB"}, "holds private members (d)"),
        ("mia_register", {}, RSA, "name is needed for Mia-Platform."),
        (
            "mia_register",
            {"name": "x"},
            [RSA, EC],
            "Mia-Platform holds one key a client, and the input has 2; register a second client for the successor.",
        ),
        (
            "mia_console",
            {"name": "x"},
            EC,
            "Mia-Platform does not accept ES256 (the key orders-2027); it accepts RS256.",
        ),
        ("auth0", {}, EC, "Auth0 does not accept ES256 (the key orders-2027); it accepts RS256, RS384, PS256."),
        (
            "auth0",
            {},
            {**RSA, "kid": "orders.26"},
            "Auth0 does not accept the key ID orders.26; it has to match [0-9a-zA-Z",
        ),
        ("auth0", {}, {**RSA, "kid": "short"}, "Auth0 does not accept the key ID short; it has to match [0-9a-zA-Z"),
        ("okta", {}, OKP, "Okta does not accept EdDSA (the key "),
        ("keycloak", {}, RSA, "client_id is needed for Keycloak."),
        ("hydra", {}, OKP, "Ory Hydra does not accept EdDSA (the key "),
        ("hydra", {}, [RSA, EC], "Ory Hydra holds one algorithm a client, and the keys have ES256, RS256;"),
        ("entra", {}, RSA, "certificates is needed for Entra ID."),
        (
            "entra",
            {"certificates": PEM},
            RSA,
            "certificates: the input is a public key; a certificate of it is needed.",
        ),
        ("entra", {"certificates": [7]}, RSA, "certificates has to be a certificate in PEM, not an integer."),
        ("entra", {"certificates": "x"}, RSA, "certificates: the input is not a PEM key"),
        (
            "entra",
            {"certificates": [certificate("RS256", 1)]},
            RSA,
            "certificates: none of them is for the key orders-2026.",
        ),
        (
            "google",
            {"certificates": [CERTIFICATE, certificate("RS256", 1)]},
            RSA,
            "certificates: one of them is for a key that is not in the input.",
        ),
        ("maskinporten", {}, {**RSA, "kid": "a b"}, "Maskinporten does not accept the key ID a b;"),
        ("snowflake", {}, EC, "Snowflake does not accept ES256"),
        ("dovecot", {}, {**RSA, "kid": ".."}, "Dovecot cannot find a key under the name ..;"),
        ("haproxy", {}, OKP, "HAProxy does not accept EdDSA"),
        ("mod_auth_openidc", {}, {**RSA, "kid": "a#b"}, "mod_auth_openidc does not accept the key ID a#b;"),
    ],
)
def test_what_servers_would_refuse(shape: str, options: t.Dict[str, t.Any], keys: t.Any, message: str) -> None:
    refused = refusal(client_registration, keys, shape, **options)
    assert refused.startswith("client_registration: ") and message in refused


def test_more_keys_than_a_server_holds() -> None:
    keys = [pem_to_jwk(made_keys_pem(number), key_id="orders-no-%d" % number) for number in range(6)]
    for shape, most in (("auth0", 2), ("snowflake", 2), ("maskinporten", 5)):
        assert client_registration(keys[:most], shape)
        assert "holds %d keys a client, and the input has %d; leave out retired ones." % (most, most + 1) in refusal(
            client_registration, keys[: most + 1], shape
        )


def made_keys_pem(number: int) -> str:
    return (
        made_keys.private("RS256", number)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def test_a_key_that_is_too_long(monkeypatch: t.Any) -> None:
    """Auth0 takes 4096 bits at most; to make a longer key takes seconds."""
    monkeypatch.setitem(shapes.SHAPES, "auth0", shapes.SHAPES["auth0"]._replace(most_bits=2040))
    assert "Auth0 accepts RSA keys of at most 2040 bits, and the key orders-2026 has 2048." in refusal(
        client_registration, RSA, "auth0"
    )


def test_each_shape_is_documented_with_where_it_is_from() -> None:
    options = yaml.safe_load(DOCUMENTATION)["options"]
    assert options["shape"]["choices"] == list(shapes.SHAPES)
    lines = options["shape"]["description"]
    assert [line.partition(")")[0] for line in lines] == ["V(%s" % name for name in shapes.SHAPES]
    assert all("ried " in line or ", not tried." in line for line in lines)
    assert {option for row in shapes.SHAPES.values() for option in row.needs + row.takes} == set(options) - {
        "_input",
        "shape",
    }
    for option in set(options) - {"_input", "shape"}:
        for name, row in shapes.SHAPES.items():
            assert ("V(%s)" % name in str(options[option]["description"])) is (option in row.needs + row.takes)


def test_the_examples_name_shapes_that_there_are() -> None:
    assert all("client_registration('%s'" % shape in EXAMPLES for shape in ("mia_register", "keycloak", "haproxy"))
