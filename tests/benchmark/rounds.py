# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rounds of plays on hosts: in each round every contestant once, and each round begins with another one."""

from __future__ import annotations

import concurrent.futures
import datetime
import os
import typing as t

from contestants import BEST, COMMANDS, KEYS, PING, ROLE, ROLE20, TYPICAL, Contestant, Fleet
from hosts import Host
from measure import Cost

Sample = t.Dict[str, t.Any]
Say = t.Callable[[str], None]

PEERS = (BEST, TYPICAL, COMMANDS)

#: Keys that each host makes where nothing else is measured: how long one takes is a matter of luck.
_GENERATED = 2


def daily(fleet: Fleet, runs: int, key: str, say: Say) -> list[Sample]:
    """Everyone's second run, in which nothing is to be done; what made the keys before is noted, too."""
    fleet.run(PING, key, changes=False)
    samples = [_first(fleet, contestant, key, say) for contestant in (ROLE, *PEERS)]
    return samples + _seconds(fleet, (PING, ROLE, *PEERS), runs, key, say)


def services(fleet: Fleet, runs: int, key: str, say: Say) -> list[Sample]:
    """The role's second run with one service a host and with 20."""
    fleet.run(PING, key, changes=False)
    samples = [_first(fleet, contestant, key, say) for contestant in (ROLE, ROLE20)]
    return samples + _seconds(fleet, (PING, ROLE, ROLE20), runs, key, say)


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
    """The role's first run and its second, and making as many keys and nothing else, each host with its library."""
    samples = []
    fleet.run(PING, key, changes=False)
    for _round in range(runs):
        samples.append(_first(fleet, ROLE, key, say))
        samples.append(_run(fleet, ROLE, key, "second", say))
        samples.append(_sample("keys", key, "first", len(fleet.hosts), _generation(fleet, key), say))
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


GENERATE = """
import sys, time
from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives.asymmetric import ec, rsa
size, count = map(int, sys.argv[1:])
started = time.process_time()
for _ in range(count):
    if size:
        rsa.generate_private_key(65537, size, default_backend())
    else:
        ec.generate_private_key(ec.SECP256R1(), default_backend())
print((time.process_time() - started) / count)
"""


def _generation(fleet: Fleet, key: str) -> Cost:
    """CPU seconds for one key a host: the library's call alone, with Python and the library loaded before."""
    size = str(KEYS[key]["role"].get("signing_key_size", 0))

    def one(host: Host) -> float:
        return float(host.run("/usr/bin/python3", "-W", "ignore", "-c", GENERATE, size, str(_GENERATED)))

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return Cost(0.0, 0.0, sum(pool.map(one, fleet.hosts)), 0, 0.0)
