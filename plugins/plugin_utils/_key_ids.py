# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuse key IDs that several keys of one JWK Set would have, before the first key is made.

A key ID that is chosen (``key_id: orders``) is the same on each host, and each host makes a key of its own. The set
with the keys of all hosts cannot hold two keys with one ID, so it could never be written.
"""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import few
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair.request import THUMBPRINT
from ansible_collections.keysmith.jwt.plugins.plugin_utils._asked import Inventory, Service
from ansible_collections.keysmith.jwt.plugins.plugin_utils._record import published_as

#: How many hosts a message names.
_FEW = 5
Services = t.Mapping[str, Service]


class Others(t.Protocol):
    """What the controller knows about other hosts."""

    def in_run(self) -> t.Mapping[str, Services]:
        """Return by host the services of the hosts of the run."""

    def published(self, name: str, only: str = "") -> t.Mapping[str, t.Collection[str]]:
        """Return by file name prefix of the hosts the key IDs in the files of a service; ``only`` of one host."""


def chosen(service: Service) -> t.List[str]:
    """Return the chosen key IDs, which do not follow from the keys, of a service that is not removed."""
    return [] if service.absent else [key_id for key_id in dict.fromkeys(service.key_ids) if key_id != THUMBPRINT]


def refusals(host: str, services: Services, others: Others, inventory: Inventory) -> t.Dict[str, str]:
    """Return by service, for a key ID that another host has for another key, what to do about it.

    A host that has published a key with that ID keeps it, and is not refused. Where no key ID is chosen, nothing is
    looked up.
    """
    found: t.Dict[str, str] = {}
    for name, service in services.items():
        for key_id in chosen(service):
            if name in found or key_id in others.published(name, host).get(published_as(host), ()):
                continue
            in_run = {one: held[name] for one, held in others.in_run().items() if name in held and one != host}
            sharing = inventory.hosts(service.shared)
            rivals = [
                one
                for one, its in in_run.items()
                if key_id in chosen(its) and not {host, one} <= sharing & inventory.hosts(its.shared)
            ]
            known = {published_as(one) for one in (host, *in_run, *(sharing if host in sharing else ()))}
            published = others.published(name).items()
            gone = sorted(one for one, key_ids in published if key_id in key_ids and one not in known)
            if rivals or gone:
                found[name] = _sentence(key_id, sorted([host, *rivals], key=inventory.order.__getitem__), gone)
    return found


def _sentence(key_id: str, hosts: t.Sequence[str], gone: t.Sequence[str]) -> str:
    text = (
        "key_id: %s would be the key ID of different keys on %s, and one JWK Set cannot hold them; leave key_id out, "
        "choose another one for each host, or list the hosts in shared if they should have one key"
        % (key_id, few([*hosts, *gone], _FEW))
    )
    return text + ("; if %s is gone, remove its files." % few(gone, _FEW) if gone else ".")
