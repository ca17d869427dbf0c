# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a key pair in the form to which its record is bound: the same on the controller and on the host."""

from __future__ import annotations

import json
import typing as t

if t.TYPE_CHECKING:
    from .record import Asked


#: Of a JWK (RFC 7518 section 6, RFC 8037, RFC 9964), as in _jose/jwk, which an unchanged run does not load.
PRIVATE_MEMBERS = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"))
#: What Ansible may show of an option with secrets.
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def asked(anchor: str, options: t.Any, name: str = "") -> Asked:
    """Return all options of the private key at a path; ``{name}`` in them stands for that name.

    TypeError or ValueError for what cannot be asked for. Holds secrets: never shown.
    """
    text = json.dumps(options, sort_keys=True)
    return anchor, text, sorted(set(_names(options, name)))


def texts(value: t.Any) -> t.Iterator[str]:
    """Return all strings in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def hidden_texts(value: t.Any) -> t.Iterator[str]:
    """Return the strings of a secret option that must not be shown: all but the public members of a private JWK."""
    if isinstance(value, dict):
        is_jwk = "kty" in value
        for name, one in value.items():
            if not is_jwk or name in PRIVATE_MEMBERS or not isinstance(one, str):
                yield from hidden_texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from hidden_texts(one)
    elif isinstance(value, str):
        yield value


def _names(value: t.Any, service: str) -> t.Iterator[t.Tuple[str, str]]:
    """Return the strings whose meaning depends on the host: owners, groups, ~ and $ in paths."""
    if isinstance(value, dict):
        for option, one in value.items():
            if option in ("owner", "group") and isinstance(one, str) and one:
                yield option, one.replace("{name}", service) if service else one
            else:
                yield from _names(one, service)
    elif isinstance(value, list):
        for one in value:
            yield from _names(one, service)
    elif isinstance(value, str) and (value.startswith("~") or "$" in value):
        yield "path", value
