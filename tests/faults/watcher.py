# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An unprivileged process that opens everything that appears, as fast as it can, while modules run.

It is told by inotify, and polls besides; what it could open it keeps open, because a file that is empty at first and
closed to others later is still read through a descriptor from before. Directories are open to all and the umask is
000, so nothing but the modes of the files stands in its way.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import select
import signal
import struct
import sys
import typing as t

import cases
from module import Task, need_root, run
from place import Place

_libc = ctypes.CDLL(None, use_errno=True)
#: CREATE, MOVED_TO, ATTRIB, OPEN, MODIFY, CLOSE_WRITE
_EVENTS = 0x100 | 0x80 | 0x4 | 0x20 | 0x2 | 0x8
_SECRET = (b"PRIVATE KEY", b"PASSWORD=")
_KEPT = 64


class Seen(t.NamedTuple):
    """What a watcher saw."""

    opened: int
    refused: int
    #: Names of files in which it read a secret.
    secrets: t.Set[str]


class Watcher:
    """Watches directories from another user's process until it is told to stop."""

    def __init__(self, directories: t.Sequence[str]) -> None:
        receive, send = os.pipe()
        ready, begun = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setgroups([])
                os.setgid(cases.USER.pw_gid)
                os.setuid(cases.USER.pw_uid)
                seen = _watch(directories, begun)
                os.write(send, pickle.dumps(tuple(seen)))
            finally:
                os._exit(0)
        os.close(send)
        os.read(ready, 1)
        self.pipe = receive
        for fd in (ready, begun):
            os.close(fd)

    def stop(self) -> Seen:
        os.kill(self.pid, signal.SIGTERM)
        with os.fdopen(self.pipe, "rb") as pipe:
            seen = Seen(*pickle.loads(pipe.read()))
        os.waitpid(self.pid, 0)
        return seen


def _watch(directories: t.Sequence[str], begun: int) -> Seen:
    stopped: t.List[int] = []
    signal.signal(signal.SIGTERM, lambda *_signal: stopped.append(1))
    inotify = _libc.inotify_init1(os.O_NONBLOCK)
    for directory in directories:
        _libc.inotify_add_watch(inotify, os.fsencode(directory), _EVENTS)
    os.write(begun, b"!")
    opened = refused = 0
    kept: t.List[t.Tuple[str, int]] = []
    secrets: t.Set[str] = set()
    while not stopped:
        if select.select([inotify], [], [], 0)[0]:
            os.read(inotify, 65536)
        for directory in directories:
            for name in os.listdir(directory):
                try:
                    kept.append((name, os.open(os.path.join(directory, name), os.O_RDONLY | os.O_NONBLOCK)))
                    opened += 1
                except OSError:
                    refused += 1
        for name, fd in kept:
            try:
                content = os.pread(fd, 65536, 0)
            except OSError:
                continue
            if any(word in content for word in _SECRET):
                secrets.add(name)
        for _name, fd in kept[:-_KEPT]:
            os.close(fd)
        kept = kept[-_KEPT:]
    return Seen(opened, refused, secrets)


def _tasks(place: Place) -> t.List[Task]:
    """All ways in which secrets are written, one after the other; after the last, the first is new again."""
    made = [case.task for case in cases.cases(place) if case.name == "create"][0].but(directory_mode="0755")
    given = made.but(generate_passphrase=False, passphrase=cases.FIRST)
    return [
        made,
        made.but(format="traditional"),
        given,
        made.but(algorithm="Ed25519", regenerate="mismatch"),
        made.but(algorithm="Ed25519", generate_passphrase=False, encrypted=False, key_id="my-key"),
        made.but(state="absent", regenerate="always", algorithm="Ed25519"),
    ]


