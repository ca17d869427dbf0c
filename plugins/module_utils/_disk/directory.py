# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory for writing: opened and checked once, then used only through its descriptor.

Everything after the walk to it goes through the descriptor: what becomes of the path meanwhile changes nothing.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
import time
import typing as t

from .._errors import KeysmithError
from . import path_walk
from .path_walk import Visited
from .system_errors import UNSUPPORTED, reporting_errors

#: Device and inode.
Inode = t.Tuple[int, int]


class Replaced(KeysmithError):
    """The path of a directory leads to another one by now, or to none."""


class Directory:
    """A directory: its path as the user wrote it, its descriptor, and the components of the path that are missing."""

    def __init__(self, path: str, option: str, fd: int, missing: t.Tuple[str, ...], visited: Visited) -> None:
        self.path = path
        self.option = option
        #: The components of the path that do not exist yet.
        self.missing = missing
        #: Device and inode of the directory, or of the deepest existing parent if ``missing`` is not empty.
        self.inode = _inode(fd)
        #: The paths of the directories that this run has made.
        self.made: t.List[str] = []
        #: -1 while it is closed.
        self.descriptor = fd
        #: Called on each use; it may close other directories.
        self.on_use: t.Callable[["Directory"], None] = lambda _folder: None
        #: Called when the path leads to another directory.
        self.on_change: t.Callable[[], None] = lambda: None
        self._visited = visited
        #: Of patterns that were asked for, the names that match. What is made and renamed here at once is not in it.
        self._named: t.Dict["re.Pattern[str]", t.Dict[str, t.List[str]]] = {}

    @property
    def fd(self) -> int:
        """Return the descriptor of the directory, or of the deepest existing parent if ``missing`` is not empty.

        KeysmithError where it was closed meanwhile, and the path leads to another directory by now.
        """
        if self.descriptor < 0 and not self.reopen():
            raise self._replaced()
        self.on_use(self)
        return self.descriptor

    def reopen(self) -> bool:
        """Walk to the directory again, and open it unless another directory is there now."""
        again = open_directory(self.path, self.option)
        if self.missing or (again.inode == self.inode and again.exists):
            self._become(again)
            return True
        again.close()
        return False

    def become(self, fd: int) -> None:
        """Use this descriptor from now on, because the directory exists now."""
        self.close()
        self._named.clear()
        self.descriptor, self.inode, self.missing = fd, _inode(fd), ()
        self.on_change()

    def _become(self, other: "Directory") -> None:
        changes = (self.inode, self.missing) != (other.inode, other.missing)
        self.close()
        self._named.clear()
        self.descriptor, self.inode, self.missing = other.descriptor, other.inode, other.missing
        self._visited = other._visited
        if changes:
            self.on_change()

    def _replaced(self) -> Replaced:
        return Replaced("%s: %s was replaced during the run; run again." % (self.option, self.path))

    def __enter__(self) -> "Directory":
        return self

    def __exit__(self, *_exception: t.Any) -> None:
        self.close()

    def within(self, base: str) -> Visited:
        """Return the existing directories on the way from ``base`` down, whatever links lead there."""
        if any(stat.S_ISLNK(info.st_mode) for _path, info in self._visited):
            resolved = open_directory(base, self.option)
            resolved.close()
            if resolved.missing:
                return []
            base = resolved._visited[-1][0]
        return [
            (path, info)
            for path, info in self._visited
            if (path + "/").startswith(base.rstrip("/") + "/") and stat.S_ISDIR(info.st_mode)
        ]

    @property
    def exists(self) -> bool:
        """Check whether the directory exists."""
        return not self.missing

    @property
    def is_shared(self) -> bool:
        """Check whether others can create files in it but not replace ours: a sticky directory such as /tmp."""
        return bool(os.fstat(self.fd).st_mode & (stat.S_IWGRP | stat.S_IWOTH))

    def close(self) -> None:
        """Close the descriptor, which also releases the lock."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def refresh(self) -> None:
        """Walk to the directory again; KeysmithError if the path leads to another directory now."""
        with reporting_errors(self.option, self.path, "open"):
            fd, missing, self._visited = path_walk.walk(self.option, self.path)
        inode = _inode(fd)
        os.close(fd)
        if self.exists and (missing or inode != self.inode):
            raise self._replaced()

    def find(self) -> None:
        """Find out how much of the path exists now."""
        self._become(open_directory(self.path, self.option))

    @property
    def real_path(self) -> str:
        """Return the path without symbolic links."""
        return "/".join((self._visited[-1][0].rstrip("/"), *self.missing))

    def judge(self, owners: t.Container[int]) -> None:
        """Refuse a path on which anybody but the ``owners`` (uids), root and us could replace files."""
        path_walk.judge(self.option, self._visited, owners)

    def check_writable(self) -> None:
        """Refuse if no name can be changed in the directory, or in its parent if it is missing.

        Asked of the kernel before anything is changed, so that check mode says it, too.
        """
        if os.access(".", os.W_OK | os.X_OK, dir_fd=self.fd, effective_ids=True):
            return
        with reporting_errors(self.option, self.path, "write to"):
            if os.fstatvfs(self.fd).f_flag & os.ST_RDONLY:
                raise OSError(errno.EROFS, "")
            raise PermissionError(errno.EPERM if os.geteuid() == 0 else errno.EACCES, "")

    def lock(self, timeout: float) -> None:
        """Lock the directory against other runs of this collection; wait up to ``timeout`` seconds.

        The lock is on the directory itself: there is no lock file to leave behind, and a killed run holds nothing.
        """
        self._named.clear()
        end = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if error.errno in UNSUPPORTED:
                    break
                if error.errno not in (errno.EAGAIN, errno.EACCES, errno.EINTR):
                    raise KeysmithError("%s: cannot lock %s: %s." % (self.option, self.path, error.strerror)) from None
            if time.monotonic() > end:
                raise KeysmithError(
                    "%s: another run has held %s for %d seconds; run again when it is done."
                    % (self.option, self.path, timeout)
                )
            time.sleep(0.02)

    def sync(self) -> None:
        """Make renames and new names in the directory durable."""
        sync(self.fd)

    def entries(self) -> t.List[str]:
        """Return the names in the directory; none if it is missing."""
        return os.listdir(self.fd) if self.exists else []

    def named(self, pattern: "re.Pattern[str]") -> t.Mapping[str, t.Sequence[str]]:
        """Return the names that match a pattern, keyed by what its first group matched.

        They are looked up once, for all key pairs of a directory: with its lock held, nobody else is at work.
        """
        if pattern not in self._named:
            found: t.Dict[str, t.List[str]] = {}
            for match in filter(None, map(pattern.fullmatch, self.entries())):
                found.setdefault(match[1], []).append(match[0])
            if not self.exists:
                return found
            self._named[pattern] = found
        return self._named[pattern]

    def renamed(self, gone: str = "", come: str = "") -> None:
        """Note that this run has removed one name and added another."""
        for pattern, found in list(self._named.items()):
            match = pattern.fullmatch(gone)
            if pattern.fullmatch(come) or (match and gone in found.get(match[1], ())):
                del self._named[pattern]


def _inode(fd: int) -> Inode:
    info = os.fstat(fd)
    return info.st_dev, info.st_ino


def sync(fd: int) -> None:
    """Sync a directory with fsync, which some file systems do not support."""
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise


def open_directory(path: str, option: str) -> Directory:
    """Walk to a directory, and note missing components without making them. KeysmithError if the way is barred."""
    if not path.startswith("/") or "\0" in path or ".." in path.split("/"):
        raise KeysmithError("%s: give an absolute path without '..'." % option)
    with reporting_errors(option, path, "open"):
        fd, missing, visited = path_walk.walk(option, path)
        try:
            if not missing:
                reopened = os.open(".", path_walk.OPEN, dir_fd=fd)
                os.close(fd)
                fd = reopened
        except OSError:
            os.close(fd)
            raise
    return Directory(path, option, fd, missing, visited)
