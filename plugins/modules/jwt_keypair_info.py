#!/usr/bin/python
# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Say what is on a host of services and their keys."""

from __future__ import annotations

DOCUMENTATION = r"""
module: jwt_keypair_info
short_description: Report which signing keys a host has, and what is wrong with them
version_added: 0.2.0
author: keysmith.jwt contributors (@keysmith)
description:
  - For each service, returns the versions of its key that are on the host, how old they are, which one is active, what
    comes next in its rotation, and what an operator should look at.
  - It finds versions and services that are on the host and in no list, files that others can read or replace, files
    that are about different keys, and restarts that are due.
  - It reads only. It needs no passphrase, opens no encrypted key and does not need the library cryptography.
  - C(source) says where the public key comes from. An unencrypted private key, and one in the format of OpenSSH, shows
    its own public half. Otherwise C(public.key) is described, or C(jwk.json) where that is missing. To prove that an
    encrypted key is the one that is published, use M(keysmith.jwt.jwt_client_assertions).
  - The play P(keysmith.jwt.signing_key#role) with C(tasks_from=info) and C(ansible-playbook keysmith.jwt.report) run
    it on each host.
extends_documentation_fragment:
  - keysmith.jwt.services
  - keysmith.jwt.attributes.info
  - keysmith.jwt.attributes.actiongroup_services
options:
  services:
    required: true
  search:
    description:
      - Whether to look for services that are in no list. O(services) can be V([]), to look for these alone.
      - They are looked for where the C(directory) of O(services) and O(defaults) would put them, with any name in the
        place of C({name}). A C(directory) without C({name}) gives no place to look for others.
    type: bool
    default: true
  clock:
    description:
      - The time of the controller in seconds since 1970. The controller sets it. The next step of
        a rotation is left out if the clock of the host differs by more than five minutes.
    type: int
seealso:
  - module: keysmith.jwt.jwt_keypairs
  - module: keysmith.jwt.jwt_client_assertions
"""

EXAMPLES = r"""
- name: Look at the keys of two services
  keysmith.jwt.jwt_keypair_info:
    services:
      - name: orders
        rotation: {every: 90d, publish: 24h, keep: 25h}
      - name: billing
        directory: /srv/billing/keys
  register: found

- name: Name the active key of the service orders
  ansible.builtin.debug:
    msg: "{{ found.services.orders.versions[found.services.orders.active].kid }}"

- name: Find services that nobody lists any more
  keysmith.jwt.jwt_keypair_info:
    services: []
  register: forgotten
"""

RETURN = r"""
services:
  description: For each service, by its name, what is on the host.
  returned: always, unless the options themselves are wrong
  type: dict
  contains:
    directory:
      description: Where its versions are.
      type: str
    active:
      description: The version that C(current) leads to, empty for none.
      type: str
    restart_due:
      description: Whether something has to be restarted, because its key has changed.
      type: bool
    restart:
      description: What is restarted when the key changes.
      type: list
      elements: str
    next:
      description: For a service with C(rotation), the next C(step), with its C(version) and the time C(at) which it is
        or was due. Empty for none.
      type: dict
    versions:
      description: For each version that is on the host or should be, by its name, what is known about it.
      type: dict
      contains:
        state:
          description: V(active) (listed or not), V(inactive), V(retired) (listed as retired, and not removed yet),
            V(left over) (on the host and in no list) or V(missing) (in the list and not on the host).
          type: str
        source:
          description: Where the public key comes from, V(private_key), V(public_key) or V(jwk).
          type: str
        kid:
          description: The key ID in C(jwk.json).
          type: str
        algorithm:
          description: The C(alg) in C(jwk.json).
          type: str
        thumbprint:
          description: The RFC 7638 thumbprint of the key.
          type: str
        type:
          description: The C(kty) of the key.
          type: str
        size:
          description: Bits of an RSA key.
          type: int
        curve:
          description: The curve or parameter set of another key.
          type: str
        encrypted:
          description: Whether the private key is encrypted.
          type: bool
        backups:
          description: How many backups of replaced private keys are in its directory.
          type: int
        created:
          description: When it was created or adopted (RFC 3339, UTC), from the history of the service. The same goes
            for C(published), C(activated), C(restarted), C(compromised) and C(retired).
          type: str
        adopted:
          description: Whether it is older than the history, so that C(created) is when it was adopted.
          type: bool
        age:
          description: Seconds since it was created or adopted.
          type: int
        problems:
          description: The problems of this version, in the form of RV(services.problems).
          type: list
          elements: dict
    gone:
      description: The versions in the history that no longer exist, with their C(kid), C(thumbprint), C(algorithm) and
        times.
      type: dict
    problems:
      description:
        - The problems, each with its C(text) and its C(kind). V(missing) and V(unreadable) are about
          files, V(mismatch) about files that disagree, V(access) about who can read or replace them, V(unlisted) about
          what no list has, V(restart) about restarts that are due, V(rotation) about late steps and keys that somebody
          else may have, and V(unit) about units that do not read the environment file.
      type: list
      elements: dict
  sample:
    orders:
      directory: /etc/orders/jwt
      active: v2
      restart_due: false
      restart: [orders]
      next:
        step: create
        version: v3
        at: "2027-02-27T09:00:00Z"
      versions:
        v2:
          state: active
          source: public_key
          kid: NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
          algorithm: RS256
          thumbprint: NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
          type: RSA
          size: 4096
          encrypted: true
          backups: 0
          created: "2026-11-29T09:00:00Z"
          adopted: false
          age: 86400
          problems: []
      gone: {}
      problems: []
unlisted:
  description: For each service that is on the host and in no list, by its name, its C(directory), C(active),
    C(versions) and C(problems), as in RV(services).
  returned: always, unless the options themselves are wrong
  type: dict
failed_services:
  description: For each of O(services) with a wrong option, by its name, the reason.
  returned: failure
  type: dict
asked:
  description: The names of the services that the controller has asked this host about. No host can write it.
  returned: always
  type: list
  elements: str
"""

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils import _module
from ansible_collections.keysmith.jwt.plugins.module_utils._info.run import ARGUMENTS, run


def _work(module: _module.QuietModule) -> t.NoReturn:
    options = _module.take(module)
    # They can hold secrets, and a result shows what the module was called with.
    module.params.update(services=None, defaults=None)
    from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import given
    from ansible_collections.keysmith.jwt.plugins.module_utils._service import proofs

    for item in [*options["services"], options["defaults"] or {}]:
        for part, specification in proofs.hidden(item):
            given.hide_unknown(module, part, specification)
    _module.leave(module, {**run(options), **_module.common_result(module)}, ())


def main() -> t.NoReturn:
    """Options in, what is on the host out."""
    module = _module.QuietModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    _module.guard(module, lambda: _work(module))


if __name__ == "__main__":
    main()
