# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The next step of a rotation, as a table."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._service import rotation
from ansible_collections.keysmith.jwt.plugins.module_utils._service.history import Version
from ansible_collections.keysmith.jwt.plugins.module_utils._service.rotation import (
    COMPROMISED,
    CREATE,
    NOW,
    PUBLISH,
    RESTART,
    RETIRE,
    SWITCH,
    Decision,
    Next,
    decide,
)
from ansible_collections.keysmith.jwt.plugins.module_utils._service.rotation_policy import Policy

T = 1_800_000_000
DAY = 86400
POLICY = Policy(every=90 * DAY, publish=DAY, keep=2 * DAY)


def used(name: str = "v1", age: float = 10, **events: int) -> Version:
    """A version that was created, published and in use ``age`` days ago."""
    then = T - int(age * DAY)
    return Version(name, created=then, published=then, activated=then, restarted=then)._replace(**events)


def made(name: str = "v2", published: float = -1, age: float = 5) -> Version:
    """A successor, published that many days ago; -1 for never."""
    return Version(name, created=T - int(age * DAY), published=T - int(published * DAY) if published >= 0 else 0)


TABLE: t.List[t.Tuple[str, t.Tuple[Version, ...], str, t.Dict[str, t.Any], Decision]] = [
    ("nothing is there", (), "", {}, Decision(("v1",), "v1", create="v1", next=Next(CREATE, "v1", T + 90 * DAY))),
    (
        "all are gone", (used(retired=T - DAY),), "", {},
        Decision(("v2",), "v2", create="v2", next=Next(CREATE, "v2", T + 90 * DAY)),
    ),
    ("an interrupted first run", (made("v1"), made("v2")), "", {}, Decision(("v1", "v2"), "v1")),
    ("a lost link", (used("v1", 90), used("v2", 1)), "", {}, Decision(("v2", "v1"), "v2")),
    (
        "a lost link, compromised", (used("v1", 90), used("v2", 1, compromised=T), made("v3")), "", {},
        Decision(("v1", "v2", "v3"), "v1"),
    ),
    ("young", (used(),), "v1", {}, Decision(("v1",), "v1", next=Next(CREATE, "v2", T + 80 * DAY))),
    (
        "old", (used(age=90),), "v1", {},
        Decision(("v1", "v2"), "v1", create="v2", next=Next(SWITCH, "v2", T + DAY)),
    ),
    (
        "rotate now", (used(),), "v1", {"rotate": NOW},
        Decision(("v1", "v2"), "v1", create="v2", next=Next(SWITCH, "v2", T + DAY)),
    ),
    (
        "a name is not used twice", (used("v1", 200, retired=T - 99 * DAY), used("v2", 90)), "v2", {},
        Decision(("v2", "v3"), "v2", create="v3", next=Next(SWITCH, "v3", T + DAY)),
    ),
    (
        "not published yet", (used(age=95), made()), "v1", {},
        Decision(("v1", "v2"), "v1", next=Next(PUBLISH, "v2", T)),
    ),
    (
        "published a moment too short", (used(age=95), made(published=1 - 1 / DAY)), "v1", {},
        Decision(("v1", "v2"), "v1", next=Next(SWITCH, "v2", T + 1)),
    ),
    (
        "published long enough", (used(age=95), made(published=1)), "v1", {},
        Decision(("v1", "v2"), "v1", switch="v2", next=Next(SWITCH, "v2", T)),
    ),
    (
        "kept a moment too short", (used(age=95), used("v2", 2 - 1 / DAY)), "v2", {},
        Decision(("v2", "v1"), "v2", next=Next(RETIRE, "v1", T + 1)),
    ),
    (
        "kept long enough", (used(age=95), used("v2", 2)), "v2", {},
        Decision(("v2",), "v2", retire=("v1",), next=Next(CREATE, "v3", T + 88 * DAY)),
    ),
    (
        "a restart is due", (used(age=95), used("v2", 9)), "v2", {"restart_due": True},
        Decision(("v2", "v1"), "v2", next=Next(RESTART, "v2", T)),
    ),
    (
        "restarted late", (used(age=95), used("v2", 9, restarted=T - DAY)), "v2", {},
        Decision(("v2", "v1"), "v2", next=Next(RETIRE, "v1", T + DAY)),
    ),
    (
        "retires and creates in one run", (used(age=195), used("v2", 100)), "v2", {},
        Decision(("v2", "v3"), "v2", create="v3", retire=("v1",), next=Next(SWITCH, "v3", T + DAY)),
    ),
    (
        "rotate now during a rotation", (used(age=95), made(published=0)), "v1", {"rotate": NOW},
        Decision(("v1", "v2"), "v1", next=Next(SWITCH, "v2", T + DAY), warning=rotation._UNDER_WAY),
    ),
    (
        "compromised",
        (used(),),
        "v1",
        {"rotate": COMPROMISED},
        Decision(("v1", "v2"), "v1", create="v2", switch="v2", compromised=("v1",), next=Next(SWITCH, "v2", 0)),
    ),
    (
        "compromised with a successor on the same host",
        (used(age=95), made()),
        "v1",
        {"rotate": COMPROMISED},
        Decision(
            ("v1", "v2", "v3"), "v1", create="v3", switch="v3", compromised=("v1", "v2"), next=Next(SWITCH, "v3", 0)
        ),
    ),
    (
        "the run after an interrupted one",
        (used(compromised=T - 5), made("v2")),
        "v1",
        {},
        Decision(("v1", "v2"), "v1", switch="v2", compromised=("v1",), next=Next(SWITCH, "v2", 0)),
    ),
    (
        "asked again after an interrupted one",
        (used(compromised=T - 5), made("v2")),
        "v2",
        {"rotate": COMPROMISED, "restart_due": True},
        Decision(("v2", "v1"), "v2", compromised=("v1",), next=Next(RESTART, "v2", 0)),
    ),
    (
        "asked again before the new key was made",
        (used(compromised=T - 5),),
        "v1",
        {"rotate": COMPROMISED},
        Decision(("v1", "v2"), "v1", create="v2", switch="v2", compromised=("v1",), next=Next(SWITCH, "v2", 0)),
    ),
    (
        "nothing uses the compromised key any more",
        (used(compromised=T - 5), used("v2", 0)),
        "v2",
        {},
        Decision(("v2",), "v2", retire=("v1",), compromised=("v1",)),
    ),
    ("the clocks disagree", (used(age=95),), "v1", {"hold": "no"}, Decision(("v1",), "v1", warning="no")),
    (
        "compromised while the clocks disagree", (used(),), "v1", {"hold": "no", "rotate": COMPROMISED},
        Decision(("v1", "v2"), "v1", create="v2", switch="v2", compromised=("v1",), next=Next(SWITCH, "v2", 0)),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("history", "active", "more", "decision"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE]
)
def test_table(history: t.Any, active: str, more: t.Dict[str, t.Any], decision: Decision) -> None:
    assert decide(history, active, T, POLICY, **more) == decision


def test_a_clock_that_went_back_changes_nothing_and_says_so() -> None:
    history = (used(age=95), made(published=-30 / DAY))
    assert decide(history, "v1", T, POLICY).warning == ""
    late = (used(age=95), made(published=1)._replace(published=T + 301))
    decision = decide(late, "v1", T, POLICY)
    assert decision._replace(warning="") == Decision(("v1", "v2"), "v1")
    assert "2027-01-15T08:00:00Z" in decision.warning and "2027-01-15T08:05:01Z" in decision.warning


def test_clocks_may_differ_by_minutes() -> None:
    assert rotation.disagreement(T, T + 300) == rotation.disagreement(T + 300, T) == ""
    assert "2027-01-15T08:05:01Z" in rotation.disagreement(T, T + 301)


def test_a_shared_key_is_wished_for_until_all_are_due() -> None:
    """A first key, and one in the place of a compromised one, wait for nobody."""
    due = decide((used(age=95),), "v1", T, POLICY)
    waits = rotation.shared(due, "", T)
    assert (due.create, due.wish) == ("v2", "")
    assert (waits.create, waits.wish, waits.versions, waits.active) == ("", "v2", ("v1",), "v1")
    assert rotation.shared(due, "v2", T) == due and rotation.shared(due, "v3", T) == waits
    first = decide((), "", T, POLICY)
    joins = rotation.shared(first, "v7", T)
    assert (joins.versions, joins.active, joins.create, joins.retire) == (("v7",), "v7", "v7", ("v1",))
    compromised = decide((used(age=5),), "v1", T, POLICY, COMPROMISED)
    for decision in (first, compromised):
        assert decision.create and rotation.shared(decision, "", T) == decision
