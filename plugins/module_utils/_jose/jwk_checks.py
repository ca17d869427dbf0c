# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that a JWK is a public key that may be published: by its numbers, without a library (RFC 7517, 7518, 8037,
9964).

Verifiers differ in what they forgive: short coordinates, plain base64 or a point off the curve are refused by some and
silently accepted by others. What passes here is accepted by all that know the algorithm.
"""

from __future__ import annotations

import base64
import functools
import re
import typing as t

from .._errors import KeysmithError
from .._keys import weak
from .._keys.key_types import KEY_TYPES, of_type
from . import json_text, jwk_use
from . import jwk as jose_jwk
from .wording import called, hint, named

Jwk = t.Dict[str, t.Any]

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
#: The last digit of an incomplete group of four has bits that say nothing; they are zero. One digit is no group.
_LAST_DIGITS = ("", "", "AQgw", "AEIMQUYcgkosw048")
#: Members that identify a key of another type: whoever reads them may take the JWK for one of that type.
_OF_OTHERS = {
    kind: tuple(sorted({name for names in jose_jwk.REQUIRED.values() for name in names} - {"alg"} - set(own)))
    for kind, own in jose_jwk.REQUIRED.items()
}


def check(jwk: object, name: str) -> Jwk:
    """Return the JWK as a plain dictionary if it is a public key that verifiers accept.

    ``name`` is how messages call the input. KeysmithError for anything else: a private or symmetric key, a missing or
    misencoded member, an RSA key outside 2048 to 8192 bits, a weak key, a point off its curve, members that contradict
    each other.
    """
    found = dict(check_form(jwk, name))
    check_strength(found, name)
    return found


def check_form(jwk: object, name: str) -> Jwk:
    """Check as ``check``, but return the dictionary itself, and skip the slow search for weak numbers."""
    try:
        return _form(jwk)
    except KeysmithError as error:
        raise _named(name, jwk, error) from None


def check_strength(jwk: Jwk, name: str) -> None:
    """Refuse a key in good form whose numbers are known to be weak."""
    try:
        kind, *numbers = jose_jwk.key_of(jwk)
        if kind == "RSA":
            _check_numbers(*numbers)
        elif kind == "OKP":
            curve, public = numbers
            KEY_TYPES[curve].check(public)
    except KeysmithError as error:
        raise _named(name, jwk, error) from None


def check_public(jwk: object, name: str) -> Jwk:
    """Check only that it is a dictionary and not private: any entry of a set may be removed."""
    if not isinstance(jwk, dict) or _is_secret(jwk):
        return check_form(jwk, name)
    return jwk


def check_agreement(jwk: Jwk, name: str) -> None:
    """Refuse members that contradict each other."""
    try:
        jwk_use.check(jwk)
    except KeysmithError as error:
        raise _named(name, jwk, error) from None


def check_secrets(jwk: object, name: str) -> None:
    """Refuse an entry of a file that is not public; otherwise its content is its owner's business."""
    if isinstance(jwk, dict) and _is_secret(jwk):
        secret = ", ".join(sorted(jose_jwk.PRIVATE.intersection(jwk))) or "kty: oct"
        raise KeysmithError(
            "%s: this is a private or symmetric key (%s), in a file that is public; remove it by hand, and no longer "
            "use the key." % (named(name, jwk), secret)
        )


def _is_secret(jwk: t.Mapping[str, t.Any]) -> bool:
    return jwk.get("kty") == "oct" or not jose_jwk.PRIVATE.isdisjoint(jwk)


def _named(name: str, jwk: object, error: KeysmithError) -> KeysmithError:
    return KeysmithError("%s: %s" % (named(name, jwk), error))


def _form(jwk: object) -> Jwk:
    found = _shape(jwk)
    kind = found["kty"]
    if kind == "RSA":
        _check_rsa(found)
    elif kind == "EC":
        _check_coordinates(found)
    else:
        _check_octets(found)
    jwk_use.check(found)
    for value in found.values():
        if type(value) is not str:  # pylint: disable=unidiomatic-typecheck
            json_text.check(value)
    return found


