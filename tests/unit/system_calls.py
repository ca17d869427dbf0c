# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a piece of code asks of the operating system: noted in order, carried out, and made to fail where wanted."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import typing as t

#: The calls that change files, and open(), which makes them.
CHANGING = ("open", "write", "fsync", "fchmod", "fchown", "rename", "link", "unlink", "symlink", "mkdir", "rmdir")


@contextlib.contextmanager
def not_waiting() -> t.Iterator[None]:
    """AssertionError where what is inside waits, as for somebody to write to a FIFO."""

    def waited(*_given: t.Any) -> None:
        raise AssertionError("it waits")

    before = signal.signal(signal.SIGALRM, waited)
    signal.alarm(5)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class Call(t.NamedTuple):
    """One call as it was made."""

    name: str
    #: The names it was about: of the file behind a descriptor, or as given.
    names: t.Tuple[str, ...]
    flags: int = 0
    #: Mode of the file behind the descriptor when it was called; for open() the mode that it asks for.
    mode: int = 0

    def __str__(self) -> str:
        return " ".join((self.name, *self.names))


class Calls:
    """Notes the changing calls of os while it is in force; the one numbered ``fail_at`` fails with ``error``."""

    def __init__(self, monkeypatch: t.Any, fail_at: int = -1, error: int = errno.EIO, only: t.Sequence[str] = CHANGING):
        self.made: t.List[Call] = []
        self.fail_at = fail_at
        self.error = error
        for name in only:
            monkeypatch.setattr(os, name, self._wrapped(name, getattr(os, name)))

    def _wrapped(self, name: str, real: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
        def call(*arguments: t.Any, **more: t.Any) -> t.Any:
            noted = _noted(name, arguments)
            if noted is None:
                return real(*arguments, **more)
            self.made.append(noted)
            if len(self.made) - 1 == self.fail_at:
                raise OSError(self.error, "injected")
            return real(*arguments, **more)

        return call

    def of(self, *names: str) -> t.List[str]:
        """The calls of these names, as text."""
        return [str(call) for call in self.made if call.name in names]


def _noted(name: str, arguments: t.Sequence[t.Any]) -> t.Optional[Call]:
    """What to note of a call; None for one that changes nothing."""
    if name == "open":
        flags = arguments[1] if len(arguments) > 1 else 0
        mode = arguments[2] if len(arguments) > 2 else 0o777
        return Call(name, (os.path.basename(str(arguments[0])),), flags, mode) if flags & os.O_CREAT else None
    if name in ("write", "fsync", "fchmod", "fchown"):
        path = os.readlink("/proc/self/fd/%d" % arguments[0])
        return Call(name, (os.path.basename(path),), mode=os.fstat(arguments[0]).st_mode)
    names = arguments[:2] if name in ("rename", "link", "symlink") else arguments[:1]
    return Call(name, tuple(os.path.basename(str(one)) for one in names))
