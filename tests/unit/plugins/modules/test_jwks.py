# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module jwks as Ansible runs it: options in, one JSON document out."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils import basic
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import files
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.modules import jwks
from ansible_collections.keysmith.jwt.tests.unit import modules_run
from ansible_collections.keysmith.jwt.tests.unit.plugins.module_utils._jose.test_jwk_set import A, B

Run = t.Callable[..., dict]


@pytest.fixture(name="run")
def _run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(check: bool = False, diff: bool = True, **options: t.Any) -> dict[str, t.Any]:
        return dict(modules_run.run_module(jwks.main, monkeypatch, capsys, options, check, diff))

    return run


def test_check_real_check_real(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    results = [run(check, path=str(path), jwks=[A]) for check in (True, False, True, False)]
    assert [result["changed"] for result in results] == [True, True, False, False]
    assert [result["jwks"] for result in results] == [{"keys": [A]}] * 4
    assert [result["path"] for result in results] == [str(path)] * 4
    assert results[0]["diff"] == results[1]["diff"]
    assert results[1]["diff"][0]["before"] == ""
    assert results[1]["diff"][0]["after"] == path.read_text()
    assert results[2]["diff"] == results[3]["diff"] == []


def test_a_diff_is_given_to_those_who_ask(run: Run, tmp_path: Path) -> None:
    result = run(diff=False, path=str(tmp_path / "jwks.json"), jwks=[A])
    assert result["changed"] and "diff" not in result


def test_many_files(run: Run, tmp_path: Path) -> None:
    sets = [
        {"path": str(tmp_path / "a" / "one.json"), "jwks": [A], "single": True},
        {"path": str(tmp_path / "all.json"), "sources": [str(tmp_path / "a")], "jwks": [B], "state": "exact"},
    ]
    results = [run(check, sets=sets) for check in (True, False, True, False)]
    assert [result["changed"] for result in results] == [True, True, False, False]
    assert [entry["count"] for entry in results[0]["files"]] == [1, 2]
    assert results[3]["files"] == []
    assert json.loads((tmp_path / "all.json").read_text()) == {"keys": [B, A]}


def test_what_was_done_beside_what_could_not_be(run: Run, tmp_path: Path) -> None:
    sets = [
        {"path": str(tmp_path / "bad.json"), "jwks": [{**A, "kid": ""}]},
        {"path": str(tmp_path / "good.json"), "jwks": [B]},
    ]
    for check in (True, False):
        result = run(check, sets=sets)
        assert result["failed"] and result["changed"] and "sets[0].jwks" in result["msg"]
        assert result["files"] == [{"path": str(tmp_path / "good.json"), "count": 1, "removed": []}]
    again = run(sets=sets)
    assert again["failed"] and not again["changed"] and again["files"] == []


def test_a_private_key_that_is_given_by_mistake_is_nowhere(run: Run, tmp_path: Path, monkeypatch: t.Any) -> None:
    logged: list[str] = []
    monkeypatch.setattr("syslog.syslog", lambda *given: logged.append(str(given)))
    monkeypatch.setattr(basic, "has_journal", False)
    canary = "canary-in-the-mine"
    for options in (
        {"path": str(tmp_path / "one.json"), "jwks": [{**A, "d": canary}]},
        {"path": str(tmp_path / "one.json"), "jwks": [canary]},
        {"sets": [{"path": str(tmp_path / "one.json"), "jwks": [{**A, "d": canary}]}]},
        {"sets_json": json.dumps([{"path": str(tmp_path / "one.json"), "jwks": [{**A, "d": canary}]}])},
    ):
        result = run(**options)
        assert result["failed"] and canary not in json.dumps(result)
    assert canary not in "".join(logged)


def test_absent_without_a_file(run: Run, tmp_path: Path) -> None:
    result = run(path=str(tmp_path / "no.json"), state="absent", key_ids=["x"])
    assert (result["changed"], result["jwks"]) == (False, None)


def test_a_mode_is_mended_and_said(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    run(path=str(path), jwks=[A])
    result = run(path=str(path), mode="0640")
    assert result["changed"]
    assert result["diff"][0]["prepared"] == "The mode or owner of %s is corrected.\n" % path


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"path": "{tmp}/x", "jwks": [dict(A, d="c2VjcmV0")]},
            "jwks[0] (kid key-1): the JWK holds private members (d)",
        ),
        ({"path": "{tmp}"}, "is a directory"),
        ({}, "one of the following is required: path, sets"),
        ({"path": "{tmp}/x", "sets": []}, "mutually exclusive"),
        ({"sets": [{"path": "{tmp}/x", "jwks": [{"kty": "oct"}]}]}, "sets[0].jwks[0]: this is a symmetric key"),
    ],
)
def test_failures_are_one_sentence(run: Run, tmp_path: Path, options: dict[str, t.Any], message: str) -> None:
    filled = json.loads(json.dumps(options).replace("{tmp}", str(tmp_path)))
    result = run(**filled)
    assert result["failed"]
    assert message in result["msg"]
    assert "\n" not in result["msg"]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_stops_no_other(run: Run, tmp_path: Path) -> None:
    other = dict(B, kid=A["kid"])
    sets = [
        {"path": str(tmp_path / "bad.json"), "jwks": [A, other]},
        {"path": str(tmp_path / "good.json"), "jwks": [A]},
    ]
    (tmp_path / "in-the-way.json").mkdir()
    sets += [{"path": str(tmp_path / "in-the-way.json"), "jwks": [A]}]
    for check in (True, False):
        result = run(check=check, sets=sets)
        assert "two different keys have the kid" in result["msg"] and "is a directory" in result["msg"]
        assert (tmp_path / "good.json").exists() is not check
    assert json.loads((tmp_path / "good.json").read_text()) == {"keys": [A]} and not (tmp_path / "bad.json").exists()
    many = [dict(sets[0], path=str(tmp_path / ("%d.json" % number))) for number in range(7)]
    assert run(sets=many)["msg"].endswith(" 6 more have errors, too.")
    wrong = [{**A, "kid": ""}, {**A, "kid": 1}, {**A, "kid": "\n"}, {**A, "n": 1}, {"kty": "oct"}, {"kty": 1}, {}]
    many = [dict(item, jwks=[jwk]) for item, jwk in zip(many, wrong)]
    assert run(sets=many)["msg"].endswith(" 2 more have errors, too.")


def test_what_cannot_be_written_stops_no_other(run: Run, tmp_path: Path, monkeypatch: t.Any) -> None:
    stage = files.FileSlot.stage

    def full(place: t.Any, *given: t.Any, **named: t.Any) -> t.Any:
        if place.name == "a.json":
            raise KeysmithError("%s: no room" % place.option)
        return stage(place, *given, **named)

    monkeypatch.setattr(files.FileSlot, "stage", full)
    result = run(sets=[{"path": str(tmp_path / name), "jwks": [A]} for name in ("a.json", "b.json")])
    assert result["msg"] == "sets[0].path: no room" and (tmp_path / "b.json").exists()


def test_nothing_after_the_name_of_sets(run: Run) -> None:
    assert run(sets=None)["msg"] == "sets: has to be a list; use [] for none."


def test_sets_are_given_once(run: Run) -> None:
    assert "mutually exclusive" in run(sets=[], sets_json="[]")["msg"]
