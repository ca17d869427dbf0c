# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a step of the test run is, and what it can do: call programs, into its own log."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import threading
import typing as t
from pathlib import Path

from ci import workspace

TIMEOUT = 2400  # seconds for one program; the longest takes about half of that on two busy cores


class Failed(Exception):
    """A check did not pass; the text is the last line of its log."""


class NotRun(Exception):
    """The machine lacks what the step needs; the text says what."""


NOT_HERE = 77  # the status by which test programs say so; the last line that they print is the reason


class Step(t.NamedTuple):
    name: str
    checks: str  # what it checks, for --list
    run: t.Callable[[Run], None]


class Run:
    """One step being run: its log and the programs it calls. Children of all steps end with the main program."""

    children: t.ClassVar[set[subprocess.Popen[bytes]]] = set()

    def __init__(self, name: str, log: t.BinaryIO) -> None:
        self.name = name
        self._log = log
        self.processors = 0.0  # seconds that its programs have used so far

    def say(self, text: str) -> None:
        self._log.seek(0, os.SEEK_END)
        self._log.write(text.encode() + b"\n")
        self._log.flush()

    def call(
        self,
        *command: str | os.PathLike[str],
        cwd: Path = workspace.ROOT,
        path: t.Sequence[Path] = (),
        home: Path | None = None,
        variables: t.Mapping[str, str] | None = None,
    ) -> str:
        """Run a program to its end with ``path`` before PATH, a home of its own and ``variables`` set.

        Returns what it printed. Raises Failed when its status is not 0 or it takes longer than TIMEOUT, and NotRun
        when its status is NOT_HERE.
        """
        environment = workspace.environment(path, home or workspace.home(self.name), variables or {})
        self.say(f"$ {shlex.join(os.fspath(word) for word in command)}")
        start = self._log.seek(0, os.SEEK_END)
        child = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that a timeout ends its children, too
        )
        self.children.add(child)
        limit = threading.Timer(TIMEOUT, os.killpg, (child.pid, signal.SIGKILL))
        limit.start()
        try:
            status = self._wait(child)
        finally:
            late = not limit.is_alive()
            limit.cancel()
            end(child)
            self.children.discard(child)
        if late:
            raise Failed(f"{os.fspath(command[0])} took more than {TIMEOUT} s and was ended")
        self._log.seek(start)
        printed = self._log.read().decode(errors="replace")
        if status == NOT_HERE:
            raise NotRun(printed.rstrip().rpartition("\n")[2])
        if status:
            raise Failed(f"{os.fspath(command[0])} ended with status {status}")
        return printed

    def _wait(self, child: subprocess.Popen[bytes]) -> int:
        """Its exit status; what it used is added."""
        _pid, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.processors += used.ru_utime + used.ru_stime
        return child.returncode


def end(child: subprocess.Popen[bytes]) -> None:
    """End a program and everything it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
