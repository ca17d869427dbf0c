# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of the user's directories on the controller, such as ``{{ inventory_dir }}/../public-keys``."""

from __future__ import annotations

import os
import typing as t


def usable(path: t.Any) -> bool:
    """Check for the absolute path of a directory, or ~/ and more."""
    return isinstance(path, str) and path.isprintable() and os.path.expanduser(path).startswith("/")


def plain(path: str) -> str:
    """Return the path without ``~``, ``.``, ``..`` and a slash at its end.

    ``..`` leads where it leads for every program: to the parent of what a symbolic link before it leads to. Other
    symbolic links stay in the path, as their owners are checked when the directory is opened.
    """
    path = os.path.expanduser(path)
    if not path.startswith("/"):
        return path
    here = "/"
    for part in path.split("/"):
        if part == "..":
            here = os.path.dirname(os.path.realpath(here))
        elif part not in ("", "."):
            here = os.path.join(here, part)
    return here
