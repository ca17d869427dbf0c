# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directories of one run and their locks: any number of them, with a bounded number of descriptors.

A lock is held by the descriptor that it was made with (flock(2)), and a process may have some thousand of them. So a
descriptor that was not used for long is sent to ourselves over a socket pair and closed (SCM_RIGHTS, unix(7)): a
message on its way holds what it carries, in the kernel alone. When this process ends, however it does, the message is
gone and the locks with it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import resource
import socket
import struct
import typing as t

from .._errors import KeysmithError
from .directory import Directory, Inode, open_directory
from .managed_files import ManagedFiles

#: Device and inode of a directory, and a name in it.
Identity = t.Tuple[int, int, str]

#: Directories that are open at a time, where a process may have four times as many descriptors. One message carries
#: the half of them, and could carry 253 (SCM_MAX_FD).
_MOST_OPEN = 200


class LockedDirectories:
    """The directories of one run: each opened once, each inode locked once."""

    def __init__(self) -> None:
        self.managed = ManagedFiles(self)
        #: How many times a directory was replaced or made.
        self.generation = 0
        self._folders: t.Dict[str, Directory] = {}
        #: The open directories, the most recently used one at the end.
        self._open: t.Dict[Directory, None] = {}
        self._most_open = max(8, min(_MOST_OPEN, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4))
        self._locked: t.Set[Inode] = set()
        #: The directories whose own open descriptor holds the lock; for the others, a message holds it.
        self._holding: t.Dict[Inode, Directory] = {}
        self._messages: t.Optional[t.Tuple[socket.socket, socket.socket]] = None

    def __enter__(self) -> "LockedDirectories":
        return self

    def __exit__(self, *_exception: t.Any) -> None:
        for folder in self._folders.values():
            folder.close()
        self._forget_messages()

    def get(self, path: str, option: str) -> Directory:
        """Return the directory of that path, and walk to it on first use; messages name ``option``."""
        if path not in self._folders:
            self._take(path, open_directory(path, option))
        return self._folders[path]

    @property
    def descriptors(self) -> t.List[int]:
        """Return the open descriptors that hold the locks."""
        return [folder.descriptor for folder in self._open] + [one.fileno() for one in self._messages or ()]

    @property
    def held(self) -> t.AbstractSet[Inode]:
        """Return device and inode of each locked directory."""
        return self._locked

    def in_order(self, paths: t.Iterable[str]) -> t.List[str]:
        """Return the existing directories by their inodes: every run locks them in this order."""
        return sorted((path for path in paths if self._folders[path].exists), key=self._inode)

    def lock(self, path: str, timeout: float) -> bool:
        """Lock one directory for the rest of the run; False if the path leads elsewhere now.

        Another run, for which this one has waited, may have removed the directory; then it is walked to anew.
        """
        folder = self._folders[path]
        if folder.inode in self._locked:
            return True
        if folder.descriptor >= 0 or folder.reopen():
            folder.lock(timeout)
        again = open_directory(path, folder.option)
        if again.exists and again.inode == folder.inode and folder.descriptor >= 0:
            again.close()
            self._locked.add(folder.inode)
            self._holding[folder.inode] = folder
            return True
        self._take(path, again)
        return False

    def appeared(self, path: str) -> bool:
        """Check whether another run has made a missing directory; if so, walk to it again."""
        folder = self._folders[path]
        if folder.exists:
            return False
        try:
            again = open_directory(path, folder.option)
        except KeysmithError:
            # The look that follows says so, for those key pairs that it concerns.
            return False
        self._take(path, again)
        return again.exists

    def unlock(self) -> None:
        """Release all locks."""
        for folder in self._open:
            # Those that were never locked include some that can't be.
            with contextlib.suppress(OSError):
                fcntl.flock(folder.descriptor, fcntl.LOCK_UN)
        self._forget_messages()
        self._locked.clear()
        self._holding.clear()

    def identity(self, path: str) -> Identity:
        """Return a value that is the same for all paths of one file, whether it exists or not."""
        directory, name = os.path.split(path)
        return (*self._inode(directory), "/".join((*self._folders[directory].missing, name)))

    def real_path(self, path: str) -> str:
        """Return the path of a directory without symbolic links."""
        return self._folders[path].real_path

    def _inode(self, path: str) -> Inode:
        return self._folders[path].inode

    def _take(self, path: str, folder: Directory) -> None:
        """Use this directory for the path from now on."""
        before = self._folders.get(path)
        if before:
            before.close()
            self._open.pop(before, None)
        self._folders[path] = folder
        folder.on_use, folder.on_change = self._used, self._changed
        self._used(folder)
        self._changed()

    def _changed(self) -> None:
        self.generation += 1

    def _used(self, folder: Directory) -> None:
        self._open.pop(folder, None)
        self._open[folder] = None
        if len(self._open) > self._most_open:
            self._close(list(self._open)[: self._most_open // 2])

    def _close(self, folders: t.Iterable[Directory]) -> None:
        """Close some of the directories, and keep their locks."""
        holding = [folder for folder in folders if self._holding.get(folder.inode) is folder]
        if holding:
            self._send(holding)
        for folder in folders:
            folder.close()
            del self._open[folder]

    def _send(self, holding: t.Sequence[Directory]) -> None:
        """Send descriptors to ourselves. The message is never received."""
        if not self._messages:
            self._messages = socket.socketpair()
            self._messages[0].setblocking(False)
        fds = [folder.descriptor for folder in holding]
        message = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("=%di" % len(fds), *fds))]
        try:
            try:
                self._messages[0].sendmsg([b"\0"], message)
            except OSError as error:
                # All that a user has on the way, root excepted, may not be more than the limit of open files.
                if error.errno != errno.ETOOMANYREFS:
                    raise
                hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
                resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
                self._messages[0].sendmsg([b"\0"], message)
        except OSError as error:
            if error.errno not in (errno.ETOOMANYREFS, errno.EAGAIN):
                raise
            raise KeysmithError(
                "%s: this user cannot hold more than %d directories at a time; raise the limit of open files (ulimit "
                "-n), or name fewer key pairs in one task." % (holding[0].option, len(self._locked))
            ) from None
        for folder in holding:
            del self._holding[folder.inode]

    def _forget_messages(self) -> None:
        for one in self._messages or ():
            one.close()
        self._messages = None
