# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories that are missing: how they are born, and when they get their owner and mode."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import make_directories
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.tests.unit.access_lists import DEFAULT, are_there, let_in
from ansible_collections.keysmith.jwt.tests.unit.directories import opened
from ansible_collections.keysmith.jwt.tests.unit.plugins.module_utils._disk.test_owner_mode import answering

NOBODY = 65534


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_what_is_missing_is_made_private_first(base: Path, monkeypatch: t.Any, mask: int) -> None:
    folder = opened(base / "one" / "two")
    assert folder.missing == ("one", "two") and not folder.exists and folder.entries() == []
    born = []
    mkdir = os.mkdir
    monkeypatch.setattr(os, "mkdir", lambda name, mode, dir_fd: (born.append(mode), mkdir(name, mode, dir_fd=dir_fd)))
    before = os.umask(mask)
    try:
        make_directories.make(folder, 0o750, -1, -1)
    finally:
        os.umask(before)
    assert born == [0o1700, 0o1700] and folder.exists
    assert [stat.S_IMODE((base / way).stat().st_mode) for way in ("one", "one/two")] == [0o750, 0o750]
    folder.close()


def test_a_directory_that_another_run_made_meanwhile_is_taken_as_it_is(base: Path) -> None:
    folder = opened(base / "one" / "two")
    (base / "one" / "two").mkdir(parents=True)
    (base / "one").chmod(0o711)
    make_directories.make(folder, 0o750, -1, -1)
    assert stat.S_IMODE((base / "one").stat().st_mode) == 0o711
    folder.close()


def test_a_directory_on_the_way_that_another_run_was_killed_at_meanwhile_is_finished(base: Path) -> None:
    folder = opened(base / "one" / "two")
    (base / "one").mkdir()
    (base / "one").chmod(0o1700)
    make_directories.make(folder, 0o750, -1, -1)
    assert stat.S_IMODE((base / "one").stat().st_mode) == 0o750
    folder.close()


@pytest.mark.parametrize(
    ("mode", "inside", "unfinished"),
    [(0o1700, "", True), (0o3700, "", True), (0o700, "", False), (0o1755, "", False), (0o1700, "file", False)],
)
def test_a_directory_that_a_killed_run_left_is_finished(base: Path, mode: int, inside: str, unfinished: bool) -> None:
    path = base / "one"
    path.mkdir()
    path.chmod(mode)
    if inside:
        (path / inside).touch()
    folder = opened(path)
    assert make_directories.is_due(folder, -1) is unfinished
    make_directories.make(folder, 0o750, -1, -1)
    assert stat.S_IMODE(path.stat().st_mode) == (0o750 if unfinished else mode)
    folder.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to somebody else")
def test_a_directory_of_somebody_else_is_not_one_that_a_killed_run_left(base: Path) -> None:
    path = base / "one"
    path.mkdir()
    os.chown(str(path), NOBODY, NOBODY)
    path.chmod(0o1700)
    folder = opened(path)
    assert not make_directories.is_due(folder, -1)
    assert make_directories.is_due(folder, NOBODY)
    folder.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to somebody else")
def test_a_directory_that_somebody_else_was_quicker_to_make_is_refused(base: Path, monkeypatch: t.Any) -> None:
    base.chmod(0o1777)
    folder, mkdir = opened(base / "one"), os.mkdir

    def quicker(name: str, mode: int, dir_fd: int) -> None:
        mkdir(name, 0o755, dir_fd=dir_fd)
        os.chown(name, NOBODY, NOBODY, dir_fd=dir_fd)
        raise FileExistsError(errno.EEXIST, "injected")

    monkeypatch.setattr(os, "mkdir", quicker)
    make_directories.make(folder, 0o700, -1, -1)
    with pytest.raises(KeysmithError, match="^path: .*/one belongs to"):
        folder.judge(())
    folder.close()


