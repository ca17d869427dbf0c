# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""jwt_keypair_info: what it says of services that the batch module has made, and of what became of them since."""

from __future__ import annotations

import json
import os
import shutil
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypair_info, jwt_keypairs
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _answers, _info_answers
from ansible_collections.keysmith.jwt.plugins.plugin_utils._asked import Asked, Service
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import picture
from ansible_collections.keysmith.jwt.tests.unit.lies import lies
from ansible_collections.keysmith.jwt.tests.unit.modules_run import Result, run_module

NOW = 1_800_000_000
ROTATION = {"every": "90d", "publish": "24h", "keep": "25h"}
DAY = 86400


class Host:
    """The directories of services, and both modules."""

    def __init__(self, folder: Path, monkeypatch: t.Any, capsys: t.Any) -> None:
        self.folder = folder
        self._run = lambda main, options, check=False: run_module(main, monkeypatch, capsys, options, check)
        self.defaults = {"directory": str(folder / "{name}" / "jwt"), "algorithm": "ES256"}
        self.at = NOW
        monkeypatch.setattr("time.time", lambda: self.at)

    def make(self, *services: t.Any, **more: t.Any) -> Result:
        return self._run(jwt_keypairs.main, {"services": list(services), "defaults": self.defaults, **more})

    def info(self, *services: t.Any, check: bool = False, **more: t.Any) -> Result:
        options = {"services": list(services), "defaults": self.defaults, "clock": int(self.at), **more}
        return self._run(jwt_keypair_info.main, options, check)

    def kinds(self, *services: t.Any, version: str = "") -> t.List[str]:
        """The kinds of problems of the service orders, or of one of its versions."""
        found = self.info(*services)["services"]["orders"]
        return [one["kind"] for one in (found["versions"][version] if version else found)["problems"]]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: t.Any, capsys: t.Any) -> Host:
    return Host(tmp_path, monkeypatch, capsys)


ORDERS = {"name": "orders"}


def test_what_is_in_order(host: Host) -> None:
    made = host.make(ORDERS)["keypairs"]["orders/v1"]
    host.at += DAY
    before = picture(host.folder)
    found = host.info(ORDERS)
    assert picture(host.folder) == before and not found["changed"] and found["unlisted"] == {}
    orders = found["services"]["orders"]
    (version,) = orders["versions"].values()
    assert version["kid"] == version["thumbprint"] == made["key_id"] and version["algorithm"] == "ES256"
    assert (version["state"], version["source"], version["encrypted"]) == ("active", "public_key", True)
    assert version["age"] == DAY and version["created"] == "2027-01-15T08:00:00Z" and version["problems"] == []
    assert (orders["active"], orders["next"], orders["restart_due"], orders["problems"]) == ("v1", {}, False, [])
    assert host.info(ORDERS, check=True)["services"] == found["services"]


