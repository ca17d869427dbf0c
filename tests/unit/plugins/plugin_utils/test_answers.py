# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_answers: what is kept of an answer, honest or not."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.keysmith.jwt.plugins.modules import (
    jwks,
    jwt_keypair,
    jwt_keypairs,
)
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _answers
from ansible_collections.keysmith.jwt.plugins.plugin_utils._asked import Asked, Service
from ansible_collections.keysmith.jwt.tests.unit.lies import lies
from ansible_collections.keysmith.jwt.tests.unit.modules_run import run_module

TRACE = "/tmp/keysmith-hostile"
ASKED = Asked(frozenset(), {"orders": Service(shared=("a", "b")), "bills": Service()}, {})
RECIPIENTS = {"orders/v1": {"b": {}}}
DOCUMENTED = {*_answers.COMMON, *yaml.safe_load(jwt_keypairs.RETURN)} - {"asked"}
Answer = t.Dict[str, t.Any]


@pytest.fixture
def run(monkeypatch: t.Any, capsys: t.Any) -> t.Callable[..., Answer]:
    """Runs the module and returns what it answers."""

    def call(**options: t.Any) -> Answer:
        answer = run_module(jwt_keypairs.main, monkeypatch, capsys, options, False, True)
        return {name: held for name, held in answer.items() if not name.startswith("_")}

    return call


@pytest.fixture
def honest(run: t.Callable[..., Answer], tmp_path: Path) -> t.Dict[str, Answer]:
    """What an honest host answers: at first, when a shared key was made, and when it is sealed."""
    services = [
        {"name": "orders", "directory": str(tmp_path / "orders"), "algorithm": "ES256", "shared": True},
        {"name": "bills", "directory": str(tmp_path / "bills"), "algorithm": "ES256", "restart": ["bills"]},
        {"name": "bad", "sise": 1},
    ]
    first = run(services=services)
    recipient = first["shared"]["orders/v1"]["recipient"]
    made = run(services=services, make=["orders/v1"])
    sealed = run(services=services, recipients={"orders/v1": {"b": recipient}})
    return {"first": first, "made": made, "sealed": sealed}


def kept(answer: Answer) -> t.Tuple[Answer, t.List[str]]:
    return _answers.believed(answer, _answers.keypairs(ASKED, RECIPIENTS))


def test_an_honest_answer_is_kept_whole(honest: t.Dict[str, Answer]) -> None:
    for answer in honest.values():
        assert kept(answer) == (answer, [])
    assert honest["first"]["shared"]["orders/v1"]["recipient"] and honest["first"]["failed_keypairs"]["bad"]
    assert honest["made"]["jwks"]["orders"] and honest["made"]["restart_due"]["bills"] and honest["made"]["diff"]
    assert honest["sealed"]["shared"]["orders/v1"]["sealed"]["b"]


def test_nothing_of_an_answer_is_evaluated_or_about_anything_else(honest: t.Dict[str, Answer]) -> None:
    """Thousands of answers; of each, what is kept has names that were asked, no template, and a bounded size."""
    count = 0
    shared = {**honest["first"]["shared"]["orders/v1"], **honest["made"]["shared"]["orders/v1"]}
    shared.update(honest["sealed"]["shared"]["orders/v1"])
    for answer in ({**honest["made"], "shared": {"orders/v1": shared}},):
        for what, lie in lies(answer, TRACE):
            found, dropped = kept(lie())
            text = json.dumps(found)
            assert not any(mark in text for mark in ("{{", "{%", "{#")), what
            assert len(text) < 3 * 200000, what
            assert set(found) - {"_ansible_no_log"} <= DOCUMENTED, what
            for part in ("keypairs", "shared"):
                assert all(name.split("/")[0] in ASKED.services for name in found.get(part, {})), what
            for part in ("jwks", "restart_due"):
                assert set(found.get(part, {})) <= set(ASKED.services), what
            assert all(set(one.get("sealed", {})) <= {"b"} for one in found.get("shared", {}).values()), what
            assert kept(found) == (found, []), what
            assert _answers.warning(dropped or ["x"]).isprintable(), what
            count += 1
    assert count > 2000


@pytest.mark.parametrize(
    "name", ["orders/v1/x", "orders", "orders/", "orders/..", "orders/current", "../v1", "other/v1"]
)
def test_a_key_pair_has_a_version_of_a_service_that_was_asked_for(name: str) -> None:
    one = {"changed": False}
    assert kept({"keypairs": {name: one, "orders/v1": one}}) == ({"keypairs": {"orders/v1": one}}, ["keypairs." + name])


def test_single_key_pairs_are_those_that_were_asked_for() -> None:
    shapes = _answers.keypairs(Asked(frozenset(("mine", "a/b")), {}, {}), {})
    answer = {"keypairs": {name: {"changed": True} for name in ("mine", "a/b", "other", "a/c")}}
    found, dropped = _answers.believed(answer, shapes)
    assert list(found["keypairs"]) == ["mine", "a/b"] and dropped == ["keypairs.other", "keypairs.a/c"]


def test_what_ansible_itself_says_stays() -> None:
    answer = {"_ansible_parsed": True, "_ansible_no_log": True, "changed": False, "ansible_facts": {}}
    assert kept(answer) == ({"_ansible_parsed": True, "_ansible_no_log": True, "changed": False}, ["ansible_facts"])


def test_the_warning_names_what_is_left_out_and_shows_nothing_of_it() -> None:
    dropped = ["ansible_facts", "jwks.{{ x }}\n\x1b", "y" * 500, *"abcdef"]
    text = _answers.warning(dropped)
    assert "ansible_facts, jwks.?? x ????, yyy" in text and text.endswith(", a, b and 4 more.") and len(text) < 400


@pytest.mark.parametrize(
    ("module", "shapes"),
    [
        (jwt_keypair, _answers.keypair()),
        (jwt_keypairs, _answers.keypairs(ASKED, {})),
        (jwks, _answers.JWKS),
    ],
)
def test_all_that_a_module_documents_is_kept(module: t.Any, shapes: t.Mapping[str, t.Any]) -> None:
    """But for what the controller itself writes."""
    documented = yaml.safe_load(module.RETURN)
    assert [name for name in documented if name not in shapes] == (["asked"] if "asked" in documented else [])


def test_error_that_ansible_core_captured_of_a_failed_module() -> None:
    captured = pytest.importorskip("ansible._internal._errors._captured")
    messages = pytest.importorskip("ansible.module_utils._internal._messages")
    error = captured.CapturedErrorSummary(
        event=messages.Event(msg="path: no"), error_message="Module failed.", error_context="target", is_module=True
    )
    kept, dropped = _answers.believed({"failed": True, "msg": "path: no", "exception": error}, _answers.keypair())
    assert kept == {"failed": True, "msg": "path: no", "exception": error}
    assert dropped == []


def test_error_that_a_host_made_up() -> None:
    kept, dropped = _answers.believed({"failed": True, "exception": {"event": "x"}}, _answers.keypair())
    assert kept == {"failed": True}
    assert dropped == ["exception"]
