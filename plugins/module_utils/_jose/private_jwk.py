# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A private JWK (RFC 7517, RFC 7518 section 6, RFC 8037, RFC 9964) as PKCS#8, which is then read as any other key.

The public part goes with it, so that whoever reads it sees whether the two belong together.
"""

from __future__ import annotations

import base64
import typing as t

from .._errors import KeysmithError
from .._keys import der
from .._keys.algorithms import Algorithm
from .._keys.key_types import KEY_TYPES
from .._keys.oids import EC, RSA
from . import jwk as jose_jwk
from .jwk_checks import octets

#: The members of an RSA key in the order of PKCS#1 (RFC 8017 appendix A.1.2).
_RSA = ("n", "e", "d", "p", "q", "dp", "dq", "qi")
#: One key under an older and a newer name (RFC 9864).
_EDDSA = frozenset(("EdDSA", "Ed25519", "Ed448"))
_Jwk = t.Mapping[str, t.Any]


def looks_like_one(value: t.Any) -> bool:
    """Check whether a string or dictionary is JSON, and not PEM."""
    return isinstance(value, dict) or (isinstance(value, str) and value.lstrip()[:1] == "{")


def pem(jwk: t.Any, algorithm: Algorithm, name: str) -> bytes:
    """Return the private key of a JWK, a dictionary or its JSON, in PKCS#8, for use with ``algorithm``.

    KeysmithError where it is no private JWK, or says that it is for another algorithm or use; ``name`` is how messages
    call it. Whether its numbers are good is for whoever reads the result.
    """
    try:
        document = _document(jwk)
        _check_meant_for(document, algorithm)
        content = base64.encodebytes(_pkcs8(document))
    except KeysmithError as error:
        raise KeysmithError("%s: %s" % (name, error)) from None
    return b"-----BEGIN PRIVATE KEY-----\n%s-----END PRIVATE KEY-----\n" % content


def _document(jwk: t.Any) -> _Jwk:
    if isinstance(jwk, str):
        import json

        try:
            jwk = json.loads(jwk)
        except (ValueError, RecursionError):
            raise KeysmithError("it begins like a JWK, but is not complete JSON.") from None
    if not isinstance(jwk, dict) or "keys" in jwk:
        raise KeysmithError("it has to be one private JWK; take the right key out of the JWK Set.")
    kind = jwk.get("kty")
    if not isinstance(kind, str) or kind not in jose_jwk.REQUIRED:
        raise KeysmithError("the JWK's kty has to be one of %s." % ", ".join(jose_jwk.REQUIRED))
    if "oth" in jwk:
        raise KeysmithError("the RSA key has more than two primes, which other programs do not read.")
    private = {"RSA": _RSA[2:], "AKP": ("priv",)}.get(kind, ("d",))
    if private[0] not in jwk:
        raise KeysmithError("the JWK is a public one; the private key is needed.")
    missing = [one for one in (*jose_jwk.REQUIRED[kind], *private) if not isinstance(jwk.get(one), str)]
    if missing:
        raise KeysmithError("the JWK has no %s, or it is not a string." % missing[0])
    return jwk


def _check_meant_for(jwk: _Jwk, algorithm: Algorithm) -> None:
    """Refuse an algorithm that contradicts the JWK's use or alg (RFC 7517 section 4)."""
    alg, use = jwk.get("alg", algorithm.jwk_alg), jwk.get("use", algorithm.use)
    is_same = alg == algorithm.jwk_alg or {alg, algorithm.jwk_alg} <= _EDDSA
    if not is_same or use != algorithm.use:
        raise KeysmithError(
            "the JWK's %s is not for algorithm: %s; set algorithm to what the JWK is for."
            % ("use" if is_same else "alg", algorithm.name)
        )


def _pkcs8(jwk: _Jwk) -> bytes:
    if jwk["kty"] == "RSA":
        numbers = (der.integer(int.from_bytes(octets(jwk, member), "big")) for member in _RSA)
        inner = der.sequence(der.integer(0), *numbers)
        return _private_key_info([der.oid(RSA), der.element(der.NULL, b"")], inner)
    kind = jose_jwk.curve(jwk)
    if kind not in KEY_TYPES or KEY_TYPES[kind].type != jwk["kty"]:
        raise KeysmithError("no supported JWT algorithm uses the JWK's curve.")
    identifier = der.oid(KEY_TYPES[kind].oid)
    if jwk["kty"] == "EC":
        width = KEY_TYPES[kind].width
        x, y, scalar = (octets(jwk, member) for member in ("x", "y", "d"))
        if {len(x), len(y), len(scalar)} != {width}:
            raise KeysmithError("x, y and d of a %s key have %d octets each (RFC 7518)." % (kind, width))
        point = der.element(0xA1, der.bit_string(b"\4" + x + y))
        inner = der.sequence(der.integer(1), der.element(der.OCTET_STRING, scalar), point)
        return _private_key_info([der.oid(EC), identifier], inner)
    public = octets(jwk, jose_jwk.REQUIRED[jwk["kty"]][-1])
    seed = octets(jwk, "priv" if jwk["kty"] == "AKP" else "d")
    inner = der.element(0x80 if jwk["kty"] == "AKP" else der.OCTET_STRING, seed)
    return _private_key_info([identifier], inner, der.element(0x81, b"\0" + public))


def _private_key_info(algorithm: t.Sequence[bytes], inner: bytes, public: bytes = b"") -> bytes:
    """Write PKCS#8 (RFC 5958); its public key is only for the check."""
    version = der.integer(1 if public else 0)
    return der.sequence(version, der.sequence(*algorithm), der.element(der.OCTET_STRING, inner), public)
