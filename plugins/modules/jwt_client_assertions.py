#!/usr/bin/python
# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prove the keys of many services in one task."""

from __future__ import annotations

DOCUMENTATION = r"""
module: jwt_client_assertions
short_description: Prove that authorization servers accept the keys of services
version_added: 0.2.0
author: keysmith.jwt contributors (@keysmith)
description:
  - For each service with C(verify), signs a client assertion with its active key on the host and asks for a
    token, as M(keysmith.jwt.jwt_client_assertion) does for one.
  - The task fails if a server does not accept a key, and names the service, the key and the server's own words. The
    keys of the other services are still proved.
  - It is what C(ansible-playbook keysmith.jwt.verify) runs on each host.
extends_documentation_fragment:
  - keysmith.jwt.services
  - keysmith.jwt.attributes
  - keysmith.jwt.attributes.actiongroup_services
attributes:
  check_mode:
    support: partial
    details: In check mode the keys are opened and sign, but no server is asked.
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
  services:
    required: true
  versions:
    description:
      - A dictionary from the names of services to the version of each that is proved instead of the active one. With
        it, a successor is proved before it becomes active. The other services are left out.
    type: dict
    default: {}
seealso:
  - module: keysmith.jwt.jwt_client_assertion
  - module: keysmith.jwt.jwt_keypairs
"""

EXAMPLES = r"""
- name: Prove the active keys of two services
  keysmith.jwt.jwt_client_assertions:
    services:
      - name: orders
        verify:
          credentials: /etc/orders/client.json
      - name: billing
        verify:
          client_id: billing
          scope: invoices
    defaults:
      verify:
        token_endpoint: https://login.example.com/oauth2/token
        audience: https://login.example.com

- name: Prove the successor before it becomes active
  keysmith.jwt.jwt_client_assertions:
    services:
      - name: orders
        verify:
          credentials: /etc/orders/client.json
          token_endpoint: https://login.example.com/oauth2/token
    versions:
      orders: v2
"""

RETURN = r"""
proofs:
  description: The result for each service that was verified, by its name.
  returned: always, unless the options themselves are wrong
  type: dict
  contains:
    accepted:
      description: Whether the server accepted the assertion and answered with a token.
      returned: if a server was asked and judged it
      type: bool
    status:
      description: The HTTP status of the answer.
      returned: with RV(proofs.accepted)
      type: int
    error:
      description: The server's C(error).
      returned: if RV(proofs.accepted) is V(false)
      type: str
    error_description:
      description: The server's C(error_description).
      returned: if RV(proofs.accepted) is V(false)
      type: str
    msg:
      description: What is wrong.
      returned: if the key was not accepted, or could not be proved
      type: str
    kid:
      description: The key ID in the header.
      returned: if the key was opened
      type: str
    algorithm:
      description: The C(alg) in the header.
      returned: if the key was opened
      type: str
    client_id:
      description: The client ID.
      returned: if the key was opened
      type: str
    path:
      description: The private key that signed.
      returned: if the key was opened
      type: str
  sample:
    orders:
      accepted: true
      status: 200
      expires_in: 3600
      kid: NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
      algorithm: RS256
      client_id: orders
      path: /etc/orders/jwt/v1/private.key
missing_library:
  description: V(cryptography), if the host has none that works.
  returned: failure for that reason
  type: str
  sample: cryptography
"""

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils import _module

ARGUMENTS: t.Dict[str, t.Dict[str, t.Any]] = {
    "services": {"type": "list", "elements": "dict", "required": True},
    "defaults": {"type": "dict"},
    "versions": {"type": "dict", "default": {}},
}


def _work(module: _module.QuietModule) -> t.NoReturn:
    options = _module.take(module)
    # They can hold secrets, and a result shows what the module was called with.
    module.params.update(services=None, defaults=None)
    from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import given
    from ansible_collections.keysmith.jwt.plugins.module_utils._service import proofs

    for item in [*options["services"], options["defaults"] or {}]:
        for part, specification in proofs.hidden(item):
            given.hide_unknown(module, part, specification)
    result, warnings = proofs.run(options, module.check_mode)
    _module.leave(module, {**result, **_module.common_result(module)}, warnings)


def main() -> t.NoReturn:
    """Options in, what the servers say of the keys out."""
    module = _module.QuietModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    _module.guard(module, lambda: _work(module))


if __name__ == "__main__":
    main()
