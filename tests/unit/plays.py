# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays of a few hosts that have been asked about the service orders, for what is decided of shared keys."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.plugin_utils._asked import Inventory, Service
from ansible_collections.keysmith.jwt.plugins.plugin_utils._sharing import Play

GROUPS = {"web": ["a", "b", "c"], "empty": [], "all": ["a", "b", "c", "d"]}


def play(
    answers: t.Mapping[str, t.Any], shared: t.Optional[t.Mapping[str, t.Tuple[str, ...]]] = None, **rest: t.Any
) -> Play:
    """A play of hosts with these answers; ``shared`` is what hosts were asked, if not the group."""
    given: t.Dict[str, t.Any] = {
        "inventory": Inventory(GROUPS),
        "batch": list(answers),
        "well": list(answers),
        "everybody": list(answers),
        "asked": {host: {"orders": Service(shared=(shared or {}).get(host, ("web",)))} for host in answers},
        "answers": answers,
    }
    return Play(**{**given, **rest})
