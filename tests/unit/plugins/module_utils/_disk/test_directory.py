# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory: the walk to it, whom it belongs to, and how it is held."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import grp
import os
import pwd
import re
import stat
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import directory, owner_mode, path_walk, system_errors
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.tests.unit.access_lists import let_in
from ansible_collections.keysmith.jwt.tests.unit.directories import opened

NOBODY = 65534
CLONE_NEWUSER = 0x10000000


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
    own = owner_mode.is_private_group(base.stat())
    if own:
        judged(base)
    else:
        with pytest.raises(KeysmithError, match="others can write"):
            judged(base)


def no_open(*_given: t.Any, **_named: t.Any) -> t.NoReturn:
    raise OSError(errno.EACCES, "injected")


@pytest.mark.parametrize("has_list", [False, True])
def test_what_looks_like_a_private_group_can_be_a_list(base: Path, monkeypatch: t.Any, has_list: bool) -> None:
    monkeypatch.setattr(path_walk, "is_private_group", lambda _info: True)
    base.chmod(0o775)
    judged(base)
    if has_list:
        let_in(base, 7)
        with pytest.raises(KeysmithError, match="^path: others can write to"):
            judged(base)
    with opened(base) as folder:
        monkeypatch.setattr(os, "open", no_open)
        with pytest.raises(KeysmithError, match="^path: others can write to"):
            folder.judge(())


def test_a_directory_of_somebody_else_is_refused_unless_the_file_is_theirs(
    base: Path, foreign: t.Callable[[Path], int]
) -> None:
    uid = foreign(base)
    with pytest.raises(KeysmithError, match="^path: .* belongs to .*, who could replace what is put there"):
        judged(base / "deeper")
    judged(base / "deeper", uid)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to have a directory of somebody else")
def test_a_directory_from_outside_of_the_user_namespace_is_refused_with_advice(
    base: Path, foreign: t.Callable[[Path], int]
) -> None:
    """As in a container that maps its root alone: unshare --map-root-user."""
    foreign(base)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        if ctypes.CDLL(None).unshare(CLONE_NEWUSER):
            os._exit(77)
        with open("/proc/self/uid_map", "w", encoding="ascii") as uid_map:
            uid_map.write("0 0 1")
        try:
            judged(base / "deeper")
        except KeysmithError as error:
            os.write(writing, str(error).encode())
        os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as answer:
        message = answer.read()
    if os.waitpid(child, 0)[1] >> 8 == 77:
        pytest.skip("user namespaces cannot be made here")
    assert re.match("path: .* belongs to a user from outside this user namespace, .* run the task outside", message)


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


def test_a_way_that_is_closed_is_not_taken_for_a_link(base: Path, monkeypatch: t.Any) -> None:
    (base / "closed").mkdir()
    real = os.open

    def closed(path: str, *given: t.Any, **named: t.Any) -> int:
        if path == "closed":
            raise PermissionError(errno.EACCES, "injected")
        return real(path, *given, **named)

    monkeypatch.setattr(os, "open", closed)
    with pytest.raises(KeysmithError, match="^path: cannot open .*: [Pp]ermission denied"):
        opened(base / "closed" / "deeper")


def test_no_descriptor_stays_open(base: Path) -> None:
    before = os.listdir("/proc/self/fd")
    (base / "link").symlink_to(base)
    folder = opened(base / "link")
    folder.refresh()
    folder.judge(())
    folder.find()
    (base / "file").touch()
    with pytest.raises(KeysmithError):
        opened(base / "file" / "deeper")
    (base / "loop").symlink_to("loop")
    with pytest.raises(KeysmithError):
        opened(base / "loop")
    assert opened(base / "link" / "missing").close() is None
    assert folder.within(str(base)) and not folder.within(str(base / "nowhere"))
    base.rename(base.with_name("gone"))
    with pytest.raises(KeysmithError, match="was replaced"):
        folder.refresh()
    folder.close()
    assert os.listdir("/proc/self/fd") == before


@pytest.mark.parametrize("path", ["relative", "/tmp/../etc", "", "/tmp/\0"])
def test_paths_that_are_not_plain(path: str) -> None:
    with pytest.raises(KeysmithError, match="give an absolute path"):
        opened(path)


def test_a_parent_that_is_swapped_leads_nowhere_else(base: Path) -> None:
    (base / "one").mkdir()
    folder = opened(base / "one")
    (base / "one").rename(base / "moved")
    (base / "trap").mkdir()
    (base / "one").symlink_to("trap")
    fd = os.open("file", os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=folder.fd)
    os.close(fd)
    assert (base / "moved" / "file").exists() and not list((base / "trap").iterdir())
    with pytest.raises(KeysmithError, match="was replaced during the run"):
        folder.refresh()
    folder.close()


