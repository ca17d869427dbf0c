# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find services on a host that no list names: directories with keys where those of the list would be."""

from __future__ import annotations

import os
import re
import typing as t

from .._disk.directory import open_directory
from .._errors import KeysmithError
from . import service_directory

_PLACE = "{name}"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}", re.ASCII)
#: The most names in a directory such as /etc that are examined, and the most services that are returned.
_MOST_NAMES, _MOST = 10000, 1000


def find(patterns: t.Iterable[str], known: t.Iterable[str], now: int) -> t.Dict[str, service_directory.Result]:
    """Return by name what is in directories that match a pattern such as ``/etc/{name}/jwt``, without the ``known``
    ones.
    """
    taken = {os.path.realpath(path) for path in known}
    found: t.Dict[str, service_directory.Result] = {}
    for pattern in sorted(set(patterns)):
        for name in _names(pattern):
            path = pattern.replace(_PLACE, name)
            real = os.path.realpath(path)
            if len(found) == _MOST or name in found or real in taken or not os.path.isdir(path):
                continue
            one = service_directory.unlisted(path, now)
            if one:
                taken.add(real)
                found[name] = one
    return found


def _names(pattern: str) -> t.Iterator[str]:
    """Return what can stand for the name in a pattern that has it once."""
    if pattern.count(_PLACE) != 1 or not pattern.startswith("/"):
        return
    above, _place, rest = pattern.partition(_PLACE)
    parent, start = os.path.split(above)
    end = rest.split("/")[0]
    try:
        with open_directory(parent or "/", "directory") as folder:
            entries = folder.entries()[:_MOST_NAMES]
    except KeysmithError:
        return
    for entry in sorted(entries):
        name = entry[len(start) : len(entry) - len(end)]
        if entry == start + name + end and _NAME.fullmatch(name):
            yield name
