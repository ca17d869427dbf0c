# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Five years of daily runs for fifty hosts, with everything that goes wrong: no token is ever refused.

The decisions and the history are the real ones; host, controller, service and verifiers are models. A verifier caches
what is published for CACHE seconds, a token lives for LIFE. Hosts are down for weeks, runs end anywhere, clocks jump,
servers refuse, restarts fail. Some hosts share a key.
"""

from __future__ import annotations

import functools
import random
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._service import history, rotation
from ansible_collections.keysmith.jwt.plugins.module_utils._service.history import Found
from ansible_collections.keysmith.jwt.plugins.module_utils._service.rotation_policy import Policy

DAY = 86400
START = 1_800_000_000
POLICY = Policy(every=60 * DAY, publish=DAY, keep=2 * DAY)
CACHE = POLICY.publish - 2 * rotation.TOLERANCE
LIFE = POLICY.keep - 2 * rotation.TOLERANCE
YEARS, HOSTS, QUIET = 5, 50, 30
GROUP = 5  # hosts that share one key; the first two groups of the fleet do


class Killed(Exception):
    """The run ends here, for this host."""


class Published:
    """What verifiers are handed, with the times from and until which each key is in it."""

    def __init__(self) -> None:
        self.since: t.Dict[str, int] = {}
        self.signed: t.Dict[str, int] = {}  # key -> when a service signed with it last
        self.files: t.Dict[str, t.Set[str]] = {}  # host -> the keys in its file

    def write(self, now: int, answers: t.Mapping[str, t.Set[str]], forced: t.Set[str]) -> None:
        self.files.update({host: set(keys) for host, keys in answers.items()})
        there = set().union(*self.files.values())
        for key in there - set(self.since):
            self.since[key] = now
        for key in set(self.since) - there:
            if key not in forced:
                assert self.signed.get(key, 0) + LIFE <= now, "a token of %s cannot be verified" % key
            del self.since[key]

    def sign(self, now: int, key: str) -> None:
        assert key in self.since, "signs with %s, which is not published" % key
        self.signed[key] = now


@functools.lru_cache(maxsize=1000)
def read(text: bytes) -> history.History:
    """Each of thousands of days, most files are as they were."""
    return history.parse(text, "history.json")


class Host:
    """The disk of a host, and the key that its service has loaded."""

    def __init__(self, name: str, published: Published) -> None:
        self.name, self.published = name, published
        self.disk: t.Dict[str, Found] = {}
        self.link, self.text, self.mark = "", b"", False
        self.loaded = ""
        self.clock = 0
        self.down_until = 0
        self.first = True

    def write(self, versions: history.History) -> None:
        if versions != read(self.text):
            self.text = history.render(versions)

    def keys(self) -> t.Set[str]:
        return {found.thumbprint for found in self.disk.values()}

    def restart(self, now: int, forced: bool) -> None:
        key = self.disk[self.link].thumbprint
        if key != self.loaded and not forced and not self.first:
            assert self.published.since.get(key, now) <= now - CACHE, "switched to %s too early" % key
        self.loaded, self.first = key, False


def newest(host: Host) -> t.Tuple[int, str]:
    return max(map(history.number, host.disk), default=(0, ""))


class Fleet:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = START
        self.made = 0
        self.groups: t.List[t.List[Host]] = []
        self.forced: t.Set[str] = set()
        self.steps: t.Set[str] = set()
        while sum(map(len, self.groups)) < HOSTS:
            published, size = Published(), GROUP if len(self.groups) < 2 else 1
            names = ["%d-%d" % (len(self.groups), number) for number in range(size)]
            self.groups.append([Host(name, published) for name in names])

    def chance(self, one_in: int) -> bool:
        return not self.quiet and self.random.randrange(one_in) == 0

    def maybe_killed(self) -> None:
        if self.chance(60):
            raise Killed

    def live(self, days: int) -> None:
        for day in range(days):
            self.quiet = day >= days - QUIET
            self.now = START + day * DAY + (0 if self.quiet else self.random.randrange(-3600, 3600))
            controller = self.random.choice((-400 * DAY, -DAY, 3600, 400 * DAY)) if self.chance(50) else 0
            refused = self.chance(6)
            for group in self.groups:
                for host in group:
                    self.weather(host)
                    if host.loaded:
                        host.published.sign(self.now, host.loaded)
                self.run(group, self.now + controller, refused)

    def weather(self, host: Host) -> None:
        if self.quiet:
            host.down_until = host.clock = 0
        elif self.chance(200):
            host.down_until = self.now + self.random.randrange(1, 40) * DAY
        elif self.chance(100):
            host.clock = self.random.choice((0, 0, -30 * DAY, -3600, 3600, 3000 * DAY, 200))

    def run(self, group: t.List[Host], clock: int, refused: bool) -> None:
        """One run of the role for one service, in its calls: keep, publish, say so, switch, restart."""
        reached = [host for host in group if host.down_until <= self.now]
        rotate = rotation.COMPROMISED if len(group) == 1 and self.chance(3000) else ""
        decisions = self.each(reached, lambda host: self.decide(host, clock, rotate))
        coming = self.agreed(group, decisions) if len(group) > 1 else set()
        decisions = self.each(
            [host for host in reached if host.name in decisions],
            lambda host: self.keep(host, clock, decisions[host.name], coming, group, reached),
        )
        if not decisions or self.chance(20):
            return  # nothing could be published
        here = [host for host in reached if host.name in decisions]
        self.publish(group, here)
        self.each(here, lambda host: self.say(host, clock, "published", host.disk))
        for host in here:
            switch = decisions[host.name].switch
            if switch and not refused and all(newest(other) >= history.number(switch) for other in group):
                self.each([host], lambda host, switch=switch: self.switch(host, clock, switch))
            done = self.each([host], lambda host: self.restart(host, clock))
            ends = decisions[host.name].compromised and done.get(host.name)
            if ends and self.each([host], lambda host: self.remove_compromised(host, clock)) and not self.chance(20):
                self.publish(group, [host])

    def publish(self, group: t.List[Host], hosts: t.List[Host]) -> None:
        group[0].published.write(self.now, {host.name: host.keys() for host in hosts}, self.forced)
        for host in group:
            if host.loaded:
                host.published.sign(self.now, host.loaded)

    def remove_compromised(self, host: Host, clock: int) -> bool:
        """In the same run, once what used them has been restarted."""
        decision = rotation.decide(self.known(host, clock), host.link, clock, POLICY, "", host.mark)
        self.remove(host, decision.retire)
        self.say(host, clock, "retired", ())
        return True

    def agreed(self, group: t.List[Host], decisions: t.Mapping[str, rotation.Decision]) -> t.Set[str]:
        """What hosts that share a key create: their first one, what all of them wish for, and what one of them has."""
        wishes = [decisions[host.name].wish if host.name in decisions else "" for host in group]
        names = {decision.create for decision in decisions.values()} | {name for host in group for name in host.disk}
        return {
            name
            for name in names | set(wishes)
            if name and (name == "v1" or all(name in (wish, *host.disk) for wish, host in zip(wishes, group)))
        }

    def each(self, hosts: t.List[Host], do: t.Callable[[Host], t.Any]) -> t.Dict[str, t.Any]:
        answers = {}
        for host in hosts:
            try:
                answers[host.name] = do(host)
            except Killed:
                host.down_until = max(host.down_until, self.now + 1)  # not in the rest of this run
        return answers

    def known(self, host: Host, clock: int) -> history.History:
        return history.reconcile(read(host.text), host.disk, host.link, clock, host.mark)

    def hold(self, host: Host, clock: int) -> str:
        return rotation.disagreement(self.now + host.clock, clock)

    def decide(self, host: Host, clock: int, rotate: str) -> rotation.Decision:
        known, hold = self.known(host, clock), self.hold(host, clock)
        decision = rotation.decide(known, host.link, clock, POLICY, rotate, host.mark, hold)
        if host.name.split("-")[0] in ("0", "1"):
            decision = rotation.shared(decision, "", clock)
        if decision.compromised:
            self.forced |= host.keys()
            host.write(history.happened(known, "compromised", decision.compromised, clock))
        if decision.next:
            self.steps.add(decision.next.step)
        self.maybe_killed()
        return decision

    def keep(
        self,
        host: Host,
        clock: int,
        decision: rotation.Decision,
        coming: t.Set[str],
        group: t.List[Host],
        reached: t.List[Host],
    ) -> rotation.Decision:
        """Create and retire. A shared key is made when all that share it are there, and copied from one that has it."""
        for name in sorted(coming if len(group) > 1 else {decision.create} - {""}, key=history.number):
            holder = next((other for other in group if name in other.disk), None)
            if name not in host.disk and history.number(name) > newest(host):
                if holder and holder in reached:
                    host.disk[name] = holder.disk[name]
                elif not holder and len(reached) == len(group):
                    self.made += 1
                    host.disk[name] = Found("k%d" % self.made, "k%d" % self.made, "RS256")
                self.maybe_killed()
        if decision.active in host.disk and not host.link:
            host.link, host.mark = decision.active, True
            self.maybe_killed()
        self.remove(host, decision.retire)
        if not self.hold(host, clock):
            host.write(self.known(host, clock))
        self.maybe_killed()
        return decision

    def remove(self, host: Host, names: t.Iterable[str]) -> None:
        for name in names:
            assert name != host.link
            host.disk.pop(name, None)
            self.maybe_killed()

    def say(self, host: Host, clock: int, event: str, names: t.Container[str]) -> None:
        self.maybe_killed()
        if not self.hold(host, clock):
            host.write(history.happened(self.known(host, clock), event, names, clock))

    def switch(self, host: Host, clock: int, name: str) -> None:
        host.mark = True
        self.maybe_killed()
        host.link = name
        self.maybe_killed()
        self.say(host, clock, "activated", [name])

    def restart(self, host: Host, clock: int) -> bool:
        """Whether there was one to be done, and it was."""
        if not host.mark or not host.link or self.chance(10):
            return False
        host.restart(self.now, bool(self.forced & (host.keys() | {host.loaded})))
        self.maybe_killed()
        host.mark = False
        self.say(host, clock, "restarted", [host.link])
        return True


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    fleet = Fleet(seed=20261129)
    fleet.live(YEARS * 365)
    return fleet


def test_no_token_is_ever_refused(fleet: Fleet) -> None:
    """The model's own assertions; here, that the life was full of events."""
    assert fleet.steps == {rotation.CREATE, rotation.PUBLISH, rotation.SWITCH, rotation.RETIRE, rotation.RESTART}
    assert fleet.made > HOSTS // 2 * YEARS and fleet.forced


