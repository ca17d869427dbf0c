# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services or key pairs of one task: what they ask for is done, and returned by name."""

from __future__ import annotations

import typing as t

from .._keypair import run as keypair_run
from .._keypair.record_writing import Bound
from .._keypair.records import Records
from .._keypair.request import Wanted
from . import absent, layout, rotating, service_records
from .service import Service

if t.TYPE_CHECKING:
    from .._keypair.plan import Kind

Results = t.Dict[str, t.Dict[str, t.Any]]


class Done(t.NamedTuple):
    """What became of the key pairs, by their names."""

    results: Results
    #: Why others have none.
    failed: t.Dict[str, str]
    #: The marks by which restarts are due, by the names of services.
    due: t.Dict[str, str]


class Batch(t.NamedTuple):
    """What all items ask for. Holds secrets: never shown."""

    names: t.List[str]
    wanted: t.Dict[str, Wanted]
    #: Why key pairs that are not among ``wanted`` cannot be, and services that have none here.
    refused: t.Dict[str, str]
    #: None where key pairs were given.
    services: t.Optional[t.List[Service]]
    sharing: t.Dict[str, t.Any]
    restarts: t.Dict[str, keypair_run.Restart]
    #: Why nothing is changed of services that are to be restarted first, by their names.
    kept: t.Dict[str, str]
    #: Whether other hosts are handed a key, and nothing is done here.
    is_sealing: bool
    #: What the records of services or key pairs are bound to; None where none are left, and none looked at.
    bounds: t.Optional[t.Dict[str, Bound]]
    rotations: rotating.Rotations
    absent: absent.Absent

    def __repr__(self) -> str:
        return "<key pairs %s>" % ", ".join(self.names)

    def run(self, check_mode: bool, with_diff: bool, only_record: bool = False) -> Done:
        """Do it; nothing is changed in check mode."""
        services = self.services or ()
        if not check_mode and not only_record and not self.is_sealing:
            self.rotations.begin()
        outcomes = keypair_run.run(
            self.wanted,
            check_mode,
            with_diff,
            self._kinds(),
            self.restarts,
            self._records(),
            only_record,
            None if self.is_sealing else self.rotations.finish,
        )
        marks, wrong = ({}, {}) if self.is_sealing else layout.due(services)
        failed = {**self.refused, **self.kept, **{name: str(one.error) for name, one in outcomes.items() if one.error}}
        for service in services:
            if service.name in wrong and service.name not in self.kept:
                failed.setdefault(service.pair(service.active), wrong[service.name])
        results = {name: outcomes[name].result for name in self.names if name in outcomes and name not in failed}
        if not only_record:
            self.absent.finish(results, failed, check_mode)
        failed.update(self.absent.failed)
        return Done(results, failed, marks)

    def _records(self) -> t.Optional[Records]:
        """The records of its key pairs."""
        if self.bounds is None:
            return None
        if self.services is None:
            return Records(self.bounds)
        services = self.services
        bounds = service_records.bounds_of(services, self.wanted, self.bounds)
        return Records(bounds, lambda results: self._about(services, results), self._rotated())

    def _rotated(self) -> t.List[str]:
        """The key pairs of services whose versions follow from their history."""
        rotated = [service for service in self.services or () if service.options["rotation"]]
        return [service.pair(version) for service in rotated for version in service.versions]

    def _about(self, services: t.Sequence[Service], results: t.Mapping[str, t.Dict[str, t.Any]]) -> Results:
        """What is remembered with each key pair; nothing of services whose rotations have something to do."""
        return service_records.about(services, self._shared(results), results, self.rotations)

    def _shared(self, results: t.Mapping[str, t.Dict[str, t.Any]]) -> Results:
        """What is returned of the key pairs that other hosts have, too."""
        facts = {name: _shared_fact(results[name]) for name in self.sharing if name in results}
        ages = {name: self.rotations.created(name) for name in facts if self.is_sealing}
        return {name: {**fact, "created": ages[name]} if ages.get(name) else fact for name, fact in facts.items()}

    def _kinds(self) -> t.Dict[str, Kind]:
        """Of the key pairs that are shared with other hosts."""
        if not self.sharing:
            return {}
        from . import shared_key

        return {name: shared_key.kind(sharing) for name, sharing in self.sharing.items()}

    def returned(self, done: Done) -> t.Dict[str, t.Any]:
        """What the module returns of the results, but for their diffs and warnings."""
        results = done.results
        more = layout.outcome(self.services, results, done.due, self.kept) if self.services is not None else {}
        if self.sharing:
            more["shared"] = self._shared(results)
        rotations = self.rotations.returned()
        if rotations:
            more["rotation"] = rotations
        more.update(self.absent.returned())
        apart = ("warnings", "diff")
        return {
            "changed": self.absent.changed or any(result["changed"] for result in results.values()),
            "keypairs": {
                name: {fact: result[fact] for fact in result if fact not in apart}
                for name, result in results.items()
                if not {"waiting", "sealed"} & set(result)
            },
            **more,
        }


def _shared_fact(result: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    """Of a shared key, which it is, what to seal it for, or the key itself, sealed."""
    told = {name: result[name] for name in ("thumbprint", "recipient", "sealed", "kind") if name in result}
    if "type" in result:
        told["kind"] = result.get("curve") or "%s %d" % (result["type"], result["size"])
    return told
