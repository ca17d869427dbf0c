# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of an environment file that are not ours."""

from __future__ import annotations

import typing as t

from .dialects import ENVDIR, ROWS


def values(text: bytes, ours: t.Container[str], dialect: str) -> t.List[str]:
    """Return the plain values of all other variables. KeysmithError if the file cannot be read in that format."""
    if dialect == ENVDIR:
        return []
    read = ROWS[dialect].readers[0](text.decode("utf-8", "surrogateescape"))
    return [each.value for each in read if each.value is not None and each.name not in ours]
