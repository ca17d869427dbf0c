# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check what a JWK says its key is for: use, alg and key_ops have to fit the key and each other (RFC 7517 section 4.2
on).
"""

from __future__ import annotations

import functools
import re
import typing as t

from .._errors import KeysmithError
from .._keys.algorithms import ALGORITHMS
from . import jwk as jose_jwk

#: RFC 7518 section 4.1: algorithms that encrypt for an RSA key, and for keys that agree on a secret.
_FOR_RSA, _FOR_AGREEMENT = re.compile(r"RSA1_5|RSA-OAEP(-\d+)?"), re.compile(r"ECDH-ES(\+A\d+KW)?")
#: RFC 7518: algorithms without a key pair. A verifier that believes a JWK with HS256 takes a public key for a secret.
_WITHOUT_PAIR = re.compile(r"HS\d+|A\d+(GCM)?KW|A\d+(GCM|CBC-HS\d+)|PBES2-.*|dir|none")
#: RFC 7517 section 4.3.
_OPERATIONS = {
    "sig": frozenset(("sign", "verify")),
    "enc": frozenset(("encrypt", "decrypt", "wrapKey", "unwrapKey", "deriveKey", "deriveBits")),
}


def check(jwk: t.Mapping[str, t.Any]) -> None:
    """Refuse a public JWK whose members contradict its key or each other."""
    kind, curve, use, alg = jwk["kty"], jose_jwk.curve(jwk), jwk.get("use"), jwk.get("alg")
    of_key = _uses_of_key(kind, curve)
    if use in _OPERATIONS and use not in of_key:
        raise KeysmithError("the JWK says use %s, but %s keys are for use %s." % (use, curve, " or ".join(of_key)))
    of_alg = "" if alg is None else _use_of_alg(alg, kind, curve)
    if use in _OPERATIONS and of_alg not in ("", use):
        raise KeysmithError(
            "the JWK says use %s beside alg %s, which is for use %s; correct one of the two, or leave it out."
            % (use, alg, of_alg)
        )
    operations = jwk.get("key_ops")
    if operations is None:
        return
    if not isinstance(operations, list) or not all(isinstance(one, str) for one in operations):
        raise KeysmithError("the JWK's key_ops has to be a list of strings.")
    if len(set(operations)) != len(operations):
        raise KeysmithError("the JWK's key_ops names an operation twice.")
    if use in _OPERATIONS and not _OPERATIONS[use].issuperset(operations):
        raise KeysmithError("the JWK's key_ops names an operation that is not for use %s." % use)


@functools.lru_cache(maxsize=64)
def _uses_of_key(kind: str, curve: str) -> t.Tuple[str, ...]:
    """Return the uses of a key: RSA and EC keys can do both; another key does what its algorithm does."""
    if kind in ("RSA", "EC"):
        return "enc", "sig"
    return tuple(sorted({row.use for row in ALGORITHMS.values() if row.takes(kind, curve)}))


@functools.lru_cache(maxsize=64)
def _use_of_alg(alg: str, kind: str, curve: str) -> str:
    """Return the use of an ``alg``; empty for unknown names, KeysmithError if it is for other keys."""
    rows = [row for row in ALGORITHMS.values() if row.jwk_alg == alg and row.use == "sig"]
    if rows:
        fits = any(row.takes(kind, curve) for row in rows)
    elif _FOR_RSA.fullmatch(alg):
        fits = kind == "RSA"
    elif _FOR_AGREEMENT.fullmatch(alg):
        fits = kind != "RSA" and "enc" in _uses_of_key(kind, curve)
    elif _WITHOUT_PAIR.fullmatch(alg):
        fits = False
    else:
        return ""
    if not fits:
        raise KeysmithError("the JWK's alg does not fit its key.")
    return "sig" if rows else "enc"
