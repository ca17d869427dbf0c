# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the page, one for each section."""

from __future__ import annotations

import typing as t

from results import KEYS, PARTS, SUITES, TITLES, Chosen

Samples = t.Sequence[t.Dict[str, t.Any]]


def _table(head: t.Sequence[str], rows: t.Iterable[t.Sequence[t.Any]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join([*lines, ""])


def _seconds(value: float) -> str:
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _names(samples: Samples) -> list[str]:
    present = {sample["contestant"] for sample in samples}
    return [name for name in TITLES if name in present]


HEAD = (
    "runs", "time, s", "least to most", "times one ping", "times the role",
    "controller CPU, s", "hosts' CPU, s", "round trips a host", "controller memory, MB",
)  # fmt: skip


def seconds(samples: Samples) -> str:
    """Second runs: medians, ratios, and what each of the measures says."""
    hosts, key = samples[0]["fleet"], samples[0]["key"]
    ours = next(name for name in ("role", "role20", "large20") if Chosen(samples, contestant=name, run="second"))
    ping, role = (Chosen(samples, contestant=name, run="second").median("wall") for name in ("ping", ours))
    rows = []
    for name in _names(samples):
        chosen = Chosen(samples, contestant=name, run="second")
        wall, (least, most) = chosen.median("wall"), chosen.spread("wall")
        rows.append(
            (
                TITLES[name], len(chosen.samples), _seconds(wall), f"{least:.1f} to {most:.1f}",
                f"{wall / ping:.2f}", f"{wall / role:.2f}",
                _seconds(chosen.median("controller")), _seconds(chosen.median("hosts")),
                f"{chosen.median('trips') / hosts:.1f}", f"{chosen.median('memory'):.0f}",
            )
        )  # fmt: skip
    return _table([f"second run, {hosts} hosts, {key}", *HEAD], rows)


def beginning(samples: Samples) -> str:
    """First runs: medians, and how many times the single command."""
    hosts, key = samples[0]["fleet"], samples[0]["key"]
    least = Chosen(samples, contestant="openssl").median("wall")
    rows = []
    for name in _names(samples):
        chosen = Chosen(samples, contestant=name, run="first")
        wall = chosen.median("wall")
        spent = (_seconds(chosen.median("controller")), _seconds(chosen.median("hosts")))
        rows.append((TITLES[name], len(chosen.samples), _seconds(wall), f"{wall / least:.2f}", *spent))
    head = ("runs", "time, s", "times one command", "controller CPU, s", "hosts' CPU, s")
    return _table([f"first run, {hosts} hosts, {key}", *head], rows)


def first(samples: Samples) -> str:
    """Means, because how long a key takes is a matter of luck."""
    hosts, key = samples[0]["fleet"], samples[0]["key"]
    keys = Chosen(samples, contestant="keys")
    made = "the library's calls that make the keys, in the first run"
    rows = [(made, len(keys.samples), "", "", f"{keys.mean('hosts'):.1f}", "1.00")]
    for run in ("first", "second"):
        chosen = Chosen(samples, contestant="role", run=run)
        rows.append(
            (
                f"{TITLES['role']}, {run} run", len(chosen.samples),
                f"{chosen.mean('wall'):.1f}", f"{chosen.mean('controller'):.1f}",
                f"{chosen.mean('hosts'):.1f}", f"{chosen.mean('hosts') / keys.mean('hosts'):.2f}",
            )
        )  # fmt: skip
    head = (f"{hosts} hosts, {key}, means", "runs", "time, s", "controller CPU, s", "hosts' CPU, s", "times the keys")
    return _table(head, rows)


def algorithms(samples: Samples) -> str:
    """First and second run, side by side."""
    parts = []
    hosts = samples[0]["fleet"]
    for key in KEYS:
        ping = Chosen(samples, contestant="ping", key=key).median("wall")
        rows = []
        for name in _names(samples):
            runs = [Chosen(samples, contestant=name, key=key, run=run) for run in ("first", "second")]
            trips = [f"{chosen.median('trips') / hosts:.1f}" for chosen in runs if chosen]
            times = [part for chosen in runs for part in _time(chosen, ping)]
            rows.append((TITLES[name], len(runs[1].samples), *times, ", ".join(trips)))
        each = ("time, s", "times one ping", "CPU controller + hosts, s")
        columns = [f"{run} run: {what}" for run in ("first", "second") for what in each]
        parts.append(_table([f"{hosts} hosts, {key}", "runs", *columns, "round trips a host"], rows))
    return "\n".join(parts)


def _time(chosen: Chosen, ping: float) -> tuple[str, str, str]:
    if not chosen:
        return "", "", ""
    wall, ours, theirs = (chosen.median(what) for what in ("wall", "controller", "hosts"))
    return _seconds(wall), f"{wall / ping:.2f}", f"{_seconds(ours)} + {_seconds(theirs)}"


def module(samples: Samples) -> str:
    """One table for each release, as they have other Pythons and libraries."""
    parts = []
    for suite in [suite for suite in SUITES if any(sample["suite"] == suite for sample in samples)]:
        ping = Chosen(samples, contestant="ping", suite=suite).median("cpu")
        rows = []
        for name, title in PARTS.items():
            chosen = Chosen(samples, contestant=name, suite=suite)
            cpu, sent = chosen.median("cpu"), chosen.median("sent") / 1000
            counted = [f"{chosen.median(what):.0f}" for what in ("modules", "calls")]
            loaded = "yes" if chosen.samples[0]["cryptography"] else "no"
            times = (f"{cpu * 1000:.0f}", f"{cpu / ping:.2f}")
            rows.append((title, len(chosen.samples), f"{sent:.0f}", *counted, loaded, *times))
        head = ("runs", "sent, kB", "Python modules", "system calls", "cryptography", "CPU, ms", "times one ping")
        parts.append(_table((f"Debian {suite}, ES256", *head), rows))
    return "\n".join(parts)


COLLECTING = (
    ("nothing", "second", "a word to the same inventory"),
    ("collecting", "first", "collecting, first run"),
    ("collecting", "second", "collecting, second run"),
    ("report", "second", "the role's report"),
)


def collecting(samples: Samples) -> str:
    """What each of the plays uses, and what it adds to one that only loads the inventory."""
    rows = []
    for count in sorted({sample["keys"] for sample in samples}):
        nothing = Chosen(samples, contestant="nothing", keys=count)
        for name, run, title in COLLECTING:
            chosen = Chosen(samples, contestant=name, run=run, keys=count)
            spent, memory = chosen.median("controller"), chosen.median("memory")
            added = (spent - nothing.median("controller"), memory - nothing.median("memory"))
            more = (f"{added[0]:.2f}", f"{added[0] / count * 1000:.2f}", f"{added[1]:.0f}")
            whole = (f"{count:,} hosts: {title}", len(chosen.samples), _seconds(spent), f"{memory:.0f}")
            rows.append((*whole, *(("", "", "") if name == "nothing" else more)))
    head = ("", "runs", "CPU, s", "memory, MB", "CPU added, s", "added a host, ms", "memory added, MB")
    return _table(head, rows)


SETS = (
    ("nothing", "second", "a word, with the keys in a variable"),
    ("sets", "first", "the module, first run"),
    ("sets", "second", "the module, second run"),
    ("before", "first", "the module of the commit before, first run"),
    ("before", "second", "the module of the commit before, second run"),
    ("file", "first", "the module with keys from a file, first run"),
    ("file", "second", "the module with keys from a file, second run"),
)


def sets(samples: Samples) -> str:
    """What each of the plays uses; those with the keys in a variable, beside one that only loads it."""
    rows = []
    nothing = Chosen(samples, contestant="nothing").median("controller")
    for name, run, title in SETS:
        chosen = Chosen(samples, contestant=name, run=run)
        if chosen:
            spent, count = chosen.median("controller"), chosen.samples[0]["keys"]
            added = f"{spent - nothing:.2f}" if name in ("sets", "before") else ""
            memory = f"{chosen.median('memory'):.0f}"
            rows.append((f"{count:,} keys: {title}", len(chosen.samples), f"{spent:.2f}", added, memory))
    return _table(("", "runs", "CPU, s", "CPU added, s", "memory, MB"), rows)


def reporting(samples: Samples) -> str:
    rows = []
    for name, title in (("json", "the answers, read as JSON"), ("reporting", "the report, as page, JSON and metrics")):
        chosen = Chosen(samples, contestant=name)
        spent = f"{chosen.median('controller'):.2f}"
        rows.append((title, len(chosen.samples), spent, f"{chosen.median('memory'):.0f}"))
    return _table((f"{samples[0]['keys']:,} hosts", "runs", "CPU, s", "memory so far, MB"), rows)


def filter_(samples: Samples) -> str:
    rows = []
    names = (
        ("lengths", "the length of each text"),
        ("filter", "each text to its JWK"),
        ("before", "the same by the commit before"),
    )
    for name, title in names:
        chosen = Chosen(samples, contestant=name)
        if not chosen:
            continue
        row = (title, len(chosen.samples), f"{chosen.median('controller'):.2f}", f"{chosen.median('memory'):.0f}")
        rows.append(row)
    return _table((f"one template, {samples[0]['keys']:,} keys", "runs", "CPU, s", "memory, MB"), rows)


TABLES: t.Mapping[str, t.Callable[[Samples], str]] = {
    "daily": seconds,
    "services": seconds,
    "changed": seconds,
    "blocks": seconds,
    "beginning": beginning,
    "first": first,
    "module": module,
    "algorithms": algorithms,
    "collecting": collecting,
    "sets": sets,
    "reporting": reporting,
    "filter": filter_,
}
