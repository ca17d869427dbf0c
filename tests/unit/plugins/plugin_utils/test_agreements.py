# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations of keys that hosts share: one host can keep the others waiting, and hurries none of them."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.plugin_utils._agreements import Agreements, agree
from ansible_collections.keysmith.jwt.tests.unit.plays import play

DUE: t.Dict[str, t.Any] = {"rotation": {"orders": {"create": "v2", "switch": ""}}}
CALM: t.Dict[str, t.Any] = {"rotation": {"orders": {"create": "", "switch": ""}}}


def has(thumbprint: str = "T", switch: str = "") -> t.Dict[str, t.Any]:
    return {
        "rotation": {"orders": {"create": "", "switch": switch}},
        "shared": {"orders/v2": {"thumbprint": thumbprint}},
    }


def agreed(
    answers: t.Mapping[str, t.Any], shared: t.Optional[t.Mapping[str, t.Any]] = None, **rest: t.Any
) -> Agreements:
    return agree(play(answers, shared, **rest))


def test_a_key_is_made_when_all_are_due() -> None:
    every = {host: {"orders": "v2"} for host in "abc"}
    assert agreed(dict.fromkeys("abc", DUE)) == Agreements(every, {}, [])
    # One that holds it already, or waits for it, was due before.
    for fact in ({"thumbprint": "T"}, {"recipient": {"x": "y"}}):
        found = agreed({"a": {**CALM, "shared": {"orders/v2": fact}}, "b": DUE, "c": DUE})
        assert list(found.create) == ["b", "c"] and not found.waits


@pytest.mark.parametrize(
    "other",
    [
        CALM,
        {},
        {"rotation": {"orders": {"create": "v3"}}},
        {"rotation": {"bills": {"create": "v2"}}},
        {**CALM, "shared": {"orders/v1": {"thumbprint": "T"}}},
    ],
)
def test_one_that_is_not_due_keeps_the_others_waiting(other: t.Any) -> None:
    found = agreed({"a": DUE, "b": DUE, "c": other})
    assert "a" not in found.create and "b" not in found.create
    assert found.waits[0] == "orders/v2 is made once all hosts that share it are due. Not yet: c."


def test_whoever_cannot_be_asked_is_waited_for() -> None:
    answers = dict.fromkeys("abc", DUE)
    for rest in ({"batch": ["a", "b"]}, {"well": ["a", "b"]}):
        assert not agreed(answers, **rest).create
    assert not agreed({"a": DUE, "b": DUE}).create
    # Asked to share with others, or with nobody, it says nothing of this key.
    for names in (("all",), ("c",), None, ()):
        assert not {"a", "b"} & set(agreed(answers, {"c": names}).create)


def test_a_switch_waits_until_all_hold_the_same_key() -> None:
    ready = has(switch="v2")
    assert agreed({"a": ready, "b": ready, "c": has()}).switch == {host: {"orders": "v2"} for host in "ab"}
    for other in (has("another"), DUE, CALM, {}, {"shared": {"orders/v2": {"recipient": None}}}):
        found = agreed({"a": ready, "b": ready, "c": other})
        assert not found.switch
        assert "orders/v2 becomes active once all hosts that share it hold it. Not: c." in found.waits
    assert not agreed({"a": ready, "b": ready, "c": ready}, batch=["a", "b"]).switch


def test_nobody_does_what_it_has_not_asked_for() -> None:
    """Whatever two of them say."""
    for lie in (DUE, has(switch="v2"), {"rotation": {"orders": {"create": "v9", "switch": "v9"}}}):
        found = agreed({"a": CALM, "b": lie, "c": lie})
        assert "a" not in found.create and "a" not in found.switch


def test_keys_of_ones_own_need_nobody() -> None:
    answers = {"a": {"rotation": {"orders": {"switch": "v2"}}}, "b": CALM, "c": CALM}
    assert agreed(answers, dict.fromkeys("abc", ())).switch == {"a": {"orders": "v2"}}


def uses(*versions: str) -> t.Dict[str, t.Any]:
    """A host with these versions, the first one in use."""
    facts = {"orders/" + version: {"thumbprint": version} for version in versions}
    return {"rotation": {"orders": {}}, "shared": facts, "jwks": {"orders": {"keys": [{"kid": versions[0]}]}}}


WAITS = {"rotation": {"orders": {}}, "shared": {"orders/v1": {"recipient": {"x": "y"}}}}


@pytest.mark.parametrize(
    ("others", "joins"),
    [
        ([uses("v2"), uses("v2")], "v2"),
        # While they switch, all of them hold the older one.
        ([uses("v10", "v9"), uses("v9", "v10")], "v9"),
        ([uses("v2"), {}], "v2"),
        # One that uses another key, or a name that no rotation gives, makes nobody join anything.
        ([uses("v2"), uses("evil.name")], ""),
        ([uses("v2"), uses("v1")], ""),
        (
            [
                {
                    **uses("v2"),
                    "shared": {"orders/v2": {"thumbprint": "Z"}},
                    "jwks": {"orders": {"keys": [{"kid": "Z"}]}},
                },
                uses("v2"),
            ],
            "",
        ),
        ([uses("x.y"), {}], ""),
        # It waits for what another one has, or waits for, too: that is no other version.
        ([uses("v2", "v1"), uses("v2")], ""),
        ([WAITS, uses("v2")], ""),
        ([{**uses("v2"), "jwks": {}}, {}], ""),
        ([{}, {}], ""),
    ],
)
def test_a_host_without_a_key_joins_those_that_have_one(others: t.Any, joins: str) -> None:
    found = agreed(dict(zip("abc", [WAITS, *others])))
    assert found.join.get("a", {}) == ({"orders": joins} if joins else {}) and not set(found.join) & set("bc")


def test_only_those_that_share_the_key_are_joined() -> None:
    answers = {"a": WAITS, "b": uses("v2"), "c": uses("v2")}
    assert "a" in agreed(answers).join
    assert "a" not in agreed(answers, {"b": ("a", "b"), "c": ()}).join
    assert "a" not in agreed(answers, well=["a"]).join
    # One that has a key goes on with it, whatever the others say.
    assert "a" not in agreed({**answers, "a": uses("v1")}).join
