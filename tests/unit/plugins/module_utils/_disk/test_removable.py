# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a file can be removed, by the directory that it is in. Attributes and mounts: ``tests/faults``."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import directory, removable
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.files import FileSlot
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError

#: Whom a file belongs to: us, or somebody else.
OURS, THEIRS = True, False


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize(
    ("mode", "of_directory", "of_file", "is_removable"),
    [
        (0o1777, THEIRS, THEIRS, False),
        (0o1777, THEIRS, OURS, True),
        (0o1777, OURS, THEIRS, True),
        (0o777, THEIRS, THEIRS, True),
    ],
)
def test_a_sticky_directory_keeps_the_files_of_others(
    tmp_path: Path, monkeypatch: t.Any, mode: int, of_directory: bool, of_file: bool, is_removable: bool
) -> None:
    us, them = 4242, 4243
    path = tmp_path / "file"
    path.touch()
    os.chown(path, us if of_file else them, -1)
    os.chown(tmp_path, us if of_directory else them, -1)
    os.chmod(tmp_path, mode)
    folder = directory.open_directory(str(tmp_path), "path")
    place, info = FileSlot(folder, "file", "path"), path.stat()
    removable.check(place, info)
    monkeypatch.setattr(os, "geteuid", lambda: us)
    try:
        if is_removable:
            removable.check(place, info)
        else:
            with pytest.raises(KeysmithError, match="removed or changed: it belongs to uid 4243, and its dir"):
                removable.check(place, info)
    finally:
        folder.close()
