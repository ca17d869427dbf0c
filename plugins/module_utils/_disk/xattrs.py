# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extended attributes: the SELinux context and access control lists."""

from __future__ import annotations

import os
import struct
import typing as t

#: How a name is opened behind which others could put something else: a FIFO must not hang us, nor a link lead us away.
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
CONTEXT = "security.selinux"
#: POSIX access control lists: of a file or directory, and what is born in a directory gets.
ACCESS_LIST, DEFAULT_LIST = "system.posix_acl_access", "system.posix_acl_default"
#: linux/posix_acl_xattr.h: a version of 4 octets, then entries; the tag of the one for the file's group.
_LIST_HEADER, _GROUP_OBJ = 4, 4


def get_context(file: t.Union[int, str]) -> str:
    """Return the SELinux context of an open file or a path; empty if there is none."""
    return _get(file, CONTEXT).rstrip(b"\0").decode()


def get_list(file: t.Union[int, str]) -> bytes:
    """Return the access control list, which gives more users access than the mode names; empty if there is none."""
    return _get(file, ACCESS_LIST)


def _get(file: t.Union[int, str], name: str) -> bytes:
    """Read one extended attribute of an open file or of a path, without following a link."""
    try:
        return os.getxattr(file, name) if isinstance(file, int) else os.getxattr(file, name, follow_symlinks=False)
    except OSError:
        return b""


def group_rights(file: t.Union[int, str]) -> t.Optional[int]:
    """Return what the file's own group may do by its access control list; None without a list. See acl(5)."""
    octets = get_list(file)
    if not octets:
        return None
    entries = (struct.unpack_from("<HHI", octets, at) for at in range(_LIST_HEADER, len(octets) - 7, 8))
    return next((rights & 7 for tag, rights, _id in entries if tag == _GROUP_OBJ), 0)


def drop_lists(fd: int) -> None:
    """Remove the access control lists, so that the mode alone decides."""
    for name in (ACCESS_LIST, DEFAULT_LIST):
        try:
            os.getxattr(fd, name)
        except OSError:
            continue
        os.removexattr(fd, name)
