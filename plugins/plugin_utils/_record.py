# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller stores beside a host's answer, as ``asked``: the request, and the use of the role.

A host cannot write it: an answer's own ``asked`` is not kept (:mod:`_answers`), nor is a fact taken for a result.
"""

from __future__ import annotations

import os
import typing as t

from ansible_collections.keysmith.jwt.plugins.plugin_utils import _controller_directory
from ansible_collections.keysmith.jwt.plugins.plugin_utils._asked import Asked, Service

Mapping = t.Mapping[str, t.Any]


class Record(t.NamedTuple):
    """What one host was asked."""

    services: t.Dict[str, Service]
    #: The directory for public keys on the controller, empty for none; and whether a report is wanted.
    output: str
    show: bool
    #: For keys that were copied to this host or made on it, the host that they come from.
    sources: Mapping
    #: The role's variables that this host has decided by what it returned as facts.
    facts: t.Sequence[str]
    #: Whether the library is installed where the module cannot find it.
    installs: bool = False


def problem(controller: t.Any) -> str:
    """Return what is wrong with the option, before a key is made that could not be published; empty if nothing is."""
    output = controller.get("output") if isinstance(controller, dict) else None
    if output is None or output == "" or _controller_directory.usable(output):
        return ""
    return "signing_key_output_directory: has to be an absolute path on the controller, or begin with ~/."


def directory(output: t.Any) -> str:
    """Return the directory for public keys; empty for none."""
    return _controller_directory.plain(str(output or ""))


def published_as(host: str) -> str:
    """Return how the names of a host's files begin."""
    return host.replace("/", "_")


def public_file(output: str, service: str, host: str, kind: str) -> str:
    """Return the path of one of the files with a host's public keys."""
    return "%s/%s/%s.%s.json" % (output, service, published_as(host), kind)


def is_new(controller: t.Any, asked: Asked, host: str) -> bool:
    """Check whether a service of the host was never published: then its keys are probably new.

    To ask the host whether all is as it was would be in vain.
    """
    output = directory((controller or {}).get("output"))
    files = (public_file(output, name, host, "jwk") for name in asked.services)
    return bool(output) and not all(os.path.exists(file) for file in files)


def written(controller: Mapping, asked: Asked, facts: t.Sequence[str]) -> t.Dict[str, t.Any]:
    """Return the record as JSON stores it."""
    return {
        "use": str(controller.get("use") or ""),
        "output": "" if problem(controller) else directory(controller.get("output")),
        "show": bool(controller.get("show")),
        "sources": dict(controller.get("sources") or {}),
        "facts": list(facts),
        "installs": bool(controller.get("installs")),
        "services": {name: [names and list(names) for names in one] for name, one in asked.services.items()},
    }


def registered(variables: Mapping, name: str) -> Mapping:
    """What a task has registered in a host's variable of that name; nothing where a fact of the host is in its place.

    ``variables`` are the host's as they are, facts included: what is among those is nobody's answer.
    """
    answer = variables.get(name)
    if name in (variables.get("ansible_facts") or {}) or not isinstance(answer, t.Mapping):
        return {}
    return answer


def use_of(variables: Mapping, name: str) -> str:
    """Return the use of the role whose answer a host's variable of that name holds; empty for none."""
    asked = registered(variables, name).get("asked")
    return str(asked["use"]) if isinstance(asked, t.Mapping) else ""


def read(variables: Mapping, name: str, use: str) -> t.Tuple[t.Optional[Record], Mapping]:
    """Return the record and the answer in a host's variable of that name; None and nothing if they are unusable."""
    answer = registered(variables, name)
    asked = answer.get("asked")
    if not isinstance(asked, t.Mapping):
        # Ansible's own: not reached, or something is wrong with a variable of this host.
        return None, {"failed": True} if answer.get("failed") or answer.get("unreachable") else {}
    if asked["use"] != use:
        return None, {}
    record = Record(services(asked["services"]), *(asked[name] for name in Record._fields[1:]))
    return record, {**answer, "failed": True} if asked.get("failed") else answer


def _joined(earlier: t.Iterable[Mapping], later: t.Iterable[Mapping]) -> t.List[Mapping]:
    """Join the diffs of two answers; of a file that changed twice, from the first content to the present one."""
    found = {one.get("before_header"): one for one in earlier}
    for one in later:
        first = found.get(one.get("before_header"), one)
        found[one.get("before_header")] = {**one, "before": first.get("before", "")}
    return [one for one in found.values() if one.get("before") != one.get("after")]


def held_back(answer: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
    """Return an answer that has not failed yet: the role reports a failure after the rest is published."""
    kept = {name: held for name, held in answer.items() if name not in ("failed", "exception", "rc")}
    return {**kept, "asked": {**answer["asked"], "failed": bool(answer.get("failed"))}}


def services(listed: Mapping) -> t.Dict[str, Service]:
    """Return services from what JSON stores."""
    return {name: Service(*map(_names, one)) for name, one in listed.items()}


def _names(names: t.Any) -> t.Any:
    return None if names is None else tuple(names)


def with_refusals(answer: t.Dict[str, t.Any], refused: t.Mapping[str, str]) -> t.Dict[str, t.Any]:
    """Return an answer, failed if the host was not asked about all of its services."""
    if not refused:
        return answer
    text = " ".join("%s: %s" % one for one in refused.items())
    said = str(answer.get("msg", "")) if answer.get("failed") else ""
    failed = {**answer.get("failed_keypairs", {}), **refused}
    return {**answer, "failed": True, "msg": (text + " " + said).strip(), "failed_keypairs": failed}


def merged(earlier: t.Any, answer: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
    """Merge an answer with what is still true of an earlier one of the same use of the role.

    What the earlier task has changed stays said; of the keys that were waited for, the later one knows more.
    """
    if not isinstance(earlier, t.Mapping) or (earlier.get("asked") or {}).get("use") != answer["asked"]["use"]:
        return answer
    both = dict(answer)
    before = {name: one for name, one in (earlier.get("keypairs") or {}).items() if one.get("changed")}
    both["keypairs"] = {**answer.get("keypairs", {}), **before}
    gone = {name: one for name, one in (earlier.get("absent") or {}).items() if one.get("changed")}
    if gone:
        both["absent"] = {**answer.get("absent", {}), **gone}
    for part in ("jwks", "restart_due"):
        both[part] = {**(earlier.get(part) or {}), **answer.get(part, {})}
    # Of a service of which the later one speaks, it names all versions.
    services = {name.partition("/")[0] for name in answer.get("shared", {})}
    before = {
        name: one for name, one in (earlier.get("shared") or {}).items() if name.partition("/")[0] not in services
    }
    both["shared"] = {**before, **answer.get("shared", {})}
    for part in ("restart", "units"):
        both[part] = list(earlier.get(part) or ())
        both[part] += [one for one in answer.get(part, ()) if one not in both[part]]
    both["diff"] = _joined(earlier.get("diff") or (), answer.get("diff", ()))
    both["asked"]["sources"] = {**earlier["asked"]["sources"], **answer["asked"]["sources"]}
    return both
