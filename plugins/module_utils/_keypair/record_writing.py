# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leave the record of a key pair after which there is nothing to do (see ``_keypair/record``).

Only those who could replace the key can write one that is believed. Root's is an attribute of the private key in the
``trusted`` namespace, which nobody else can set. Where there is none, and for other users, it is a file beside the key
that is ours alone, and knows when the directory and the files were last changed: what a former owner planted before
they were given to us does not know that time. A copy counts for nothing: a record is for one inode at one path.
"""

from __future__ import annotations

import contextlib
import os
import stat
import typing as t
import zlib

from .._disk.files import FileSlot
from .._errors import KeysmithError
from . import record

#: ext4 with blocks of 1 KiB keeps 968 octets for all attributes of a file, those of SELinux and lists among them.
MOST = 900
#: With blocks of 4 KiB, it keeps 4040. A record needs more than the above where it holds the public key itself.
_MOST_WITH_KEY = 3800
_LONGEST_PATHS = 450
#: How a file with a record begins, room for one included.
_BEGINNINGS = (b"", record.SLOW, record.QUICK)
_SAFELY = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Bound(t.NamedTuple):
    """What the record of a key pair is bound to besides its files."""

    asked: record.Asked
    context: record.Context
    #: What names and paths meant before the options were read.
    meanings: t.List[t.List[t.Any]]
    #: Other files on which the result depends.
    others: t.Tuple[str, ...] = ()
    #: The private keys of the same service that have records of their own.
    more: t.Tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "<what was asked for>"


class Writer:
    """Leaves one record: what is recorded was there before everything was looked at, and after.

    The directory is held by the run, and fit for secrets. Where no record can be left, nothing is, and no harm done.
    """

    def __init__(self, bound: Bound, place: FileSlot, paths: t.Sequence[str], has_certificate: bool = False) -> None:
        self._bound, self._place = bound, place
        #: As they are in a record.
        self._paths = [*paths, *bound.others]
        is_short = paths[1] and paths[2] and sum(map(len, self._paths)) <= _LONGEST_PATHS
        self._room = MOST if is_short and not has_certificate else _MOST_WITH_KEY
        self._is_file = False
        self._before: t.Optional[t.Tuple[bytes, t.List[t.Any]]] = None

    def make_room(self) -> None:
        """Remove an earlier record and make room for the new one. This comes first, as it changes the directory."""
        with contextlib.suppress(OSError, ValueError, KeysmithError):
            self._is_file = not self._put_attribute(bytes(self._room))
            if self._is_file:
                self._put_file(b"")

    def begin(self) -> None:
        """Read the present state."""
        self._before = None
        with contextlib.suppress(OSError, ValueError, KeysmithError):
            self._before = self._seen()

    def end(self, rest: t.Optional[str], is_guessable: bool) -> None:
        """Write the record if the state is unchanged. ``rest`` is JSON to store with it, None for nothing.

        ``is_guessable``: there may be a secret among what is seen that can be guessed.
        """
        with contextlib.suppress(OSError, ValueError, KeysmithError):
            if rest is not None and self._before is not None and self._seen() == self._before:
                octets = self._octets(rest, is_guessable, self._before[0])
                if self._is_file:
                    self._put_file(octets)
                    return
                if len(octets) <= self._room and self._put_attribute(octets):
                    return
        with contextlib.suppress(OSError, ValueError, KeysmithError):
            self._remove()

    def _octets(self, rest: str, is_guessable: bool, seen: bytes) -> bytes:
        lines = ["\0".join(self._paths), "\0".join(self._bound.more), rest]
        payload = zlib.compress("\n".join(lines).encode("utf-8", "surrogateescape"), 9)
        manner, salt = record.SLOW if is_guessable else record.QUICK, os.urandom(record.SALT)
        return manner + salt + record.digest(manner, salt, payload, seen) + payload

    def _seen(self) -> t.Tuple[bytes, t.List[t.Any]]:
        """Read what is recorded, and check that the directory's owner exchanged nothing in between."""
        if record.meanings(self._bound.asked) != self._bound.meanings:
            raise record.Doubt
        files = [path for path in self._paths if path]
        seen = record.look(self._bound.asked, self._paths, self._bound.context, self._is_file, True)
        moments = [_moment(path, False) for path in record.folders(files)]
        return seen, moments + [_moment(path, True) for path in files]

    def _put_attribute(self, octets: bytes) -> bool:
        """Store the record in an attribute of the private key; False if the file system does not support that."""
        if os.geteuid() != 0:
            return False
        with self._place.opened() as fd:
            try:
                os.setxattr(fd, record.ATTRIBUTE, octets)
            except OSError:
                return False
        clear(self._place)
        return True

    def _put_file(self, octets: bytes) -> None:
        """Write into the existing file beside the key, so that its directory stays as it was seen."""
        there = file_of(self._place)
        if there and not _is_ours(there.look()):
            # Of an earlier run as another user: it is not written into.
            there.clear()
        name, folder = record.name_of(self._place.name), self._place.folder
        fd = os.open(name, os.O_RDWR | os.O_CREAT | _SAFELY, 0o600, dir_fd=folder.fd)
        try:
            if not _is_ours(os.fstat(fd)) or os.pread(fd, 1, 0) not in _BEGINNINGS:
                raise record.Doubt
            os.ftruncate(fd, 0)
            os.pwrite(fd, octets, 0)
        finally:
            os.close(fd)

    def _remove(self) -> None:
        """Remove the record of an earlier run, and the room for a new one."""
        if self._is_file:
            clear(self._place)
            return
        with self._place.opened() as fd:
            os.removexattr(fd, record.ATTRIBUTE)


def _moment(path: str, is_file: bool) -> t.List[int]:
    """Return the inode and its last change, where users other than root and we could change it."""
    try:
        info = os.lstat(path)
    except FileNotFoundError:
        return []
    since = info.st_ctime_ns if is_file or info.st_uid not in (0, os.geteuid()) else 0
    return [info.st_dev, info.st_ino, since]


def _is_ours(info: t.Optional[os.stat_result]) -> bool:
    """Check for a file that we write: any other file of ours could be given a second name there."""
    if info is None or not stat.S_ISREG(info.st_mode) or info.st_nlink != 1:
        return False
    return info.st_uid == os.geteuid() and not info.st_mode & 0o077


def file_of(place: FileSlot) -> t.Optional[FileSlot]:
    """Return the file that holds the record of a private key, whoever wrote it; None if there is none."""
    beside = place.sibling(record.name_of(place.name))
    with contextlib.suppress(KeysmithError):
        info = beside.look()
        if info and info.st_nlink == 1 and beside.read(record.LARGEST)[:1] in _BEGINNINGS:
            return beside
    return None


def clear(place: FileSlot) -> None:
    """Remove that file."""
    beside = file_of(place)
    if beside:
        beside.clear()
