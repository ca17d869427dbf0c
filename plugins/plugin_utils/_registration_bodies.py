# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys as the bodies of requests to servers with an HTTP API, or as properties for SQL statements."""

from __future__ import annotations

import hashlib
import json
import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.jwk_checks import Jwk
from ansible_collections.keysmith.jwt.plugins.plugin_utils._registered_key import Given, base64_of, body


def _named(given: Given, member: str) -> t.Dict[str, str]:
    return {member: given.name} if given.name else {}


def _set(given: Given) -> t.Dict[str, t.Any]:
    return {"keys": [key.jwk for key in given.keys]}


def rfc7591(given: Given) -> t.Any:
    return {
        **_named(given, "client_name"),
        "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["client_credentials"],
        "response_types": [],
        "jwks": _set(given),
    }


def _mia_jwk(given: Given) -> Jwk:
    (key,) = given.keys
    return {
        "kid": key.kid,
        "use": "sig",
        "kty": "RSA",
        "alg": given.alg or "RS256",
        "n": key.jwk["n"],
        "e": key.jwk["e"],
    }


def mia_register(given: Given) -> t.Any:
    method = {"token_endpoint_auth_method": "private_key_jwt"}
    return {"client_name": given.name, **method, "public_key": _mia_jwk(given)}


def mia_console(given: Given) -> t.Any:
    return {"name": given.name, "tokenEndpointAuthMethod": "private_key_jwt", "publicKey": _mia_jwk(given)}


def auth0(given: Given) -> t.Any:
    return [
        {
            "credential_type": "public_key",
            "name": given.name or key.kid,
            "alg": key.algorithm,
            "kid": key.kid,
            "pem": key.pem,
        }
        for key in given.keys
    ]


def okta(given: Given) -> t.Any:
    return [{**key.jwk, "status": "ACTIVE"} for key in given.keys]


def keycloak(given: Given) -> t.Any:
    return {
        "clientId": given.client_id,
        **_named(given, "name"),
        "protocol": "openid-connect",
        "clientAuthenticatorType": "client-jwt",
        "publicClient": False,
        "serviceAccountsEnabled": True,
        "standardFlowEnabled": False,
        "attributes": {
            "use.jwks.url": "false",
            "use.jwks.string": "true",
            "jwks.string": json.dumps(_set(given), separators=(",", ":")),
        },
    }


def hydra(given: Given) -> t.Any:
    algorithms = {key.algorithm for key in given.keys}
    if len(algorithms) > 1:
        raise KeysmithError(
            "Ory Hydra holds one algorithm a client, and the keys have %s; give all of them the same."
            % ", ".join(sorted(algorithms))
        )
    return {
        **({"client_id": given.client_id} if given.client_id else {}),
        **_named(given, "client_name"),
        "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": algorithms.pop(),
        "jwks": {"keys": [{**key.jwk, "use": "sig", "alg": key.algorithm} for key in given.keys]},
    }


def entra(given: Given) -> t.Any:
    credentials = [
        {
            "type": "AsymmetricX509Cert",
            "usage": "Verify",
            "displayName": given.name or key.kid,
            "key": base64_of(body(key.certificate)),
        }
        for key in given.keys
    ]
    return {"keyCredentials": credentials}


def google(given: Given) -> t.Any:
    return [{"publicKeyData": base64_of(key.certificate.encode("ascii"))} for key in given.keys]


def maskinporten(given: Given) -> t.Any:
    names = ("kty", "e", "n")
    own = [{**{name: key.jwk[name] for name in names}, "use": "sig", "alg": key.algorithm} for key in given.keys]
    return {"keys": [{**jwk, "kid": key.kid} for jwk, key in zip(own, given.keys)]}


def snowflake(given: Given) -> t.Any:
    return [
        {
            "property": prop,
            "value": base64_of(key.spki),
            "fingerprint": "SHA256:" + base64_of(hashlib.sha256(key.spki).digest()),
        }
        for prop, key in zip(("RSA_PUBLIC_KEY", "RSA_PUBLIC_KEY_2"), given.keys)
    ]


def vault(given: Given) -> t.Any:
    return {
        "jwt_validation_pubkeys": list(dict.fromkeys(key.pem for key in given.keys)),
        "jwt_supported_algs": list(dict.fromkeys(key.algorithm for key in given.keys)),
    }
