# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller confirms about a rotation, and what follows from that."""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError
from . import rotation
from .service import Service

#: What the controller says of a service once it has published its keys, the other side has accepted the next one, and
#: what uses that has been restarted.
_CONFIRMED = ("published", "switch", "create", "restarted")
_NO_RESTART = (
    "somebody else may have %s, and the service may still use it, so it stays published until the next run. This "
    "service names nothing to restart: restart what uses its key, then run again."
)


def applied(
    decision: rotation.Decision, service: Service, confirmed: t.Mapping[str, t.Any], is_later: bool
) -> rotation.Decision:
    """Return the decision after what the controller has done since."""
    if decision.switch and decision.switch == confirmed.get("switch"):
        before = tuple(version for version in decision.versions if version != decision.switch)
        decision = decision._replace(versions=(decision.switch, *before), active=decision.switch, switch="", next=None)
        if decision.compromised and not service.options["restart"]:
            decision = decision._replace(warning=_NO_RESTART % ", ".join(decision.compromised))
    elif decision.compromised and decision.retire and is_later and not confirmed.get("restarted"):
        # It became active in this run, and no restart was confirmed.
        decision = decision._replace(versions=(*decision.versions, *decision.retire), retire=())
    return decision


def checked(confirmed: t.Any) -> t.Dict[str, t.Any]:
    """Check what is confirmed for a service; KeysmithError for anything but a dictionary of these keys."""
    if not isinstance(confirmed, dict) or not set(confirmed) <= set(_CONFIRMED):
        raise KeysmithError("confirmed: give for each service a dictionary with %s." % " and ".join(_CONFIRMED))
    versions = [confirmed.get(name, "") for name in ("switch", "create")]
    if not isinstance(confirmed.get("published", []), list) or not all(isinstance(one, str) for one in versions):
        raise KeysmithError("confirmed: published is a list of versions, switch and create are versions.")
    if not isinstance(confirmed.get("restarted", True), bool):
        raise KeysmithError("confirmed: restarted is true or false.")
    return confirmed
