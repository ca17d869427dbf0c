# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter jwk_to_pem."""

from __future__ import annotations

DOCUMENTATION = r"""
name: jwk_to_pem
short_description: The public key of a JWK in PEM
version_added: 0.2.0
author: keysmith.jwt contributors (@keysmith)
description:
  - Turns a JSON Web Key (RFC 7517) into a public key in PEM (SPKI), for programs that do not read JWKs.
  - For a private JWK, the public key is returned. A symmetric key has no public key, and is refused.
options:
  _input:
    description: The JWK.
    type: dict
    required: true
requirements:
  - cryptography on the controller
  - jwcrypto on the controller
seealso:
  - plugin: keysmith.jwt.pem_to_jwk
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Write the public key of a client's JWK for a server that wants PEM
  ansible.builtin.copy:
    content: "{{ client_jwk | keysmith.jwt.jwk_to_pem }}"
    dest: "{{ client_pem_file }}"
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The public key, SPKI in PEM, with one newline at the end.
  type: str
  sample: |
    -----BEGIN PUBLIC KEY-----
    MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
    -----END PUBLIC KEY-----
"""

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwcrypto_check
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.jwk_checks import check
from ansible_collections.keysmith.jwt.plugins.plugin_utils._filter import as_filter
from ansible_collections.keysmith.jwt.plugins.plugin_utils._given_jwk import public_half


def jwk_to_pem(jwk: t.Any) -> str:
    """SPKI in PEM, as the documentation above says."""
    return jwcrypto_check.public_pem(check(public_half(jwk), "jwk"))


class FilterModule:
    """What ansible-core looks for."""

    def filters(self) -> t.Dict[str, t.Callable[..., t.Any]]:
        """The filter by its name."""
        return {"jwk_to_pem": as_filter("jwk_to_pem", jwk_to_pem)}
