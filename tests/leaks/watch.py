# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a neighbour sees while plays run: the arguments and environments of processes, and the system log's socket."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import typing as t
from pathlib import Path


class Processes(threading.Thread):
    """Collects what /proc says of every process, as often as it can."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: t.Set[bytes] = set()
        self.looks = 0
        self._end = threading.Event()

    def run(self) -> None:
        while not self._end.is_set():
            self.look()
            self._end.wait(0.02)

    def look(self) -> None:
        """One look at every process but this one, whose environment the tests themselves set."""
        self.looks += 1
        for pid in filter(str.isdigit, os.listdir("/proc")):
            for part in ("cmdline", "environ"):
                with contextlib.suppress(OSError):
                    self.seen.add(Path("/proc", pid, part).read_bytes())

    def stop(self) -> bytes:
        self._end.set()
        self.join()
        return b"\n".join(self.seen)


class SystemLog(threading.Thread):
    """The socket to which modules log what they were called with; there is no other log daemon in a test machine."""

    PATH = "/dev/log"

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.messages: t.List[bytes] = []
        self._socket: t.Optional[socket.socket] = None
        if os.geteuid() == 0 and not os.path.lexists(self.PATH):
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.bind(self.PATH)
            self._socket.settimeout(0.2)
        self._end = threading.Event()

    @property
    def listens(self) -> bool:
        return self._socket is not None

    def run(self) -> None:
        while self._socket and not self._end.is_set():
            with contextlib.suppress(socket.timeout):
                self.messages.append(self._socket.recv(1 << 16))

    def stop(self) -> bytes:
        self._end.set()
        if self.is_alive():
            self.join()
        if self._socket:
            self._socket.close()
            os.unlink(self.PATH)
        return b"\n".join(self.messages)
