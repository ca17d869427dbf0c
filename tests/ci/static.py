# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that read the collection and run none of it."""

from __future__ import annotations

from ci import environments
from ci.step import Run
from ci.workspace import CACHE, ROOT, collections, tree

LINT = ROOT / "tests" / "lint"


def ruff(run: Run) -> None:
    program = environments.tools(run) / "ruff"
    run.call(program, "check", "--no-cache", "--config", LINT / "ruff.toml", ".")
    run.call(program, "format", "--no-cache", "--config", LINT / "ruff.toml", "--diff", ".")


def yamllint(run: Run) -> None:
    run.call(
        environments.tools(run) / "yamllint",
        "--strict",
        "--config-file",
        LINT / "yamllint.yml",
        ".",
        cwd=tree(run.name),
    )


def mypy(run: Run) -> None:
    program = environments.tools(run) / "mypy"
    collection = tree(run.name)
    cache = CACHE / "mypy"
    common = ("--config-file", LINT / "mypy.ini", "--cache-dir")
    run.call(
        program,
        *common,
        cache / "plugins",
        "-p",
        "ansible_collections.keysmith.jwt.plugins",
        cwd=collection,
        variables={"MYPYPATH": str(collections(collection))},
    )
    run.call(program, *common, cache / "tests", "run.py", "ci", cwd=collection / "tests")


def ansible_lint(run: Run) -> None:
    tools = environments.tools(run)
    collection = tree(run.name)
    run.call(
        tools / "ansible-lint",
        "--offline",
        "--strict",
        "--profile",
        "production",
        "--exclude",
        "changelogs/changelog.yaml",
        "--exclude",
        "tests/output",
        "--exclude",
        "tests/benchmark/peers",  # other people's ways, with a collection that is not here
        cwd=collection,
        path=[tools],
        variables={"ANSIBLE_COLLECTIONS_PATH": str(collections(collection))},
    )


def changelog(run: Run) -> None:
    tools = environments.tools(run)
    run.call(tools / "antsibull-changelog", "lint", cwd=tree(run.name), path=[tools])


def docs_lint(run: Run) -> None:
    tools = environments.tools(run)
    collection = tree(run.name)
    run.call(
        tools / "antsibull-docs",
        "lint-collection-docs",
        "--plugin-docs",
        "--validate-collection-refs",
        "all",
        ".",
        cwd=collection,
        path=[tools],
    )


def written_files(run: Run) -> None:
    for program in ("tests/role_files.py", "tests/compatibility.py"):
        run.call(environments.tools(run) / "python", program, "--check")
