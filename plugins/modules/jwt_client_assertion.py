#!/usr/bin/python
# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sign a client assertion with a key of the host, and see whether the server takes it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: jwt_client_assertion
short_description: Prove that an authorization server accepts the key of a service
version_added: 0.2.0
author: keysmith.jwt contributors (@keysmith)
description:
  - Signs a client assertion (RFC 7523 section 3) on the host, with the private key of the service, as the service does.
  - With O(token_endpoint), it asks for a token (RFC 6749 section 4.4, RFC 7523 section 2.2) and reports whether the
    server accepted the assertion. Where it did not, the task fails with the status and the server's own words, and
    RV(ignore:accepted) is V(false).
  - The private key and its passphrase stay on the host. The assertion and the token are not returned unless you ask for
    them with O(return_assertion) or O(return_token).
  - Redirects are not followed. An answer is read up to 1 MiB, and for O(timeout) seconds.
extends_documentation_fragment:
  - keysmith.jwt.attributes
  - keysmith.jwt.server
  - keysmith.jwt.attributes.actiongroup_servers
attributes:
  check_mode:
    support: partial
    details:
      - In check mode the key is opened and signs, but no server is asked, as it would hand out a token. Set
        C(check_mode=false) on the task to ask the server in check mode, too.
  diff_mode:
    support: N/A
    details: It changes nothing on the host.
  idempotent:
    details: The result is never C(changed). A server that is asked hands out a token each time.
  platform:
    details: Linux.
requirements:
  - cryptography >= 3.3 on the host, as the distribution has it
