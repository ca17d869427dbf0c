# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that a run manages: known by every way to them, before and after their directories are made."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import locked_directories, make_directories


@pytest.fixture
def folders(base: Path) -> t.Iterator[locked_directories.LockedDirectories]:
    (base / "real").mkdir()
    (base / "link").symlink_to("real")
    with locked_directories.LockedDirectories() as opened:
        for path in ("real", "link", "real/new", "link/new"):
            opened.get(str(base / path), "path")
        yield opened


def test_a_file_is_known_by_every_way_to_it(base: Path, folders: locked_directories.LockedDirectories) -> None:
    managed = folders.managed
    managed.add([str(base / "link" / "stays"), str(base / "link" / "new" / "below")], stay=True)
    managed.add([str(base / "real" / "goes")], stay=False)
    for way in ("real", "link"):
        assert managed.stays(str(base / way / "stays")) and managed.stays(str(base / way / "new" / "below"))
        assert not managed.stays(str(base / way / "goes")) and not managed.stays(str(base / way / "below"))
        assert managed.stays_in(folders.get(str(base / way), "path"))
    assert not managed.stays("")
    assert managed.names == {"stays", "below", "goes"}
    assert managed.within(str(base / "real")) == {"stays", "new", "goes"} and not managed.within(str(base / "link"))
    assert os.path.basename(str(base)) in managed.within(os.path.dirname(str(base)) + "/")
    assert managed.within("/") == {str(base).split("/")[1]}


def test_a_directory_that_is_made_is_another_than_the_one_that_was_missing(
    base: Path, folders: locked_directories.LockedDirectories
) -> None:
    managed, new = folders.managed, folders.get(str(base / "real" / "new"), "path")
    managed.add([str(base / "real" / "new" / "file")], stay=True)
    assert managed.stays(str(base / "link" / "new" / "file")) and not managed.stays_in(new)
    make_directories.make(new, 0o700, -1, -1)
    assert managed.stays_in(new)
    # The other way leads to what was missing until it is walked to anew.
    assert folders.appeared(str(base / "link" / "new")) and managed.stays(str(base / "link" / "new" / "file"))


def test_what_is_added_counts_at_once(base: Path, folders: locked_directories.LockedDirectories) -> None:
    managed, path = folders.managed, str(base / "real" / "file")
    assert not managed.stays(path) and not managed.names and not managed.within(str(base / "real"))
    managed.add([path], stay=True)
    assert managed.stays(path) and managed.names == {"file"} and managed.within(str(base / "real")) == {"file"}
