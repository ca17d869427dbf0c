# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many key pairs in one task: one bad item does not stop the others, and is reported by its name."""

from __future__ import annotations

import typing as t

from .. import _module
from .._errors import KeysmithError, MissingLibrary
from .._keypair import given as keypair_given
from .._keypair import options as keypair_options
from .._keypair import run as keypair_run
from .._keypair.record_writing import Bound
from .._keypair.records import Records
from .._keypair.request import Wanted
from . import absent, active, call, drop_in, layout, rotating, service_records
from . import options as service_options

_NAME: t.Dict[str, t.Dict[str, t.Any]] = {"name": {"type": "str", "required": True}}
_Results = t.Dict[str, t.Dict[str, t.Any]]


class _Done(t.NamedTuple):
    """What became of the key pairs, by their names."""

    results: _Results
    #: Why others have none.
    failed: t.Dict[str, str]
    #: The marks by which restarts are due, by the names of services.
    due: t.Dict[str, str]


class _Batch(t.NamedTuple):
    """What all items ask for. Holds secrets: never shown."""

    names: t.List[str]
    wanted: t.Dict[str, Wanted]
    #: Why key pairs that are not among ``wanted`` cannot be, and services that have none here.
    refused: t.Dict[str, str]
    #: None where key pairs were given.
    services: t.Optional[t.List[service_options.Service]]
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

    def run(self, check_mode: bool, with_diff: bool, only_record: bool = False) -> _Done:
        """Do it; nothing is changed in check mode."""
        services = self.services or ()
        if not check_mode and not only_record and not self.is_sealing:
            self.rotations.begin()
        outcomes = keypair_run.run(
            self.wanted,
            check_mode,
            with_diff,
            self._makers(),
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
        return _Done(results, failed, marks)

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

    def _about(
        self, services: t.Sequence[service_options.Service], results: t.Mapping[str, t.Dict[str, t.Any]]
    ) -> _Results:
        """What is remembered with each key pair; nothing of services whose rotations have something to do."""
        return service_records.about(services, self._shared(results), results, self.rotations)

    def _shared(self, results: t.Mapping[str, t.Dict[str, t.Any]]) -> _Results:
        """What is returned of the key pairs that other hosts have, too."""
        facts = {name: _shared_fact(results[name]) for name in self.sharing if name in results}
        ages = {name: self.rotations.created(name) for name in facts if self.is_sealing}
        return {name: {**fact, "created": ages[name]} if ages.get(name) else fact for name, fact in facts.items()}

    def _makers(self) -> t.Dict[str, "keypair_run.Maker"]:
        """What makes the key pairs that are shared with other hosts."""
        if not self.sharing:
            return {}
        from . import shared_key

        return {name: shared_key.maker(sharing) for name, sharing in self.sharing.items()}

    def returned(self, done: _Done) -> t.Dict[str, t.Any]:
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


def run(module: _module.QuietModule, options: t.Dict[str, t.Any]) -> t.NoReturn:
    """Do what all items ask for, and end the module with their results by name."""
    batch = _read(module, options)
    if options["restarted"] is not None:
        _restarted(module, options, batch)
    done = batch.run(module.check_mode, module._diff)
    found = batch.returned(done)
    texts = [*_texts(done.results), *batch.rotations.warnings]
    returned = {**found, **_module.common_result(module)}
    if module._diff:
        returned["diff"] = _diffs(done.results) + batch.absent.diffs
    if done.failed:
        what = "key pairs" if set(done.failed) <= set(batch.names) else "services or key pairs"
        message = _told(done.failed, len(done.results), what, module.check_mode)
        for text in texts:
            module.warn(text)
        module.fail_json(msg=message, failed_keypairs=done.failed, **returned)
    _module.leave(module, returned, texts)


def _diffs(results: _Results) -> t.List[t.Dict[str, str]]:
    """Of what changes, one a file; where two key pairs have a file in common, as each of them changes it."""
    changing = [result for result in results.values() if result["changed"]]
    if not changing:
        return []
    from .._keypair import diff_text

    return [one for result in changing for one in diff_text.files(result["diff"])]


def _restarted(module: _module.QuietModule, options: t.Dict[str, t.Any], batch: _Batch) -> t.NoReturn:
    """Take the marks away of what was restarted, and end the module; no key pair is touched."""
    forgotten = _forget(options["restarted"], module.check_mode)
    if not module.check_mode:
        batch.run(False, False, only_record=True)
    _module.leave(module, {"changed": forgotten}, ())


def _forget(told: t.Mapping[str, t.Any], check_mode: bool) -> bool:
    """Take marks away, of services of this call or of others; whether one of them was there.

    KeysmithError for what is in the place of one, once all the others are done.
    """
    from . import restart_marker

    there, wrong = False, []
    for name, due in told.items():
        if not isinstance(due, dict) or not all(isinstance(due.get(part), str) for part in ("link", "mark")):
            raise KeysmithError("restarted: %s: has to be what was returned for it as restart_due." % name)
        try:
            link, mark = due["link"], due["mark"]
            if mark and (restart_marker.found(link) == mark if check_mode else restart_marker.forget(link, mark)):
                there = True
        except KeysmithError as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]
    return there


