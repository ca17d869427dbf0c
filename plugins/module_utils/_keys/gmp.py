# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GMP for numbers of thousands of digits, where Python has gmpy2: optional, in a tenth of the time."""

from __future__ import annotations

import functools
import importlib
import typing as t


@functools.lru_cache(maxsize=1)
def library() -> t.Any:
    """The module gmpy2; None where there is none."""
    try:
        return importlib.import_module("gmpy2")
    except ImportError:
        return None
