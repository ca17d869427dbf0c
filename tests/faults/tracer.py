# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a child and stands between it and the kernel: every call that touches a file can be counted, killed at, or
answered with an error.

A seccomp filter in the child stops it at the calls of the table below and nowhere else, so a traced run costs little
more than an untraced one. The rest is ptrace(2), by ctypes: nothing has to be installed.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import signal
import struct
import typing as t

# x86_64 numbers of the calls that change a file system, or look at it.
CHANGING = {
    "open": 2, "creat": 85, "openat": 257, "write": 1, "pwrite64": 18, "writev": 20, "truncate": 76, "ftruncate": 77,
    "rename": 82, "renameat": 264, "renameat2": 316, "link": 86, "linkat": 265, "unlink": 87, "unlinkat": 263,
    "mkdir": 83, "mkdirat": 258, "rmdir": 84, "symlink": 88, "symlinkat": 266, "chmod": 90, "fchmod": 91,
    "fchmodat": 268, "chown": 92, "fchown": 93, "lchown": 94, "fchownat": 260, "fsync": 74, "fdatasync": 75,
    "setxattr": 188, "fsetxattr": 190, "utimensat": 280, "ioctl": 16,
}  # fmt: skip
READING = {
    "read": 0, "stat": 4, "fstat": 5, "lstat": 6, "newfstatat": 262, "readlinkat": 267, "getdents64": 217,
    "getxattr": 191, "fgetxattr": 193, "flock": 73, "statx": 332,
}  # fmt: skip
NAMES = {number: name for table in (CHANGING, READING) for name, number in table.items()}
_BY_FD = {"write", "pwrite64", "writev", "ftruncate", "fchmod", "fchown", "fsync", "fdatasync", "fsetxattr", "read",
          "fstat", "getdents64", "fgetxattr", "flock", "ioctl"}  # fmt: skip
_BY_DIRECTORY = {"openat": (0, 1), "unlinkat": (0, 1), "mkdirat": (0, 1), "fchmodat": (0, 1), "fchownat": (0, 1),
                 "newfstatat": (0, 1), "readlinkat": (0, 1), "symlinkat": (1, 2), "renameat": (2, 3),
                 "renameat2": (2, 3), "linkat": (2, 3), "utimensat": (0, 1), "statx": (0, 1)}  # fmt: skip
_AT_FDCWD = 0xFFFFFF9C
#: The one ioctl that changes a file: FS_IOC_SETFLAGS, by which chattr sets attributes.
_SETFLAGS = 0x40086602
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

_TRACEME, _CONT, _SYSCALL, _GETREGS, _SETREGS, _SETOPTIONS = 0, 7, 24, 12, 13, 0x4200
#: SYSGOOD, FORK, VFORK, CLONE, SECCOMP, EXITKILL
_OPTIONS = 1 | 2 | 4 | 8 | 0x80 | 0x100000
_EVENT_SECCOMP = 7
_WALL = 0x40000000


class _Registers(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_ulonglong)
        for name in (
            "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base "
            "ds es fs gs"
        ).split()
    ]


_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


class Call(t.NamedTuple):
    """A call that the child is about to make."""

    name: str
    #: The file, or the new name; of an open descriptor what it was opened as.
    path: str
    changes: bool
    #: write: how many octets.
    size: int
    #: The process that is about to make it.
    pid: int = 0

    def __str__(self) -> str:
        return "%s %s" % (self.name, os.path.basename(self.path))


#: What to do with a call. None: let it be. HALF: write half of it, then kill. SHORT: write half, and say so. LIE: write
#: half, and say that it was all. Else an errno.
KILL, HALF, SHORT, LIE = -1, -2, -3, -4
Decide = t.Callable[[Call], t.Optional[int]]


class Ended(t.NamedTuple):
    """How the child ended."""

    killed: bool
    status: int


def possible() -> str:
    """Empty where this machine lets us trace; else why not."""
    if platform.machine() != "x86_64" or not hasattr(os, "fork"):
        return "the tracer knows x86_64 Linux only"
    ended = follow(lambda: os._exit(3), ("/nowhere",), lambda call: None)
    return "" if ended.status == 3 else "ptrace(2) or seccomp(2) is forbidden here"


def follow(
    child: t.Callable[[], t.Any],
    roots: t.Sequence[str],
    decide: Decide,
    after: t.Optional[t.Callable[[Call], None]] = None,
    looks: bool = False,
) -> Ended:
    """Fork, run ``child`` in it, and ask ``decide`` at each call on a file below one of ``roots``.

    ``after`` is told of each call that has been made, with the child still stopped. ``looks``: calls that only look
    are asked about, too.
    """
    pid = os.fork()
    if pid == 0:
        try:
            _ptrace(_TRACEME, 0, 0, 0)
            os.kill(os.getpid(), signal.SIGSTOP)
            _filter(list(CHANGING.values()) + (list(READING.values()) if looks else []))
            child()
        finally:
            os._exit(120)
    os.waitpid(pid, 0)
    _ptrace(_SETOPTIONS, pid, 0, _OPTIONS)
    _ptrace(_CONT, pid, 0, 0)
    return _Following(pid, roots, decide, after).to_the_end()


