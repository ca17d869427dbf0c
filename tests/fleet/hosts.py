# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SSH hosts on this machine: Debian releases with file systems, processes and sshd of their own.

    python3 tests/fleet/hosts.py --count 3 bash      three hosts for as long as that command runs

The command finds its inventory in $FLEET_INVENTORY. Everything, the loopback network included, is in namespaces that
end with the first process, however it ends: nothing is left to clean up, and two fleets do not meet.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import itertools
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import userland

#: A tmpfs of the fleet's own is mounted there; short, because paths of sockets are limited to 107 characters.
STATE = Path("/dev/shm")
KEY = STATE / "id"
KNOWN = STATE / "known_hosts"
CGROUPS = STATE / "cgroup"
PORT = 22

SSHD = """\
HostKey /etc/ssh/fleet
AuthorizedKeysFile /etc/ssh/authorized
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM no
UseDNS no
PidFile none
LogLevel VERBOSE
MaxStartups 100
Subsystem sftp /usr/lib/openssh/sftp-server
"""

# $1 is the root of the host, $2 its name and $3 its address.
INIT = """
set -e
hostname "$2"
mount -t proc proc "$1/proc"
mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm"
mount -t devpts -o newinstance,mode=0620,ptmxmode=0666 devpts "$1/dev/pts"
mkdir -p "$1/run/sshd"
exec chroot "$1" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /usr/sbin/sshd -D -o ListenAddress="$3" -E /var/log/sshd.log
"""

# The same with the release's systemd as the first process; $4 is a mount of cgroup2, of which it gets a part.
# Without the mounts that are shared, a unit starts without its credentials and nothing says so.
BOOT = """
set -e
hostname "$2"
cgroup="$4/keysmith-fleet-$5"
mkdir -p "$cgroup"
echo $$ > "$cgroup/cgroup.procs"
exec unshare --cgroup sh -c '
    set -e
    mount -t proc proc "$1/proc"
    mount -t sysfs sysfs "$1/sys"
    mount -t tmpfs tmpfs "$1/sys/fs"
    mkdir "$1/sys/fs/cgroup"
    mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
    mount -t tmpfs -o mode=0755 tmpfs "$1/run"
    mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
    mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm"
    mount -t devpts -o newinstance,mode=0620,ptmxmode=0666 devpts "$1/dev/pts"
    mount --make-rshared "$1"
    mount --make-shared "$1/run"
    exec chroot "$1" /usr/bin/env -i container=fleet PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        /lib/systemd/systemd --unit=fleet.target --log-target=console
' boot "$1"
"""

#: Those with a systemd that hands out credentials, 252 and 257.
WITH_SYSTEMD = ("bookworm", "trixie")
UNITS = {
    "fleet.target": "[Unit]\nRequires=basic.target fleet-sshd.service\nAfter=basic.target\nAllowIsolate=yes\n",
    "fleet-sshd.service": """\
[Service]
RuntimeDirectory=sshd
ExecStart=/usr/sbin/sshd -D -o ListenAddress={address} -E /var/log/sshd.log
""",
}


_numbers = itertools.count(1)


class Host:
    """One host. ``root`` is its file system as this process sees it."""

    def __init__(self, name: str, suite: str, number: int) -> None:
        self.name, self.suite, self.address = name, suite, f"127.77.0.{number}"
        self.root = STATE / f"host{number}" / "root"
        #: Whether systemd is its first process.
        self.has_systemd = False
        self._cgroup = f"{os.getpid()}-{time.monotonic_ns()}-{number}"
        self._sshd: subprocess.Popen[bytes] | None = None

    def file(self, path: str) -> Path:
        """A path of the host, seen from here; only the last part may be a symbolic link."""
        return self.root / path.lstrip("/")

    def run(self, *command: str, **variables: str) -> str:
        """Run a command on the host, as root and not through SSH; returns what it prints, raises when it fails."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", **variables}
        argv = ["chroot", str(self.root), *command]
        if self.has_systemd:
            spaces = ["--mount", "--pid", "--uts", "--ipc", "--cgroup", "--root", "--wd"]
            argv = ["nsenter", "--target", str(self.pid()), *spaces, *command]
        done = subprocess.run(
            argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{self.name}: {command} ended with status {done.returncode}: {done.stdout}")
        return done.stdout

    def sessions(self) -> int:
        """How many commands and file transfers sshd has started since the host is up."""
        log = self.file("/var/log/sshd.log")
        return len(re.findall(r"Starting session: (?:command|shell|subsystem)", log.read_text(errors="replace")))

    def start(self) -> None:
        words = ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child"]
        arguments = [str(self.root), self.name, self.address, str(CGROUPS), self._cgroup]
        argv = [*words, "sh", "-c", BOOT if self.has_systemd else INIT, "init", *arguments]
        self._sshd = subprocess.Popen(argv, stdin=subprocess.DEVNULL, start_new_session=True)

    def pid(self) -> int:
        """A process of the host, as it is called here: its sshd."""
        assert self._sshd
        unshared = f"/proc/{self._sshd.pid}/task/{self._sshd.pid}/children"
        return int(Path(unshared).read_text(encoding="ascii").split()[0])

    def wait(self) -> None:
        """Return when sshd answers."""
        deadline = time.monotonic() + 120
        while True:
            try:
                with socket.create_connection((self.address, PORT), timeout=5) as connection:
                    if connection.recv(4) == b"SSH-":
                        return
            except OSError:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{self.name}: sshd does not answer") from None
            time.sleep(0.05)

    def stop(self) -> None:
        """End all of its processes; its file system stays, and start() brings it back."""
        if self._sshd:
            self._sshd.kill()
            self._sshd.wait()
            self._sshd = None
            if self.has_systemd:
                _remove_cgroup(CGROUPS / f"keysmith-fleet-{self._cgroup}")

    def remove(self) -> None:
        self.stop()
        subprocess.run(["umount", self.root], check=True)
        shutil.rmtree(self.root.parent)


def _remove_cgroup(path: Path) -> None:
    """Remove it and those below, once the last of their processes has ended."""
    deadline = time.monotonic() + 20
    for folder, _names, _files in list(os.walk(path, topdown=False)):
        while True:
            try:
                os.rmdir(folder)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)


def enter() -> None:
    """Go on in namespaces of our own, in a new process that ends when this one does. Once, before there are threads."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_ns, new_ipc, new_pid, new_net = 0x00020000, 0x08000000, 0x20000000, 0x40000000
    if libc.unshare(new_ns | new_ipc | new_pid | new_net):
        raise OSError(ctypes.get_errno(), "unshare")
    child = os.fork()  # its first child is the first process of a PID namespace: all others end with it
    if child:
        _wait(child)
    libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    for command in (
        ["mount", "--make-rprivate", "/"],
        ["mount", "-t", "proc", "proc", "/proc"],
        ["mount", "-t", "tmpfs", "-o", "mode=1777", "fleet", str(STATE)],
    ):
        subprocess.run(command, check=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        flags = struct.pack("16sh14x", b"lo", 1)  # IFF_UP
        fcntl.ioctl(any_socket, 0x8914, flags)  # SIOCSIFFLAGS
    for name in (KEY, STATE / "host"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "fleet", "-f", name], check=True)
    KNOWN.write_text("* " + (STATE / "host.pub").read_text())


