# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the module jwks: their specification, and the requests that follow from them."""

from __future__ import annotations

import json
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .._disk.attributes import Attributes
from .._errors import KeysmithError
from .._jose import json_text
from .._keypair import values
from .._keypair.values import absolute, ids, seconds
from .files import Manner
from .sources import Wanted

_STATES = ["present", "absent", "exact"]
_Spec = t.Dict[str, t.Dict[str, t.Any]]
#: The options of one file.
_FILE: _Spec = {
    "path": {"type": "path"},
    "jwks": {"type": "raw"},
    "key_ids": {"type": "list", "elements": "str", "no_log": False},
    "sources": {"type": "list", "elements": "path"},
    "single": {"type": "bool"},
}
_ITEM: _Spec = dict(_FILE, path={"type": "path", "required": True}, state={"type": "str", "choices": _STATES})
_SETS: t.Dict[str, t.Any] = {"type": "list", "elements": "dict", "options": _ITEM}
#: The options of one file cannot be combined with a list of files.
_EXCLUSIVE = [(many, option) for many in ("sets", "sets_json") for option in _FILE] + [("sets", "sets_json")]
#: What the options may not be together, and which of them are needed.
RULES: t.Dict[str, t.Any] = {"mutually_exclusive": _EXCLUSIVE, "required_one_of": [("path", "sets", "sets_json")]}


def arguments() -> _Spec:
    """Return the argument specification."""
    return dict(
        _FILE,
        state={"type": "str", "choices": _STATES, "default": "present"},
        sets=_SETS,
        sets_json={"type": "str"},
        owner={"type": "str"},
        group={"type": "str"},
        mode={"type": "raw", "default": "0644"},
        directory_mode={"type": "raw", "default": "0755"},
        lock_timeout={"type": "int", "default": 60},
    )


def wanted(options: t.Mapping[str, t.Any]) -> t.List[Wanted]:
    """Return the request for each file; KeysmithError names the option."""
    if options["sets_json"] is not None:
        items = _parsed(options["sets_json"])
    elif options["sets"] is not None:
        items = options["sets"]
    elif options["path"] is None:
        raise KeysmithError("sets: has to be a list; use [] for none.")
    else:
        return [_file(options, options["state"], "")]
    return [_file(item, item["state"] or options["state"], "sets[%d]." % at) for at, item in enumerate(items)]


def _parsed(text: str) -> t.List[t.Dict[str, t.Any]]:
    """Return the items of ``sets_json``, as Ansible would make them from ``sets``."""
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        raise KeysmithError("sets_json: has to be JSON.") from None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        # Ansible would quote what is in their place.
        raise KeysmithError("sets_json: has to be a list of dictionaries.")
    if all(map(_is_plain, items)):
        # What Ansible would do to each of thousands of items, all of which it would leave as they are.
        nothing = dict.fromkeys(_ITEM)
        return [{**nothing, **item} for item in items]
    # Releases differ in what they make of a path that is null.
    given = [{name: value for name, value in item.items() if value is not None} for item in items]
    validated = ArgumentSpecValidator({"sets": _SETS}).validate({"sets": given})
    if validated.error_messages:
        raise KeysmithError("sets_json: %s." % "; ".join(text.rstrip(".") for text in validated.error_messages))
    return t.cast(t.List[t.Dict[str, t.Any]], validated.validated_parameters["sets"])


def _is_plain(item: t.Mapping[str, t.Any]) -> bool:
    """Check for an item that Ansible would leave as it is."""
    if not set(item) <= set(_ITEM) or not _are_plain([item.get("path")], is_path=True):
        return False
    lists = {name: item.get(name) or [] for name in ("key_ids", "sources")}
    return (
        item.get("state", "present") in _STATES
        and type(item.get("single")) in (bool, type(None))
        and _are_plain(lists["key_ids"], is_path=False)
        and _are_plain(lists["sources"], is_path=True)
    )


def _are_plain(texts: t.Any, is_path: bool) -> bool:
    return isinstance(texts, list) and all(
        isinstance(text, str) and (not is_path or (text.startswith("/") and "$" not in text)) for text in texts
    )


def manner(options: t.Mapping[str, t.Any]) -> Manner:
    """Return mode and owner of the files; KeysmithError names the option."""
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
        jwks=_keys(options["jwks"], option + "jwks"),
        key_ids=frozenset(options["key_ids"] or ()),
        sources=tuple(absolute(option + "sources", source) for source in options["sources"] or ()),
        single=bool(options["single"]),
        option=option,
    )
    if not item.path:
        raise KeysmithError("%spath: is empty; give an absolute path." % option)
    if "" in (options["sources"] or ()):
        raise KeysmithError("%ssources: one of them is empty; give absolute paths." % option)
    if state == "exact" and options["jwks"] is None and options["sources"] is None:
        raise KeysmithError("%sstate: exact needs jwks or sources; jwks: use [] for none." % option)
    if item.key_ids and state != "absent":
        raise KeysmithError("%skey_ids: names keys to remove, so it needs state: absent." % option)
    if item.single and state == "absent":
        raise KeysmithError(
            "%ssingle: a key cannot be removed from a file with one JWK; remove the file with ansible.builtin.file."
            % option
        )
    return item


def _keys(jwks: t.Any, name: str) -> t.Any:
    """Return the given keys; JSON text is parsed, as Ansible does elsewhere."""
    if jwks is None:
        return []
    if isinstance(jwks, (list, tuple)):
        return [_from_json(item, "%s[%d]" % (name, at)) for at, item in enumerate(jwks)]
    found = _from_json(jwks, name)
    if isinstance(found, (dict, list)) or (isinstance(found, str) and found):
        return found
    raise KeysmithError("%s: has to be a list of JWKs and JWK Sets; use [] for none." % name)


def _from_json(value: t.Any, name: str) -> t.Any:
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return json_text.parse(value.encode("utf-8", "replace"))
    except KeysmithError as error:
        raise KeysmithError("%s %s." % (name, error)) from None
