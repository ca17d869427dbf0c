# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Key IDs that one JWK Set would have for different keys: refused before the first key is made.

A key ID that is chosen (``key_id: orders``) is the same on each host, and each host makes a key of its own. The set
with the keys of all hosts cannot hold two keys with one ID, so it could never be written.
"""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._keypair.request import THUMBPRINT

#: How many hosts a message names.
_FEW = 5
#: What is said to be shared by all hosts that have the service.
ALL = "all"


class Service(t.NamedTuple):
    """A service of a host, as the controller asks for it."""

    host: str
    name: str
    #: What ``key_id`` says: one for all versions, or one for each.
    key_id: t.Any
    #: The names of the hosts that share its keys, with a blank in between, or ALL; empty for keys of its own.
    sharing: str = ""

    @property
    def chosen(self) -> t.Set[str]:
        """The key IDs that do not follow from the keys."""
        given = self.key_id.values() if isinstance(self.key_id, t.Mapping) else [self.key_id]
        return {one for one in given if isinstance(one, str) and one != THUMBPRINT}


def problems(
    services: t.Iterable[Service], published: t.Mapping[str, t.Mapping[str, t.Collection[str]]]
) -> t.Dict[str, t.List[str]]:
    """For the name of each host with a key ID that another key would have, too, what to do about it.

    ``published`` holds for the name of a service, and of a host, the key IDs in the files of that host. A host that is
    among ``services`` is about to replace its files, so they are not looked at.
    """
    asked = list(services)
    having: t.Dict[t.Tuple[str, str], t.Dict[str, t.List[str]]] = {}
    for service in asked:
        for key_id in service.chosen:
            owners = having.setdefault((service.name, key_id), {})
            owners.setdefault(service.sharing or _OWN + service.host, []).append(service.host)
    replaced = {(service.name, service.host) for service in asked}
    found: t.Dict[str, t.List[str]] = {}
    for (name, key_id), owners in sorted(having.items()):
        hosts = [host for each in owners.values() for host in each]
        others = {host for host, key_ids in published.get(name, {}).items() if key_id in key_ids}
        gone = sorted(host for host in others if (name, host) not in replaced and not _share(owners, host))
        if len(owners) > 1 or gone:
            for host in hosts:
                found.setdefault(host, []).append(_sentence(name, key_id, hosts, gone))
    return found


#: Stands before the name of a host that shares its keys with nobody.
_OWN = "own "


def _share(owners: t.Iterable[str], host: str) -> bool:
    """Whether a host outside of the run is one of those that share the key."""
    return any(sharing == ALL or (not sharing.startswith(_OWN) and host in sharing.split()) for sharing in owners)


def _sentence(service: str, key_id: str, hosts: t.Sequence[str], gone: t.Sequence[str]) -> str:
    text = (
        "%s: key_id: %s would be the key ID of different keys on %s, and one JWK Set cannot hold them; leave key_id "
        "out, choose another one for each host, or name the hosts in shared if they are to have one key"
        % (service, key_id, _listed([*hosts, *gone]))
    )
    return text + ("; if %s is gone, remove its files." % _listed(gone) if gone else ".")


def _listed(names: t.Sequence[str]) -> str:
    more = " and %d more" % (len(names) - _FEW) if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more