def test_no_library_is_needed(host: Host, monkeypatch: t.Any) -> None:
    host.make(ORDERS, {"name": "open", "encrypted": False, "algorithm": "EdDSA"})
    expected = host.info(ORDERS, {"name": "open"})
    for name in ("cryptography", "cryptography.hazmat", "cryptography.hazmat.primitives"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    assert host.info(ORDERS, {"name": "open"})["services"] == expected["services"]


@pytest.mark.parametrize("algorithm, format", [("ES256", "traditional"), ("RS256", "pkcs8"), ("ES384", "pkcs8")])
def test_an_unencrypted_key_says_itself_what_it_is(host: Host, algorithm: str, format: str) -> None:
    size = 2048 if algorithm == "RS256" else None
    service = {
        "name": "orders",
        "algorithm": algorithm,
        "size": size,
        "encrypted": False,
        "format": format,
    }
    host.make({**service, "versions": ["v1", "v2"], "active": "v1"})
    folder = host.folder / "orders" / "jwt"
    both = host.info({**service, "versions": ["v1", "v2"]})["services"]["orders"]["versions"]
    assert {one["source"] for one in both.values()} == {"private_key"}
    shutil.copy(folder / "v2" / "private.key", folder / "v1" / "private.key")
    found = host.info({**service, "versions": ["v1", "v2"]})["services"]["orders"]["versions"]
    assert found["v1"]["thumbprint"] == both["v2"]["thumbprint"] and found["v1"]["kid"] == both["v1"]["kid"]
    assert [one["kind"] for one in found["v1"]["problems"]] == ["mismatch"]
    # The history is about the key that was there.
    assert "created" in both["v1"] and "created" not in found["v1"]


def test_versions_that_no_list_has(host: Host) -> None:
    host.make({**ORDERS, "versions": ["v1", "v2"], "active": "v1"})
    found = host.info({**ORDERS, "versions": ["v1", "v3"], "retired": ["v0"]})["services"]["orders"]["versions"]
    states = {name: (one["state"], [p["kind"] for p in one["problems"]]) for name, one in found.items()}
    assert states == {
        "v1": ("active", []), "v2": ("left over", ["unlisted"]), "v3": ("missing", ["missing"])
    }  # fmt: skip
    found = host.info({**ORDERS, "versions": ["v1"], "retired": ["v2"]})["services"]["orders"]["versions"]
    assert found["v2"]["state"] == "retired" and "list it under" not in found["v2"]["problems"][0]["text"]


@pytest.mark.parametrize("retired", [[], ["v1"]])
def test_an_active_version_is_active_whatever_the_lists_say(host: Host, retired: t.List[str]) -> None:
    """Nobody is advised to remove the key that the service uses."""
    host.make({**ORDERS, "versions": ["v1", "v2"], "active": "v1"})
    found = host.info({**ORDERS, "versions": ["v2"], "retired": retired})["services"]["orders"]["versions"]["v1"]
    assert found["state"] == "active" and [one["kind"] for one in found["problems"]] == ["unlisted"]
    assert "is active" in found["problems"][0]["text"] and "have it removed" not in found["problems"][0]["text"]


def test_services_that_no_list_has(host: Host) -> None:
    host.make(ORDERS, {"name": "bills"})
    (host.folder / "empty" / "jwt" / "v1").mkdir(parents=True)
    (host.folder / "bad\nname" / "jwt").mkdir(parents=True)
    assert host.info(ORDERS, {"name": "bills"})["unlisted"] == {}
    bills = host.info(ORDERS)["unlisted"]
    assert list(bills) == ["bills"] and bills["bills"]["active"] == "v1"
    assert bills["bills"]["versions"]["v1"]["kid"] and bills["bills"]["problems"][0]["kind"] == "unlisted"
    assert list(host.info()["unlisted"]) == ["bills", "orders"]
    assert host.info(ORDERS, search=False)["unlisted"] == {}
    # The service of another directory is the same one where a link leads there.
    os.symlink(host.folder / "orders", host.folder / "link")
    assert list(host.info(ORDERS)["unlisted"]) == ["bills"]


def test_what_others_can_read_or_replace(host: Host) -> None:
    host.make(ORDERS)
    folder = host.folder / "orders" / "jwt" / "v1"
    assert host.kinds(ORDERS, version="v1") == []
    for name, mode in (("private.key", 0o640), ("env", 0o604)):
        before = (folder / name).stat().st_mode
        (folder / name).chmod(mode)
        assert host.kinds(ORDERS, version="v1") == ["access"]
        (folder / name).chmod(before)
    (folder / "private.key").chmod(0o640)
    assert host.kinds({**ORDERS, "mode": "0640"}, version="v1") == []
    (folder / "private.key").chmod(0o600)
    folder.chmod(0o777)
    assert host.kinds(ORDERS, version="v1") == ["access"]


@pytest.mark.parametrize(
    "name, content, kind",
    [
        ("private.key", None, "missing"),
        ("public.key", None, "missing"),
        ("jwk.json", None, "missing"),
        ("env", None, "missing"),
        ("private.key", b"no key", "unreadable"),
        ("public.key", b"no key", "unreadable"),
        ("jwk.json", b'{"kty": "EC"}', "unreadable"),
        ("jwk.json", b"[" * 60000, "unreadable"),
        ("jwk.json", b"x" * 70000, "unreadable"),
        ("env", (b"PRIVATE_RSA_KEY_ID=", b"PRIVATE_RSA_KEY_ID=x"), "mismatch"),
        ("env", (b"PRIVATE_RSA_KEY_FILE_PATH=", b"PRIVATE_RSA_KEY_FILE_PATH=/other"), "mismatch"),
        ("env", (b"PRIVATE_RSA_KEY_ID=", b"MIA_KID="), "missing"),
        ("env", (b"PRIVATE_RSA_KEY_FILE_PATH=", b"MIA_FILE="), "missing"),
        ("env", (b"PRIVATE_KEY_PASSWORD=", b"MIA_PASSWORD="), "missing"),
    ],
)
def test_a_file_that_is_not_what_it_should_be(host: Host, name: str, content: t.Any, kind: str) -> None:
    host.make(ORDERS)
    path = host.folder / "orders" / "jwt" / "v1" / name
    if content is None:
        path.unlink()
    elif isinstance(content, tuple):
        path.write_bytes(path.read_bytes().replace(*content))
    else:
        path.write_bytes(content)
    assert host.kinds(ORDERS, version="v1") == [kind]


@pytest.mark.parametrize(
    "change, kind",
    [
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.chmod(0o644), "access"),
        (lambda path: path.parent.chmod(0o777), "access"),
        (lambda path: (path.unlink(), os.mkfifo(str(path))), "unreadable"),
        (lambda path: path.write_bytes(b"#" * 100000), "unreadable"),
        (lambda path: path.write_bytes(path.read_bytes().replace(b"RSA_KEY_ID=", b"RSA_KEY_ID=x")), "mismatch"),
        (lambda path: path.write_bytes(path.read_bytes().replace(b"_PASSWORD=", b"=")), "missing"),
        (lambda path: shutil.rmtree(path.parent), "missing"),
    ],
)
def test_the_other_environment_file_of_the_active_version_is_examined(host: Host, change: t.Any, kind: str) -> None:
    other = host.folder / "default" / "orders"
    orders = {**ORDERS, "environment": {"path": str(other)}, "versions": ["v1", "v2"], "active": "v2"}
    host.make(orders)
    assert host.kinds(orders, version="v2") == []
    change(other)
    (found,) = host.info(orders)["services"]["orders"]["versions"]["v2"]["problems"]
    assert found["kind"] == kind and str(other.parent) in found["text"] and host.kinds(orders, version="v1") == []


