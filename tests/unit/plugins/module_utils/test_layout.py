# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services through the batch module: the files on the disk, a rotation, and what is handed to the role."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypairs
from ansible_collections.keysmith.jwt.tests.unit.modules_run import Result, run_module

CANARY = "canary-in-the-mine"
Run = t.Callable[..., Result]


@pytest.fixture
def run(monkeypatch: t.Any, capsys: t.Any, tmp_path: Path) -> Run:
    def call(*services: t.Any, check: bool = False, **defaults: t.Any) -> Result:
        defaults = {"directory": str(tmp_path / "{name}"), "algorithm": "ES256", "restart": ["{name}"], **defaults}
        options = {"services": list(services), "defaults": defaults}
        return run_module(jwt_keypairs.main, monkeypatch, capsys, options, check, False)

    return call


def files(directory: Path) -> t.Set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*")}


def test_a_service_in_its_place(run: Run, tmp_path: Path) -> None:
    made = [run({"name": "orders"}, check=check) for check in (True, False, True, False)]
    assert [one["changed"] for one in made] == [True, True, False, False]
    assert [list(one["jwks"]) for one in made] == [[], ["orders"], ["orders"], ["orders"]]
    assert [one["restart"] for one in made] == [["orders"], ["orders"], [], []]
    assert made[1]["jwks"] == made[3]["jwks"] == {"orders": {"keys": [made[1]["keypairs"]["orders/v1"]["jwk"]]}}
    folder = tmp_path / "orders"
    assert files(folder) == {"current", "v1"} | {
        "v1/" + name for name in ("private.key", "public.key", "jwk.json", "env")
    }
    assert os.readlink(folder / "current") == "v1" and folder.stat().st_mode & 0o7777 == 0o700
    env = (folder / "current" / "env").read_text()
    assert "PRIVATE_RSA_KEY_FILE_PATH=%s\n" % (folder / "v1" / "private.key") in env


def test_a_rotation(run: Run, tmp_path: Path) -> None:
    env = tmp_path / "all.env"
    env.write_text("OTHER=1\n")
    more = {"environment": {"path": str(env)}}
    first = run({"name": "orders"}, **more)["keypairs"]["orders/v1"]["key_id"]
    prepared = run({"name": "orders", "versions": ["v2", "v1"], "active": "v1"}, **more)
    second = prepared["keypairs"]["orders/v2"]["key_id"]
    assert [jwk["kid"] for jwk in prepared["jwks"]["orders"]["keys"]] == [first, second] and not prepared["restart"]
    assert first in env.read_text()
    switched = run({"name": "orders", "versions": ["v1", "v2"]}, **more)
    assert [jwk["kid"] for jwk in switched["jwks"]["orders"]["keys"]] == [second, first]
    assert switched["restart"] == ["orders"] and os.readlink(tmp_path / "orders" / "current") == "v2"
    assert second in env.read_text() and first not in env.read_text() and "OTHER=1\n" in env.read_text()
    retired = {"name": "orders", "versions": ["v2"], "retired": ["v1"]}
    made = [run(retired, check=check, **more) for check in (True, False, True, False)]
    assert [one["changed"] for one in made] == [True, True, False, False]
    assert [one["restart"] for one in made] == [[]] * 4
    assert {name.split("/")[0] for name in files(tmp_path / "orders")} == {"current", "v2"}
    # Straight from v2 to v3, with v2 away at once.
    run({"name": "orders", "versions": ["v3"], "retired": ["v2"]}, **more)
    assert {name.split("/")[0] for name in files(tmp_path / "orders")} == {"current", "v3"}


def test_what_is_not_handed_over_of_a_failed_service(run: Run, tmp_path: Path) -> None:
    run({"name": "orders", "versions": ["v1", "v2"]}, {"name": "bills"})
    (tmp_path / "orders" / "v1" / "private.key").write_text("junk")
    made = run({"name": "orders", "versions": ["v1", "v2"]}, {"name": "bills"}, mode="0640")
    assert list(made["failed_keypairs"]) == ["orders/v1"] and list(made["jwks"]) == ["bills"]


def test_attributes_and_units(run: Run, tmp_path: Path) -> None:
    group = os.getegid()
    made = run({"name": "orders", "systemd_unit": "orders.service", "group": str(group), "mode": "0640"})
    assert made["units"] == [
        {"unit": "orders", "environment_file": str(tmp_path / "orders" / "current" / "env"), "restart": ["orders"]}
    ]
    modes = {name: (tmp_path / "orders" / name).stat().st_mode & 0o7777 for name in ("v1", "v1/private.key", "v1/env")}
    assert modes == {"v1": 0o750, "v1/private.key": 0o640, "v1/env": 0o600}


@pytest.mark.parametrize(
    "service",
    [
        {"passphrase": CANARY},
        {"passphrase": [CANARY]},
        {"previous_passphrases": {CANARY: CANARY}},
        {"pasphrase": CANARY},
        {"passphrase": CANARY, "active": "v9"},
        {"passphrase": CANARY, "environment": {"format": "docker"}},
    ],
)
def test_secrets_are_not_shown(run: Run, tmp_path: Path, service: t.Any) -> None:
    shown = run({"name": "orders", **service})["_text"] + run({"name": "other"}, **service)["_text"]
    assert CANARY not in shown


def test_a_given_passphrase(run: Run, tmp_path: Path) -> None:
    run({"name": "orders", "passphrase": CANARY}, {"name": "open", "passphrase": ""})
    assert "PRIVATE_KEY_PASSWORD=%s\n" % CANARY in (tmp_path / "orders" / "current" / "env").read_text()
    assert "PRIVATE_KEY_PASSWORD" not in (tmp_path / "open" / "current" / "env").read_text()
    assert b"ENCRYPTED" not in (tmp_path / "open" / "v1" / "private.key").read_bytes()
