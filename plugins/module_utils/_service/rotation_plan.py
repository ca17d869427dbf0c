# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan a run for the versions of a rotating service, from its directory, its history and the time."""

from __future__ import annotations

import os
import time
import typing as t

from .._errors import KeysmithError
from . import absent, history, host_history, rotation, rotation_policy
from . import confirmed as confirmations
from .history import History
from .service import Service

_GONE = (
    "directory: the private key of the active version %s is missing in %s, and the service may still use it, so "
    "nothing of this service was changed. Put the key back, or remove the link %s to replace the key at once."
)
_UNCLEAR = (
    "directory: %s leads to %s, whose jwk.json is missing or damaged, and the history does not have its key, so "
    "nothing of this service was changed. Run once without rotation, with versions: [%s]; this writes the file again."
)


class Clock(t.NamedTuple):
    """The time of a run: seconds since 1970, and why nothing may depend on it; empty if it is certain."""

    now: int
    hold: str = ""


class Rotating(t.NamedTuple):
    """A service whose versions follow from its history."""

    service: Service
    decision: rotation.Decision
    #: As its directory has it.
    history: History


def clock(controller: t.Optional[int]) -> Clock:
    """Return the time of the controller if it is given, else of this host; the two have to agree."""
    host = int(time.time())
    if controller is None:
        return Clock(host)
    return Clock(controller, rotation.disagreement(host, controller))


def plan(
    service: Service,
    at: Clock,
    restart_due: bool,
    confirmed: t.Mapping[str, t.Any],
    agreed: str = "",
    is_later: bool = False,
) -> Rotating:
    """Return the service with the versions that its rotation asks for; KeysmithError if its directory is unclear.

    ``confirmed`` holds what the controller has done since the run before: which versions it has ``published``, and to
    which it may ``switch``. ``agreed`` is the version that all hosts want to have that share its keys. ``is_later``:
    an earlier call of the same run has begun what ``rotate`` asks for.
    """
    directory = service.options["directory"]
    contents, found = host_history.looked(directory)
    _check_active(contents, found, service)
    known = history.reconcile(
        found, contents.found, contents.active, at.now, restart_due, () if found else list(contents.found)
    )
    # Of a removal that was interrupted when the key was gone, and its passphrase, or a copy in another form, was not.
    left = [one.name for one in known if one.removal and not one.is_live and absent.has_remains(directory, one.name)]
    # Nor is it asked for anew where an earlier run with it was interrupted.
    is_begun = (is_later and not agreed) or _is_replacing(found, left)
    rotate = "" if is_begun else service.options["rotate"] or ""
    policy = rotation_policy.policy(service.options["rotation"])
    decision = rotation.decide(known, contents.active, at.now, policy, rotate, restart_due, at.hold)
    if service.is_shared:
        decision = rotation.shared(decision, agreed, at.now)
    decision = confirmations.applied(decision, service, confirmed, is_later)
    if not known:
        # What it has begun to wait for, and is not going to get.
        gone = tuple(version for version in decision.retire if os.path.lexists("%s/%s" % (directory, version)))
        decision = decision._replace(retire=gone)
    if contents.active in contents.unclear and contents.active != decision.active:
        raise KeysmithError(_UNCLEAR % (directory, contents.active, contents.active))
    known = history.happened(known, "compromised", decision.compromised, at.now)
    known = history.removing(known, decision.retire)
    decision = decision._replace(retire=(*decision.retire, *left))
    return Rotating(_as_decided(service, decision), decision, known)


def _check_active(contents: host_history.Contents, versions: History, service: Service) -> None:
    if not contents.active and any(one.name == contents.link and one.is_live for one in versions):
        raise KeysmithError(_GONE % (contents.link, service.options["directory"], service.link))


def _is_replacing(versions: History, left: t.Container[str]) -> bool:
    """Check whether the last run ended while compromised keys were being removed."""
    going = [one for one in versions if one.compromised and one.removal]
    return any(not one.retired or one.name in left for one in going)


def _as_decided(service: Service, decision: rotation.Decision) -> Service:
    options = {
        "versions": list(decision.versions),
        "active": decision.active,
        "retired": list(decision.retire),
    }
    return service._replace(options={**service.options, **options})