@pytest.mark.parametrize("answer", [None, errno.ENOSYS, errno.EPERM])
def test_nothing_is_left_where_modes_are_not_kept(base: Path, monkeypatch: t.Any, answer: t.Optional[int]) -> None:
    folder = opened(base / "one" / "two")
    monkeypatch.setattr(os, "fchmod", answering(answer))
    with pytest.raises(KeysmithError, match="^path: the file system of %s/one/two does not keep the owners" % base):
        make_directories.make(folder, 0o750, -1, -1)
    assert not list(base.iterdir())
    folder.close()


def test_what_was_made_goes_again_unless_something_has_come_into_it(base: Path) -> None:
    (base / "one").mkdir()
    for inside, left in ((False, []), (True, ["three", "two"])):
        folder = opened(base / "one" / "two" / "three")
        make_directories.make(folder, 0o700, -1, -1)
        if inside:
            (base / "one" / "two" / "three" / "file").touch()
        make_directories.unmake(folder)
        folder.close()
        assert sorted(path.name for path in (base / "one").rglob("t*")) == left


def test_what_another_run_holds_is_not_taken_away(base: Path) -> None:
    folder = opened(base / "one" / "two")
    make_directories.make(folder, 0o700, -1, -1)
    with opened(base / "one" / "two") as other:
        other.lock(0)
        make_directories.unmake(folder)
        assert (base / "one" / "two").is_dir()
    folder.close()


def test_what_another_run_takes_away_meanwhile_is_missing_again(base: Path, monkeypatch: t.Any) -> None:
    """A run that removes key pairs takes a directory that is empty still; whoever makes it makes it again."""
    (base / "one").mkdir(mode=0o755)
    folder, mkdir = opened(base / "one" / "two"), os.mkdir

    def quicker(name: str, mode: int, dir_fd: int) -> None:
        (base / "one").rmdir()
        mkdir(name, mode, dir_fd=dir_fd)

    with monkeypatch.context() as patch:
        patch.setattr(os, "mkdir", quicker)
        make_directories.make(folder, 0o750, -1, -1)
    assert folder.missing == ("one", "two") and not folder.exists
    make_directories.make(folder, 0o750, -1, -1)
    assert folder.exists and (base / "one" / "two").is_dir()
    folder.close()


def test_a_link_that_somebody_was_quicker_to_make_is_not_followed(base: Path, monkeypatch: t.Any) -> None:
    (base / "elsewhere").mkdir(mode=0o755)
    folder = opened(base / "one" / "two")

    def quicker(name: str, _mode: int, dir_fd: int) -> None:
        os.symlink("elsewhere", name, dir_fd=dir_fd)
        raise FileExistsError(errno.EEXIST, "injected")

    monkeypatch.setattr(os, "mkdir", quicker)
    with pytest.raises(KeysmithError, match="^path: cannot make .*/one/two: "):
        make_directories.make(folder, 0o700, -1, -1)
    assert not list((base / "elsewhere").iterdir())
    folder.close()


def test_a_directory_that_was_put_in_the_place_of_ours_stays_as_it_is(base: Path, monkeypatch: t.Any) -> None:
    folder, mkdir = opened(base / "one"), os.mkdir

    def swapped(name: str, mode: int, dir_fd: t.Optional[int] = None) -> None:
        mkdir(name, mode, dir_fd=dir_fd)
        (base / name).rename(base / "ours")
        mkdir(str(base / name), 0o711)
        (base / name / "theirs").touch()

    monkeypatch.setattr(os, "mkdir", swapped)
    make_directories.make(folder, 0o750, -1, -1)
    assert stat.S_IMODE((base / "one").stat().st_mode) == 0o711
    folder.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to somebody else")
def test_what_was_there_stays_as_it_is(base: Path) -> None:
    """An empty directory of root's, closed to all others, is not one that we had begun to make."""
    (base / "secrets").mkdir(mode=0o700)
    folder = opened(base / "secrets" / "orders")
    make_directories.make(folder, 0o750, NOBODY, NOBODY)
    infos = [(base / way).stat() for way in ("secrets", "secrets/orders")]
    assert [(info.st_uid, stat.S_IMODE(info.st_mode)) for info in infos] == [(0, 0o700), (NOBODY, 0o750)]
    folder.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to somebody else")
