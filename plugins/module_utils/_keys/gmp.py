# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Optional use of GMP (gmpy2) for numbers of thousands of digits: ten times as fast as Python."""

from __future__ import annotations

import functools
import importlib
import typing as t


@functools.lru_cache(maxsize=1)
def library() -> t.Any:
    """Return the module gmpy2; None if it is not installed."""
    try:
        return importlib.import_module("gmpy2")
    except ImportError:
        return None
