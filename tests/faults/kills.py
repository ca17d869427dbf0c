# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills a module before its 1st, 2nd, 3rd ... call that changes a file, and in the middle of each write.

After each kill, and again after the next run, the disk is judged; see :class:`Judge` for what has to hold.
"""

from __future__ import annotations

import json
import typing as t

import cases
import judge
import tracer
from cases import Case
from module import Result, run
from place import Place


class Judge:
    """What has to hold for a case whatever becomes of a run of it."""

    def __init__(self, case: Case, place: Place, before: judge.Disk) -> None:
        self.case, self.place, self.before = case, place, before
        self.group = (cases.USER.pw_gid,)
        self.given = cases.GIVEN + ((case.given,) if case.given else ())
        self.keys_before = self._counting(before)
        self.exposed_before = judge.exposed(before, self.group)
        self.worked_before = self.service()
        self.read_before = self._read()
        self.key_before = self.key_in_place(before)

    def _counting(self, at: judge.Disk) -> t.Dict[str, t.Set[str]]:
        """The keys that may not be lost; one that was staged and never named by the environment file is none."""
        files = [node for path, node in at.items() if not judge.LEFTOVER.match(path.rpartition("/")[2])]
        named = {judge.values(node.content).get(judge.KEY_ID) for node in files}
        return {
            key: paths
            for key, paths in judge.keys(at, self.given).items()
            if key in named or not all(path.endswith(".staged") for path in paths)
        }

    def disk(self) -> judge.Disk:
        return judge.disk(*self.place.roots)

    def service(self) -> str:
        return judge.service(self.case.service, self.case.given) if self.case.service else ""

    def _read(self) -> str:
        """What the service reads when it starts: its environment file, as it is now."""
        try:
            with open(self.case.service, encoding="utf-8") as file:
                return file.read()
        except OSError:
            return ""

    def key_in_place(self, at: judge.Disk) -> str:
        path = cases.pairs(self.case.task)[0]["path"]
        for key, files in judge.keys(at, self.given).items():
            if path in files:
                return key
        return ""

    def interrupted(self, window: bool) -> t.List[str]:
        """What is wrong with the disk as a kill, a crash or an error has left it."""
        at = self.disk()
        wrong = [what for what in judge.exposed(at, self.group) if what not in self.exposed_before]
        if not self.case.loses:
            gone = set(self.keys_before) - set(judge.keys(at, self.given))
            wrong += ["a key is lost: %s" % ", ".join(sorted(self.keys_before[key])) for key in gone]
        wrong += self._lines_kept(at)
        if self.worked_before and not self.service() and not (window and self._recoverable(at)):
            wrong.append("the service cannot read its key")
        if self.case.due and self._read() != self.read_before and self.case.due not in at:
            wrong.append("nothing says that a restart is due")
        if self.case.also in self.before and b"PRIVATE" in self.before[self.case.also].content:
            wrong += [] if judge.service(self.case.also) else ["%s is of no use" % self.case.also]
        return wrong

    def _recoverable(self, at: judge.Disk) -> bool:
        """Whether a staged private key is the one that the environment file speaks of."""
        staged = [path for path in at if path.endswith(".private.key.staged")]
        environment = [node for path, node in at.items() if path.endswith("/env")]
        return any(
            judge.thumbprint(at[path].content, judge.values(node.content).get(judge.PASSPHRASE, ""))
            for path in staged
            for node in environment
        )

    def _lines_kept(self, at: judge.Disk) -> t.List[str]:
        return [
            "the lines of others in %s are gone" % path
            for path, node in self.before.items()
            if cases.OTHERS_LINES in node.content
            and cases.OTHERS_LINES not in (at[path].content if path in at else b"")
        ]

    def after_next_run(self) -> t.List[str]:
        """Look at the disk in check mode, run again, and judge the end state; what is wrong."""
        stopped = self.disk()
        looked = run(self.case.task, check=True)
        wrong = [] if self.disk() == stopped else ["check mode changed something"]
        result = run(self.case.task)
        if result.failed:
            return [*wrong, "the next run fails: %s" % result.message]
        if looked.values.get("changed") != result.values.get("changed"):
            wrong.append("check mode said changed: %s" % looked.values.get("changed"))
        if result.values.get("changed") and looked.values.get("changes") != result.values.get("changes"):
            wrong.append("check mode said %s" % looked.values.get("changes"))
        return wrong + self.settled(stopped) + self._unchanged_again()

    def settled(self, stopped: judge.Disk) -> t.List[str]:
        """What is wrong with the disk after a run that was not disturbed. ``stopped``: before that run."""
        at, task = self.disk(), self.case.task
        wrong = judge.exposed(at, self.group) + [path for path in judge.leftovers(at) if path != self.case.waits]
        key, always = self.key_in_place(at), task.arguments.get("regenerate") == "always"
        if self.case.waits:
            return wrong + ([] if self.case.waits in at else ["nothing is left that a key can be sealed for"])
        for item in cases.pairs(task):
            wrong += self._as_wanted(item, at)
        if self.case.same_key and key != self.key_before:
            wrong.append("it is another key than before")
        held = self.key_in_place(stopped)
        if held and not self.key_before and key != held and not always:
            wrong.append("the key that the killed run had made is not the one that is there now")
        if not self.case.loses:
            wrong += ["a key is lost" for lost in set(self.keys_before) - set(judge.keys(at, self.given))]
        backups = [path for path in judge.keys(at, self.given).get(key, ()) if path.endswith(".bak")]
        wrong += ["%s is a backup of the key in place" % path for path in backups]
        wrong += self._backups_of_environment(at)
        if self.case.service and task.arguments.get("state") != "absent" and not self.service():
            wrong.append("the service cannot read its key in the end")
        if self.case.due and self.case.due not in at:
            wrong.append("nothing says in the end that a restart is due")
        if self.case.also and not judge.service(self.case.also):
            wrong.append("%s is of no use in the end" % self.case.also)
        return wrong + self._lines_kept(at) + self._left_of_retired(at)

    def _left_of_retired(self, at: judge.Disk) -> t.List[str]:
        """Of versions that a rotation has removed: what is more than a backup."""
        wrong = []
        for path in [path for path in at if path.endswith("/history.json")]:
            versions = [one["name"] for one in json.loads(at[path].content)["versions"] if one.get("retired")]
            folders = tuple(path.replace("/history.json", "/%s/" % name) for name in versions)
            wrong += ["%s is left of a retired key" % one for one in at if one.startswith(folders)]
        return [what for what in wrong if ".bak " not in what]

    def _backups_of_environment(self, at: judge.Disk) -> t.List[str]:
        """A key that was removed has one copy of its passphrase, however often the removal was begun."""
        copies = [path for path in at if path.endswith(".bak") and b"PRIVATE KEY" not in at[path].content]
        return ["there are %d copies of the passphrase" % len(copies)] if len(copies) > 1 else []

    def _as_wanted(self, wanted: t.Mapping[str, t.Any], at: judge.Disk) -> t.List[str]:
        if wanted.get("state") == "absent":
            paths = [wanted["path"], wanted["public_path"], wanted["jwk_path"]]
            return ["%s is still there" % path for path in paths if path in at]
        wrong = []
        mode, public_mode = int(wanted.get("mode", "0600"), 8), int(wanted.get("public_mode", "0644"), 8)
        for path, node_mode in (
            (wanted["path"], mode), (wanted["public_path"], public_mode), (wanted["jwk_path"], public_mode),
        ):  # fmt: skip
            if path not in at:
                wrong.append("%s is not there" % path)
            elif at[path].mode != node_mode:
                wrong.append("%s has mode %04o" % (path, at[path].mode))
        wrong += self._directories(wanted, at)
        if wrong:
            return wrong
        said = judge.passphrases(at, self.given)
        opening = [one for one in said if judge.thumbprint(at[wanted["path"]].content, one)]
        if wanted.get("passphrase") is not None and wanted["passphrase"] not in opening:
            wrong.append("the passphrase that was given does not open the key")
        if not opening:
            return [*wrong, "nothing opens the key"]
        spoilt = judge.public_files(wanted["path"], opening[0], wanted["public_path"], wanted["jwk_path"])
        return wrong + ([spoilt] if spoilt else [])

    def _directories(self, wanted: t.Mapping[str, t.Any], at: judge.Disk) -> t.List[str]:
        """The directory of the private key, where it was not there before: as the task says."""
        path = wanted["path"].rpartition("/")[0]
        if path in self.before:
            return []
        mode = int(wanted.get("directory_mode", "0700"), 8)
        owner = cases.USER.pw_uid if "owner" in wanted else at[path].owner
        if (at[path].mode, at[path].owner) != (mode, owner):
            return ["%s has mode %04o and owner %d" % (path, at[path].mode, at[path].owner)]
        return []

    def _unchanged_again(self) -> t.List[str]:
        asked = self.case.task.arguments
        if asked.get("regenerate") == "always" or any(one.get("rotate") for one in asked.get("services", ())):
            return []
        at = self.disk()
        # One that is asked for a diff looks into everything, and one that is not believes what an earlier run left.
        results = [run(self.case.task), run(self.case.task, diff=False)]
        for result in results:
            if result.failed or result.values.get("changed"):
                return ["the run after it %s" % (result.message if result.failed else "changes again")]
        # What is due now is due at another time a second later.
        facts = [{name: one.values[name] for name in one.values if name not in ("diff", "rotation")} for one in results]
        if facts[0] != facts[1]:
            return ["what is remembered is not what is there"]
        return [] if self.disk() == at else ["the run after it says that nothing changed, and changed something"]


def calls_of(case: Case, place: Place, looks: bool = False) -> t.Tuple[t.List[tracer.Call], Result]:
    """The calls of a run that is not disturbed."""
    made: t.List[tracer.Call] = []
    result = run(
        case.task,
        roots=place.roots,
        decide=lambda call: made.append(call) if call.changes or looks else None,
        looks=looks,
    )
    return made, result


def points(calls: t.Sequence[tracer.Call]) -> t.List[t.Tuple[int, int]]:
    """Where to kill: before each call, and in the middle of each write."""
    return [(number, tracer.KILL) for number in range(len(calls))] + [
        (number, tracer.HALF) for number, call in enumerate(calls) if call.name == "write"
    ]


def killed_at(case: Case, place: Place, number: int, how: int) -> Result:
    """Run the case, killed at its ``number``-th changing call."""
    seen = -1

    def decide(call: tracer.Call) -> t.Optional[int]:
        nonlocal seen
        seen += call.changes
        return how if seen == number and call.changes else None

    return run(case.task, roots=place.roots, decide=decide)


def of(case: Case, place: Place, every: int, offset: int) -> t.Tuple[int, t.List[str]]:
    """Try the kill points of a case, or one in ``every`` of them; how many, and what was wrong."""
    before = cases.build(case, place)
    judged = Judge(case, place, before)
    calls, result = calls_of(case, place)
    if result.failed:
        return 1, ["%s: fails undisturbed: %s" % (case.name, result.message)]
    wrong = ["%s: undisturbed: %s" % (case.name, what) for what in judged.settled(before) + judged._unchanged_again()]
    tried = [point for index, point in enumerate(points(calls)) if (index + offset) % every == 0]
    for number, how in tried:
        place.restore()
        killed = killed_at(case, place, number, how)
        where = "%s: killed %s %d, %s" % (case.name, "before" if how == tracer.KILL else "in", number, calls[number])
        if not killed.killed:
            wrong.append("%s: but the run ended before" % where)
            continue
        found = judged.interrupted(case.window) + judged.after_next_run()
        wrong += ["%s: %s" % (where, what) for what in found]
    return len(tried), wrong
