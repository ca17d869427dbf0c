# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a file up to a limit, in memory that follows its length: a file object would allocate the whole limit."""

from __future__ import annotations

import os

_CHUNK = 1 << 16


def read(fd: int, most: int) -> bytes:
    """Read the rest of the file, up to this number of octets."""
    parts = []
    left = most
    while left:
        part = os.read(fd, min(left, _CHUNK))
        if not part:
            break
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
