# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuse anything that has the name of a file but is not a regular file."""

from __future__ import annotations

import os
import stat

from .._errors import KeysmithError

_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a block device"),
    (stat.S_ISCHR, "a character device"),
)


def check(option: str, path: str, info: os.stat_result) -> None:
    """Refuse anything but a regular file; ``info`` describes the name itself, no link is followed."""
    if stat.S_ISLNK(info.st_mode):
        sentence = "%s: %s is a symbolic link; name the file that it leads to, or remove it."
        raise KeysmithError(sentence % (option, path))
    for is_kind, kind in _KINDS:
        if is_kind(info.st_mode):
            raise KeysmithError("%s: %s is %s; name a file." % (option, path, kind))
