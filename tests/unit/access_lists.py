# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""POSIX access control lists, as the kernel keeps them in extended attributes (linux/posix_acl_xattr.h)."""

from __future__ import annotations

import os
import struct
import typing as t
from pathlib import Path

ACCESS, DEFAULT = "system.posix_acl_access", "system.posix_acl_default"
NOBODY = 65534
_USER_OBJ, _USER, _GROUP_OBJ, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
_NO_ID = 2**32 - 1


def let_in(path: Path, rights: int, kind: str = ACCESS, group: int = 0) -> None:
    """Let nobody in with these rights (4 read, 2 write, 1 pass), beside an owner who may do everything."""
    rows = ((_USER_OBJ, 7, _NO_ID), (_USER, rights, NOBODY), (_GROUP_OBJ, group, _NO_ID), (_MASK, 7, _NO_ID))
    entries = b"".join(struct.pack("<HHI", *row) for row in (*rows, (_OTHER, 0, _NO_ID)))
    os.setxattr(str(path), kind, struct.pack("<I", 2) + entries)


def are_there(path: t.Union[Path, int]) -> t.List[str]:
    """Which of the lists it has."""
    return [name for name in os.listxattr(path) if name in (ACCESS, DEFAULT)]
