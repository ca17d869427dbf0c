# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metadata of a file: mode, owner, group and SELinux context."""

from __future__ import annotations

import os
import stat
import typing as t

from .xattrs import CONTEXT, get_context


class Attributes(t.NamedTuple):
    """Mode, owner, group and SELinux context. -1 and empty mean: keep the present value, or the system's default for a
    new file.
    """

    mode: int = -1
    owner: int = -1
    group: int = -1
    #: SELinux context, user:role:type:level.
    context: str = ""


def differs(info: os.stat_result, attributes: Attributes) -> bool:
    """Check whether a file has another mode, owner or group than wanted."""
    return (
        attributes.mode not in (-1, stat.S_IMODE(info.st_mode))
        or attributes.owner not in (-1, info.st_uid)
        or attributes.group not in (-1, info.st_gid)
    )


def set_context(fd: int, context: str) -> None:
    """Set the SELinux context of an open file; empty leaves it to the policy."""
    if context and get_context(fd) != context:
        os.setxattr(fd, CONTEXT, context.encode() + b"\0")
