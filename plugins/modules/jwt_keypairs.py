#!/usr/bin/python
# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate or keep any number of key pairs for signing JSON Web Tokens, in one task."""

from __future__ import annotations

DOCUMENTATION = r"""
module: jwt_keypairs
short_description: Generate or keep many key pairs for signing JSON Web Tokens in one task
version_added: 0.2.0
author: keysmith.jwt contributors (@keysmith)
description:
  - Does for any number of key pairs what M(keysmith.jwt.jwt_keypair) does for one, in one task, so that a host costs
    one round trip however many services it has.
  - All key pairs are inspected before anything is changed. New RSA keys are generated side by side, one for each
    processor of the host.
  - A key pair that fails does not stop the others, nor does one of O(services) with a wrong option. The task fails at
    the end and names it. An error in O(defaults) or in a name is refused before anything is done.
extends_documentation_fragment:
  - keysmith.jwt.services
  - keysmith.jwt.services.keypairs
  - keysmith.jwt.attributes
  - keysmith.jwt.attributes.actiongroup_services
attributes:
  idempotent:
    support: partial
    details: With C(regenerate=always), each run replaces the key.
  platform:
    details: Linux.
requirements:
  - cryptography >= 3.3 on the host, as the distribution has it
options:
  secrets:
    description:
      - For the name of a key pair, a dictionary with any of C(passphrase), C(previous_passphrases) and
        C(private_key) of M(keysmith.jwt.jwt_keypair).
      - They are separate from the other options so that they are never shown, even if an option is misspelt.
    type: raw
  make:
    description:
      - The names (service, slash, version) of key pairs of O(services) with C(shared) that may be made on this host,
        because no other host has them. Without it, a host on which a shared key is missing waits for it.
    type: list
    elements: str
  recipients:
    description:
      - For the name of a key pair of O(services) with C(shared), the names of hosts that wait for it, each with the
        C(recipient) that RV(shared) holds for it there.
      - With it, nothing is changed on this host, and RV(shared) holds the keys, each sealed for the one host.
    type: dict
  sealed:
    description:
      - For the name of a key pair of O(services) with C(shared), what another host has sealed for this one, as C(jwe),
        and the C(thumbprint) that the key has to have. C(created) is when that host created it, from which a
        C(rotation) counts its age.
      - It is imported if there is no key yet.
    type: dict
  absent:
    description:
      - Services to remove, names of O(services). They are treated as if their items had C(state=absent), and no other
        service is inspected or changed. The controller evaluates this option, so it works only in a task.
    type: list
    elements: str
  controller:
    description:
      - What the controller keeps beside the answer, as RV(asked), for the role P(keysmith.jwt.signing_key#role).
        Nothing of it is sent to the host.
    type: dict
  restarted:
    description:
      - The RV(restart_due) of an earlier run, once what that run named under RV(restart) has been restarted.
      - Until then, each run returns it again, so that a play that ends early forgets nothing.
      - With it, no key pair is touched, and RV(keypairs) and the others are not returned.
      - Until then, no version of a service with C(restart) is removed, because the service may still use the old key.
    type: dict
  clock:
    description:
      - The time of the controller, in seconds since 1970. Where O(services) have a C(rotation), it has to agree with
        that of the host. Nothing is rotated by a clock that jumped.
      - Without it, the time of the host counts.
    type: int
  confirmed:
    description:
      - What the caller has done about RV(rotation), by the names of services.
      - Of each, C(published) lists the versions whose keys are published by now, and C(switch) names the version that
        may become active, because the other side accepts its key, and all hosts that share it hold it. C(create) names
        the version that all of these hosts are due for, and C(restarted) says that what uses the active version was
        restarted, so that keys go that somebody else may have.
    type: dict
notes:
  - Two key pairs cannot share a file, or a variable in a file.
seealso:
  - module: keysmith.jwt.jwt_keypair
"""

EXAMPLES = r"""
- name: Key pairs for two services
  keysmith.jwt.jwt_keypairs:
    keypairs:
      - name: orders
        path: /etc/orders/jwt/private.key
        format: traditional
        generate_passphrase: true
        environment:
          path: /etc/orders/jwt/env
      - name: billing
        path: /etc/billing/jwt/private.key
        algorithm: ES256
    secrets:
      billing:
        passphrase: "{{ vault_billing_passphrase }}"
  register: signing_keys

- name: Show the JWK of the service orders
  ansible.builtin.debug:
    var: signing_keys.keypairs.orders.jwk
"""

