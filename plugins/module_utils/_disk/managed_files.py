# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that a run manages, of all its key pairs: asked often, so each question is answered from an index."""

from __future__ import annotations

import os
import typing as t

if t.TYPE_CHECKING:
    from .directory import Directory, Inode
    from .locked_directories import Identity, LockedDirectories


class ManagedFiles:
    """The paths of all files, and which of them are to be there when the run is over."""

    def __init__(self, folders: "LockedDirectories") -> None:
        self._folders = folders
        self._paths: t.Set[str] = set()
        self._staying: t.Set[str] = set()
        self._index: t.Optional[_Index] = None

    def add(self, paths: t.Iterable[str], stay: bool) -> None:
        """Those of one key pair; ``stay``: whether they are to be there."""
        self._paths.update(paths)
        self._staying.update(paths if stay else ())
        self._index = None

    @property
    def names(self) -> t.AbstractSet[str]:
        """What they are called in their directories."""
        return self._indexed().names

    def within(self, directory: str) -> t.AbstractSet[str]:
        """The names in a directory that are such files or lead to some; ``directory`` has no links in it."""
        return self._indexed().entries.get(directory.rstrip("/"), frozenset())

    def stays(self, path: str) -> bool:
        """Whether a path is that of a file that is to be there."""
        return bool(path) and self._folders.identity(path) in self._indexed().staying

    def stays_in(self, folder: "Directory") -> bool:
        """Whether such a file is in that directory, or in one below it that is not there yet."""
        return folder.exists and folder.inode in self._indexed().inodes

    def _indexed(self) -> "_Index":
        if self._index is None or self._index.generation != self._folders.generation:
            self._index = _index(self._folders, self._paths, self._staying)
        return self._index


class _Index(t.NamedTuple):
    #: Of the directories, when they were looked at: one that is made is another than the one that was missing.
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