options:
  path:
    description:
      - The private key, an absolute path on the host. One of O(path) and O(directory) is required.
    type: path
  directory:
    description:
      - The directory of a service as the role P(keysmith.jwt.signing_key#role) makes it. The key, its JWK and its
        environment file are those of O(version).
    type: path
  version:
    description: The version in O(directory). By default, the active one, to which the link C(current) leads.
    type: raw
  jwk_path:
    description:
      - The public JWK of the key. By default, the file C(jwk.json) in the directory of the key, if there is one.
      - It says which key ID and which algorithm are registered. It has to be the JWK of this key.
    type: path
  passphrase:
    description:
      - Opens the private key. Prefer O(environment), with which the passphrase does not travel.
    type: raw
  environment:
    description:
      - The environment file of the service, in which the passphrase and the key ID are. It is read on the host.
      - With O(directory), the file of the version, unless O(environment.path) names another.
    type: dict
    suboptions:
      path:
        description: The file.
        type: path
      format:
        description: The program that reads the file.
        type: str
        choices:
          - systemd
          - docker
          - compose
          - shell
          - node
          - dotenv
          - python-dotenv
          - godotenv
          - ruby-dotenv
          - phpdotenv
        default: systemd
      passphrase_variable:
        description: The variable with the passphrase. Give an empty name if there is none.
        type: str
        default: PRIVATE_KEY_PASSWORD
      key_id_variable:
        description:
          - The variable with the key ID. If it is set and differs from the key ID of the JWK, the task fails.
          - Give an empty name if there is none.
        type: str
        default: PRIVATE_RSA_KEY_ID
  key_id:
    description:
      - The key ID (C(kid)) in the header. By default, the one in O(environment) and O(jwk_path), or else the RFC 7638
        thumbprint of the key. V(thumbprint) stands for that thumbprint.
    type: raw
  algorithm:
    description:
      - The algorithm of the signature. By default, the C(alg) of O(jwk_path), or else the usual one for such a key.
    type: str
    choices:
      - RS256
      - RS384
      - RS512
      - PS256
      - PS384
      - PS512
      - ES256
      - ES384
      - ES512
      - ES256K
      - EdDSA
      - Ed25519
      - Ed448
      - ML-DSA-44
      - ML-DSA-65
      - ML-DSA-87
    aliases: [alg]
  client_id:
    description:
      - The client ID, which is C(iss) and C(sub) of the assertion. One of O(client_id) and O(credentials) is required.
    type: str
  credentials:
    description:
      - A file on the host that M(keysmith.jwt.client_registration) wrote. The client ID is the one in it.
    type: path
  audience:
    description:
      - The C(aud) of the assertion, a text or a list of texts. By default, O(token_endpoint).
      - Servers differ. Most want their issuer or token endpoint exactly as their metadata says it, down to a slash
        at the end; Mia-Platform wants the issuer of its tokens.
    type: raw
  lifetime:
    description: Seconds until the assertion expires. Many servers accept at most 60 or 120 seconds.
    type: int
    default: 60
  not_before:
    description: Whether the assertion has C(nbf), with the time of C(iat). A server whose clock is behind refuses it.
    type: bool
    default: false
  headers:
    description:
      - More parameters of the header, such as C(x5t#S256), or another C(typ) than V(JWT).
      - C(alg), C(kid), C(crit) and C(b64) cannot be given.
    type: dict
    default: {}
  claims:
    description:
      - More claims. C(iss) and C(sub) replace the client ID for servers that want something else there.
      - C(aud), C(exp), C(iat), C(jti) and C(nbf) cannot be given.
    type: dict
    default: {}
  token_endpoint:
    description: The URL at which to ask for a token. Without it, the assertion is signed and no request is sent.
    type: str
  scope:
    description: The scope to ask for, its values separated by blanks.
    type: str
  form:
    description:
      - More fields of the token request. C(grant_type) and C(client_id) replace ours; C(client_assertion) and
        C(client_assertion_type) cannot be given.
    type: dict
    default: {}
  return_assertion:
    description:
      - Return the assertion. Until it expires, anyone who has it can act as the client. Set C(no_log) on the task.
    type: bool
    default: false
  return_token:
    description: Return the access token. Set C(no_log) on the task.
    type: bool
    default: false
notes:
  - A server that counts each C(jti) sees a new one each time.
  - A status of 400, 401 or 403 is a refusal. With any other status, or if the server cannot be reached, the task fails
    without RV(ignore:accepted), because that says nothing about the key.
seealso:
  - module: keysmith.jwt.client_registration
  - module: keysmith.jwt.jwt_keypair
  - plugin: keysmith.jwt.client_registration
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Prove that the server accepts the active key of the service orders
  keysmith.jwt.jwt_client_assertion:
    directory: /etc/orders/jwt
    client_id: "{{ orders_client_id }}"
    audience: https://login.example.com
    token_endpoint: https://login.example.com/oauth2/token

- name: Look at the server's answer, whatever it is
  keysmith.jwt.jwt_client_assertion:
    directory: /etc/orders/jwt
    version: v2
    client_id: "{{ orders_client_id }}"
    token_endpoint: https://login.example.com/oauth2/token
    scope: orders.read
  register: proof
  failed_when: proof.accepted is not defined

- name: Ask Mia-Platform's Client Credentials service
  keysmith.jwt.jwt_client_assertion:
    path: /configs/private.key
    environment:
      path: /configs/env
    client_id: "{{ orders_client_id }}"
    audience: "{{ mia_jwt_issuer }}"
    claims:
      requested_audiences: [orders-api]
    form:
      token_endpoint_auth_method: private_key_jwt
    token_endpoint: https://mia.example.com/oauth/token

- name: Take a token for the next task
  keysmith.jwt.jwt_client_assertion:
    path: /etc/orders/jwt.pem
    client_id: "{{ orders_client_id }}"
    token_endpoint: https://login.example.com/oauth2/token
    return_token: true
  no_log: true
  register: orders_token
"""

RETURN = r"""
accepted:
  description: Whether the server accepted the assertion and answered with a token.
  returned: if a server was asked and judged it, also of a failure for that reason
  type: bool
  sample: true
status:
  description: The HTTP status of the answer.
  returned: with RV(accepted)
  type: int
  sample: 200
error:
  description: The server's C(error), without control characters, at most 64 characters. Empty if it gave none.
  returned: if RV(accepted) is V(false)
  type: str
  sample: invalid_client
error_description:
  description:
    - The server's C(error_description), without control characters, at most 300 characters. What looks like an
      assertion or a token is replaced. Empty if it gave none.
  returned: if RV(accepted) is V(false)
  type: str
  sample: client authentication failed
expires_in:
  description: Seconds until the token expires, as the server says.
  returned: if RV(accepted) is V(true) and the server says it
  type: int
  sample: 3600
token_type:
  description: The type of the token.
  returned: if RV(accepted) is V(true) and the server says it
  type: str
  sample: Bearer
scope:
  description: The scope of the token.
  returned: if RV(accepted) is V(true) and the server says it
  type: str
  sample: orders.read
client_id:
  description: The client ID.
  returned: success, and if RV(accepted) is V(false)
  type: str
  sample: orders
kid:
  description: The key ID in the header.
  returned: success, and if RV(accepted) is V(false)
  type: str
  sample: NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
thumbprint:
  description: The RFC 7638 thumbprint of the key, with SHA-256.
  returned: success, and if RV(accepted) is V(false)
  type: str
  sample: NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
algorithm:
  description: The C(alg) in the header.
  returned: success, and if RV(accepted) is V(false)
  type: str
  sample: RS256
path:
  description: The private key that signed.
  returned: success, and if RV(accepted) is V(false)
  type: str
  sample: /etc/orders/jwt/v1/private.key
assertion:
  description: The assertion.
  returned: if O(return_assertion=true)
  type: str
  sample: eyJhbGciOiJSUzI1NiIs...
access_token:
  description: The access token.
  returned: if O(return_token=true) and RV(accepted) is V(true)
  type: str
  sample: 2YotnFZFEjr1zCsicMWpAA
missing_library:
  description: V(cryptography), if the host has none that works.
  returned: failure for that reason
  type: str
  sample: cryptography
"""

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils import _module
from ansible_collections.keysmith.jwt.plugins.module_utils._oauth import options as oauth_options


class _AssertionModule(_module.QuietModule):
    unread = ("environment", "headers", "claims", "form")


def _work(module: _module.QuietModule) -> t.NoReturn:
    options = _module.take(module)
    # What the server is sent beside the assertion can be secret, and a result shows what the module was called with.
    module.params.update(dict.fromkeys(_AssertionModule.unread))
    from ansible_collections.keysmith.jwt.plugins.module_utils._oauth import assertion_run

    result, warnings = assertion_run.run(options, module.check_mode)
    _module.leave(module, {**result, **_module.common_result(module)}, warnings)


def main() -> t.NoReturn:
    """Options in, what the server says of the key out."""
    specification = {**oauth_options.KEY, **oauth_options.ASSERTION, **oauth_options.CONNECTION}
    module = _AssertionModule(argument_spec=specification, supports_check_mode=True, **oauth_options.ASSERTION_RULES)
    _module.guard(module, lambda: _work(module))


if __name__ == "__main__":
    main()
