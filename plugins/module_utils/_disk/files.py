# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files put in place so that no moment, crash or second process sees a secret or a half.

A new content is staged in the directory it is for: born 0600 under a name of its own, given owner, group, mode and
SELinux context while it is still empty, written whole, synced, and only then renamed over the old one. What
AnsibleModule.atomic_move does instead opens the new file to everybody for an instant.
"""

from __future__ import annotations

import contextlib
import os
import stat
import typing as t

from .._errors import KeysmithError
from . import bounded_read, regular_file
from .attributes import Attributes, set_context
from .directory import Directory
from .owner_mode import of_new_file, set_owner_and_mode
from .system_errors import reporting_errors
from .temporaries import temporary_name
from .xattrs import READ

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
#: The mode of a file until it has its own.
_BORN = 0o600
#: Sees a file while it is read: its descriptor and its content.
Seen = t.Callable[[int, bytes], None]


class Replaced(KeysmithError):
    """Another file has the name by now than the one that was looked at."""


class FileSlot:
    """A name in a directory where a file is or will be."""

    def __init__(self, folder: Directory, name: str, option: str) -> None:
        self.folder = folder
        self.name = name
        self.option = option
        #: Device and inode of the file that was looked at, where one was.
        self._seen: t.Optional[t.Tuple[int, int]] = None

    @property
    def path(self) -> str:
        """The path as the user wrote it."""
        return os.path.join(self.folder.path, self.name)

    @property
    def by_descriptor(self) -> str:
        """A path of it that leads through the directory's descriptor, for calls that take none."""
        return "/proc/self/fd/%d/%s" % (self.folder.fd, self.name)

    def is_at(self, path: str) -> bool:
        """Whether a path is one of it, by whatever links it leads to the directory."""
        directory, name = os.path.split(os.path.normpath(path))
        if name != self.name or not self.folder.exists:
            return os.path.normpath(path) == self.path
        try:
            return os.path.samestat(os.stat(directory), os.fstat(self.folder.fd))
        except OSError:
            return False

    def sibling(self, name: str) -> "FileSlot":
        """Another name in the same directory."""
        return FileSlot(self.folder, name, self.option)

    def look(self) -> t.Optional[os.stat_result]:
        """The file that is there, None for nothing; KeysmithError for anything but a regular file."""
        self._seen = None
        if not self.folder.exists:
            return None
        with reporting_errors(self.option, self.path, "look at"):
            try:
                info = os.stat(self.name, dir_fd=self.folder.fd, follow_symlinks=False)
            except FileNotFoundError:
                return None
        regular_file.check(self.option, self.path, info)
        self._seen = (info.st_dev, info.st_ino)
        return info

    def replaced(self, inode: t.Optional[t.Tuple[int, int]]) -> None:
        """Another file has the name now, by our own doing: this one, where its device and inode are known."""
        self._seen = inode

    def _check(self, fd: int) -> None:
        """Refuse another file than the one that was looked at.

        Whoever owns the directory could put a second name of somebody else's file there in between, and have root
        read it or give it away.
        """
        info = os.fstat(fd)
        if not stat.S_ISREG(info.st_mode):
            raise KeysmithError("%s: %s is not a regular file." % (self.option, self.path))
        if self._seen and self._seen != (info.st_dev, info.st_ino):
            raise Replaced("%s: %s was replaced while it was read; run again." % (self.option, self.path))

    def read(self, limit: int, also: t.Optional[Seen] = None) -> bytes:
        """The content; KeysmithError where it is longer than ``limit`` octets. ``also`` sees both while it is open."""
        with reporting_errors(self.option, self.path, "read"), self.opened() as fd:
            content = bounded_read.read(fd, limit + 1)
            if also:
                also(fd, content)
        if len(content) > limit:
            raise KeysmithError("%s: %s is larger than %d bytes." % (self.option, self.path, limit))
        return content

    def stage(self, content: bytes, attributes: Attributes, name: str = "", prove: t.Optional[Seen] = None) -> "Staged":
        """Write a new content beside the file, whole and durable, with its attributes; nothing is replaced yet.

        It is read back: a disk that lies is found out before anything is replaced. ``prove`` sees it then, too.
        """
        temporary = name or temporary_name(self.name)
        with reporting_errors(self.option, self.path, "write"):
            fd = os.open(temporary, _NEW, _BORN, dir_fd=self.folder.fd)
            try:
                try:
                    mode = attributes.mode if attributes.mode >= 0 else _BORN
                    with of_new_file():
                        set_owner_and_mode(fd, mode, attributes.owner, attributes.group)
                    set_context(fd, attributes.context)
                    _write_all(fd, content)
                    os.fsync(fd)
                    inode = os.fstat(fd)
                finally:
                    os.close(fd)
            except BaseException:  # An interrupt, too: nothing is left behind, and it goes on its way.
                self._unlink(temporary)
                raise
        staged = Staged(self, temporary, (inode.st_dev, inode.st_ino))
        try:
            if staged.read(len(content) + 1, prove) != content:
                raise KeysmithError("%s: %s does not hold what was written; check the disk." % (self.option, self.path))
        except BaseException:  # An interrupt, too: nothing is left behind, and it goes on its way.
            staged.drop()
            raise
        return staged

    def mend(self, attributes: Attributes) -> None:
        """Give the file that is there its attributes, durably."""
        with reporting_errors(self.option, self.path, "change the mode or owner of"), self.opened() as fd:
            set_owner_and_mode(fd, attributes.mode, attributes.owner, attributes.group)
            set_context(fd, attributes.context)
            os.fsync(fd)

    @contextlib.contextmanager
    def opened(self) -> t.Iterator[int]:
        """A descriptor of the file that is there, for what is done to a file as it is."""
        fd = os.open(self.name, READ, dir_fd=self.folder.fd)
        try:
            self._check(fd)
            yield fd
        finally:
            os.close(fd)

    def rename(self, name: str) -> None:
        """Give the file another name in its directory."""
        with reporting_errors(self.option, self.path, "rename"):
            os.rename(self.name, name, src_dir_fd=self.folder.fd, dst_dir_fd=self.folder.fd)
            self.folder.renamed(self.name, name)
            self.folder.sync()

    def link(self, name: str) -> None:
        """Give the file a second name in its directory: the same file, no copy."""
        with reporting_errors(self.option, self.path, "back up"):
            os.link(self.name, name, src_dir_fd=self.folder.fd, dst_dir_fd=self.folder.fd, follow_symlinks=False)
            self.folder.renamed(come=name)
            self.folder.sync()

    def remove(self) -> None:
        """Take the file away, durably."""
        with reporting_errors(self.option, self.path, "remove"):
            os.unlink(self.name, dir_fd=self.folder.fd)
            self.folder.renamed(self.name)
            self.folder.sync()

    def clear(self) -> None:
        """Take away what an interrupted run left; another key pair of this run, whose it is too, may have done it."""
        self.folder.renamed(self.name)
        with reporting_errors(self.option, self.path, "remove"), contextlib.suppress(FileNotFoundError):
            os.unlink(self.name, dir_fd=self.folder.fd)
            self.folder.sync()

    def _unlink(self, name: str) -> None:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=self.folder.fd)
            self.folder.renamed(name)


