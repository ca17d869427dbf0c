# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describe the directory of a service: its versions, listed or not, their history, and what comes next."""

from __future__ import annotations

import os
import re
import typing as t

from .._disk.directory import Directory, open_directory
from .._disk.files import FileSlot
from .._disk.links import link_target
from .._errors import KeysmithError
from .._keypair import values
from .._service import drop_in, history, host_history, restart_marker
from .._service.history import Version
from .._service.rotation_plan import Clock
from .._service.service import Service
from . import next_step, problems, version_files
from .problems import Problem

ACTIVE, INACTIVE, RETIRED, LEFT_OVER, ABSENT = STATES = ("active", "inactive", "retired", "left over", "missing")
#: What is wrong with a version in a state: always, but for an active one, which may be in no list.
_UNEXPECTED = {
    ACTIVE: (
        problems.UNLISTED,
        "%s is active, and the service may use it, but versions does not list it; add it there.",
    ),
    RETIRED: (problems.UNLISTED, "%s is listed as retired, and still on the host; run the role, which removes it."),
    LEFT_OVER: (
        problems.UNLISTED,
        "%s is on the host, but neither versions nor retired lists it; list it under retired to remove it.",
    ),
    ABSENT: (problems.MISSING, "%s has no key; restore it from a backup, or run the role, which makes a new one."),
}
#: The most folders that are examined, and the most removed versions that are returned.
_MOST = 200
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}", re.ASCII)
_OPTION, _LINK = "directory", "current"
Result = t.Dict[str, t.Any]


class ServiceDirectory(t.NamedTuple):
    """The content of a directory, as far as it can be read."""

    active: str
    #: The folders that may be versions.
    versions: t.Sequence[str]
    history: t.Sequence[Version]
    problems: t.List[Problem]


def listed(service: Service, at: Clock) -> Result:
    """Return the result for a service in the list."""
    options, path = service.options, str(service.options["directory"])
    found = read(path)
    wrong = found.problems
    rights, wrong_names = _rights(service)
    wrong += wrong_names
    asked, retired = _asked(service, found)
    versions = _versions(path, asked, found, rights, _environment(service))
    for name, one in versions.items():
        one["state"] = _state(name, one, found.active, asked, retired)
        one["problems"] += _unexpected(os.path.join(path, name), one["state"], name in asked and name not in retired)
    if not found.active:
        wrong.append(problems.problem(problems.MISSING, "%s leads to no version; run the role." % service.link))
    due = _restart_due(service, wrong)
    step = next_step.of(service, at, due, found.active, wrong) if options["rotation"] else {}
    if drop_in.is_missing(service):
        text = "%s does not read %s/env yet; run the role." % (service.unit, service.link)
        wrong.append(problems.problem(problems.UNIT, text))
    return {
        "directory": path,
        "active": found.active,
        "restart_due": due,
        "restart": list(options["restart"]),
        "next": step,
        "versions": _public(versions, found.history, at.now),
        "gone": _gone(found.history),
        "problems": wrong,
    }


def unlisted(path: str, now: int) -> t.Optional[Result]:
    """Return the result for a directory that no list has; None if it has no key of ours."""
    found = read(path)
    anybody = version_files.Rights(frozenset((0, os.geteuid())), 0o640, 0o640)
    environment = version_files.Environment("systemd")
    versions = _versions(path, (), found, anybody, environment)
    if not versions:
        return None
    for name, one in versions.items():
        one["state"] = ACTIVE if name == found.active else INACTIVE
    text = (
        "%s holds keys, and no service in the list has this directory; list it, with state: absent to remove it." % path
    )
    wrong = [*found.problems, problems.problem(problems.UNLISTED, text)]
    shown = _public(versions, found.history, now)
    return {"directory": path, "active": found.active, "versions": shown, "problems": wrong}


def read(path: str) -> ServiceDirectory:
    """Read the names in a directory, its history, and the target of its link."""
    wrong: t.List[Problem] = []
    try:
        with open_directory(path, _OPTION) as folder:
            if not folder.exists:
                return ServiceDirectory("", (), (), wrong)
            names = sorted(filter(_NAME.fullmatch, folder.entries()), key=history.number)
            versions = [name for name in names if name != _LINK and host_history.is_version(folder, name)]
            if len(versions) > _MOST:
                text = "%s holds %d folders; only %d of them were examined." % (path, len(versions), _MOST)
                wrong.append(problems.problem(problems.UNREADABLE, text))
            known, target = _history(folder, wrong), link_target(FileSlot(folder, _LINK, _OPTION)) or ""
    except KeysmithError as error:
        return ServiceDirectory("", (), (), [problems.problem(problems.UNREADABLE, str(error))])
    return ServiceDirectory(target if target in versions else "", versions[:_MOST], known, wrong)


def _history(folder: Directory, wrong: t.List[Problem]) -> t.Sequence[Version]:
    place = FileSlot(folder, host_history.NAME, _OPTION)
    try:
        return history.parse(place.read(history.LARGEST) if place.look() else b"", place.path)
    except KeysmithError as error:
        wrong.append(problems.problem(problems.UNREADABLE, str(error)))
        return ()


