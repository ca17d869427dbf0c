# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that documentation says once."""

from __future__ import annotations


class ModuleDocFragment:
    """Use with C(extends_documentation_fragment: keysmith.jwt.server)."""

    DOCUMENTATION = r"""
options:
  validate_certs:
    description:
      - Whether the certificate of the server has to be one that the host trusts. With V(false), whoever answers gets
        what is sent; use O(ca_path) instead.
    type: bool
    default: true
  ca_path:
    description: A file on the host with certificates in PEM of the authorities to trust, instead of the system's.
    type: path
  client_cert:
    description: A file on the host with a certificate in PEM, for servers that ask for one.
    type: path
  client_key:
    description: The unencrypted private key of O(client_cert) in PEM, where it is not in the same file.
    type: path
  use_proxy:
    description:
      - Whether to go through the proxy that the environment of the task names, in C(https_proxy), C(http_proxy) and
        C(no_proxy).
    type: bool
    default: true
  timeout:
    description: How many seconds a request may take, from its first octet to the last one of the answer.
    type: int
    default: 30
"""
