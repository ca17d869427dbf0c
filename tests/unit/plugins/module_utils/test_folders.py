# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories: the walk to them, whom they belong to, how they are made and held."""

from __future__ import annotations

import errno
import fcntl
import grp
import os
import pwd
import stat
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils import _folders
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError

NOBODY = 65534


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "base"
    path.mkdir(mode=0o755)
    return path


@pytest.fixture
def foreign(monkeypatch: t.Any) -> t.Callable[[Path], int]:
    """Makes a file or directory somebody else's, for root and for others; returns the uid that it has then."""

    def give(path: Path) -> int:
        if os.geteuid() == 0:
            os.chown(str(path), NOBODY, NOBODY, follow_symlinks=False)
            return NOBODY
        uid = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
        return uid

    return give


def opened(path: t.Any) -> _folders.Folder:
    return _folders.open_folder(str(path), "path")


def judged(path: t.Any, *owners: int) -> None:
    folder = opened(path)
    try:
        folder.judge(owners)
    finally:
        folder.close()


@pytest.mark.parametrize("mode", [0o700, 0o750, 0o755, 0o555, 0o1777, 0o1770])
def test_directories_that_nobody_else_can_change_are_taken(base: Path, mode: int) -> None:
    base.chmod(mode)
    judged(base)
    judged(base / "missing" / "too")


@pytest.mark.parametrize("mode", [0o777, 0o757, 0o722, 0o703])
@pytest.mark.parametrize("below", ["", "deeper", "deeper/missing"])
def test_directories_that_everybody_can_write_to_are_refused(base: Path, mode: int, below: str) -> None:
    (base / "deeper").mkdir()
    base.chmod(mode)
    with pytest.raises(KeysmithError, match=r"^path: others can write to %s \(mode 0%o\)" % (base, mode)):
        judged(base / below)


def test_a_group_that_others_are_in_may_not_write(base: Path) -> None:
    if os.geteuid() == 0:
        os.chown(str(base), 0, NOBODY)
    base.chmod(0o775)
    own = _folders._private_group(base.stat())
    if own:
        judged(base)
    else:
        with pytest.raises(KeysmithError, match="others can write"):
            judged(base)


def test_a_directory_of_somebody_else_is_refused_unless_the_file_is_theirs(
    base: Path, foreign: t.Callable[[Path], int]
) -> None:
    uid = foreign(base)
    with pytest.raises(KeysmithError, match="^path: .* belongs to .*, who could replace what is put there"):
        judged(base / "deeper")
    judged(base / "deeper", uid)


def test_a_link_on_the_way_is_followed_where_it_is_ours(base: Path) -> None:
    (base / "real" / "deeper").mkdir(parents=True)
    (base / "link").symlink_to("real")
    (base / "absolute").symlink_to(str(base / "link"))
    (base / "up").symlink_to("real/../real")
    for way in ("link", "absolute", "up"):
        folder = opened(base / way / "deeper")
        assert os.path.samestat(os.fstat(folder.fd), os.stat(str(base / "real" / "deeper")))
        folder.judge(())
        folder.close()


def test_a_link_of_somebody_else_is_not_followed_even_where_the_file_is_theirs(
    base: Path, foreign: t.Callable[[Path], int]
) -> None:
    (base / "real").mkdir()
    (base / "link").symlink_to("real")
    uid = foreign(base / "link")
    with pytest.raises(KeysmithError, match="^path: %s/link is a symbolic link of " % base):
        judged(base / "link", uid)


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        ("loop/deeper", "cannot open .*: Too many levels of symbolic links"),
        ("file", "file is not a directory"),
        ("file/deeper", "file is not a directory"),
    ],
)
def test_ways_that_lead_nowhere(base: Path, way: str, sentence: str) -> None:
    (base / "loop").symlink_to("loop")
    (base / "file").touch()
    with pytest.raises(KeysmithError, match="^path: .*" + sentence):
        opened(base / way)


