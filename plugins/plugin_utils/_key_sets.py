# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""The files with the public keys of a play's hosts, as the module jwks takes them."""

from __future__ import annotations

import typing as t

Mapping = t.Mapping[str, t.Any]


def key_sets(directory: str, answers: t.Iterable[t.Tuple[str, Mapping]]) -> t.List[Mapping]:
    """For each service, the files of its hosts, and then the one that is made of them.

    That set is right however many plays, batches or limits it takes to get through all hosts. ``answers``: hosts, and
    what they have answered.
    """
    services: t.Dict[str, t.List[t.Tuple[str, t.Sequence[Mapping]]]] = {}
    for host, answer in answers:
        for service, jwks in (answer.get("jwks") or {}).items():
            services.setdefault(service, []).append((host.replace("/", "_"), jwks["keys"]))
    sets: t.List[Mapping] = []
    for service, hosts in services.items():
        folder = "%s/%s" % (directory, service)
        for host, keys in hosts:
            sets.append({"path": "%s/%s.jwk.json" % (folder, host), "single": True, "jwks": [keys[0]]})
            sets.append({"path": "%s/%s.jwks.json" % (folder, host), "jwks": keys})
        sets.append({"path": folder + ".jwks.json", "sources": [folder]})
    return sets
