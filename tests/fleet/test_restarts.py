# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service is restarted for its new key, in a later run where the run that changed it did not come to it."""

from __future__ import annotations

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


BOTH = {"versions": ["v1", "v2"]}


@pytest.fixture
def it(bring: Bring) -> Restarted:
    """They have their key, and were restarted for it."""
    restarted = Restarted(bring("one", "two"))
    assert restarted.run().status == 0
    assert restarted.seen() == [["v1"]] * 2 and restarted.marks() == [False] * 2
    before = [host.sessions() for host in restarted.controller.hosts]
    assert not restarted.run().names("changed")
    assert [host.sessions() for host in restarted.controller.hosts] == [number + 1 for number in before]
    return restarted


def test_it_is_restarted_once_for_each_change(it: Restarted) -> None:
    checked = it.run("--check", service=BOTH)
    assert checked.names("changed") == {"one", "two"} and it.seen() == [["v1"]] * 2
    assert it.run(service=BOTH).status == 0
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
    # The link of the other one leads to its new key by now, which nobody has made unusable.
    assert it.seen() == [["v1", "v2"]] * 2 and it.marks() == [False] * 2


def test_a_restart_that_fails_is_tried_again(it: Restarted) -> None:
    missing = {**BOTH, "restart": ["orders", "nowhere"]}
    for _number in range(2):
        outcome = it.run(service=missing)
        assert outcome.status != 0 and "nowhere" in outcome.text and it.marks() == [True] * 2
    for host in it.controller.hosts:
        it.offer(host, "nowhere")
    assert it.run(service=missing).status == 0
    assert it.seen("nowhere") == [["v2"]] * 2 and it.marks() == [False] * 2
