# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter jwk_thumbprint."""

from __future__ import annotations

DOCUMENTATION = r"""
name: jwk_thumbprint
short_description: The RFC 7638 thumbprint of a JWK
version_added: 0.2.0
author: keysmith.jwt contributors (@keysmith)
description:
  - The SHA-256 thumbprint (RFC 7638) of a JSON Web Key. It depends on the key alone, not on C(kid), C(use) or other
    members, and is the same for the private and the public JWK.
  - A symmetric key is refused, since its thumbprint helps to guess it.
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
- name: Check that a server publishes the key that the service signs with
  ansible.builtin.assert:
    that: >-
      (service_public_key | keysmith.jwt.pem_to_jwk | keysmith.jwt.jwk_thumbprint)
      in (published_jwks['keys'] | map('keysmith.jwt.jwk_thumbprint'))
"""

RETURN = r"""
_value:
  description: The thumbprint, 43 characters of base64url.
  type: str
  sample: kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k
"""

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwcrypto_check
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.jwk_checks import check
from ansible_collections.keysmith.jwt.plugins.plugin_utils._filter import as_filter
from ansible_collections.keysmith.jwt.plugins.plugin_utils._given_jwk import public_half


def jwk_thumbprint(jwk: t.Any) -> str:
    """The thumbprint, as the documentation above says."""
    public = check(public_half(jwk), "jwk")
    jwcrypto_check.confirm(public, "jwk")
    return jose_jwk.thumbprint(public)


class FilterModule:
    """What ansible-core looks for."""

    def filters(self) -> t.Dict[str, t.Callable[..., t.Any]]:
        """The filter by its name."""
        return {"jwk_thumbprint": as_filter("jwk_thumbprint", jwk_thumbprint)}