RETURN = r"""
keypairs:
  description:
    - For each key pair that did not fail, by its name, what M(keysmith.jwt.jwt_keypair) returns, C(changed) included.
  returned: always, without O(restarted)
  type: dict
  sample:
    orders:
      changed: false
      changes: []
      path: /etc/orders/jwt/private.key
      key_id: NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
failed_keypairs:
  description: For each key pair that failed, and for each of O(services) with a wrong option, by its name, the reason.
  returned: failure
  type: dict
  sample:
    billing: "path: /etc/billing/jwt/private.key is encrypted, and no passphrase was given; ..."
jwks:
  description: For each service of which no key is missing, by its name, the JWK Set of its versions, active one first.
  returned: with O(services) and without O(restarted)
  type: dict
restart:
  description:
    - What to restart, that is, the C(restart) of each service whose active version has changed in this run, or since
      its last restart.
  returned: with O(services) and without O(restarted)
  type: list
  elements: str
restart_due:
  description:
    - For each service in RV(restart), by its name, what to give as O(restarted) after the restart.
    - Of each, C(units) is what has to be restarted, and C(mark) says for which change.
  returned: with O(services) and without O(restarted)
  type: dict
units:
  description:
    - For each of O(services) with a C(systemd_unit) that does not read its environment file yet, the unit, with the
      C(path) and the C(block) of the drop-in that tells it to.
  returned: with O(services) and without O(restarted)
  type: list
  elements: dict
absent:
  description:
    - For each of O(services) with C(state=absent) of which no key pair failed, by its name, what was removed besides
      its key pairs, as C(changes). These are V(drop_in), V(active_link), V(restart_due), V(history) and V(directory).
    - C(units) are those that may still use its keys, C(drop_in) is the path of the drop-in, if the service has a unit,
      and C(backups) are the private keys that were kept.
  returned: with O(services), if there is one with C(state=absent)
  type: dict
  sample:
    orders:
      changed: true
      changes: [active_link, restart_due]
      directory: /etc/orders/jwt
      units: [orders]
      drop_in: ""
      backups:
        - /etc/orders/jwt/v1/private.key.NzbLsXh8.20261129T172248855121Z.bak
shared:
  description:
    - For each key pair of O(services) with C(shared), by its name, which key it is, as C(thumbprint), or, while this
      host waits for it, the public key to seal it for, as C(recipient) (V(none) in check mode). C(kind) is the type and
      size or curve that the key has, or that this host asks for; with C(regenerate=never), it asks for none.
    - With O(recipients), C(sealed) holds for each host the key in a JWE (RFC 7516) that only that host can open, and
      C(created), with a C(rotation), says when the key was created.
  returned: with O(services), if there is one with C(shared)
  type: dict
  sample:
    orders/v1:
      thumbprint: NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
rotation:
  description:
    - For each of O(services) with a C(rotation), by its name, the C(next) step, with its C(version) and the time C(at)
      which it is due.
    - C(create) is the version that a service with C(shared) gets once O(confirmed) names it, because all hosts that
      share its keys are due. It is left out where there is none.
    - C(unpublished) are the versions whose publication is not confirmed. C(switch) is the version that becomes active
      once O(confirmed) names it, empty for none. C(compromised) are the versions that somebody else may have; they
      are removed once what uses the new one has been restarted.
  returned: with O(services), if there is one with C(rotation)
  type: dict
  sample:
    orders:
      unpublished: []
      switch: ""
      compromised: []
      next:
        step: create
        version: v2
        at: "2027-02-27T09:00:00Z"
asked:
  description: The services that the controller has asked this host about, and the use of the role in which it has
    asked. No host can write it.
  returned: with O(controller)
  type: dict
check_mode:
  description: V(true), if this was a run in check mode, in which nothing is changed.
  returned: in check mode
  type: bool
missing_library:
  description: V(cryptography), if the host has none that works.
  returned: failure for that reason
  type: str
  sample: cryptography
"""

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils import _module
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._service import call


def _work(module: _module.QuietModule) -> t.NoReturn:
    options = _module.take(module)
    # The controller keeps it for itself.
    del options["controller"], options["absent"]
    if options["keypairs"] is None and options["services"] is None:
        # Given but null: a variable with nothing after its name.
        raise KeysmithError("services: has to be a list; use [] for none. The same goes for keypairs.")
    asked = call.asked(options) if call.can_be_remembered(options) else None
    found = _module.recall(module, asked) if asked else None
    if found:
        recalled = call.recalled(options, found)
        if recalled is not None:
            result, texts = recalled
            module.params.update(call.shown(options))
            _module.leave(
                module, {**result, **({"diff": []} if module._diff else {}), **_module.common_result(module)}, texts
            )
    from ansible_collections.keysmith.jwt.plugins.module_utils._service import batch

    batch.run(module, options)


def main() -> t.NoReturn:
    """Options in, all key pairs, their public facts out."""
    module = _module.QuietModule(
        argument_spec=call.ARGUMENTS,
        required_one_of=[("keypairs", "services")],
        mutually_exclusive=[
            ("keypairs", "services"),
            ("secrets", "services"),
            ("keypairs", "defaults"),
            ("recipients", "make"),
            ("recipients", "sealed"),
            ("keypairs", "restarted"),
            ("keypairs", "confirmed"),
            ("restarted", "confirmed"),
        ],
        supports_check_mode=True,
    )
    _module.guard(module, lambda: _work(module))


if __name__ == "__main__":
    main()
