# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The batch module returns what was recorded of all key pairs, and shows nothing that it has not looked into."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import inspect
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypairs
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, SECOND
from ansible_collections.keysmith.jwt.tests.unit.modules_run import run_module
from ansible_collections.keysmith.jwt.tests.unit.settled_hosts import Host, Services, facts

CANARY = "canary-in-the-mine"


@pytest.fixture(name="host")
def _host(tmp_path: Path, monkeypatch: t.Any, capsys: t.Any) -> Host:
    return Host(tmp_path / "jwt", monkeypatch, capsys)


def test_a_retired_version_that_comes_back_is_looked_into(host: Host) -> None:
    services = Services(host, "orders", versions=["v2"], retired=["v1"])
    assert [services.run()["looked"] for _number in range(2)] == [True, False]
    (services.top / "orders" / "v1").mkdir(0o700)
    assert services.run(check=True)["looked"]


def test_a_diff_of_services_that_are_settled_is_empty(host: Host) -> None:
    services = Services(host, "orders")
    services.run()
    result = services.run(diff=True)
    assert not result["looked"] and result["diff"] == []


def test_passphrases_of_services_are_not_shown(host: Host) -> None:
    services = Services(host, "orders", passphrase=FIRST)
    services.options["defaults"]["previous_passphrases"] = [SECOND]
    results = [services.run() for _number in range(2)]
    assert [result["looked"] for result in results] == [True, False]
    assert results[0]["invocation"] == results[1]["invocation"]
    assert not any(secret in result["_text"] for secret in (FIRST, SECOND) for result in results)


def test_while_a_restart_is_due_everything_is_looked_into(host: Host) -> None:
    services = Services(host, "orders", restart=["orders"])
    due = services.run()["restart_due"]
    assert [services.run(check=check)["looked"] for check in (False, True)] == [True, True]
    services.options["restarted"] = due
    assert services.run()["changed"] and not (services.top / "orders" / ".restart-due").exists()
    # What is told is no part of what is remembered.
    services.options["restarted"] = None
    assert not services.run()["looked"]
    (services.top / "orders" / ".restart-due").write_text(due["orders"]["mark"])
    assert services.run(check=True)["restart"] == ["orders"]
    services.options["restarted"] = due
    assert services.run()["looked"]


def test_a_call_with_which_hosts_share_keys_is_looked_into(host: Host) -> None:
    services = Services(host, "orders", shared=True)
    services.options["make"] = ["orders/v1"]
    services.run()
    for make, looked in (([], True), ([], False), (["orders/v1"], True)):
        services.options["make"] = make
        assert services.run()["looked"] is looked


def test_secrets_of_key_pairs_are_not_shown(host: Host) -> None:
    item = {"name": "one", "path": str(host.top / "one.key"), "algorithm": "ES256"}
    host.options = {"keypairs": [item], "secrets": {"one": {"passphrase": FIRST}}}
    results = []
    for _number in range(2):
        host.looked = 0
        results.append(run_module(jwt_keypairs.main, host._monkeypatch, host._capsys, host.options))
    assert host.looked == 0 and FIRST not in results[0]["_text"] + results[1]["_text"]


@pytest.mark.parametrize("empty", ["", None])
@pytest.mark.parametrize("option", ["private_key", "passphrase", "previous_passphrases"])
def test_a_secret_that_is_given_and_empty(
    tmp_path: Path, monkeypatch: t.Any, capsys: t.Any, option: str, empty: t.Any
) -> None:
    item = {"name": "a", "path": str(tmp_path / "jwt" / "key"), "algorithm": "ES256"}
    options = {"keypairs": [item], "secrets": {"a": {option: empty}}}
    result = run_module(jwt_keypairs.main, monkeypatch, capsys, options)
    assert "a: %s: " % option in result["msg"] and "empty" in result["msg"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("empty", ["", None])
def test_secrets_that_are_given_and_empty(monkeypatch: t.Any, capsys: t.Any, tmp_path: Path, empty: t.Any) -> None:
    item = {"name": "a", "path": str(tmp_path / "jwt" / "key"), "algorithm": "ES256"}
    result = run_module(jwt_keypairs.main, monkeypatch, capsys, {"keypairs": [item], "secrets": empty})
    assert result["msg"].startswith("secrets: has to be a dictionary") and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [{"services": None}, {"keypairs": None}])
def test_nothing_after_the_name_of_a_list(monkeypatch: t.Any, capsys: t.Any, options: t.Dict[str, t.Any]) -> None:
    said = run_module(jwt_keypairs.main, monkeypatch, capsys, options)["msg"]
    assert said == "services: has to be a list; use [] for none. The same goes for keypairs."


