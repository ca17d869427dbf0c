# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answers of a play's hosts about their keys as one value: the report before it is written.

Texts in it are what hosts say, bounded by :mod:`_info_answers`. Whoever renders them escapes them.
"""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.plugin_utils import _shapes

Mapping = t.Mapping[str, t.Any]
#: Keys of services that no list has, of one host: a host has as many as it likes to say.
_MOST_UNLISTED = 500
_ANSWER = "signing_key__info"
_WHY = _shapes.words(300)
_NO_ANSWER = "was not asked, or its answer is missing."
_OVERRIDDEN = "has returned a fact with the name of an answer; find out what on this host does that."


class Problem(t.NamedTuple):
    """What an operator should look at; version, service and host are empty if it concerns all of them."""

    host: str
    service: str
    version: str
    kind: str
    text: str


class Key(t.NamedTuple):
    """One version of a service's key on a host."""

    host: str
    service: str
    version: str
    #: As the module jwt_keypair_info has it; "unlisted" for one of a service that no list has.
    state: str
    kid: str
    thumbprint: str
    algorithm: str
    #: RSA 4096, or the curve.
    kind: str
    #: RFC 3339; empty where the history does not say.
    created: str
    #: Whether somebody else may have it.
    is_compromised: bool
    #: How many problems are about it.
    problems: int


class Service(t.NamedTuple):
    """A service on a host."""

    host: str
    name: str
    active: str
    restart_due: bool
    #: The next step of its rotation, its version and time; empty for none.
    step: str = ""
    version: str = ""
    at: str = ""


class Silent(t.NamedTuple):
    """A host that has not answered."""

    host: str
    why: str


class Fleet(t.NamedTuple):
    """What all hosts have answered, in the order of the play."""

    hosts: t.Sequence[str]
    silent: t.List[Silent]
    services: t.List[Service]
    keys: t.List[Key]
    problems: t.List[Problem]


def answer_of(variables: Mapping) -> Mapping:
    """Return a host's answer from its variables; only ``why`` if there is none."""
    answer = variables.get(_ANSWER)
    if _ANSWER in (variables.get("ansible_facts") or {}):
        return {"why": _OVERRIDDEN}
    if not isinstance(answer, t.Mapping):
        return {"why": _NO_ANSWER}
    if "asked" in answer and "services" in answer:
        return answer
    return {"why": answer.get("msg") or _NO_ANSWER}


def collect(hosts: t.Sequence[str], answer: t.Callable[[str], Mapping]) -> Fleet:
    """Return the report of these hosts; ``answer(host)`` is what :func:`answer_of` returns."""
    fleet = Fleet(hosts, [], [], [], [])
    for host in hosts:
        found = answer(host)
        if "why" in found:
            fleet.silent.append(Silent(host, _WHY(str(found["why"]), "", _shapes.nowhere)))
            continue
        for name, one in found["services"].items():
            _add_service(fleet, host, name, one)
        for name, text in (found.get("failed_services") or {}).items():
            fleet.problems.append(Problem(host, name, "", "refused", text))
        _add_unlisted(fleet, host, found.get("unlisted") or {})
    return fleet


def _add_service(fleet: Fleet, host: str, name: str, one: Mapping) -> None:
    step = one.get("next") or {}
    next_ = [step.get(part, "") for part in ("step", "version", "at")]
    fleet.services.append(Service(host, name, one.get("active", ""), bool(one.get("restart_due")), *next_))
    for version, key in one.get("versions", {}).items():
        fleet.keys.append(_key(host, name, version, key, key.get("state", "")))
        _add_problems(fleet, host, name, version, key)
    _add_problems(fleet, host, name, "", one)


def _add_unlisted(fleet: Fleet, host: str, services: Mapping) -> None:
    left = _MOST_UNLISTED
    for name, one in services.items():
        # That nothing lists the service says all about it; each of its versions would say it again.
        _add_problems(fleet, host, name, "", one)
        for version, key in one.get("versions", {}).items():
            if left:
                left -= 1
                fleet.keys.append(_key(host, name, version, key, "unlisted"))
                _add_problems(fleet, host, name, version, key)


def _key(host: str, service: str, version: str, key: Mapping, state: str) -> Key:
    size = key.get("size")
    return Key(
        host,
        service,
        version,
        state,
        key.get("kid", ""),
        key.get("thumbprint", ""),
        key.get("algorithm", ""),
        "%s %d" % (key.get("type", ""), size) if size else key.get("curve", ""),
        key.get("created", ""),
        "compromised" in key,
        len(key.get("problems", ())),
    )


def _add_problems(fleet: Fleet, host: str, service: str, version: str, one: Mapping) -> None:
    for problem in one.get("problems", ()):
        fleet.problems.append(Problem(host, service, version, problem.get("kind", ""), problem.get("text", "")))
