# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plants links, devices and strangers' files wherever a module looks, and sees what root can be led to do.

Beside the key pair's directory is one full of canaries, with the same names. Whatever is planted, nothing in it is
ever written, removed or given away, and nothing of it turns up elsewhere.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import stat
import typing as t

import cases
import judge
from errors import told_well
from module import Result, need_root, run
from place import Place

CANARY = b"a canary, PRIVATE_KEY_PASSWORD=canary-canary-canary\n"
_FILES = ("private.key", "public.key", "jwk.json", "env")


class Target:
    """A key pair's directory with something planted, and the canaries beside it."""

    def __init__(self, place: Place, kind: str = "create") -> None:
        place.empty()
        self.task = next(case.task for case in cases.cases(place) if case.name == kind)
        self.folder = os.path.dirname(self.task.arguments["path"])
        self.place = place
        self.outside = os.path.join(place.other, "outside")
        for directory in (self.outside, os.path.join(self.outside, "v1")):
            os.makedirs(directory, 0o700)
            for name in _FILES:
                with open(os.path.join(directory, name), "wb") as file:
                    file.write(CANARY)
                os.chmod(file.name, 0o600)
        self.before = self._canaries()

    def path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def _canaries(self) -> t.List[t.Tuple[t.Any, ...]]:
        at = judge.disk(self.outside)
        return sorted((path, *node) for path, node in at.items())

    def wrong(self) -> t.List[str]:
        """What has become of the canaries."""
        now = self._canaries()
        wrong = ["outside, %s was touched" % one[0] for one in self.before if one not in now]
        wrong += ["outside, there is %s" % one[0] for one in now if one[0] not in [each[0] for each in self.before]]
        for path, node in judge.disk(self.place.root).items():
            # A name that an attacker gave the canary is the canary itself.
            if node.kind == "file" and CANARY in node.content and (node.inode, node.mode) not in self._inodes():
                wrong.append("%s has the content of a canary" % path)
        return wrong

    def _inodes(self) -> t.Set[t.Tuple[int, int]]:
        return {(node.inode, node.mode) for node in judge.disk(self.outside).values()}


def _planters() -> t.Dict[str, t.Callable[[str, Target], t.Any]]:
    """What can be planted at a path."""

    def bind(path: str, _target: Target) -> None:
        with socket.socket(socket.AF_UNIX) as one:
            here = os.getcwd()
            os.chdir(os.path.dirname(path))
            one.bind(os.path.basename(path))
            os.chdir(here)

    planters: t.Dict[str, t.Callable[[str, Target], t.Any]] = {
        "a link to a canary": lambda path, at: os.symlink(os.path.join(at.outside, "env"), path),
        "a link to a name outside": lambda path, at: os.symlink(os.path.join(at.outside, "new"), path),
        "a link to a directory": lambda path, at: os.symlink(at.outside, path),
        "a link to itself": lambda path, at: os.symlink(os.path.basename(path), path),
        "a directory": lambda path, at: os.mkdir(path),
        "a FIFO": lambda path, at: os.mkfifo(path),
        "a socket": bind,
        "a second name of a canary": _second_name,
    }
    if os.geteuid() == 0:
        planters["a device"] = lambda path, at: os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 8))
    return planters


def _second_name(path: str, at: Target) -> None:
    """Only on the same file system: the canaries move to where the key pair is to be."""
    beside = os.path.join(at.place.root, "outside")
    if not os.path.isdir(beside):
        shutil.copytree(at.outside, beside)
        at.outside = beside
    os.link(os.path.join(beside, "env"), path)
    at.before = at._canaries()