def test_a_link_in_the_place_of_a_file_is_not_followed(host: Host) -> None:
    host.make(ORDERS)
    path = host.folder / "orders" / "jwt" / "v1" / "jwk.json"
    path.rename(host.folder / "elsewhere")
    os.symlink(host.folder / "elsewhere", path)
    assert host.kinds(ORDERS, version="v1") == ["unreadable"]
    assert "kid" not in host.info(ORDERS)["services"]["orders"]["versions"]["v1"]


def test_a_restart_is_due(host: Host) -> None:
    service = {**ORDERS, "restart": ["orders"]}
    host.make(service)
    found = host.info(service)["services"]["orders"]
    assert found["restart_due"] and [one["kind"] for one in found["problems"]] == ["restart"]
    due = host.make(service)["restart_due"]
    host.make(service, restarted=due)
    assert host.info(service)["services"]["orders"]["restart_due"] is False


def test_the_life_of_a_rotation(host: Host) -> None:
    service = {**ORDERS, "rotation": ROTATION}

    def step() -> t.Tuple[t.Any, t.Any, t.List[str]]:
        found = host.info(service)["services"]["orders"]
        return found["next"]["step"], found["next"]["version"], [one["kind"] for one in found["problems"]]

    host.make(service, clock=host.at)
    host.make(service, clock=host.at, confirmed={"orders": {"published": ["v1"], "switch": ""}})
    assert step() == ("create", "v2", [])
    assert host.info(service)["services"]["orders"]["next"]["at"] == "2027-04-15T08:00:00Z"
    host.at += 91 * DAY
    assert step() == ("create", "v2", [])
    host.at += 2 * DAY
    assert step() == ("create", "v2", ["rotation"])
    host.make(service, clock=host.at)
    assert step() == ("publish", "v2", [])
    host.make(service, clock=host.at, confirmed={"orders": {"published": ["v2"], "switch": ""}})
    host.at += DAY + 1
    assert step() == ("switch", "v2", [])
    host.make(service, clock=host.at, confirmed={"orders": {"published": [], "switch": "v2"}})
    assert step() == ("retire", "v1", [])
    host.at += 4 * DAY
    assert step() == ("retire", "v1", ["rotation"])
    host.make(service, clock=host.at)
    found = host.info(service)["services"]["orders"]
    assert list(found["versions"]) == ["v2"] and found["gone"]["v1"]["retired"] and found["problems"] == []


