# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module jwt_client_assertions as Ansible runs it: the keys of services, at servers that take and refuse them."""

from __future__ import annotations

import typing as t
import urllib.parse
from pathlib import Path

import pytest
import yaml
from ansible.module_utils import basic
from ansible_collections.keysmith.jwt.plugins.module_utils._service.proofs import VERIFY
from ansible_collections.keysmith.jwt.plugins.modules import jwt_client_assertions
from ansible_collections.keysmith.jwt.tests.unit import loopback_server, modules_run
from ansible_collections.keysmith.jwt.tests.unit.plugins.module_utils._oauth import test_host_key

Run = t.Callable[..., modules_run.Result]
LOGGED: t.List[str] = []


def reply(seen: loopback_server.Seen) -> loopback_server.Reply:
    """Takes all clients but those whose name says that it does not."""
    client = dict(urllib.parse.parse_qsl(seen.body.decode()))["client_id"]
    if "refused" in client:
        return loopback_server.answer(401, {"error": "invalid_client", "error_description": "no such key"})
    return loopback_server.answer(200, {"access_token": "canary-token-0123456789"})


@pytest.fixture(name="top")
def _top(tmp_path: Path) -> Path:
    """Two services as the role leaves them, each with two versions."""
    for number, name in enumerate(("orders", "billing")):
        for version in ("v1", "v2"):
            folder = tmp_path / name / version
            test_host_key.write(folder, kid=f"{name}-{version}", passphrase=test_host_key.PASSPHRASE, number=number)
        (tmp_path / name / "current").symlink_to("v1")
    return tmp_path


