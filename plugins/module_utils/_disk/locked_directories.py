# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directories of one run, and the locks on them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import typing as t

from .._errors import KeysmithError
from .directory import Folder, open_folder

#: Device and inode of a directory, and a name in it.
Identity = t.Tuple[int, int, str]


class Folders:
    """The directories of one run: each opened once, each inode locked once."""

    def __init__(self) -> None:
        #: The files of all key pairs of the run; and of those that are to be there.
        self.files: t.Set[str] = set()
        self.kept: t.Set[str] = set()
        self._folders: t.Dict[str, Folder] = {}
        self._locked: t.Set[t.Tuple[int, int]] = set()

    def __enter__(self) -> "Folders":
        return self

    def __exit__(self, *_exception: t.Any) -> None:
        for folder in self._folders.values():
            folder.close()

    def get(self, path: str, option: str) -> Folder:
        """The directory of that path, walked to on first use; ``option`` is named in messages about it."""
        if path not in self._folders:
            self._folders[path] = open_folder(path, option)
        return self._folders[path]

    @property
    def descriptors(self) -> t.List[int]:
        """Those that are open, and hold the locks."""
        return [folder.fd for folder in self._folders.values() if folder.fd >= 0]

    @property
    def held(self) -> t.Container[t.Tuple[int, int]]:
        """Device and inode of those that are locked."""
        return self._locked

    def in_order(self, paths: t.Iterable[str]) -> t.List[str]:
        """Those that exist, by their inodes: the order in which every run locks them."""
        return sorted((path for path in paths if self._folders[path].exists), key=self._inode)

    def lock(self, path: str, timeout: float) -> bool:
        """Hold one directory for the rest of the run; False where the path leads elsewhere by now.

        Another run, for which this one has waited, may have removed the directory; then it is walked to anew.
        """
        inode = self._inode(path)
        if inode in self._locked:
            return True
        folder = self._folders[path]
        folder.lock(timeout)
        again = open_folder(path, folder.option)
        if again.exists and os.path.samestat(os.fstat(again.fd), os.fstat(folder.fd)):
            again.close()
            self._locked.add(inode)
            return True
        folder.close()
        self._folders[path] = again
        return False

    def appeared(self, path: str) -> bool:
        """Whether a directory that was missing has been made by another run meanwhile; then it is walked to anew."""
        folder = self._folders[path]
        if folder.exists:
            return False
        try:
            again = open_folder(path, folder.option)
        except KeysmithError:
            # The look that follows says so, for those key pairs that it concerns.
            return False
        folder.close()
        self._folders[path] = again
        return again.exists

    def unlock(self) -> None:
        """Let go of all of them."""
        for folder in self._folders.values():
            # Those that were never locked include some that can't be.
            with contextlib.suppress(OSError):
                fcntl.flock(folder.fd, fcntl.LOCK_UN)
        self._locked.clear()

    def identity(self, path: str) -> Identity:
        """The same for every path that leads to the same file, whether it is there or not."""
        directory, name = os.path.split(path)
        return (*self._inode(directory), "/".join((*self._folders[directory].missing, name)))

    def keeps(self, path: str) -> bool:
        """Whether a path is a file's of a key pair that is to be there."""
        return bool(path) and self.identity(path) in {self.identity(one) for one in self.kept}

    def keeps_in(self, folder: Folder) -> bool:
        """Whether such a file is in that directory, or in one below it that is not there yet."""
        here = os.fstat(folder.fd)
        above = {self._inode(os.path.dirname(one)) for one in self.kept}
        return folder.exists and (here.st_dev, here.st_ino) in above

    def _inode(self, path: str) -> t.Tuple[int, int]:
        info = os.fstat(self._folders[path].fd)
        return info.st_dev, info.st_ino
