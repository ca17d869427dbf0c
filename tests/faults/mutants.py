# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes out one protective line at a time, and shows that a test sees it: ``python3 tests/faults/mutants.py``.

Each mutant is a copy of the collection with one text replaced. It is killed when the unit tests of its file, or the
fault tests that are named beside it, go red. As root, with ansible-core, cryptography and pytest; some minutes.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile
import typing as t

from protections import MUTANTS, Mutant

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


#: Seconds that no command takes, on a slow machine either.
_LONGEST = 1800
Command = t.Tuple[str, ...]


def _kind(file: str) -> str:
    """The directory that the file is in."""
    kinds = ("module_utils", "plugin_utils", "modules")
    return next(one for one in kinds if os.path.exists(os.path.join(ROOT, "plugins", one, file + ".py")))


def copy(folder: str) -> None:
    """A copy of the collection."""
    for name in ("plugins", "tests"):
        ignored = shutil.ignore_patterns("output", "__pycache__")
        shutil.copytree(os.path.join(ROOT, name), os.path.join(folder, name), ignore=ignored)
    shutil.copy(os.path.join(ROOT, "galaxy.yml"), folder)


def _put_in(folder: str, mutant: Mutant) -> bool:
    """The mutant in a copy of the collection; False where its line is no longer there, once."""
    path = os.path.join(folder, "plugins", _kind(mutant.file), mutant.file + ".py")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(mutant.old, mutant.new))
    return text.count(mutant.old) == 1


#: As short as it can be: one test that fails is enough.
_PYTEST = (sys.executable, "-m", "pytest", "-qx", "-p", "no:cacheprovider")


def tests_of(path: str) -> t.List[Command]:
    """The unit tests of a file below ``plugins``, where it has any of its own."""
    folder, name = os.path.split(path)
    own = os.path.join("tests", "unit", folder, "test_%s.py" % name[:-3].lstrip("_"))
    return [(*_PYTEST, own)] if os.path.exists(os.path.join(ROOT, own)) else []


def _commands(mutant: Mutant) -> t.List[Command]:
    """The tests that may see it, the quickest first."""
    faults: t.List[Command] = []
    if mutant.faults:
        faults = [(sys.executable, os.path.join("tests", "faults", "run.py"), "--jobs", "1", *mutant.faults)]
    own = tests_of(os.path.join("plugins", _kind(mutant.file), mutant.file + ".py"))
    return [*own, *faults, (*_PYTEST, os.path.join("tests", "unit", "plugins"))]


def is_red(command: Command, folder: str) -> bool:
    """Whether tests failed, or did not end; a command that did not come to test anything ends the program."""
    environment = {**os.environ, "KEYSMITH_TREE": folder, "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTHONPATH", None)
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=_LONGEST,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return True
    if done.returncode not in (0, 1):
        raise SystemExit("%s ended with %d:\n%s" % (" ".join(command), done.returncode, done.stdout.decode()[-800:]))
    return done.returncode == 1


def _seen_by(mutant: Mutant) -> str:
    """What saw the mutant; empty where nothing did."""
    with tempfile.TemporaryDirectory(prefix="keysmith-mutant-") as folder:
        copy(folder)
        if not _put_in(folder, mutant):
            return ""
        for command in _commands(mutant):
            if is_red(command, folder):
                return " ".join(command[1:])
    return ""


def _is_green(command: Command) -> bool:
    with tempfile.TemporaryDirectory(prefix="keysmith-mutant-") as folder:
        copy(folder)
        return not is_red(command, folder)


def main() -> int:
    parser = argparse.ArgumentParser(description="Take out protective lines and see which test notices.")
    parser.add_argument("chosen", nargs="*", metavar="WORD", help="only mutants with this word in their name or file")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
    arguments = parser.parse_args()
    words = arguments.chosen
    chosen = [one for one in MUTANTS if not words or any(word in one.what or word == one.file for word in words)]
    survived = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        commands = sorted({command for mutant in chosen for command in _commands(mutant)[:-1]})
        for command, green in zip(commands, pool.map(_is_green, commands)):
            if not green:
                print("red without any mutant: %s\n0 passed, 1 failed" % " ".join(command[1:]))
                return 1
        for mutant, by in zip(chosen, pool.map(_seen_by, chosen)):
            survived += not by
            print("%-9s %-12s %-46s %s" % ("killed" if by else "SURVIVED", mutant.file, mutant.what, by), flush=True)
    print("%d passed, %d failed" % (len(chosen) - survived, survived))
    return 1 if survived or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
