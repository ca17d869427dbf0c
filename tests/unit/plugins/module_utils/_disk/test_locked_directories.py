# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directories of one run: how they are locked, and which file is which."""

from __future__ import annotations

import os
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
    with locked_directories.Folders() as folders:
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
    with locked_directories.Folders() as folders:
        for path in ("real", "link", "real/missing", "link/missing"):
            folders.get(str(base / path), "path")
        same = {folders.identity(str(base / way / "file")) for way in ("real", "link")}
        missing = {folders.identity(str(base / way / "missing" / "file")) for way in ("real", "link")}
        assert len(same) == len(missing) == 1 and same != missing
        assert folders.identity(str(base / "real" / "other")) not in same


def test_what_was_let_go_of_is_locked_anew(base: Path) -> None:
    with locked_directories.Folders() as folders:
        folders.get(str(base), "path")
        for _turn in range(2):
            assert folders.lock(str(base), 0)
            other = opened(base)
            with pytest.raises(KeysmithError, match="another run has held"):
                other.lock(0)
            other.close()
            folders.unlock()


def test_a_directory_that_appeared_meanwhile_is_walked_to_anew(base: Path) -> None:
    with locked_directories.Folders() as folders:
        path = str(base / "one")
        assert not folders.get(path, "path").exists and not folders.appeared(path)
        (base / "one").mkdir()
        assert folders.appeared(path) and folders.get(path, "path").exists and not folders.appeared(path)


def test_a_way_that_is_barred_meanwhile_is_told_by_the_look_that_follows(base: Path) -> None:
    with locked_directories.Folders() as folders:
        folders.get(str(base / "one" / "two"), "path")
        (base / "one").touch()
        assert not folders.appeared(str(base / "one" / "two"))


def test_a_directory_that_another_run_has_replaced_is_given_back(base: Path) -> None:
    before = os.listdir("/proc/self/fd")
    with locked_directories.Folders() as folders:
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
