# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a JWK is a public key that may be published: no library, only the numbers (RFC 7517, 7518, 8037, 9964).

Verifiers differ in what they forgive: short coordinates, plain base64 or a point off the curve are refused by some and
silently accepted by others. What passes here is accepted by all that know the algorithm.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import re
import typing as t

from .._errors import KeysmithError
from .._keys import weak
from .._keys.algorithms import ALGORITHMS
from .._keys.oids import CURVES
from . import jwk as jose_jwk

Jwk = t.Dict[str, t.Any]

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1
_P384 = 2**384 - 2**128 - 2**96 + 2**32 - 1
_P521 = 2**521 - 1
_K256 = 2**256 - 2**32 - 977
#: y^2 = x^3 + ax + b modulo p (SP 800-186, SEC 2): p, a, b.
_WEIERSTRASS = {
    "P-256": (_P256, -3, 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B),
    "P-384": (
        _P384,
        -3,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
    ),
    "P-521": (
        _P521,
        -3,
        0x51953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00,
    ),
    "secp256k1": (_K256, 0, 7),
}


def check(jwk: object, name: str) -> Jwk:
    """The JWK as a plain dictionary, when it is a public key that verifiers accept.

    ``name`` is how messages call the input. KeysmithError for anything else: a private or symmetric key, a missing or
    misencoded member, an RSA key outside 2048 to 8192 bits, a point off its curve, an ``alg`` for other keys.
    """
    found = check_shape(jwk, name)
    kind = found["kty"]
    if kind == "RSA":
        _check_rsa(found, name)
    elif kind == "EC":
        _check_point(found, name)
    else:
        _check_octets(found, name)
    _check_alg(found, name)
    return found


def check_shape(jwk: object, name: str) -> Jwk:
    """As check, but the numbers may be anything: for keys of others that stay in a set as they are."""
    if not isinstance(jwk, dict) or not all(isinstance(member, str) for member in jwk):
        raise KeysmithError("%s: a JWK is a dictionary, not %s." % (name, called(jwk)))
    kind = jwk.get("kty")
    secret = sorted(jose_jwk.PRIVATE.intersection(jwk))
    if kind == "oct" or "k" in secret:
        raise KeysmithError(
            "%s: this is a symmetric key, which has no public half; give the public JWK of a key pair." % name
        )
    if secret:
        raise KeysmithError(
            "%s: the JWK holds private members (%s); give the public JWK alone." % (name, ", ".join(secret))
        )
    if not isinstance(kind, str) or kind not in jose_jwk.REQUIRED:
        raise KeysmithError("%s: the JWK's kty has to be one of %s." % (name, ", ".join(jose_jwk.REQUIRED)))
    for member in jose_jwk.REQUIRED[kind]:
        if not isinstance(jwk.get(member), str):
            raise KeysmithError("%s: the JWK has no %s, or it is not a string." % (name, member))
    for member in ("use", "alg"):
        if member in jwk and not isinstance(jwk[member], str):
            raise KeysmithError("%s: the JWK's %s is not a string." % (name, member))
    if "kid" in jwk:
        check_key_id(jwk["kid"], "%s: the JWK's kid" % name)
    return dict(jwk)


def check_key_id(key_id: object, name: str) -> str:
    """A key ID that can travel in headers, file names and variables: not empty, no control character."""
    if not isinstance(key_id, str):
        raise KeysmithError("%s is a string, not %s." % (name, called(key_id)))
    if not key_id:
        raise KeysmithError("%s is empty." % name)
    if not key_id.isprintable():
        raise KeysmithError("%s holds a control character." % name)
    return key_id


def called(value: object) -> str:
    """What a value is, for messages: never the value itself."""
    for kind, text in (
        (bool, "a boolean"),
        (str, "a string"),
        (int, "an integer"),
        (float, "a number"),
        (dict, "a dictionary"),
        ((list, tuple), "a list"),
        (bytes, "bytes"),
        (type(None), "None"),
    ):
        if isinstance(value, kind):
            return text
    return "a value of type %s" % type(value).__name__


def octets(jwk: t.Mapping[str, t.Any], member: str, name: str) -> bytes:
    """A member's octets; KeysmithError unless it is base64url as in RFC 7515 section 2: no padding, no spare bits."""
    text = jwk[member]
    if _BASE64URL.fullmatch(text) and len(text) % 4 != 1:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        if jose_jwk.base64url(decoded) == text:
            return decoded
    raise KeysmithError("%s: the JWK's %s is not base64url without padding." % (name, member))


def modulus(jwk: t.Mapping[str, t.Any], name: str) -> int:
    """The number n of an RSA JWK."""
    return int.from_bytes(octets(jwk, "n", name), "big")


def _check_rsa(jwk: Jwk, name: str) -> None:
    n, e = octets(jwk, "n", name), octets(jwk, "e", name)
    if n[0] == 0 or e[0] == 0:
        raise KeysmithError("%s: the JWK's n or e begins with a zero octet, which RFC 7518 forbids." % name)
    with _saying(name):
        _check_numbers(n, e)


@functools.lru_cache(maxsize=64)
def _check_numbers(n: bytes, e: bytes) -> None:
    """A host's key is in several files; the same numbers come soon again."""
    weak.check_rsa((int.from_bytes(n, "big"), int.from_bytes(e, "big")))


def _check_point(jwk: Jwk, name: str) -> None:
    curve = jwk["crv"]
    _check_curve("EC", curve, name)
    x, y = octets(jwk, "x", name), octets(jwk, "y", name)
    width = CURVES[curve].width
    if len(x) != width or len(y) != width:
        raise KeysmithError("%s: x and y of a %s key have %d octets each (RFC 7518)." % (name, curve, width))
    p, a, b = _WEIERSTRASS[curve]
    across, up = int.from_bytes(x, "big"), int.from_bytes(y, "big")
    if max(across, up) >= p or (up * up - across**3 - a * across - b) % p:
        raise KeysmithError("%s: the point is not on %s; the key is damaged or forged." % (name, curve))


def _check_octets(jwk: Jwk, name: str) -> None:
    curve, member = jose_jwk.curve(jwk), jose_jwk.REQUIRED[jwk["kty"]][-1]
    _check_curve(jwk["kty"], curve, name)
    public = octets(jwk, member, name)
    if len(public) != CURVES[curve].public:
        raise KeysmithError("%s: %s of a %s key has %d octets." % (name, member, curve, CURVES[curve].public))
    if jwk["kty"] == "OKP":
        with _saying(name):
            weak.check_point(curve, public)


@contextlib.contextmanager
def _saying(name: str) -> t.Iterator[None]:
    """Put the input's name before what is said of its numbers."""
    try:
        yield
    except KeysmithError as error:
        raise KeysmithError("%s: %s" % (name, error)) from None


def _check_curve(kind: str, curve: str, name: str) -> None:
    known = {key for row in ALGORITHMS.values() if row.type == kind for key in (row.curve,) + row.also}
    if curve not in known:
        raise KeysmithError("%s: the JWK's curve has to be one of %s." % (name, ", ".join(sorted(known))))


def _check_alg(jwk: Jwk, name: str) -> None:
    """An ``alg`` that the table knows for signatures has to fit; other names (RSA-OAEP, A256KW) may be right."""
    rows = [row for row in ALGORITHMS.values() if row.jwk_alg == jwk.get("alg") and row.use == "sig"]
    if rows and not any(row.takes(jwk["kty"], jose_jwk.curve(jwk)) for row in rows):
        raise KeysmithError("%s: the JWK's alg is for other keys than this one." % name)
