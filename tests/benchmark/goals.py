# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The goals that the project has set itself, and whether what was measured meets them."""

from __future__ import annotations

import typing as t

from results import Chosen, Results


class Goal(t.NamedTuple):
    text: str
    measured: str
    met: bool


def markdown(found: Results) -> str:
    """A table; nothing where nothing that has a goal was measured."""
    goals = [goal for check in (_daily, _services, _first, _collecting, _filter) for goal in check(found)]
    if not goals:
        return ""
    rows = [f"| {goal.text} | {goal.measured} | {'met' if goal.met else 'not met'} |" for goal in goals]
    return "\n".join(["| goal | measured | |", "|---|---|---|", *rows, ""])


def _at_most(text: str, value: float, limit: float, unit: str) -> Goal:
    return Goal(f"{text}: at most {limit:g} {unit}", f"{value:.2f}", value <= limit)


def _daily(found: Results) -> list[Goal]:
    samples = found.get("daily", {}).get("samples", [])
    wall = {
        name: Chosen(samples, contestant=name, run="second").median("wall")
        for name in {sample["contestant"] for sample in samples}
    }
    if not wall:
        return []
    what = f"Second run, {samples[0]['fleet']} hosts, {samples[0]['key']}"
    goals = [_at_most(what, wall["role"] / wall["ping"], 1.3, "times one ping")]
    for name, title, limit in (("best", "best", 5), ("typical", "typical", 7)):
        ratio = wall[name] / wall["role"]
        text = f"{what}: at least {limit} times faster than the {title} community.crypto role"
        goals.append(Goal(text, f"{ratio:.2f}", ratio >= limit))
    return goals


def _services(found: Results) -> list[Goal]:
    samples = found.get("services", {}).get("samples", [])
    if not samples:
        return []
    many, ping = (Chosen(samples, contestant=name, run="second").median("wall") for name in ("role20", "ping"))
    text = f"Second run, {samples[0]['fleet']} hosts, 20 services each, {samples[0]['key']}"
    return [_at_most(text, many / ping, 1.6, "times one ping")]


def _first(found: Results) -> list[Goal]:
    samples = found.get("first", {}).get("samples", [])
    if not samples:
        return []
    keys = Chosen(samples, contestant="keys").mean("hosts")
    first, second = (Chosen(samples, contestant="role", run=run).mean("hosts") for run in ("first", "second"))
    text = f"First run, {samples[0]['fleet']} hosts, {samples[0]['key']}: CPU of the hosts, less that of the second run"
    return [_at_most(text, (first - second) / keys, 1.15, "times what the library takes of it to make the keys")]


def _collecting(found: Results) -> list[Goal]:
    samples = found.get("collecting", {}).get("samples", [])
    goals = []
    for count, limit in ((1000, 3), (10000, 30)):
        chosen = Chosen(samples, contestant="collecting", run="second", keys=count)
        if chosen:
            nothing = Chosen(samples, contestant="nothing", keys=count).median("controller")
            for run in ("first", "second"):
                whole = Chosen(samples, contestant="collecting", run=run, keys=count).median("controller")
                text = f"{count:,} hosts' JWKs collected, {run} run: controller's CPU"
                goals.append(_at_most(text, whole - nothing, limit, "s"))
    return goals


def _filter(found: Results) -> list[Goal]:
    samples = found.get("filter", {}).get("samples", [])
    if not samples:
        return []
    spent, without = (Chosen(samples, contestant=name).median("controller") for name in ("filter", "lengths"))
    count = samples[0]["keys"]
    if spent <= without:
        return []  # Of so few, nothing can be told beside what a template costs.
    return [_at_most(f"{count:,} conversions by the filter in one template: CPU", spent - without, 1, "s")]
