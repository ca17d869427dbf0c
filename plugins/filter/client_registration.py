# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter client_registration."""

from __future__ import annotations

DOCUMENTATION = r"""
name: client_registration
short_description: Public keys in the form in which an authorization server registers them
version_added: 0.2.0
author: keysmith.jwt contributors (@keysmith)
description:
  - Turns the public keys of a client into the form that a server expects, such as a body for its API, or files and
    values for its configuration.
  - Keys that the server would refuse, or accept and never use, are refused here, with the reason.
  - Each shape says where it is from and whether it was tried. What was not tried can have changed since.
options:
  _input:
    description:
      - The keys, as P(keysmith.jwt.to_jwks#filter) takes them. JWKs, JWK Sets and keys in PEM, a list of them or one.
      - Each key needs a C(kid). The C(kid) of a key in PEM is its thumbprint.
    type: raw
    required: true
  shape:
    description:
      - V(rfc7591) gives client metadata for dynamic registration. Tried against oidc-provider 9 and glewlwyd 2.7.
      - V(mia_register) gives the body for C(/register) of Mia-Platform's Client Credentials service, which allows one
        RSA key for each client. From its documentation, not tried.
      - V(mia_console) gives the body for a service account of Mia-Platform's Console. From the source of its
        command line client miactl, not tried.
      - V(auth0) gives a list of bodies for C(/api/v2/clients/ID/credentials), at most two. From the documentation of
        its Management API, not tried.
      - V(okta) gives a list of bodies for C(/api/v1/apps/ID/credentials/jwks). From the model of Okta's SDK for Go,
        not tried.
      - V(keycloak) gives a client representation for Keycloak 26 or newer, for its Admin API or
        C(community.general.keycloak_client). From Keycloak's source, not tried.
      - V(hydra) gives a client for the Admin API of Ory Hydra, which allows one algorithm for each client. From the
        source of its library fosite, not tried.
      - V(entra) gives C(keyCredentials) of an application, for Microsoft Graph. From Microsoft's documentation, not
        tried. The assertion has no C(kid) there, but a header C(x5t#S256).
      - V(google) gives a list of bodies for C(keys:upload) of a service account, for which Google chooses the key ID.
        From Google's documentation, not tried.
      - V(maskinporten) gives the body for C(/clients/ID/jwks) of Maskinporten and ID-porten, which replaces the whole
        set, at most five keys. From Digdir's documentation, not tried.
      - V(snowflake) gives a list of the properties of a user, at most two, and the fingerprint that is a part of
        C(iss). From Snowflake's documentation, not tried.
      - V(vault) gives settings of C(auth/jwt/config) for Vault and OpenBao, where keys have no key ID. From Vault's
        source, not tried.
      - V(kubernetes) gives files for C(--service-account-key-file) of the API server, and the key ID that it makes.
        From the source of Kubernetes, not tried.
      - V(dovecot) gives files for C(oauth2_local_validation). Tried with Dovecot 2.4.
      - V(haproxy) gives files for the converter C(jwt_verify). Tried with HAProxy 3.0. If a file is missing, HAProxy
        does not report it, and refuses every signature.
      - V(mod_auth_openidc) gives files, and values of C(OIDCOAuthVerifyCertFiles). Tried with mod_auth_openidc 2.4.
    type: str
    required: true
    choices:
      - rfc7591
      - mia_register
      - mia_console
      - auth0
      - okta
      - keycloak
      - hydra
      - entra
      - google
      - maskinporten
      - snowflake
      - vault
      - kubernetes
      - dovecot
      - haproxy
      - mod_auth_openidc
  name:
    description:
      - A name for the client or its credential, for people. Needed for V(mia_register) and V(mia_console).
      - Also for V(rfc7591), V(auth0), V(keycloak), V(hydra) and V(entra).
    type: str
  client_id:
    description:
      - The client ID. Needed for V(keycloak).
      - Also for V(hydra), and for V(dovecot), where keys of a client are found by the C(azp) of its tokens.
    type: str
  certificates:
    description:
      - An X.509 certificate in PEM for each key, one or a list of them. Needed for V(entra) and V(google).
    type: raw
  directory:
    description:
      - The directory of the files, a part of their paths. For V(kubernetes), V(dovecot), V(haproxy) and
        V(mod_auth_openidc). By default, the paths are relative.
    type: str
  alg:
    description:
      - The C(alg) in the JWK for Mia-Platform, whose documentation says V(RSA256) where V(RS256) is meant.
      - For V(mia_register) and V(mia_console). By default, V(RS256).
    type: str
requirements:
  - cryptography on the controller
  - jwcrypto on the controller
seealso:
  - module: keysmith.jwt.client_registration
  - module: keysmith.jwt.jwt_client_assertion
  - plugin: keysmith.jwt.to_jwks
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Register a client at Mia-Platform
  ansible.builtin.uri:
    url: https://mia.example.com/register
    method: POST
    body_format: json
    body: "{{ orders_jwk | keysmith.jwt.client_registration('mia_register', name='orders') }}"
    status_code: 201

- name: Give Keycloak the keys of all hosts
  community.general.keycloak_client:
    auth_keycloak_url: https://login.example.com
    realm: services
    client_id: orders
    client_authenticator_type: client-jwt
    attributes: "{{ (jwks | keysmith.jwt.client_registration('keycloak', client_id='orders')).attributes }}"

- name: Write the files that HAProxy verifies with
  ansible.builtin.copy:
    dest: "{{ item.file }}"
    content: "{{ item.content }}"
    mode: "0644"
  loop: "{{ jwks | keysmith.jwt.client_registration('haproxy', directory='/etc/haproxy/keys') }}"
  loop_control:
    label: "{{ item.file }}"
"""

RETURN = r"""
_value:
  description:
    - The form that the server expects. A dictionary, or a list with an entry for each key if each is a request or a
      file.
    - An entry of a file has C(file) and C(content). Beside them are C(kid) for V(kubernetes), C(alg) for V(haproxy) and
      C(verify_cert_file) for V(mod_auth_openidc).
    - An entry for V(snowflake) has C(property), C(value) and C(fingerprint).
  type: raw
  sample:
    client_name: orders
    token_endpoint_auth_method: private_key_jwt
    grant_types: [client_credentials]
    response_types: []
    jwks:
      keys:
        - kty: OKP
          use: sig
          alg: EdDSA
          kid: kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k
          crv: Ed25519
          x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo
"""

import typing as t

from ansible_collections.keysmith.jwt.plugins.plugin_utils._client_registration import registration
from ansible_collections.keysmith.jwt.plugins.plugin_utils._filter import as_filter


def client_registration(
    keys: t.Any,
    shape: t.Any,
    name: t.Any = None,
    client_id: t.Any = None,
    certificates: t.Any = None,
    directory: t.Any = None,
    alg: t.Any = None,
) -> t.Any:
    """Return the keys in the form that the server expects; see the documentation above."""
    return registration(keys, shape, certificates, name=name, client_id=client_id, directory=directory, alg=alg)


class FilterModule:
    """What ansible-core looks for."""

    def filters(self) -> t.Dict[str, t.Callable[..., t.Any]]:
        """The filter by its name."""
        return {"client_registration": as_filter("client_registration", client_registration)}
