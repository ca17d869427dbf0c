# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units of the distribution's own systemd: drop-ins, environment, credentials, restarts, and what fails."""

from __future__ import annotations

import base64
import os
import stat
import typing as t

import pytest
from conftest import Bring
from controller import Controller, Outcome
from hosts import Host

DROP_IN = "/etc/systemd/system/orders.service.d/50-signing-key.conf"
KEY = "/etc/orders/jwt/current/private.key"

#: A unit that opens its key when it starts, fails if it cannot, and shows which key it has.
UNIT = """\
[Service]
Type=oneshot
RemainAfterExit=yes
{user}
StateDirectory=orders
ExecStart=/usr/local/bin/orders
"""
PROGRAM = """\
#!/bin/sh
set -eu
cd "$STATE_DIRECTORY"
openssl rsa -noout -modulus -in "$PRIVATE_RSA_KEY_FILE_PATH" -passin env:PRIVATE_KEY_PASSWORD > modulus
echo "$PRIVATE_RSA_KEY_ID" > kid
echo "$PRIVATE_RSA_KEY_FILE_PATH" > path
echo start >> starts
"""
PLAIN = {"group": "orders", "mode": "0640"}
WITH = {"systemd_credentials": True}


class Units:
    """Two hosts with a unit whose key is the role's."""

    def __init__(self, controller: Controller) -> None:
        self.controller, self.hosts = controller, controller.hosts
        for host in self.hosts:
            host.run("useradd", "--system", "--shell", "/bin/false", "orders")
            host.file("/usr/local/bin/orders").write_text(PROGRAM)
            host.file("/usr/local/bin/orders").chmod(0o755)
        self.is_run_as("User=orders")

    def is_run_as(self, user: str) -> None:
        for host in self.hosts:
            host.file("/etc/systemd/system/orders.service").write_text(UNIT.format(user=user))
            host.run("systemctl", "daemon-reload")

    def run(self, *options: str, **service: t.Any) -> Outcome:
        orders = {"name": "orders", "systemd_unit": "orders.service", "restart": ["orders.service"], **service}
        return self.controller.provision(*options, services=[orders])

    def decommission(self, *options: str) -> Outcome:
        orders = {"name": "orders", "systemd_unit": "orders.service", "restart": ["orders.service"], **WITH}
        variables = self.controller.named({"services": [orders], "decommission": ["orders"]})
        return self.controller.play("keysmith.jwt.decommission", *options, **variables)

    def seen(self, host: Host, name: str) -> str:
        """What the unit wrote when it was started last."""
        return host.run("sh", "-c", f"cat /var/lib/orders/{name}").strip()

    def starts(self) -> list[int]:
        return [len(self.seen(host, "starts").split()) for host in self.hosts]

    def all_use(self, version: str, path: str) -> None:
        """Each unit runs, and has opened the key that is registered for its host, at that path."""
        for host in self.hosts:
            jwk = self.controller.jwk(host.name)
            modulus = int(self.seen(host, "modulus").rpartition("=")[2], 16)
            assert modulus == int.from_bytes(base64.urlsafe_b64decode(jwk["n"] + "=="), "big")
            assert (self.seen(host, "kid"), self.seen(host, "path")) == (jwk["kid"], path)
            assert os.readlink(host.file("/etc/orders/jwt/current")) == version
            assert host.run("systemctl", "is-active", "orders").strip() == "active"

    def keys_are_root_s(self, version: str) -> None:
        for host in self.hosts:
            info = host.file(f"/etc/orders/jwt/{version}/private.key").stat()
            assert (stat.S_IMODE(info.st_mode), info.st_uid) == (0o600, 0)


@pytest.fixture(scope="module")
def units(bring: Bring) -> Units:
    """They have their keys, as plain files."""
    made = Units(bring("one", "two", has_systemd=True))
    assert made.run(**PLAIN).status == 0
    return made


def test_a_unit_gets_its_key_as_a_credential_and_as_a_file_again(units: Units) -> None:
    """The tests of this file are one story; each begins where the one before has ended."""
    units.all_use("v1", "/etc/orders/jwt/v1/private.key")
    assert units.starts() == [1, 1]

    checked = units.run("--check", "--diff", **WITH)
    assert checked.status == 0 and checked.names("changed") == {"one", "two"}
    assert checked.text.count("+LoadCredential=private.key:/etc/orders/jwt/current/private.key") == 2
    assert checked.text.count("Would be restarted: orders.service") == 2 and units.starts() == [1, 1]

    # Whoever restarts it at whatever moment finds a key: systemd has read the drop-in before the path is gone.
    assert units.run("--skip-tags", "restart", **WITH).status == 0 and units.starts() == [1, 1]
    for host in units.hosts:
        host.run("systemctl", "restart", "orders")
    units.all_use("v1", "/run/credentials/orders.service/private.key")

    assert units.run(**WITH).status == 0
    units.all_use("v1", "/run/credentials/orders.service/private.key")
    units.keys_are_root_s("v1")
    assert not any("FILE_PATH" in host.file("/etc/orders/jwt/v1/env").read_text() for host in units.hosts)
    starts = units.starts()

    before = [host.sessions() for host in units.hosts]
    assert not units.run(**WITH).names("changed") and units.starts() == starts
    assert [host.sessions() for host in units.hosts] == [number + 1 for number in before]

    assert units.run(**PLAIN).status == 0
    units.all_use("v1", "/etc/orders/jwt/v1/private.key")


def test_a_unit_with_a_user_of_its_own_goes_from_version_to_version(units: Units) -> None:
    units.is_run_as("DynamicUser=yes")
    assert units.run(**WITH).status == 0
    units.all_use("v1", "/run/credentials/orders.service/private.key")
    assert units.run(**WITH, versions=["v1", "v2"], active="v2").status == 0
    units.all_use("v2", "/run/credentials/orders.service/private.key")
    units.keys_are_root_s("v2")


def test_a_unit_that_fails_is_restarted_by_the_next_run(units: Units) -> None:
    both = {"versions": ["v2", "v3"], "active": "v3", **WITH}
    broken = units.hosts[0].file("/usr/local/bin/orders")
    broken.write_text("#!/bin/sh\nexit 1\n")
    outcome = units.run(**both)
    assert outcome.names("failed") == {"one"} and "Could not be restarted: orders.service." in outcome.text
    refused = units.run(versions=["v3"], retired=["v2"], **WITH)
    assert "retired: a restart of orders.service is due" in refused.text
    assert units.hosts[0].file("/etc/orders/jwt/v2/private.key").exists()
    broken.write_text(PROGRAM)
    assert units.run(**both).status == 0
    units.all_use("v3", "/run/credentials/orders.service/private.key")


def test_a_service_that_is_taken_away_leaves_no_drop_in(units: Units) -> None:
    checked = units.decommission("--check", "--diff")
    assert checked.status == 0 and "-LoadCredential=" in checked.text
    assert all(host.file(DROP_IN).exists() for host in units.hosts)
    outcome = units.decommission()
    assert outcome.status == 0 and outcome.text.count("orders.service still runs") == 2
    for host in units.hosts:
        assert not host.file(DROP_IN).parent.exists() and not host.file("/etc/orders/jwt/current").is_symlink()
        assert host.run("systemctl", "show", "--property=DropInPaths", "orders").strip() == "DropInPaths="
