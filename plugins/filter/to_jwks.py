# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter to_jwks."""

from __future__ import annotations

DOCUMENTATION = r"""
name: to_jwks
short_description: A JWK Set of keys
version_added: 0.2.0
author: keysmith.jwt contributors (@keysmith)
description:
  - Makes a JSON Web Key Set (RFC 7517 section 5) of JWKs, of other JWK Sets and of keys in PEM.
  - The order is kept. The same key with the same C(kid) and C(alg) is in the set once; the first one's members win. A
    key with two different C(kid) or C(alg) values becomes two entries.
  - It is an error when two different keys have the same C(kid), when a JWK is private or symmetric, when its members
    contradict each other (such as C(use=enc) beside C(alg=RS256)), and when two RSA keys share a prime, since anybody
    can then compute both private keys.
  - It warns when the set holds keys of several types, because some libraries then refuse keys that they know.
options:
  _input:
    description:
      - A list of JWKs, JWK Sets and keys in PEM, mixed as they come, or one of these alone.
      - PEM can be all that P(keysmith.jwt.pem_to_jwk#filter) reads without a passphrase; a private key in PEM gives its
        public JWK.
    type: raw
    required: true
requirements:
  - cryptography on the controller
  - jwcrypto on the controller
seealso:
  - module: keysmith.jwt.jwks
  - plugin: keysmith.jwt.pem_to_jwk
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Publish the keys that the service signs with now and will sign with next
  ansible.builtin.copy:
    content: "{{ [current_jwk, next_public_key] | keysmith.jwt.to_jwks | to_nice_json }}"
    dest: "{{ jwks_file }}"
    mode: "0644"

- name: Merge the JWK Sets of all hosts
  ansible.builtin.debug:
    msg: "{{ host_jwks.values() | list | keysmith.jwt.to_jwks }}"
"""

RETURN = r"""
_value:
  description: The JWK Set.
  type: dict
  sample:
    keys:
      - kty: OKP
        use: sig
        alg: EdDSA
        kid: kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k
        crv: Ed25519
        x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo
"""

import typing as t

from ansible_collections.keysmith.jwt.plugins.plugin_utils._filter import as_filter
from ansible_collections.keysmith.jwt.plugins.plugin_utils._given_jwk import set_of


def to_jwks(keys: t.Any) -> t.Dict[str, t.Any]:
    """The JWK Set, as the documentation above says."""
    return set_of(keys)


class FilterModule:
    """What ansible-core looks for."""

    def filters(self) -> t.Dict[str, t.Callable[..., t.Any]]:
        """The filter by its name."""
        return {"to_jwks": as_filter("to_jwks", to_jwks)}
