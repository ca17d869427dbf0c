# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rounds of plays on hosts: in each round every contestant once, and each round begins with another one."""

from __future__ import annotations

import datetime
import typing as t

import making
import small_disks
from contestants import (
    BEFORE,
    BEFORE20,
    BEST,
    COMMANDS,
    GATED,
    KEYS,
    OPENSSL,
    OTHER,
    PING,
    ROLE,
    ROLE20,
    SHELL,
    TYPICAL,
    Contestant,
    Fleet,
)
from measure import Cost, Failed

Sample = t.Dict[str, t.Any]
Say = t.Callable[[str], None]

PEERS = (SHELL, GATED, BEST, TYPICAL, COMMANDS)


def daily(fleet: Fleet, runs: int, key: str, say: Say) -> list[Sample]:
    """Everyone's second run, in which nothing is to be done; what made the keys before is noted, too."""
    fleet.run(PING, key, changes=False)
    all_of_them = (ROLE, *_before(BEFORE), *PEERS)
    samples = [_first(fleet, contestant, key, say) for contestant in all_of_them]
    return samples + _seconds(fleet, (PING, *all_of_them), runs, key, say)


def services(fleet: Fleet, runs: int, key: str, say: Say) -> list[Sample]:
    """The role's second run with one service a host and with 20."""
    fleet.run(PING, key, changes=False)
    all_of_them = (ROLE, ROLE20, *_before(BEFORE20))
    samples = [_first(fleet, contestant, key, say) for contestant in all_of_them]
    return samples + _seconds(fleet, (PING, *all_of_them), runs, key, say)


def changed(fleet: Fleet, runs: int, key: str, say: Say) -> list[Sample]:
    """A run in which one of 20 services is not as it was, and one in which all are, in turn."""
    samples = [_first(fleet, ROLE20, key, say)]
    for _round in range(runs):
        fleet.spoil(ROLE20)
        cost = fleet.run(ROLE20, key, changes=True)
        samples.append(_sample("changed20", key, "second", len(fleet.hosts), cost, say))
        samples.append(_run(fleet, ROLE20, key, "second", say))
        samples.append(_run(fleet, PING, key, "second", say))
    return samples


def blocks(fleet: Fleet, runs: int, key: str, say: Say) -> list[Sample]:
    """20 services a host on ext4 with blocks of 1 KiB, which mkfs chooses for small disks, and of 4 KiB."""
    disks = [Contestant(name, ROLE20.playbook, 20) for name in ("large20", "small20")]
    fleet.run(PING, key, changes=False)
    samples = []
    for contestant, size in zip(disks, (4096, 1024), strict=True):
        fleet.forget(contestant)
        for host in fleet.hosts:
            small_disks.mount(host, contestant.name, size)
        samples.append(_run(fleet, contestant, key, "first", say))
    return samples + _seconds(fleet, (PING, *disks), runs, key, say)


def beginning(fleet: Fleet, runs: int, key: str, say: Say) -> list[Sample]:
    """First runs of the role, and a play with the one command that makes a key of that kind."""
    fleet.run(PING, key, changes=False)
    samples = []
    for number in range(runs):
        for contestant in _turned((ROLE, *_before(BEFORE), OPENSSL), number):
            samples.append(_first(fleet, contestant, key, say))
    return samples


def _before(contestant: Contestant) -> list[Contestant]:
    """The role of another commit, where one was named."""
    return [contestant] if OTHER.exists() else []


def algorithms(fleet: Fleet, runs: int, say: Say, keys: t.Sequence[str] = tuple(KEYS)) -> list[Sample]:
    """Everyone's first and second run, for each algorithm."""
    samples = []
    fleet.run(PING, keys[0], changes=False)
    for number in range(runs):
        for key in keys:
            for contestant in _turned((PING, ROLE, *PEERS), number):
                if contestant is not PING:
                    samples.append(_first(fleet, contestant, key, say))
                samples.append(_run(fleet, contestant, key, "second", say))
    return samples


def first(fleet: Fleet, runs: int, key: str, say: Say) -> list[Sample]:
    """The role's first run and its second, and what the library took of the first to make the keys."""
    samples = []
    making.watch(fleet.hosts)
    fleet.run(PING, key, changes=False)
    for _round in range(runs):
        samples.append(_first(fleet, ROLE, key, say))
        taken = making.taken(fleet.hosts)
        if len(taken) != len(fleet.hosts):
            raise Failed(f"{len(fleet.hosts)} hosts made {len(taken)} keys")
        samples.append(_sample("keys", key, "first", len(fleet.hosts), Cost(0.0, 0.0, sum(taken), 0, 0.0), say))
        samples.append(_run(fleet, ROLE, key, "second", say))
    return samples


def _seconds(fleet: Fleet, contestants: t.Sequence[Contestant], runs: int, key: str, say: Say) -> list[Sample]:
    return [
        _run(fleet, contestant, key, "second", say)
        for number in range(runs)
        for contestant in _turned(contestants, number)
    ]


def _turned(contestants: t.Sequence[Contestant], number: int) -> list[Contestant]:
    at = number % len(contestants)
    return [*contestants[at:], *contestants[:at]]


def _first(fleet: Fleet, contestant: Contestant, key: str, say: Say) -> Sample:
    fleet.forget(contestant)
    return _run(fleet, contestant, key, "first", say)


def _run(fleet: Fleet, contestant: Contestant, key: str, which: str, say: Say) -> Sample:
    cost = fleet.run(contestant, key, changes=which == "first")
    return _sample(contestant.name, key, which, len(fleet.hosts), cost, say)


def _sample(name: str, key: str, which: str, hosts: int, cost: Cost, say: Say) -> Sample:
    say(
        f"{datetime.datetime.now():%H:%M:%S}  {name:<9} {key:<9} {which:<7} {hosts:>3} hosts {cost.wall:7.1f} s, "
        f"CPU {cost.controller:6.1f} + {cost.hosts:6.1f} s, {cost.trips:>4} round trips, {cost.memory:4.0f} MB"
    )
    costs = {what: round(value, 3) for what, value in cost._asdict().items()}
    return {"contestant": name, "key": key, "run": which, "fleet": hosts, **costs}
