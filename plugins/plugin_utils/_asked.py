# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller asks a host about, and who may have what: from the inventory and the task's arguments.

This is what answers are measured by. Nothing in it is from an answer.
"""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._keypair.request import THUMBPRINT

Mapping = t.Mapping[str, t.Any]
Names = t.Tuple[str, ...]

#: How an inventory in INI form, or -e, says true and false.
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0", "")
_SHARED_BY_ALL = (
    "shared: true does not say which hosts share the key, and no host is believed about itself; list hosts or groups "
    "of the inventory instead, such as shared: [orders_servers]."
)
_WITHHELD = (
    "hosts: on %s, this service is for other hosts; list this host there, or remove the service from this host. No key "
    "of it was made, shared or published here."
)


class Inventory:
    """The hosts and groups of the inventory, by names that no host can give itself."""

    def __init__(self, groups: t.Mapping[str, t.Sequence[str]]) -> None:
        self._groups = groups
        self.order = {host: number for number, host in enumerate(groups.get("all", ()))}
        self._known: t.Dict[Names, t.Tuple[t.FrozenSet[str], Names]] = {}

    def hosts(self, names: Names) -> t.FrozenSet[str]:
        """Return the hosts that names of hosts and groups stand for."""
        return self._named(names)[0]

    def unknown(self, names: Names) -> Names:
        """Return the names that stand for nothing."""
        return self._named(names)[1]

    def _named(self, names: Names) -> t.Tuple[t.FrozenSet[str], Names]:
        if names not in self._known:
            hosts: t.Set[str] = set()
            for name in names:
                hosts.update(self._groups.get(name, ()), [name] if name in self.order else ())
            nobody = tuple(name for name in names if name not in self._groups and name not in self.order)
            self._known[names] = (frozenset(hosts), nobody)
        return self._known[names]


class Service(t.NamedTuple):
    """Who may have a service and its keys, by its item on one host."""

    #: The hosts and groups that may have it; None where the item does not say.
    hosts: t.Optional[Names] = None
    #: The hosts and groups that share its keys, none where each host has its own.
    shared: Names = ()
    #: The key IDs that are given for its keys; the others are thumbprints.
    key_ids: Names = ()
    #: Not empty if the service is removed.
    absent: Names = ()


class Asked(t.NamedTuple):
    """What one host is asked about."""

    #: The names of key pairs, where they are given by themselves.
    keypairs: t.FrozenSet[str]
    services: t.Dict[str, Service]
    #: Why the host is not asked about others that are in its list.
    refused: t.Dict[str, str]


NOTHING = Asked(frozenset(), {}, {})


class Limits:
    """The lists of hosts that may have a service, from all hosts that are in their own list."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._lists: t.Dict[str, t.Dict[Names, str]] = {}

    def add(self, host: str, services: t.Mapping[str, Service]) -> None:
        """Add the items of a host. A host that is not in its own list sets no limit for others."""
        for name, service in services.items():
            if service.hosts is not None and host in self._inventory.hosts(service.hosts):
                self._lists.setdefault(name, {}).setdefault(service.hosts, host)

    def refusal(self, host: str, name: str) -> str:
        """Return why a host may not have a service; empty if it may."""
        for names, other in self._lists.get(name, {}).items():
            if host not in self._inventory.hosts(names):
                return _WITHHELD % other
        return ""

    def refusals(self, host: str, names: t.Iterable[str]) -> t.Dict[str, str]:
        """Return by the names of services why a host may not have them."""
        return {name: text for name in names for text in [self.refusal(host, name)] if text}


class _Refused(Exception):
    """Why a host is not asked about a service."""


def ask(arguments: Mapping, host: str, inventory: Inventory) -> t.Tuple[t.Dict[str, t.Any], Asked]:
    """Return the part of a task's arguments that is sent to a host, and what the host is asked about with it."""
    sent = {name: value for name, value in arguments.items() if name != "controller"}
    keypairs = frozenset(_name(item) for item in _items(arguments.get("keypairs")))
    asked = Asked(keypairs, {}, {})
    given, defaults = arguments.get("services"), arguments.get("defaults")
    if not isinstance(given, list):
        return sent, asked
    defaults = defaults if isinstance(defaults, dict) else {}
    sent["services"] = []
    for item in given:
        if not isinstance(item, dict):
            # The module says what is wrong with it.
            sent["services"].append(item)
            continue
        try:
            service = read(item, defaults, inventory)
        except _Refused as error:
            asked.refused[_name(item)] = str(error)
            continue
        if service.hosts is None or host in inventory.hosts(service.hosts):
            asked.services[_name(item)] = service
            sent["services"].append({**_without(item, "hosts"), "shared": bool(service.shared)})
    if defaults:
        sent["defaults"] = _without(defaults, "shared")
    return sent, asked


def without(sent: t.Dict[str, t.Any], asked: Asked, refused: t.Mapping[str, str]) -> t.Tuple[t.Dict[str, t.Any], Asked]:
    """Return the same without some services, with the reasons by name."""
    if not refused:
        return sent, asked
    services = {name: one for name, one in asked.services.items() if name not in refused}
    sent = {**sent, "services": [item for item in sent["services"] if _name(item) not in refused]}
    return sent, Asked(asked.keypairs, services, {**asked.refused, **refused})


def read(item: Mapping, defaults: Mapping, inventory: Inventory) -> Service:
    """Return who may have a service; :class:`_Refused` if its options are wrong."""
    hosts = None if item.get("hosts") is None else _names(item["hosts"], "hosts")
    unknown = inventory.unknown(hosts or ())
    if unknown:
        raise _Refused("hosts: neither a host nor a group of the inventory: %s." % ", ".join(unknown))
    absent = ("absent",) if item.get("state") == "absent" else ()
    return Service(hosts, _shared(_said(item, defaults, "shared")), _key_ids(item, defaults), absent)


def listed(given: t.Any, inventory: Inventory) -> t.Dict[str, Service]:
    """Return by name the valid services of a list, without the limits that other hosts set."""
    found = {}
    for item in _items(given):
        try:
            found[_name(item)] = read({**item, "shared": False}, {}, inventory)
        except _Refused:
            continue
    return found


def _shared(value: t.Any) -> Names:
    if value is None or value is False or (isinstance(value, str) and value.lower() in _FALSE):
        return ()
    if value is True or (isinstance(value, str) and value.lower() in _TRUE):
        raise _Refused(_SHARED_BY_ALL)
    return _names(value, "shared")


def _names(value: t.Any, option: str) -> Names:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise _Refused("%s: has to be a list of hosts or groups of the inventory." % option)
    return tuple(str.__str__(name) for name in names)


def _key_ids(item: Mapping, defaults: Mapping) -> Names:
    key_id = _said(item, defaults, "key_id")
    each = key_id.values() if isinstance(key_id, dict) else [key_id]
    given = [str(one) for one in each if one is not None and one != THUMBPRINT]
    return tuple(one.replace("{name}", str(item.get("name"))) for one in given)


def _said(item: Mapping, defaults: Mapping, option: str) -> t.Any:
    return defaults.get(option) if item.get(option) is None else item[option]


def _name(item: t.Any) -> str:
    return str(item.get("name")) if isinstance(item, dict) else ""


def _items(items: t.Any) -> t.List[Mapping]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _without(options: Mapping, name: str) -> t.Dict[str, t.Any]:
    return {option: value for option, value in options.items() if option != name}
