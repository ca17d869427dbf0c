# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Former names of our variables in environment files: their lines are removed when variables are renamed.

The record of a key pair says which names its run has set. Without a record nothing is known, and every line stays.
"""

from __future__ import annotations

import base64
import json
import os
import typing as t
import zlib

from .._env_files import other_values
from .._errors import KeysmithError
from . import other_keys, record
from .options import ENVIRONMENT
from .request import VARIABLES, EnvironmentFile, Wanted

if t.TYPE_CHECKING:
    from .state import FoundEnvironment

#: The names by the options that give them.
Names = t.Dict[str, str]
_USUAL: Names = {option: ENVIRONMENT[option].get("default") or "" for option in VARIABLES}


def noted(wanted: Wanted) -> t.Dict[str, Names]:
    """Return what a record keeps of names: by environment file, those that are not the default ones."""
    found = {item.path: _differing(_names(item), _USUAL) for item in wanted.environment}
    return {path: names for path, names in found.items() if names}


def former(wanted: Wanted) -> t.Dict[str, Names]:
    """Return by environment file the names that the last run has set and that are changed or turned off now."""
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


class Own(t.NamedTuple):
    """Tests that a value belongs to our key; each is true only if that is certain."""

    path: t.Callable[[str], bool]
    key_ids: t.AbstractSet[str]
    passphrase: t.Callable[[bytes], bool]
    private_key: t.Callable[[bytes], bool]


def ours(item: FoundEnvironment, own: Own) -> Names:
    """Return the former names whose values still belong to our key, and to no other key that the file names."""
    path = item.key_path
    if path and not own.path(path):
        return {}
    return {option: name for option, name in item.former.items() if _is_ours(option, item.values.get(name), item, own)}


def _is_ours(option: str, value: t.Optional[str], item: FoundEnvironment, own: Own) -> bool:
    if not value:
        return False
    if option == "key_path_variable":
        return own.path(value)
    if option == "key_id_variable":
        return value in own.key_ids
    octets = value.encode("utf-8", "surrogateescape")
    if option == "passphrase_variable":
        return own.passphrase(octets) and not _speaks_of_another(item, own)
    try:
        return own.private_key(base64.b64decode(octets, validate=True))
    except ValueError:
        return False


def _speaks_of_another(item: FoundEnvironment, own: Own) -> bool:
    """Check whether the file names another key, which may need its passphrase."""
    try:
        others = other_values.values(item.file.content, item.wanted.variables, item.wanted.format)
    except KeysmithError:
        return True
    return any(os.path.isabs(value) and not own.path(value) and other_keys.is_needed(value) for value in others)
