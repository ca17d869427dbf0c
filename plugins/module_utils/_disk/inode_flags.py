# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inode flags of a file, which chattr(1) calls attributes: read, compared and set through its descriptor.

An immutable or append-only file can be neither replaced nor removed nor given another mode, not even by root. So its
flags are set after everything else, and taken away before everything else where that is wanted.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import typing as t

from .._errors import KeysmithError
from .files import FileSlot
from .system_errors import reporting_errors

#: linux/fs.h; the letters are those of chattr. Only what a file can be given: the rest tells what the kernel has done.
FLAGS: t.Dict[str, int] = {
    "s": 0x00000001,
    "u": 0x00000002,
    "c": 0x00000004,
    "S": 0x00000008,
    "i": 0x00000010,
    "a": 0x00000020,
    "d": 0x00000040,
    "A": 0x00000080,
    "m": 0x00000400,
    "j": 0x00004000,
    "t": 0x00008000,
    "e": 0x00080000,
    "C": 0x00800000,
    "x": 0x02000000,
}
_KNOWN = sum(FLAGS.values())
#: The flags that keep everybody from replacing or removing a file.
BARS = FLAGS["i"] | FLAGS["a"]
#: Kept by ``=`` unless it is named: removing it would convert the file, which nobody intends.
_EXTENTS = FLAGS["e"]
_CAP_LINUX_IMMUTABLE = 9
_UNSUPPORTED = (errno.ENOTTY, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)

# asm/ioctl.h: the direction is in other bits on these machines.
_READS, _WRITES = (
    (0x40000000, 0x80000000)
    if os.uname().machine.startswith(("ppc", "mips", "sparc", "alpha"))
    else (0x80000000, 0x40000000)
)
_LONG = struct.calcsize("l")
_GET = _READS | _LONG << 16 | ord("f") << 8 | 1
_SET = _WRITES | _LONG << 16 | ord("f") << 8 | 2


class Plan(t.NamedTuple):
    """The present and the planned flags of a file; ``before`` is None for a file that does not exist yet."""

    notation: str
    before: t.Optional[int]
    after: int

    @property
    def changes(self) -> bool:
        """Check whether the flags of an existing file change."""
        return self.before not in (None, self.after)


def parse(notation: str) -> t.Tuple[str, int]:
    """Operator and flags of ``+i``, ``-A``, ``=ai`` or ``ai``, which means the same as ``=ai``; KeysmithError else."""
    operator, letters = (notation[0], notation[1:]) if notation[:1] in ("+", "-", "=") else ("=", notation)
    if not letters.strip("-") and operator != "=":
        raise KeysmithError("attributes: give letters of chattr after %s, such as +i." % operator)
    flags = 0
    # lsattr shows a hyphen for a flag that is not set.
    for letter in letters.replace("-", ""):
        if letter not in FLAGS:
            raise KeysmithError(
                "attributes: give +, - or = and letters of chattr that a file can have, such as +i; the letters are %s."
                % ", ".join(sorted(FLAGS, key=str.lower))
            )
        flags |= FLAGS[letter]
    return operator, flags


def applied(notation: str, flags: int) -> int:
    """Return the flags of a file after the notation has been applied to them."""
    operator, given = parse(notation)
    if operator == "+":
        return flags | given
    if operator == "-":
        return flags & ~given
    return flags & ~(_KNOWN - _EXTENTS) | given


def letters(flags: int) -> str:
    """Return the letters of those flags that have one."""
    return "".join(letter for letter, flag in FLAGS.items() if flags & flag)


def plan(place: FileSlot, exists: bool, notation: str, is_touched: bool) -> Plan:
    """Plan the change of flags; KeysmithError if it is impossible, before anything is changed.

    ``is_touched``: whether the file is to be replaced, removed or given another mode.
    """
    with reporting_errors("attributes", place.path, "read the attributes of"):
        before = _flags_of(place, exists)
    it = Plan(notation, before if exists else None, applied(notation, before if exists else 0))
    if exists and is_touched and before & BARS & it.after:
        raise KeysmithError(
            "attributes: %s is %s (chattr +%s), so it cannot be changed or removed; to allow that, set attributes: -%s."
            % (place.path, _name(before), letters(before & BARS & it.after), letters(before & BARS))
        )
    if (it.after ^ (before if exists else 0)) & BARS and not _may_bar():
        raise KeysmithError(
            "attributes: only root, with the capability CAP_LINUX_IMMUTABLE, can set or clear i and a; use become."
        )
    return it


def bars_of(fd: int) -> str:
    """Describe the flags that keep everybody from changing an open file or directory; empty if there are none."""
    try:
        flags = _get(fd) & BARS
    except OSError:
        return ""
    return "%s (chattr +%s)" % (_name(flags), letters(flags)) if flags else ""


def clear_immutable(place: FileSlot, it: Plan) -> None:
    """Remove the flags that prevent a change of the file, if the user asked for their removal."""
    if it.before is not None and it.before & BARS and not it.before & BARS & it.after:
        _put(place, it.before & ~BARS)


def set_flags(place: FileSlot, it: Plan) -> None:
    """Set the flags of the file, as its last change. Flags that the user did not mention are kept."""
    with reporting_errors("attributes", place.path, "read the attributes of"):
        now = _flags_of(place, True)
    wanted = applied(it.notation, now) if it.before is None else it.after
    if (wanted ^ now) & _KNOWN:
        _put(place, now & ~_KNOWN | wanted & _KNOWN)


def _put(place: FileSlot, flags: int) -> None:
    with reporting_errors("attributes", place.path, "change the attributes of"), place.opened() as fd:
        fcntl.ioctl(fd, _SET, struct.pack("=I", flags) + bytes(_LONG - 4))
        os.fsync(fd)
        lost = (_get(fd) ^ flags) & _KNOWN
    if lost:
        raise KeysmithError(
            "attributes: the file system of %s does not support %s; leave it out." % (place.path, letters(lost))
        )


def _flags_of(place: FileSlot, exists: bool) -> int:
    """Return the flags of the file; if it is missing, those of its directory, to see whether they are supported."""
    try:
        if exists:
            with place.opened() as fd:
                return _get(fd)
        fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=place.folder.fd)
        try:
            return _get(fd)
        finally:
            os.close(fd)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        raise KeysmithError(
            "attributes: the file system of %s does not support attributes; leave the option out." % place.path
        ) from None


def _get(fd: int) -> int:
    # The kernel writes an int where the number of the call says long.
    return int(struct.unpack("=I", fcntl.ioctl(fd, _GET, bytes(_LONG))[:4])[0])


def _may_bar() -> bool:
    """Check whether the kernel lets us set these flags; if that cannot be known, the kernel reports it later."""
    try:
        with open("/proc/self/status", "rb") as file:
            effective = next((line.split()[1] for line in file if line.startswith(b"CapEff:")), b"0")
    except OSError:
        return True
    return bool(int(effective, 16) >> _CAP_LINUX_IMMUTABLE & 1)


def _name(flags: int) -> str:
    return "immutable" if flags & FLAGS["i"] else "append-only"
