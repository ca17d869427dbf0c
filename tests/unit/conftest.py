# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes ``ansible_collections.keysmith.jwt`` importable from any checkout, for a plain pytest.

Under ansible-test the package is there already and nothing is done.
"""

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _package(name: str, path: Path | None) -> None:
    package = types.ModuleType(name)
    package.__path__ = [str(path)] if path else []
    sys.modules[name] = package
    parent, _dot, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, package)


def _importable() -> bool:
    try:
        return importlib.util.find_spec("ansible_collections.keysmith.jwt.plugins") is not None
    except ImportError:
        return False


if not _importable():
    _package("ansible_collections", None)
    _package("ansible_collections.keysmith", None)
    _package("ansible_collections.keysmith.jwt", ROOT)
