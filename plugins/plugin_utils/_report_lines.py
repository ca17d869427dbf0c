# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a fleet on a terminal: problems first, then each key if there are few."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import few
from ansible_collections.keysmith.jwt.plugins.module_utils._service import history
from ansible_collections.keysmith.jwt.plugins.plugin_utils._fleet import Key, Problem
from ansible_collections.keysmith.jwt.plugins.plugin_utils._fleet_report import Report
from ansible_collections.keysmith.jwt.plugins.plugin_utils._published import Compared
from ansible_collections.keysmith.jwt.plugins.plugin_utils._report_next import STEPS

#: So many problems are shown, so many names in one line, and so many keys.
_PROBLEMS, _NAMES, _KEYS = 10, 10, 20
_DAY = 86400


def lines(report: Report, where: str) -> t.List[str]:
    """Return the lines; ``where`` is the directory with the whole report, empty for none."""
    fleet = report.fleet
    counts = (len(fleet.hosts), len(fleet.services), len(fleet.keys))
    found = ["%s Hosts: %d, services: %d, keys: %d." % (report.verdict, *counts)]
    if fleet.silent:
        found.append("Hosts without an answer: %s" % few([one.host for one in fleet.silent], _NAMES))
    for compared in report.published:
        found += _of_set(compared)
    found += map(_of_problem, fleet.problems[:_PROBLEMS])
    more = len(fleet.problems) - _PROBLEMS
    if more > 0:
        found.append("%d more problems" % more)
    if len(fleet.keys) <= _KEYS:
        found += _of_keys(report)
    if where:
        return [*found, "The report is in %s" % where]
    is_short = more > 0 or len(fleet.keys) > _KEYS
    return [*found, "Set signing_key_report_directory to have all keys and problems in files"] if is_short else found


def _of_problem(problem: Problem) -> str:
    return "%s: %s: %s" % (problem.host, _name(problem), problem.text)


def _name(one: t.Union[Key, Problem]) -> str:
    return "/".join(filter(None, (one.service, one.version)))


def _of_set(compared: Compared) -> t.Iterator[str]:
    if compared.error:
        yield compared.error
    for text, names in (
        ("Missing in %s (%d): %s", ["%s %s" % (key.host, _name(key)) for key in compared.missing]),
        ("On no host, but in %s (%d): %s", [entry.kid for entry in compared.stale]),
    ):
        if names:
            yield text % (compared.where, len(names), few(names, _NAMES))


def _of_keys(report: Report) -> t.Iterator[str]:
    """Return each key with its age, and the next step of its service beside the active one."""
    services = {(one.host, one.name): one for one in report.fleet.services}
    for key in report.fleet.keys:
        facts = [key.state, key.algorithm, key.kid and "key ID " + key.kid, _age(key, report.generated)]
        service = services.get((key.host, key.service))
        if service and key.state == "active" and service.step in STEPS:
            facts.append("next: %s, %s" % (STEPS[service.step] % service.version, service.at))
        yield "%s: %s: %s" % (key.host, _name(key), ", ".join(filter(None, facts)))


def _age(key: Key, now: int) -> str:
    try:
        days = max(0, now - history.seconds(key.created)) // _DAY if key.created else None
    except ValueError:
        days = None
    return "" if days is None else "%d day%s old" % (days, "" if days == 1 else "s")
