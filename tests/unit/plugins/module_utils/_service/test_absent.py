# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that is taken away: all that is ours goes, in check mode it is said, and a killed run is gone on with."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._service import absent, drop_in
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypairs
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import picture
from ansible_collections.keysmith.jwt.tests.unit.modules_run import Result, run_module

BLOCK = "# BEGIN keysmith.jwt.signing_key\n[Service]\nEnvironmentFile=x\n# END keysmith.jwt.signing_key\n"
KEPT = {"name": "orders", "versions": ["v1", "v2"], "active": "v2", "restart": ["orders"]}
GONE = {"name": "orders", "state": "absent", "backup": False, "restart": ["orders"]}
Run = t.Callable[..., Result]


@pytest.fixture
def run(monkeypatch: t.Any, capsys: t.Any, tmp_path: Path) -> Run:
    monkeypatch.setattr(drop_in, "_PATH", str(tmp_path / "systemd" / "%s.service.d" / "50-signing-key.conf"))

    def call(*services: t.Any, check: bool = False, diff: bool = False, **defaults: t.Any) -> Result:
        common = {"directory": str(tmp_path / "etc" / "{name}" / "jwt"), "algorithm": "ES256", **defaults}
        options = {"services": list(services), "defaults": common}
        return run_module(jwt_keypairs.main, monkeypatch, capsys, options, check, diff)

    return call


def test_everything_of_ours_goes_and_check_mode_says_so(run: Run, tmp_path: Path) -> None:
    env, drop_in = tmp_path / "all.env", tmp_path / "systemd" / "orders.service.d" / "50-signing-key.conf"
    env.write_text("OTHER=1\n")
    more = {"environment": {"path": str(env)}, "systemd_unit": "{name}"}
    kept, gone = ({**service, **more} for service in (KEPT, GONE))
    run(kept, {"name": "bills"})
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text(BLOCK)
    bills = picture(tmp_path / "etc" / "bills")
    before = picture(tmp_path)
    checked = run(gone, check=True, diff=True)
    assert picture(tmp_path) == before
    made = [run(gone, {"name": "bills"}, diff=True) for _time in range(2)]
    assert [one["changed"] for one in made] == [True, False] and checked["changed"]
    for one in (checked, made[0]):
        assert one["absent"]["orders"]["changes"] == ["drop_in", "active_link", "restart_due", "history", "directory"]
        assert {name.split("/")[0] for name in one["keypairs"] if one["keypairs"][name]["changed"]} == {"orders"}
        shown = {diff["before_header"]: diff["after"] for diff in one["diff"]}
        assert shown[str(drop_in)] == "" and shown[str(tmp_path / "etc/orders/jwt/history.json")] == ""
    assert made[1]["absent"]["orders"] == {**made[0]["absent"]["orders"], "changed": False, "changes": []}
    assert made[0]["absent"]["orders"]["units"] == ["orders"]
    assert env.read_text().startswith("OTHER=1\n") and "orders" not in env.read_text()
    assert os.listdir(tmp_path / "etc" / "orders") == [] and os.listdir(tmp_path / "systemd") == []
    assert picture(tmp_path / "etc" / "bills") == bills and list(made[0]["jwks"]) == ["bills"]


@pytest.mark.parametrize("restart", ["orders", "orders.service"])
def test_a_unit_is_named_once(run: Run, restart: str) -> None:
    run({"name": "orders"})
    made = run({"name": "orders", "state": "absent", "systemd_unit": "orders.service", "restart": [restart]})
    assert made["absent"]["orders"]["units"] == [restart]


def test_the_keys_are_backed_up_unless_told_otherwise(run: Run, tmp_path: Path) -> None:
    run(KEPT)
    folder = tmp_path / "etc" / "orders" / "jwt"
    keys = {path.read_bytes() for path in folder.glob("v*/private.key")}
    made = run({"name": "orders", "state": "absent"})["absent"]["orders"]
    assert {Path(path).read_bytes() for path in made["backups"]} == keys and len(keys) == 2
    assert not list(folder.glob("v*/private.key")) and not (folder / "current").is_symlink()
    assert made["changes"] == ["active_link", "restart_due"] and (folder / "history.json").exists()
    again = run({"name": "orders", "state": "absent"})
    assert not again["changed"]
    # What was backed up is not taken away by a later word.
    assert not run(GONE)["changed"] and len(list(folder.glob("v*/private.key.*.bak"))) == 2
    # The service can come back.
    assert run({"name": "orders", "versions": ["v3"]})["keypairs"]["orders/v3"]["created"]


def test_what_others_have_put_there_stays(run: Run, tmp_path: Path) -> None:
    folder, drop_in = tmp_path / "etc" / "orders" / "jwt", tmp_path / "systemd/orders.service.d/50-signing-key.conf"
    run(KEPT)
    (folder / "notes").write_text("mine")
    (folder / "other").mkdir()
    (folder / "other" / "file").write_text("mine")
    (folder / "v1" / "more").write_text("mine")
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text("[Unit]\nAfter=x\n" + BLOCK)
    made = run(GONE, systemd_unit="{name}")
    assert made["absent"]["orders"]["changes"] == ["drop_in", "active_link", "restart_due"]
    left = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    assert left == {"notes", "other", "other/file", "v1", "v1/more", "history.json"}
    assert drop_in.read_text() == "[Unit]\nAfter=x\n"


def test_what_is_no_private_key_is_not_removed(run: Run, tmp_path: Path) -> None:
    run(KEPT)
    path = tmp_path / "etc" / "orders" / "jwt" / "v1" / "private.key"
    path.write_text("my notes")
    made = run(GONE)
    assert made["failed"] and list(made["failed_keypairs"]) == ["orders/v1"] and path.read_text() == "my notes"
    assert (tmp_path / "etc" / "orders" / "jwt" / "current").is_symlink()


@pytest.mark.parametrize("calls", range(0, 24, 2))
def test_a_run_that_is_killed_is_gone_on_with(run: Run, tmp_path: Path, monkeypatch: t.Any, calls: int) -> None:
    """Whatever call that removes or renames is the last one, the next run ends where an undisturbed one does."""
    run(KEPT)
    left = [calls]

    def counted(function: t.Any) -> t.Any:
        def call(*arguments: t.Any, **options: t.Any) -> t.Any:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            return function(*arguments, **options)

        return call

    with monkeypatch.context() as patched:
        for name in ("unlink", "rename", "rmdir"):
            patched.setattr(os, name, counted(getattr(os, name)))
        try:
            run(GONE)
        except (KeyboardInterrupt, pytest.fail.Exception):
            pass
    run(GONE)
    assert os.listdir(tmp_path / "etc" / "orders") == [] and not run(GONE)["changed"]


def test_a_service_that_is_not_there(run: Run, tmp_path: Path) -> None:
    made = run(GONE)
    assert not made["changed"] and made["absent"]["orders"]["changes"] == [] and not (tmp_path / "etc").exists()


def test_a_link_that_leads_elsewhere_stays(run: Run, tmp_path: Path) -> None:
    run(KEPT)
    link = tmp_path / "etc" / "orders" / "jwt" / "current"
    link.unlink()
    link.symlink_to("/etc")
    made = run(GONE)
    assert "active_link" not in made["absent"]["orders"]["changes"] and link.is_symlink()


def test_our_block_alone_is_taken_out_of_a_drop_in() -> None:
    assert absent._BLOCK.sub("", "a\n" + BLOCK + "b\n" + BLOCK) == "a\nb\n"
    assert absent._BLOCK.sub("", BLOCK.rstrip("\n")) == ""
