# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that need no injection: full and read-only file systems, immutable files, limits, files that are mounts."""

from __future__ import annotations

import ctypes
import errno
import itertools
import os
import pickle
import resource
import shutil
import subprocess
import typing as t

import cases
import judge
import tracer
from cases import Case
from errors import told_well
from kills import Judge
from module import NotRun, Task, need_root, run
from place import Place

_libc = ctypes.CDLL(None, use_errno=True)
#: What is said of a file system without owners and modes.
_NOT_KEPT = "does not keep the owners and modes of files"


class Mounts:
    """Mounts that nobody else sees and that are gone when the process is."""

    @staticmethod
    def mount(*arguments: str) -> None:
        subprocess.run(("mount", *arguments), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    @classmethod
    def alone(cls, do: t.Callable[[], t.List[str]]) -> t.List[str]:
        """Do it in a mount namespace of its own; NotRun where the machine has none to give."""
        need_root()
        receive, send = os.pipe()
        pid = os.fork()
        if pid == 0:
            found: t.Any = NotRun("mounts are forbidden here")
            try:
                if _libc.unshare(0x20000) == 0:
                    cls.mount("--make-rprivate", "/")
                    found = do()
            except subprocess.CalledProcessError:
                pass
            except Exception as error:
                found = ["the test itself failed: %s: %s" % (type(error).__name__, error)]
            finally:
                os.write(send, pickle.dumps(found))
                os._exit(0)
        os.close(send)
        with os.fdopen(receive, "rb") as pipe:
            found = pickle.loads(pipe.read())
        os.waitpid(pid, 0)
        if isinstance(found, NotRun):
            raise found
        return list(found)


def _all(place: Place) -> t.List[Case]:
    return [case for case in cases.cases(place) if case.name not in ("create RSA, traditional",)]


def judged_as(judged: Judge, result: t.Any, name: str, window: bool = False) -> t.List[str]:
    found = judged.interrupted(window) if result.failed else judged.settled(judged.before)
    if result.failed:
        found = told_well(result, judged.before) + found
    return ["%s: %s" % (name, what) for what in found]


def full(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """A file system with room for so many files and no more: from none to enough, for each operation."""

    def do() -> t.List[str]:
        wrong: t.List[str] = []
        Mounts.mount("-t", "tmpfs", "-o", "size=1m,nr_inodes=200,mode=0755", "none", place.root)
        for case in _all(place) if exhaustive else _all(place)[::3]:
            judged = Judge(case, place, cases.build(case, place))
            for free in range(0, 14, 1 if exhaustive else 5):
                place.restore()
                used = 200 - os.statvfs(place.root).f_ffree
                Mounts.mount("-o", "remount,nr_inodes=%d" % (used + free), place.root)
                result = run(case.task)
                Mounts.mount("-o", "remount,nr_inodes=200", place.root)
                name = "%s: room for %d files" % (case.name, free)
                wrong += judged_as(judged, result, name) + ["%s: %s" % (name, one) for one in judged.after_next_run()]
        return wrong

    return 14 * len(_all(place)) if exhaustive else len(_all(place)[::3]) * 3, Mounts.alone(do)


def read_only(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """A file system that is mounted read-only: nothing is changed, and what needs no change succeeds."""
    chosen = _all(place) if exhaustive else _all(place)[2::3]

    def do() -> t.List[str]:
        wrong: t.List[str] = []
        Mounts.mount("-t", "tmpfs", "-o", "mode=0755", "none", place.root)
        for case in chosen:
            judged = Judge(case, place, cases.build(case, place))
            before = _files(judged)
            Mounts.mount("-o", "remount,ro", place.root)
            result = run(case.task)
            wrong += ["%s: something changed" % case.name] if _files(judged) != before else []
            if result.failed:
                wrong += ["%s: %s" % (case.name, what) for what in told_well(result, before)]
            elif result.values.get("changed"):
                wrong += ["%s: it says that it succeeded" % case.name]
            Mounts.mount("-o", "remount,rw", place.root)
            wrong += ["%s: then: %s" % (case.name, what) for what in judged.after_next_run()]
        return wrong

    return len(chosen), Mounts.alone(do)


def _files(judged: Judge) -> judge.Disk:
    """All but the times of directories: a copy may have come and gone on the file system that can be written."""
    return {
        path: node._replace(changed=0 if node.kind == "directory" else node.changed)
        for path, node in judged.disk().items()
    }


def mounted_file(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """A file that is a mount of its own, as container tools make them, cannot be replaced by a rename."""
    names = ("env", "private.key", "public.key")

    def do() -> t.List[str]:
        wrong: t.List[str] = []
        wanted = ("given to given", "replace by another type", "mend everything", "absent")
        for case in [case for case in cases.cases(place) if case.name in wanted]:
            for name in names:
                judged = Judge(case, place, cases.build(case, place))
                path = os.path.join(place.root, "jwt", "v1", name)
                Mounts.mount("--bind", path, path)
                result = run(case.task)
                subprocess.run(("umount", path), check=True)
                wrong += judged_as(judged, result, "%s: %s is a mount" % (case.name, name))
                wrong += _all_there(judged, case.name)
                wrong += ["%s: then: %s" % (case.name, what) for what in judged.after_next_run()]
        return wrong

    return 4 * len(names), Mounts.alone(do)


def without_modes(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """File systems that keep no owners or modes: they say so, or say that it is done and do nothing.

    The kernel's own answers are exchanged for those of such a file system; the real ones are tried where they are
    installed (bindfs, fusefat).
    """
    wrong: t.List[str] = []
    tried = 0
    environment = {"path": os.path.join(place.root, "jwt", "v1", "env"), "mode": "0640"}
    owned = {"mode": "0640", "directory_mode": "0750", "environment": environment}
    names = ("create", "create without an environment file", "mend everything", "given to given")
    kept = itertools.product((0, errno.ENOSYS, errno.EPERM, errno.EOPNOTSUPP), (False, True))
    for case, (answer, directories) in itertools.product(cases.cases(place), kept):
        if case.name not in names:
            continue
        judged = Judge(case, place, cases.build(case, place))
        result = run(case.task.but(**owned), roots=place.roots, decide=_refusing(answer, directories))
        name = "%s, answered with %d%s" % (case.name, answer, " of files" if directories else "")
        now = judged.disk()
        changes = [path for path, node in now.items() if judged.before.get(path, node).mode != node.mode]
        wrong += ["%s: it succeeded" % name] if not result.failed else told_well(result, ())
        is_new = not judged.key_before
        wrong += ["%s: %s" % (name, result.message)] if is_new and _NOT_KEPT not in result.message else []
        wrong += ["%s: %s changed" % (name, path) for path in changes if not directories or now[path].kind == "file"]
        wrong += ["%s: %s is left" % (name, path) for path in now if path not in judged.before]
        tried += 1
    for command in (
        ["bindfs", "--chmod-ignore", "--create-with-perms=a+rD"],
        ["bindfs", "--chown-ignore"],
        ["fusefat"],
    ):
        if shutil.which(command[0]) and os.geteuid() == 0:
            wrong += Mounts.alone(lambda command=command: _on(command, place))  # type: ignore[misc]
            tried += 1
    return tried, wrong


def _refusing(answer: int, directories: bool) -> tracer.Decide:
    """As a file system without owners and modes answers, or without those of files; 0: that it is done."""

    def decide(call: tracer.Call) -> t.Optional[int]:
        is_kept = call.name not in ("fchmod", "fchown") or (directories and os.path.isdir(call.path))
        return None if is_kept else answer

    return decide


def _on(command: t.Sequence[str], place: Place) -> t.List[str]:
    """Make a key pair for a user on a real one."""
    place.empty()
    beneath = os.path.join(place.other, "beneath")
    if command[0] == "fusefat":
        with open(beneath, "wb") as file:
            file.truncate(8 << 20)
        subprocess.run(("mkfs.vfat", beneath), check=True, stdout=subprocess.DEVNULL)
        command = [*command, "-o", "rw+"]
    else:
        os.mkdir(beneath)
    subprocess.run((*command, beneath, place.root), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        made = next(case.task for case in cases.cases(place) if case.name == "create for a user")
        result = run(made)
        left = [path for path in judge.disk(place.root) if path != place.root]
        wrong = [] if result.failed and _NOT_KEPT in result.message else [result.message or "it succeeded"]
        return ["%s: %s" % (command[0], what) for what in wrong + ["%s is left" % path for path in left]]
    finally:
        subprocess.run(("umount", place.root), check=True)


def immutable(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """chattr +i on each file and directory in turn."""
    need_root()
    probe = os.path.join(place.root, "probe")
    with open(probe, "wb"):
        pass
    if subprocess.run(("chattr", "+i", probe), stderr=subprocess.DEVNULL, check=False).returncode:
        raise NotRun("the file system has no immutable files")
    subprocess.run(("chattr", "-i", probe), check=True)
    wrong: t.List[str] = []
    wanted = ("given to given", "replace by another type", "mend everything", "absent", "new version", "convert")
    tried = 0
    for number, case in enumerate(case for case in cases.cases(place) if exhaustive or case.name in wanted):
        before = cases.build(case, place)
        paths = [path for path, node in before.items() if node.kind != "link" and path.startswith(place.root + "/")]
        for path in paths if exhaustive else paths[number % 2 :: 2]:
            place.restore()
            judged = Judge(case, place, before)
            subprocess.run(("chattr", "+i", path), check=True)
            try:
                result = run(case.task)
                found = judged_as(judged, result, case.name) if result.failed else []
            finally:
                subprocess.run(("chattr", "-i", path), check=True)
            found += _all_there(judged, case.name) if result.failed else []
            found += ["%s: then: %s" % (case.name, what) for what in judged.after_next_run()]
            wrong += ["%s immutable: %s" % (path, what) for what in found]
            tried += 1
    return tried, wrong


def _all_there(judged: Judge, name: str) -> t.List[str]:
    """A removal that fails has taken nothing."""
    if judged.case.task.arguments.get("state") != "absent":
        return []
    now = judged.disk()
    return ["%s: %s is gone" % (name, path) for path in judged.before if path not in now]


def short_files(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """RLIMIT_FSIZE: no file may grow beyond so many octets."""
    wrong: t.List[str] = []
    sizes = range(0, 3000, 100) if exhaustive else (0, 150, 300)
    chosen = _all(place) if exhaustive else _all(place)[1::4]
    for case in chosen:
        judged = Judge(case, place, cases.build(case, place))
        for size in sizes:
            place.restore()
            limits = (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
            result = run(case.task, hook=lambda limits=limits: resource.setrlimit(resource.RLIMIT_FSIZE, limits))
            name = "%s: files of up to %d octets" % (case.name, size)
            wrong += judged_as(judged, result, name) + ["%s: then: %s" % (name, one) for one in judged.after_next_run()]
    return len(chosen) * len(sizes), wrong


def few_descriptors(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """RLIMIT_NOFILE: a process may have far fewer descriptors than there are directories, and holds them all."""
    wrong: t.List[str] = []
    number = 600 if exhaustive else 60
    top = os.path.join(place.root, "services")
    services = [{"name": "s%d" % at, "directory": "%s/s%d" % (top, at), "algorithm": "ES256"} for at in range(number)]
    rotated = [{**one, "versions": ["v1", "v2"], "active": "v2"} for one in services]
    retired = [{**one, "versions": ["v2"], "retired": ["v1"]} for one in services]
    place.empty()

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    for what, changed in ((services, True), (services, False), (rotated, True), (retired, True), (retired, False)):
        result = run(Task({"services": what}, "jwt_keypairs"), hook=limited, diff=False)
        if result.failed or result.changed != changed:
            wrong.append("changed is %s: %s" % (result.changed, result.message))
        made = result.values.get("jwks", {})
        wrong += [] if len(made) == number else ["%d of %d services have keys" % (len(made), number)]
    return 5, wrong + ["%s is left" % path for path in judge.leftovers(judge.disk(place.root))]


def no_core(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """While it has keys in memory a module can leave no core file, and start no handler of one."""
    limits: t.Set[int] = set()
    task = next(case.task for case in cases.cases(place) if case.name == "create")
    place.empty()

    def decide(call: tracer.Call) -> None:
        limits.add(resource.prlimit(call.pid, resource.RLIMIT_CORE)[0])

    allowed = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (allowed[1], allowed[1]))
    run(task, roots=place.roots, decide=decide)
    resource.setrlimit(resource.RLIMIT_CORE, allowed)
    # 0 forbids the file, but not the program that core_pattern may name; 1 does both (core(5)).
    fine = limits <= ({1} if allowed[1] else {0}) and bool(limits)
    return 1, [] if fine else ["RLIMIT_CORE is %s while keys are written" % sorted(limits)]


def narrow_umask(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """Whatever the umask is, files and directories get the modes that are asked for."""
    wrong: t.List[str] = []
    for case in _all(place)[: 8 if exhaustive else 4]:
        for umask in (0o000, 0o027, 0o077, 0o777) if os.geteuid() == 0 else (0o000, 0o077):
            judged = Judge(case, place, cases.build(case, place))
            result = run(case.task, umask=umask)
            name = "%s: umask %03o" % (case.name, umask)
            wrong += ["%s: %s" % (name, result.message)] if result.failed else judged_as(judged, result, name)
    return 32 if exhaustive else 16, wrong
