# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Walk to a directory from the root, one component at a time, and check the owner of each.

No link is followed blindly, so whoever swaps a parent for a link while the module runs changes nothing.
"""

from __future__ import annotations

import errno
import os
import stat
import typing as t

from .._errors import KeysmithError
from . import xattrs
from .owner_mode import is_from_outside, is_private_group, user_name

#: O_PATH: to pass through a directory takes search permission, not read permission.
_PASS = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: To work in a directory.
OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_LINKS = 40

#: Each directory and link on the way, in order, with its path and owner.
Visited = t.List[t.Tuple[str, os.stat_result]]


def walk(option: str, path: str) -> t.Tuple[int, t.Tuple[str, ...], Visited]:
    """Return the descriptor of the deepest existing directory, the remaining components, and each directory passed."""
    todo = [part for part in path.split("/") if part not in ("", ".")]
    fd, here, links = os.open("/", _PASS), "", 0
    visited: Visited = []
    try:
        while True:
            visited.append((here or "/", os.fstat(fd)))
            if not todo:
                return fd, (), visited
            part = todo.pop(0)
            try:
                deeper = os.open(part, _PASS, dir_fd=fd)
            except FileNotFoundError:
                return fd, (part,) + tuple(todo), visited
            except OSError as error:
                if error.errno not in (errno.ENOTDIR, errno.ELOOP):
                    raise
                links += 1
                target, link = _link(option, fd, here + "/" + part, part)
                visited.append((here + "/" + part, link))
                if links > _MOST_LINKS:
                    raise OSError(errno.ELOOP, "") from None
                todo[:0] = [step for step in target.split("/") if step not in ("", ".")]
                if target.startswith("/"):
                    os.close(fd)
                    fd, here = os.open("/", _PASS), ""
                continue
            os.close(fd)
            fd, here = deeper, os.path.dirname(here) if part == ".." else here + "/" + part
    except BaseException:  # An interrupt, too: a descriptor is given back, and it goes on its way.
        os.close(fd)
        raise


def _link(option: str, fd: int, path: str, part: str) -> t.Tuple[str, os.stat_result]:
    """Return target and owner of a symbolic link on the way; KeysmithError if it belongs to somebody else.

    Not even the file's owner may lead root to any directory. Both are asked of one descriptor: between two looks at
    the name, the owner of the directory could exchange the link for something that root may follow.
    """
    link = os.open(part, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
    try:
        info = os.fstat(link)
        if not stat.S_ISLNK(info.st_mode):
            raise KeysmithError("%s: %s is not a directory." % (option, path))
        if info.st_uid not in (0, os.geteuid()):
            raise KeysmithError(
                "%s: %s is a symbolic link of %s, who could change where it leads; name the directory itself."
                % (option, path, user_name(info.st_uid))
            )
        return os.readlink("", dir_fd=link), info
    finally:
        os.close(link)


def judge(option: str, visited: Visited, owners: t.Container[int]) -> None:
    """Refuse a path on which somebody else could replace what we put there.

    ``owners`` are the uids that the files have or get. Each directory on the way must belong to root, to us or to
    one of them, and nobody else may write to it, unless it is sticky. Links were judged on the way.
    """
    for path, info in visited:
        if stat.S_ISLNK(info.st_mode):
            continue
        if info.st_uid not in (0, os.geteuid()) and info.st_uid not in owners:
            if is_from_outside(info.st_uid):
                raise KeysmithError(
                    "%s: %s belongs to a user from outside this user namespace, who could replace what is put there; "
                    "run the task outside of it, or in a container whose root owns its file system, as with podman."
                    % (option, path)
                )
            raise KeysmithError(
                "%s: %s belongs to %s, who could replace what is put there; name that user with owner: "
                "%s, or give the directory to root."
                % (option, path, user_name(info.st_uid), user_name(info.st_uid).replace("uid ", ""))
            )
        if info.st_mode & stat.S_ISVTX:
            continue
        if info.st_mode & stat.S_IWOTH or (info.st_mode & stat.S_IWGRP and not _is_closed(path, info)):
            raise KeysmithError(
                "%s: others can write to %s (mode %04o) and replace what is put there; remove that permission, for "
                "example with chmod go-w." % (option, path, stat.S_IMODE(info.st_mode))
            )


def _is_closed(path: str, info: os.stat_result) -> bool:
    """Check that only its owner can write to a group-writable directory: nobody else is in the group, and the right of
    the group is not that of an access control list.
    """
    if not is_private_group(info):
        return False
    try:
        fd = os.open(path, OPEN)
    except OSError:
        return False
    try:
        return os.path.samestat(os.fstat(fd), info) and not xattrs.get_list(fd)
    finally:
        os.close(fd)