def _told(failed: t.Mapping[str, str], done: int, what: str, check_mode: bool) -> str:
    """One sentence about what failed, beside which so many others did not."""
    sentences = "; ".join("%s: %s" % (name, failed[name].rstrip(".")) for name in failed)
    others = ", the others are done" if done and not check_mode else ""
    return "%d of %d %s failed%s: %s." % (len(failed), done + len(failed), what, others, sentences)


def _texts(results: _Results) -> t.List[str]:
    """The warnings, each once."""
    return list(dict.fromkeys(text for result in results.values() for text in result.get("warnings", ())))


def _read(module: _module.QuietModule, options: t.Dict[str, t.Any]) -> _Batch:
    services, refused = _given_services(module, options)
    gone = absent.Absent([service for service in services or () if service.is_absent])
    services = services and [service for service in services if not service.is_absent]
    if services is None:
        keypairs = options["keypairs"]
        keypair_given.hide(module, keypairs, {**_NAME, **keypair_options.PUBLIC})
        secrets = _secrets(options["secrets"])
    is_sealing = options["recipients"] is not None
    shared = [name for option in ("make", "sealed", "recipients") for name in options[option] or ()]
    ages = {name: one["created"] for name, one in (options["sealed"] or {}).items() if _has_age(one)}
    rotations = rotating.Rotations(options["clock"], options["confirmed"], shared, ages)
    if services is not None:
        services, unknown = rotations.planned(services)
        refused.update(unknown)
    kept = {} if is_sealing else layout.kept(services or ())
    if services is not None and not is_sealing:
        unable = drop_in.refused(services)
        services = [service for service in services if service.name not in unable]
        refused.update(unable)
        services, unclear = active.settled(services, kept)
        refused.update(unclear)
    ready = [service for service in services or () if service.name not in kept]
    if services is not None:
        keypairs, secrets = layout.keypairs(ready, module.check_mode)
        keypairs += [] if is_sealing else gone.items
    sharing = _sharing(options, services or (), refused)
    if is_sealing:
        keypairs = [item for item in keypairs if item["name"] in sharing]
        secrets = {name: secrets[name] for name in sharing}
    restarts = {} if is_sealing else layout.restarts(ready)
    names = _names(keypairs, secrets)
    bounds = _bounds(module, options)
    batch = _Batch(names, {}, refused, services, sharing, restarts, kept, is_sealing, bounds, rotations, gone)
    for name, item in zip(batch.names, keypairs):
        try:
            batch.wanted[name] = _wanted(module, item, secrets.get(name, {}))
        except MissingLibrary:
            raise
        except KeysmithError as error:
            batch.refused[name] = str(error)
    return batch


def _bounds(module: _module.QuietModule, options: t.Mapping[str, t.Any]) -> t.Optional[t.Dict[str, Bound]]:
    """By the names of services or key pairs, what their records are bound to.

    None where the call is not one that is made again and again.
    """
    asked = call.asked(options) if call.is_routine(options) else None
    items = options["keypairs"] if options["services"] is None else options["services"]
    if asked is None:
        return None
    return {str(item.get("name")): keypair_given.bound(module, one) for item, one in zip(items, asked)}


