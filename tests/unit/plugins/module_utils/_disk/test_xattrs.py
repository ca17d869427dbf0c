# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access control lists where there are none."""

from __future__ import annotations

import errno
import os
import typing as t
from pathlib import Path

from ansible_collections.keysmith.jwt.plugins.module_utils._disk import xattrs


def test_a_file_system_without_lists_is_enough(tmp_path: Path, monkeypatch: t.Any) -> None:
    def refuse(*_given: t.Any) -> t.NoReturn:
        raise OSError(errno.ENOTSUP, "injected")

    for call in ("getxattr", "removexattr"):
        monkeypatch.setattr(os, call, refuse)
    fd = os.open(str(tmp_path), os.O_RDONLY)
    xattrs.drop_lists(fd)
    assert xattrs.get_list(fd) == b"" and xattrs.group_rights(fd) is None
    os.close(fd)
