# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_record: what the controller writes beside an answer, and reads again."""

from __future__ import annotations

import json
import os
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _record
from ansible_collections.keysmith.jwt.plugins.plugin_utils._asked import Asked, Service

ASKED = Asked(frozenset(), {"orders": Service(("web",), ("a", "b"), ("mine",)), "bills": Service()}, {})
Answer = t.Dict[str, t.Any]


def answer(use: str = "1", **more: t.Any) -> Answer:
    controller = {"use": use, "output": "/out/", "show": True, "sources": {"orders/v1": "b"}}
    return {"changed": False, "asked": _record.written(controller, ASKED, ["signing_key_mode"]), **more}


def read(variables: t.Dict[str, t.Any], use: str = "1") -> t.Any:
    return _record.read(variables, "result", use)


def test_what_is_written_is_read_again() -> None:
    given = json.loads(json.dumps(answer()))
    record, found = read({"result": given})
    assert found == given
    assert record == _record.Record(ASKED.services, "/out", True, {"orders/v1": "b"}, ["signing_key_mode"])


def test_a_failure_is_held_back_and_read_again() -> None:
    failed = answer(failed=True, msg="no", rc=1, exception="trace")
    held = _record.held_back(failed)
    assert not {"failed", "rc", "exception"} & set(held) and held["msg"] == "no"
    assert read({"result": json.loads(json.dumps(held))})[1]["failed"] is True
    assert "failed" not in read({"result": _record.held_back(answer())})[1]


def test_what_is_not_of_this_use_is_no_answer() -> None:
    assert read({"result": answer("2")}) == (None, {}) == read({})
    assert read({"result": {"skipped": True}}) == (None, {}) == read({"result": "x"})


def test_a_fact_is_no_answer() -> None:
    for fact in (answer(), None, "x"):
        assert read({"result": answer(), "ansible_facts": {"result": fact}}) == (None, {})
    assert read({"result": answer(), "ansible_facts": {"other": 1}})[0]


@pytest.mark.parametrize("bad", [{"failed": True, "msg": "no variable"}, {"unreachable": True, "msg": "x"}])
def test_what_ansible_says_of_a_host_is_that_it_failed(bad: Answer) -> None:
    assert read({"result": bad}) == (None, {"failed": True})


def test_files_are_where_a_path_says() -> None:
    for good in (None, "", "/out", "~/keys", {}):
        assert _record.problem({"output": good} if good != {} else None) == ""
    for bad in ("keys", "./keys", 7, ["/out"], True):
        assert _record.problem({"output": bad}).startswith("signing_key_output_directory: ")
    written = {output: _record.written({"output": output}, ASKED, ())["output"] for output in ("~/k", "/", "", None)}
    assert written == {"~/k": os.path.expanduser("~/k"), "/": "/", "": "", None: ""}
    # A path that is refused is written to by nobody.
    assert _record.problem({"output": "keys"}) and _record.written({"output": "keys"}, ASKED, ())["output"] == ""


def test_a_service_that_was_refused_fails_its_host_beside_what_else_failed() -> None:
    assert _record.with_refusals({"changed": True}, {}) == {"changed": True}
    found = _record.with_refusals({"changed": True, "keypairs": {}}, {"orders": "No."})
    assert found["failed"] and found["msg"] == "orders: No." and found["failed_keypairs"] == {"orders": "No."}
    both = _record.with_refusals({"failed": True, "msg": "Bad.", "failed_keypairs": {"x": "Bad."}}, {"orders": "No."})
    assert both["msg"] == "orders: No. Bad." and set(both["failed_keypairs"]) == {"x", "orders"}


def diff(path: str, before: str, after: str) -> t.Dict[str, str]:
    return {"before_header": path, "before": before, "after": after}


def test_an_earlier_answer_of_the_same_use_stays_said() -> None:
    before = answer(
        keypairs={"a/v1": {"changed": True}, "b/v1": {"changed": False}},
        jwks={"a": 1},
        restart=["a"],
        units=[{"unit": "a"}],
        restart_due={"a": 1},
        shared={"a/v1": 1, "b/v1": 1},
        diff=[diff("/a", "", "1"), diff("/b", "", "1"), diff("/c", "", "1")],
    )
    now = answer(
        keypairs={"a/v1": {"changed": False}, "b/v1": {"changed": True}},
        jwks={"b": 2},
        restart=["a", "b"],
        units=[{"unit": "a"}],
        shared={"b/v1": 2},
        diff=[diff("/b", "1", "2"), diff("/c", "1", "")],
    )
    found = _record.merged(before, now)
    assert found["keypairs"] == {"a/v1": {"changed": True}, "b/v1": {"changed": True}}
    assert found["jwks"] == {"a": 1, "b": 2} and found["shared"] == {"a/v1": 1, "b/v1": 2}
    assert found["restart"] == ["a", "b"] and found["units"] == [{"unit": "a"}] and found["restart_due"] == {"a": 1}
    assert found["diff"] == [diff("/a", "", "1"), diff("/b", "", "2")]
    for other in (None, "x", {"skipped": True}, answer("2")):
        assert _record.merged(other, dict(now)) == now
