# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Pythons are on this machine, and which of them each ansible-core runs on."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import typing as t
from pathlib import Path

from ci.step import NotRun
from ci.workspace import search_path


class Core(t.NamedTuple):
    """A supported ansible-core."""

    version: str
    controllers: tuple[str, ...]  # Pythons it runs on, the one that is tested first
    target: str  # oldest Python of a managed host
    pip: str  # what its ansible-test puts into virtual environments


CORES = (
    Core("2.18", ("3.11", "3.12", "3.13"), "3.8", "24.2"),
    Core("2.19", ("3.11", "3.12", "3.13"), "3.8", "24.2"),
    Core("2.20", ("3.12", "3.13", "3.14"), "3.9", "25.2"),
    Core("2.21", ("3.13", "3.12", "3.14"), "3.9", "25.2"),
)
#: The next one, while it is a candidate: what could change for users is tried with it, and it is not yet supported.
NEXT = Core("2.22.0rc1", ("3.13", "3.14"), "3.9", "25.2")


@functools.lru_cache(maxsize=None)
def interpreters() -> dict[str, Path]:
    """Interpreters that really run, by minor version: "3.12" -> /usr/bin/python3.12."""
    found: dict[str, Path] = {}
    for folder in _folders():
        for path in sorted(folder.glob("python3.*")):
            version = re.fullmatch(r"python(3\.\d+)", path.name)
            if version and version[1] not in found and _runs(path):
                found[version[1]] = path
    return found


def _folders() -> list[Path]:
    """Where to look: pyenv's versions, newest patch first, then PATH."""
    roots = {Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).resolve()}
    roots |= {Path(f).resolve().parent for f in os.environ.get("PATH", "").split(os.pathsep) if Path(f).name == "shims"}
    pyenv = [folder for root in roots for folder in root.glob("versions/3.*/bin")]
    return sorted(pyenv, key=lambda folder: _numbers(folder.parent.name), reverse=True) + search_path()


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _runs(path: Path) -> bool:
    """Whether it starts and can make virtual environments (Debian's does not without python3-venv)."""
    return subprocess.run([path, "-c", "import ensurepip, ssl"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def first(versions: t.Sequence[str]) -> tuple[str, Path]:
    """The first of the versions that is here; raises NotRun when none is."""
    for version in versions:
        if version in interpreters():
            return version, interpreters()[version]
    raise NotRun("needs Python " + " or ".join(sorted(versions, key=_numbers)))


def newest_core() -> Core:
    """The newest ansible-core that a Python of this machine runs."""
    for core in reversed(CORES):
        if any(version in interpreters() for version in core.controllers):
            return core
    return CORES[-1]


def core_for_target(python: str) -> Core:
    """The oldest ansible-core that is run here and manages hosts with that Python; other steps have the newest."""
    fitting = [core for core in CORES if _numbers(core.target) <= _numbers(python)]
    runs = [core for core in fitting if any(version in interpreters() for version in core.controllers)]
    return (runs or fitting)[0]
