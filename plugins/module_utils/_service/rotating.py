# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotation on a host: what is decided becomes the versions of a service, and what was done becomes its history."""

from __future__ import annotations

import time
import typing as t

from .._errors import KeysmithError
from . import history, host_history, rotation, rotation_policy
from .history import History
from .options import Service

#: What the controller says of a service once it has published its keys and the other side has accepted the next one.
_CONFIRMED = ("published", "switch")


class Clock(t.NamedTuple):
    """The time of a run: seconds since 1970, and why nothing may depend on it; empty where it is beyond doubt."""

    now: int
    hold: str = ""


class Rotating(t.NamedTuple):
    """A service whose versions follow from its history."""

    service: Service
    decision: rotation.Decision
    #: As its directory has it.
    history: History


def clock(controller: t.Optional[int]) -> Clock:
    """The time of the controller where it says one, else of this host; they have to agree."""
    host = int(time.time())
    if controller is None:
        return Clock(host)
    return Clock(controller, rotation.disagreement(host, controller))


def plan(service: Service, at: Clock, restart_due: bool, confirmed: t.Any = None) -> Rotating:
    """The service with the versions that its rotation asks for; KeysmithError where its directory does not say.

    ``confirmed`` holds what the controller has done since the run before: which versions it has ``published``, and to
    which it may ``switch``.
    """
    directory = service.options["directory"]
    contents = host_history.look(directory)
    found = host_history.read(contents, directory)
    known = history.reconcile(found, contents.found, contents.active, at.now, restart_due)
    policy = rotation_policy.policy(service.options["rotation"])
    decision = rotation.decide(
        known, contents.active, at.now, policy, service.options["rotate"] or "", restart_due, at.hold
    )
    if decision.switch and decision.switch == _confirmed(confirmed).get("switch"):
        before = tuple(version for version in decision.versions if version != decision.switch)
        decision = decision._replace(versions=(decision.switch, *before), active=decision.switch, switch="", next=None)
    known = history.happened(known, "compromised", decision.compromised, at.now)
    options = {
        "versions": list(decision.versions),
        "active": decision.active,
        "retired": list(decision.retire),
        "unpublished": list(decision.compromised),
    }
    return Rotating(service._replace(options={**service.options, **options}), decision, known)


def begin(rotating: Rotating) -> None:
    """Write down which keys are compromised before anything is done: a run that is interrupted goes on from there."""
    if rotating.decision.compromised:
        host_history.keep(rotating.service.options["directory"], rotating.history)


def keep(service: Service, at: Clock, restart_due: bool, confirmed: t.Any = None) -> t.Tuple[History, bool]:
    """Write down what is so now; the history, and whether it is another one than before. Nothing while in doubt."""
    directory = service.options["directory"]
    contents = host_history.look(directory)
    before = host_history.read(contents, directory)
    if at.hold:
        return before, False
    now = history.reconcile(before, contents.found, contents.active, at.now, restart_due)
    now = history.happened(now, "published", _confirmed(confirmed).get("published", ()), at.now)
    return now, host_history.keep(directory, now) if now != before else False


def _confirmed(confirmed: t.Any) -> t.Dict[str, t.Any]:
    """What is confirmed for a service; KeysmithError for anything but a dictionary of these."""
    if confirmed is None:
        return {}
    if not isinstance(confirmed, dict) or not set(confirmed) <= set(_CONFIRMED):
        raise KeysmithError("confirmed: give for each service a dictionary with %s." % " and ".join(_CONFIRMED))
    published = confirmed.get("published", [])
    if not isinstance(published, list) or not isinstance(confirmed.get("switch", ""), str):
        raise KeysmithError("confirmed: published is a list of versions, and switch is a version.")
    return confirmed


def told(rotating: Rotating, versions: History, at: Clock) -> t.Dict[str, t.Any]:
    """What is returned of a rotation: the step that comes next and its time, and what it waits for."""
    decision = rotating.decision
    live = [version for version in versions if version.is_live and not version.compromised]
    step = decision.next
    return {
        "unpublished": [version.name for version in live if not version.published],
        "switch": decision.switch,
        "next": {"step": step.step, "version": step.version, "at": history.stamp(step.at or at.now)} if step else None,
        "compromised": list(decision.compromised),
    }
