# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that somebody who uses community.crypto writes beside the playbook: a public key in PEM to a JWK."""

from __future__ import annotations

import base64
import hashlib
import json
import typing as t

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key


def public_jwk(pem: str) -> dict[str, str]:
    """RSA and P-256 keys; the key ID is the thumbprint of RFC 7638."""
    key = load_pem_public_key(pem.encode())
    if isinstance(key, rsa.RSAPublicKey):
        rsa_numbers = key.public_numbers()
        members = {"e": _text(rsa_numbers.e), "kty": "RSA", "n": _text(rsa_numbers.n)}
    elif isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1":
        ec_numbers = key.public_numbers()
        members = {"crv": "P-256", "kty": "EC", "x": _text(ec_numbers.x, 32), "y": _text(ec_numbers.y, 32)}
    else:
        raise ValueError("neither an RSA nor a P-256 key")
    algorithm = "RS256" if members["kty"] == "RSA" else "ES256"
    digest = hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest()
    return {**members, "use": "sig", "alg": algorithm, "kid": _base64url(digest)}


def _text(number: int, length: int = 0) -> str:
    return _base64url(number.to_bytes(length or (number.bit_length() + 7) // 8, "big"))


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"public_jwk": public_jwk}
