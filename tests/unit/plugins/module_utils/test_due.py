# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mark by which a restart is due."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils import _due, _folders
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError


@pytest.fixture(name="link")
def _link(tmp_path: Path) -> str:
    return str(tmp_path / "current")


def leave(link: str) -> str:
    with _folders.Folders() as folders:
        _due.leave(link, folders)
    return _due.found(link)


def test_each_mark_is_another(link: str, tmp_path: Path) -> None:
    assert _due.found(link) == ""
    marks = [leave(link), leave(link)]
    assert len(set(marks)) == 2 and all(len(mark) == 16 for mark in marks)
    assert os.listdir(str(tmp_path)) == [".restart-due"]


def test_the_mark_that_is_named_is_forgotten_and_no_other(link: str) -> None:
    first, second = leave(link), leave(link)
    for other in (first, "", "0" * 16):
        _due.forget(link, other)
        assert _due.found(link) == second
    _due.forget(link, second)
    assert _due.found(link) == ""
    _due.forget(link, second)


def test_what_is_owed_is_owed_once(link: str) -> None:
    _due.owe(link)
    mark = _due.found(link)
    _due.owe(link)
    assert mark and _due.found(link) == mark


def test_nothing_is_due_where_there_is_no_directory(tmp_path: Path) -> None:
    link = str(tmp_path / "missing" / "current")
    _due.forget(link, "0" * 16)
    assert _due.found(link) == ""


@pytest.mark.parametrize("text", ["x" * 65, "x" * 10**6])
def test_what_is_no_mark_is_refused(link: str, tmp_path: Path, text: str) -> None:
    (tmp_path / ".restart-due").write_text(text)
    with pytest.raises(KeysmithError, match="larger than 64 bytes"):
        _due.found(link)