def test_clocks_that_disagree_say_nothing_of_the_next_step(host: Host) -> None:
    service = {**ORDERS, "rotation": ROTATION}
    host.make(service)
    found = host.info(service, clock=NOW + 3600)["services"]["orders"]
    assert found["next"] == {} and "clock" in found["problems"][0]["text"]


def test_what_cannot_be_meant_stops_no_other(host: Host) -> None:
    host.make(ORDERS)
    found = host.info(ORDERS, {"name": "bad", "sise": 1})
    assert found["failed"] and list(found["failed_services"]) == ["bad"] and found["services"]["orders"]["versions"]


def test_no_secret_is_in_a_result(host: Host) -> None:
    host.make({**ORDERS, "passphrase": "canary-in-the-mine"})
    (host.folder / "orders" / "jwt" / "v1" / "private.key").chmod(0o644)
    text = host.info({**ORDERS, "passphrase": "canary-in-the-mine"})["_text"]
    assert "canary" not in text


def test_an_honest_answer_is_kept_whole_and_no_other(host: Host, tmp_path: Path) -> None:
    host.make({**ORDERS, "rotation": ROTATION}, {"name": "bills"})
    (host.folder / "orders" / "jwt" / "v1" / "env").unlink()
    answer = host.info({**ORDERS, "rotation": ROTATION}, {"name": "bad", "sise": 1})
    answer = {name: held for name, held in answer.items() if not name.startswith("_")}
    shapes = _info_answers.info(Asked(frozenset(), {"orders": Service(), "bad": Service()}, {}))
    assert _answers.believed(answer, shapes) == (answer, [])
    count = 0
    for _what, lie in lies(answer, str(tmp_path / "trace")):
        found = json.dumps(_answers.believed(lie(), shapes)[0])
        assert "{{" not in found and "{%" not in found and len(found) < 4 << 20
        count += 1
    assert count > 100


def test_public_jwks_alone_are_described(host: Host) -> None:
    host.make({**ORDERS, "encrypted": False, "algorithm": "RS256", "size": 2048})
    folder = host.folder / "orders" / "jwt" / "v1"
    jwk = json.loads((folder / "jwk.json").read_text())
    (folder / "jwk.json").write_text(json.dumps({**jwk, "d": "AQAB"}))
    assert host.kinds(ORDERS, version="v1") == ["unreadable"]
    (version,) = host.info(ORDERS)["services"]["orders"]["versions"].values()
    assert version["thumbprint"] == jose_jwk.thumbprint(jwk) and (version["type"], version["size"]) == ("RSA", 2048)
