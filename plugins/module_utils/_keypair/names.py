# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuse names that YAML reads as something else: 2024.10 is the number 2024.1, 1_000 is 1000, 2024-06-01 a date.

What was written is lost by then, so such a name is refused. A plain 1 is refused, too: it may have been 01 or 0b1.
"""

from __future__ import annotations

import datetime
import typing as t

from .._errors import KeysmithError


def name(option: str, value: t.Any) -> str:
    """Return the name; KeysmithError for anything but a string."""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple, t.Mapping)):
        raise KeysmithError("%s: has to be a string, not a list or a dictionary." % option)
    if isinstance(value, bool):
        meant = "%s, a truth value" % str(value).lower()
    elif isinstance(value, (int, float)):
        meant = "the number %s" % value
    elif isinstance(value, datetime.date):
        meant = "the date %s" % value.isoformat()
    elif value is None:
        meant = "no value"
    else:
        # A text of Ansible's own, such as one from a vault.
        return str(value)
    raise KeysmithError("%s: YAML reads a name in it as %s; put the name in quotes." % (option, meant))


def listed(option: str, value: t.Any) -> t.List[str]:
    """Return a list of names; a string is one name, or several with commas, as in an inventory in INI form."""
    if isinstance(value, str):
        return [one.strip() for one in value.split(",") if one.strip()]
    if not isinstance(value, (list, tuple)):
        return [name(option, value)]
    return [name(option, one) for one in value]


def by_version(option: str, value: t.Any) -> t.Union[str, t.Dict[str, str]]:
    """Return a name, or a dictionary with a name for each version."""
    if isinstance(value, t.Mapping):
        return {name(option, version): name(option, one) for version, one in value.items()}
    return name(option, value)


Check = t.Callable[[str, t.Any], t.Any]
#: The options of a service that hold a name, several names, or one for each version.
SERVICE: t.Dict[str, Check] = {
    "name": name,
    "versions": listed,
    "active": name,
    "retired": listed,
    "key_id": by_version,
    "systemd_unit": name,
    "restart": listed,
}
#: The same for a key pair.
KEYPAIR: t.Dict[str, Check] = {"name": name, "key_id": name}
#: The same for a file with a JWK Set.
JWK_SET: t.Dict[str, Check] = {"key_ids": listed}


def checked(options: t.Mapping[str, t.Any], table: t.Mapping[str, Check]) -> t.Dict[str, t.Any]:
    """Return the options with names as strings and lists of strings; null counts as not given."""
    return {
        option: table[option](option, value) if option in table and value is not None else value
        for option, value in options.items()
    }
