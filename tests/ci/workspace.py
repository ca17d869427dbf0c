# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the test run puts things: all of it in .cache and tests/output, both ignored by git."""

from __future__ import annotations

import os
import shutil
import subprocess
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
LOGS = ROOT / "tests" / "output" / "run"

# Settings of the caller's shell that would change what the tools do: a virtual environment, a git hook, Ansible's own.
STRANGERS = ("ANSIBLE_", "GALAXY_", "GIT_", "MYPY", "PYENV_", "PYTEST_", "PYTHON", "RUFF_", "VIRTUAL_ENV", "XDG_")

PLAIN = {"LC_ALL": "C.UTF-8", "NO_COLOR": "1", "PIP_QUIET": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def environment(path: t.Sequence[Path], home: Path, variables: t.Mapping[str, str]) -> dict[str, str]:
    """The environment of a program: the caller's without what would change results, plus what is given."""
    result = {name: value for name, value in os.environ.items() if not name.startswith(STRANGERS)}
    result.update(PLAIN, HOME=str(home), **variables)
    result["PATH"] = os.pathsep.join([*map(str, path), *map(str, search_path())])
    return result


def search_path() -> list[Path]:
    """PATH without pyenv's shims: they answer to names of interpreters that they then refuse to run."""
    folders = [Path(folder) for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder]
    return [folder for folder in folders if folder.name != "shims"]


def home(name: str) -> Path:
    """A home directory that lives as long as the cache: ansible-test keeps virtual environments there."""
    folder = CACHE / "home" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def fresh(name: str) -> Path:
    """An empty directory for the step of that name."""
    folder = CACHE / "work" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def files() -> list[Path]:
    """What git tracks or would track, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout.split(b"\0")
    paths = {Path(os.fsdecode(name)) for name in names if name}
    return sorted(path for path in paths if os.path.lexists(ROOT / path))


def copy(destination: Path) -> Path:
    """Copy those files; returns the destination."""
    for path in files():
        target = destination / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target, follow_symlinks=False)
    return destination


def tree(name: str) -> Path:
    """A new copy of the collection in the only place where ansible-test and mypy take it for one."""
    collection = copy(fresh(name) / "ansible_collections" / "keysmith" / "jwt")
    # Else ansible-test asks the repository around this copy, for which all of it is ignored.
    subprocess.run(["git", "init", "--quiet", collection], check=True)
    return collection


def collections(tree_: Path) -> Path:
    """The directory for ANSIBLE_COLLECTIONS_PATH and PYTHONPATH that belongs to a tree."""
    return tree_.parents[2]
