# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put files in place so that nobody sees a secret or half a file, at no moment and after no crash.

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
#: The mode of a new file until it gets its final one.
_BORN = 0o600
#: Called with the descriptor and the content of a file that is being read.
Seen = t.Callable[[int, bytes], None]


class Replaced(KeysmithError):
    """The name leads to another file now than the one that was inspected."""


class FileSlot:
    """A name in a directory, where a file is or will be."""

    def __init__(self, folder: Directory, name: str, option: str) -> None:
        self.folder = folder
        self.name = name
        self.option = option
        #: Device and inode of the file that was inspected, if there was one.
        self._seen: t.Optional[t.Tuple[int, int]] = None

    @property
    def path(self) -> str:
        """Return the path as the user wrote it."""
        return os.path.join(self.folder.path, self.name)

    @property
    def by_descriptor(self) -> str:
        """Return a path through the directory's descriptor, for calls that accept only paths."""
        return "/proc/self/fd/%d/%s" % (self.folder.fd, self.name)

    def is_at(self, path: str) -> bool:
        """Check whether a path names this file, through whatever links it leads to the directory."""
        directory, name = os.path.split(os.path.normpath(path))
        if name != self.name or not self.folder.exists:
            return os.path.normpath(path) == self.path
        try:
            return os.path.samestat(os.stat(directory), os.fstat(self.folder.fd))
        except OSError:
            return False

    def sibling(self, name: str) -> "FileSlot":
        """Return the slot of another name in the same directory."""
        return FileSlot(self.folder, name, self.option)

    def look(self) -> t.Optional[os.stat_result]:
        """Return the metadata of the file, None if there is none; KeysmithError for anything but a regular file."""
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
        """Note that this run has put another file there: the one with this device and inode, if they are known."""
        self._seen = inode

    def _check(self, fd: int) -> None:
        """Refuse any other file than the one that was inspected.

        Whoever owns the directory could put a second name of somebody else's file there in between, and have root
        read it or give it away.
        """
        info = os.fstat(fd)
        if not stat.S_ISREG(info.st_mode):
            raise KeysmithError("%s: %s is not a regular file." % (self.option, self.path))
        if self._seen and self._seen != (info.st_dev, info.st_ino):
            raise Replaced("%s: %s was replaced while it was read; run again." % (self.option, self.path))

    def read(self, limit: int, also: t.Optional[Seen] = None) -> bytes:
        """Read the content; KeysmithError if it is longer than ``limit`` octets. ``also`` sees the open file and the
        content.
        """
        with reporting_errors(self.option, self.path, "read"), self.opened() as fd:
            content = bounded_read.read(fd, limit + 1)
            if also:
                also(fd, content)
        if len(content) > limit:
            raise KeysmithError("%s: %s is larger than %d bytes." % (self.option, self.path, limit))
        return content

    def stage(self, content: bytes, attributes: Attributes, name: str = "", prove: t.Optional[Seen] = None) -> "Staged":
        """Write a new content beside the file, complete and durable, with its attributes; nothing is replaced yet.

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

    def set_attributes(self, attributes: Attributes) -> None:
        """Set the attributes of the existing file, durably."""
        with reporting_errors(self.option, self.path, "change the mode or owner of"), self.opened() as fd:
            set_owner_and_mode(fd, attributes.mode, attributes.owner, attributes.group)
            set_context(fd, attributes.context)
            os.fsync(fd)

    @contextlib.contextmanager
    def opened(self) -> t.Iterator[int]:
        """Open the existing file, to change the file itself."""
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
        """Give the file a second name in its directory: the same file, not a copy."""
        with reporting_errors(self.option, self.path, "back up"):
            os.link(self.name, name, src_dir_fd=self.folder.fd, dst_dir_fd=self.folder.fd, follow_symlinks=False)
            self.folder.renamed(come=name)
            self.folder.sync()

    def remove(self) -> None:
        """Remove the file durably."""
        with reporting_errors(self.option, self.path, "remove"):
            os.unlink(self.name, dir_fd=self.folder.fd)
            self.folder.renamed(self.name)
            self.folder.sync()

    def clear(self) -> None:
        """Remove what an interrupted run left; another key pair of this run may have removed it already."""
        self.folder.renamed(self.name)
        with reporting_errors(self.option, self.path, "remove"), contextlib.suppress(FileNotFoundError):
            os.unlink(self.name, dir_fd=self.folder.fd)
            self.folder.sync()

    def _unlink(self, name: str) -> None:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=self.folder.fd)
            self.folder.renamed(name)


class Staged:
    """A complete and durable content beside its place, waiting for its rename."""

    def __init__(self, place: FileSlot, temporary: str, inode: t.Optional[t.Tuple[int, int]] = None) -> None:
        self.place = place
        self.temporary = temporary
        #: Device and inode of the file, if the slot accepts only this file after its rename.
        self._inode = inode
        #: Whether it has its place. It can have, though its directory could not be synced and commit() failed.
        self.renamed = False

    def read(self, limit: int, also: t.Optional[Seen] = None) -> bytes:
        """Read what is on the disk now."""
        try:
            return self.place.sibling(self.temporary).read(limit, also)
        except KeysmithError as error:
            # A temporary name means nothing to a user.
            raise KeysmithError(str(error).replace(self.temporary, self.place.name)) from None

    def commit(self, durable: bool = True) -> None:
        """Rename the content into place: whoever opens the file gets the old content or the new one.

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
        """Commit a content that stands alone, and remove it if that fails."""
        try:
            self.commit()
        except BaseException:  # An interrupt, too: nothing is left behind, and it goes on its way.
            self.drop()
            raise

    def drop(self) -> None:
        """Remove the staged content; does nothing after the rename."""
        self.place._unlink(self.temporary)


def _write_all(fd: int, content: bytes) -> None:
    """Write all octets: os.write may write fewer after a signal, at a limit or on a full disk."""
    view = memoryview(content)
    while view:
        view = view[os.write(fd, view) :]
