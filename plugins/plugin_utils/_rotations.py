# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller tells a host of its rotations: which keys are published by now, and which may become active."""

from __future__ import annotations

import typing as t

Mapping = t.Mapping[str, t.Any]


def is_open(rotations: Mapping) -> bool:
    """Whether something is to be told: a key whose publication is new, or one that may become active."""
    return any(one.get("unpublished") or one.get("switch") for one in rotations.values())


def switches(rotations: Mapping) -> t.Dict[str, str]:
    """By service, the version that is about to be active."""
    return {name: one["switch"] for name, one in rotations.items() if one.get("switch")}


def confirmed(rotations: Mapping, proofs: Mapping) -> t.Tuple[t.Dict[str, t.Any], t.Dict[str, str]]:
    """By service, what is told; and why others keep the key that they have.

    ``rotations`` is what the host returned, ``proofs`` what the servers made of the keys that are about to be active: a
    service without one is not verified.
    """
    told: t.Dict[str, t.Any] = {}
    refused: t.Dict[str, str] = {}
    for name, one in rotations.items():
        told[name] = {"published": list(one.get("unpublished") or ())}
        switch = one.get("switch")
        proof = proofs.get(name) if switch else None
        if proof is not None and proof.get("accepted") is not True:
            refused[name] = "%s does not become active: %s" % (switch, proof.get("msg") or "its key was not accepted.")
        elif switch:
            told[name]["switch"] = switch
    return {name: one for name, one in told.items() if any(one.values())}, refused
