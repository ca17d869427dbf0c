# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit and integration tests, and ansible-test's sanity, on Pythons and libraries of every age."""

from __future__ import annotations

import os
import shutil
import typing as t
from pathlib import Path
from xml.etree import ElementTree

from ci import environments, pythons
from ci.pythons import Core
from ci.step import Failed, Run
from ci.workspace import ROOT, collections, fresh, home, tree

# What the tests on managed hosts' libraries cover: the code that runs there.
ON_HOSTS = ("tests/unit/plugins/module_utils", "tests/unit/plugins/modules")

# What depends on the library: all else is the same with each version between the oldest and the newest.
MEET_LIBRARY = tuple(
    f"tests/unit/plugins/module_utils/{folder}/test_{name}.py"
    for folder, names in {
        "_keys": "algorithms bundle certificate decrypt generate key_numbers openssh pkcs12 private_keys read weak",
        "_jose": "assertion jwe jwk jwk_checks private_jwk",
        "_keypair": "open_key present decide",
    }.items()
    for name in names.split()
)

# What meets a controller's ansible-core. Modules meet the oldest one in the unit tests of the oldest host.
MEET_CORE = ("tests/unit/plugins/action/", "tests/unit/plugins/filter/", "tests/unit/plugins/plugin_utils/")


def unit(run: Run) -> None:
    """Everything under tests/unit, on the newest ansible-core and libraries."""
    python = environments.core(run, pythons.newest_core()) / "python"
    _pytest(run, python, "tests/unit")


def unit_on_host(run: Run, python: str, cryptography: str, what: t.Sequence[str] = ON_HOSTS) -> None:
    """The tests of what runs on managed hosts, with a host's Python and library."""
    interpreter = environments.target(run, python, cryptography) / "python"
    core = pythons.core_for_target(python)
    site = next((environments.core(run, core).parent / "lib").glob("python*/site-packages"))
    # Modules import ansible.module_utils, which a host gets from its controller: that part alone, no other package.
    library = fresh(f"{run.name}-ansible")
    (library / "ansible").symlink_to(site / "ansible")
    _pytest(run, interpreter, *what, library=library)


def _pytest(run: Run, python: Path, *what: str, library: Path | None = None) -> None:
    collection = tree(run.name)
    search = [collections(collection), *([library] if library else [])]
    run.call(
        python,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--durations=20",
        *what,
        cwd=collection,
        variables={"PYTHONPATH": os.pathsep.join(map(str, search))},
    )


def script(run: Run, path: str, arguments: t.Sequence[str] = (), cores: t.Sequence[Core] = ()) -> None:
    """A test program of its own, on each of the ansible-cores or on the newest."""
    for core in cores or [pythons.newest_core()]:
        run.call(environments.core(run, core) / "python", path, *arguments)


def slices(run: Run) -> None:
    run.call(environments.runner(run) / "python", "tests/slices/run.py")


def molecule(run: Run) -> None:
    """The scenario in a copy, as a user of molecule runs it."""
    program = environments.molecule(run)
    collection = tree(run.name)
    variables = {"ANSIBLE_COLLECTIONS_PATH": str(collections(collection))}
    run.call(program / "molecule", "test", cwd=collection / "extensions", path=[program], variables=variables)


def faults(run: Run) -> None:
    script(run, "tests/faults/run.py", ["--unprivileged"] if os.geteuid() else [])


def benchmark(run: Run) -> None:
    """A few of its sections on one host, written into a copy of the page."""
    page = fresh(run.name)
    shutil.copy(ROOT / "docs" / "benchmark.md", page)
    sections = "daily beginning module collecting sets reporting filter"
    small = f"--sections {sections} --hosts 1 --runs 1 --collect 20 --sets 20 --filter 20 --write"
    script(run, "tests/benchmark/run.py", ["--key", "RSA 2048", *small.split(), str(page)])
    drawing = ElementTree.parse(page / "benchmark-daily.svg")
    if "met |" not in (page / "benchmark.md").read_text(encoding="utf-8") or len(drawing.getroot()) < 10:
        raise Failed("the page has no figures, or the plot no bars")


def sanity(run: Run, core: Core) -> None:
    """All of ansible-test's sanity tests; what takes longest with the newest rules alone: pylint, and each Python.

    The oldest ansible-core knows the oldest Python of hosts, which the newest does not.
    """
    arguments = ["sanity", "--local"]
    if core != pythons.CORES[-1]:
        arguments += ["--skip-test", "pylint", "--python", pythons.first((core.target, *core.controllers))[0]]
    _ansible_test(run, core, *arguments)


def units(run: Run, core: Core) -> None:
    python = pythons.first(core.controllers)[0]
    _ansible_test(run, core, "units", "--venv", "--python", python, *MEET_CORE)


def integration(run: Run, core: Core, python: str, cryptography: str) -> None:
    """The targets, with a controller of that ansible-core and modules that run on a host's Python and library."""
    version = pythons.first(core.controllers)[0]
    controller = environments.core(run, core) / "python"
    host = environments.target(run, python, cryptography) / "python"
    _ansible_test(
        run,
        core,
        "integration",
        "--controller",
        f"origin:python={version}@{controller}",
        "--target",
        f"controller:python={python}@{host}",
    )


def _ansible_test(run: Run, core: Core, *arguments: str) -> None:
    program = environments.core(run, core)
    environments.seed_pip(run, home(run.name), core.pip)
    run.call(
        program / "ansible-test",
        *arguments,
        "--color",
        "no",
        cwd=tree(run.name),
        path=[program, *environments.interpreters()],
    )
