# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task sends to a host, and what it costs there: the file that Ansible sent, run again by itself.

Nothing of SSH or of the controller is in these figures. The file holds the module with its options, so that each run
is the task once more; before it, the host can be made to forget what an earlier run remembered, or made.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import typing as t

import userland
from contestants import PING, PLACE, ROLE, ROLE20, Contestant, Fleet
from hosts import STATE, Host
from measure import Failed

Sample = t.Dict[str, t.Any]
Say = t.Callable[[str], None]

#: Of results.PARTS: the play that sends the file, what is taken away before it is run, and whether it changes anything.
_TASKS: t.Sequence[tuple[str, Contestant, str, bool]] = (
    ("ping", PING, "", False),
    ("settled", ROLE, "", False),
    ("settled20", ROLE20, "", False),
    ("looked", ROLE, "record", False),
    ("made", ROLE, "keys", True),
)
_SENT = "/root/.ansible/tmp"

#: On the host: take away what an earlier run remembered (record) or made (keys).
_FORGET = """
import os, shutil, sys
what, place = sys.argv[1:]
for folder, names, files in os.walk(place) if what == "record" else ():
    for path in [os.path.join(folder, name) for name in [".", *files]]:
        for name in os.listxattr(path):
            if name == "trusted.keysmith.record":
                os.removexattr(path, name)
if what == "keys":
    shutil.rmtree(place)
"""
#: On the host: run a command; what it used, what it printed, and what it said on the way.
_RUN = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([usage.ru_utime + usage.ru_stime, done.stdout.decode(), done.stderr.decode()]))
"""


def module(hosts: Fleet, runs: int, say: Say) -> list[Sample]:
    """Each of the tasks on each of the hosts, with an ES256 key, which takes no time to make."""
    samples = []
    for host in hosts.hosts:
        fleet = hosts.alone(host, ANSIBLE_KEEP_REMOTE_FILES="1", ANSIBLE_PIPELINING="0")
        for name, contestant, forget, changes in _TASKS:
            fleet.forget(contestant)
            shutil.rmtree(host.file(_SENT), ignore_errors=True)
            fleet.run(contestant, "ES256", changes=contestant is not PING)
            (path,) = host.file(_SENT).rglob("AnsiballZ_*.py")
            task = _Task(host, f"/{path.relative_to(host.root)}", forget, f"{PLACE}/{contestant.name}", changes)
            task.settle()
            sample = {"contestant": name, "suite": host.suite, "sent": path.stat().st_size}
            samples += [{**sample, **task.measured()} for _run in range(runs)]
            last = samples[-1]
            say(
                f"{host.suite:<9} {name:<10} {last['sent']:>7} octets, {last['modules']:>4} Python modules, "
                f"{last['calls']:>6} system calls, CPU {last['cpu'] * 1000:4.0f} ms"
            )
    return samples


class _Task(t.NamedTuple):
    """What was sent to the host: ``path``, and what to ``forget`` below ``place`` before it is run again."""

    host: Host
    path: str
    forget: str
    place: str
    changes: bool

    def settle(self) -> None:
        """One run that is not measured: what was remembered through SSH is not for a process without its groups."""
        self._run()

    def measured(self) -> Sample:
        """One run for the time, one that tells its imports, and one of which the system calls are counted."""
        cpu, _said = self._run()
        said = self._run("-X", "importtime")[1]
        loaded = [line.rpartition("|")[2].strip() for line in said.splitlines() if line.startswith("import time:")]
        return {
            "cpu": round(cpu, 4),
            "modules": len(loaded) - 1,  # the first line is a heading
            "cryptography": "cryptography" in loaded,
            "calls": self._calls(),
        }

    def _forget(self) -> None:
        self.host.run("/usr/bin/python3", "-c", _FORGET, self.forget, self.place)

    def _run(self, *options: str) -> tuple[float, str]:
        self._forget()
        python = "/usr/bin/python3"
        cpu, printed, said = json.loads(self.host.run(python, "-c", _RUN, python, *options, self.path))
        self._check(printed)
        return cpu, said

    def _check(self, printed: str) -> None:
        answer = json.loads(printed)
        if answer.get("failed") or answer.get("changed", False) is not self.changes:
            raise Failed(printed)

    def _calls(self) -> int:
        self._forget()
        counts = STATE / "calls"
        command = ["strace", "-f", "-c", "-o", counts, "chroot", self.host.root, "/usr/bin/python3", self.path]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        self._check(done.stdout)
        total = re.search(r"^100\.00 +\S+ +(?:\S+ +)?(\d+) +(?:\d+ +)?total$", counts.read_text(), re.MULTILINE)
        if not total:
            raise Failed(counts.read_text())
        return int(total[1])


def prepare(say: t.Callable[[str], None]) -> None:
    """Have strace."""
    if not shutil.which("strace"):
        userland.call(say, "apt-get", "-qq", "install", "--no-install-recommends", "strace")