def test_what_is_above_the_base_is_ours_and_open_to_pass(base: Path) -> None:
    folder = opened(base / "srv" / "keys" / "orders" / "v1")
    make_directories.make(folder, 0o750, NOBODY, NOBODY, str(base / "srv" / "keys" / "orders"))
    ways = ("srv", "srv/keys", "srv/keys/orders", "srv/keys/orders/v1")
    infos = [(base / way).stat() for way in ways]
    found = [(info.st_uid, stat.S_IMODE(info.st_mode)) for info in infos]
    assert found == [(0, 0o755)] * 2 + [(NOBODY, 0o750)] * 2
    folder.close()


def test_what_is_made_is_as_its_mode_says_whatever_the_directory_above_gives(base: Path) -> None:
    let_in(base, 7, DEFAULT)
    folder = opened(base / "one" / "two")
    make_directories.make(folder, 0o750, -1, -1)
    folder.close()
    for path in (base / "one", base / "one" / "two"):
        assert not are_there(path) and stat.S_IMODE(path.stat().st_mode) == 0o750


@pytest.mark.parametrize(
    ("path", "above", "depth"),
    [
        ("/a/b/c", "", 4),
        ("/a/b/c", "/a/b", 2),
        ("//a/./b/c/", "/a//b/c", 1),
        ("/a/bc", "/a/b", 0),
        ("/a", "/a/b", 0),
    ],
)
def test_how_deep_a_directory_is(path: str, above: str, depth: int) -> None:
    assert make_directories.depth(path, above) == depth


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to somebody else")
@pytest.mark.parametrize("call", ["fchown", "fchmod"])
def test_the_sign_stays_until_a_directory_has_its_owner(base: Path, monkeypatch: t.Any, call: str) -> None:
    """Whatever a run is killed before, the next one finishes it."""
    folder = opened(base / "one")

    def fail(*_args: t.Any) -> t.NoReturn:
        raise OSError(errno.EIO, "injected")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(KeysmithError, match="cannot make"):
            make_directories.make(folder, 0o750, NOBODY, NOBODY)
    folder.close()
    folder = opened(base / "one")
    assert make_directories.is_due(folder, NOBODY)
    make_directories.make(folder, 0o750, NOBODY, NOBODY)
    info = (base / "one").stat()
    assert (info.st_uid, stat.S_IMODE(info.st_mode)) == (NOBODY, 0o750)
    folder.close()


def test_an_empty_directory_that_somebody_was_quicker_to_make_is_theirs(base: Path) -> None:
    folder = opened(base / "one")
    (base / "one").mkdir()
    (base / "one").chmod(0o755)
    make_directories.make(folder, 0o750, -1, -1)
    assert stat.S_IMODE((base / "one").stat().st_mode) == 0o755
    folder.close()


def test_without_a_mode_it_is_its_owner_s(base: Path) -> None:
    folder = opened(base / "one")
    make_directories.make(folder, -1, -1, -1)
    assert stat.S_IMODE((base / "one").stat().st_mode) == 0o700
    folder.close()


@pytest.mark.parametrize("fails", ["", "mkdir", "fchmod", "gone"])
def test_no_descriptor_stays_open(base: Path, monkeypatch: t.Any, fails: str) -> None:
    before = os.listdir("/proc/self/fd")
    folder, real = opened(base / "one" / "two" / "three"), os.mkdir

    def fail(*_given: t.Any, **_named: t.Any) -> t.NoReturn:
        raise OSError(errno.EIO, "injected")

    def gone(name: str, mode: int, dir_fd: int) -> None:
        if name == "two":
            (base / "one").rmdir()
        real(name, mode, dir_fd=dir_fd)

    with monkeypatch.context() as patch:
        if fails:
            patch.setattr(os, "mkdir" if fails == "gone" else fails, gone if fails == "gone" else fail)
        with contextlib.suppress(KeysmithError):
            make_directories.make(folder, 0o750, -1, -1)
    folder.close()
    assert os.listdir("/proc/self/fd") == before
