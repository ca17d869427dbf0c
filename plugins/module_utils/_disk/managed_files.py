# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An index of the files that a run manages, for all its key pairs."""

from __future__ import annotations

import os
import typing as t

if t.TYPE_CHECKING:
    from .directory import Directory, Inode
    from .locked_directories import Identity, LockedDirectories


class ManagedFiles:
    """The paths of all managed files, and which of them exist after the run."""

    def __init__(self, folders: "LockedDirectories") -> None:
        self._folders = folders
        self._paths: t.Set[str] = set()
        self._staying: t.Set[str] = set()
        self._index: t.Optional[_Index] = None

    def add(self, paths: t.Iterable[str], stay: bool) -> None:
        """Add the files of one key pair; ``stay``: whether they exist after the run."""
        self._paths.update(paths)
        self._staying.update(paths if stay else ())
        self._index = None

    @property
    def names(self) -> t.AbstractSet[str]:
        """Return their names in their directories."""
        return self._indexed().names

    def within(self, directory: str) -> t.AbstractSet[str]:
        """Return the names in a directory that are managed files or lead to some; ``directory`` has no links in it."""
        return self._indexed().entries.get(directory.rstrip("/"), frozenset())

    def stays(self, path: str) -> bool:
        """Check whether a path is that of a file that exists after the run."""
        return bool(path) and self._folders.identity(path) in self._indexed().staying

    def stays_in(self, folder: "Directory") -> bool:
        """Check whether a file that stays is in that directory, or in a directory below it that does not exist yet."""
        return folder.exists and folder.inode in self._indexed().inodes

    def _indexed(self) -> "_Index":
        if self._index is None or self._index.generation != self._folders.generation:
            self._index = _index(self._folders, self._paths, self._staying)
        return self._index


class _Index(t.NamedTuple):
    #: The generation of the directories at the last look: a new directory differs from the missing one.
    generation: int
    names: t.FrozenSet[str]
    #: By the paths of directories, without links, what is in them.
    entries: t.Dict[str, t.Set[str]]
    staying: t.Set["Identity"]
    inodes: t.Set["Inode"]


def _index(folders: "LockedDirectories", paths: t.Iterable[str], staying: t.Iterable[str]) -> _Index:
    entries: t.Dict[str, t.Set[str]] = {}
    for path in paths:
        directory, name = os.path.split(path)
        above = folders.real_path(directory)
        while name and name not in entries.setdefault(above, set()):
            entries[above].add(name)
            above, _slash, name = above.rpartition("/")
    identities = {folders.identity(path) for path in staying}
    return _Index(
        folders.generation,
        frozenset(map(os.path.basename, paths)),
        entries,
        identities,
        {(device, inode) for device, inode, _name in identities},
    )
