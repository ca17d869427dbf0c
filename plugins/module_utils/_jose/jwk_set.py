# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a JWK Set is made of (RFC 7517 section 5): read one, put keys in, take keys out.

A key is its thumbprint: the same key twice is one entry. A key ID is for one key only, since a verifier picks by it.
"""

from __future__ import annotations

import json
import typing as t

from .._errors import KeysmithError
from . import jwk as jose_jwk
from . import shared_primes
from .jwk_checks import (
    Jwk,
    called,
    check,
    check_shape,
    modulus,
)

#: 10,000 keys of RSA 8192 take 16 million octets.
MOST_OCTETS = 16 * 1024 * 1024
Keys = t.Dict[str, Jwk]


def parse(text: bytes, name: str) -> t.Dict[str, t.Any]:
    """The JWK Set or JWK that a file holds, as it stands. KeysmithError for anything else."""
    if len(text) > MOST_OCTETS:
        raise KeysmithError("%s is larger than %d bytes." % (name, MOST_OCTETS))
    try:
        document = json.loads(text.decode("utf-8-sig"), **_STRICT)
    except _Refused as error:
        message = "%s: %s." % (name, error)
    except (ValueError, RecursionError):
        message = "%s is not JSON; it has to be a JWK Set. Mend or remove it, and run again." % name
    else:
        message = "%s is JSON, but neither a JWK Set nor a JWK." % name
        if isinstance(document, dict) and ("keys" in document) != ("kty" in document):
            return document
    # Raised out here: the parser's error holds the whole text.
    raise KeysmithError(message)


class _Refused(ValueError):
    """JSON that parsers read differently."""


def _number(text: str) -> int:
    if len(text) > 400:
        raise _Refused("a number in it is too long")
    return int(text)


def _no_duplicates(pairs: t.List[t.Tuple[str, t.Any]]) -> t.Dict[str, t.Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Refused("a member is there twice, and programs differ in which they take")
    return members


def _no_constant(text: str) -> t.NoReturn:
    raise _Refused("NaN and Infinity are not JSON")


_STRICT: t.Dict[str, t.Any] = {
    "object_pairs_hook": _no_duplicates,
    "parse_constant": _no_constant,
    "parse_int": _number,
}


def entries(given: object, name: str) -> t.Iterator[t.Tuple[str, object]]:
    """The keys of a JWK, a JWK Set or a list of both, each with how messages call it."""
    if isinstance(given, (list, tuple)):
        for at, item in enumerate(given):
            yield from entries(item, "%s[%d]" % (name, at))
    elif isinstance(given, dict) and "keys" in given and "kty" not in given:
        if not isinstance(given["keys"], (list, tuple)):
            raise KeysmithError("%s: keys of a JWK Set is a list, not %s." % (name, called(given["keys"])))
        for at, item in enumerate(given["keys"]):
            yield "%s.keys[%d]" % (name, at), item
    else:
        yield name, given


def gather(given: object, name: str) -> Keys:
    """Thumbprint -> public JWK of everything given, in its order, each key once and each key ID for one key."""
    keys = merge(check(jwk, label) for label, jwk in entries(given, name))
    check_key_ids(keys, name)
    return keys


def kept(document: t.Mapping[str, t.Any], name: str) -> Keys:
    """Thumbprint -> JWK of a document that is there. Others' keys may be of any strength, but never private."""
    return merge(check_shape(jwk, label) for label, jwk in entries(document, name))


def merge(jwks: t.Iterable[Jwk]) -> Keys:
    """Thumbprint -> JWK, in the order given; of a key that is given twice, the first one's members win."""
    keys: Keys = {}
    for jwk in jwks:
        add(keys, {jose_jwk.thumbprint(jwk): jwk})
    return keys


def add(keys: Keys, more: Keys) -> None:
    """Put more keys at the end; of a key that is there already, its own members win."""
    for thumbprint, jwk in more.items():
        before = keys.get(thumbprint)
        keys[thumbprint] = jwk if before is None else dict(jwk, **before)


def check_key_ids(keys: Keys, name: str) -> None:
    """One key ID, one key."""
    owners: t.Dict[str, str] = {}
    for thumbprint, jwk in keys.items():
        if owners.setdefault(jwk.get("kid", thumbprint), thumbprint) != thumbprint:
            kid = str(jwk.get("kid", thumbprint))
            raise KeysmithError(
                "%s: two different keys have the kid %s; give each key a kid of its own."
                % (name, kid if len(kid) <= 20 else kid[:17] + "...")
            )


def check_primes(new: Keys, known: Keys, name: str) -> None:
    """KeysmithError where a new RSA key shares a prime with another one: both can be broken by anybody."""
    found = shared_primes.any_shared(
        [modulus(jwk, name) for jwk in new.values() if jwk["kty"] == "RSA"],
        [modulus(jwk, name) for thumbprint, jwk in known.items() if jwk["kty"] == "RSA" and thumbprint not in new],
    )
    if found:
        guilty = [jwk for jwk in list(new.values()) + list(known.values()) if _has(jwk, found, name)]
        raise KeysmithError(
            "%s: two RSA keys (%s) share a prime, so anybody can compute their private keys; make both anew."
            % (name, " and ".join(str(jwk.get("kid", "without kid"))[:20] for jwk in guilty[:2]))
        )


def _has(jwk: Jwk, moduli: t.Tuple[int, int], name: str) -> bool:
    return jwk["kty"] == "RSA" and modulus(jwk, name) in moduli


def present(before: Keys, wanted: Keys, name: str) -> Keys:
    """Wanted keys are in the set, in place where they are there already; members that only the set knows stay."""
    after = {thumbprint: dict(jwk, **wanted.get(thumbprint, {})) for thumbprint, jwk in before.items()}
    for thumbprint, jwk in wanted.items():
        after.setdefault(thumbprint, jwk)
    check_key_ids(after, name)
    return after


def absent(before: Keys, wanted: t.Container[str], key_ids: t.Container[str]) -> Keys:
    """The set without the keys of these thumbprints, and without those that ``key_ids`` name by kid or thumbprint."""
    return {
        thumbprint: jwk
        for thumbprint, jwk in before.items()
        if not (thumbprint in wanted or thumbprint in key_ids or jwk.get("kid") in key_ids)
    }
