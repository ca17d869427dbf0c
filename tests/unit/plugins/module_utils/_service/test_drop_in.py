# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A unit that gets its key as a credential: the way there and back, at no time without a path to a key."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._service import drop_in
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypairs
from ansible_collections.keysmith.jwt.tests.unit.modules_run import Result, run_module

VARIABLE = "PRIVATE_RSA_KEY_FILE_PATH"
WITH = {"name": "orders", "systemd_unit": "orders", "systemd_credentials": True}
PLAIN = {**WITH, "systemd_credentials": False}


class Host:
    """A host on which the role is run for a service with a unit."""

    def __init__(self, folder: Path, module: t.Callable[..., Result]) -> None:
        self.folder, self._module = folder, module

    def run(self, *services: t.Dict[str, t.Any], **more: t.Any) -> Result:
        """The module alone."""
        defaults = {"directory": str(self.folder / "{name}"), "algorithm": "ES256"}
        return self._module({"services": list(services), "defaults": defaults}, **more)

    def play(self, service: t.Dict[str, t.Any]) -> Result:
        """The module, and the drop-ins as the role writes them."""
        made = self.run(service)
        for unit in made["units"]:
            text = "# BEGIN keysmith.jwt.signing_key\n%s# END keysmith.jwt.signing_key\n" % unit["block"]
            Path(unit["path"]).write_text(text)
            Path(unit["path"]).chmod(0o644)
        return made

    def path(self, version: str = "current") -> str:
        """What the environment file says of the key's path, empty for nothing."""
        lines = (self.folder / "orders" / version / "env").read_text().splitlines()
        return "".join(line.partition("=")[2] for line in lines if line.startswith(VARIABLE))


@pytest.fixture
def host(monkeypatch: t.Any, capsys: t.Any, tmp_path: Path) -> Host:
    monkeypatch.setattr(drop_in, "_PATH", str(tmp_path / "%s.conf"))
    monkeypatch.setattr(drop_in, "_version", lambda: 250)

    def module(options: t.Dict[str, t.Any], check: bool = False) -> Result:
        return run_module(jwt_keypairs.main, monkeypatch, capsys, options, check, False)

    return Host(tmp_path, module)


def test_a_new_service_has_no_path_in_its_environment(host: Host) -> None:
    made = host.play(WITH)
    link = "%s/orders/current" % host.folder
    assert made["units"][0]["block"] == (
        "[Service]\nEnvironmentFile=%s/env\nLoadCredential=private.key:%s/private.key\nEnvironment=%s=%%d/private.key\n"
        % (link, link, VARIABLE)
    )
    assert not host.path()
    key = host.folder / "orders" / "v1" / "private.key"
    assert key.stat().st_mode & 0o777 == 0o600
    again = host.run(WITH)
    assert (again["changed"], again["units"]) == (False, [])


def test_the_path_stays_until_the_drop_in_is_there(host: Host) -> None:
    host.play(PLAIN)
    path = host.path()
    assert path == "%s/orders/v1/private.key" % host.folder
    checked = host.run(WITH, check=True)
    assert checked["keypairs"]["orders/v1"]["changes"] == ["environment"] and len(checked["units"]) == 1
    made = host.play(WITH)
    assert not made["changed"] and host.path() == path
    made = host.play(WITH)
    assert made["keypairs"]["orders/v1"]["changes"] == ["environment"] and not host.path() and not made["units"]
    assert list(made["restart_due"]) == ["orders"]


def test_the_path_stays_until_systemd_has_read_the_drop_in(host: Host, monkeypatch: t.Any) -> None:
    """A run that was killed between the two is gone on with."""
    host.play(PLAIN)
    path = host.path()
    host.play(WITH)
    monkeypatch.setattr(drop_in, "_systemctl", lambda *_arguments: "NeedDaemonReload=yes\n")
    made = host.play(WITH)
    assert len(made["units"]) == 1 and host.path() == path
    monkeypatch.setattr(drop_in, "_systemctl", lambda *_arguments: "NeedDaemonReload=no\n")
    made = host.play(WITH)
    assert not made["units"] and not host.path()


def test_no_path_comes_back_where_the_unit_has_credentials(host: Host) -> None:
    host.play(WITH)
    (host.folder / "orders.conf").chmod(0o600)
    assert len(host.run(WITH)["units"]) == 1 and not host.path()
    renamed = {**WITH, "environment": {"variables": {"key_path": "NEW_PATH"}}}
    host.run(renamed)
    assert "NEW_PATH" not in (host.folder / "orders" / "v1" / "env").read_text()


def test_the_way_back(host: Host) -> None:
    host.play(WITH)
    made = host.run(PLAIN)
    assert host.path() and made["units"][0]["block"] == "[Service]\nEnvironmentFile=%s/orders/current/env\n" % (
        host.folder
    )


def test_each_version_is_a_credential(host: Host) -> None:
    host.play(WITH)
    both = {**WITH, "versions": ["v1", "v2"], "active": "v2"}
    host.play(both)
    assert os.readlink(host.folder / "orders" / "current") == "v2" and not host.path() and not host.path("v1")


def test_without_a_variable_there_is_no_line_for_it(host: Host) -> None:
    made = host.play({**WITH, "environment": {"variables": {"key_path": ""}}})
    assert "LoadCredential=" in made["units"][0]["block"] and "Environment=" not in made["units"][0]["block"]


def test_a_service_that_goes_takes_the_path_along(host: Host) -> None:
    host.play(PLAIN)
    host.run({**WITH, "state": "absent"})
    assert not (host.folder / "orders" / "v1" / "env").exists()


def test_an_old_systemd_is_refused_before_anything_changes(host: Host, monkeypatch: t.Any) -> None:
    monkeypatch.setattr(drop_in, "_version", lambda: 249)
    made = host.run(WITH, {"name": "bills"})
    assert "orders: systemd_credentials: this host has systemd 249, and credentials need 250" in made["msg"]
    assert not (host.folder / "orders").exists() and (host.folder / "bills" / "v1" / "private.key").exists()


def test_credentials_need_a_unit(host: Host) -> None:
    made = host.run({**WITH, "systemd_unit": None})
    assert "systemd_credentials: needs the unit that gets the key; set systemd_unit." in made["msg"]


@pytest.mark.parametrize(
    ("program", "version"),
    [("echo 'systemd 252 (252.39-1~deb12u1)'", 252), ("echo no", 0), ("exit 1", 0), ("", 0)],
    ids=["systemd", "another program", "one that fails", "none"],
)
def test_the_version_of_systemd(tmp_path: Path, monkeypatch: t.Any, program: str, version: int) -> None:
    monkeypatch.setenv("PATH", "%s:/bin" % tmp_path if program else str(tmp_path))
    if program:
        path = tmp_path / "systemctl"
        path.write_text("#!/bin/sh\n%s\n" % program)
        path.chmod(0o755)
    assert drop_in._version() == version