class Staged:
    """A content that is whole and durable beside its place, waiting for its rename."""

    def __init__(self, place: FileSlot, temporary: str, inode: t.Optional[t.Tuple[int, int]] = None) -> None:
        self.place = place
        self.temporary = temporary
        #: Device and inode of the file, where the place is to be taken for this one alone from its rename on.
        self._inode = inode
        #: Whether it has its place. It can have, though its directory could not be synced and commit() failed.
        self.renamed = False

    def read(self, limit: int, also: t.Optional[Seen] = None) -> bytes:
        """What is on the disk now."""
        try:
            return self.place.sibling(self.temporary).read(limit, also)
        except KeysmithError as error:
            # A temporary name means nothing to a user.
            raise KeysmithError(str(error).replace(self.temporary, self.place.name)) from None

    def commit(self, durable: bool = True) -> None:
        """One rename: whoever opens the place sees the old content or the new one.

        Durable on return, unless the caller says that it syncs the directory itself, after more of its files.
        """
        place = self.place
        with reporting_errors(place.option, place.path, "replace"):
            os.rename(self.temporary, place.name, src_dir_fd=place.folder.fd, dst_dir_fd=place.folder.fd)
            self.renamed = True
            place.folder.renamed(self.temporary, place.name)
            place.replaced(self._inode)
            if durable:
                place.folder.sync()

    def commit_or_drop(self) -> None:
        """The same, for a content that is no part of a set: where it cannot have its place, nothing is left of it."""
        try:
            self.commit()
        except BaseException:  # An interrupt, too: nothing is left behind, and it goes on its way.
            self.drop()
            raise

    def drop(self) -> None:
        """Forget it; where it was renamed already this does nothing."""
        self.place._unlink(self.temporary)


def _write_all(fd: int, content: bytes) -> None:
    """os.write may write less than it is given: a full disk, a limit, a signal."""
    view = memoryview(content)
    while view:
        view = view[os.write(fd, view) :]
