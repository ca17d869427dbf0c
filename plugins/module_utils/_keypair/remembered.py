# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of an unchanged key pair: what a record stores of it, and how the result is restored.

Most of it stands in the public key file and the JWK file, which are compared anyway. So a record holds the rest, and is
short. The controller makes results of what a host sends it with the same code.
"""

from __future__ import annotations

import json
import time
import typing as t

from . import fingerprints

#: What every result of an unchanged key pair says.
_ALWAYS: t.Dict[str, t.Any] = {"changed": False, "changes": [], "created": False}
#: Facts that are members of the JWK, where the record says nothing else of them.
_MEMBERS = {"algorithm": "alg", "type": "kty", "curve": "crv", "key_id": "kid", "thumbprint": "kid"}
_PATHS = ("path", "public_path", "jwk_path")
#: What is returned of when a certificate is renewed; and what comes after all times.
RENEWAL, _NEVER = "certificate_renewal", "A"


class Remembered(t.NamedTuple):
    """The result of a key pair, its warnings, and what its caller stored with it."""

    result: t.Dict[str, t.Any]
    warnings: t.List[str]
    more: t.Dict[str, t.Any]


def pack(remembered: Remembered, public_key: str, jwk: str, names: t.Mapping[str, t.Any]) -> str:
    """Return what the public files do not say, in JSON on one line. Files that do not exist are empty.

    ``names`` are those of variables in environment files, for ``former_names``.
    """
    known = _known([""] * 3, public_key, jwk)
    result = remembered.result
    facts = {
        name: value
        for name, value in result.items()
        if name not in _PATHS and not (name in known and known[name] == value)
    }
    return json.dumps([facts, remembered.warnings, remembered.more, names], sort_keys=True, separators=(",", ":"))


def unpack(paths: t.Sequence[str], public_key: str, jwk: str, rest: str) -> Remembered:
    """Restore the result. ValueError, TypeError or LookupError if it cannot have come from ``pack``.

    ValueError, too, where time has done something to it: a certificate has to be renewed.
    """
    facts, warnings, more = json.loads(rest)[:3]
    # Times of one form are in order as texts are.
    if facts.get(RENEWAL, _NEVER) <= time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()):
        raise ValueError
    return Remembered({**_known(paths, public_key, jwk), **facts}, [str(text) for text in warnings], dict(more))


def _known(paths: t.Sequence[str], public_key: str, jwk: str) -> t.Dict[str, t.Any]:
    """Return what is known of a result without a record."""
    known = {**_ALWAYS, **{name: path for name, path in zip(_PATHS, paths) if path}}
    if public_key:
        known.update(public_key=public_key, fingerprints=fingerprints.of(public_key, ""))
    if jwk:
        known["jwk"] = json.loads(jwk)
        members = known["jwk"]
        known.update({name: members[member] for name, member in _MEMBERS.items() if member in members})
    return known
