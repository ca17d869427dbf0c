# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mark by which a restart is due."""

from __future__ import annotations

import fcntl
import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import locked_directories
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._service import restart_marker


@pytest.fixture(name="link")
def _link(tmp_path: Path) -> str:
    return str(tmp_path / "current")


def leave(link: str) -> str:
    with locked_directories.LockedDirectories() as folders:
        restart_marker.leave(link, folders)
    return restart_marker.found(link)


def test_each_mark_is_another(link: str, tmp_path: Path) -> None:
    assert restart_marker.found(link) == ""
    marks = [leave(link), leave(link)]
    assert len(set(marks)) == 2 and all(len(mark) == 16 for mark in marks)
    assert os.listdir(str(tmp_path)) == [".restart-due"]


def test_the_mark_that_is_named_is_forgotten_and_no_other(link: str) -> None:
    first, second = leave(link), leave(link)
    for other in (first, "", "0" * 16):
        restart_marker.forget(link, other)
        assert restart_marker.found(link) == second
    restart_marker.forget(link, second)
    assert restart_marker.found(link) == ""
    restart_marker.forget(link, second)


def test_nothing_is_forgotten_while_another_run_holds_the_directory(
    link: str, tmp_path: Path, monkeypatch: t.Any
) -> None:
    mark = leave(link)
    monkeypatch.setattr(restart_marker, "_PATIENCE", 0)
    fd = os.open(str(tmp_path), os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        with pytest.raises(KeysmithError, match="another run has held"):
            restart_marker.forget(link, mark)
    finally:
        os.close(fd)
    assert restart_marker.found(link) == mark


def test_nothing_is_due_where_there_is_no_directory(tmp_path: Path) -> None:
    link = str(tmp_path / "missing" / "current")
    restart_marker.forget(link, "0" * 16)
    assert restart_marker.found(link) == ""


@pytest.mark.parametrize("text", ["", "x" * 16, "0" * 15, "0" * 17, "0" * 16 + "\n", "A" * 16, "x" * 10**6])
def test_what_is_no_mark_says_nothing(link: str, tmp_path: Path, text: str) -> None:
    (tmp_path / ".restart-due").write_text(text)
    assert restart_marker.found(link) == ""
    assert len(leave(link)) == 16


def test_another_name_of_a_file_says_nothing_of_it(link: str, tmp_path: Path) -> None:
    """The owner of the directory could have made it, of a file of root's."""
    mark = leave(link)
    os.link(str(tmp_path / ".restart-due"), str(tmp_path / "second"))
    assert restart_marker.found(link) == ""
    (tmp_path / "second").unlink()
    assert restart_marker.found(link) == mark


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_a_mark_of_somebody_else_s_says_nothing(link: str, tmp_path: Path) -> None:
    leave(link)
    os.chown(str(tmp_path / ".restart-due"), 12345, 12345)
    assert restart_marker.found(link) == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
@pytest.mark.parametrize(("owner", "is_ours"), [(0, True), (1234, True), (1235, False)])
def test_a_mark_is_root_s_or_one_s_own(tmp_path: Path, monkeypatch: t.Any, owner: int, is_ours: bool) -> None:
    link = str(tmp_path / "current")
    with locked_directories.LockedDirectories() as folders:
        restart_marker.leave(link, folders)
    mark = restart_marker.found(link)
    os.chown(str(tmp_path / ".restart-due"), owner, owner)
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    assert mark and restart_marker.found(link) == (mark if is_ours else "")
