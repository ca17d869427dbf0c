# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service is restarted for its new key, in a later run where the run that changed it did not come to it."""

from __future__ import annotations

import json
import os
import typing as t

import pytest
from conftest import Bring
from controller import Controller, Outcome

#: Notes each start with where the link led.
SCRIPT = """#!/bin/sh
### BEGIN INIT INFO
# Provides: {name}
# Default-Start: 2 3 4 5
# Default-Stop:
### END INIT INFO
case "$1" in
    status) exit 3 ;;
    start | restart) readlink /etc/orders/jwt/current >> /var/log/{name} ;;
esac
"""
MARK = "/etc/orders/jwt/.restart-due"


class Restarted:
    """Two hosts with a service that is restarted for its key, and what it was restarted with."""

    def __init__(self, controller: Controller) -> None:
        self.controller = controller
        for host in controller.hosts:
            self.offer(host, "orders")

    def offer(self, host: t.Any, name: str) -> None:
        script = host.file(f"/etc/init.d/{name}")
        script.write_text(SCRIPT.format(name=name))
        script.chmod(0o755)

    def run(self, *options: str, **more: t.Any) -> Outcome:
        service = {"name": "orders", "restart": ["orders"], **more.pop("service", {})}
        return self.controller.provision(*options, services=[service], algorithm="ES256", **more)

    def seen(self, name: str = "orders") -> list[list[str]]:
        logs = [host.file(f"/var/log/{name}") for host in self.controller.hosts]
        return [log.read_text().split() if log.exists() else [] for log in logs]

    def marks(self) -> list[bool]:
        return [os.path.lexists(host.file(MARK)) for host in self.controller.hosts]


BOTH = {"versions": ["v1", "v2"], "active": "v2"}


@pytest.fixture
def it(bring: Bring) -> Restarted:
    """They have their key, and were restarted for it."""
    restarted = Restarted(bring("one", "two"))
    assert restarted.run().status == 0
    assert restarted.seen() == [["v1"]] * 2 and restarted.marks() == [False] * 2
    return restarted


def test_it_is_restarted_once_for_each_change(it: Restarted) -> None:
    before = [host.sessions() for host in it.controller.hosts]
    assert not it.run().names("changed")
    assert [host.sessions() for host in it.controller.hosts] == [number + 1 for number in before]
    checked = it.run("--check", service=BOTH)
    assert checked.names("changed") == {"one", "two"} and it.seen() == [["v1"]] * 2
    assert checked.text.count("Would be restarted: orders") == 2
    done = it.run(service=BOTH)
    assert done.status == 0
    assert [checked.recap[name]["changed"] for name in ("one", "two")] == [
        # The JWK Set on the controller cannot be known before there are keys.
        done.recap[name]["changed"] - (name == "one")
        for name in ("one", "two")
    ]
    assert it.run(service=BOTH).status == 0
    assert it.seen() == [["v1", "v2"]] * 2 and it.marks() == [False] * 2


def test_what_cannot_be_published_is_restarted_in_the_next_run(it: Restarted) -> None:
    assert it.run(service=BOTH, output_directory="/proc/nowhere").status != 0
    assert it.seen() == [["v1"]] * 2 and it.marks() == [True] * 2
    again = it.run(service=BOTH)
    assert again.status == 0 and again.names("changed") == {"one", "two"}
    assert it.seen() == [["v1", "v2"]] * 2 and it.marks() == [False] * 2
    assert not it.run(service=BOTH).names("changed")


def test_a_host_beside_one_that_fails_is_restarted(it: Restarted) -> None:
    two = it.controller.hosts[1]
    two.file("/etc/orders/jwt/v1/private.key").write_text("junk")
    assert it.run(service=BOTH).status != 0
    # What was made there is not published while a part of it fails, so nothing is to sign with it yet.
    assert it.seen() == [["v1", "v2"], ["v1"]] and it.marks() == [False, True]


def test_a_restart_that_fails_is_tried_again(it: Restarted) -> None:
    missing = {**BOTH, "restart": ["orders", "nowhere"]}
    for _number in range(2):
        outcome = it.run(service=missing)
        assert outcome.status != 0 and "nowhere" in outcome.text and it.marks() == [True] * 2
    for host in it.controller.hosts:
        it.offer(host, "nowhere")
    assert it.run(service=missing).status == 0
    assert it.seen("nowhere") == [["v2"]] * 2 and it.marks() == [False] * 2


def test_a_service_beside_one_that_cannot_be_restarted_is_restarted_once(it: Restarted) -> None:
    orders, bills = {"name": "orders", "restart": ["orders"], **BOTH}, {"name": "bills", "restart": ["nowhere"]}
    for _number in range(2):
        outcome = it.controller.provision(services=[orders, bills], algorithm="ES256")
        assert outcome.status != 0 and outcome.names("failed") == {"one", "two"}
        assert "Could not be restarted: nowhere. What runs there goes on with the key that it has read" in outcome.text
        assert it.seen() == [["v1", "v2"]] * 2 and it.marks() == [False] * 2


