# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""Many key pairs in one task: one bad item does not stop the others, and is reported by its name."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils import (
    _call,
    _given,
    _layout,
    _module,
    _options,
    _run,
    _services,
)
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, MissingLibrary
from ansible_collections.keysmith.jwt.plugins.module_utils._wanted import Wanted

_NAME: t.Dict[str, t.Dict[str, t.Any]] = {"name": {"type": "str", "required": True}}
_Results = t.Dict[str, t.Dict[str, t.Any]]


class _Batch(t.NamedTuple):
    """What all items ask for. Holds secrets: never shown."""

    names: t.List[str]
    wanted: t.Dict[str, Wanted]
    #: Why key pairs that are not among ``wanted`` cannot be, and services that have none here.
    refused: t.Dict[str, str]
    #: None where key pairs were given.
    services: t.Optional[t.List[_services.Service]]
    sharing: t.Dict[str, t.Any]
    #: For the names of key pairs for which something is restarted, the links beside which is remembered that it is due.
    restarted: t.Dict[str, str]

    def __repr__(self) -> str:
        return "<key pairs %s>" % ", ".join(self.names)

    def run(self, check_mode: bool, with_diff: bool) -> t.Tuple[_Results, t.Dict[str, str]]:
        """What became of the key pairs, by name, and why others failed."""
        results, failed = {}, dict(self.refused)
        for name, outcome in _run.run(self.wanted, check_mode, with_diff, self.sharing, self.restarted).items():
            if outcome.error:
                failed[name] = str(outcome.error)
            else:
                results[name] = outcome.result
        return {name: results[name] for name in self.names if name in results}, failed

    def returned(self, results: _Results) -> t.Dict[str, t.Any]:
        """What the module returns of the results, but for their diffs and warnings."""
        more = _layout.outcome(self.services, results, self._due()) if self.services is not None else {}
        if self.sharing:
            more["shared"] = {name: _shared_fact(results[name]) for name in self.sharing if name in results}
        apart = ("warnings", "diff")
        return {
            "changed": any(result["changed"] for result in results.values()),
            "keypairs": {
                name: {fact: result[fact] for fact in result if fact not in apart}
                for name, result in results.items()
                if "waiting" not in result
            },
            **more,
        }

    def _due(self) -> t.Dict[str, str]:
        """For the names of key pairs the marks by which a restart is due."""
        if not self.restarted:
            return {}
        from ansible_collections.keysmith.jwt.plugins.module_utils import _due

        return {name: _due.found(link) for name, link in self.restarted.items()}

    def owe(self, results: _Results) -> None:
        """Remember that a restart is due for each service whose unit is yet to be told where its environment is."""
        for service in self.services or ():
            pair = service.pair(service.active)
            if pair in self.restarted and "changes" in results.get(pair, ()) and _layout.untold([service]):
                from ansible_collections.keysmith.jwt.plugins.module_utils import _due

                _due.owe(service.link)

    def forget(self, marks: t.Mapping[str, t.Any], check_mode: bool) -> bool:
        """Take away these marks, by the names of services; whether one of them is there."""
        from ansible_collections.keysmith.jwt.plugins.module_utils import _due

        given = {service.link: str(marks[service.name]) for service in self.services or () if service.name in marks}
        there = [link for link, mark in given.items() if mark and _due.found(link) == mark]
        for link in () if check_mode else there:
            _due.forget(link, given[link])
        return bool(there)

    def look_again(self) -> t.Optional[t.Tuple[t.Dict[str, t.Any], t.List[str]]]:
        """What a run returns in which nothing is to be done, and its warnings; None where something is."""
        results, failed = self.run(True, False)
        returned = self.returned(results)
        open_ends = failed or returned["changed"] or returned.get("restart") or returned.get("units")
        settled = not open_ends and len(returned["keypairs"]) == len(self.names)
        return (returned, _texts(results)) if settled else None


def run(module: _module.QuietModule, options: t.Dict[str, t.Any]) -> t.NoReturn:
    """Do what all items ask for, and end the module with their results by name."""
    batch = _read(module, options)
    if options["restarted"]:
        _restarted(module, options, batch)
    results, failed = batch.run(module.check_mode, module._diff)
    if not module.check_mode:
        batch.owe(results)
    returned = batch.returned(results)
    if module._diff:
        returned["diff"] = [
            dict(result["diff"], before_header=name, after_header=name)
            for name, result in results.items()
            if result["changed"]
        ]
    if failed:
        what = "key pairs" if set(failed) <= set(batch.names) else "services or key pairs"
        for text in _texts(results):
            module.warn(text)
        module.fail_json(msg=_told(failed, len(results), what, module.check_mode), failed_keypairs=failed, **returned)
    if _call.is_routine(options):
        _remember(module, options, batch, (returned, _texts(results)))
    _module.leave(module, returned, _texts(results))