def _shared_fact(result: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    """Of a shared key, which it is, what to seal it for, or the key itself, sealed."""
    told = {name: result[name] for name in ("thumbprint", "recipient", "sealed", "kind") if name in result}
    if "type" in result:
        told["kind"] = result.get("curve") or "%s %d" % (result["type"], result["size"])
    return told


def _has_age(sealed: t.Any) -> bool:
    return isinstance(sealed, dict) and "created" in sealed


def _sharing(
    options: t.Mapping[str, t.Any], services: t.Iterable[service_options.Service], refused: t.Container[str]
) -> t.Dict[str, t.Any]:
    """For the name of each shared key pair what this run is told of it; KeysmithError for what cannot be meant.

    What is said of the key pairs of services that are ``refused`` is not looked at.
    """
    given = {option: options[option] for option in ("make", "recipients", "sealed")}
    names = [service.pair(version) for service in services if service.is_shared for version in service.versions]
    for option, value in given.items():
        if any(name not in names and str(name).rpartition("/")[0] not in refused for name in value or ()):
            raise KeysmithError(
                "%s: names key pairs that are not of services with shared; there are: %s."
                % (option, ", ".join(names) or "none")
            )
    if not names:
        return {}
    for option in ("recipients", "sealed"):
        for name, one in (given[option] or {}).items():
            if not isinstance(one, dict):
                raise KeysmithError(
                    "%s: %s: has to be a dictionary, with hosts, or with jwe and thumbprint." % (option, name)
                )
    from .shared_key import Sharing

    if given["recipients"] is not None:
        return {name: Sharing(recipients=hosts) for name, hosts in given["recipients"].items() if name in names}
    make, sealed = given["make"] or [], given["sealed"] or {}
    return {name: Sharing(may_make=name in make, sealed=sealed.get(name)) for name in names}


def _given_services(
    module: _module.QuietModule, options: t.Mapping[str, t.Any]
) -> t.Tuple[t.Optional[t.List[service_options.Service]], t.Dict[str, str]]:
    """The services, where they were given instead of key pairs, and by name why others cannot be meant."""
    given, defaults = options["services"], options["defaults"]
    # Their secrets are taken out of what the result's invocation shows before anything is looked at.
    module.params["services"] = given and [_without_secrets(module, item) for item in given]
    module.params["defaults"] = defaults and _without_secrets(module, defaults)
    # What hosts tell each other is theirs alone: it would be shown as names that say nothing to anybody.
    module.unread = ("sealed", "recipients", "make", "restarted", "confirmed")
    for name in ("recipients", "restarted"):
        if options[name] is not None:
            module.params[name] = sorted(map(str, options[name]))
    return (None, {}) if given is None else service_options.read(given, defaults or {}, keypair_given.checked)


def _without_secrets(module: _module.QuietModule, options: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    for part, specification in service_options.parts(options):
        keypair_given.hide_unknown(module, part, specification)
    return {name: value for name, value in call.without_secrets(options).items() if name in service_options.SERVICE}


def _secrets(given: t.Any) -> t.Dict[str, t.Dict[str, t.Any]]:
    """The secrets by the names of their items."""
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(one, dict) for one in given.values()):
        raise KeysmithError(
            "secrets: has to be a dictionary that holds for the name of a key pair a dictionary with %s."
            % ", ".join(keypair_options.SECRETS)
        )
    # Given, and empty: a lookup that found nothing.
    return {name: {one: "" if value is None else value for one, value in held.items()} for name, held in given.items()}


def _names(items: t.Sequence[t.Dict[str, t.Any]], secrets: t.Mapping[str, t.Any]) -> t.List[str]:
    """The names of the items, each given once, and each name in secrets one of them."""
    names = []
    for number, item in enumerate(items, 1):
        name = item.get("name")
        if not isinstance(name, str) or not name:
            raise KeysmithError(
                "keypairs: each needs a name, by which its result is found; number %d has none." % number
            )
        if name in names:
            raise KeysmithError("keypairs: two have the name %s; give each its own." % name)
        names.append(name)
    if not set(secrets) <= set(names):
        raise KeysmithError(
            "secrets: there is a name in it that is not the name of any of keypairs, which are %s."
            % (", ".join(names) or "none")
        )
    return names


def _wanted(module: _module.QuietModule, item: t.Mapping[str, t.Any], secrets: t.Mapping[str, t.Any]) -> Wanted:
    misplaced = sorted(set(item) & set(keypair_options.SECRETS))
    if misplaced:
        raise KeysmithError("%s: belongs in secrets, under the name of the key pair." % ", ".join(misplaced))
    options = keypair_given.checked(item, {**_NAME, **keypair_options.PUBLIC}, "keypairs")
    return keypair_given.wanted_of(
        module, {**options, **keypair_given.checked(secrets, keypair_options.SECRETS, "secrets")}
    )
