# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the next step in the rotation of a service, and steps that are late."""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError
from .._service import history, rotation, rotation_plan, rotation_policy
from .._service.rotation_plan import Clock
from .._service.service import Service
from . import problems
from .problems import Problem

#: Seconds by which a step of a rotation may be late: the run of every day takes it.
_PATIENCE = 2 * 86400
_STEPS = {
    rotation.CREATE: "%s was due to be created at %s",
    rotation.PUBLISH: "%s is not published yet, since %s",
    rotation.SWITCH: "%s was due to become active at %s",
    rotation.RETIRE: "%s was due to be removed at %s",
}


def of(service: Service, at: Clock, due: bool, active: str, wrong: t.List[Problem]) -> t.Dict[str, str]:
    """Return the next step of the rotation, or the first one that is late; empty if there is none."""
    if at.hold:
        wrong.append(problems.problem(problems.ROTATION, at.hold))
        return {}
    try:
        one = rotation_plan.plan(service, at, due, {})
    except KeysmithError as error:
        wrong.append(problems.problem(problems.ROTATION, str(error)))
        return {}
    if one.decision.warning:
        wrong.append(problems.problem(problems.ROTATION, one.decision.warning))
    step = _pending(one, service, active)
    if not step:
        return {}
    if step.at and step.at + _PATIENCE < at.now and step.step in _STEPS:
        text = "%s; run the role every day." % (_STEPS[step.step] % (step.version, history.stamp(step.at)))
        wrong.append(problems.problem(problems.ROTATION, text))
    return {"step": step.step, "version": step.version, "at": history.stamp(step.at or at.now)}


def _pending(one: rotation_plan.Rotating, service: Service, active: str) -> t.Optional[rotation.Next]:
    """Return the step that the next run takes, if one is due; a run reports the one after it."""
    decision, policy = one.decision, rotation_policy.policy(service.options["rotation"])
    by_name = {version.name: version for version in one.history}
    used = by_name.get(active)
    if decision.retire and used:
        return rotation.Next(rotation.RETIRE, decision.retire[0], used.restarted + policy.keep)
    name = decision.create or decision.wish
    if name:
        return rotation.Next(rotation.CREATE, name, used.created + policy.every if used else 0)
    step = decision.next
    if step and step.step == rotation.PUBLISH:
        return step._replace(at=by_name[step.version].created)
    return step
