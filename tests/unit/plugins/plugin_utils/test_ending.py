# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the role ends for a host, by what its tasks have registered."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _ending

DUE = {"orders": {"mark": "1", "units": ["a", "b"]}, "bills": {"mark": "2", "units": ["b"]}, "none": {"units": []}}
NOT_RESTARTED = (
    "Could not be restarted: a. What runs there goes on with the key that it has read before%s. Fix that, and"
)
STOLEN = ", which somebody else may have and which stays published (orders)"
TOLD = "The restart succeeded, but could not be recorded: why"
WAITS = "Shared keys are not here yet: orders/v1, bills/v1. Run again without strategy: free."


def _restarts(*failed: str) -> t.Dict[str, t.Any]:
    results = [{"item": unit, "failed": True} if unit in failed else {"item": unit} for unit in ("a", "b")]
    return {"results": results, **({"failed": True} if failed else {})}


@pytest.mark.parametrize(
    ("failed", "names"), [((), ["orders", "bills", "none"]), (("a",), ["bills", "none"]), (("a", "b"), ["none"])]
)
def test_a_service_is_restarted_when_all_its_units_are(failed: t.Sequence[str], names: t.Sequence[str]) -> None:
    found = _ending.restarted({"signing_key__due": DUE, "signing_key__restarts": _restarts(*failed)})
    assert found == {name: DUE[name] for name in names}


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({"result": {"failed": True, "msg": "one."}}, "one."),
        ({"result": {"todo": {"failed": True}}}, "The module failed."),
        ({"result": {}, "together": {"problems": {"here": ["two.", "three."], "other": ["no"]}}}, "two. three."),
        ({"result": {"failed": True, "msg": "one."}, "together": {"problems": {"here": ["two."]}}}, "two. one."),
        ({"result": {"todo": {"waits": ["orders/v1", "bills/v1"]}}}, WAITS),
    ],
)
def test_why_a_host_fails(variables: t.Dict[str, t.Any], text: str) -> None:
    assert _ending.failure({"signing_key__" + name: one for name, one in variables.items()}, "here") == text


@pytest.mark.parametrize(
    ("variables", "texts"),
    [
        ({"restarts": _restarts()}, []),
        ({"restarts": _restarts("a")}, [NOT_RESTARTED % "", "More."]),
        (
            {"restarts": _restarts("a"), "result": {"todo": {"compromised": ["orders"]}}},
            [NOT_RESTARTED % STOLEN, "More."],
        ),
        ({"restarts": _restarts(), "told": {"msg": "why"}}, [TOLD, "More."]),
        ({"restarts": _restarts("a"), "told": {"msg": "why"}}, [NOT_RESTARTED % "", TOLD, "More."]),
    ],
)
def test_what_is_wrong_after_a_restart(variables: t.Dict[str, t.Any], texts: t.Sequence[str]) -> None:
    given = {"signing_key__" + name: one for name, one in variables.items()}
    expected = " ".join(texts).replace("Fix that, and", "Fix that, and run again.")
    assert _ending.unrestarted(given, "More.") == expected
    assert _ending.unrestarted(given, "") == expected.replace(" More.", "")


def test_a_fact_of_the_host_is_nothing_that_a_task_has_registered() -> None:
    variables = {"signing_key__due": DUE, "signing_key__restarts": _restarts()}
    assert _ending.restarted({**variables, "ansible_facts": {"signing_key__due": {}}}) == {}
    assert _ending.restarted({**variables, "ansible_facts": {"signing_key__restarts": {}}}) == {"none": DUE["none"]}
