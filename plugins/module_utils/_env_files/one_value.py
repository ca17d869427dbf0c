# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of a directory with one file a variable, as envdir, chpst -e and s6-envdir read it.

The name of the file is that of the variable. The value is the first line without the blanks at its end; an empty file
unsets the variable.
"""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError


def has_more_lines(text: bytes) -> bool:
    """Check whether the file has more than the one line that is read."""
    return bool(text.partition(b"\n")[2].strip())


def value(text: bytes) -> t.Optional[str]:
    """Return the value, None if the variable is unset. KeysmithError if programs differ or it is not UTF-8."""
    line = text.partition(b"\n")[0]
    if line.endswith(b"\r"):
        raise KeysmithError("it ends with a carriage return, which envdir keeps and s6-envdir cuts; remove it.")
    try:
        # A newline in a value is written as NUL.
        return line.rstrip(b" \t").decode("utf-8").replace("\0", "\n") if text else None
    except UnicodeDecodeError:
        raise KeysmithError("it has a value that is not UTF-8.") from None


def changed(text: bytes, wanted: t.Optional[str]) -> bytes:
    """Return the file with that value, or empty; unchanged if it already has the value."""
    if value(text) == wanted:
        return text
    return b"" if wanted is None else wanted.encode("utf-8") + b"\n"


def written(text: str) -> t.Optional[str]:
    """Return the value as it stands in the file; None if it cannot be written, because blanks at the end are cut."""
    return text if text == text.rstrip(" \t") else None