def test_it_ends_with_the_right_number_of_keys(fleet: Fleet) -> None:
    for group in fleet.groups:
        assert len({frozenset(host.keys()) for host in group}) == 1
        for host in group:
            versions = history.parse(host.text, host.name)
            live = [version for version in versions if version.is_live]
            assert {version.name for version in live} == set(host.disk) and host.link in host.disk
            assert host.loaded == host.disk[host.link].thumbprint and not host.mark
            active = next(version for version in live if version.name == host.link)
            age = fleet.now - active.created
            # Two while a key is on its way in or out, else one.
            assert age < POLICY.every + 3 * DAY + POLICY.publish
            assert len(live) == 1 or age >= POLICY.every or fleet.now - active.activated < POLICY.keep + 3 * DAY


def test_no_key_is_made_without_need(fleet: Fleet) -> None:
    for group in fleet.groups:
        versions = history.parse(group[0].text, "it")
        forced = sum(bool(version.compromised) for version in versions)
        assert len(versions) <= YEARS * 365 * DAY // POLICY.every + 2 + forced


@pytest.mark.parametrize("shorter", ["publish", "keep"])
def test_the_model_sees_what_is_too_short(shorter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token is refused where the policy is less than caches and tokens need."""
    monkeypatch.setitem(globals(), "POLICY", POLICY._replace(**{shorter: 3600}))
    with pytest.raises(AssertionError, match="too early|cannot be verified"):
        Fleet(seed=1).live(400)