def test_services_are_settled_one_by_one(host: Host, monkeypatch: t.Any) -> None:
    services = Services(host, *("s%d" % number for number in range(20)))
    made = [services.run() for _number in range(3)]
    assert [one["looked"] for one in made] == [True, False, False] and len(made[0]["jwks"]) == 20
    assert made[1]["jwks"] == made[0]["jwks"] and not made[1]["changed"]
    assert facts(made[1]) == facts(made[2])
    opened: t.List[str] = []
    look = inspect.look
    monkeypatch.setattr(inspect, "look", lambda one, *more: (opened.append(one.path), look(one, *more))[1])
    with (services.top / "s7" / "v1" / "jwk.json").open("ab") as file:
        file.write(b"\n")
    mended = services.run()
    assert [name for name, pair in mended["keypairs"].items() if pair["changed"]] == ["s7/v1"]
    assert set(opened) == {str(services.top / "s7" / "v1" / "private.key")}, "the others are settled"
    assert mended["jwks"] == made[0]["jwks"]
    assert not services.run()["looked"]
    opened.clear()
    services.options["services"][3]["size"] = None
    services.options["services"][3]["key_id"] = "mine"
    again = services.run()
    assert (
        set(opened) == {str(services.top / "s3" / "v1" / "private.key")}
        and again["jwks"]["s3"]["keys"][0]["kid"] == "mine"
    )
    services.options["services"].append({"name": "s20"})
    services.run()
    assert not services.run()["looked"]


def test_a_service_that_is_settled_takes_part_in_what_others_are_refused_for(host: Host) -> None:
    services = Services(host, "orders")
    services.run()
    key = str(services.top / "orders" / "v1" / "private.key")
    services.options["services"].append({"name": "other", "environment": {"path": key}})
    result = services.run()
    assert result["failed"] and "other/v1" in result["failed_keypairs"] and "orders/v1" not in result["failed_keypairs"]


def test_a_file_that_another_service_writes_to_as_well_is_recorded_with_both(host: Host) -> None:
    host.top.mkdir(mode=0o700)
    both = host.top / "env"
    services = Services(host, "one", environment={"path": str(both)})
    names = {name: "OTHER_" + name.upper() for name in ("passphrase", "key_id", "key_path")}
    services.run()
    services.options["services"].append({"name": "two", "environment": {"path": str(both), "variables": names}})
    made = services.run()
    assert "failed" not in made, made["msg"]
    assert made["keypairs"]["two/v1"]["changed"] and not made["keypairs"]["one/v1"]["changed"]
    assert not services.run()["looked"]


@pytest.mark.parametrize(
    "options",
    [
        {"keypairs": [], "services": []},
        {"keypairs": [], "defaults": {}},
        {"keypairs": [], "restarted": {}},
        {"services": [], "recipients": {}, "make": []},
        {"services": [], "recipients": {}, "sealed": {}},
    ],
)
def test_what_cannot_be_said_together(monkeypatch: t.Any, capsys: t.Any, options: t.Dict[str, t.Any]) -> None:
    result = run_module(jwt_keypairs.main, monkeypatch, capsys, options)
    assert result["failed"] and "mutually exclusive" in result["msg"]


def test_a_service_that_fails_is_not_forgotten_for_a_restart_of_another(
    monkeypatch: t.Any, capsys: t.Any, tmp_path: t.Any
) -> None:
    def run(bad: t.Dict[str, t.Any], restarted: t.Any = None) -> t.Any:
        services = [{"name": "orders", "restart": ["orders"]}, {"name": "bad", **bad}]
        defaults = {"directory": str(tmp_path / "{name}"), "algorithm": "ES256"}
        options = {"services": services, "defaults": defaults, "restarted": restarted}
        return run_module(jwt_keypairs.main, monkeypatch, capsys, options)

    due = run({})["restart_due"]
    run({"sise": 1}, due)
    assert run({"sise": 1})["failed"]


def test_one_of_them_is_needed(monkeypatch: t.Any, capsys: t.Any) -> None:
    said = run_module(jwt_keypairs.main, monkeypatch, capsys, {"defaults": {}})["msg"]
    assert said == "one of the following is required: keypairs, services"


def test_what_the_controller_keeps_is_no_part_of_what_is_remembered(host: Host) -> None:
    services = Services(host, "orders")
    looked = []
    for use in ("one", "two", None):
        services.options["controller"] = use and {"use": use}
        looked.append(services.run()["looked"])
    assert looked == [True, False, False]
