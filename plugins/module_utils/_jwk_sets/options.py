# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the module jwks: their specification, and what they ask for."""

from __future__ import annotations

import json
import typing as t

from .._disk.files import Attributes
from .._errors import KeysmithError
from .._keypair import values
from .._keypair.values import absolute, ids, seconds
from .files import Manner, Wanted

_STATES = ["present", "absent", "exact"]
_Spec = t.Dict[str, t.Dict[str, t.Any]]
#: What is said of one file.
_FILE: _Spec = {
    "path": {"type": "path"},
    "jwks": {"type": "list", "elements": "dict"},
    "key_ids": {"type": "list", "elements": "str", "no_log": False},
    "sources": {"type": "list", "elements": "path"},
    "single": {"type": "bool"},
}
#: What is said of one file cannot be said beside a list of files.
_EXCLUSIVE = [(many, option) for many in ("sets", "sets_json") for option in _FILE] + [("sets", "sets_json")]
#: What the options may not be together, and which of them are needed.
RULES: t.Dict[str, t.Any] = {"mutually_exclusive": _EXCLUSIVE, "required_one_of": [("path", "sets", "sets_json")]}
#: The types of an item's options, and of what is in those that are lists.
_TYPES: t.Dict[str, type] = {"path": str, "state": str, "jwks": list, "key_ids": list, "sources": list, "single": bool}
_INNER: t.Dict[str, type] = {"jwks": dict, "key_ids": str, "sources": str}


def arguments() -> _Spec:
    """The argument specification."""
    item: _Spec = dict(_FILE, path={"type": "path", "required": True}, state={"type": "str", "choices": _STATES})
    return dict(
        _FILE,
        state={"type": "str", "choices": _STATES, "default": "present"},
        sets={"type": "list", "elements": "dict", "options": item},
        sets_json={"type": "str"},
        owner={"type": "str"},
        group={"type": "str"},
        mode={"type": "raw", "default": "0644"},
        directory_mode={"type": "raw", "default": "0755"},
        lock_timeout={"type": "int", "default": 60},
    )


def wanted(options: t.Mapping[str, t.Any]) -> t.List[Wanted]:
    """What each file is to hold; KeysmithError names the option."""
    if options["sets_json"] is not None:
        items = _parsed(options["sets_json"])
    elif options["sets"] is not None:
        items = options["sets"]
    elif options["path"] is None:
        raise KeysmithError("sets: has to be a list; [] says that there are none.")
    else:
        return [_file(options, options["state"], "")]
    return [_file(item, item["state"] or options["state"], "sets[%d]." % at) for at, item in enumerate(items)]


def _parsed(text: str) -> t.List[t.Dict[str, t.Any]]:
    """The items of ``sets_json``, as AnsibleModule would make them of ``sets``."""
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        raise KeysmithError("sets_json: has to be JSON.") from None
    if not isinstance(items, list):
        raise KeysmithError("sets_json: has to be a list.")
    nothing = dict.fromkeys(_TYPES)
    for at, item in enumerate(items):
        if not isinstance(item, dict) or not set(item) <= set(_TYPES) or not item.get("path"):
            raise KeysmithError("sets[%d]: has to be a dictionary with a path and the options of sets." % at)
        for option, value in item.items():
            if value is None:
                continue
            inner = value if option in _INNER and isinstance(value, list) else ()
            if (
                not isinstance(value, _TYPES[option])
                or not all(isinstance(one, _INNER[option]) for one in inner)
                or (option == "state" and value not in _STATES)
            ):
                raise KeysmithError("sets[%d].%s: has to be what sets says of it." % (at, option))
    return [{**nothing, **item} for item in items]


def manner(options: t.Mapping[str, t.Any]) -> Manner:
    """How files are written; KeysmithError names the option."""
    owner, group = ids(options["owner"], options["group"])
    return Manner(
        Attributes(values.mode("mode", options["mode"], values.PUBLIC), owner, group),
        Attributes(values.mode("directory_mode", options["directory_mode"], values.DIRECTORY), owner, group),
        seconds("lock_timeout", options["lock_timeout"]),
    )


def _file(options: t.Mapping[str, t.Any], state: str, option: str) -> Wanted:
    item = Wanted(
        path=absolute(option + "path", options["path"]),
        state=state,
        jwks=options["jwks"] or [],
        key_ids=frozenset(options["key_ids"] or ()),
        sources=tuple(absolute(option + "sources", source) for source in options["sources"] or ()),
        single=bool(options["single"]),
        option=option,
    )
    if "" in (options["sources"] or ()):
        raise KeysmithError("%ssources: one of them is empty; give absolute paths." % option)
    if state == "exact" and options["jwks"] is None and options["sources"] is None:
        raise KeysmithError("%sstate: exact needs jwks or sources; jwks: [] says that there are none." % option)
    if item.key_ids and state != "absent":
        raise KeysmithError("%skey_ids: names keys to take out, so it goes with state: absent alone." % option)
    if item.single and state == "absent":
        raise KeysmithError("%ssingle: a file with one JWK has nothing to take out; use ansible.builtin.file." % option)
    return item
