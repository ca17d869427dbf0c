# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller tells a host of its rotations: which keys are published by now, and which may become active."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError

Mapping = t.Mapping[str, t.Any]


def verified(arguments: Mapping) -> t.FrozenSet[str]:
    """The services of a task's arguments whose keys are proved before they become active."""
    return _having(arguments, "verify")


def _having(arguments: Mapping, option: str) -> t.FrozenSet[str]:
    common = (arguments.get("defaults") or {}).get(option)
    items = [item for item in arguments.get("services") or () if isinstance(item, dict)]
    return frozenset(str(item.get("name")) for item in items if item.get(option) or common)


def rotated(arguments: Mapping) -> t.FrozenSet[str]:
    """The services of a task's arguments with a rotation, for which the time counts."""
    return _having(arguments, "rotation")


def is_open(rotations: Mapping, switch: Mapping) -> bool:
    """Whether something is to be told: a key whose publication is new, or one that may become active."""
    return bool(switch) or any(one.get("unpublished") for one in rotations.values())


def registrations(rotations: Mapping, keypairs: Mapping, jwks: Mapping) -> t.List[t.Dict[str, t.Any]]:
    """The keys whose publication is new, as the user's own tasks register them.

    KeysmithError for one that is not among the keys that the host publishes: nobody has looked at that one.
    """
    found = []
    for name, one in rotations.items():
        for version in one.get("unpublished") or ():
            jwk = keypairs.get("%s/%s" % (name, version), {}).get("jwk")
            if name not in jwks or jwk is None:
                continue
            if jwk not in (jwks[name].get("keys") or ()):
                raise KeysmithError(
                    "%s: the key that this host returns for %s is not among those that it publishes, so it is not "
                    "registered." % (name, version)
                )
            found.append({"service": name, "version": version, "jwk": jwk, "jwks": jwks[name]})
    return found


def confirmed(
    rotations: Mapping,
    switches: Mapping,
    proofs: Mapping,
    verified: t.Container[str],
    planned: t.Optional[Mapping] = None,
) -> t.Tuple[t.Dict[str, t.Any], t.Dict[str, str]]:
    """By service, what is told; and why others keep the key that they have.

    ``rotations`` is what the host returned, ``switches`` which of its keys may become active (see :mod:`_agreements`),
    ``proofs`` what the servers made of these. ``planned``: in check mode, the key pairs as the host returned them.
    Without a proof, a service that is ``verified`` does not switch; check mode asks no server, and then it is enough
    that the key signs. A key that the run rewrites or registers first may do so later only, and is neither.
    """
    told: t.Dict[str, t.Any] = {}
    refused: t.Dict[str, str] = {}
    for name, one in rotations.items():
        told[name] = {"published": list(one.get("unpublished") or ())}
        switch = one.get("switch") if switches.get(name) == one.get("switch") else ""
        proof = proofs.get(name) or {}
        is_good = proof.get("accepted") is True if planned is None else "kid" in proof and "msg" not in proof
        if switch and name in verified and not is_good:
            if planned and (
                planned.get("%s/%s" % (name, switch), {}).get("changed") or switch in told[name]["published"]
            ):
                continue
            why = proof.get("msg") or "its key was not proved."
            refused[name] = "%s does not become active: %s%s" % (switch, why, _left(one.get("compromised") or ()))
        elif switch:
            told[name]["switch"] = switch
    return {name: one for name, one in told.items() if any(one.values())}, refused


def _left(compromised: t.Sequence[str]) -> str:
    """What that means for keys that somebody else may have."""
    text = " Until then, the service signs with a key that somebody else may have, and %s stays published."
    return text % ", ".join(compromised) if compromised else ""
