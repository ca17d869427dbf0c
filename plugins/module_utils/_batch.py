# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""Many key pairs in one task: one bad item does not stop the others, and is reported by its name."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.keysmith.jwt.plugins.module_utils import (
    _layout,
    _module,
    _options,
    _run,
    _services,
)
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, MissingLibrary
from ansible_collections.keysmith.jwt.plugins.module_utils._wanted import Wanted

_NAME: t.Dict[str, t.Dict[str, t.Any]] = {"name": {"type": "str", "required": True}}


def run(module: AnsibleModule) -> t.NoReturn:
    """Do what all items ask for, and end the module with their results by name."""
    services = _given_services(module)
    if services is None:
        keypairs, secrets = module.params["keypairs"], _secrets(_module.take(module)["secrets"])
    else:
        keypairs, secrets = _layout.keypairs(services)
    sharing = _sharing(module, services or [])
    if module.params["recipients"] is not None:
        keypairs = [item for item in keypairs if item["name"] in sharing]
        secrets = {name: secrets[name] for name in sharing}
    wanted: t.Dict[str, Wanted] = {}
    failed: t.Dict[str, str] = {}
    names = _names(keypairs, secrets)
    for name, item in zip(names, keypairs):
        try:
            wanted[name] = _wanted(module, item, secrets.get(name, {}))
        except MissingLibrary:
            raise
        except KeysmithError as error:
            failed[name] = str(error)
    results = {}
    for name, outcome in _run.run(wanted, module.check_mode, module._diff, sharing).items():
        if outcome.error:
            failed[name] = str(outcome.error)
        else:
            results[name] = outcome.result
    results = {name: results[name] for name in names if name in results}
    more = _layout.outcome(services, results) if services is not None else {}
    if sharing:
        more["shared"] = {name: _shared_fact(results[name]) for name in sharing if name in results}
    _end(module, results, failed, more)


def _shared_fact(result: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    """What other hosts need to know of a shared key: which it is, how to send it here, or the key itself, sealed."""
    return {name: result[name] for name in ("thumbprint", "recipient", "sealed") if name in result}


def _sharing(module: AnsibleModule, services: t.Iterable[_services.Service]) -> t.Dict[str, t.Any]:
    """For the name of each shared key pair what this run is told of it; KeysmithError for what cannot be meant."""
    given = {option: module.params[option] for option in ("make", "recipients", "sealed")}
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


def _given_services(module: AnsibleModule) -> t.Optional[t.List[_services.Service]]:
    """The services, where they were given instead of key pairs."""
    given, defaults = module.params["services"], module.params["defaults"]
    # Their secrets are taken out of what the result's invocation shows before anything is looked at.
    module.params["services"] = given and [_without_secrets(module, item) for item in given]
    module.params["defaults"] = defaults and _without_secrets(module, defaults)
    return None if given is None else _services.read(given, defaults or {}, _module.checked)


def _without_secrets(module: AnsibleModule, options: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    for part, specification in _services.parts(options):
        _module.hide_unknown(module, part, specification)
    return {name: options[name] for name in options if name in _services.SERVICE}


def _end(
    module: AnsibleModule,
    results: t.Dict[str, t.Dict[str, t.Any]],
    failed: t.Dict[str, str],
    more: t.Dict[str, t.Any],
) -> t.NoReturn:
    texts = [text for result in results.values() for text in result.pop("warnings", ())]
    waiting = [name for name in results if "waiting" in results[name]]
    diffs = [(name, result.pop("diff", {})) for name, result in results.items()]
    returned: t.Dict[str, t.Any] = {
        "changed": any(result["changed"] for result in results.values()),
        "keypairs": {name: results[name] for name in results if name not in waiting},
        **more,
    }
    if module._diff:
        returned["diff"] = [
            dict(diff, before_header=name, after_header=name) for name, diff in diffs if results[name]["changed"]
        ]
    if failed:
        sentences = "; ".join("%s: %s" % (name, failed[name].rstrip(".")) for name in failed)
        total = len(results) + len(failed)
        for text in dict.fromkeys(texts):
            module.warn(text)
        message = "%d of %d key pairs failed, the others are done: %s." % (len(failed), total, sentences)
        module.fail_json(msg=message, failed_keypairs=failed, **returned)
    _module.leave(module, returned, texts)


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
    for item in items:
        name = item.get("name")
        if not isinstance(name, str) or not name:
            raise KeysmithError("keypairs: each needs a name, by which its result is found.")
        if name in names:
            raise KeysmithError("keypairs: two have the name %s; give each its own." % name)
        names.append(name)
    if not set(secrets) <= set(names):
        raise KeysmithError("secrets: there is a name in it that is not the name of any of keypairs.")
    return names


def _wanted(module: AnsibleModule, item: t.Mapping[str, t.Any], secrets: t.Mapping[str, t.Any]) -> Wanted:
    misplaced = sorted(set(item) & set(_options.SECRETS))
    _module.hide_unknown(module, item, {**_NAME, **_options.PUBLIC})
    if misplaced:
        raise KeysmithError("%s: belongs in secrets, under the name of the key pair." % ", ".join(misplaced))
    options = _module.checked(item, {**_NAME, **_options.PUBLIC}, "keypairs")
    return _module.wanted_of(module, {**options, **_module.checked(secrets, _options.SECRETS, "secrets")})
