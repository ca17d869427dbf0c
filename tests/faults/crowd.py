# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many runs at the same time on the same files: one key, one environment file, and every result tells the truth."""

from __future__ import annotations

import os
import typing as t

import cases
import judge
from module import Result, Task, finish, run, start
from place import Place

CROWD = 10


def on_one_path(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """All make the same key pair, directories included: one makes it, the others return it."""
    wrong: t.List[str] = []
    made = _case(place, "create")
    kinds = {
        "ES256": made,
        "RS256": made.but(algorithm="RS256", size=2048, format="traditional"),
        "for a user": made.but(**_owned(made)),
        "no base directory": made.but(base_directory=None),
    }
    rounds = 10 if exhaustive else 1
    for name, task in [*kinds.items()] * rounds:
        place.empty()
        results = _together([task] * CROWD)
        wrong += ["%s: %s" % (name, what) for what in _all_true(place, task, results)]
        if sum(bool(result.values.get("created")) for result in results) != 1:
            wrong.append("%s: not one of them made the key" % name)
    return CROWD * len(kinds) * rounds, wrong


def two_plays(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """Tasks of many key pairs, in different orders, beside tasks of one of them."""
    wrong: t.List[str] = []
    rounds = 10 if exhaustive else 1
    batch = _case(place, "create two in one task")
    turned = Task({"keypairs": batch.arguments["keypairs"][::-1]}, "jwt_keypairs")
    single = _case(place, "create")
    for _round in range(rounds):
        place.empty()
        results = _together([batch, turned, single] * 5)
        wrong += _failures(results)
        pairs = [pair for result in results for pair in (result.values, *result.values.get("keypairs", {}).values())]
        found = {pair["thumbprint"] for pair in pairs if pair.get("path") == single.arguments["path"]}
        if len(found) != 1:
            wrong.append("the plays return %d keys for one path" % len(found))
        wrong += _clean(place)
    return 15 * rounds, wrong


def one_environment_file(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """Two key pairs in two directories, each with variables of its own in one file: no update is lost."""
    shared = os.path.join(place.other, "etc", "shared.env")
    tasks = []
    for version in ("v1", "v2"):
        names = {kind + "_variable": "%s_%s" % (version.upper(), kind.upper()) for kind in _VARIABLES}
        arguments = _case(place, "create").arguments
        moved = {option: arguments[option].replace("v1", version) for option in ("path", "public_path", "jwk_path")}
        tasks.append(Task({**arguments, **moved, "environment": {"path": shared, **names}, "active_link": None}))
    wrong: t.List[str] = []
    rounds = 10 if exhaustive else 1
    for _round in range(rounds):
        place.empty()
        results = _together(tasks * (CROWD // 2))
        wrong += _failures(results) + _clean(place)
        with open(shared, "rb") as file:
            lines = file.read().decode().splitlines()
        said = dict(line.split("=", 1) for line in lines)
        if len(lines) != 6:
            wrong.append("the file has %d lines" % len(lines))
        for version, task in zip(("V1", "V2"), tasks):
            with open(task.arguments["path"], "rb") as file:
                found = judge.thumbprint(file.read(), said.get(version + "_PASSPHRASE", ""))
            if found != said.get(version + "_KEY_ID"):
                wrong.append("the lines of %s are not its own" % version)
    return CROWD * rounds, wrong


_VARIABLES = ("passphrase", "key_id", "key_path")


def that_disagrees(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """Runs that want different things: each is whole by itself, and the key is never lost or mixed up."""
    made = _case(place, "create")
    first = made.but(generate_passphrase=False, passphrase=cases.FIRST, previous_passphrases=[cases.SECOND])
    second = made.but(generate_passphrase=False, passphrase=cases.SECOND, previous_passphrases=[cases.FIRST])
    versions = [_version(made, "v1"), _version(made, "v2")]
    away = made.but(state="absent", regenerate="always", backup=False)
    wrong: t.List[str] = []
    rounds = 10 if exhaustive else 1
    for _round in range(rounds):
        place.empty()
        run(first)
        before = judge.service(_environment(made))
        wrong += ["passphrases: %s" % what for what in _failures(_together([first, second] * (CROWD // 2)))]
        if not before or judge.service(_environment(made)) != before:
            wrong.append("passphrases: it is another key now, or none that opens")
        wrong += _clean(place)

        place.empty()
        wrong += ["versions: %s" % what for what in _failures(_together(versions * (CROWD // 2)))]
        wrong += ["versions: a version is of no use" for one in versions if not judge.service(_environment(one))]
        wrong += _clean(place)

        place.empty()
        results = _together([made, away] * (CROWD // 2))
        wrong += ["present and absent: %s" % what for what in _failures(results)]
        after = run(made)
        wrong += ["present and absent: %s" % what for what in _all_true(place, made, [after])]
    return 3 * CROWD * rounds, wrong


def _case(place: Place, name: str) -> Task:
    return next(case.task for case in cases.cases(place) if case.name == name)


def _version(made: Task, version: str) -> Task:
    """The same in another directory, with a link of the same name."""
    arguments = dict(made.arguments)
    for option in ("path", "public_path", "jwk_path"):
        arguments[option] = arguments[option].replace("/v1/", "/%s/" % version)
    arguments["environment"] = {"path": _environment(made).replace("/v1/", "/%s/" % version)}
    return Task(arguments)


def _environment(task: Task) -> str:
    return str(task.arguments["environment"]["path"])


def _owned(made: Task) -> t.Dict[str, t.Any]:
    if os.geteuid() != 0:
        return {}
    environment = {"path": _environment(made), "owner": cases.USER.pw_name}
    owned = {"owner": cases.USER.pw_name, "group": str(cases.USER.pw_gid), "mode": "0640", "directory_mode": "0750"}
    return {**owned, "environment": environment}


def _together(tasks: t.Sequence[Task]) -> t.List[Result]:
    started = [start(task) for task in tasks]
    return [finish(one) for one in started]


def _failures(results: t.Sequence[Result]) -> t.List[str]:
    return sorted({"a run fails: %s" % result.message for result in results if result.failed})


def _clean(place: Place) -> t.List[str]:
    at = judge.disk(*place.roots)
    return judge.leftovers(at) + judge.exposed(at, (cases.USER.pw_gid,))


def _all_true(place: Place, task: Task, results: t.Sequence[Result]) -> t.List[str]:
    """What is wrong with results that all have to be of the one key on the disk."""
    wrong = _failures(results) + _clean(place)
    found = {result.values.get("thumbprint", "") for result in results}
    if found != {judge.service(_environment(task))}:
        wrong.append("the results tell of %d keys, or not of the one on the disk" % len(found))
    if sum(path.endswith(".bak") for path in judge.disk(*place.roots)) > (task.arguments.get("regenerate") == "always"):
        wrong.append("there are backups of a key that nobody replaced")
    return wrong
