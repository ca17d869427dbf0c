# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts of a batch: what each was asked, what it answered, and what follows."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.plugin_utils import (
    _agreements,
    _asked,
    _batch_publish,
    _record,
    _report,
    _report_rows,
    _rotations,
    _shapes,
    _sharing,
    _todo,
    _version_files,
)

Mapping = t.Mapping[str, t.Any]
_ANSWER, _SEALING = "signing_key__result", "signing_key__sealing"
REGISTER = "signing_key_register_tasks"
_REGISTERED_BY_FACTS = (
    "signing_key_register_tasks: facts of this host decide which tasks these are, and tasks can do anything on the "
    "controller. None of them was run, and no version of this host became active. Set this variable in the play."
)

_NOBODY_S = "signing_key_decommission: no host of this run has a service %s in its list, so nothing of it was touched"


def use_of(variables: Mapping) -> str:
    """Return the number of the use of the role that a host has answered last; empty if it has not."""
    return _record.use_of(variables, _ANSWER)


def diffs_of(host: str, variables: Mapping, use: str) -> t.List[Mapping]:
    """Return what a host changes, one diff a file, with the host in the header: many hosts have files of one name."""
    diffs = _record.read(variables, _ANSWER, use)[1].get("diff") or ()
    names = [("%s: %s" % (host, one.get("before_header", "")), one) for one in diffs]
    return [{**one, "before_header": name, "after_header": name} for name, one in names]


