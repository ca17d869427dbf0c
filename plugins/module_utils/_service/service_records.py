# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of a service's key pairs: what they are bound to, and what they store about the service.

Each version has a record of its own. That of the active one, which the link leads to, also knows the others, those that
are retired, and the drop-in of the unit: from it, the result of the service can be told.
"""

from __future__ import annotations

import os
import typing as t

from .._keypair.record_writing import Bound
from .._keypair.request import Wanted
from . import call, drop_in, host_history
from .rotating import Rotations
from .service import Options, Service


def bounds_of(
    services: t.Sequence[Service], wanted: t.Mapping[str, Wanted], bounds: t.Mapping[str, Bound]
) -> t.Dict[str, Bound]:
    """Return by the names of key pairs what their records are bound to. ``bounds`` has the options of each service."""
    found = {}
    for service in services:
        bound, pairs = bounds[service.name], [service.pair(version) for version in service.versions]
        found.update(dict.fromkeys(pairs, bound))
        if all(pair in wanted for pair in pairs):
            others = [drop_in.path(service)] if service.options["systemd_unit"] else []
            others += [host_history.path(service.options["directory"])] if service.options["rotation"] else []
            for version in service.options["retired"]:
                one = wanted.get(service.pair(version))
                # Where even the directory is gone, the names in the one above say so.
                if one and os.path.lexists(os.path.dirname(one.path)):
                    others += sorted(one.paths)
            more = tuple(wanted[pair].path for pair in pairs[1:])
            found[pairs[0]] = bound._replace(others=tuple(dict.fromkeys(others)), more=more)
    return found


def about(
    services: t.Sequence[Service],
    shared: t.Mapping[str, Options],
    results: t.Mapping[str, Options],
    rotations: Rotations,
) -> t.Dict[str, Options]:
    """Return by the names of key pairs what their records store; without those that get no record.

    ``shared`` is what is returned of those that other hosts have, too, ``rotations`` what is due when.
    """
    found: t.Dict[str, Options] = {}
    for service in services:
        pairs = [service.pair(version) for version in service.versions]
        retired = [service.pair(version) for version in service.options["retired"]]
        found.update({pair: {call.SHARED: shared[pair]} if pair in shared else {} for pair in pairs})
        until = rotations.until(service.name)
        is_open = until is None or any(_is_open(results.get(pair)) for pair in pairs + retired)
        if is_open or not _is_told(service):
            del found[pairs[0]]
            continue
        gone = {pair: {fact: results[pair][fact] for fact in ("path", "changed", "changes")} for pair in retired}
        found[pairs[0]].update({call.PAIRS: pairs, call.RETIRED: gone})
        if until:
            found[pairs[0]].update({call.UNTIL: until, call.ROTATION: rotations.returned()[service.name]})
    return found


def _is_open(result: t.Optional[Options]) -> bool:
    """Check whether something is still to do for a key pair."""
    return result is None or result["changed"] or "waiting" in result


def _is_told(service: Service) -> bool:
    """Check whether its unit reads the environment file, through a drop-in that is not a link."""
    return not drop_in.is_missing(service) and not os.path.islink(drop_in.path(service))
