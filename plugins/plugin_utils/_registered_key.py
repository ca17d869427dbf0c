# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A public key in the forms that servers expect."""

from __future__ import annotations

import base64
import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._jose.jwk_checks import Jwk


class Key(t.NamedTuple):
    """A public key in the forms that servers expect."""

    jwk: Jwk
    algorithm: str
    #: SPKI.
    pem: str
    #: The certificate of this key, in PEM; empty where the shape takes none.
    certificate: str = ""

    @property
    def kid(self) -> str:
        return str(self.jwk["kid"])

    @property
    def spki(self) -> bytes:
        """Return SPKI in DER."""
        return body(self.pem)


class Given(t.NamedTuple):
    """The input of the filter."""

    keys: t.Sequence[Key]
    #: Empty if not given.
    name: str = ""
    client_id: str = ""
    directory: str = ""
    alg: str = ""


def body(pem: str) -> bytes:
    """Return the octets in a PEM block."""
    return base64.b64decode("".join(pem.strip().splitlines()[1:-1]))


def base64_of(octets: bytes) -> str:
    """Return base64 on one line."""
    return base64.b64encode(octets).decode("ascii")
