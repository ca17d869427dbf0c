#!/usr/bin/python
# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Register a client with its public keys, and keep them as the keys of the service are."""

from __future__ import annotations

DOCUMENTATION = r"""
module: client_registration
short_description: Register a client and its keys at an authorization server
version_added: 0.2.0
author: keysmith.jwt contributors (@keysmith)
description:
  - Registers a client by dynamic registration (RFC 7591), once, and keeps its client ID and its registration access
    token in a file that only its owner can read.
  - A later run asks the server for the client (RFC 7592), and updates it only if something differs. An update sends all
    of the client's metadata. It adds new keys and removes those in O(retired). Other metadata and other keys stay.
  - The initial access token, the registration access token and a client secret are never returned, printed or logged.
    Redirects are not followed.
extends_documentation_fragment:
  - keysmith.jwt.attributes
  - keysmith.jwt.server
  - keysmith.jwt.attributes.actiongroup_servers
attributes:
  check_mode:
    details:
      - It asks the server what it holds. If the server hands out a new registration access token with the answer, the
        token is stored in any case, because the old one is void.
  platform:
    details: Linux.
options:
  path:
    description:
      - The file with the credentials, an absolute path on the host. JSON with the members of RFC 7591 section 3.2.1,
        such as C(client_id), C(registration_client_uri) and C(registration_access_token).
      - If the file exists, the client in it is kept. To take over a client that is registered already, write these
        three members into the file yourself.
    type: path
    required: true
  state:
    description:
      - V(present) registers the client if O(path) is missing, and keeps it as the other options say.
      - V(absent) deletes the client at the server (RFC 7592 section 2.3), and then O(path).
    type: str
    choices: [present, absent]
    default: present
  registration_endpoint:
    description: The URL of the registration endpoint. Required if O(state=present).
    type: str
  initial_access_token:
    description: The token that the server asks for to register a client, if it does.
    type: raw
  metadata:
    description:
      - Members of the client's metadata (RFC 7591 section 2), such as C(client_name), C(scope) and C(redirect_uris).
        V(null) removes a member.
      - A new client gets C(token_endpoint_auth_method=private_key_jwt), C(grant_types=[client_credentials]) and
        C(response_types=[]) unless other values are given here.
      - A member that is not named here stays as the server has it.
      - If the server stores another value than it was sent, and both stay the same, it counts as unchanged.
    type: dict
    default: {}
  jwks:
    description:
      - The public keys of the client, as JWKs and JWK Sets. They are added to those that the server holds.
      - Leave out O(jwks) and O(sources) for a client whose keys are at a C(jwks_uri).
    type: list
    elements: dict
  sources:
    description: Files on the host, each with a JWK or a JWK Set, whose keys are added to O(jwks).
    type: list
    elements: path
  retired:
    description:
      - The C(kid) or thumbprint of keys to remove. The last key of a client is never removed.
    type: list
    elements: str
    default: []
  exact:
    description:
      - Whether every key that is not in O(jwks) or O(sources) is removed. If hosts have keys of their own and share a
        client, a run for some of them would lock out the others.
    type: bool
    default: false
  owner:
    description: The user that owns O(path), a name or a number.
    type: str
  group:
    description: The group of O(path), a name or a number.
    type: str
  mode:
    description: The permissions of O(path), as octal digits in quotes. Wider permissions than V("0640") are refused.
    type: raw
    default: "0600"
  directory_mode:
    description: The permissions of directories that have to be made, as octal digits in quotes.
    type: raw
    default: "0700"
  lock_timeout:
    description: How many seconds to wait for another run that works on the same directory.
    type: int
    default: 60
notes:
  - A run that is killed between the server's answer and the file leaves a client whose credentials are lost. The
    next run registers another one. If a server hands out a new registration access token with each change, such a
    run loses the token, and the next one says so; the client and its keys go on working.
  - Where several hosts share a client, run the module once for all of them, with the JWKs of all.
  - A server without RFC 7592 can register the client; add later keys there by hand.
seealso:
  - module: keysmith.jwt.jwt_client_assertion
  - plugin: keysmith.jwt.client_registration
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Register the service orders with its active key
  keysmith.jwt.client_registration:
    path: /etc/orders/client.json
    registration_endpoint: https://login.example.com/register
    initial_access_token: "{{ vault_initial_access_token }}"
    metadata:
      client_name: orders
      scope: orders.read
    sources:
      - /etc/orders/jwt/v1/jwk.json
  register: orders_client

- name: Prove that the server accepts the key
  keysmith.jwt.jwt_client_assertion:
    directory: /etc/orders/jwt
    client_id: "{{ orders_client.client_id }}"
    token_endpoint: https://login.example.com/token

- name: Add the successor
  keysmith.jwt.client_registration:
    path: /etc/orders/client.json
    registration_endpoint: https://login.example.com/register
    sources:
      - /etc/orders/jwt/v1/jwk.json
      - /etc/orders/jwt/v2/jwk.json

- name: Take out the retired key
  keysmith.jwt.client_registration:
    path: /etc/orders/client.json
    registration_endpoint: https://login.example.com/register
    sources:
      - /etc/orders/jwt/v2/jwk.json
    retired:
      - "{{ orders_v1_jwk.kid }}"

- name: Register one client for all replicas, from the controller
  keysmith.jwt.client_registration:
    path: "{{ playbook_dir }}/clients/orders.json"
    registration_endpoint: https://login.example.com/register
    jwks: "{{ ansible_play_hosts | map('extract', hostvars) | map(attribute='signing_key_jwks.orders') | list }}"
  delegate_to: localhost
  run_once: true

- name: Delete the client
  keysmith.jwt.client_registration:
    path: /etc/orders/client.json
    state: absent
"""

