# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one command for all tests: ``python3 tests/run.py [--list] [STEP ...]`` (see CONTRIBUTING.md)."""

from __future__ import annotations

import argparse
import fnmatch
import sys
import typing as t

from ci import runner, table
from ci.step import Step


def _chosen(patterns: t.Sequence[str]) -> list[Step]:
    """The steps that the patterns name, in the table's order; a pattern that names none ends the program."""
    named = [*table.STEPS, *table.MORE]
    for pattern in patterns:
        if not fnmatch.filter([step.name for step in named], pattern):
            sys.exit(f"No step is called {pattern!r}; --list shows them all.")
    return [step for step in named if any(fnmatch.fnmatch(step.name, pattern) for pattern in patterns)]


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the tests of the collection; without a STEP, all of them.")
    parser.add_argument("steps", nargs="*", metavar="STEP", help="name or pattern, such as ruff or 'sanity-*'")
    parser.add_argument("--list", action="store_true", help="show the steps and what each checks, and run nothing")
    parser.add_argument("--jobs", type=int, default=4, help="how many steps run at a time (default: 4)")
    arguments = parser.parse_args()
    if arguments.list:
        for step in _chosen(arguments.steps or ["*"]):
            print(f"{step.name:<26} {step.checks}{'' if step in table.STEPS else ' (only where it is named)'}")
        return 0
    steps = _chosen(arguments.steps) if arguments.steps else table.STEPS
    return runner.run(steps, arguments.jobs)


if __name__ == "__main__":
    sys.exit(main())