class Batch:
    """What a play knows of its hosts; ``hostvars(host)`` are a host's variables as they are."""

    def __init__(
        self,
        hostvars: t.Callable[[str], Mapping],
        groups: t.Mapping[str, t.Sequence[str]],
        hosts: t.Sequence[str],
        well: t.Sequence[str],
        everybody: t.Sequence[str],
        use: str,
        is_check: bool,
        is_last: bool,
        gone: t.Sequence[str] = (),
        registers: bool = False,
    ) -> None:
        """``gone``: the names of services that are taken away in this run, whatever their items say.

        ``registers``: whether the user's own tasks register keys of rotations.
        """
        self.inventory = _asked.Inventory(groups)
        self.names = _version_files.Hosts(groups.get("all", ()))
        self.hosts = sorted(hosts, key=lambda host: self.inventory.order.get(host, 0))
        self.well, self.everybody = well, everybody
        self.is_check, self.is_last, self.gone, self.registers = is_check, is_last, gone, registers
        self.problems: t.Dict[str, t.List[str]] = {}
        self.records: t.Dict[str, _record.Record] = {}
        self.answers: t.Dict[str, Mapping] = {}
        self.sealing: t.Dict[str, Mapping] = {}
        for host in dict.fromkeys([*self.hosts, *everybody]):
            variables = hostvars(host)
            record, self.answers[host] = _record.read(variables, _ANSWER, use)
            if record:
                self.records[host] = record
            self.sealing[host] = _record.read(variables, _SEALING, use)[1]
        self.asked = self._allowed()

    def _allowed(self) -> t.Dict[str, t.Dict[str, _asked.Service]]:
        """Return by host the services that it may have; a host's own facts set no limit for others."""
        limits = _asked.Limits(self.inventory)
        for host, record in self.records.items():
            if not record.facts:
                limits.add(host, record.services)
        allowed: t.Dict[str, t.Dict[str, _asked.Service]] = {}
        for host, record in self.records.items():
            allowed[host] = dict(record.services)
            for name in record.services:
                refusal = limits.refusal(host, name)
                if refusal:
                    del allowed[host][name]
                    self.problems.setdefault(host, []).append("%s: %s" % (name, refusal))
        return allowed

    def result(self, with_diff: bool, variables: t.Collection[str]) -> t.Dict[str, t.Any]:
        """Return what to do next, what was published, and the report, for the tasks of the role."""
        play = self._play()
        agreements = _agreements.agree(play)
        begins = {host: {**agreements.create.get(host, {}), **agreements.join.get(host, {})} for host in self.hosts}
        begins = {} if self.is_last else {host: one for host, one in begins.items() if one}
        decisions = _sharing.decide(play, agreements.join if begins else {})
        result = _batch_publish.published(self, with_diff)
        self.wrong(decisions.problems)
        rotate = self._rotations(agreements)
        begin = {host: begins[host] for host in self._sound(begins)}
        installs = any(map(self._lacks_library, self.hosts))
        waits = {} if begin or installs or not agreements.waits else {"warnings": agreements.waits}
        comes_more = bool(decisions.waiting or rotate or begin or installs)
        todo = {host: _todo.of(self.answers[host], self.is_check) for host in self.hosts}
        # The module runs once more with the library, or once units get credentials by drop-ins.
        again = (host for host in self.hosts if todo[host]["hands_over"] or self._lacks_library(host))
        goes_on = {*decisions.waiting, *decisions.send, *rotate, *begin, *again}
        left = (host for host in self.hosts if installs or todo[host]["more"])
        more = {*goes_on, *self._holders(begin), *self.problems, *left}
        return {
            **waits,
            **result,
            "make": decisions.make,
            "send": decisions.send,
            "sealed": decisions.sealed,
            "sources": decisions.sources,
            "waiting": decisions.waiting,
            "problems": self.problems,
            "begin": begin,
            "rotate": rotate,
            "more": [host for host in self.hosts if host in more],
            "all_done": not more,
            "settled": [host for host in self.hosts if self.is_last or host not in goes_on],
            "report": self._report(variables) if self._is_shown(comes_more) else [],
        }

    def _play(self) -> _sharing.Play:
        return _sharing.Play(
            inventory=self.inventory,
            batch=self.hosts,
            well=self.well,
            everybody=self.everybody,
            asked=self.asked,
            answers=self.answers,
            sealing=self.sealing,
            is_check=self.is_check,
            is_last=self.is_last,
        )

    def _sound(self, hosts: t.Container[str]) -> t.List[str]:
        """Return the hosts with which nothing is wrong."""
        return [host for host in self.hosts if host in hosts and host in self.well and host not in self.problems]

    def _holders(self, begin: t.Mapping[str, t.Collection[str]]) -> t.List[str]:
        """Return the hosts that may have to send keys that others are about to ask for."""
        names = {name for services in begin.values() for name in services}
        asked = {host: self.asked.get(host, {}) for host in self.hosts}
        return [
            host for host, services in asked.items() if any(services[name].shared for name in names & set(services))
        ]

    def _rotations(self, agreements: _agreements.Agreements) -> t.Dict[str, t.Dict[str, t.Any]]:
        """Return by host whose keys are published what is done before its rotations continue.

        Check mode publishes nothing, and goes on only where no key has to be made first.
        """
        found = {}
        for host in self._sound(self.hosts):
            answer = self.answers[host]
            rotations, keypairs = answer.get("rotation") or {}, answer.get("keypairs") or {}
            switch = agreements.switch.get(host, {})
            if self.is_check:
                rotations = {}
                switch = {} if any(one.get("created") for one in keypairs.values()) else switch
            if _rotations.is_open(rotations, switch):
                try:
                    new = _rotations.registrations(rotations, keypairs, answer.get("jwks") or {})
                except KeysmithError as error:
                    self.problems[host] = [str(error)]
                    continue
                if new and REGISTER in self.records[host].facts:
                    self.problems[host] = [_REGISTERED_BY_FACTS]
                    continue
                found[host] = {"switch": switch, "new": new}
        return found

    def wrong(self, problems: t.Mapping[str, t.Sequence[str]]) -> None:
        """Record what is wrong with hosts."""
        for host, texts in problems.items():
            self.problems.setdefault(host, []).extend(texts)

    def _lacks_library(self, host: str) -> bool:
        """Check whether the library is installed on a host before it is asked again."""
        record = self.records.get(host)
        return bool(record and record.installs and not self.is_check and self.answers[host].get("missing_library"))

    def _is_shown(self, comes_more: bool) -> bool:
        first = _batch_publish.first(self)
        return bool(first and first.show and (self.is_last or not comes_more))

    def _report(self, variables: t.Collection[str]) -> t.Any:
        first = _batch_publish.first(self)
        lines = _report.report(
            _report_rows.Play(
                hosts=self.everybody,
                batch=self.hosts,
                well=self.well,
                answer_of=lambda host: self.answers[host],
                output=first.output if first else "",
                is_check=self.is_check,
                variables=variables,
                registers=self.registers,
            )
        )
        known = {name for record in self.records.values() for name in record.services}
        lines += [_NOBODY_S % name for name in self.gone if name not in known]
        return _shapes.shown(1 << 20)(lines, "", _shapes.nowhere)
