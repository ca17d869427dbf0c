# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directories of one run: how they are locked, and which file is which."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import tempfile
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import locked_directories
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.tests.unit.directories import opened


def test_all_runs_lock_in_the_same_order(base: Path) -> None:
    names = ["c", "a", "b"]
    for name in names:
        (base / name).mkdir()
    (base / "link").symlink_to("a")
    with locked_directories.LockedDirectories() as folders:
        paths = [str(base / name) for name in [*names, "link", "missing"]]
        for path in paths:
            folders.get(path, "path")
        ordered = folders.in_order(paths)
        assert ordered == folders.in_order(list(reversed(paths)))[: len(ordered)] or len(ordered) == 4
        inodes = [os.stat(path).st_ino for path in ordered]
        assert inodes == sorted(inodes) and str(base / "missing") not in ordered
        for path in ordered:
            folders.lock(path, 0)
        other = opened(base / "a")
        with pytest.raises(KeysmithError, match="another run"):
            other.lock(0)
        folders.unlock()
        other.lock(0)
        other.close()


def test_one_file_has_one_identity(base: Path) -> None:
    (base / "real").mkdir()
    (base / "link").symlink_to("real")
    with locked_directories.LockedDirectories() as folders:
        for path in ("real", "link", "real/missing", "link/missing"):
            folders.get(str(base / path), "path")
        same = {folders.identity(str(base / way / "file")) for way in ("real", "link")}
        missing = {folders.identity(str(base / way / "missing" / "file")) for way in ("real", "link")}
        assert len(same) == len(missing) == 1 and same != missing
        assert folders.identity(str(base / "real" / "other")) not in same


def test_what_was_let_go_of_is_locked_anew(base: Path) -> None:
    with locked_directories.LockedDirectories() as folders:
        folders.get(str(base), "path")
        for _turn in range(2):
            assert folders.lock(str(base), 0)
            other = opened(base)
            with pytest.raises(KeysmithError, match="another run has held"):
                other.lock(0)
            other.close()
            folders.unlock()


def test_a_directory_that_appeared_meanwhile_is_walked_to_anew(base: Path) -> None:
    with locked_directories.LockedDirectories() as folders:
        path = str(base / "one")
        assert not folders.get(path, "path").exists and not folders.appeared(path)
        (base / "one").mkdir()
        assert folders.appeared(path) and folders.get(path, "path").exists and not folders.appeared(path)


def test_a_way_that_is_barred_meanwhile_is_told_by_the_look_that_follows(base: Path) -> None:
    with locked_directories.LockedDirectories() as folders:
        folders.get(str(base / "one" / "two"), "path")
        (base / "one").touch()
        assert not folders.appeared(str(base / "one" / "two"))


def test_a_directory_that_another_run_has_replaced_is_given_back(base: Path) -> None:
    before = os.listdir("/proc/self/fd")
    with locked_directories.LockedDirectories() as folders:
        path = base / "one"
        path.mkdir()
        folders.get(str(path), "path")
        path.rmdir()
        path.mkdir()
        (base / "keep").mkdir()
        path.rmdir()
        (base / "keep").rename(path)
        assert not folders.lock(str(path), 1) and folders.lock(str(path), 1)
    assert os.listdir("/proc/self/fd") == before


#: More than are open at a time in these tests.
MANY = 60


@pytest.fixture
def many(base: Path, monkeypatch: t.Any) -> t.List[str]:
    monkeypatch.setattr(locked_directories, "_MOST_OPEN", 16)
    paths = [str(base / str(number)) for number in range(MANY)]
    for path in paths:
        os.mkdir(path, 0o755)
    return paths


def hold(folders: locked_directories.LockedDirectories, paths: t.Iterable[str]) -> None:
    for path in paths:
        folders.get(path, "path")
    for path in folders.in_order(paths):
        assert folders.lock(path, 0)


