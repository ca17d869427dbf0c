# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role still has to do for a host, from the host's answer: the conditions of its tasks."""

from __future__ import annotations

import typing as t

Mapping = t.Mapping[str, t.Any]


def of(answer: Mapping, is_check: bool) -> t.Dict[str, t.Any]:
    """Return what is left to do after an answer of the module jwt_keypairs; in check mode, what would be."""
    failed = bool(answer.get("failed") or (answer.get("asked") or {}).get("failed"))
    shared, due, units = (answer.get(name) or {} for name in ("shared", "restart_due", "units"))
    waits = [name for name, one in shared.items() if "recipient" in one]
    absent, restart = list((answer.get("absent") or {}).values()), list(answer.get("restart") or ())
    return {
        "more": bool(failed or waits or restart or due or units or absent),
        "failed": failed,
        #: Keys that another host has to send.
        "waits": waits,
        #: Units whose key has changed in this run, and services that wait for a restart since an earlier one, too.
        "restart": [] if is_check else restart,
        "would_restart": restart if is_check else [],
        "due": {} if is_check else due,
        #: Services that have begun to use a new key because somebody else may have the old one.
        "compromised": [] if is_check else _compromised(answer.get("rotation") or {}, due),
        #: Whether units are about to read their keys as credentials.
        "hands_over": not is_check and any("LoadCredential=" in one.get("block", "") for one in units),
        #: The units of removed services, and whether a drop-in was removed.
        "absent_units": list(dict.fromkeys(unit for one in absent for unit in one.get("units") or ())),
        "drop_in_is_gone": not is_check and any(one.get("drop_in") for one in absent),
    }


def _compromised(rotations: Mapping, due: Mapping) -> t.List[str]:
    replaced = [name for name, one in rotations.items() if one.get("compromised")]
    return [name for name in replaced if (due.get(name) or {}).get("units")]
