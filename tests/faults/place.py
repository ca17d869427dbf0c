# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory to try things in, and a picture of it to go back to any number of times."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import typing as t


class Place:
    """Two directories: one below /tmp, one on another file system; both are emptied at the end."""

    def __init__(self) -> None:
        self.root = tempfile.mkdtemp(prefix="keysmith-faults-")
        self.other = tempfile.mkdtemp(prefix="keysmith-faults-", dir="/dev/shm")
        self._picture: t.List[t.Tuple[str, t.Any]] = []
        for path in self.roots:
            os.chmod(path, 0o755)

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_exception: t.Any) -> None:
        for path in self.roots:
            shutil.rmtree(path, ignore_errors=True)

    @property
    def roots(self) -> t.Tuple[str, str]:
        return (self.root, self.other)

    def empty(self) -> None:
        """Away with all that is in them."""
        for top in self.roots:
            for name in os.listdir(top):
                path = os.path.join(top, name)
                if os.path.isdir(path) and not os.path.islink(path):
                    shutil.rmtree(path)
                else:
                    os.unlink(path)

    def keep(self) -> None:
        """Remember all that is in them."""
        self._picture = picture(self.root) + picture(self.other)

    def restore(self) -> None:
        """Make it again what it was when it was kept."""
        self.empty()
        draw(self._picture)


class Item(t.NamedTuple):
    """What is at a path."""

    info: os.stat_result
    content: bytes
    attributes: t.Dict[str, bytes]
    #: Tells files apart that had the same inode number one after the other.
    life: int = 0


def picture(root: str) -> t.List[t.Tuple[str, Item]]:
    """All that is below the root, its directories before what is in them."""
    found = []
    for directory, folders, files in os.walk(root):
        if directory != root:
            found.append((directory, _item(directory)))
        links = [name for name in folders if os.path.islink(os.path.join(directory, name))]
        for name in files + links:
            path = os.path.join(directory, name)
            found.append((path, _item(path)))
    return found


def _item(path: str) -> Item:
    info, content, attributes = os.lstat(path), b"", {}
    if stat.S_ISLNK(info.st_mode):
        return Item(info, os.fsencode(os.readlink(path)), attributes)
    if stat.S_ISREG(info.st_mode):
        with open(path, "rb") as file:
            content = file.read()
    attributes = {name: os.getxattr(path, name) for name in os.listxattr(path) if "keysmith" in name}
    return Item(info, content, attributes)


def draw(items: t.Iterable[t.Tuple[str, Item]]) -> None:
    """Put everything where it was, second names and extended attributes too."""
    names: t.Dict[t.Tuple[int, int, int], str] = {}
    for path, (info, content, attributes, life) in items:
        if stat.S_ISLNK(info.st_mode):
            os.symlink(content, path)
            continue
        inode = (info.st_dev, info.st_ino, life)
        if inode in names:
            os.link(names[inode], path)
            continue
        if stat.S_ISDIR(info.st_mode):
            os.mkdir(path)
        else:
            names[inode] = path
            with open(path, "wb") as file:
                file.write(content)
        for name, value in attributes.items():
            os.setxattr(path, name, value)
        os.chown(path, info.st_uid, info.st_gid)
        os.chmod(path, stat.S_IMODE(info.st_mode))
