# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left with a file for the next run: found again there, and nowhere that others could have put it."""

from __future__ import annotations

import errno
import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import xattrs

ROOT = os.geteuid() == 0


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> t.Iterator[t.BinaryIO]:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    path.chmod(0o600)
    with path.open("rb") as file:
        yield file


def test_what_was_left_is_found(file: t.BinaryIO) -> None:
    fd = file.fileno()
    assert xattrs.found(fd, "proof") == []
    assert xattrs.leave(fd, "proof", b"one") and xattrs.leave(fd, "proof", b"two")
    assert xattrs.found(fd, "proof") == [b"two"] and xattrs.found(fd, "other") == []


def test_directories_can_have_it_too(tmp_path: Path) -> None:
    fd = os.open(str(tmp_path), os.O_RDONLY)
    try:
        assert xattrs.leave(fd, "proof", b"one") and xattrs.found(fd, "proof") == [b"one"]
    finally:
        os.close(fd)


def test_what_is_too_long_is_not_left(file: t.BinaryIO) -> None:
    assert not xattrs.leave(file.fileno(), "proof", b"a" * (xattrs.MOST + 1))
    assert xattrs.found(file.fileno(), "proof") == []


def test_where_none_can_be_kept_none_is(file: t.BinaryIO, monkeypatch: t.Any) -> None:
    def no_room(*_given: t.Any) -> None:
        raise OSError(95, "")

    monkeypatch.setattr(os, "setxattr", no_room)
    assert not xattrs.leave(file.fileno(), "proof", b"one")


def test_root_leaves_it_where_others_see_nothing(file: t.BinaryIO) -> None:
    xattrs.leave(file.fileno(), "proof", b"one")
    assert os.listxattr(file.fileno()) == ["trusted.keysmith.proof" if ROOT else "user.keysmith.proof"]


@pytest.mark.parametrize("mode", [0o660, 0o602, 0o777])
def test_what_others_can_write_to_is_not_believed(file: t.BinaryIO, mode: int) -> None:
    fd = file.fileno()
    os.setxattr(fd, "user.keysmith.proof", b"put by somebody")
    assert xattrs.found(fd, "proof") == [b"put by somebody"]
    os.fchmod(fd, mode)
    assert xattrs.found(fd, "proof") == []
    assert xattrs.leave(fd, "proof", b"ours") == ROOT


def test_what_belongs_to_others_is_not_believed(file: t.BinaryIO, monkeypatch: t.Any) -> None:
    os.setxattr(file.fileno(), "user.keysmith.proof", b"put by its owner")
    uid = os.geteuid()
    for other in (uid + 1, 0):
        with monkeypatch.context() as patch:
            patch.setattr(os, "geteuid", lambda other=other: other)
            is_its_owner = other == uid
            assert (b"put by its owner" in xattrs.found(file.fileno(), "proof")) == is_its_owner


def test_a_file_system_without_lists_is_enough(tmp_path: Path, monkeypatch: t.Any) -> None:
    def refuse(*_given: t.Any) -> t.NoReturn:
        raise OSError(errno.ENOTSUP, "injected")

    for call in ("getxattr", "removexattr"):
        monkeypatch.setattr(os, call, refuse)
    fd = os.open(str(tmp_path), os.O_RDONLY)
    xattrs.drop_lists(fd)
    assert xattrs.get_list(fd) == b"" and xattrs.group_rights(fd) is None
    os.close(fd)