def reads_nothing(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """Thousands of runs, and the watcher reads no secret."""
    need_root()
    seen, wrong = _watched(place, 1000 if exhaustive else 5, None)
    wrong += ["it read a secret from %s" % name for name in sorted(seen.secrets)]
    if seen.opened + seen.refused < 100:
        wrong.append("it tried to open %d files only" % (seen.opened + seen.refused))
    return seen.opened + seen.refused, wrong


def reads_nothing_by_lists(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """The same where the directories' default access control lists let it read what is new in them."""
    need_root()
    wide = {"mode": "0640", "directory_mode": "0755"}
    seen, wrong = _watched(place, 200 if exhaustive else 3, None, lets_in=True, more=wide)
    wrong += ["it read a secret from %s" % name for name in sorted(seen.secrets)]
    return seen.opened + seen.refused, wrong


def can_read_by_lists(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """The test of that test: where the lists stay, it reads secrets."""
    need_root()
    for _attempt in range(10):
        seen, _wrong = _watched(place, 2, _with_lists, lets_in=True, more={"mode": "0640"})
        if seen.secrets:
            return 1, []
    return 1, ["the watcher read nothing though lists let it"]


def _with_lists() -> None:
    beside = sys.modules["ansible_collections.keysmith.jwt.plugins.module_utils._disk.xattrs"]
    vars(beside)["drop_lists"] = lambda _fd: None


def _let_in(directory: str) -> None:
    """What is new in the directory can be read by the watcher, as far as the mode's group bits go."""
    rows = ((0x01, 7, 2**32 - 1), (0x02, 7, cases.USER.pw_uid), (0x04, 5, 2**32 - 1), (0x10, 7, 2**32 - 1))
    entries = b"".join(struct.pack("<HHI", *row) for row in (*rows, (0x20, 5, 2**32 - 1)))
    os.setxattr(directory, "system.posix_acl_default", struct.pack("<I", 2) + entries)


def can_read(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """The test of the test: where files are closed to others only after they are written, it reads secrets."""
    need_root()
    for _attempt in range(10):
        seen, _wrong = _watched(place, 2, _unprotected)
        if seen.secrets:
            return 1, []
    return 1, ["the watcher read nothing though the files were open to it"]


def _unprotected() -> None:
    """Born 0666, and given their mode after they are written and synced: what copy and atomic_move do."""
    files = sys.modules["ansible_collections.keysmith.jwt.plugins.module_utils._disk.files"]
    late: t.Dict[int, t.Any] = {}
    really = t.cast(t.Any, files).set_owner_and_mode

    class Os:
        def __getattr__(self, name: str) -> t.Any:
            return getattr(os, name)

        def open(self, path: str, flags: int, mode: int = 0o777, **more: t.Any) -> int:
            return os.open(path, flags, 0o666 if flags & os.O_CREAT else mode, **more)

        def fsync(self, fd: int) -> None:
            os.fsync(fd)
            if fd in late:
                really(fd, *late.pop(fd))

    vars(files)["os"] = Os()
    vars(files)["set_owner_and_mode"] = lambda fd, *attributes: late.update({fd: attributes})


def _watched(
    place: Place,
    rounds: int,
    hook: t.Optional[t.Callable[[], None]],
    lets_in: bool = False,
    more: t.Optional[t.Mapping[str, str]] = None,
) -> t.Tuple[Seen, t.List[str]]:
    place.empty()
    directory = os.path.join(place.root, "jwt", "v1")
    os.makedirs(directory, 0o755)
    tasks = [task.but(**more) if more else task for task in _tasks(place)]
    if lets_in:
        tasks = [task.but(environment=dict(task.arguments["environment"], mode="0640")) for task in tasks]
        for above in (directory, os.path.dirname(directory)):
            _let_in(above)
    keep = os.path.join(directory, "keep")  # so that no run takes the directory away that is watched
    with open(keep, "wb"):
        pass
    watcher = Watcher([directory, os.path.dirname(directory), place.root])
    wrong = []
    for number in range(rounds):
        for task in tasks:
            result = run(task, umask=0, hook=hook)
            if result.failed and not hook:
                wrong.append("round %d fails: %s" % (number, result.message))
                break
    return watcher.stop(), wrong
