# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which version is active: adding one never switches, and what is active when a run starts is not removed in it."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._service import active
from ansible_collections.keysmith.jwt.plugins.module_utils._service.service import Service
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypairs
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import picture
from ansible_collections.keysmith.jwt.tests.unit.modules_run import Result, run_module

Run = t.Callable[..., Result]


@pytest.fixture(name="run")
def fixture_run(monkeypatch: t.Any, capsys: t.Any, tmp_path: Path) -> Run:
    def call(check: bool = False, **service: t.Any) -> Result:
        service = {"name": "orders", "directory": str(tmp_path / "jwt"), "algorithm": "ES256", **service}
        return run_module(jwt_keypairs.main, monkeypatch, capsys, {"services": [service]}, check, False)

    return call


def is_active(tmp_path: Path) -> str:
    return os.readlink(tmp_path / "jwt" / "current")


def refused(run: Run, tmp_path: Path, **service: t.Any) -> str:
    """Why the service is refused, in check mode and without; nothing is changed."""
    before = picture(tmp_path)
    checked, done = (run(check, **service)["failed_keypairs"] for check in (True, False))
    assert checked == done and list(done) == ["orders"] and picture(tmp_path) == before
    return str(done["orders"])


def test_a_version_that_is_added_is_not_active(run: Run, tmp_path: Path) -> None:
    first = run()["keypairs"]["orders/v1"]["key_id"]
    for versions in (["v1", "v2"], ["v2", "v1"], ["v0", "v1", "v2"]):
        added = run(versions=versions, restart=["orders"])
        assert is_active(tmp_path) == "v1" and added["restart"] == [] and "failed" not in added
        assert added["jwks"]["orders"]["keys"][0]["kid"] == first and len(added["jwks"]["orders"]["keys"]) > 1


def test_in_a_first_run_the_only_version_is_active(run: Run, tmp_path: Path) -> None:
    why = refused(run, tmp_path, versions=["v1", "v2"])
    assert why == "active: none of v1, v2 is active yet; name the one to make active."
    assert "failed" not in run(versions=["v7"]) and is_active(tmp_path) == "v7"


def test_what_is_active_and_no_longer_listed(run: Run, tmp_path: Path) -> None:
    run(versions=["v5"])
    why = refused(run, tmp_path, versions=["v6"])
    assert why.startswith("active: %s/jwt/current leads to v5, which versions does not list; list it there" % tmp_path)
    assert run(versions=["v6"], active="v6")["changed"] and is_active(tmp_path) == "v6"
    assert (tmp_path / "jwt" / "v5" / "private.key").exists()


@pytest.mark.parametrize("more", [{}, {"active": "v6"}])
def test_what_is_active_when_a_run_starts_is_not_retired(run: Run, tmp_path: Path, more: t.Dict[str, t.Any]) -> None:
    run(versions=["v5"])
    why = refused(run, tmp_path, versions=["v6"], retired=["v5"], **more)
    assert why.startswith("retired: v5 is active when this run starts, and its key is used until the restart")
    assert run(versions=["v5", "v6"], active="v6")["changed"]
    assert run(versions=["v6"], retired=["v5"])["changed"] and os.listdir(tmp_path / "jwt") != []
    assert is_active(tmp_path) == "v6" and not (tmp_path / "jwt" / "v5").exists()


def test_a_restart_that_is_due_is_not_lost_for_a_refusal(run: Run, tmp_path: Path) -> None:
    due = run(versions=["v5"], restart=["orders"])
    later = run(versions=["v6"], retired=["v5"], active="v6", restart=["orders"])
    assert later["failed"] and later["restart"] == ["orders"] and later["restart_due"] == due["restart_due"]
    assert "a restart of orders is due" in later["msg"]


@pytest.mark.parametrize(
    ("lead", "version"),
    [
        (lambda jwt: "v2", "v2"),
        (lambda jwt: str(jwt / "v2"), "v2"),
        (lambda jwt: "./v1/../v2/", "v2"),
        (lambda jwt: (jwt / "stable").symlink_to("v2") or "stable", "v2"),
        (str, None),
        (lambda jwt: "v9", ""),
    ],
    ids=["name", "whole path", "by a detour", "over another link", "elsewhere", "nowhere"],
)
def test_where_the_link_leads(tmp_path: Path, lead: t.Callable[[Path], str], version: t.Optional[str]) -> None:
    for name in ("v1", "v2"):
        (tmp_path / name).mkdir()
    target = lead(tmp_path)
    (tmp_path / "current").symlink_to(target)
    options = {"directory": str(tmp_path), "versions": ["v1"], "retired": ["v2"]}
    assert active.current(Service("orders", options, {})) == (target if version is None else version)


@pytest.mark.parametrize("plant", [lambda at: None, lambda at: at.mkdir(), lambda at: at.write_text("v1")])
def test_what_is_no_link_leads_nowhere(tmp_path: Path, plant: t.Callable[[Path], t.Any]) -> None:
    plant(tmp_path / "current")
    options = {"directory": str(tmp_path), "versions": ["v1"], "retired": []}
    assert active.current(Service("orders", options, {})) == ""


def test_a_link_to_what_is_lost_says_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "jwt" / "v5").mkdir(parents=True, mode=0o700)
    (tmp_path / "jwt" / "current").symlink_to("v5")
    assert "failed" not in run(versions=["v6"]) and is_active(tmp_path) == "v6"