def held(paths: t.Iterable[str]) -> t.List[str]:
    """Those that another run cannot lock."""
    found = []
    for path in paths:
        with opened(Path(path)) as other:
            try:
                other.lock(0)
            except KeysmithError:
                found.append(path)
    return found


def test_any_number_of_directories_is_held_with_few_descriptors(many: t.List[str]) -> None:
    before = os.listdir("/proc/self/fd")
    with locked_directories.LockedDirectories() as folders:
        for _turn in range(2):
            hold(folders, many)
            assert len(folders.descriptors) <= 18 and len(os.listdir("/proc/self/fd")) <= len(before) + 18
            assert held(many) == many
            # To lock one again, or to use those that were closed, lets none go.
            assert all(folders.lock(path, 0) for path in many)
            assert all(folders.get(path, "path").entries() == [] for path in many)
            assert held(many) == many
            folders.unlock()
            assert held(many) == []
        hold(folders, many)
    assert held(many) == [] and os.listdir("/proc/self/fd") == before


def test_what_was_closed_is_the_same_directory_when_it_is_opened_again(many: t.List[str]) -> None:
    with locked_directories.LockedDirectories() as folders:
        hold(folders, many)
        first, second = (folders.get(path, "path") for path in folders.in_order(many)[:2])
        assert first.descriptor == second.descriptor == -1
        assert os.fstat(first.fd).st_ino == os.stat(first.path).st_ino
        os.rename(second.path, second.path + ".away")
        os.mkdir(second.path)
        with pytest.raises(KeysmithError, match="^path: %s was replaced during the run" % second.path):
            second.entries()


def test_one_that_is_replaced_while_it_is_closed_is_locked_as_what_it_is_by_then(many: t.List[str]) -> None:
    with locked_directories.LockedDirectories() as folders:
        for path in many:
            folders.get(path, "path")
        assert folders.get(many[0], "path").descriptor == -1
        os.rename(many[0], many[0] + ".away")
        os.mkdir(many[0])
        assert not folders.lock(many[0], 0) and folders.lock(many[0], 0) and held(many) == [many[0]]


def test_one_that_was_missing_is_found_where_it_is_by_then(many: t.List[str], base: Path) -> None:
    with locked_directories.LockedDirectories() as folders:
        new = folders.get(str(base / "new"), "path")
        hold(folders, many)
        assert new.descriptor == -1 and not new.exists
        (base / "new").mkdir()
        assert new.fd >= 0 and new.exists and os.fstat(new.fd).st_ino == (base / "new").stat().st_ino


def test_a_killed_run_holds_nothing(many: t.List[str]) -> None:
    receive, send = os.pipe()
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            folders = locked_directories.LockedDirectories()
            hold(folders, many)
            os.write(send, b"x")
            signal.pause()
        os._exit(1)
    assert os.read(receive, 1) == b"x" and held(many) == many
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(receive)
    os.close(send)
    assert held(many) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
@pytest.mark.parametrize(("hard", "is_enough"), [(64, False), (400, True)])
def test_who_may_hold_fewer_is_told_of_the_limit(hard: int, is_enough: bool) -> None:
    with tempfile.TemporaryDirectory() as base:
        os.chmod(base, 0o755)
        paths = [os.path.join(base, str(number)) for number in range(200)]
        for path in paths:
            os.mkdir(path)
        said = _as_a_user(paths, hard)
    sentence = "path: this user cannot hold more than "
    assert said == "done" if is_enough else (said.startswith(sentence) and said.endswith("key pairs in one task."))


def _as_a_user(paths: t.List[str], hard: int) -> str:
    """What a user's run says that locks these, with a soft limit of 64 open files."""
    receive, send = os.pipe()
    pid = os.fork()
    if pid == 0:
        said = "done"
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            hold(locked_directories.LockedDirectories(), paths)
        except BaseException as error:
            said = str(error)
        finally:
            os.write(send, said.encode())
            os._exit(0)
    os.waitpid(pid, 0)
    said = os.read(receive, 10000).decode()
    os.close(receive)
    os.close(send)
    return said
