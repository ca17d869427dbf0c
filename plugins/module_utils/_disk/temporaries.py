# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of temporary files, by which a run finds what a killed one left."""

from __future__ import annotations

import re
import secrets
import typing as t

from .directory import Directory

_TEMPORARY = re.compile(r"\.ks-(.*)\.[0-9a-f]{16}\.tmp", re.DOTALL)


def temporary_name(name: str) -> str:
    """Return a temporary name that shows which file it is for, so that the next run finds what a killed one left."""
    return ".ks-%s.%s.tmp" % (name[:200], secrets.token_hex(8))


def leftovers(folder: Directory, names: t.Iterable[str]) -> t.List[str]:
    """Return the temporary files that a killed run left for these names. Call it with the directory locked."""
    found = folder.named(_TEMPORARY)
    return sorted(name for known in {name[:200] for name in names} for name in found.get(known, ()))
