# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folders of module_utils build on each other in one direction."""

from __future__ import annotations

import ast
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils import _errors

CODE = Path(_errors.__file__).parent
#: Folder -> the folders that its files may import.
MAY_IMPORT: t.Dict[str, t.Set[str]] = {
    "_disk": set(),
    "_keys": set(),
    "_env_files": set(),
    "_jose": {"_keys"},
    "_keypair": {"_disk", "_keys", "_env_files", "_jose"},
    "_service": {"_disk", "_keys", "_env_files", "_jose", "_keypair", "_oauth"},
    "_jwk_sets": {"_disk", "_keys", "_jose", "_keypair"},
    "_info": {"_disk", "_keys", "_env_files", "_jose", "_keypair", "_service"},
    "_oauth": {"_disk", "_keys", "_env_files", "_jose", "_keypair"},
}


def imported_folders(path: Path) -> t.Set[str]:
    """The folders of module_utils that a file imports from, itself not counted."""
    found: t.Set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 2:
            parts = node.module.split(".") if node.module else [alias.name for alias in node.names]
            found |= set(parts) & set(MAY_IMPORT)
    return found


def test_each_folder_is_known() -> None:
    assert {path.parent.name for path in CODE.glob("*/*.py")} == set(MAY_IMPORT)


@pytest.mark.parametrize("folder", sorted(MAY_IMPORT))
def test_a_folder_imports_only_what_is_below_it(folder: str) -> None:
    imports = {path.name: imported_folders(path) for path in (CODE / folder).glob("*.py")}
    assert {name: found - MAY_IMPORT[folder] for name, found in imports.items() if found - MAY_IMPORT[folder]} == {}
