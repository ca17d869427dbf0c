# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describe a call of the batch module before any of it is inspected.

The controller and the host both read this: the one to ask a host whether all is as it was, the other to know it.
"""

from __future__ import annotations

import time
import typing as t

from .._errors import few
from .._keypair import asked as keypair_asked
from .._keypair import remembered

if t.TYPE_CHECKING:
    from .._keypair.record import Asked

#: Of a service. The secrets of key pairs are apart from everything else, in an option of their own.
SECRETS = ("passphrase", "previous_passphrases")
#: What a server is sent with a proof can hold a secret, and is of no use in a result.
_UNSHOWN = ("verify",)
#: The default directory of a service.
DIRECTORY = "/etc/{name}/jwt"
#: The link to the active version, in the directory of a service.
LINK = "current"
PRIVATE_KEY = "private.key"
#: So many key pairs are named by a warning that is about all of them.
_NAMED = 5

#: The options of the module.
ARGUMENTS: t.Dict[str, t.Dict[str, t.Any]] = {
    "keypairs": {"type": "list", "elements": "dict", "no_log": False},
    "secrets": {"type": "raw", "no_log": True},
    "services": {"type": "list", "elements": "dict"},
    "defaults": {"type": "dict"},
    "make": {"type": "list", "elements": "str"},
    "recipients": {"type": "dict"},
    "sealed": {"type": "dict"},
    "restarted": {"type": "dict"},
    "clock": {"type": "int"},
    "confirmed": {"type": "dict"},
    "absent": {"type": "list", "elements": "str"},
    "controller": {"type": "dict"},
}

#: The options of a task that may find all as it was, the way in which it says what it is about first.
_WAYS: t.Tuple[t.Dict[str, type], ...] = (
    {"services": list, "defaults": dict, "clock": int},
    {"keypairs": list, "secrets": dict},
)

Options = t.Mapping[str, t.Any]
#: What a record holds besides its key pair, of the active version of a service: the key pairs that have records, in the
#: order of the result, those that are retired with what is returned of them, and what is told to others that share.
PAIRS, RETIRED, SHARED = "pairs", "retired", "shared"
#: And of a service that is rotated, until when there is nothing to do, and what is returned of that.
UNTIL, ROTATION = "until", "rotation"


def is_routine(options: Options) -> bool:
    """Check for a call that is made again and again. A call that shares a key is made once."""
    return not any(options.get(name) for name in ("make", "recipients", "sealed"))


def can_be_remembered(options: Options) -> bool:
    """Check whether an earlier run may have been the same; removals are not recorded."""
    return is_routine(options) and options.get("restarted") is None and options.get("confirmed") is None


def may_be_settled(options: Options) -> bool:
    """Check whether records can exist for all of a task as written, before a module has parsed it.

    What a module would take for another type, what is changed in every run, and what is gone has none.
    """
    said = {name: value for name, value in options.items() if value is not None}
    if options.get("secrets", {}) is None:
        # Given, and empty: the module refuses it.
        return False
    for kinds in _WAYS:
        items = said.get(next(iter(kinds)))
        if items and set(said) <= set(kinds) and all(isinstance(value, kinds[name]) for name, value in said.items()):
            return all(isinstance(item, dict) and _settles({**(said.get("defaults") or {}), **item}) for item in items)
    return False


def _settles(item: Options) -> bool:
    return item.get("state") != "absent" and item.get("regenerate") != "always" and not item.get("attributes")


def asked(options: Options) -> t.Optional[t.List[Asked]]:
    """Return the options of each service or key pair, to which its records are bound; None without records.

    With services, a record is where the link to the active version leads.
    """
    services, keypairs = options.get("services"), options.get("keypairs")
    items = keypairs if services is None else services
    names = [item.get("name") for item in items or ()]
    if items is None or len(set(map(str, names))) < len(names):
        return None
    try:
        if services is None:
            secrets = options.get("secrets") or {}
            return [keypair_asked.asked(str(item["path"]), [item, secrets.get(item["name"])]) for item in items]
        return [_asked(item, options.get("defaults") or {}) for item in items]
    except (TypeError, ValueError, LookupError, AttributeError):
        return None


def _asked(service: Options, defaults: Options) -> Asked:
    name = str(service.get("name"))
    return keypair_asked.asked(
        "%s/%s/%s" % (directory(service, defaults), LINK, PRIVATE_KEY), [service, defaults], name
    )


def directory(service: Options, defaults: Options) -> str:
    """Return the directory of a service from its options."""
    said = service.get("directory") or defaults.get("directory") or DIRECTORY
    return str(said).replace("{name}", str(service.get("name"))).rstrip("/")


def warnings_of(pairs: t.Iterable[t.Tuple[str, t.Iterable[str]]]) -> t.List[str]:
    """Return each warning about key pairs once, with the names of the key pairs that it is about."""
    about: t.Dict[str, t.List[str]] = {}
    for name, texts in pairs:
        for text in dict.fromkeys(texts):
            about.setdefault(text, []).append(name)
    return ["%s: %s" % (few(names, _NAMED), text) for text, names in about.items()]


def recalled(
    options: Options, found: t.Sequence[t.Sequence[remembered.Remembered]]
) -> t.Optional[t.Tuple[Options, t.List[str]]]:
    """Return the result of a call in which nothing changes, and its warnings, from the records of all items.

    None where these are not all: a link to another version leads to a record that does not know the service.
    """
    try:
        return _recalled(options, found)
    except (TypeError, ValueError, LookupError, AttributeError):
        return None


def _recalled(options: Options, found: t.Sequence[t.Sequence[remembered.Remembered]]) -> t.Tuple[Options, t.List[str]]:
    services = options.get("services")
    names = [str(item["name"]) for item in (options.get("keypairs") if services is None else services) or ()]
    if len(found) != len(names):
        raise ValueError
    if services is None:
        pairs = {name: one for name, (one,) in zip(names, found)}
        texts = warnings_of((name, one.warnings) for name, one in pairs.items())
        return {"changed": False, "keypairs": {name: one.result for name, one in pairs.items()}}, texts
    keypairs: t.Dict[str, t.Any] = {}
    jwks: t.Dict[str, t.Any] = {}
    shared: t.Dict[str, t.Any] = {}
    rotation: t.Dict[str, t.Any] = {}
    told: t.List[t.Tuple[str, t.Sequence[str]]] = []
    now = max(time.time(), options.get("clock") or 0)
    for name, records in zip(names, found):
        active = records[0].more
        if len(active[PAIRS]) != len(records):
            raise ValueError
        if UNTIL in active:
            if now >= active[UNTIL]:
                raise ValueError
            rotation[name] = active[ROTATION]
        keypairs.update(zip(active[PAIRS], (one.result for one in records)))
        told += zip(active[PAIRS], (one.warnings for one in records))
        keypairs.update(active[RETIRED])
        shared.update({pair: one.more[SHARED] for pair, one in zip(active[PAIRS], records) if SHARED in one.more})
        jwks[name] = {"keys": [one.result["jwk"] for one in records]}
    result = {"changed": False, "keypairs": keypairs, "jwks": jwks, "restart": [], "restart_due": {}, "units": []}
    more = {SHARED: shared, ROTATION: rotation}
    return {**result, **{name: value for name, value in more.items() if value}}, warnings_of(told)


def shown(options: Options) -> t.Dict[str, t.Any]:
    """Return the items as they may be shown, in a call without misspelt options."""
    services, defaults = options.get("services"), options.get("defaults")
    return {
        "services": services and [without_secrets(service) for service in services],
        "defaults": defaults and without_secrets(defaults),
        "keypairs": options.get("keypairs"),
    }


def without_secrets(options: Options) -> t.Dict[str, t.Any]:
    """Return the options of a service, or the common ones, as they may be shown."""
    return {name: options[name] for name in options if name not in SECRETS + _UNSHOWN}