def _asked(service: Service, found: ServiceDirectory) -> t.Tuple[t.Sequence[str], t.Sequence[str]]:
    """Return the versions that should be there, and those that should be gone."""
    if not service.options["rotation"]:
        return service.options["versions"], service.options["retired"]
    # What the history has is the rotation's; where there is none yet, the first run adopts what is there.
    live = [version.name for version in found.history if version.is_live]
    return live or found.versions or ["v1"], [version.name for version in found.history if not version.is_live]


def _versions(
    path: str,
    asked: t.Sequence[str],
    found: ServiceDirectory,
    rights: version_files.Rights,
    environment: version_files.Environment,
) -> t.Dict[str, Result]:
    """Return by name the versions that have a private key, and those that should have one."""
    versions = {}
    for name in dict.fromkeys([*asked, *found.versions]):
        if name in found.versions:
            # A version that is not asked for may have the variables that it was once asked to have.
            variables = environment if name in asked else version_files.Environment(environment.format)
            variables = variables if name == found.active else variables._replace(other="")
            one = version_files.Files(path, name, rights, variables)
            versions[name] = {"is_there": one.is_there, **one.facts, "problems": one.problems}
        else:
            versions[name] = {"is_there": False, "problems": []}
    return {name: one for name, one in versions.items() if one["is_there"] or name in asked or one["problems"]}


def _state(name: str, version: Result, active: str, asked: t.Container[str], retired: t.Container[str]) -> str:
    if not version["is_there"]:
        return ABSENT if name in asked else LEFT_OVER
    if name == active:
        return ACTIVE
    if name in retired:
        return RETIRED
    return INACTIVE if name in asked else LEFT_OVER


def _unexpected(path: str, state: str, is_asked: bool) -> t.List[Problem]:
    """Return what is wrong with a version in this state, given the lists."""
    kind, text = _UNEXPECTED.get(state, ("", ""))
    return [problems.problem(kind, text % path)] if text and not (state == ACTIVE and is_asked) else []


def _public(versions: t.Mapping[str, Result], known: t.Iterable[Version], now: int) -> t.Dict[str, Result]:
    """Return the facts of a version with the times of the history, if that is about the same key."""
    by_name = {version.name: version for version in known}
    shown = {}
    for name, one in versions.items():
        version = by_name.get(name)
        if version and one["is_there"] and version.thumbprint == one.get("thumbprint", version.thumbprint):
            one.update(_events(version), age=max(0, now - version.created))
            if version.compromised:
                text = "Others may have had this key since %s; run the role." % history.stamp(version.compromised)
                one["problems"].append(problems.problem(problems.ROTATION, text))
        del one["is_there"]
        shown[name] = one
    return shown


def _gone(known: t.Sequence[Version]) -> t.Dict[str, Result]:
    """Return the latest versions that no longer exist."""
    gone = [version for version in known if not version.is_live][-_MOST:]
    return {
        version.name: {
            "kid": version.kid, "thumbprint": version.thumbprint, "algorithm": version.algorithm, **_events(version)
        }
        for version in gone
    }  # fmt: skip


def _events(version: Version) -> Result:
    times = {event: getattr(version, event) for event in history.EVENTS}
    return {
        **{event: history.stamp(seconds) for event, seconds in times.items() if seconds},
        "adopted": version.adopted,
    }


def _rights(service: Service) -> t.Tuple[version_files.Rights, t.List[Problem]]:
    options, wrong = service.options, t.cast(t.List[Problem], [])
    owners = {0, os.geteuid()}
    for part in (options, options["environment"]):
        try:
            owners.add(values.ids(part["owner"], None)[0])
        except KeysmithError as error:
            wrong.append(problems.problem(problems.ACCESS, str(error)))
    private, environment = _mode(options["mode"]), _mode(options["environment"]["mode"])
    return version_files.Rights(frozenset(owners - {-1}), private, environment), wrong


def _mode(value: t.Any) -> int:
    """Return the requested mode; the widest allowed one if it is given in another form."""
    try:
        return values.mode("mode", value, values.SECRET)
    except KeysmithError:
        return values.SECRET.allowed


def _environment(service: Service) -> version_files.Environment:
    said = service.options["environment"]
    names = said["variables"]
    # A unit with credentials has the path from its drop-in.
    path = "" if service.options["systemd_credentials"] else names["key_path"]
    return version_files.Environment(said["format"], names["key_id"], path, names["passphrase"], said["path"] or "")


def _restart_due(service: Service, wrong: t.List[Problem]) -> bool:
    try:
        due = bool(restart_marker.found(service.link))
    except KeysmithError as error:
        wrong.append(problems.problem(problems.UNREADABLE, str(error)))
        return False
    if due:
        units = ", ".join(service.options["restart"]) or "what uses its keys"
        text = "%s has to be restarted, and may use an older key until then; run the role." % units
        wrong.append(problems.problem(problems.RESTART, text))
    return due
