# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts of a batch, what each was asked and has answered, and what follows from it."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jwk_sets import options as jwk_sets_options
from ansible_collections.keysmith.jwt.plugins.plugin_utils import (
    _agreements,
    _asked,
    _publish,
    _record,
    _report,
    _report_rows,
    _rotations,
    _shapes,
    _sharing,
    _version_files,
    _withdraw,
)

Mapping = t.Mapping[str, t.Any]
_ANSWER, _SEALING = "signing_key__result", "signing_key__sealing"
_OUTPUT, _REGISTER = "signing_key_output_directory", "signing_key_register_tasks"
_REGISTERED_BY_FACTS = (
    "signing_key_register_tasks: what this host has returned as facts decides which tasks these are, and tasks can do "
    "anything here. None of them was run, and no key of this host was switched. Set this variable in the play."
)

_NOBODY_S = "signing_key_decommission: no host of this run has a service %s in its list, so nothing of it was touched"


def use_of(variables: Mapping) -> str:
    """The number of the use of the role that a host has answered to last; empty for none."""
    return _record.use_of(variables, _ANSWER)


def diffs_of(host: str, variables: Mapping, use: str) -> t.List[Mapping]:
    """What a host changes, one diff a file, with the host in its header: many hosts change files of the same name."""
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
    ) -> None:
        """``gone``: the names of services that are taken away in this run, whatever their items say."""
        self.inventory = _asked.Inventory(groups)
        self._names = _version_files.Hosts(groups.get("all", ()))
        self.hosts = sorted(hosts, key=lambda host: self.inventory.order.get(host, 0))
        self.well, self.everybody = well, everybody
        self.is_check, self.is_last, self.gone = is_check, is_last, gone
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
        """By host, the services that it may have; a host's own facts do not keep others from one."""
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
        """What is to be done next, what was published, and the report; as the tasks of the role use it."""
        play = _sharing.Play(
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
        agreements = _agreements.agree(play)
        begins = {host: {**agreements.create.get(host, {}), **agreements.join.get(host, {})} for host in self.hosts}
        begins = {} if self.is_last else {host: one for host, one in begins.items() if one}
        decisions = _sharing.decide(play, agreements.join if begins else {})
        result = self._published(with_diff)
        self._wrong(decisions.problems)
        is_quiet = not any(self._has_more(self.answers[host]) for host in self.hosts)
        rotate = {} if self.is_check else self._rotations(agreements)
        begin = {host: begins[host] for host in self._sound(begins)}
        installs = any(map(self._lacks_library, self.hosts))
        waits = {} if begin or installs or not agreements.waits else {"warnings": agreements.waits}
        comes_more = bool(decisions.waiting or rotate or begin or installs or self._hands_over())
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
            "holders": self._holders(begin),
            "rotate": rotate,
            "installs": installs,
            "all_done": is_quiet and not (decisions.waiting or self.problems or rotate or begin),
            "is_last": self.is_last or not comes_more,
            "report": self._report(variables) if self._is_shown(comes_more) else [],
        }

    def _hands_over(self) -> bool:
        """Whether there are units that get credentials by drop-ins that are yet to be written."""
        units = (unit for host in self.hosts for unit in self.answers[host].get("units") or ())
        return not self.is_check and any("LoadCredential=" in unit.get("block", "") for unit in units)

    def _sound(self, hosts: t.Container[str]) -> t.List[str]:
        """Those of them with which nothing is wrong."""
        return [host for host in self.hosts if host in hosts and host in self.well and host not in self.problems]

    def _holders(self, begin: t.Mapping[str, t.Collection[str]]) -> t.List[str]:
        """The hosts that may have to hand over keys that others are about to ask for."""
        names = {name for services in begin.values() for name in services}
        asked = {host: self.asked.get(host, {}) for host in self.hosts}
        return [
            host for host, services in asked.items() if any(services[name].shared for name in names & set(services))
        ]

    def _rotations(self, agreements: _agreements.Agreements) -> t.Dict[str, t.Dict[str, t.Any]]:
        """By host whose keys are published, what is done before it goes on with its rotations."""
        found = {}
        for host in self._sound(self.hosts):
            answer = self.answers[host]
            rotations = answer.get("rotation") or {}
            switch = agreements.switch.get(host, {})
            if _rotations.is_open(rotations, switch):
                try:
                    new = _rotations.registrations(rotations, answer.get("keypairs") or {}, answer.get("jwks") or {})
                except KeysmithError as error:
                    self.problems[host] = [str(error)]
                    continue
                if new and _REGISTER in self.records[host].facts:
                    self.problems[host] = [_REGISTERED_BY_FACTS]
                    continue
                found[host] = {"switch": switch, "new": new}
        return found

    def _first(self) -> t.Optional[_record.Record]:
        """Of the first host that has not decided it by its own facts: where files go, and whether a report is shown."""
        records = [self.records[host] for host in self.hosts if host in self.records]
        sound = [one for one in records if not {_OUTPUT, "signing_key_show"} & set(one.facts)]
        return sound[0] if sound else None

    def _published(self, with_diff: bool) -> t.Dict[str, t.Any]:
        first = self._first()
        offers = [
            self._offer(host, name, jwks.get("keys", ()))
            for host in self.hosts
            for name, jwks in (self.answers[host].get("jwks") or {}).items()
            if name in self.asked.get(host, ())
        ]
        if not first or not first.output:
            # What is registered is looked at as what is published.
            self._wrong(_publish.unsound(one for one in offers if self.answers[one.host].get("rotation")))
            return {"changed": False}
        given = {name: one.get("default") for name, one in jwk_sets_options.arguments().items()}
        options = {**given, "state": "exact"}
        withdrawal = self._withdrawn(first.output, offers)
        result, problems = _publish.publish(first.output, offers, options, self.is_check, with_diff, withdrawal.sources)
        self._wrong(problems)
        result["changed"] = bool(result["changed"] or withdrawal.files)
        result["files"] = [*withdrawal.files, *result.get("files", ())]
        if with_diff:
            result["diff"] = [*withdrawal.diffs, *result.get("diff", ())]
        return result

    def _offer(self, host: str, name: str, keys: t.Sequence[Mapping]) -> _publish.Offer:
        """What a host publishes of a service. No host has a file of a version that could be another host's."""
        found = _version_files.keys(name, self.answers[host].get("keypairs") or {}, keys)
        versions = {version: key for version, key in found.items() if self._names.owns(host, version)}
        return _publish.Offer(host, name, keys, self._by_hosts(self.asked[host][name]), versions)

    def _withdrawn(self, output: str, offers: t.Sequence[_publish.Offer]) -> _withdraw.Withdrawal:
        """The files of hosts that have taken services away, as they were asked to, and of versions that are gone."""
        withdrawal = _withdraw.Withdrawal(output, self.is_check, self._names)
        coming: t.Dict[str, t.Dict[str, t.Container[str]]] = {}
        for offer in offers:
            coming.setdefault(offer.name, {})[offer.host] = offer.versions
        for name, versions in coming.items():
            withdrawal.clear_versions(name, versions)
        gone: t.Dict[str, t.List[str]] = {}
        for host in self.hosts:
            for name in self.answers[host].get("absent") or ():
                if name in self.asked.get(host, ()) and self.asked[host][name].absent:
                    gone.setdefault(name, []).append(host)
        for name, hosts in gone.items():
            try:
                withdrawal.withdraw(name, hosts, name in coming)
            except KeysmithError as error:
                self._wrong({host: [str(error)] for host in hosts})
        return withdrawal

    def _by_hosts(self, service: _asked.Service) -> _asked.Service:
        """The service with the names of the hosts that share its keys, where it names groups."""
        return service._replace(shared=tuple(self.inventory.hosts(service.shared)))

    def _wrong(self, problems: t.Mapping[str, t.Sequence[str]]) -> None:
        for host, texts in problems.items():
            self.problems.setdefault(host, []).extend(texts)

    def _lacks_library(self, host: str) -> bool:
        """Whether the library is installed on a host before it is asked again."""
        record = self.records.get(host)
        return bool(record and record.installs and not self.is_check and self.answers[host].get("missing_library"))

    def _is_shown(self, comes_more: bool) -> bool:
        first = self._first()
        return bool(first and first.show and (self.is_last or not comes_more))

    def _report(self, variables: t.Collection[str]) -> t.Any:
        first = self._first()
        lines = _report.report(
            _report_rows.Play(
                hosts=self.everybody,
                batch=self.hosts,
                well=self.well,
                answer_of=lambda host: self.answers[host],
                output=first.output if first else "",
                is_check=self.is_check,
                variables=variables,
            )
        )
        known = {name for record in self.records.values() for name in record.services}
        lines += [_NOBODY_S % name for name in self.gone if name not in known]
        return _shapes.shown(1 << 20)(lines, "", _shapes.nowhere)

    @staticmethod
    def _has_more(answer: Mapping) -> bool:
        """Whether more is to be done for a host than what its module has done."""
        return any(answer.get(name) for name in ("failed", "restart", "restart_due", "units", "absent"))