def _wait(child: int) -> t.NoReturn:
    """End as the child does; whatever ends us ends the child."""
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    sys.stdout.flush()
    os._exit(status if status >= 0 else 128 - status)


def with_systemd() -> str:
    """Make ready what hosts with systemd need. Why there can be none on this machine, empty where there can."""
    if CGROUPS.is_mount():
        return ""
    CGROUPS.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-t", "cgroup2", "fleet", CGROUPS], stderr=subprocess.PIPE, text=True, check=False)
    return f"needs cgroup2: {done.stderr.strip()}" if done.returncode else ""


def up(names: t.Sequence[str], suites: t.Sequence[str] = userland.SUITES, has_systemd: bool = False) -> list[Host]:
    """Hosts of those names, the releases in turn; each has what its release has and nothing of the others'."""
    hosts = []
    for number, name in enumerate(names):
        host = Host(name, suites[number % len(suites)], next(_numbers))
        host.has_systemd = has_systemd
        _disk(host, userland.folder(host.suite))
        if has_systemd:
            for unit, text in UNITS.items():
                host.file(f"/etc/systemd/system/{unit}").write_text(text.format(address=host.address))
        host.start()
        hosts.append(host)
    for host in hosts:
        host.wait()
    return hosts


def _disk(host: Host, lower: Path) -> None:
    """Mount the host's file system and write what makes it this host."""
    folder = host.root.parent
    for part in ("upper", "work", "root"):
        (folder / part).mkdir(parents=True, mode=0o755)
    layers = f"lowerdir={lower},upperdir={folder / 'upper'},workdir={folder / 'work'}"
    subprocess.run(["mount", "-t", "overlay", "-o", layers, "fleet", host.root], check=True)
    host.file("/etc/hostname").write_text(f"{host.name}\n")
    host.file("/etc/hosts").write_text(f"127.0.0.1 localhost\n{host.address} {host.name}\n")
    host.file("/etc/ssh/sshd_config").write_text(SSHD)
    shutil.copy(STATE / "host", host.file("/etc/ssh/fleet"))
    shutil.copy(KEY.with_suffix(".pub"), host.file("/etc/ssh/authorized"))


def inventory(hosts: t.Iterable[Host], user: str = "root", python: str = "/usr/bin/python3") -> str:
    """An inventory in INI form."""
    options = f"-o UserKnownHostsFile={KNOWN} -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes"
    variables = {
        "ansible_user": user,
        "ansible_ssh_private_key_file": str(KEY),
        "ansible_ssh_common_args": f"'{options}'",
        "ansible_python_interpreter": python,
        **({} if user == "root" else {"ansible_become": "true"}),
    }
    lines = ["[fleet]", *(f"{host.name} ansible_host={host.address}" for host in hosts), "", "[fleet:vars]"]
    return "\n".join([*lines, *(f"{name}={value}" for name, value in variables.items()), ""])


def main() -> int:
    parser = argparse.ArgumentParser(description="Run a command while SSH hosts are up.")
    parser.add_argument("--count", type=int, default=3, help="how many hosts (default: 3)")
    parser.add_argument("--suites", nargs="+", choices=userland.SUITES, default=userland.SUITES)
    parser.add_argument("--user", choices=("root", "deploy"), default="root", help="who connects; deploy uses sudo")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    try:
        userland.prepare(print)
    except userland.Unavailable as missing:
        userland.not_run(missing)
    enter()
    hosts = up([f"host{number}" for number in range(1, arguments.count + 1)], arguments.suites)
    path = STATE / "inventory"
    path.write_text(inventory(hosts, arguments.user))
    environment = {**os.environ, "FLEET_INVENTORY": str(path)}
    return subprocess.run(arguments.command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
