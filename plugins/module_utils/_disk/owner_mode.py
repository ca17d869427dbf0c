# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owners and modes of files and directories: find their names, check them, and set them."""

from __future__ import annotations

import contextlib
import errno
import grp
import os
import pwd
import stat
import typing as t

from .._errors import KeysmithError
from . import xattrs

#: The errors of file systems without owners or modes, and of those that refuse the ones that we set on a new file.
_HAS_NONE = (errno.ENOSYS, errno.EOPNOTSUPP)
_HAS_OTHERS = (errno.EPERM, errno.EINVAL)


class NotKept(OSError):
    """The file system does not support owners and modes, or lets nobody set them: FAT, CIFS, 9p, some FUSE ones."""


@contextlib.contextmanager
def of_new_file() -> t.Iterator[None]:
    """Blame the file system if a file or directory that we have just made cannot get its owner or mode."""
    try:
        yield
    except OSError as error:
        if error.errno in _HAS_NONE + _HAS_OTHERS:
            raise NotKept(error.errno, "") from None
        raise


def check_kept(fd: int, mode: int, owner: int, group: int) -> None:
    """Raise NotKept unless an open file or directory has what it was given (-1: anything).

    Some file systems say that it is done and do nothing.
    """
    info = os.fstat(fd)
    if mode not in (-1, stat.S_IMODE(info.st_mode)) or owner not in (-1, info.st_uid) or group not in (-1, info.st_gid):
        raise NotKept(errno.EOPNOTSUPP, "")


def user_name(uid: int) -> str:
    """Return the name of a user, or the number if there is none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return "uid %d" % uid


def is_from_outside(uid: int) -> bool:
    """Check whether this user namespace may not map the owner of a file with this uid (user_namespaces(7))."""
    try:
        with open("/proc/sys/kernel/overflowuid", encoding="ascii") as overflow, open(
            "/proc/self/uid_map", encoding="ascii"
        ) as uid_map:
            mapped = sum(int(line.split()[2]) for line in uid_map)
            return uid == int(overflow.read()) and mapped < 2**32 - 1
    except (OSError, ValueError, IndexError):
        return False


def group_name(gid: int) -> str:
    """Return the name of a group, or the number if there is none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return "gid %d" % gid


def check_may_change(option: str, path: str, info: os.stat_result) -> None:
    """Refuse if this user cannot change the mode and owner of a file or directory."""
    if os.geteuid() not in (0, info.st_uid):
        raise KeysmithError(
            "%s: the mode or owner of %s has to be changed, but it belongs to %s; use become, or change it by hand."
            % (option, path, user_name(info.st_uid))
        )


def check_may_give(option: str, path: str, owner: int) -> None:
    """Refuse if this user cannot give a new file to its future owner (-1: us)."""
    if os.geteuid() != 0 and owner not in (-1, os.geteuid()):
        raise KeysmithError(
            "%s: %s has to belong to %s, which only root can set; use become." % (option, path, user_name(owner))
        )


def is_private_group(info: os.stat_result) -> bool:
    """Check whether the group of a directory is its owner's own: same name, nobody else in it (umask 002
    distributions).

    Root's group never is: the group of users without one of their own is 0.
    """
    try:
        group = grp.getgrgid(info.st_gid)
        owner = pwd.getpwuid(info.st_uid)
    except KeyError:
        return False
    if not info.st_gid or group.gr_gid != owner.pw_gid or group.gr_name != owner.pw_name:
        return False
    members = {user.pw_name for user in pwd.getpwall() if user.pw_gid == info.st_gid}
    return members | set(group.gr_mem) <= {owner.pw_name}


def set_owner_and_mode(fd: int, mode: int, owner: int, group: int) -> None:
    """Set owner and mode of an open file or directory (-1: keep); it is never more open than before or after.

    With a mode, that alone says who is let in: access control lists go. NotKept where the file system has none.
    """
    info = os.fstat(fd)
    now = stat.S_IMODE(info.st_mode)
    wanted = now if mode < 0 else mode
    changes_owner = owner not in (-1, info.st_uid) or group not in (-1, info.st_gid)
    has_list = mode >= 0 and bool(xattrs.get_list(fd))
    # Under a list, the group's bits are the most that anybody named in it may, and without it they are the group's.
    first = now & wanted & ~(0o070 if has_list else 0)
    try:
        if (changes_owner or has_list) and first != now:
            os.fchmod(fd, first)
        if has_list:
            xattrs.drop_lists(fd)
        if changes_owner:
            os.fchown(fd, owner, group)
        if stat.S_IMODE(os.fstat(fd).st_mode) != wanted:
            os.fchmod(fd, wanted)
    except OSError as error:
        if error.errno in _HAS_NONE:
            raise NotKept(error.errno, "") from None
        raise
    check_kept(fd, wanted, owner, group)
