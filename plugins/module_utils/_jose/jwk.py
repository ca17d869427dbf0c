# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Public key to public JWK (RFC 7517, 7518, 8037, 9964), and its thumbprint (RFC 7638).

One encoder for modules and filters, so that every host and the controller compute the same key ID. It never sees a
private number: what it encodes are the numbers of a public key.
"""

from __future__ import annotations

import base64
import hashlib
import json
import json.encoder
import typing as t

from .._keys.algorithms import Algorithm

#: RFC 7638 section 3.2, RFC 8037 section 2, RFC 9964 section 6: the members that identify a key, as a JWK lists them.
REQUIRED: t.Dict[str, t.Tuple[str, ...]] = {
    "RSA": ("kty", "n", "e"),
    "EC": ("kty", "crv", "x", "y"),
    "OKP": ("kty", "crv", "x"),
    "AKP": ("kty", "alg", "pub"),
}
#: Members that are names; the others of a key are octets.
_NAMES = frozenset(("kty", "crv", "alg"))
_SORTED = {kind: sorted(names) for kind, names in REQUIRED.items()}
_quoted = json.encoder.encode_basestring_ascii
#: Members that only a private or a symmetric key has (RFC 7518 section 6, RFC 8037, RFC 9964).
PRIVATE = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"))


def base64url(octets: bytes) -> str:
    """Encode as base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def base64url_uint(number: int, octets: int = 0) -> str:
    """Encode a number in big-endian octets: as few as possible (RFC 7518 section 2), or the width of a coordinate."""
    return base64url(number.to_bytes(octets or max(1, (number.bit_length() + 7) // 8), "big"))


def thumbprint(members: t.Mapping[str, str]) -> str:
    """Return the RFC 7638 thumbprint with SHA-256: 43 characters. ``members`` may be a whole JWK."""
    text = ",".join('"%s":%s' % (name, _quoted(members[name])) for name in _SORTED[members["kty"]])
    return base64url(hashlib.sha256(("{%s}" % text).encode("ascii")).digest())


Key = t.Tuple[t.Any, ...]


def key_of(jwk: object) -> Key:
    """Return what identifies the key of a JWK, however its numbers are written; empty for an unknown key.

    A leading zero octet, padding or plain base64 make another thumbprint, but not another key. The second element of an
    RSA key is its modulus in octets.
    """
    if not isinstance(jwk, dict) or not isinstance(jwk.get("kty"), str):
        return ()
    found: t.List[t.Any] = []
    for member in REQUIRED.get(jwk["kty"], ()):
        value = jwk.get(member)
        if not isinstance(value, str):
            return ()
        found.append(value if member in _NAMES else _lenient_octets(value, jwk["kty"]))
    return tuple(found) if b"" not in found else ()


def _lenient_octets(text: str, kind: str) -> bytes:
    try:
        octets = base64.urlsafe_b64decode(text + "==")
    except ValueError:
        return b""
    return octets if kind in ("OKP", "AKP") else octets.lstrip(b"\0")


def build(members: t.Mapping[str, str], algorithm: Algorithm, key_id: str, use: str = "") -> t.Dict[str, str]:
    """Build the public JWK: kty, use, alg, kid, then the key's own members, always in that order."""
    own = [name for name in REQUIRED[members["kty"]] if name not in ("kty", "alg")]
    head = {"kty": members["kty"], "use": use or algorithm.use, "alg": algorithm.jwk_alg, "kid": key_id}
    return dict(head, **{name: members[name] for name in own})


def render(document: t.Mapping[str, t.Any]) -> bytes:
    """Return a JWK or JWK Set as a file holds it: members in their order, two spaces, one newline at the end."""
    return (json.dumps(document, indent=2, ensure_ascii=True) + "\n").encode("ascii")


def curve(members: t.Mapping[str, str]) -> str:
    """Return ``crv``, or the parameter set of an AKP key, as the algorithm table names it; empty for RSA."""
    return members["alg"] if members["kty"] == "AKP" else members.get("crv", "")


def size(members: t.Mapping[str, str]) -> int:
    """Return the bits of an RSA modulus; 0 for other keys."""
    if members["kty"] != "RSA":
        return 0
    modulus = base64.urlsafe_b64decode(members["n"] + "=" * (-len(members["n"]) % 4))
    return int.from_bytes(modulus, "big").bit_length()