@pytest.mark.parametrize("path", ["relative", "/tmp/../etc", "", "/tmp/\0"])
def test_paths_that_are_not_plain(path: str) -> None:
    with pytest.raises(KeysmithError, match="give an absolute path"):
        opened(path)


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_what_is_missing_is_made_private_first(base: Path, monkeypatch: t.Any, mask: int) -> None:
    folder = opened(base / "one" / "two")
    assert folder.missing == ("one", "two") and not folder.exists and folder.entries() == []
    born = []
    mkdir = os.mkdir
    monkeypatch.setattr(os, "mkdir", lambda name, mode, dir_fd: (born.append(mode), mkdir(name, mode, dir_fd=dir_fd)))
    before = os.umask(mask)
    try:
        _folders.make(folder, 0o750, -1, -1)
    finally:
        os.umask(before)
    assert born == [0o1700, 0o1700] and folder.exists
    assert [stat.S_IMODE((base / way).stat().st_mode) for way in ("one", "one/two")] == [0o750, 0o750]
    folder.close()


def test_a_directory_that_another_run_made_meanwhile_is_taken_as_it_is(base: Path) -> None:
    folder = opened(base / "one" / "two")
    (base / "one" / "two").mkdir(parents=True)
    (base / "one").chmod(0o711)
    _folders.make(folder, 0o750, -1, -1)
    assert stat.S_IMODE((base / "one").stat().st_mode) == 0o711
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
    assert folder.is_unfinished(-1) is unfinished
    _folders.make(folder, 0o750, -1, -1)
    assert stat.S_IMODE(path.stat().st_mode) == (0o750 if unfinished else mode)
    folder.close()


def test_a_parent_that_is_swapped_leads_nowhere_else(base: Path) -> None:
    (base / "one").mkdir()
    folder = opened(base / "one")
    (base / "one").rename(base / "moved")
    (base / "trap").mkdir()
    (base / "one").symlink_to("trap")
    fd = os.open("file", os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=folder.fd)
    os.close(fd)
    assert (base / "moved" / "file").exists() and not list((base / "trap").iterdir())
    with pytest.raises(KeysmithError, match="was replaced while it was worked in"):
        folder.refresh()
    folder.close()


