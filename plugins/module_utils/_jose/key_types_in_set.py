# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of several types in one JWK Set: RFC 7517 allows it, and some libraries then refuse the whole set."""

from __future__ import annotations

import typing as t

from .jwk_set import Entry

#: Types that every library knows; Authlib, go-jose, jwskate and rhonabwy refuse a set that holds another one.
_KNOWN_TO_ALL = frozenset(("RSA", "EC", "OKP"))
#: Curves that count as types of their own: go-jose refuses a set that holds one of them.
_KNOWN_TO_FEW = frozenset(("secp256k1", "Ed448", "X25519", "X448"))


def warning(sets: t.Iterable[t.Tuple[str, t.Iterable[Entry], t.Iterable[Entry]]]) -> str:
    """Return a warning if libraries now refuse keys that they know in one of these sets; empty if none does.

    ``sets``: how each is called, what it held and what it holds.
    """
    mixed = {}
    for name, before, after in sets:
        found = types(after)
        if _trouble(found) > _trouble(types(before)):
            mixed[name] = found
    if not mixed:
        return ""
    name, found = next(iter(mixed.items()))
    more = " (and %d more)" % (len(mixed) - 1) if len(mixed) > 1 else ""
    who = "python-jose refuses keys that stand behind one of another type"
    if any(_trouble(one) > 1 for one in mixed.values()):
        who = "some of Authlib, go-jose, jwskate and rhonabwy refuse the whole set, and " + who
    return (
        '%s%s holds keys of several types (%s): %s. See "Keys of several types in one set" in the guide of '
        "keysmith.jwt." % (name, more, ", ".join(found), who)
    )


def _trouble(found: t.Sequence[str]) -> int:
    """Return 0 if every library reads the set, 1 if one has trouble, 2 if several have."""
    return 0 if len(found) < 2 else 1 if _KNOWN_TO_ALL.issuperset(found) else 2


def types(entries: t.Iterable[Entry]) -> t.List[str]:
    """Return the types of the keys in a set (kty, or crv where few libraries know the curve), each once."""
    jwks = (entry.jwk for entry in entries if isinstance(entry.jwk, dict))
    kinds = (one["crv"] if str(one.get("crv")) in _KNOWN_TO_FEW else one.get("kty") for one in jwks)
    return list(dict.fromkeys(kind for kind in kinds if isinstance(kind, str)))
