# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports for tests, from answers as the module jwt_keypair_info gives them."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.plugin_utils import _fleet, _fleet_report

NOW = 1796000000
Answer = t.Dict[str, t.Any]
#: What would be markup, a script or another sample, if it were not escaped.
HOSTILE = (
    "<script>window.hostile=1</script>",
    "</style></script><img src=x onerror=window.hostile=1>",
    "<!--",
    "]]>",
    "&lt;b&gt;",
    '" onmouseover="x',
    "'><iframe src=javascript:1>",
    'a"} 1\nsigning_keys_problems{host="b',
    "a\\",
    "\\n\\",
    'a\\"b',
    "{{ 7 * 7 }}",
    "\u202ereversed",
)


def answer(
    kid: str = "kid1", state: str = "active", problem: str = "", text: str = "Look.", service: str = "orders"
) -> Answer:
    """What a host with one service and one key says."""
    version = {
        "state": state,
        "source": "public_key",
        "kid": kid,
        "thumbprint": "print of " + kid,
        "algorithm": "RS256",
        "type": "RSA",
        "size": 4096,
        "created": "2026-01-10T08:00:00Z",
        "problems": [{"kind": problem, "text": text}] if problem else [],
    }
    step = {"step": "create", "version": "v2", "at": "2027-02-27T09:00:00Z"}
    one = {"active": "v1", "restart_due": False, "next": step, "versions": {"v1": version}, "problems": []}
    return {"asked": [service], "services": {service: one}, "unlisted": {}}


def report(answers: t.Mapping[str, Answer], now: int = NOW) -> _fleet_report.Report:
    """The report of hosts with these answers."""
    return _fleet_report.Report(now, _fleet.collect(list(answers), answers.__getitem__))
