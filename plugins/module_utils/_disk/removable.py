# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check whether files can be removed or replaced, for a whole set before the first one is removed.

The kernel says so only when it is too late, and says no more than that it is not permitted.
"""

from __future__ import annotations

import contextlib
import os
import stat
import typing as t

from .._errors import KeysmithError
from .inode_flags import bars_of
from .owner_mode import user_name

if t.TYPE_CHECKING:
    from .files import FileSlot


def check(place: "FileSlot", info: os.stat_result) -> None:
    """Refuse if an existing file, or its directory, prevents a change of the name."""
    reason = _reason(place, info)
    if reason:
        raise KeysmithError("%s: %s cannot be removed or changed: %s." % (place.option, place.path, reason))


def _reason(place: "FileSlot", info: os.stat_result) -> str:
    above = os.fstat(place.folder.fd)
    if above.st_mode & stat.S_ISVTX and os.geteuid() not in (0, info.st_uid, above.st_uid):
        return "it belongs to %s, and its directory is sticky; use become" % user_name(info.st_uid)
    bars = bars_of(place.folder.fd)
    if bars:
        return "its directory is %s; remove that attribute and run again" % bars
    # A user who cannot open the file may still remove it; the kernel reports other obstacles.
    with contextlib.suppress(OSError), place.opened() as fd:
        bars = bars_of(fd)
        if bars:
            return "it is %s; remove that attribute and run again" % bars
        if _mount_of(fd) != _mount_of(place.folder.fd):
            return "it is a mount point; unmount it and run again"
    return ""


def _mount_of(fd: int) -> str:
    """Return the mount of an open file (proc(5)); empty if it cannot be known."""
    with contextlib.suppress(OSError), open("/proc/self/fdinfo/%d" % fd, encoding="ascii") as file:
        return next((line for line in file if line.startswith("mnt_id:")), "")
    return ""