def _restarted(module: _module.QuietModule, options: t.Dict[str, t.Any], batch: _Batch) -> t.NoReturn:
    """Take the marks away of what was restarted, and end the module; no key pair is touched."""
    forgotten = batch.forget(options["restarted"], module.check_mode)
    settled = batch.look_again()
    if settled:
        _remember(module, dict(options, restarted=None), batch, settled)
    _module.leave(module, {"changed": forgotten}, ())


def _remember(module: _module.QuietModule, options: t.Dict[str, t.Any], batch: _Batch, result: t.Any) -> None:
    _given.remember(
        module,
        options,
        _call.anchors(options),
        list(batch.wanted.values()),
        result,
        lambda: _read(module, options).look_again(),
        _layout.drop_ins(batch.services or ()),
    )


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
    if services is None:
        keypairs = options["keypairs"]
        _given.hide(module, keypairs, {**_NAME, **_options.PUBLIC})
        secrets = _secrets(options["secrets"])
    else:
        keypairs, secrets = _layout.keypairs(services)
    sharing = _sharing(options, services or [])
    if options["recipients"] is not None:
        keypairs = [item for item in keypairs if item["name"] in sharing]
        secrets = {name: secrets[name] for name in sharing}
    restarted = _layout.restarted(services or ()) if options["recipients"] is None else {}
    batch = _Batch(_names(keypairs, secrets), {}, refused, services, sharing, restarted)
    for name, item in zip(batch.names, keypairs):
        try:
            batch.wanted[name] = _wanted(module, item, secrets.get(name, {}))
        except MissingLibrary:
            raise
        except KeysmithError as error:
            batch.refused[name] = str(error)
    return batch


def _shared_fact(result: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    """What other hosts need to know of a shared key: which it is, how to send it here, or the key itself, sealed."""
    return {name: result[name] for name in ("thumbprint", "recipient", "sealed") if name in result}


def _sharing(options: t.Mapping[str, t.Any], services: t.Iterable[_services.Service]) -> t.Dict[str, t.Any]:
    """For the name of each shared key pair what this run is told of it; KeysmithError for what cannot be meant."""
    given = {option: options[option] for option in ("make", "recipients", "sealed")}
    names = _layout.shared(services)
    for option, value in given.items():
        if not set(value or ()) <= set(names):
            raise KeysmithError(
                "%s: names key pairs that are not of services with shared; there are: %s."
                % (option, ", ".join(names) or "none")
            )
    if not names:
        return {}
    for name, hosts in (given["recipients"] or {}).items():
        if not isinstance(hosts, dict):
            raise KeysmithError("recipients: %s: has to be a dictionary of hosts and their recipient keys." % name)
    from ansible_collections.keysmith.jwt.plugins.module_utils._shared import Sharing

    if given["recipients"] is not None:
        return {name: Sharing(recipients=hosts) for name, hosts in given["recipients"].items()}
    make, sealed = given["make"] or [], given["sealed"] or {}
    return {name: Sharing(may_make=name in make, sealed=sealed.get(name, "")) for name in names}


def _given_services(
    module: _module.QuietModule, options: t.Mapping[str, t.Any]
) -> t.Tuple[t.Optional[t.List[_services.Service]], t.Dict[str, str]]:
    """The services, where they were given instead of key pairs, and by name why others cannot be meant."""
    given, defaults = options["services"], options["defaults"]
    # Their secrets are taken out of what the result's invocation shows before anything is looked at.
    module.params["services"] = given and [_without_secrets(module, item) for item in given]
    module.params["defaults"] = defaults and _without_secrets(module, defaults)
    module.unread = ("sealed",)
    return (None, {}) if given is None else _services.read(given, defaults or {}, _given.checked)


def _without_secrets(module: _module.QuietModule, options: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    for part, specification in _services.parts(options):
        _given.hide_unknown(module, part, specification)
    return {name: options[name] for name in options if name in _services.SERVICE}


def _secrets(given: t.Any) -> t.Dict[str, t.Dict[str, t.Any]]:
    """The secrets by the names of their items."""
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(one, dict) for one in given.values()):
        raise KeysmithError(
            "secrets: has to be a dictionary that holds for the name of a key pair a dictionary with %s."
            % ", ".join(_options.SECRETS)
        )
    return given


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
    misplaced = sorted(set(item) & set(_options.SECRETS))
    if misplaced:
        raise KeysmithError("%s: belongs in secrets, under the name of the key pair." % ", ".join(misplaced))
    options = _given.checked(item, {**_NAME, **_options.PUBLIC}, "keypairs")
    return _given.wanted_of(module, {**options, **_given.checked(secrets, _options.SECRETS, "secrets")})
