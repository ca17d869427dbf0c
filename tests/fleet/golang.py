# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program read.go, built once: with this machine's Go, or with the distribution's, unpacked for that."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import typing as t
from pathlib import Path

import userland
from userland import CACHE, call

SOURCE = Path(__file__).with_name("read.go")


def program() -> Path:
    """Where the program is once it is built."""
    return CACHE / f"read-{hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:10]}"


def prepare(say: t.Callable[[str], None]) -> None:
    """Build it unless it is there; Debian's Go is 80 MB to load, and gone afterwards. Unavailable without one."""
    target = program()
    with userland.alone():
        if target.exists():
            return
        scratch = CACHE / "go"
        shutil.rmtree(scratch, ignore_errors=True)  # of a run that was killed
        scratch.mkdir()
        _build(scratch, say).rename(target)
        shutil.rmtree(scratch)


def _build(scratch: Path, say: t.Callable[[str], None]) -> Path:
    settings = {**os.environ, "HOME": str(scratch), "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    go = shutil.which("go")
    if not go:
        root = _unpacked(scratch, say)
        go, settings["GOROOT"] = str(root / "bin" / "go"), str(root)
    built = scratch / "read"
    call(say, go, "build", "-o", str(built), str(SOURCE), environment=settings)
    return built


def _unpacked(scratch: Path, say: t.Callable[[str], None]) -> Path:
    """The root of a Go that works without being installed."""
    archives = scratch / "archives"
    (archives / "partial").mkdir(parents=True)
    options = ["-o", f"Dir::Cache::archives={archives}", "-o", "APT::Sandbox::User=root"]
    try:
        call(say, "apt-get", "-qq", "update")
        call(say, "apt-get", "-qq", *options, "install", "--download-only", "--no-install-recommends", "golang-go")
    except subprocess.CalledProcessError:
        raise userland.Unavailable("needs Go, and this machine's apt sources do not give it") from None
    for package in archives.glob("golang-*.deb"):
        call(say, "dpkg-deb", "--extract", str(package), str(scratch / "root"))
    root = next((scratch / "root" / "usr" / "lib").glob("go-*"))
    source = next((scratch / "root" / "usr" / "share").glob("go-*")) / "src"
    (root / "src").unlink()
    (root / "src").symlink_to(source)
    return root