@pytest.fixture(name="run")
def _run(top: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(services: t.Any, verify: t.Any = None, check: bool = False, **options: t.Any) -> modules_run.Result:
        defaults = {"directory": str(top / "{name}"), **({"verify": verify} if verify else {})}
        given = {"services": services, "defaults": defaults, **options}
        result = modules_run.run_module(jwt_client_assertions.main, monkeypatch, capsys, given, check=check)
        assert "canary" not in result["_text"] + "".join(LOGGED) and not result.get("changed")
        return result

    del LOGGED[:]
    monkeypatch.setattr("syslog.syslog", lambda *given: LOGGED.append(str(given)))
    monkeypatch.setattr(basic, "has_journal", False)
    return run


def test_the_active_key_of_each_service_that_says_how(run: Run, top: Path) -> None:
    (top / "billing/client.json").write_text('{"client_id": "client-of-billing"}')
    with loopback_server.running(reply) as server:
        verify = {"token_endpoint": server.url + "/token", "use_proxy": False}
        services = [
            {"name": "orders", "verify": {**verify, "client_id": "{name}"}, "passphrase": "canary of the vault"},
            {"name": "billing", "verify": {**verify, "credentials": str(top / "{name}/client.json")}},
            {"name": "without"},
        ]
        result = run(services)
    assert not result.get("failed") and set(result["proofs"]) == {"orders", "billing"}
    assert [proof["accepted"] for proof in result["proofs"].values()] == [True, True]
    assert result["proofs"]["orders"]["kid"] == "orders-v1"
    assert result["proofs"]["billing"]["client_id"] == "client-of-billing"
    assert result["proofs"]["orders"]["path"] == str(top / "orders/v1/private.key")


def test_another_version_than_the_active_one_and_nothing_else(run: Run) -> None:
    with loopback_server.running(reply) as server:
        verify = {"token_endpoint": server.url, "client_id": "{name}", "use_proxy": False}
        result = run([{"name": "orders"}, {"name": "billing"}], verify, versions={"orders": "v2"})
    assert [(name, proof["kid"]) for name, proof in result["proofs"].items()] == [("orders", "orders-v2")]


def test_a_refusal_names_service_key_and_the_servers_words(run: Run, top: Path) -> None:
    with loopback_server.running(reply) as server:
        verify = {"token_endpoint": server.url, "client_id": "refused-{name}", "use_proxy": False}
        services = [{"name": "orders"}, {"name": "billing", "verify": {"client_id": "billing"}}, {"name": "none"}]
        result = run(services, verify)
    host = server.url.rpartition("/")[2]
    assert result["failed"] and result["proofs"]["billing"]["accepted"]
    assert result["proofs"]["orders"]["accepted"] is False and result["proofs"]["orders"]["error"] == "invalid_client"
    assert result["msg"] == (
        f"orders: {host} refused the client assertion of refused-orders, signed with {top}/orders/v1/private.key "
        "(kid orders-v1): it answered 401 invalid_client: no such key. "
        f"none: directory: {top}/none has no active version (there is no link current); give a version, or provision "
        "the service first."
    )


def test_check_mode_signs_and_asks_nobody(run: Run) -> None:
    with loopback_server.running(reply) as server:
        result = run([{"name": "orders"}], {"token_endpoint": server.url, "client_id": "refused"}, check=True)
    assert not server.seen and not result.get("failed") and "accepted" not in result["proofs"]["orders"]


def test_a_passphrase_that_is_in_no_file_is_given(run: Run) -> None:
    service = {
        "name": "orders",
        "environment": {"variables": {"passphrase": ""}},
        "verify": {"token_endpoint": "https://h/", "client_id": "x"},
    }
    assert "no passphrase was given; see" in run([service], check=True)["msg"]
    renamed = {**service, "environment": {"variables": {"passphrase": "MIA_PASSWORD"}}}
    assert "/orders/v1/env does not set MIA_PASSWORD; see" in run([renamed], check=True)["msg"]
    result = run([{**service, "passphrase": test_host_key.PASSPHRASE}], check=True)
    assert result["proofs"]["orders"]["kid"] == "orders-v1" and test_host_key.PASSPHRASE not in result["_text"]


def test_many_failures_are_told_of_once(run: Run) -> None:
    services = [{"name": f"none-{number}"} for number in range(8)]
    result = run(services, {"token_endpoint": "https://h/", "client_id": "x"})
    assert len(result["proofs"]) == 8 and result["msg"].endswith("first. 3 more were not accepted either.")


@pytest.mark.parametrize(
    ("verify", "message"),
    [
        ({"client_id": "x"}, "orders: verify: token_endpoint is missing; give the URL of the server's token endpoint."),
        ({"token_endpoint": "https://h/"}, "orders: verify: give client_id or credentials, and not both."),
        (
            {"token_endpoint": "https://h/", "client_id": "x", "credentials": "/x"},
            "orders: verify: give client_id or credentials, and not both.",
        ),
        ({"token_endpoint": "h", "client_id": "x"}, "orders: token_endpoint: has to be a URL"),
        ({"token_endpoint": "https://h/", "client_id": "x", "return_token": True}, "orders: verify: there is no opt"),
        ({"token_endpoint": "https://h/", "client_id": "x", "timeout": "canary-in-the-mine"}, "orders: verify: "),
        ({"token_endpoint": "https://h/", "client_id": "x", "form": {"client_assertion": "canary"}}, "orders: form: "),
        ("canary", "orders: verify: has to be a dictionary."),
    ],
)  # fmt: skip
def test_one_sentence_says_what_is_wrong(run: Run, verify: t.Any, message: str) -> None:
    result = run([{"name": "orders", "verify": verify}])
    assert result["failed"] and result["msg"].startswith(message) and "\n" not in result["msg"]


def test_versions_of_services_that_there_are_not(run: Run) -> None:
    assert run([{"name": "orders"}], versions={"other": "v1"})["msg"] == "versions: there is no service other."


def test_the_role_says_what_can_be_said_of_a_proof() -> None:
    root = Path(__file__).resolve().parents[4]
    text = (root / "roles/signing_key/meta/argument_specs.yml").read_text()
    verify = yaml.safe_load(text)["argument_specs"]["main"]["options"]["signing_key_verify"]
    assert [name for name in VERIFY if "C(%s)" % name not in str(verify["description"])] == []
