# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the servers of these tests need: oidc-provider from the npm registry, a Debian release for the rest.

Both are made once, in the cache. Where one cannot be had, Unavailable says why.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fleet"))
import userland

Unavailable = userland.Unavailable
Say = t.Callable[[str], None]
CACHE = HERE.parents[1] / ".cache" / "servers"
COLLECTIONS = CACHE / "collections"
LOCK_FILE = HERE / "package-lock.json"
SUITE = "trixie"
PACKAGES = ("glewlwyd", "haproxy", "dovecot-core", "apache2", "libapache2-mod-auth-openidc")


def node_modules() -> Path:
    """Where oidc-provider is; its name changes with the versions."""
    return CACHE / f"npm-{_digest(LOCK_FILE.read_bytes())}"


def debian() -> Path:
    """Where the file system of the release is; its name changes with what is in it."""
    return CACHE / f"{SUITE}-{_digest(repr(PACKAGES).encode())}"


def prepare_npm(say: Say) -> None:
    """Install oidc-provider as the lock file says; no package runs a script of its own."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise Unavailable(f"needs {program}, for oidc-provider")
    target = node_modules()
    with userland.alone():
        if target.exists():
            return
        unfinished = _new(target)
        unfinished.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, unfinished)
        try:
            userland.call(say, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(unfinished))
        except subprocess.CalledProcessError:
            raise Unavailable("npm cannot install oidc-provider here") from None
        unfinished.rename(target)


def faketime() -> Path:
    """The library that shows programs another time."""
    return next((CACHE / "faketime").glob("usr/lib/*/faketime/libfaketime.so.1"), CACHE / "faketime")


def prepare_faketime(say: Say) -> None:
    """Unpack the library of this machine's release, which newer releases can load, too."""
    userland.check_machine()
    with userland.alone():
        if faketime().is_file():
            return
        unfinished = _new(CACHE / "faketime")
        unfinished.mkdir()
        load = (
            'cd "$1" && apt-get -qq -o APT::Sandbox::User=root download libfaketime && dpkg-deb -x libfaketime*.deb .'
        )
        try:
            userland.call(say, "sh", "-c", load, "sh", str(unfinished))
        except subprocess.CalledProcessError:
            raise Unavailable("apt cannot download libfaketime here") from None
        shutil.rmtree(CACHE / "faketime", ignore_errors=True)
        unfinished.rename(CACHE / "faketime")


def prepare_hosts(say: Say) -> None:
    """What SSH hosts need whose time moves on by days."""
    userland.prepare(say, [SUITE])
    prepare_faketime(say)


def prepare_debian(say: Say) -> None:
    """Make the file system with the other servers in it."""
    userland.check_machine()
    target = debian()
    with userland.alone():
        if not target.exists():
            unfinished = _new(target)
            userland.bootstrap(say, SUITE, PACKAGES, unfinished, userland.mirror_of([SUITE], say))
            unfinished.rename(target)


def offer_collection() -> None:
    """Make this collection importable, and known to Ansible as one that is installed."""
    link = COLLECTIONS / "ansible_collections/keysmith/jwt"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(HERE.parents[1])
    sys.path.insert(0, str(COLLECTIONS))


def run_in_debian(*command: str) -> t.List[str]:
    """The command, as it is run in that file system: with its processes' own view of /proc, and the host's network."""
    return ["unshare", "--mount", "chroot", str(debian()), *command]


@contextlib.contextmanager
def scratch(name: str) -> t.Iterator[Path]:
    """A new directory in that file system, taken away at the end; the servers see it without what is above it."""
    folder = debian() / "srv" / f"{name}-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def inside(path: Path) -> str:
    """What a path is called in that file system."""
    return "/" + str(path.relative_to(debian()))


def _new(target: Path) -> Path:
    """A place to make it in; outdated ones, and what a run that was killed left, are taken away."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for old in CACHE.glob(target.name.partition("-")[0] + "-*"):
        shutil.rmtree(old)
    return target.with_name(target.name + ".unfinished")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:10]