def test_the_lock_waits_and_then_says_so(base: Path) -> None:
    holder = os.open(str(base), os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    folder = opened(base)
    start = time.monotonic()
    with pytest.raises(KeysmithError, match="path: another run has held %s for 0 seconds; run again" % base):
        folder.lock(0)
    assert time.monotonic() - start < 5
    os.close(holder)
    folder.lock(0)
    folder.close()
    assert list(base.iterdir()) == []


@pytest.mark.parametrize("error", [errno.ENOLCK, errno.ENOSYS])
def test_a_file_system_without_locks_is_enough(base: Path, monkeypatch: t.Any, error: int) -> None:
    def refuse(_fd: int, _operation: int) -> None:
        raise OSError(error, "injected")

    monkeypatch.setattr(fcntl, "flock", refuse)
    folder = opened(base)
    folder.lock(0)
    folder.close()


def test_all_runs_lock_in_the_same_order(base: Path) -> None:
    names = ["c", "a", "b"]
    for name in names:
        (base / name).mkdir()
    (base / "link").symlink_to("a")
    with _folders.Folders() as folders:
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
    with _folders.Folders() as folders:
        for path in ("real", "link", "real/missing", "link/missing"):
            folders.get(str(base / path), "path")
        same = {folders.identity(str(base / way / "file")) for way in ("real", "link")}
        missing = {folders.identity(str(base / way / "missing" / "file")) for way in ("real", "link")}
        assert len(same) == len(missing) == 1 and same != missing
        assert folders.identity(str(base / "real" / "other")) not in same


@pytest.mark.parametrize(
    ("now", "mode", "steps"),
    [(0o600, 0o640, [0o640]), (0o644, 0o600, [0o600]), (0o600, 0o600, []), (0o755, -1, [])],
)
def test_a_mode_changes_in_one_step(base: Path, monkeypatch: t.Any, now: int, mode: int, steps: t.List[int]) -> None:
    path = base / "file"
    path.touch()
    path.chmod(now)
    seen = []
    fchmod = os.fchmod
    monkeypatch.setattr(os, "fchmod", lambda fd, one: (seen.append(one), fchmod(fd, one)))
    fd = os.open(str(path), os.O_RDONLY)
    _folders.dress(fd, mode, -1, -1)
    os.close(fd)
    assert seen == steps


def test_a_new_owner_never_sees_more_than_before_and_after(base: Path, monkeypatch: t.Any) -> None:
    """Only root can give files away, so the two calls are noted instead of carried out."""
    path = base / "file"
    path.touch()
    path.chmod(0o644)
    seen: t.List[t.Tuple[str, t.Any]] = []
    fchmod = os.fchmod
    monkeypatch.setattr(os, "fchmod", lambda fd, mode: (seen.append(("mode", mode)), fchmod(fd, mode)))
    monkeypatch.setattr(os, "fchown", lambda fd, uid, gid: seen.append(("owner", (uid, gid))))
    fd = os.open(str(path), os.O_RDONLY)
    _folders.dress(fd, 0o660, os.getuid() + 1, -1)
    os.close(fd)
    assert seen == [("mode", 0o640), ("owner", (os.getuid() + 1, -1)), ("mode", 0o660)]


def test_names_of_users_and_groups() -> None:
    assert _folders.user_name(0) == "root" and _folders.user_name(4000000000) == "uid 4000000000"
    assert _folders.group_name(0) == "root" and _folders.group_name(4000000000) == "gid 4000000000"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to somebody else")
def test_a_directory_of_somebody_else_is_not_one_that_a_killed_run_left(base: Path) -> None:
    path = base / "one"
    path.mkdir()
    os.chown(str(path), NOBODY, NOBODY)
    path.chmod(0o1700)
    folder = opened(path)
    assert not folder.is_unfinished(-1)
    assert folder.is_unfinished(NOBODY)
    folder.close()


@pytest.mark.parametrize(
    ("name", "members", "gid", "own"),
    [
        ("me", [], 7, True),
        ("me", ["me"], 7, True),
        ("me", ["me", "you"], 7, False),
        ("us", [], 7, False),
        ("me", [], 8, False),
    ],
)
def test_a_group_of_one(monkeypatch: t.Any, base: Path, name: str, members: t.List[str], gid: int, own: bool) -> None:
    monkeypatch.setattr(grp, "getgrgid", lambda _gid: grp.struct_group((name, "x", 7, members)))
    monkeypatch.setattr(pwd, "getpwuid", lambda _uid: pwd.struct_passwd(("me", "x", 1, gid, "", "/", "/bin/sh")))
    assert _folders._private_group(base.stat()) is own


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to somebody else")
def test_a_directory_that_somebody_else_was_quicker_to_make_is_refused(base: Path, monkeypatch: t.Any) -> None:
    base.chmod(0o1777)
    folder, mkdir = opened(base / "one"), os.mkdir

    def quicker(name: str, mode: int, dir_fd: int) -> None:
        mkdir(name, 0o755, dir_fd=dir_fd)
        os.chown(name, NOBODY, NOBODY, dir_fd=dir_fd)
        raise FileExistsError(errno.EEXIST, "injected")

    monkeypatch.setattr(os, "mkdir", quicker)
    _folders.make(folder, 0o700, -1, -1)
    with pytest.raises(KeysmithError, match="^path: .*/one belongs to"):
        folder.judge(())
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
        _folders.make(folder, 0o750, -1, -1)
    assert folder.missing == ("one", "two") and not folder.exists
    _folders.make(folder, 0o750, -1, -1)
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
        _folders.make(folder, 0o700, -1, -1)
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
    _folders.make(folder, 0o750, -1, -1)
    assert stat.S_IMODE((base / "one").stat().st_mode) == 0o711
    folder.close()


@pytest.mark.parametrize(
    ("mode", "shared"), [(0o1777, True), (0o1770, True), (0o1702, True), (0o755, False), (0o700, False)]
)
def test_what_a_group_or_all_can_put_files_into_is_shared(base: Path, mode: int, shared: bool) -> None:
    base.chmod(mode)
    folder = opened(base)
    assert folder.is_shared is shared
    folder.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to somebody else")
def test_what_was_there_stays_as_it_is(base: Path) -> None:
    """An empty directory of root's, closed to all others, is not one that we had begun to make."""
    (base / "secrets").mkdir(mode=0o700)
    folder = opened(base / "secrets" / "orders")
    _folders.make(folder, 0o750, NOBODY, NOBODY)
    infos = [(base / way).stat() for way in ("secrets", "secrets/orders")]
    assert [(info.st_uid, stat.S_IMODE(info.st_mode)) for info in infos] == [(0, 0o700), (NOBODY, 0o750)]
    folder.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to somebody else")
def test_what_is_above_the_base_is_ours_and_open_to_pass(base: Path) -> None:
    folder = opened(base / "srv" / "keys" / "orders" / "v1")
    _folders.make(folder, 0o750, NOBODY, NOBODY, str(base / "srv" / "keys" / "orders"))
    ways = ("srv", "srv/keys", "srv/keys/orders", "srv/keys/orders/v1")
    infos = [(base / way).stat() for way in ways]
    found = [(info.st_uid, stat.S_IMODE(info.st_mode)) for info in infos]
    assert found == [(0, 0o755)] * 2 + [(NOBODY, 0o750)] * 2
    folder.close()


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
    assert _folders.depth(path, above) == depth


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
            _folders.make(folder, 0o750, NOBODY, NOBODY)
    folder.close()
    folder = opened(base / "one")
    assert folder.is_unfinished(NOBODY)
    _folders.make(folder, 0o750, NOBODY, NOBODY)
    info = (base / "one").stat()
    assert (info.st_uid, stat.S_IMODE(info.st_mode)) == (NOBODY, 0o750)
    folder.close()


def test_a_sticky_directory_of_somebody_else_is_refused(base: Path, foreign: t.Callable[[Path], int]) -> None:
    """Its owner can replace what is in it all the same."""
    uid = foreign(base)
    os.chmod(str(base), 0o1755)
    with pytest.raises(KeysmithError, match="^path: .* belongs to .*, who could replace what is put there"):
        judged(base / "deeper")
    judged(base / "deeper", uid)


@pytest.mark.parametrize(("module", "call"), [(grp, "getgrgid"), (pwd, "getpwuid")])
def test_a_group_that_nobody_knows_is_not_its_owner_s_own(
    base: Path, monkeypatch: t.Any, module: t.Any, call: str
) -> None:
    def unknown(_number: int) -> t.Any:
        raise KeyError(call)

    monkeypatch.setattr(module, call, unknown)
    assert not _folders._private_group(base.stat())
    base.chmod(0o775)
    with pytest.raises(KeysmithError, match="^path: others can write to"):
        judged(base)


def test_what_was_let_go_of_is_locked_anew(base: Path) -> None:
    with _folders.Folders() as folders:
        folders.get(str(base), "path")
        for _turn in range(2):
            assert folders.lock(str(base), 0)
            other = opened(base)
            with pytest.raises(KeysmithError, match="another run has held"):
                other.lock(0)
            other.close()
            folders.unlock()


def test_a_directory_that_appeared_meanwhile_is_walked_to_anew(base: Path) -> None:
    with _folders.Folders() as folders:
        path = str(base / "one")
        assert not folders.get(path, "path").exists and not folders.appeared(path)
        (base / "one").mkdir()
        assert folders.appeared(path) and folders.get(path, "path").exists and not folders.appeared(path)


def test_a_way_that_is_barred_meanwhile_is_told_by_the_look_that_follows(base: Path) -> None:
    with _folders.Folders() as folders:
        folders.get(str(base / "one" / "two"), "path")
        (base / "one").touch()
        assert not folders.appeared(str(base / "one" / "two"))


def test_a_new_group_alone_is_given(base: Path, monkeypatch: t.Any) -> None:
    seen = []
    monkeypatch.setattr(os, "fchown", lambda _fd, uid, gid: seen.append((uid, gid)))
    folder = opened(base)
    _folders.dress(folder.fd, -1, -1, base.stat().st_gid)
    _folders.dress(folder.fd, -1, -1, base.stat().st_gid + 1)
    folder.close()
    assert seen == [(-1, base.stat().st_gid + 1)]


def test_links_on_the_way_are_not_among_the_directories_within(base: Path) -> None:
    (base / "real" / "deeper").mkdir(parents=True)
    (base / "link").symlink_to("real")
    folder = opened(base / "link" / "deeper")
    within = folder.within(str(base))
    folder.close()
    assert within and all(stat.S_ISDIR(info.st_mode) for _path, info in within)


def test_a_lock_that_fails_is_not_waited_for(base: Path, monkeypatch: t.Any) -> None:
    def fail(_fd: int, _operation: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(fcntl, "flock", fail)
    folder = opened(base)
    with pytest.raises(KeysmithError, match="^path: cannot lock %s: Input/output error" % base):
        folder.lock(0)
    folder.close()


def test_an_error_of_the_system_shows_no_more_than_its_sentence() -> None:
    with pytest.raises(KeysmithError) as raised, _folders.said("path", "/etc/key", "write"):
        raise OSError(errno.EIO, "canary", "/etc/.ks-canary.tmp")
    assert raised.value.__suppress_context__ and "canary" not in str(raised.value)
