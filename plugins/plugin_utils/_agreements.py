# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When keys that hosts share are rotated: a key is made once all of them are due, and used once all of them hold it.

A host that joins later gets the key that the others use.

Who shares a key is what the controller asked each of them. What one host says can keep the others from going on, and
never makes one of them do what it did not ask for itself.
"""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import few
from ansible_collections.keysmith.jwt.plugins.module_utils._service.history import number
from ansible_collections.keysmith.jwt.plugins.plugin_utils._sharing import Play

Mapping = t.Mapping[str, t.Any]
_MANY = 10


class Agreements(t.NamedTuple):
    """What hosts may do about their keys; by host and service, the version. Keys of one's own need nobody's consent."""

    #: To have from now on.
    create: t.Dict[str, t.Dict[str, str]]
    #: To make active.
    switch: t.Dict[str, t.Dict[str, str]]
    #: What hosts have asked for that others are not ready for, and which ones, in sentences.
    waits: t.List[str]
    #: To have from now on, for hosts that have no key yet while others do.
    join: t.Mapping[str, t.Mapping[str, str]] = {}


def agree(play: Play) -> Agreements:
    """Return what all hosts of this batch may do of what they ask for."""
    found = Agreements({}, {}, [])
    waits: t.Dict[str, None] = {}
    join: t.Dict[str, t.Dict[str, str]] = {}
    for host in play.batch:
        for name, rotation in (play.answers.get(host, {}).get("rotation") or {}).items():
            group = _group(play, host, name)
            used = _used_by_others(play, host, name, group)
            if used:
                join.setdefault(host, {})[name] = used
            for step, allowed, is_ready, why in (
                ("create", found.create, _is_due, "%s/%s is made once all hosts that share it are due. Not yet: %s."),
                ("switch", found.switch, _holds, "%s/%s becomes active once all hosts that share it hold it. Not: %s."),
            ):
                version = rotation.get(step)
                if not version:
                    continue
                missing = sorted(other for other in group if not is_ready(play, host, other, name, version))
                if missing:
                    waits[why % (name, version, few(missing, _MANY))] = None
                else:
                    allowed.setdefault(host, {})[name] = version
    return found._replace(waits=list(waits), join=join)


def _used_by_others(play: Play, host: str, name: str, group: t.FrozenSet[str]) -> str:
    """Return the version that the other hosts use, for a host without a key that waits for an unknown one."""
    own = _versions(play.answers.get(host, {}), name)
    others = [_answer(play, host, other, name) for other in group - {host}]
    if len(own) != 1 or "recipient" not in next(iter(own.values())):
        return ""
    if any(set(own) & set(_versions(answer, name)) for answer in others):
        return ""
    users = [answer for answer in others if _active(answer, name)]
    # While they switch, some are a version ahead; they hold the other one, too.
    used = {_active(answer, name) for answer in users}
    return min((version for version in used if _is_common(users, name, version)), key=number, default="")


def _is_common(answers: t.Sequence[Mapping], name: str, version: str) -> bool:
    """Check for a version of a rotation for which all of these hosts have the same key."""
    facts = [_versions(answer, name).get(version, {}).get("thumbprint") for answer in answers]
    return number(version)[0] > 0 and len(set(facts)) == 1


def _versions(answer: Mapping, name: str) -> t.Dict[str, Mapping]:
    """Return a host's versions of a service's key, by name."""
    facts = answer.get("shared") or {}
    return {pair[len(name) + 1 :]: fact for pair, fact in facts.items() if pair.startswith(name + "/")}


def _active(answer: Mapping, name: str) -> str:
    """Return the version that a host uses, empty if its answer has none."""
    keys = ((answer.get("jwks") or {}).get(name) or {}).get("keys") or [{}]
    versions = _versions(answer, name).items()
    return next((version for version, fact in versions if fact.get("thumbprint", "") == keys[0].get("kid")), "")


def _group(play: Play, host: str, name: str) -> t.FrozenSet[str]:
    """Return the hosts that share the keys of a host's service, itself included; none for keys of its own."""
    service = play.asked.get(host, {}).get(name)
    return play.inventory.hosts(service.shared) | {host} if service and service.shared else frozenset()


def _is_due(play: Play, host: str, other: str, name: str, version: str) -> bool:
    """Check whether another host asks for the version, too, or already has it."""
    answer = _answer(play, host, other, name)
    return (answer.get("rotation") or {}).get(name, {}).get("create") == version or bool(_fact(answer, name, version))


def _holds(play: Play, host: str, other: str, name: str, version: str) -> bool:
    """Check whether another host holds the same key."""
    own = _fact(play.answers.get(host, {}), name, version).get("thumbprint")
    return bool(own) and _fact(_answer(play, host, other, name), name, version).get("thumbprint") == own


def _answer(play: Play, host: str, other: str, name: str) -> Mapping:
    """Return another host's answer, if it is in this batch and was asked to share with the same hosts."""
    is_asked = other in play.batch and other in play.well and _group(play, other, name) == _group(play, host, name)
    return play.answers.get(other, {}) if is_asked else {}


def _fact(answer: Mapping, name: str, version: str) -> Mapping:
    fact: Mapping = (answer.get("shared") or {}).get("%s/%s" % (name, version)) or {}
    return fact
