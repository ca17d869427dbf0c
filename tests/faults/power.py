# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts the power: of what a module had written, only what it had synced is sure to be on the disk.

A run is followed call by call and the disk is looked at after each. From that it is known what each file held when it
was last synced, and which names each directory had had since it was last synced. A power cut may leave any of those
sets of names, directory by directory, and the synced contents: a file that was never synced is empty. Each distinct
disk that can be left is built and judged like one that a kill has left.
"""

from __future__ import annotations

import itertools
import os
import stat
import typing as t

import cases
from cases import Case
from judge import LEFTOVER
from kills import Judge
from module import run
from place import Item, Place, draw, picture
from tracer import Call

#: A file or directory for as long as it lives: inode numbers are used again.
_Identity = t.Tuple[int, int, int]
_Names = t.Dict[str, _Identity]


class _Disk:
    """What is on the disk, and what is sure to be."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.lives: t.Dict[t.Tuple[int, int], int] = {}
        self.now: t.Dict[str, _Identity] = {}
        self.contents: t.Dict[_Identity, Item] = {}
        self.synced: t.Dict[_Identity, Item] = {}
        #: By directory, the names in it at the last sync and after each call since.
        self.names: t.Dict[_Identity, t.List[_Names]] = {}
        self.look()
        self.synced = dict(self.contents)

    def look(self) -> None:
        """Take in what is on the disk now."""
        listed = [item for root in self.place.roots for item in ((root, _root(root)), *picture(root))]
        present = {(item.info.st_dev, item.info.st_ino) for _path, item in listed}
        for inode in list(self.lives):
            if inode not in present:
                self.lives[inode] = -self.lives[inode] - 1 if self.lives[inode] >= 0 else self.lives[inode]
        self.now = {path: self._identity(item) for path, item in listed}
        names: t.Dict[_Identity, _Names] = {}
        for path, item in listed:
            self.contents[self.now[path]] = item
            if stat.S_ISDIR(item.info.st_mode):
                names.setdefault(self.now[path], {})
            if path not in self.place.roots:
                names[self.now[os.path.dirname(path)]][os.path.basename(path)] = self.now[path]
        for directory, entries in names.items():
            history = self.names.setdefault(directory, [{}] if self.synced else [entries])
            if history[-1] != entries:
                history.append(entries)

    def _identity(self, item: Item) -> _Identity:
        inode = (item.info.st_dev, item.info.st_ino)
        life = self.lives.get(inode, 0)
        # A number that had vanished is another file's now.
        self.lives[inode] = life if life >= 0 else -life
        return (*inode, self.lives[inode])

    def made(self, call: Call) -> None:
        """Take in a call that was made."""
        self.look()
        if call.name in ("fsync", "fdatasync") and call.path in self.now:
            identity = self.now[call.path]
            self.synced[identity] = self.contents[identity]
            if identity in self.names:
                self.names[identity] = self.names[identity][-1:]

    def possible(self) -> t.Iterator[t.Tuple[str, t.List[t.Tuple[str, Item]]]]:
        """All that a power cut could leave now: a key that is the same for the same disk, and what is on it."""
        uncertain = [directory for directory, history in self.names.items() if len(history) > 1]
        for chosen in itertools.product(*(self.names[directory] for directory in uncertain)):
            names = {directory: history[-1] for directory, history in self.names.items()}
            names.update(zip(uncertain, chosen))
            items = [item for root in self.place.roots for item in self._below(root, self.now[root], names)]
            yield repr([(path, item.content, item.info.st_mode, item.info.st_uid) for path, item in items]), items

    def _below(
        self, path: str, directory: _Identity, names: t.Mapping[_Identity, _Names]
    ) -> t.Iterator[t.Tuple[str, Item]]:
        for name, identity in sorted(names.get(directory, {}).items()):
            here, item = os.path.join(path, name), self.contents[identity]
            if stat.S_ISREG(item.info.st_mode):
                sure = self.synced.get(identity, item._replace(content=b"", attributes={}))
                yield here, sure._replace(life=identity[2])
            else:
                yield here, item
            if identity in self.names:
                yield from self._below(here, identity, names)


def _when_over(judged: Judge, place: Place, items: t.List[t.Tuple[str, Item]]) -> t.List[str]:
    """What a run has reported is there after a power cut. What it had dropped may be there again, for the next run."""
    place.empty()
    draw(items)
    return [what for what in judged.settled(judged.before) if not LEFTOVER.search(what)]


def _root(path: str) -> Item:
    return Item(os.lstat(path), b"", {})


def of(case: Case, place: Place, every: int, offset: int) -> t.Tuple[int, t.List[str]]:
    """Build and judge the disks that power cuts during a case can leave, or one in ``every`` of them."""
    judged = Judge(case, place, cases.build(case, place))
    disk = _Disk(place)
    left: t.Dict[str, t.Tuple[str, t.List[t.Tuple[str, Item]]]] = {}

    def after(call: Call) -> None:
        disk.made(call)
        for key, items in disk.possible():
            left.setdefault(key, (str(call), items))

    run(case.task, roots=place.roots, decide=lambda call: None, after=after)
    wrong = [
        "%s: power cut when the run was over: %s" % (case.name, what)
        for _key, items in disk.possible()
        for what in _when_over(judged, place, items)
    ]
    tried = [one for index, one in enumerate(left.values()) if (index + offset) % every == 0]
    for where, items in tried:
        place.empty()
        draw(items)
        found = judged.interrupted(case.window) + judged.after_next_run()
        wrong += ["%s: power cut after %s: %s" % (case.name, where, what) for what in found]
    return len(tried), wrong
