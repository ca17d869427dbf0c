# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The public facts of a key: the members that identify it in a JWK, and its public key in PEM."""

from __future__ import annotations

import base64
import json
import typing as t

from .._keys import cryptography_keys, key_numbers
from .._keys.key_numbers import Material
from .._keys.key_types import KEY_TYPES
from . import jwk


class Facts(t.NamedTuple):
    """The public facts of a key."""

    #: The RFC 7638 members, in the order of jwk.REQUIRED.
    members: t.Dict[str, str]
    #: The only algorithms that the key's file allows, as in key_numbers.Material.
    restriction: str
    #: SPKI in PEM, with one newline at the end.
    pem: str


def facts(public: t.Any, restriction: str = "") -> Facts:
    """Return the public facts of a key of the library."""
    material = cryptography_keys.public_material(public)
    text = base64.b64encode(key_numbers.spki(material)).decode("ascii")
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    pem = "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])
    return Facts(of_material(material), restriction, pem)


def members(public: t.Any) -> t.Dict[str, str]:
    """Return the members that identify a key of the library in a JWK, in the order of jwk.REQUIRED."""
    return of_material(cryptography_keys.public_material(public))


def of_jwk(text: bytes) -> t.Optional[t.Dict[str, str]]:
    """Return the members of the public JWK in a file, all of them strings; None for anything else."""
    try:
        found = json.loads(text.decode("ascii"))
        if not all(isinstance(value, str) for value in found.values()) or jwk.PRIVATE & set(found):
            return None
        return found if jwk.key_of(found) and jwk.thumbprint(found) else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def of_material(material: Material) -> t.Dict[str, str]:
    """Return the members that identify the key (RFC 7638 section 3.2, RFC 8037 section 2, RFC 9964)."""
    if material.kind == "RSA":
        n, e = material.numbers[:2]
        return {"kty": "RSA", "n": jwk.base64url_uint(n), "e": jwk.base64url_uint(e)}
    curve = KEY_TYPES[material.kind]
    if curve.type == "AKP":
        return {"kty": "AKP", "alg": material.kind, "pub": jwk.base64url(material.public)}
    if curve.type == "OKP":
        return {"kty": "OKP", "crv": material.kind, "x": jwk.base64url(material.public)}
    # RFC 7518 section 6.2.1.2: the full width of the curve, leading zeros and all.
    x, y = material.public[1 : 1 + curve.width], material.public[1 + curve.width :]
    return {"kty": "EC", "crv": material.kind, "x": jwk.base64url(x), "y": jwk.base64url(y)}