def test_the_lock_waits_and_then_says_so(base: Path) -> None:
    holder = os.open(str(base), os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    folder = opened(base)
    with pytest.raises(KeysmithError, match="path: another run has held %s for 0 seconds; run again" % base):
        folder.lock(0)
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


@pytest.mark.parametrize(
    ("mode", "shared"), [(0o1777, True), (0o1770, True), (0o1702, True), (0o755, False), (0o700, False)]
)
def test_what_a_group_or_all_can_put_files_into_is_shared(base: Path, mode: int, shared: bool) -> None:
    base.chmod(mode)
    folder = opened(base)
    assert folder.is_shared is shared
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
    assert not owner_mode.is_private_group(base.stat())
    base.chmod(0o775)
    with pytest.raises(KeysmithError, match="^path: others can write to"):
        judged(base)


@pytest.mark.parametrize("base_of", ["link", "link/deeper", "up/link", "missing"])
def test_what_is_within_is_told_through_links(base: Path, base_of: str) -> None:
    (base / "real" / "deeper").mkdir(parents=True)
    (base / "link").symlink_to("real")
    (base / "up").symlink_to(".")
    folder = opened(base / (base_of if base_of != "link/deeper" else "link") / "deeper")
    within = [path for path, _info in folder.within(str(base / base_of))]
    folder.close()
    top, deeper = str(base / "real"), str(base / "real" / "deeper")
    assert within == {"link/deeper": [deeper], "missing": []}.get(base_of, [top, deeper])


def test_what_begins_alike_is_not_within(base: Path) -> None:
    (base / "jwt-data" / "v1").mkdir(parents=True)
    (base / "jwt").mkdir()
    (base / "jwt" / "v1").symlink_to("../jwt-data/v1")
    folder = opened(base / "jwt" / "v1")
    assert {path for path, _info in folder.within(str(base / "jwt"))} == {str(base / "jwt")}
    folder.close()


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


@pytest.mark.parametrize(("user", "advice"), [(0, ""), (1000, "; use become")])
def test_who_is_not_root_is_told_of_become(monkeypatch: t.Any, user: int, advice: str) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    sentence = "^path: cannot make /etc/key: Permission denied%s.$" % advice
    with pytest.raises(KeysmithError, match=sentence), system_errors.reporting_errors("path", "/etc/key", "make"):
        raise PermissionError(errno.EACCES, "injected")


def test_an_error_of_the_system_shows_no_more_than_its_sentence() -> None:
    with pytest.raises(KeysmithError) as raised, system_errors.reporting_errors("path", "/etc/key", "write"):
        raise OSError(errno.EIO, "canary", "/etc/.ks-canary.tmp")
    assert raised.value.__suppress_context__ and "canary" not in str(raised.value)


@pytest.mark.parametrize(
    ("user", "is_read_only", "sentence"),
    [
        (0, False, "Operation not permitted"),
        (1000, False, "Permission denied; use become"),
        (0, True, "Read-only file system"),
    ],
)
def test_why_nothing_can_be_written(
    base: Path, monkeypatch: t.Any, user: int, is_read_only: bool, sentence: str
) -> None:
    folder = opened(base / "missing")
    folder.check_writable()
    info = os.fstatvfs(folder.fd)
    flags = info.f_flag | os.ST_RDONLY if is_read_only else info.f_flag & ~os.ST_RDONLY
    monkeypatch.setattr(os, "fstatvfs", lambda _fd: os.statvfs_result((*info[:8], flags, info[9])))
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(os, "access", lambda *_given, **_named: False)
    with pytest.raises(KeysmithError, match="^path: cannot write to %s/missing: %s.$" % (base, sentence)):
        folder.check_writable()
    folder.close()


def test_a_directory_that_cannot_be_read_is_told_and_given_back(base: Path, monkeypatch: t.Any) -> None:
    before, real = os.listdir("/proc/self/fd"), os.open

    def closed(path: str, *given: t.Any, **named: t.Any) -> int:
        if path == ".":
            raise PermissionError(errno.EACCES, "injected")
        return real(path, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", closed)
        with pytest.raises(KeysmithError, match="^path: cannot open "):
            opened(base)
    assert os.listdir("/proc/self/fd") == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to somebody else")
@pytest.mark.parametrize("owner", [0, 1234])
def test_who_is_not_root_takes_root_s_directories_and_links_and_one_s_own(
    base: Path, monkeypatch: t.Any, owner: int
) -> None:
    (base / "inner").mkdir()
    (base / "link").symlink_to("inner")
    for name in ("inner", "link"):
        os.chown(str(base / name), owner, owner, follow_symlinks=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    judged(base / "link")
    monkeypatch.setattr(os, "geteuid", lambda: 1235)
    if owner:
        with pytest.raises(KeysmithError, match="symbolic link of"):
            judged(base / "link")


def test_names_are_looked_up_once_until_one_of_them_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: t.List[str] = []
    entries = directory.Directory.entries
    monkeypatch.setattr(directory.Directory, "entries", lambda folder: looks.append(folder.path) or entries(folder))
    pattern = re.compile(r"(.+)\.old")
    (tmp_path / "one.old").touch()
    with opened(tmp_path) as folder:

        def found(*changed: str) -> t.Dict[str, t.List[str]]:
            folder.renamed(*changed)
            return {base: sorted(names) for base, names in folder.named(pattern).items()}

        assert found() == found("new", "other") == found("gone.old") == {"one": ["one.old"]} and len(looks) == 1
        (tmp_path / "two.old").touch()
        assert found("temporary", "two.old") == {"one": ["one.old"], "two": ["two.old"]} and len(looks) == 2
        (tmp_path / "one.old").unlink()
        assert found("one.old") == {"two": ["two.old"]} and len(looks) == 3
        # Others may have been at work before the lock was held.
        folder.lock(0)
        assert found() == {"two": ["two.old"]} and len(looks) == 4
