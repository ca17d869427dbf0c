# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check and complete a task's arguments before they are sent: services given as names, and wrong names.

YAML has names that are numbers or dates. On the way to a host the names in a dictionary become texts, whatever they
were, and a date ends the task with a message of the serializer.
"""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import names

_Table = t.Mapping[str, names.Check]
_SINGLE: _Table = {**names.KEYPAIR, **names.JWK_SET}
#: Of a list of items, what is a name in each, and by which option a message calls an item.
_LISTS = (("services", names.SERVICE, "name"), ("keypairs", names.KEYPAIR, "name"), ("sets", names.JWK_SET, "path"))


def in_full(services: t.Any) -> t.Any:
    """Return a list of services as dictionaries: a string is the name of a service."""
    if isinstance(services, str):
        services = names.listed("services", services)
    if not isinstance(services, (list, tuple)):
        return services
    return [{"name": service} if isinstance(service, str) else service for service in services]


def without_others(arguments: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    """Return the arguments with only the services that ``absent`` names, to be removed; without it, unchanged."""
    given = dict(arguments)
    names = given.pop("absent", None)
    services = in_full(given.get("services"))
    if names is None or not isinstance(services, (list, tuple)):
        return given
    listed = names_of(names)
    named = [one for one in services if isinstance(one, t.Mapping) and one.get("name") in listed]
    return {**given, "services": [{**one, "state": "absent"} for one in named]}


def names_of(given: t.Any) -> t.List[str]:
    """Return the names of services in a list, or in a string with commas."""
    if isinstance(given, str):
        given = given.split(",")
    return [str(name).strip() for name in given] if isinstance(given, (list, tuple)) else []


def wrong(arguments: t.Mapping[str, t.Any], is_role: bool = False) -> str:
    """Return what is wrong with a task's arguments, by service or key pair; empty if nothing is.

    ``is_role``: whether the role has set them, so that messages name its variables.
    """
    if is_role and "services" in arguments and arguments["services"] is None:
        return (
            "signing_key_services: is not set; list the services of this host in it, in the inventory or in the play, "
            "such as [orders]; use [] for none."
        )
    common = "signing_key_" if is_role else "defaults: "
    called = {"services": "signing_key_services"} if is_role else {}
    problems = [
        text
        for option in ("services", "keypairs")
        for text in _shape(called.get(option, option), arguments.get(option))
    ]
    problems += [
        text for where, options, table in _parts(arguments, common) for text in _problem(where, options, table)
    ]
    return "; ".join(dict.fromkeys(problems)) + "." if problems else ""


def _shape(option: str, items: t.Any) -> t.Iterator[str]:
    if items is None:
        return
    if not isinstance(items, (list, tuple)):
        yield "%s: has to be a list" % option
        return
    for number, item in enumerate(items, 1):
        if not isinstance(item, t.Mapping):
            yield "%s: number %d has to be a dictionary with a name and options" % (option, number)


def _parts(arguments: t.Mapping[str, t.Any], common: str) -> t.Iterator[t.Tuple[str, t.Any, _Table]]:
    """Return the options of each service and key pair, each with a prefix for messages; ``common`` are the defaults."""
    yield "", {name: arguments[name] for name in ("key_id", "key_ids") if name in arguments}, _SINGLE
    yield common, arguments.get("defaults"), names.SERVICE
    for option, table, called in _LISTS:
        items = arguments.get(option)
        for number, item in enumerate(items if isinstance(items, (list, tuple)) else (), 1):
            name = item.get(called) if isinstance(item, t.Mapping) else None
            # An item with an invalid name is identified by its number.
            where = name if isinstance(name, str) and name.isprintable() else "number %d of %s" % (number, option)
            yield "%s: " % where, item, table


def _problem(where: str, options: t.Any, table: _Table) -> t.Iterator[str]:
    if not isinstance(options, t.Mapping):
        return
    try:
        names.checked(options, table)
    except KeysmithError as error:
        yield where + str(error).rstrip(".")
