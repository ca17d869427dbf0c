# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owners and modes: their names, and the steps in which they are given."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import owner_mode, xattrs
from ansible_collections.keysmith.jwt.tests.unit.access_lists import are_there, let_in
from ansible_collections.keysmith.jwt.tests.unit.directories import opened


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
    owner_mode.set_owner_and_mode(fd, mode, -1, -1)
    os.close(fd)
    assert seen == steps


def test_a_new_owner_never_sees_more_than_before_and_after(base: Path, monkeypatch: t.Any) -> None:
    """Only root can give files away, so that call is noted instead of carried out, as some file systems do."""
    path = base / "file"
    path.touch()
    path.chmod(0o644)
    seen: t.List[t.Tuple[str, t.Any]] = []
    fchmod = os.fchmod
    monkeypatch.setattr(os, "fchmod", lambda fd, mode: (seen.append(("mode", mode)), fchmod(fd, mode)))
    monkeypatch.setattr(os, "fchown", lambda fd, uid, gid: seen.append(("owner", (uid, gid))))
    fd = os.open(str(path), os.O_RDONLY)
    with pytest.raises(owner_mode.NotKept):
        owner_mode.set_owner_and_mode(fd, 0o660, os.getuid() + 1, -1)
    os.close(fd)
    assert seen == [("mode", 0o640), ("owner", (os.getuid() + 1, -1)), ("mode", 0o660)]


def test_names_of_users_and_groups() -> None:
    assert owner_mode.user_name(0) == "root" and owner_mode.user_name(4000000000) == "uid 4000000000"
    assert owner_mode.group_name(0) == "root" and owner_mode.group_name(4000000000) == "gid 4000000000"


@pytest.mark.parametrize(
    ("name", "members", "gid", "yours", "own"),
    [
        ("me", [], 7, 9, True),
        ("me", ["me"], 7, 9, True),
        ("me", ["me", "you"], 7, 9, False),
        ("us", [], 7, 9, False),
        ("me", [], 8, 9, False),
        ("me", [], 7, 7, False),
    ],
)
def test_a_group_of_one(monkeypatch: t.Any, name: str, members: t.List[str], gid: int, yours: int, own: bool) -> None:
    users = [pwd.struct_passwd((who, "x", 1, its, "", "/", "/bin/sh")) for who, its in (("me", gid), ("you", yours))]
    monkeypatch.setattr(grp, "getgrgid", lambda _gid: grp.struct_group((name, "x", 7, members)))
    monkeypatch.setattr(pwd, "getpwuid", lambda _uid: users[0])
    monkeypatch.setattr(pwd, "getpwall", lambda: users)
    assert owner_mode.is_private_group(os.stat_result((0o40775, 1, 1, 1, 1, 7, 0, 0, 0, 0))) is own


def test_the_group_of_root_is_not_its_own(monkeypatch: t.Any) -> None:
    root = pwd.struct_passwd(("root", "x", 0, 0, "", "/", "/bin/sh"))
    monkeypatch.setattr(grp, "getgrgid", lambda _gid: grp.struct_group(("root", "x", 0, [])))
    monkeypatch.setattr(pwd, "getpwuid", lambda _uid: root)
    monkeypatch.setattr(pwd, "getpwall", lambda: [root])
    assert not owner_mode.is_private_group(os.stat_result((0o40775, 1, 1, 1, 0, 0, 0, 0, 0, 0)))


def test_a_list_goes_before_its_rights_grow(base: Path, monkeypatch: t.Any) -> None:
    path = base / "file"
    path.touch()
    let_in(path, 7)
    path.chmod(0o600)
    seen: t.List[t.Tuple[int, t.List[str]]] = []
    fchmod = os.fchmod
    monkeypatch.setattr(os, "fchmod", lambda fd, mode: (seen.append((mode, are_there(fd))), fchmod(fd, mode)))
    fd = os.open(str(path), os.O_RDONLY)
    owner_mode.set_owner_and_mode(fd, -1, -1, -1)
    owner_mode.set_owner_and_mode(fd, -1, os.geteuid(), os.getegid())
    assert are_there(path)
    owner_mode.set_owner_and_mode(fd, 0o640, -1, -1)
    os.close(fd)
    assert seen == [(0o640, [])] and not are_there(path)


