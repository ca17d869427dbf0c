# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The time that programs are shown, days ahead: Debian's libfaketime, loaded into a controller, hosts and servers.

The programs are as they are, and nothing in the collection knows of it: whoever can load a library into a process needs
no other way to mislead it.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import typing as t
from pathlib import Path

import installed

if t.TYPE_CHECKING:
    from hosts import Host

#: On a host: the interpreter that sees its time, the library, and how far ahead that time is.
PYTHON, _LIBRARY, _AHEAD = "/usr/local/bin/python3", "/usr/local/lib/libfaketime.so.1", "/etc/faketimerc"
_WRAPPER = """#!/bin/sh
export LD_PRELOAD={library}
exec /usr/bin/python3 "$@"
"""


class Clock:
    """The time of the programs of a test; it moves on by whole days."""

    def __init__(self, folder: Path) -> None:
        self._files = [folder / "faketime"]
        self._files[0].write_text("+0d")
        self.days = 0

    def environment(self) -> dict[str, str]:
        """For a program of this machine that goes on when the time moves on."""
        return {
            "LD_PRELOAD": str(installed.faketime()),
            "FAKETIME_TIMESTAMP_FILE": str(self._files[0]),
            "FAKETIME_NO_CACHE": "1",
        }

    def show_to(self, host: Host) -> None:
        """Programs that are run by PYTHON on that host see this time."""
        shutil.copy(installed.faketime(), host.file(_LIBRARY))
        host.file(PYTHON).write_text(_WRAPPER.format(library=_LIBRARY))
        host.file(PYTHON).chmod(0o755)
        host.file(_AHEAD).touch()
        self._files.append(host.file(_AHEAD))
        self.move(0)

    def move(self, days: int) -> None:
        """Let days go by; for whoever holds a lock on a file, at no time between them."""
        self.days += days
        with contextlib.ExitStack() as stack:
            files = [stack.enter_context(file.open("r+")) for file in self._files]
            for file in files:
                fcntl.flock(file, fcntl.LOCK_EX)
            for file in files:
                file.write(f"+{self.days}d\n")
                file.flush()
