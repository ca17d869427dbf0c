# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role has left to do for a host, by an answer of the module."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _todo

DUE = {"orders": {"mark": "1", "link": "/l", "units": ["orders"]}}
CREDENTIALS = {"unit": "orders", "path": "/d", "block": "[Service]\nLoadCredential=private.key:/k\n"}
GONE = {"changed": True, "units": ["orders", "worker"], "drop_in": "/d"}

#: Part of an answer, and what of it is left in a run, and would be left in check mode.
LEFT: t.Sequence[t.Tuple[t.Dict[str, t.Any], t.Dict[str, t.Any], t.Dict[str, t.Any]]] = (
    ({"failed": True}, {"failed": True}, {"failed": True}),
    ({"asked": {"failed": True}}, {"failed": True}, {"failed": True}),
    ({"shared": {"orders/v1": {"recipient": None}}}, {"waits": ["orders/v1"]}, {"waits": ["orders/v1"]}),
    ({"restart": ["orders"]}, {"restart": ["orders"]}, {"would_restart": ["orders"]}),
    ({"restart_due": DUE}, {"due": DUE}, {}),
    (
        {"restart_due": DUE, "rotation": {"orders": {"compromised": ["v1"]}}},
        {"due": DUE, "compromised": ["orders"]},
        {},
    ),
    ({"units": [{"unit": "orders", "path": "/d", "block": "[Service]\n"}]}, {}, {}),
    ({"units": [CREDENTIALS]}, {"hands_over": True}, {}),
    (
        {"absent": {"orders": GONE, "other": {"units": ["worker"]}}},
        {"absent_units": ["orders", "worker"], "drop_in_is_gone": True},
        {"absent_units": ["orders", "worker"]},
    ),
)


@pytest.mark.parametrize("answer, left, would", LEFT)
def test_what_is_left(answer: t.Dict[str, t.Any], left: t.Dict[str, t.Any], would: t.Dict[str, t.Any]) -> None:
    nothing = _todo.of({}, False)
    assert not any(nothing.values()) and nothing == _todo.of({}, True)
    assert _todo.of(answer, False) == {**nothing, **left, "more": True}
    assert _todo.of(answer, True) == {**nothing, **would, "more": True}


@pytest.mark.parametrize(
    "answer",
    [
        {"changed": True, "keypairs": {"orders/v1": {"changed": True}}, "restart": [], "restart_due": {}, "units": []},
        {"shared": {"orders/v1": {"thumbprint": "x"}}, "absent": {}, "failed": False},
        {"rotation": {"orders": {"compromised": ["v1"], "switch": "v2"}}},
    ],
)
def test_what_the_module_has_done_leaves_nothing(answer: t.Dict[str, t.Any]) -> None:
    assert not any(_todo.of(answer, False).values())


def test_a_service_that_nobody_restarts_is_not_finished() -> None:
    """Without a unit, nothing tells when the old key is not in use any more."""
    due = {"orders": {"mark": "1", "link": "/l", "units": []}}
    assert _todo.of({"restart_due": due, "rotation": {"orders": {"compromised": ["v1"]}}}, False)["compromised"] == []
