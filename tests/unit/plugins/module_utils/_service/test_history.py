# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of a service's keys."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._service import history
from ansible_collections.keysmith.jwt.plugins.module_utils._service.history import Found, Version

NOW = 1_800_000_000
ONE, TWO = Found("a", "print-a", "RS256"), Found("b", "print-b", "RS256")
V1 = Version("v1", *ONE, created=NOW - 90, published=NOW - 80, activated=NOW - 70, restarted=NOW - 60)


def test_it_is_read_as_it_was_written() -> None:
    versions = (V1._replace(compromised=NOW, retired=NOW), Version("v2", *TWO, created=NOW, adopted=True))
    assert history.parse(history.render(versions), "history.json") == versions


def test_events_that_have_not_happened_are_left_out() -> None:
    (written,) = json.loads(history.render([Version("v1", *ONE, created=NOW)]))["versions"]
    assert written == {
        "name": "v1", "kid": "a", "thumbprint": "print-a", "algorithm": "RS256", "created": "2027-01-15T08:00:00Z"
    }  # fmt: skip


def test_no_file_is_no_history() -> None:
    assert history.parse(b"", "history.json") == ()


ENTRY = {"name": "v1", "kid": "a", "thumbprint": "b", "algorithm": "RS256"}


@pytest.mark.parametrize(
    "document",
    [
        [], {}, None, {"versions": None}, {"versions": [1]}, {"versions": [{}]}, {"versions": [ENTRY, ENTRY]},
        *({"versions": [{**ENTRY, **change}]} for change in (
            {"name": "../v1"}, {"name": 1}, {"name": ""}, {"kid": None}, {"created": 1}, {"created": "yesterday"},
            {"created": "2027-13-15T08:00:00Z"}, {"retired": "2027-01-15T08:00:00+01:00"},
        )),
    ],
)  # fmt: skip
def test_anything_else_is_refused_by_the_name_of_the_file(document: t.Any) -> None:
    with pytest.raises(KeysmithError, match=r"^/etc/x: this is not a history"):
        history.parse(json.dumps(document).encode(), "/etc/x")


@pytest.mark.parametrize("text", [b"{", b"\xff", b"[" * 100_000, b" " * (history.LARGEST + 1), b"1e999"])
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(KeysmithError, match="this is not a history"):
        history.parse(text, "/etc/x")


@pytest.mark.parametrize(
    ("before", "found", "active", "after"),
    [
        ((), {"v1": ONE}, "v1", (Version("v1", *ONE, created=NOW, activated=NOW, restarted=NOW),)),
        ((V1,), {"v1": ONE, "v2": TWO}, "v1", (V1, Version("v2", *TWO, created=NOW))),
        # A switch that was not written down.
        (
            (V1, Version("v2", *TWO, created=NOW - 9)), {"v1": ONE, "v2": TWO}, "v2",
            (V1, Version("v2", *TWO, created=NOW - 9, activated=NOW, restarted=NOW)),
        ),
        # Gone, come back, and replaced by another key.
        ((V1,), {}, "", (V1._replace(retired=NOW),)),
        ((V1._replace(retired=NOW - 5),), {}, "", (V1._replace(retired=NOW - 5),)),
        ((V1._replace(retired=NOW - 5),), {"v1": ONE}, "", (V1,)),
        ((V1,), {"v1": TWO}, "v1", (Version("v1", *TWO, created=NOW, activated=NOW, restarted=NOW),)),
        ((V1,), {"v1": ONE._replace(kid="renamed")}, "v1", (V1._replace(kid="renamed"),)),
    ],
)  # fmt: skip
def test_the_disk_is_the_truth(before: t.Any, found: t.Any, active: str, after: t.Any) -> None:
    assert history.reconcile(before, found, active, NOW) == after


@pytest.mark.parametrize(
    ("name", "active", "listed", "is_version"),
    [
        ("v1.away", "v1", [], False), ("blue", "v1", [], False), ("blue", "v1", ["blue"], True),
        ("blue", "blue", [], True), ("v7", "v1", [], True),
    ],
)  # fmt: skip
def test_what_somebody_puts_aside_is_no_version(name: str, active: str, listed: t.Any, is_version: bool) -> None:
    known = history.reconcile((V1,), {"v1": ONE, name: ONE}, active, NOW, listed=listed)
    assert [one.name for one in known] == (["v1", name] if is_version else ["v1"])


def test_the_longest_name_of_a_version_is_read_again() -> None:
    versions = (Version("v" * 255, *ONE, created=NOW),)
    assert history.parse(history.render(versions), "history.json") == versions


def test_what_was_there_before_is_adopted() -> None:
    known = history.reconcile((V1,), {"v1": ONE, "v2": TWO, "v3": TWO}, "v1", NOW, adopted=["v1", "v2"])
    assert [one.adopted for one in known] == [False, True, False]


def test_a_restart_that_is_due_has_not_happened() -> None:
    late = V1._replace(activated=NOW - 9, restarted=0)
    assert history.reconcile((late,), {"v1": ONE}, "v1", NOW, restart_due=True) == (late,)
    assert history.reconcile((late,), {"v1": ONE}, "v1", NOW) == (late._replace(restarted=NOW),)


def test_versions_that_are_new_come_in_the_order_of_their_numbers() -> None:
    found = {name: ONE for name in ("v10", "v9", "blue", "v2")}
    assert [one.name for one in history.reconcile((), found, "", NOW)] == ["blue", "v2", "v9", "v10"]


@pytest.mark.parametrize(
    ("names", "name"), [([], "v1"), (["v1"], "v2"), (["v9", "v10"], "v11"), (["2024", "blue"], "v1"), (["v01"], "v1")]
)
def test_no_name_is_used_twice(names: t.List[str], name: str) -> None:
    assert history.next_name(names) == name


def test_an_event_happens_once() -> None:
    (first,) = history.happened((V1._replace(published=0),), "published", ["v1"], NOW)
    assert first.published == NOW
    assert history.happened((first,), "published", ["v1"], NOW + 5) == (first,)
    assert history.happened((first,), "activated", [], NOW + 5) == (first,)
