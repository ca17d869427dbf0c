# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make missing directories one by one, closed to others until they have their owner and mode."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import typing as t

from .._errors import KeysmithError
from . import xattrs
from .directory import Directory, Inode, open_directory, sync
from .owner_mode import check_kept, of_new_file
from .path_walk import OPEN
from .system_errors import reporting_errors

#: How a directory is born: nobody else's, with the sticky bit as the sign that it has its owner and mode yet to get.
_BORN = 0o1700
#: The mode of directories that are made above those that belong to a key.
ABOVE = 0o755


def make(folder: Directory, mode: int, owner: int, group: int, base: str = "") -> None:
    """Make the missing parts of a directory, each closed to others until it has its owner and mode (-1: 0700).

    Where ``base`` is given, this is for that directory and what is below it; what is above is ours, and anybody can
    pass. Another run may make it at the same time; then its directory is taken. One that a killed run had made but not
    finished is finished. Where a run that removes key pairs takes one away meanwhile, some may be missing still. After
    an error nothing is left that was made.
    """
    below = depth(folder.path, base)

    def attributes(remaining: int) -> t.Tuple[int, int, int]:
        return (mode, owner, group) if remaining < below else (ABOVE, -1, -1)

    with reporting_errors(folder.option, folder.path, "make"):
        parent = os.open(".", OPEN, dir_fd=folder.fd)
        try:
            if _unfinished(parent, owner):
                _finish(parent, *attributes(len(folder.missing)))
            for number, part in enumerate(folder.missing, 1):
                deeper, made = _make_one(parent, part)
                os.close(parent)
                parent, remaining = deeper, len(folder.missing) - number
                folder.made += [folder.path.rsplit("/", remaining)[0]] if made else []
                if made or _unfinished(parent, owner):
                    _finish(parent, *attributes(remaining))
        except FileNotFoundError:
            os.close(parent)
            folder.find()
            return
        except BaseException:  # An interrupt, too: nothing is left behind, and it goes on its way.
            os.close(parent)
            unmake(folder)
            raise
    folder.become(parent)
    # Where others could put directories, too, one of them may be theirs: it is judged before anything is put there.
    folder.refresh()


def unmake(folder: Directory, held: t.Container[Inode] = ()) -> None:
    """Remove the parts of a directory that this run has made, unless something or somebody uses them now.

    ``held`` are the devices and inodes of those that this run has locked; what another one has locked stays.
    """
    ignored, option = contextlib.suppress(KeysmithError, OSError), folder.option
    for path in reversed(folder.made):
        with ignored, open_directory(os.path.dirname(path), option) as parent, open_directory(path, option) as it:
            if it.inode not in held:
                fcntl.flock(it.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.rmdir(os.path.basename(path), dir_fd=parent.fd)
            parent.sync()
    folder.made = []


def is_due(folder: Directory, owner: int) -> bool:
    """Check whether a directory has to be made, or to be finished after a run that was killed."""
    return not folder.exists or _unfinished(folder.fd, owner)


def depth(path: str, base: str) -> int:
    """Return the number of directories from ``base`` down to ``path``; without a base, of all."""
    parts, above = ([part for part in one.split("/") if part not in ("", ".")] for one in (path, base))
    if base and parts[: len(above)] != above:
        return 0
    return len(parts) - len(above) + 1


def _make_one(parent: int, part: str) -> t.Tuple[int, bool]:
    """Make one directory; return its descriptor, and whether it was us who made it.

    What is not empty is not what we have made: the owner of the directory above was quicker to put another there.
    """
    made = True
    try:
        os.mkdir(part, _BORN, dir_fd=parent)
    except FileExistsError:
        made = False
    # Also where somebody else has just made it: what we put into it must not be lost with it.
    sync(parent)
    fd = os.open(part, OPEN, dir_fd=parent)
    return fd, made and not os.listdir(fd)


def _unfinished(fd: int, owner: int) -> bool:
    """Check whether a killed run has left the directory unfinished: marked, empty, and given to its owner at most."""
    info = os.fstat(fd)
    is_born = stat.S_IMODE(info.st_mode) & ~stat.S_ISGID == _BORN  # set-group-ID comes from the directory above
    return is_born and info.st_uid in (os.geteuid(), owner) and not os.listdir(fd)


def _finish(fd: int, mode: int, owner: int, group: int) -> None:
    """Give a new directory its owner and then its mode, which removes the mark."""
    mode = 0o700 if mode < 0 else mode
    xattrs.drop_lists(fd)
    with of_new_file():
        if (owner, group) != (-1, -1):
            os.fchown(fd, owner, group)
        os.fchmod(fd, mode)
        check_kept(fd, mode, owner, group)
