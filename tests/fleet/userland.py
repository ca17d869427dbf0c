# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File systems of whole Debian releases, made once from the package mirror that this machine's apt uses.

python3 tests/fleet/userland.py          all of them into .cache, about 40 s each
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

#: What takes long to make is there; FLEET_CACHE says where else.
CACHE = Path(os.environ.get("FLEET_CACHE", Path(__file__).resolve().parents[2] / ".cache" / "fleet"))

#: Debian 11, 12 and 13: Python 3.9, 3.11 and 3.13 with cryptography 3.3, 38 and 43.
SUITES = ("bullseye", "bookworm", "trixie")

PACKAGES = ("python3", "python3-cryptography", "openssh-server", "sudo", "openssl", "gnutls-bin", "systemd")

#: A repository inside each host, for hosts without network: what a play installs there. python3-apt is what
#: ansible.builtin.apt needs and, as on a small installation, not there.
INSTALLABLE = ("python3-cryptography", "python3-apt")

#: Count it up when what _make does changes: userlands in caches are then made anew.
FORM = 1

# Runs while the mirror can still be reached; $1 is the file system.
FINISH = f"""
set -eu
mkdir -p "$1/srv/packages/partial"
chroot "$1" apt-get -qq -o Dir::Cache::archives=/srv/packages -o APT::Sandbox::User=root \\
    install --download-only --reinstall {shlex.join(INSTALLABLE)}
rm -rf "$1/srv/packages/partial" "$1/srv/packages/lock" "$1"/etc/ssh/ssh_host_*
chroot "$1" useradd --create-home --shell /bin/sh --password '*' deploy
echo 'deploy ALL=(ALL) NOPASSWD: ALL' > "$1/etc/sudoers.d/deploy"
chmod 0440 "$1/etc/sudoers.d/deploy"
"""


class Unavailable(Exception):
    """This machine cannot have the userlands; the text says why, as a reason to run nothing."""


def folder(suite: str) -> Path:
    """Where the file system of a release is; its name changes with what is put into it."""
    recipe = repr((PACKAGES, FINISH, FORM))
    return CACHE / "userland" / f"{suite}-{hashlib.sha256(recipe.encode()).hexdigest()[:10]}"


def prepare(say: t.Callable[[str], None], suites: t.Sequence[str] = SUITES) -> None:
    """Make those of the releases that are missing; raises Unavailable, or CalledProcessError when making one fails."""
    check_machine()
    with alone():
        missing = [suite for suite in suites if not folder(suite).exists()]
        if not missing:
            return
        mirror = mirror_of(missing, say)
        for suite in missing:
            _make(suite, mirror, say)


@contextlib.contextmanager
def alone() -> t.Iterator[None]:
    """Nobody else makes anything in the cache meanwhile."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def check_machine() -> None:
    """Raise Unavailable where hosts cannot be run at all."""
    if platform.system() != "Linux" or os.geteuid() != 0:
        raise Unavailable("needs root on Linux, for hosts with file systems and processes of their own")
    if not shutil.which("apt-get"):
        raise Unavailable("needs apt, to get Debian's packages")
    probe = ["unshare", "--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "true"]
    if not shutil.which("unshare") or subprocess.run(probe, stderr=subprocess.DEVNULL, check=False).returncode:
        raise Unavailable("needs the right to make namespaces (unshare), which this machine does not give")


def mirror_of(suites: t.Sequence[str], say: t.Callable[[str], None]) -> str:
    """The first of this machine's apt sources that has all of the releases; what makes file systems is installed."""
    if not shutil.which("mmdebstrap"):
        call(say, "apt-get", "-qq", "update")
        call(say, "apt-get", "-qq", "install", "--no-install-recommends", "mmdebstrap")
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    listed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    for uri in dict.fromkeys(listed):
        with tempfile.TemporaryDirectory() as scratch:
            if all(_answers(f"{uri.rstrip('/')}/dists/{suite}/InRelease", scratch) for suite in suites):
                return uri
    raise Unavailable(f"none of this machine's apt sources has Debian {', '.join(suites)}")


def _answers(uri: str, scratch: str) -> bool:
    options = ["-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=10", "-o", "Acquire::https::Timeout=10"]
    command = ["/usr/lib/apt/apt-helper", *options, "download-file", uri, os.path.join(scratch, "file")]
    quiet = subprocess.DEVNULL
    return subprocess.run(command, stdout=quiet, stderr=quiet, check=False).returncode == 0


def _make(suite: str, mirror: str, say: t.Callable[[str], None]) -> None:
    target = folder(suite)
    for old in target.parent.glob(f"{suite}-*"):  # outdated, or left by a run that was killed
        shutil.rmtree(old)
    target.parent.mkdir(exist_ok=True)
    unfinished = target.with_name(target.name + ".unfinished")
    hook = CACHE / "finish"
    hook.write_text(f"#!/bin/sh\n{FINISH}", encoding="utf-8")
    hook.chmod(0o755)
    bootstrap(say, suite, PACKAGES, unfinished, mirror, f"--customize-hook={hook}")
    _index(unfinished)
    unfinished.rename(target)


def bootstrap(
    say: t.Callable[[str], None], suite: str, packages: t.Sequence[str], target: Path, mirror: str, *more: str
) -> None:
    """The file system of a release with these packages, and without the documentation in them."""
    call(
        say,
        *("unshare", "--mount", "--pid", "--fork", "--kill-child"),  # what it mounts goes with it, even if it is killed
        "mmdebstrap",
        "--quiet",
        "--mode=root",
        "--variant=minbase",
        f"--include={','.join(packages)}",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        *(f"--aptopt={line}" for line in _settings()),
        *more,
        suite,
        str(target),
        mirror,
    )


def _settings() -> t.List[str]:
    """This machine's settings for reaching a mirror: proxies, and what its clock makes necessary."""
    text = subprocess.run(["apt-config", "dump", "Acquire"], stdout=subprocess.PIPE, text=True, check=True).stdout
    wanted = ("Acquire::http", "Acquire::https", "Acquire::Check")
    return [line for line in text.splitlines() if line.startswith(wanted) and not line.endswith('"";')]


def _index(root: Path) -> None:
    """Make /srv/packages the only source of packages."""
    packages = root / "srv" / "packages"
    entries = []
    for package in sorted(packages.glob("*.deb")):
        control = subprocess.run(["dpkg-deb", "--field", package], stdout=subprocess.PIPE, text=True, check=True).stdout
        content = package.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        entries.append(f"{control}Filename: ./{package.name}\nSize: {len(content)}\nSHA256: {digest}\n")
    (packages / "Packages").write_text("\n".join(entries), encoding="utf-8")
    apt = root / "etc" / "apt"
    for source in [apt / "sources.list", *(apt / "sources.list.d").glob("*")]:
        source.unlink(missing_ok=True)
    (apt / "sources.list").write_text("deb [trusted=yes] file:/srv/packages ./\n", encoding="utf-8")
    for old in (root / "var" / "lib" / "apt" / "lists").glob("*_*"):
        old.unlink()


def call(say: t.Callable[[str], None], *command: str, environment: t.Optional[t.Mapping[str, str]] = None) -> None:
    """Run a program and say what it prints; raises CalledProcessError when it fails."""
    say(f"$ {shlex.join(command)}")
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    say(done.stdout)
    done.check_returncode()


def not_run(reason: Unavailable) -> t.NoReturn:
    """End the program with the status by which tests/run.py knows that nothing was tested."""
    print(reason)
    sys.exit(77)


if __name__ == "__main__":
    try:
        prepare(print)
    except Unavailable as missing:
        not_run(missing)