def _shape(jwk: object) -> Jwk:
    """Return the dictionary if it is that of a public key of a known kind, with strings as members."""
    if not isinstance(jwk, dict) or not (set(map(type, jwk)) <= {str} or all(isinstance(name, str) for name in jwk)):
        raise KeysmithError("a JWK has to be a dictionary, but this is %s.%s" % (called(jwk), hint(jwk)))
    if isinstance(jwk, json_text.Repeated):
        json_text.check(jwk)
    kind = jwk.get("kty")
    secret = sorted(jose_jwk.PRIVATE.intersection(jwk))
    if kind == "oct" or "k" in secret:
        raise KeysmithError("this is a symmetric key, which has no public half; give the public JWK of a key pair.")
    if secret:
        raise KeysmithError(
            "the JWK holds private members (%s); give its public half, such as the result of "
            "JWK | keysmith.jwt.jwk_to_pem | keysmith.jwt.pem_to_jwk." % ", ".join(secret)
        )
    if kind is None and hint(jwk):
        raise KeysmithError(hint(jwk).strip())
    if not isinstance(kind, str) or kind not in jose_jwk.REQUIRED:
        raise KeysmithError("the JWK's kty has to be one of %s." % ", ".join(jose_jwk.REQUIRED))
    for member in jose_jwk.REQUIRED[kind]:
        if not isinstance(jwk.get(member), str):
            raise KeysmithError("the JWK has no %s, or it is not a string." % member)
    for member in _OF_OTHERS[kind]:
        if member in jwk:
            raise KeysmithError("the JWK holds %s, which keys of type %s do not have." % (member, kind))
    for member in ("use", "alg"):
        if member in jwk and not isinstance(jwk[member], str):
            raise KeysmithError("the JWK's %s has to be a string, but is %s." % (member, called(jwk[member])))
    if "kid" in jwk:
        check_key_id(jwk["kid"], "the JWK's kid")
    return jwk


def check_key_id(key_id: object, name: str) -> str:
    """Check that a key ID fits headers, file names and variables: not empty, no control character."""
    if not isinstance(key_id, str):
        advice = "; put it in quotes" if isinstance(key_id, (int, float)) else ""
        raise KeysmithError("%s has to be a string, but is %s%s." % (name, called(key_id), advice))
    if not key_id:
        raise KeysmithError("%s is empty." % name)
    if not key_id.isprintable():
        raise KeysmithError("%s holds a control character." % name)
    return key_id


def octets(jwk: t.Mapping[str, t.Any], member: str) -> bytes:
    """Return a member's octets; KeysmithError unless it is base64url (RFC 7515 section 2), unpadded, no spare bits."""
    text = jwk[member]
    rest = len(text) % 4
    if _BASE64URL.fullmatch(text) and (not rest or text[-1] in _LAST_DIGITS[rest]):
        return base64.urlsafe_b64decode(text + "==")
    raise KeysmithError("the JWK's %s is not base64url without padding." % member)


def _check_rsa(jwk: Jwk) -> None:
    n, e = octets(jwk, "n"), octets(jwk, "e")
    if n[0] == 0 or e[0] == 0:
        raise KeysmithError("the JWK's n or e begins with a zero octet, which RFC 7518 forbids.")
    weak.check_rsa_size(int.from_bytes(n, "big"), int.from_bytes(e, "big"))


@functools.lru_cache(maxsize=64)
def _check_numbers(n: bytes, e: bytes) -> None:
    """Check the numbers, and cache the result: a host's key is in several files."""
    weak.check_rsa((int.from_bytes(n, "big"), int.from_bytes(e, "big")))


def _check_coordinates(jwk: Jwk) -> None:
    curve = jwk["crv"]
    _check_curve("EC", curve)
    x, y = octets(jwk, "x"), octets(jwk, "y")
    width = KEY_TYPES[curve].width
    if len(x) != width or len(y) != width:
        raise KeysmithError("x and y of a %s key have %d octets each (RFC 7518)." % (curve, width))
    KEY_TYPES[curve].check(b"\4" + x + y)


def _check_octets(jwk: Jwk) -> None:
    curve, member = jose_jwk.curve(jwk), jose_jwk.REQUIRED[jwk["kty"]][-1]
    _check_curve(jwk["kty"], curve)
    if len(octets(jwk, member)) != KEY_TYPES[curve].public:
        raise KeysmithError("%s of a %s key has %d octets." % (member, curve, KEY_TYPES[curve].public))


def _check_curve(kind: str, curve: str) -> None:
    known = of_type(kind)
    if curve not in known:
        raise KeysmithError("the JWK's curve has to be one of %s." % ", ".join(sorted(known)))
