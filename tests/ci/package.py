# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as users get it: built, imported, installed, run, documented."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ci import environments, pythons
from ci.pythons import Core
from ci.step import Failed, Run
from ci.workspace import copy, fresh, tree

# ansible-lint is a step of its own.
IMPORTER = """\
[galaxy-importer]
RUN_ANSIBLE_LINT = False
RUN_ANSIBLE_TEST = False
CHECK_REQUIRED_TAGS = True
CHECK_CHANGELOG = True
"""


def importer(run: Run) -> None:
    """What Galaxy checks when a collection is uploaded."""
    tools = environments.tools(run)
    tarball = _build(run, tools)
    (tarball.parent / "importer.cfg").write_text(IMPORTER, encoding="utf-8")
    run.call(
        tools / "python",
        "-m",
        "galaxy_importer.main",
        tarball.name,
        cwd=tarball.parent,
        path=[tools],
        variables={"GALAXY_IMPORTER_CONFIG": "importer.cfg"},
    )


def _build(run: Run, program: Path) -> Path:
    work = fresh(f"{run.name}-build")
    run.call(program / "ansible-galaxy", "collection", "build", "--output-path", work, cwd=tree(run.name))
    return next(work.glob("*.tar.gz"))


def install(run: Run, core: Core) -> None:
    """A user's first hour: install, provision this machine without root, and see the second run change nothing."""
    program = environments.core(run, core)
    tarball = _build(run, program)
    work = tarball.parent
    settings = {"ANSIBLE_COLLECTIONS_PATH": str(work)}
    run.call(program / "ansible-galaxy", "collection", "install", tarball, "-p", work, variables=settings)
    run.call(program / "ansible-galaxy", "collection", "verify", "--offline", "keysmith.jwt", variables=settings)
    answers = {
        "ansible_connection": "local",
        "ansible_python_interpreter": str(program / "python"),
        "signing_key_services": [{"name": "orders", "directory": str(work / "orders")}],
    }
    play: list[str | Path] = [
        program / "ansible-playbook",
        "keysmith.jwt.provision",
        "-i",
        "localhost,",
        "-e",
        json.dumps(answers),
    ]
    for changed in ("[1-9]", "0"):
        printed = run.call(*play, variables=settings)
        if not re.search(rf"^localhost\b.*\bchanged={changed}\d*\b.*\bfailed=0\b", printed, re.MULTILINE):
            raise Failed("the first run was to change something, the second nothing")


def demo(run: Run) -> None:
    """The README's command for the main job, in a copy as git clones it and an empty home."""
    python = pythons.first(pythons.newest_core().controllers)[1]
    printed = run.call(python, "tests/demo.py", cwd=copy(fresh(run.name)), home=fresh(f"{run.name}-home"))
    shown = re.search(r"^   \$ (.*?[^\\])$", printed, re.MULTILINE | re.DOTALL)
    if not shown or not re.search(r"\bchanged=0\b.*\bfailed=0\b", run.call("bash", "-c", shown[1])):
        raise Failed("the command that the demonstration shows does not work where it is pasted")
