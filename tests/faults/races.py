# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Swaps files for second names of others in a loop, while root runs the modules in their directory."""

from __future__ import annotations

import contextlib
import os
import signal
import typing as t

import cases
from attacks import Target
from errors import told_well
from module import Task, need_root, run
from place import Place


class Attacker:
    """A process that does something over and over until it is stopped, as the owner of the directory."""

    def __init__(self, once: t.Callable[[], None], as_root: bool = False) -> None:
        self.pid = os.fork()
        if self.pid == 0:
            try:
                if not as_root:
                    os.setgroups([])
                    os.setgid(cases.USER.pw_gid)
                    os.setuid(cases.USER.pw_uid)
                while os.getppid() != 1:
                    with contextlib.suppress(OSError):
                        once()
            finally:
                os._exit(0)

    @contextlib.contextmanager
    def paused(self) -> t.Iterator[None]:
        """Stand still while the disk is looked at."""
        os.kill(self.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOWAIT)
        yield
        os.kill(self.pid, signal.SIGCONT)

    def stop(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def variety(target: Target) -> t.List[Task]:
    """Tasks in turn that look at, write, mend and take away everything."""
    user = {"owner": cases.USER.pw_name}
    environment = {"path": target.path("env"), **user}
    made = target.task.but(**user, environment=environment, lock_timeout=5)
    other = {"directory_mode": "0750", "public_mode": "0640", "environment": {**environment, "mode": "0640"}}
    return [
        made,
        made.but(**other),
        made.but(format="traditional"),
        made.but(regenerate="always", backup=False),
        made.but(state="absent", regenerate="always", backup=False),
    ]


def _raced(place: Place, target: Target, attacker: Attacker, rounds: int) -> t.List[str]:
    tasks, wrong, done = variety(target), [], 0
    try:
        for number in range(rounds):
            for task in tasks:
                result = run(task)
                done += not result.failed
                if result.failed:
                    wrong += [what for what in told_well(result, ()) if "nobody's business" not in what]
                with attacker.paused():
                    wrong += ["round %d: %s" % (number, what) for what in target.wrong()]
            if wrong:
                break
    finally:
        attacker.stop()
    return wrong + target.wrong() + ([] if done else ["no run got through, so nothing was raced"])


def _owned(target: Target, place: Place) -> None:
    os.makedirs(target.folder, 0o755)
    for path in (os.path.dirname(target.folder), target.folder):
        os.chown(path, cases.USER.pw_uid, cases.USER.pw_gid)


def files(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """Each file is now itself and now a second name of a canary: what a user can do where fs.protected_hardlinks is
    off, and a racer that is root everywhere."""
    need_root()
    rounds = 200 if exhaustive else 6
    target = Target(place)
    _owned(target, place)
    beside = os.path.join(place.root, "outside")
    os.rename(_moved(target.outside, beside), beside)
    target.outside, target.before = beside, []
    target.before = target._canaries()

    def once() -> None:
        for name in ("public.key", "jwk.json", "env", "private.key"):
            path = target.path(name)
            with contextlib.suppress(OSError):
                os.rename(path, path + ".away")
            with contextlib.suppress(OSError):
                os.link(os.path.join(beside, name), path)
            with contextlib.suppress(OSError):
                os.unlink(path) if os.stat(path).st_nlink > 1 else None
            with contextlib.suppress(OSError):
                os.rename(path + ".away", path)

    return rounds * 5, _raced(place, target, Attacker(once, as_root=True), rounds)


def _moved(source: str, beside: str) -> str:
    """The canaries on the file system of ``beside``, under another name."""
    import shutil

    return str(shutil.copytree(source, beside + ".new"))
