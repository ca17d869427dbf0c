# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether tests/requirements.md is true: each requirement has a test, and each test that it names is there."""

from __future__ import annotations

import ast
import re
import typing as t
from pathlib import Path

from ci.workspace import ROOT

TABLE = Path("tests/requirements.md")
#: The kinds of requirements, one letter each.
KINDS = "WGLKXCVUHRIO"
ROW = re.compile(r"\| ([A-Z])(\d+) \| (.+?) \| (.+) \|")


def complaints() -> list[str]:
    """What is wrong with the table, a sentence each."""
    text = (ROOT / TABLE).read_text("utf-8")
    rows = [found.groups() for found in map(ROW.fullmatch, text.splitlines()) if found]
    listed = [kind + number for kind, number, _what, _tests in rows]
    most = {kind: max((int(number) for one, number, *_rest in rows if one == kind), default=1) for kind in KINDS}
    # Numbers without a gap: a row that is lost is seen.
    expected = [f"{kind}{number}" for kind in KINDS for number in range(1, most[kind] + 1)]
    found = [f"{name} is missing" for name in expected if name not in listed]
    found += [f"{name} is there twice, or is none" for name in sorted(listed) if listed.count(name) > 1]
    found += [f"{name} is not known" for name in listed if name not in expected]
    known = Known()
    for kind, number, _what, tests in rows:
        found += [f"{kind}{number}: {one}" for one in known.wrong(tests)]
    return found


class Known:
    """The tests of the repository."""

    def __init__(self) -> None:
        sources = [path.read_text("utf-8") for path in (ROOT / "tests/unit").rglob("test_*.py")]
        self.functions = {name for text in sources for name in re.findall(r"^ *def (test_\w+)\(", text, re.MULTILINE)}
        self.targets = {path.name for path in (ROOT / "tests/integration/targets").iterdir()}
        self.faults = _faults()
        self.steps = (ROOT / "tests/ci/table.py").read_text("utf-8")

    def wrong(self, tests: str) -> list[str]:
        """What in a row's last column is not there; that it names nothing, where it does not."""
        names = [part.strip() for part in re.split("[;,] ", tests)]
        return [f"there is no test {name}" for name in self._resolved(names)] if any(names) else ["names no test"]

    def _resolved(self, names: t.Sequence[str]) -> t.Iterator[str]:
        """Those that are not there. Words after ``faults:`` are of its names until something else is named."""
        in_faults = False
        for name in names:
            word = name.removeprefix("faults: ")
            in_faults = name.startswith("faults: ") or (in_faults and self._is_fault(word))
            if not (self._is_fault(word) if in_faults else self._is_there(name)):
                yield name

    def _is_fault(self, word: str) -> bool:
        return any(word in name for name in self.faults)

    def _is_there(self, name: str) -> bool:
        if name.startswith("`test_"):
            return name.strip("`") in self.functions
        if re.fullmatch(r"\[.+\]\(\.\./(.+)\)", name):
            return (ROOT / name.partition("](../")[2].rstrip(")")).is_file()
        if name.startswith("`python3 "):
            return (ROOT / name.strip("`").split()[1]).is_file()
        if re.match(r"(steps )?`[\w-]+\*`", name):
            step = re.sub(r"(steps )?`([\w-]+)\*`.*", r"\2", name)
            return f'"{step}' in self.steps
        return name in self.targets or (name in ("leaks", "fleet") and (ROOT / "tests" / name / "run.py").is_file())


def _faults() -> list[str]:
    """The names by which tests/faults/run.py chooses what it tries."""
    tree = ast.parse((ROOT / "tests/faults/run.py").read_text("utf-8"))
    tables = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Dict)
    ]
    return [str(key.value) for table in tables for key in table.keys if isinstance(key, ast.Constant)]
