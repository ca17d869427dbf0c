# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names that our variables in environment files had before: they go when the variables are renamed.

The record of a key pair says which names its run has set. Without a record nothing is known, and every line stays.
"""

from __future__ import annotations

import json
import os
import typing as t
import zlib

from . import record
from .options import ENVIRONMENT
from .request import THUMBPRINT, VARIABLES, EnvironmentFile, Wanted

if t.TYPE_CHECKING:
    from .._disk.files import FileSlot
    from .open_key import OpenedKey
    from .state import FoundEnvironment

#: The names by the options that give them.
Names = t.Dict[str, str]
_USUAL: Names = {option: ENVIRONMENT[option].get("default") or "" for option in VARIABLES}


def noted(wanted: Wanted) -> t.Dict[str, Names]:
    """What a record says of names: by environment file, those that are not the usual ones."""
    found = {item.path: _differing(_names(item), _USUAL) for item in wanted.environment}
    return {path: names for path, names in found.items() if names}


def former(wanted: Wanted) -> t.Dict[str, Names]:
    """By environment file, the names that the last run has set and that are others now, or turned off."""
    try:
        octets, _is_file = record.found(wanted.path)
        known = record.Record(octets[record.HEAD :])
        if not os.path.samestat(os.stat(wanted.path), os.stat(known.paths[0])):
            return {}
        _facts, _warnings, _more, names = json.loads(known.rest)
        before = {path: {**_USUAL, **names.get(path, {})} for path in known.paths}
        found = {item.path: _gone(before[item.path], item) for item in wanted.environment if item.path in before}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, zlib.error):
        return {}
    return {path: names for path, names in found.items() if names}


def _names(item: EnvironmentFile) -> Names:
    return {option: str(getattr(item, option)) for option in VARIABLES}


def _differing(names: Names, usual: Names) -> Names:
    return {option: name for option, name in names.items() if name != usual[option]}


def _gone(before: Names, item: EnvironmentFile) -> Names:
    return {option: before[option] for option in VARIABLES if before[option] and before[option] not in item.variables}


def are_ours(item: FoundEnvironment, place: FileSlot, opened: t.Optional[OpenedKey], wanted: Wanted) -> bool:
    """Whether the lines with those names are about this key still: by its path, its key ID or its passphrase."""
    if item.key_path:
        return place.is_at(item.key_path)
    if opened and item.passphrase:
        return item.passphrase == opened.passphrase
    ids = {wanted.key_id, opened.key.thumbprint if opened else ""} - {THUMBPRINT, ""}
    return item.key_id in ids