def planted(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """Everything that can be planted, at every name that a module writes to, for new and for existing key pairs.

    The sample has two of the four runs for each thing at each name, others for its neighbours.
    """
    wrong: t.List[str] = []
    tried = 0
    names = (*_FILES, ".private.key.staged", "../current", ".ks-env.0123456789abcdef.tmp")
    for number, (name, (what, plant)) in enumerate(itertools.product(names, _planters().items())):
        for existing, state in itertools.product((False, True), ("present", "absent")):
            if exhaustive or (existing == (state == "present")) == bool(number % 2):
                found = _try_planted(Target(place), name, plant, existing, state)
                wrong += ["%s at %s, %s: %s" % (what, name, state, one) for one in found]
                tried += 1
    return tried, wrong


def _try_planted(
    target: Target, name: str, plant: t.Callable[[str, Target], t.Any], existing: bool, state: str
) -> t.List[str]:
    os.makedirs(target.folder, 0o700)
    if existing:
        run(target.task)
    path = os.path.normpath(target.path(name))
    if os.path.lexists(path):
        os.unlink(path)
    plant(path, target)
    before = os.lstat(path)
    task = target.task.but(state=state, regenerate="always" if state == "absent" else "fail")
    result = run(task)
    wrong = target.wrong() + _told(result)
    is_link = stat.S_ISLNK(before.st_mode)
    if name in _FILES and not result.failed:
        wrong.append("it was not refused")
    stays = result.failed and not name.startswith(".ks") and not (name == "../current" and is_link)
    if stays and not (os.path.lexists(path) and os.path.samestat(os.lstat(path), before)):
        wrong.append("refused, and yet what was planted is gone")
    return wrong


def _told(result: Result) -> t.List[str]:
    return [what for what in told_well(result, ()) if ".ks-" not in what] if result.failed else []


def foreign_directories(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """Directories in which somebody else could replace files are refused before anything is changed."""
    need_root()
    wrong: t.List[str] = []
    user, group = cases.USER.pw_uid, cases.USER.pw_gid
    for level in ("jwt", "jwt/v1"):
        for what, mode, owner, grp, refused in (
            ("open to all", 0o777, 0, 0, True),
            ("open to a group", 0o770, 0, group, True),
            ("another user's", 0o755, user, group, True),
            ("another user's, sticky", 0o1777, user, group, True),
            ("sticky", 0o1777, 0, 0, False),
            ("root's", 0o755, 0, group, False),
        ):
            for state in ("present", "absent"):
                target = Target(place)
                os.makedirs(target.folder, 0o755)
                path = os.path.join(place.root, level)
                os.chown(path, owner, grp)
                os.chmod(path, mode)
                before = judge.disk(place.root)
                result = run(target.task.but(base_directory=None, state=state))
                if result.failed != refused:
                    wrong.append("%s, %s, %s: failed is %s: %s" % (level, what, state, result.failed, result.message))
                if refused and judge.disk(place.root) != before:
                    wrong.append("%s, %s, %s: something was changed" % (level, what, state))
    return 24, wrong


def links_of_others(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """A parent that is a link: root's own is followed, another user's is not, wherever it is."""
    need_root()
    wrong: t.List[str] = []
    for owner, refused in ((0, False), (cases.USER.pw_uid, True)):
        for holder, mode in ((0, 0o755), (0, 0o1777), (cases.USER.pw_uid, 0o755)):
            target = Target(place)
            real = os.path.join(place.root, "real")
            os.mkdir(real, 0o700)
            os.mkdir(os.path.join(place.root, "jwt"), mode)
            os.symlink(real, target.folder)
            os.chown(target.folder, owner, -1, follow_symlinks=False)
            os.chown(os.path.dirname(target.folder), holder, -1)
            os.chmod(os.path.dirname(target.folder), mode)
            task = target.task.but(base_directory=None, active_link=None, owner=cases.USER.pw_name,
                                   environment={"path": target.path("env"), "owner": cases.USER.pw_name})  # fmt: skip
            result = run(task)
            if result.failed != refused or (refused and os.listdir(real)):
                wrong.append("a link of %d in a directory of %d: failed is %s: %s"
                             % (owner, holder, result.failed, result.message))  # fmt: skip
    return 6, wrong


def strangers_files(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """In a directory like /tmp, files that somebody else was quicker to make do not become the key's."""
    need_root()
    wrong: t.List[str] = []
    known = b"PRIVATE_KEY_PASSWORD=known-to-somebody-else\n"
    stranger = {"private.key": cases._KEY.encode(), "env": known, "public.key": b"x", "jwk.json": b"{}",
                ".private.key.staged": cases._KEY.encode()}  # fmt: skip
    for name, content in stranger.items():
        for regenerate in ("fail", "always"):
            target = Target(place)
            os.makedirs(target.folder)
            os.chmod(target.folder, 0o1777)
            with open(target.path(name), "wb") as file:
                file.write(content)
            os.chown(target.path(name), cases.USER.pw_uid, cases.USER.pw_gid)
            os.chmod(target.path(name), 0o600)
            plain = target.task.but(base_directory=None, regenerate=regenerate)
            for task in (plain, plain.but(generate_passphrase=False, key_id="my-key")):
                run(task)
                for path, node in judge.disk(target.folder).items():
                    theirs = node.owner == cases.USER.pw_uid
                    if theirs and node.kind == "file" and node.content != content:
                        wrong.append("%s, %s: %s was handed to a stranger" % (name, regenerate, path))
                    if not theirs and (b"known-to-somebody" in node.content or node.content == stranger["private.key"]):
                        wrong.append("%s, %s: what a stranger knows is in %s" % (name, regenerate, path))
                    if theirs and path.endswith("/private.key") and name != "private.key":
                        wrong.append("%s, %s: the key is a stranger's file" % (name, regenerate))
    return len(stranger) * 4, wrong