class _Following:
    def __init__(
        self, pid: int, roots: t.Sequence[str], decide: Decide, after: t.Optional[t.Callable[[Call], None]]
    ) -> None:
        self.pid, self.decide, self.after = pid, decide, after
        self.roots = tuple(os.path.realpath(root) + "/" for root in roots)
        self.running: t.Dict[int, t.Tuple[Call, int]] = {}
        self.killed = False

    def to_the_end(self) -> Ended:
        others: t.Set[int] = set()
        status = -1
        while True:
            try:
                pid, what = os.waitpid(-1, _WALL)
            except ChildProcessError:
                return Ended(self.killed, status)
            if os.WIFEXITED(what) or os.WIFSIGNALED(what):
                others.discard(pid)
                if pid == self.pid:
                    status = os.WEXITSTATUS(what) if os.WIFEXITED(what) else -os.WTERMSIG(what)
                    for other in others:
                        os.kill(other, signal.SIGKILL)
                continue
            if pid != self.pid:
                others.add(pid)
            self._stopped(pid, what)

    def _stopped(self, pid: int, what: int) -> None:
        sign, resume = os.WSTOPSIG(what), _CONT
        if what >> 16 == _EVENT_SECCOMP:
            resume = self._entered(pid) if pid == self.pid else _CONT
            sign = 0
        elif sign == signal.SIGTRAP | 0x80:
            self._made(pid)
            sign = 0
        elif sign in (signal.SIGTRAP, signal.SIGSTOP):
            sign = 0
        try:
            _ptrace(resume, pid, 0, sign)
        except ProcessLookupError:
            pass

    def _entered(self, pid: int) -> int:
        registers = _registers(pid)
        call = _call(pid, registers)
        if call is None or not (call.path + "/").startswith(self.roots):
            return _CONT
        decision = self.decide(call)
        if decision == KILL:
            self._kill()
        elif decision in (HALF, SHORT, LIE):
            registers.rdx = max(1, registers.rdx // 2)
            _set_registers(pid, registers)
        elif decision is not None:
            registers.orig_rax = ctypes.c_ulonglong(-1).value
            registers.rax = ctypes.c_ulonglong(-decision).value
            _set_registers(pid, registers)
            return _CONT
        if decision in (HALF, LIE) or self.after:
            self.running[pid] = (call, decision or 0)
            return _SYSCALL
        return _CONT

    def _made(self, pid: int) -> None:
        if pid not in self.running:
            return
        call, decision = self.running.pop(pid)
        if decision == HALF:
            self._kill()
        elif decision == LIE:
            registers = _registers(pid)
            registers.rax = call.size
            _set_registers(pid, registers)
        elif self.after and ctypes.c_longlong(_registers(pid).rax).value >= 0:
            self.after(call)

    def _kill(self) -> None:
        self.killed = True
        os.kill(self.pid, signal.SIGKILL)


def _ptrace(request: int, pid: int, address: int, data: t.Any) -> None:
    if _libc.ptrace(request, pid, address, data) < 0:
        number = ctypes.get_errno()
        if number == errno.ESRCH:
            raise ProcessLookupError(pid)
        raise OSError(number, "ptrace")


def _registers(pid: int) -> _Registers:
    registers = _Registers()
    _ptrace(_GETREGS, pid, 0, ctypes.addressof(registers))
    return registers


def _set_registers(pid: int, registers: _Registers) -> None:
    _ptrace(_SETREGS, pid, 0, ctypes.addressof(registers))


def _call(pid: int, registers: _Registers) -> t.Optional[Call]:
    name = NAMES.get(registers.orig_rax)
    if name is None:
        return None
    arguments = (registers.rdi, registers.rsi, registers.rdx, registers.r10)
    if name in _BY_FD:
        path = _opened_as(pid, arguments[0])
    elif name in _BY_DIRECTORY:
        directory, place = _BY_DIRECTORY[name]
        path = os.path.join(_opened_as(pid, arguments[directory]), _text(pid, arguments[place]))
    else:
        path = os.path.join(_opened_as(pid, _AT_FDCWD), _text(pid, arguments[name in ("rename", "link", "symlink")]))
    flags = {"openat": arguments[2], "open": arguments[1]}.get(name)
    changes = name in CHANGING and (flags is None or bool(flags & _WRITING))
    if name == "ioctl":
        changes = arguments[1] & 0xFFFFFFFF == _SETFLAGS
    return Call(name, path, changes, arguments[2] if name == "write" else 0, pid)


def _opened_as(pid: int, fd: int) -> str:
    fd &= 0xFFFFFFFF
    try:
        return os.readlink("/proc/%d/%s" % (pid, "cwd" if fd == _AT_FDCWD else "fd/%d" % fd))
    except OSError:
        return ""


def _text(pid: int, address: int) -> str:
    with open("/proc/%d/mem" % pid, "rb", 0) as memory:
        memory.seek(address)
        found = b""
        while b"\0" not in found and len(found) < 4096:
            found += memory.read(min(256, 4096 - (address + len(found)) % 4096))
    return os.fsdecode(found.split(b"\0", 1)[0])


def _filter(numbers: t.Sequence[int]) -> None:
    """Stop for the tracer at these calls: BPF: load the number, compare, RET_TRACE or RET_ALLOW."""
    code = [struct.pack("HBBI", 0x20, 0, 0, 0)]
    for index, number in enumerate(numbers):
        code.append(struct.pack("HBBI", 0x15, len(numbers) - index, 0, number))
    code += [struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000), struct.pack("HBBI", 0x06, 0, 0, 0x7FF00000)]
    buffer = ctypes.create_string_buffer(b"".join(code))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code), ctypes.addressof(buffer)))
    # 38: no_new_privs, without which only root may set a filter; 22, 2: set the filter.
    if _libc.prctl(38, 1, 0, 0, 0) or _libc.prctl(22, 2, program, 0, 0):
        os._exit(121)
