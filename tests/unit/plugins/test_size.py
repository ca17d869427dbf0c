# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file answers one question, and a function fits a screen: who needs more lines has found two of them."""

from __future__ import annotations

import ast
from pathlib import Path

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
FILE, FUNCTION = 250, 40
#: Documentation is in them.
DOCUMENTED = ("modules", "filter", "doc_fragments")


def test_no_file_and_no_function_is_too_long() -> None:
    long = []
    for path in PLUGINS.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        name = str(path.relative_to(PLUGINS))
        if path.parent.name not in DOCUMENTED and text.count("\n") > FILE:
            long.append(name)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= FUNCTION:
                long.append("%s: %s" % (name, node.name))
    assert long == []
