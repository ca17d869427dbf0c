# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has the owner of a directory exchange it, or a file in it, for a link, while root runs the modules in it.

Two kinds of owner. One is quick by chance: it exchanges the two over and over, beside the runs. The other knows each
call before it is made: the tracer stops the run there, and the path shows the face that the owner wants this call to
see. Whatever the owner does, nothing comes, goes or changes where the link leads.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import itertools
import os
import random
import typing as t

import cases
from attacks import CANARY, Target
from errors import told_well
from module import Result, Task, need_root, run
from place import Place
from races import Attacker, variety
from tracer import Call

_libc = ctypes.CDLL(None, use_errno=True)
_RENAMEAT2, _AT_FDCWD, _EXCHANGE = 316, -100, 2
#: What a restart that is due for somebody else is known by.
_MARK = "0123456789abcdef"
#: What is exchanged; for a link to which directory outside, with files of the same names in it or empty; and whether it
#: is a link of root's to the directory, not the directory itself.
_DIRECTORIES = (("jwt", "", False), ("jwt/v1", "v1", False), ("jwt/v1", "v1/v1", False), ("jwt", "", True))
#: The same of files, each for a link to one of its name outside; and the active link.
_FILES = tuple(
    ("jwt/" + name, name, False)
    for name in ("history.json", ".restart-due", "v1/.private.key.record", "v1/jwk.json", "v1/env", "v1/private.key")
)
_SCENES = (*_DIRECTORIES, *_FILES, ("jwt/current", "v1", False))
#: What an owner has a call see. True: the link; None: by chance.
_Face = t.Optional[bool]


def exchange(one: str, other: str) -> None:
    """Give each of two names what the other has, at once."""
    if _libc.syscall(_RENAMEAT2, _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE):
        raise OSError(ctypes.get_errno(), "renameat2")


def _without_attributes() -> None:
    """Have the file system of the run keep none, so that it keeps its records in files."""

    def refuse(*_arguments: t.Any, **_options: t.Any) -> t.NoReturn:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    os.setxattr = refuse


class _Scene:
    """A way to a directory of the user's, beside it a link of the user's to canaries, and tasks to run there."""

    def __init__(self, place: Place, swapped: str, towards: str, is_roots_link: bool) -> None:
        self.target = target = Target(place)
        self.swapped = os.path.join(place.root, swapped)
        self.away, self.is_file = self.swapped + ".away", (swapped, towards, is_roots_link) not in _DIRECTORIES
        self._towards = os.path.join(target.outside, towards)
        os.makedirs(target.folder, 0o755)
        for path in (place.root, os.path.dirname(target.folder), target.folder):
            os.chown(path, cases.USER.pw_uid, cases.USER.pw_gid)
        if is_roots_link:
            # One that root had made: its directory's owner may give it another name.
            os.rename(self.swapped, self.swapped + ".real")
            os.symlink(os.path.basename(self.swapped) + ".real", self.swapped)
        self.hook = _without_attributes if swapped.endswith(".record") else None
        os.symlink(self._towards, self.away)
        os.chown(self.away, cases.USER.pw_uid, cases.USER.pw_gid, follow_symlinks=False)
        # What root could take away elsewhere: the mark of another service, and a directory that is empty.
        for name in (".restart-due", "v1/.restart-due", "history.json", "v1/.private.key.record"):
            with open(os.path.join(target.outside, name), "wb") as file:
                file.write(_MARK.encode() if name.endswith("due") else CANARY)
            os.chmod(file.name, 0o600)
        os.mkdir(os.path.join(target.outside, "v1", "v1"), 0o700)
        target.before = target._canaries()

    def tasks(self) -> t.List[Task]:
        """Everything that is done to one key pair, and to a service that is restarted for its keys."""
        directory = os.path.dirname(self.target.folder)
        service = {"name": "orders", "directory": directory, "algorithm": "ES256", "owner": cases.USER.pw_name,
                   "restart": ["orders"]}  # fmt: skip
        policy = {"every": "3d", "publish": "1d", "keep": "1d"}
        rotated = {**service, "versions": ["v2"], "retired": ["v1"]}
        mark = {"mark": _MARK, "link": os.path.join(directory, "current")}
        return [
            *variety(self.target),
            Task({"services": [service]}, "jwt_keypairs"),
            Task({"services": [service], "restarted": {"orders": mark}}, "jwt_keypairs"),
            Task({"services": [{**service, "rotation": policy}]}, "jwt_keypairs"),
            Task({"services": [rotated]}, "jwt_keypairs"),
        ]

    def show(self, link: bool) -> None:
        """Have the path lead outside, or where it is right."""
        if self.is_file:
            self._show_file(link)
            return
        if not os.path.lexists(self.swapped):
            # A run has taken it away.
            os.mkdir(self.swapped, 0o755)
            os.chown(self.swapped, cases.USER.pw_uid, cases.USER.pw_gid)
        if self._leads(self.swapped) != link:
            exchange(self.swapped, self.away)

    def _leads(self, path: str) -> bool:
        return os.path.islink(path) and os.readlink(path) == self._towards

    def _show_file(self, link: bool) -> None:
        """A file comes and goes in a run, and a run can put one in the place of the link."""
        with contextlib.suppress(OSError):
            if self._leads(self.swapped) == link:
                return
            if not os.path.lexists(self.away):
                os.symlink(self._towards, self.away)
            if link and not os.path.lexists(self.swapped):
                os.rename(self.away, self.swapped)
            elif link == self._leads(self.away):
                exchange(self.swapped, self.away)
            elif not link:
                os.unlink(self.swapped)

    def once(self) -> None:
        """One exchange of a quick owner."""
        if self.is_file:
            self._show_file(not self._leads(self.swapped))
        else:
            exchange(self.swapped, self.away)

    def wrong(self, result: Result) -> t.List[str]:
        """What has become of the canaries, and what the run said of a failure."""
        said = [what for what in told_well(result, ()) if "nobody's business" not in what] if result.failed else []
        if CANARY.decode().strip() in result.text:
            said.append("the result shows a canary")
        return said + self.target.wrong()

    def end(self, place: Place) -> None:
        os.chown(place.root, 0, 0)