def test_what_a_list_lets_do_is_narrowed_with_the_mode(base: Path, monkeypatch: t.Any) -> None:
    path = base / "file"
    path.touch()
    let_in(path, 7)
    fd, drop, modes = os.open(str(path), os.O_RDONLY), xattrs.drop_lists, []
    monkeypatch.setattr(xattrs, "drop_lists", lambda fd: (modes.append(os.fstat(fd).st_mode & 0o777), drop(fd)))
    owner_mode.set_owner_and_mode(fd, 0o600, -1, -1)
    os.close(fd)
    # With the list, the group's bits in the mode are those of all that it names; without it, they are the group's.
    assert modes == [0o600] and not are_there(path) and path.stat().st_mode & 0o777 == 0o600


def test_no_group_is_let_in_while_a_list_goes(base: Path, monkeypatch: t.Any) -> None:
    """Its bits in the mode are those of the list: without it, the old group would read for a moment."""
    path, chown, drop, seen = base / "file", os.fchown, xattrs.drop_lists, []
    path.touch()
    let_in(path, 4)

    def note(fd: int) -> None:
        seen.append(os.fstat(fd).st_mode & 0o077)

    monkeypatch.setattr(xattrs, "drop_lists", lambda fd: (note(fd), drop(fd), note(fd)))
    monkeypatch.setattr(os, "fchown", lambda fd, uid, gid: (note(fd), chown(fd, uid, gid)))
    fd = os.open(str(path), os.O_RDONLY)
    owner_mode.set_owner_and_mode(fd, 0o640, -1, os.getegid() if os.geteuid() else 12345)
    os.close(fd)
    assert seen[:2] == [0, 0] and not any(seen) and path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("answer", [None, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_mode_that_is_not_kept_is_seen(base: Path, monkeypatch: t.Any, answer: t.Optional[int]) -> None:
    path = base / "file"
    path.touch(0o600)
    monkeypatch.setattr(os, "fchmod", answering(answer))
    fd = os.open(str(path), os.O_RDONLY)
    with pytest.raises(owner_mode.NotKept):
        owner_mode.set_owner_and_mode(fd, 0o640, -1, -1)
    os.close(fd)


def answering(answer: t.Optional[int]) -> t.Callable[..., None]:
    """What a file system without owners and modes does when it is asked to set them; None: nothing."""

    def answered(*_arguments: t.Any) -> None:
        if answer is not None:
            raise OSError(answer, "injected")

    return answered


def test_what_a_file_that_is_there_is_not_allowed_is_not_the_file_system_s(base: Path, monkeypatch: t.Any) -> None:
    """An immutable one, for example."""
    (base / "file").touch(0o600)
    monkeypatch.setattr(os, "fchmod", answering(errno.EPERM))
    fd = os.open(str(base / "file"), os.O_RDONLY)
    with pytest.raises(PermissionError):
        owner_mode.set_owner_and_mode(fd, 0o640, -1, -1)
    os.close(fd)


def test_a_new_group_alone_is_given(base: Path, monkeypatch: t.Any) -> None:
    seen = []
    monkeypatch.setattr(os, "fchown", lambda _fd, uid, gid: seen.append((uid, gid)))
    folder = opened(base)
    owner_mode.set_owner_and_mode(folder.fd, -1, -1, base.stat().st_gid)
    with pytest.raises(owner_mode.NotKept):
        owner_mode.set_owner_and_mode(folder.fd, -1, -1, base.stat().st_gid + 1)
    folder.close()
    assert seen == [(-1, base.stat().st_gid + 1)]
