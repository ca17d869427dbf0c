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
    goals = [goal for check in CHECKS for goal in check(found)]
    if not goals:
        return ""
    rows = [f"| {goal.text} | {goal.measured} | {'met' if goal.met else 'not met'} |" for goal in goals]
    return "\n".join(["| goal | measured | |", "|---|---|---|", *rows, ""])


def _at_most(text: str, value: float, limit: float, unit: str) -> Goal:
    return Goal(f"{text}: at most {limit:g} {unit}", f"{value:.2f}", value <= limit)


def _second(samples: t.Sequence[dict[str, t.Any]], name: str, what: str = "wall") -> float:
    return Chosen(samples, contestant=name, run="second").median(what)


def _cpu(samples: t.Sequence[dict[str, t.Any]], name: str) -> float:
    """Of the controller and of all hosts together."""
    return _second(samples, name, "controller") + _second(samples, name, "hosts")


def _ratios(samples: t.Sequence[dict[str, t.Any]], text: str, name: str, wall: float, cpu: float) -> list[Goal]:
    """A second run beside one ping."""
    return [
        _at_most(f"{text}: time", _second(samples, name) / _second(samples, "ping"), wall, "times one ping"),
        _at_most(
            f"{text}: CPU of controller and hosts", _cpu(samples, name) / _cpu(samples, "ping"), cpu, "times one ping"
        ),
    ]


def _daily(found: Results) -> list[Goal]:
    samples = found.get("daily", {}).get("samples", [])
    if not samples:
        return []
    what = f"Second run, {samples[0]['fleet']} hosts, {samples[0]['key']}"
    goals = _ratios(samples, what, "role", 0.75, 0.55)
    for name, title, limit in (
        ("best", "the best community.crypto role", 9.0),
        ("gated", "community.crypto behind a gate", 1.7),
        ("shell", "one shell task", 1.7),
    ):
        ratio = _second(samples, name) / _second(samples, "role")
        goals.append(Goal(f"{what}: at least {limit:g} times faster than {title}", f"{ratio:.2f}", ratio >= limit))
    return goals


def _services(found: Results) -> list[Goal]:
    samples = found.get("services", {}).get("samples", [])
    if not samples:
        return []
    text = f"Second run, {samples[0]['fleet']} hosts, 20 services each, {samples[0]['key']}"
    return _ratios(samples, text, "role20", 0.95, 0.65)


def _changed(found: Results) -> list[Goal]:
    samples = found.get("changed", {}).get("samples", [])
    if not samples:
        return []
    one, none = (_second(samples, name, "hosts") for name in ("changed20", "role20"))
    text = f"One of 20 services changed, {samples[0]['fleet']} hosts: CPU of the hosts"
    return [_at_most(text, one / none, 1.5, "times that of a run in which nothing has changed")]


def _blocks(found: Results) -> list[Goal]:
    samples = found.get("blocks", {}).get("samples", [])
    if not samples:
        return []
    text = "Second run, 20 services each, ext4 with blocks of 1 KiB: CPU"
    return [_at_most(text, _cpu(samples, "small20") / _cpu(samples, "large20"), 1.1, "times that with blocks of 4 KiB")]


def _beginning(found: Results) -> list[Goal]:
    samples = found.get("beginning", {}).get("samples", [])
    if not samples:
        return []
    role, least = (Chosen(samples, contestant=name, run="first").median("wall") for name in ("role", "openssl"))
    text = f"First run, {samples[0]['fleet']} hosts, {samples[0]['key']}"
    return [_at_most(text, role / least, 1.25, "times a play with one openssl genrsa command")]


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


def _sets(found: Results) -> list[Goal]:
    samples = found.get("sets", {}).get("samples", [])
    goals = []
    nothing = Chosen(samples, contestant="nothing")
    for run in ("first", "second"):
        now, before = (Chosen(samples, contestant=name, run=run) for name in ("sets", "before"))
        if before:
            ours, theirs = (chosen.median("controller") - nothing.median("controller") for chosen in (now, before))
            text = f"{now.samples[0]['keys']:,} RSA keys through the module jwks, {run} run: CPU that it adds"
            goals.append(_at_most(text, ours / theirs, 0.6, "times that of the commit before"))
    large = Chosen(samples, contestant="file", run="first")
    if large:
        text = f"{large.samples[0]['keys']:,} RSA keys from a file through the module jwks: controller's memory"
        goals.append(_at_most(text, large.median("memory"), 400, "MB"))
    return goals


def _reporting(found: Results) -> list[Goal]:
    samples = found.get("reporting", {}).get("samples", [])
    if not samples:
        return []
    read, written = (Chosen(samples, contestant=name).median("controller") for name in ("json", "reporting"))
    if not read:  # Of too few hosts to be measured.
        return []
    text = f"The report of {samples[0]['keys']:,} hosts: CPU"
    return [_at_most(text, written / read, 15, "times json.load of their answers")]


def _filter(found: Results) -> list[Goal]:
    samples = found.get("filter", {}).get("samples", [])
    if not samples:
        return []
    spent, without = (Chosen(samples, contestant=name).median("controller") for name in ("filter", "lengths"))
    count, before = samples[0]["keys"], Chosen(samples, contestant="before")
    if spent <= without:
        return []  # Of so few, nothing can be told beside what a template costs.
    text = f"{count:,} conversions by the filter in one template: CPU that they add"
    goals = [_at_most(text, spent - without, count / 1000, "s")]
    if before:
        ratio = (spent - without) / (before.median("controller") - without)
        goals.append(_at_most(text, ratio, 0.6, "times that of the commit before"))
    return goals


CHECKS = (_daily, _services, _changed, _blocks, _first, _beginning, _collecting, _sets, _reporting, _filter)
