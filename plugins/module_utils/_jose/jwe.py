# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encrypt a private key for its way from one host to another: a JWE that only the receiving host can open.

Compact serialisation (RFC 7516) with ECDH-ES on P-256 (RFC 7518 section 4.6) and A256GCM (section 5.3), the two that
every build of OpenSSL has, one in FIPS mode included. Whatever carries it, controller and logs included, sees
ciphertext.
"""

from __future__ import annotations

import base64
import json
import os
import typing as t

from .._errors import KeysmithError
from . import jwk as jose_jwk

#: A private key of 8192 bits in PEM is 6.5 KiB.
_LARGEST = 64 * 1024
#: Octets of a recipient key, and of a coordinate.
WIDTH = 32
#: Of the group of P-256 (SP 800-186 section 3.2.1.3).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_HEADER = {"alg": "ECDH-ES", "enc": "A256GCM"}
Jwk = t.Dict[str, str]


class _Malformed(Exception):
    """Not something that ``seal`` writes."""


def new_recipient() -> bytes:
    """Make a key with which a host opens one thing and which it then forgets: the scalar, 32 octets."""
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(WIDTH, "big")


def is_recipient(octets: bytes) -> bool:
    """Check that it can come from ``new_recipient``: not every number of that width is a private key."""
    return len(octets) == WIDTH and 0 < int.from_bytes(octets, "big") < _ORDER


def public_of(recipient: bytes) -> Jwk:
    """Return the public half of a key from ``new_recipient``, as a JWK."""
    return _members(_private(recipient).public_key())


def seal(secret: bytes, recipient: t.Mapping[str, str], name: str) -> str:
    """Encrypt the secret for the holder of that public JWK. It can be opened under ``name`` only.

    KeysmithError where the recipient is no such JWK.
    """
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    ephemeral = ec.generate_private_key(ec.SECP256R1())
    try:
        public = _public(recipient)
    except _Malformed:
        raise KeysmithError(
            "recipients: %s: has to be a P-256 public JWK, as returned by the host that waits for the key." % name
        ) from None
    header = {**_HEADER, "apv": jose_jwk.base64url(name.encode("utf-8")), "epk": _members(ephemeral.public_key())}
    protected = jose_jwk.base64url(json.dumps(header, separators=(",", ":"), sort_keys=True).encode("ascii"))
    nonce = os.urandom(12)
    key = _agreed(ephemeral, public, name)
    sealed = AESGCM(key).encrypt(nonce, secret, protected.encode("ascii"))
    parts = [
        protected,
        "",
        jose_jwk.base64url(nonce),
        jose_jwk.base64url(sealed[:-16]),
        jose_jwk.base64url(sealed[-16:]),
    ]
    return ".".join(parts)


def open(text: t.Any, recipient: bytes, name: str) -> bytes:
    """Open what was sealed under that name for the recipient; KeysmithError if it was not."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        protected, encrypted_key, nonce, sealed, tag = _parts(text)
        header = json.loads(_octets(protected))
        expected = {**_HEADER, "apv": jose_jwk.base64url(name.encode("utf-8"))}
        if not isinstance(header, dict) or encrypted_key or {**header, "epk": 0} != {**expected, "epk": 0}:
            raise _Malformed
        key = _agreed(_private(recipient), _public(header.get("epk")), name)
        octets = _octets(sealed) + _octets(tag)
        if len(_octets(nonce)) != 12 or len(_octets(tag)) != 16:
            raise _Malformed
        return AESGCM(key).decrypt(_octets(nonce), octets, protected.encode("ascii"))
    except (_Malformed, InvalidTag, ValueError, RecursionError):
        raise KeysmithError(
            "sealed: %s: is not for this host, or not what another host sealed for it; run again from the start." % name
        ) from None


def _parts(text: t.Any) -> t.List[str]:
    if not isinstance(text, str) or len(text) > _LARGEST or not text.isascii() or text.count(".") != 4:
        raise _Malformed
    return text.split(".")


def _octets(text: str) -> bytes:
    octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if jose_jwk.base64url(octets) != text:
        raise _Malformed
    return octets


def _agreed(private: t.Any, public: t.Any, name: str) -> bytes:
    """Derive the key for A256GCM (RFC 7518 section 4.6.2), with no sender and the name as recipient."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

    fields = (_HEADER["enc"].encode("ascii"), b"", name.encode("utf-8"))
    info = b"".join(len(field).to_bytes(4, "big") + field for field in fields) + (256).to_bytes(4, "big")
    kdf = ConcatKDFHash(hashes.SHA256(), 32, info)
    return bytes(kdf.derive(private.exchange(ec.ECDH(), public)))


def _private(scalar: bytes) -> t.Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    if len(scalar) != WIDTH:
        raise _Malformed
    return ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256R1())


def _members(public: t.Any) -> Jwk:
    numbers = public.public_numbers()
    x, y = (jose_jwk.base64url_uint(number, WIDTH) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _public(jwk: t.Any) -> t.Any:
    """Return the library's key; the library refuses a point that is not on the curve."""
    from cryptography.hazmat.primitives.asymmetric import ec

    if not isinstance(jwk, dict) or set(jwk) != {"kty", "crv", "x", "y"} or (jwk["kty"], jwk["crv"]) != ("EC", "P-256"):
        raise _Malformed
    try:
        x, y = _octets(jwk["x"]), _octets(jwk["y"])
        if (len(x), len(y)) != (WIDTH, WIDTH):
            raise _Malformed
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + x + y)
    except (TypeError, ValueError):
        raise _Malformed from None
