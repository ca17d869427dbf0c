# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter pem_to_jwk."""

from __future__ import annotations

DOCUMENTATION = r"""
name: pem_to_jwk
short_description: The public JWK of a key in PEM
version_added: 0.2.0
author: keysmith.jwt contributors (@keysmith)
description:
  - Turns a public or private key, or a certificate, into the JSON Web Key (RFC 7517) that you register at an
    authorization server.
  - Only public members are returned, also for a private key, unless O(private=true).
  - The JWK is the same that M(keysmith.jwt.jwt_keypair) writes on a host. Before it is returned, jwcrypto must read it
    as the same key with the same thumbprint.
options:
  _input:
    description:
      - The key. PKCS#8, encrypted PKCS#8, PKCS#1, SEC 1, SPKI and X.509 in PEM, C(ssh-rsa), C(ssh-ed25519) and
        C(ecdsa-sha2-*) lines, and OpenSSH private keys.
      - One key; text with two different keys is refused. So are weak keys, such as RSA below 2048 bits.
    type: str
    required: true
  passphrase:
    description: Opens an encrypted private key.
    type: str
  key_id:
    description: The C(kid). V(thumbprint) is the RFC 7638 thumbprint with SHA-256, any other value is used as it is.
    type: str
    default: thumbprint
  algorithm:
    description:
      - The C(alg), such as V(RS256), V(PS256), V(ES256) or V(EdDSA); it must be one for the key.
      - V(auto) is RS256 for RSA, PS256 for an RSA-PSS key, ES256, ES384, ES512 or ES256K by the curve, and EdDSA for
        Ed25519 and Ed448.
    type: str
    default: auto
  use:
    description: The C(use). V(auto) follows from the algorithm; otherwise the algorithm must be one for that use.
    type: str
    choices: [auto, sig, enc]
    default: auto
  private:
    description:
      - Return the private members too. Anyone who sees the result can sign as the service.
      - Set C(no_log) on the task, and never write the result to a log, a fact cache or a file that others read.
    type: bool
    default: false
requirements:
  - cryptography on the controller
  - jwcrypto on the controller
seealso:
  - plugin: keysmith.jwt.to_jwks
    plugin_type: filter
  - plugin: keysmith.jwt.jwk_to_pem
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the JWK of a public key to register it
  ansible.builtin.debug:
    msg: "{{ lookup('ansible.builtin.file', public_key_file) | keysmith.jwt.pem_to_jwk | to_nice_json }}"

- name: Take the public JWK of an encrypted private key, with a key ID of your own
  ansible.builtin.set_fact:
    orders_jwk: >-
      {{ lookup('ansible.builtin.file', private_key_file)
         | keysmith.jwt.pem_to_jwk(passphrase=orders_passphrase, key_id='orders-2026', algorithm='RS384') }}
  no_log: true
"""

RETURN = r"""
_value:
  description: The JWK. Its members are in the order C(kty), C(use), C(alg), C(kid), then the key's own.
  type: dict
  sample:
    kty: OKP
    use: sig
    alg: EdDSA
    kid: kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k
    crv: Ed25519
    x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo
"""

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.plugin_utils._filter import as_filter, flag, text
from ansible_collections.keysmith.jwt.plugins.plugin_utils._pem_to_jwk import AUTO, THUMBPRINT, jwk_of


def pem_to_jwk(
    pem: t.Any,
    passphrase: t.Any = None,
    key_id: t.Any = THUMBPRINT,
    algorithm: t.Any = AUTO,
    use: t.Any = AUTO,
    private: t.Any = False,
) -> t.Dict[str, str]:
    """The JWK of a key, as the documentation above says."""
    return jwk_of(
        _text_of(pem),
        "" if passphrase is None else text(passphrase, "passphrase"),
        text(key_id, "key_id"),
        text(algorithm, "algorithm"),
        text(use, "use"),
        flag(private, "private"),
    )


def _text_of(pem: t.Any) -> str:
    try:
        return text(pem, "pem")
    except KeysmithError as error:
        message = str(error)
    if isinstance(pem, dict) and "kty" in pem:
        message += " It is a JWK already."
    elif isinstance(pem, (list, tuple)):
        message += " Convert each of them: LIST | map('keysmith.jwt.pem_to_jwk')."
    raise KeysmithError(message)


class FilterModule:
    """What ansible-core looks for."""

    def filters(self) -> t.Dict[str, t.Callable[..., t.Any]]:
        """The filter by its name."""
        return {"pem_to_jwk": as_filter("pem_to_jwk", pem_to_jwk)}