RETURN = r"""
path:
  description: The file with the credentials.
  returned: success
  type: str
  sample: /etc/orders/client.json
client_id:
  description: The client ID.
  returned: success, if the client is registered
  type: str
  sample: s6BhdRkqt3
changes:
  description:
    - What changed, of V(registered), V(metadata), V(keys), V(deleted) and V(attributes) (mode and owner of O(path)).
  returned: success
  type: list
  elements: str
  sample: [keys]
metadata:
  description:
    - The members of O(metadata) and the defaults of a new client, as the server shows them, and C(jwks). In check mode,
      as they would be sent.
    - V(none) if the client is gone.
  returned: success
  type: dict
  sample:
    token_endpoint_auth_method: private_key_jwt
    grant_types: [client_credentials]
    response_types: []
    client_name: orders
    jwks:
      keys:
        - kty: OKP
          use: sig
          alg: EdDSA
          kid: kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k
          crv: Ed25519
          x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo
key_ids:
  description: The key IDs of the keys that the server shows. For a key without one, its thumbprint.
  returned: success
  type: list
  elements: str
  sample: [kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k]
"""

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils import _module
from ansible_collections.keysmith.jwt.plugins.module_utils._oauth import options as oauth_options
from ansible_collections.keysmith.jwt.plugins.module_utils._oauth import registration_options


class _RegistrationModule(_module.QuietModule):
    unread = ("metadata", "jwks")


def _work(module: _module.QuietModule) -> t.NoReturn:
    options = _module.take(module)
    module.params.update(dict.fromkeys(_RegistrationModule.unread))
    from ansible_collections.keysmith.jwt.plugins.module_utils._oauth import registration_run

    result, warnings = registration_run.run(options, module.check_mode, module._diff)
    _module.leave(module, {**result, **_module.common_result(module)}, warnings)


def main() -> t.NoReturn:
    """Options in, what the server holds of the client out."""
    specification = {**registration_options.REGISTRATION, **oauth_options.CONNECTION}
    module = _RegistrationModule(argument_spec=specification, supports_check_mode=True, **registration_options.RULES)
    _module.guard(module, lambda: _work(module))


if __name__ == "__main__":
    main()