#: Which face calls see that name the path: those that open, that read a link, and that look. What is by chance is so
#: in each call anew.
_OWNERS: t.Tuple[t.Tuple[_Face, _Face, _Face], ...] = (
    *itertools.product((True, False), repeat=3),
    *itertools.product((None, True), (True,), (False, None)),
)  # fmt: skip
_KINDS = {"openat": 0, "readlinkat": 1, "newfstatat": 2, "statx": 2, "lstat": 2, "stat": 2}


def foreseen(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """Each call that looks at the path sees the face that the owner has chosen for its kind."""
    need_root()
    wrong: t.List[str] = []
    tried, through, rounds = 0, 0, 40 if exhaustive else 1
    for seed, names, owner in itertools.product(range(rounds), _SCENES, _OWNERS):
        some = random.Random(str(names)).sample(_OWNERS, 2 if names in _DIRECTORIES else 1)
        if not exhaustive and owner not in some:
            continue
        scene, chance = _Scene(place, *names), random.Random("%s %s %s" % (seed, names, owner))
        for task in _some(scene.tasks(), exhaustive):
            result = _run_before(scene, task, owner, chance)
            scene.show(link=False)
            through += not result.failed
            wrong += ["%s, %s, seed %d: %s" % (names[0], owner, seed, what) for what in scene.wrong(result)]
            tried += 1
        scene.end(place)
    return tried, wrong + ([] if through else ["no run got through, so nothing was attacked"])


def _some(tasks: t.Sequence[Task], exhaustive: bool) -> t.Sequence[Task]:
    """All, or each third one, beginning with another one each time."""
    return tasks if exhaustive else tasks[next(_FIRST) % 3 :: 3]


_FIRST = itertools.count()


def _run_before(scene: _Scene, task: Task, owner: t.Tuple[_Face, _Face, _Face], chance: random.Random) -> Result:
    """The task, with the owner a step ahead of each of its calls."""

    def decide(call: Call) -> None:
        if call.path == scene.swapped and call.name in _KINDS:
            face = owner[_KINDS[call.name]]
            scene.show(chance.random() < 0.5 if face is None else face)
        elif chance.random() < 0.1:
            # Calls that come by another way: a name in the directory, or through a descriptor.
            scene.show(chance.random() < 0.5)

    roots = (os.path.dirname(scene.target.place.root),)
    return run(task, hook=scene.hook, roots=roots, decide=decide, looks=True)


def by_chance(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """The owner exchanges directory and link as fast as it can."""
    need_root()
    wrong: t.List[str] = []
    tried, through = 0, 0
    for names in _SCENES:
        scene = _Scene(place, *names)
        rounds = 150 if exhaustive else 2 if names in _DIRECTORIES else 1
        attacker = Attacker(scene.once)
        try:
            for number, task in itertools.product(range(rounds), _some(scene.tasks(), exhaustive)):
                result = run(task.but(lock_timeout=5) if task.module == "jwt_keypair" else task, hook=scene.hook)
                through += not result.failed
                with attacker.paused():
                    found = scene.wrong(result)
                wrong += ["%s, round %d: %s" % (names[0], number, what) for what in found]
                tried += 1
                if found:
                    break
        finally:
            attacker.stop()
        scene.end(place)
    return tried, wrong + ([] if through else ["no run got through, so nothing was raced"])