def play(it: Restarted, *tasks: dict[str, t.Any], **keywords: t.Any) -> Outcome:
    """A play with the role once for each of these variables of it."""
    roles = [{"import_role": {"name": "keysmith.jwt.signing_key"}, "vars": variables} for variables in tasks]
    path = it.controller.output.with_name("play.yml")
    path.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": roles, **keywords}]))
    return it.controller.play(str(path), signing_key_algorithm="ES256")


def test_a_role_that_is_there_twice_restarts_for_both_and_once(it: Restarted) -> None:
    orders = {"signing_key_services": [{"name": "orders", "restart": ["orders"], **BOTH}]}
    bills = {"signing_key_services": [{"name": "bills", "restart": ["bills"]}]}
    for host in it.controller.hosts:
        it.offer(host, "bills")
    for _number in range(2):
        assert play(it, orders, bills).status == 0
        assert it.seen() == [["v1", "v2"]] * 2 and it.seen("bills") == [["v2"]] * 2
        assert it.marks() == [False] * 2


def test_a_restart_whose_failure_is_ignored_is_due_still(it: Restarted) -> None:
    service = {"name": "orders", "restart": ["nowhere"], **BOTH}
    assert play(it, {"signing_key_services": [service]}, ignore_errors=True).status == 0
    assert it.marks() == [True] * 2
    assert it.run(service=BOTH).status == 0
    assert it.seen() == [["v1", "v2"]] * 2 and it.marks() == [False] * 2


def test_nothing_is_retired_before_the_restart(it: Restarted) -> None:
    assert it.run(service={**BOTH, "restart": ["nowhere"]}).status != 0
    published = it.controller.published()
    retire = {"versions": ["v2"], "retired": ["v1"]}
    refused = it.run(service=retire)
    assert refused.status != 0 and "retired: a restart of orders is due" in refused.text
    assert it.controller.published() == published and it.seen() == [["v1", "v2"]] * 2
    assert it.run(service=retire).status == 0 and len(it.controller.published()) == len(published) - 2


def test_a_unit_is_told_once_and_restarted_for_each_key(it: Restarted) -> None:
    for host in it.controller.hosts:
        it.offer(host, "systemctl")
        host.file("/etc/init.d/systemctl").rename(host.file("/usr/bin/systemctl"))
        host.file("/etc/systemd/system").mkdir(parents=True, exist_ok=True)
    variables = {"signing_key_services": [{"name": "orders"}], "signing_key_restart": ["orders"]}
    variables["signing_key_systemd_unit"] = "orders"
    for versions, restarts in ((["v1"], ["v1"]), (["v1", "v2"], ["v1", "v2"]), (["v1", "v2"], ["v1", "v2"])):
        outcome = play(it, {**variables, "signing_key_versions": versions, "signing_key_active": versions[-1]})
        assert outcome.status == 0 and it.marks() == [False] * 2
        assert it.seen() == [["v1", *restarts]] * 2
    drop_in = it.controller.hosts[0].file("/etc/systemd/system/orders.service.d/50-signing-key.conf").read_text()
    assert "EnvironmentFile=/etc/orders/jwt/current/env" in drop_in


def test_what_is_done_in_check_mode_restarts_nothing(it: Restarted) -> None:
    for host in it.controller.hosts:
        it.offer(host, "bills")
    role = {"name": "keysmith.jwt.signing_key"}
    bills = {
        "include_role": {**role, "apply": {"check_mode": True}},
        "vars": {"signing_key_services": [{"name": "bills", "restart": ["bills"]}]},
    }
    orders = {
        "include_role": role,
        "vars": {"signing_key_services": [{"name": "orders", "restart": ["orders"], **BOTH}]},
    }
    path = it.controller.output.with_name("play.yml")
    path.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [bills, orders]}]))
    outcome = it.controller.play(str(path), signing_key_algorithm="ES256")
    assert outcome.status == 0 and outcome.text.count("Would be restarted: bills") == 2
    assert it.seen() == [["v1", "v2"]] * 2 and it.seen("bills") == [[], []] and it.marks() == [False] * 2


def test_a_role_that_is_there_twice_can_be_left_out_for_the_first_host(it: Restarted) -> None:
    orders = {"signing_key_services": [{"name": "orders", "restart": ["orders"]}]}
    bills = {"signing_key_services": [{"name": "bills", "sise": 1}, {"name": "notes", "restart": ["orders"]}]}
    roles = [{"import_role": {"name": "keysmith.jwt.signing_key", "rolespec_validate": False}, "vars": orders}]
    roles.append({**roles[0], "vars": bills, "when": "inventory_hostname != 'one'"})
    path = it.controller.output.with_name("play.yml")
    path.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": roles}]))
    output = {"signing_key_algorithm": "ES256", "signing_key_output_directory": str(it.controller.output)}
    outcome = it.controller.play(str(path), **output)
    assert outcome.names("failed") == {"two"} and "bills: there is no option sise" in outcome.text
    assert len(it.controller.published("notes")) == 1 and it.seen() == [["v1"], ["v1", "v1"]]
