# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes a file in every small way there is, and names the changes that the unit tests of the file do not see.

``python3 tests/faults/mutate.py plugins/module_utils/_disk/files.py [...]``; with ``--one-in N`` a sample. A condition
becomes true or false, a part of one is left out, an error is not raised, a call is not made. What survives is a line
without a test of its own or one that no test can see, such as a sync of a disk.
"""

from __future__ import annotations

import argparse
import ast
import concurrent.futures
import os
import sys
import tempfile
import typing as t

from mutants import ROOT, copy, is_red, tests_of


class Change(t.NamedTuple):
    """Octets of the source, from an offset to another, and what stands there instead."""

    start: int
    end: int
    new: str


def changes(source: bytes) -> t.List[Change]:
    """All of them, in the order of the text."""
    lines = [0]
    for line in source.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))

    def of(node: t.Any, new: str) -> Change:
        start, end = lines[node.lineno - 1] + node.col_offset, lines[node.end_lineno - 1] + node.end_col_offset
        return Change(start, end, new)

    found: t.List[Change] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.If, ast.While, ast.IfExp)):
            found += [of(node.test, "False")] + ([] if isinstance(node, ast.While) else [of(node.test, "True")])
        elif isinstance(node, ast.BoolOp):
            found += [of(value, "True" if isinstance(node.op, ast.And) else "False") for value in node.values]
        elif isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
            found.append(of(node, "pass"))
    return sorted(found)


def _is_killed(path: str, source: bytes, change: Change) -> bool:
    with tempfile.TemporaryDirectory(prefix="keysmith-mutate-") as folder:
        copy(folder)
        with open(os.path.join(folder, path), "wb") as file:
            file.write(source[: change.start] + change.new.encode() + source[change.end :])
        return any(is_red(command, folder) for command in tests_of(path))


def _told(path: str, source: bytes, change: Change) -> str:
    line = source.count(b"\n", 0, change.start) + 1
    text = " ".join(source[change.start : change.end].decode().split())
    return "%s:%d: %s -> %s" % (path, line, text if len(text) < 80 else text[:77] + "...", change.new)


def main() -> int:
    parser = argparse.ArgumentParser(description="Change files in small ways and name what their tests do not see.")
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file below plugins")
    parser.add_argument("--one-in", type=int, default=1, metavar="N", help="one in N changes of each file")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
    arguments = parser.parse_args()
    tried = survived = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for path in arguments.paths:
            if not tests_of(path):
                print("%s has no unit tests of its own" % path)
                continue
            with open(os.path.join(ROOT, path), "rb") as file:
                source = file.read()
            chosen = changes(source)[:: arguments.one_in]
            killed = pool.map(lambda change, path=path, source=source: _is_killed(path, source, change), chosen)
            left = [change for change, is_gone in zip(chosen, killed) if not is_gone]
            for change in left:
                print(_told(path, source, change), flush=True)
            tried, survived = tried + len(chosen), survived + len(left)
    print("%d of %d changes were seen" % (tried - survived, tried))
    return 0 if tried else 1


if __name__ == "__main__":
    sys.exit(main())
