# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a play costs: time, processors of the controller and of the hosts, round trips, memory.

Works in the first process of the fleet's PID namespace, to which every process that its parent leaves behind falls:
so what Ansible's persistent SSH connections use after the play is found, and counted.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import time
import typing as t
from pathlib import Path

from hosts import Host

_TICKS = os.sysconf("SC_CLK_TCK")
_HOST_QUIET = 5.0  # seconds to wait for the ends of SSH sessions


class Cost(t.NamedTuple):
    """Of one play. ``controller`` and ``hosts`` are CPU seconds, of all hosts together; ``memory`` is in MB."""

    wall: float
    controller: float
    hosts: float
    trips: int
    memory: float


class Failed(Exception):
    """A play did not do what is to be measured; the text is its output."""


def play(
    command: t.Sequence[str | Path], environment: t.Mapping[str, str], folder: Path, hosts: t.Sequence[Host] = ()
) -> tuple[Cost, str]:
    """Run a play to its end, with SSH connections of its own; returns its cost and what it printed."""
    trips, on_hosts = sum(host.sessions() for host in hosts), _hosts_cpu()
    before = _children_cpu()
    with open(folder / "printed", "w+b") as printed:
        started = time.monotonic()
        child = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT
        )
        _pid, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        text = printed.read().decode(errors="replace")
    if child.returncode:
        raise Failed(text)
    _end_connections(len(hosts))
    cost = Cost(
        wall,
        _children_cpu() - before,
        _hosts_cpu() - on_hosts,
        sum(host.sessions() for host in hosts) - trips,
        usage.ru_maxrss / 1024,
    )
    return cost, text


def _children_cpu() -> float:
    """Of all children that have ended, and of theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _end_connections(hosts: int) -> None:
    """End the SSH connections that Ansible keeps open, so that no play profits from those of another, and wait."""
    while pids := _orphans():
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
        _reap()
        time.sleep(0.005)
    _reap()
    deadline = time.monotonic() + _HOST_QUIET
    while len(list(_on_hosts())) > hosts and time.monotonic() < deadline:
        time.sleep(0.02)


def _reap() -> None:
    """Take the results of the children that have ended, so that they are counted."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _orphans() -> list[int]:
    """SSH connections that are left to this process."""
    return [one.pid for one in _processes() if one.command == "ssh" and one.parent == os.getpid()]


def _on_hosts() -> t.Iterator[float]:
    """CPU seconds of each process on a host, with those of its children that have ended.

    What sshd starts is waited for by sshd, the first process of each host, so nothing is lost.
    """
    ours = os.readlink("/proc/self/ns/pid")
    for one in _processes():
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{one.pid}/ns/pid") != ours:
                yield one.seconds


def _hosts_cpu() -> float:
    return sum(_on_hosts())


class _Process(t.NamedTuple):
    """``seconds`` are those of its CPU time and of its children's that have ended."""

    pid: int
    command: str
    parent: int
    seconds: float


def _processes() -> t.Iterator[_Process]:
    """All that there are; see proc(5)."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            text = Path("/proc", name, "stat").read_text(encoding="utf-8", errors="replace")
            command, _bracket, rest = text.partition("(")[2].rpartition(")")
            fields = rest.split()
            yield _Process(int(name), command, int(fields[1]), sum(map(int, fields[11:15])) / _TICKS)
