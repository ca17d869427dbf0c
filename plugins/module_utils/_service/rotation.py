# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The next step in the life of a service's keys: a function of their history, the time and the policy.

A key is created, published, activated once it has been published for long enough, and retired once the key after it
has been in use for long enough. Each run takes the steps that are due, so runs may be missed, fail and be repeated.
"""

from __future__ import annotations

import typing as t

from . import history as _history
from .history import History, Version
from .rotation_policy import COMPROMISED, NOW, Policy

#: Seconds by which two clocks may differ, and one clock from one run to the next.
TOLERANCE = 300
PUBLISH, SWITCH, RETIRE, CREATE, RESTART = "publish", "switch", "retire", "create", "restart"
_UNDER_WAY = "rotate: a rotation is under way; set rotate again once it has ended."


class Next(t.NamedTuple):
    """The next step: which event for which version, and the earliest time (seconds since 1970)."""

    step: str
    version: str
    at: int


class Decision(t.NamedTuple):
    """The decision of a run about the versions of one service."""

    #: Those to have, the active one first.
    versions: t.Tuple[str, ...]
    active: str
    #: The version to create, which is among ``versions``; empty for none.
    create: str = ""
    #: The version to activate once the other side accepts it; empty for none.
    switch: str = ""
    #: Those to remove.
    retire: t.Tuple[str, ...] = ()
    #: Those whose keys somebody else may have. They go once nothing uses them any more.
    compromised: t.Tuple[str, ...] = ()
    next: t.Optional[Next] = None
    warning: str = ""
    #: The version to create once all hosts that share the keys are due; empty for none.
    wish: str = ""


def disagreement(host: int, controller: int) -> str:
    """Return why nothing may depend on the time in this run; empty if the clocks of both sides agree."""
    if abs(host - controller) <= TOLERANCE:
        return ""
    return "The clock of this host says %s and that of the controller %s; nothing is rotated until they agree." % (
        _history.stamp(host),
        _history.stamp(controller),
    )


def decide(
    history: History,
    active: str,
    now: int,
    policy: Policy,
    rotate: str = "",
    restart_due: bool = False,
    hold: str = "",
) -> Decision:
    """Decide which steps are due ``now``.

    ``history`` is as the disk has it (see :func:`history.reconcile`), ``active`` the version that the service uses,
    empty where there is none. ``rotate`` begins a rotation early (NOW), or replaces keys that somebody else may have
    (COMPROMISED). ``restart_due``: the service may still use the key before the active one. ``hold``: why no step that
    depends on the time is taken.
    """
    live = [version for version in history if version.is_live]
    if not live:
        name = _history.next_name(version.name for version in history)
        return Decision((name,), name, create=name, next=Next(CREATE, name, now + policy.every))
    by_name = {version.name: version for version in live}
    used = by_name.get(active)
    if used is None:
        return _first(live)
    marked = [version.name for version in live if version.compromised]
    if marked or rotate == COMPROMISED:
        return _replace_all(history, live, marked or [version.name for version in live], active, restart_due)
    hold = hold or _future_event(live, now)
    if hold:
        return Decision(_names(live, active), active, warning=hold)
    return _usual(history, live, used, now, policy, rotate, restart_due)


def shared(decision: Decision, agreed: str, now: int) -> Decision:
    """Decide for keys that other hosts have, too. ``agreed`` is the version that all of them want.

    A first key, and the successor of compromised ones, is created without that. A host that has no key yet joins those
    that have: instead of the first key, it gets the one that is agreed upon.
    """
    name = decision.create
    if agreed and agreed != name and name == decision.active:
        return decision._replace(versions=(agreed,), active=agreed, create=agreed, retire=(name,), next=None)
    if name in ("", agreed, decision.active) or decision.compromised:
        return decision
    versions = tuple(version for version in decision.versions if version != name)
    return decision._replace(versions=versions, create="", wish=name, next=Next(CREATE, name, now))


def coming(history: History, active: str, now: int, policy: Policy, restart_due: bool) -> t.Optional[Next]:
    """Return the next step after a run; None if that run has left one that is due."""
    decision = decide(history, active, now, policy, restart_due=restart_due)
    return None if decision.create or decision.retire else decision.next


def _first(live: t.Sequence[Version]) -> Decision:
    """Nothing is in use: a link that was lost, so the key that was used last; or an interrupted first run, of which the
    oldest key is the one that may have been published."""
    name = max(live, key=lambda version: (not version.compromised, version.activated)).name
    return Decision(_names(live, name), name)


def _names(live: t.Iterable[Version], active: str) -> t.Tuple[str, ...]:
    return (active, *(version.name for version in live if version.name != active))


def _replace_all(
    history: History, live: t.Sequence[Version], marked: t.Sequence[str], active: str, restart_due: bool
) -> Decision:
    """Replace compromised keys: a good one becomes active as soon as it is published, whatever the durations are.

    Until nothing uses them any more, the compromised keys stay published: the service would be locked out.
    """
    good = [version.name for version in live if version.name not in marked]
    name = good[-1] if good else _history.next_name(version.name for version in history)
    decision = Decision(_names(live, active), active, compromised=tuple(marked))
    if active != name:
        names = decision.versions if good else (*decision.versions, name)
        return decision._replace(versions=names, create="" if good else name, switch=name, next=Next(SWITCH, name, 0))
    if restart_due:
        return decision._replace(next=Next(RESTART, name, 0))
    retire = tuple(version.name for version in live if version.name != name)
    return decision._replace(versions=(name,), retire=retire)


def _future_event(live: t.Sequence[Version], now: int) -> str:
    latest = max(getattr(version, event) for version in live for event in _history.EVENTS)
    if latest <= now + TOLERANCE:
        return ""
    return "The clock says %s, and the history of the keys has an event of %s; nothing is rotated until then." % (
        _history.stamp(now),
        _history.stamp(latest),
    )


def _usual(
    history: History, live: t.Sequence[Version], used: Version, now: int, policy: Policy, rotate: str, restart_due: bool
) -> Decision:
    at = live.index(used)
    before, after = live[:at], live[at + 1 :]
    # A key is safe to drop once no token that it signed can still be valid, and nothing can sign with it any more.
    retirement = used.restarted + policy.keep
    retire = tuple(version.name for version in before) if not restart_due and retirement <= now else ()
    kept = [version for version in live if version.name not in retire]
    decision = Decision(_names(kept, used.name), used.name, retire=retire)
    if after:
        successor = after[0]
        ready = successor.published + policy.publish if successor.published else 0
        if ready and ready <= now:
            return decision._replace(switch=successor.name, next=Next(SWITCH, successor.name, ready))
        step = Next(SWITCH, successor.name, ready) if ready else Next(PUBLISH, successor.name, now)
        return decision._replace(next=step, warning=_UNDER_WAY if rotate else "")
    if before and not retire:
        # One rotation after the other: the last one ends before the next one begins.
        step = Next(RESTART, used.name, now) if restart_due else Next(RETIRE, before[0].name, retirement)
        return decision._replace(next=step, warning=_UNDER_WAY if rotate else "")
    due = used.created + policy.every
    name = _history.next_name(version.name for version in history)
    if rotate == NOW or due <= now:
        return decision._replace(
            versions=(*decision.versions, name), create=name, next=Next(SWITCH, name, now + policy.publish)
        )
    return decision._replace(next=Next(CREATE, name, due))
