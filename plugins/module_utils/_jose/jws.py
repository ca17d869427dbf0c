# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sign: a header, a payload and a private key become a JWS in compact form (RFC 7515 section 7.1).

Algorithms as in RFC 7518 section 3, RFC 8037, RFC 8812, RFC 9864 and RFC 9964.
"""

from __future__ import annotations

import json
import typing as t

from .._errors import KeysmithError
from .._keys.algorithms import Algorithm
from .._keys.key_types import KEY_TYPES
from .jwk import base64url


def compact(private: t.Any, algorithm: Algorithm, header: t.Mapping[str, t.Any], payload: t.Mapping[str, t.Any]) -> str:
    """Return the JWS of a JSON payload. ``private`` is a key of the library that fits ``algorithm``, for signatures.

    KeysmithError for values that JSON does not have.
    """
    message = "%s.%s" % (base64url(_json(header, "headers")), base64url(_json(payload, "claims")))
    return "%s.%s" % (message, base64url(signature(private, algorithm, message.encode("ascii"))))


def signature(private: t.Any, algorithm: Algorithm, message: bytes) -> bytes:
    """Return the octets of the signature, as a JWS holds them."""
    if algorithm.type == "RSA":
        return bytes(private.sign(message, _padding(algorithm), _digest(algorithm)))
    if algorithm.type == "EC":
        return _both_halves(private, algorithm, message)
    return bytes(private.sign(message))


def _json(value: t.Mapping[str, t.Any], option: str) -> bytes:
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")
    except (TypeError, ValueError, RecursionError):
        raise KeysmithError("%s: holds a value that JSON does not have, such as .nan or a date." % option) from None


def _digest(algorithm: Algorithm) -> t.Any:
    """Return the hash function: the digits in the names of RFC 7518 and RFC 8812 are its bits."""
    from cryptography.hazmat.primitives import hashes

    bits = "".join(character for character in algorithm.name if character.isdigit())
    return getattr(hashes, "SHA" + bits)()


def _padding(algorithm: Algorithm) -> t.Any:
    from cryptography.hazmat.primitives.asymmetric import padding

    if algorithm.name.startswith("RS"):
        return padding.PKCS1v15()
    digest = _digest(algorithm)
    # RFC 7518 section 3.5: the salt is as long as the hash.
    return padding.PSS(padding.MGF1(digest), digest.digest_size)


def _both_halves(private: t.Any, algorithm: Algorithm, message: bytes) -> bytes:
    """Return R and S side by side, each as wide as the curve (RFC 7518 section 3.4); the library writes DER."""
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    width = KEY_TYPES[algorithm.curve].width
    r, s = utils.decode_dss_signature(private.sign(message, ec.ECDSA(_digest(algorithm))))
    return r.to_bytes(width, "big") + s.to_bytes(width, "big")
