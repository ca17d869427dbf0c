# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts on which nothing has changed are asked by one command; where anything is unusual, by the module, as ever."""

from __future__ import annotations

import base64
import json
import re
import typing as t
from pathlib import Path

import pytest
from conftest import Bring
from controller import Controller, Outcome

NAMES = ("one", "two", "three")
PASSPHRASE = "given passphrase of billing"
SERVICES = [{"name": "orders"}, {"name": "billing", "passphrase": PASSPHRASE, "key_id": "a b"}]
#: What Ansible says at -vvv of a module that it sends.
MODULE = re.compile(r"^Using module file \S*/jwt_keypairs\.py", re.MULTILINE)
COMMAND = "python3 -I -S -"
#: The result of a host, which the play shows in base64.
SHOWN = re.compile(r'^ok: \[(\w+)\] => \{\n +"msg": "([A-Za-z0-9+/=]+)"', re.MULTILINE)


class Run(t.NamedTuple):
    """A run of the module, and what it returned for each host."""

    outcome: Outcome
    results: dict[str, dict[str, t.Any]]
    sessions: dict[str, int]

    @property
    def sent(self) -> int:
        """For how many hosts the module was sent."""
        return len(MODULE.findall(self.outcome.text))


class Asked:
    """The hosts, and a play with one task."""

    def __init__(self, controller: Controller, folder: Path) -> None:
        self.controller, self.folder = controller, folder

    def run(self, *options: str, keywords: t.Sequence[str] = (), **variables: t.Any) -> Run:
        """One run, with keywords of the task and variables besides what is usual."""
        play = [
            {
                "hosts": "all",
                "gather_facts": False,
                "vars": variables,
                "tasks": [
                    {
                        "keysmith.jwt.jwt_keypairs": {"services": SERVICES, "defaults": {"algorithm": "ES256"}},
                        "register": "result",
                    },
                    {"ansible.builtin.debug": {"msg": "{{ result | to_json | b64encode }}"}},
                ],
            }
        ]
        play[0]["tasks"][0].update(json.loads("{%s}" % ", ".join(keywords)))  # type: ignore[index]
        path = self.folder / "play.yml"
        path.write_text(json.dumps(play))
        before = {host.name: host.sessions() for host in self.controller.hosts}
        outcome = self.controller.play(str(path), "-vvv", *options)
        assert outcome.status == 0
        sessions = {host.name: host.sessions() - before[host.name] for host in self.controller.hosts}
        shown = dict(SHOWN.findall(outcome.text))
        results = {name: json.loads(base64.b64decode(shown[name])) for name in NAMES}
        return Run(outcome, results, sessions)


def settled(controller: Controller, folder: Path) -> Asked:
    it = Asked(controller, folder)
    made = it.run()
    assert made.outcome.names("changed") == set(NAMES) and made.sent == len(NAMES)
    return it


@pytest.fixture(scope="module")
def asked(bring: Bring, tmp_path_factory: t.Any) -> Asked:
    """Debian 11, 12 and 13, settled, as a user who becomes root by sudo."""
    return settled(bring(*NAMES, user="deploy"), tmp_path_factory.mktemp("asked"))


@pytest.mark.parametrize("user", ["deploy", "root"])
def test_an_unchanged_host_is_asked_by_one_command(bring: Bring, tmp_path: Path, user: str) -> None:
    asked = settled(bring(*NAMES, user=user), tmp_path)
    run = asked.run()
    assert run.sent == 0 and run.outcome.text.count(COMMAND) >= len(NAMES)
    assert run.sessions == dict.fromkeys(NAMES, 1)
    for host in asked.controller.hosts:
        assert not list(host.root.glob("home/*/.ansible/tmp/*")) + list(host.root.glob("root/.ansible/tmp/*"))


@pytest.mark.parametrize("options", [(), ("--check", "--diff")])
def test_the_result_is_the_module_s(asked: Asked, options: tuple[str, ...]) -> None:
    by_command, by_module = asked.run(*options), asked.run(*options, ansible_pipelining=False)
    assert by_command.sent == 0 and by_module.sent == len(NAMES)
    assert by_command.results == by_module.results
    assert all(one["warnings"] and not one["changed"] for one in by_command.results.values())


def test_no_secret_is_shown(asked: Asked) -> None:
    run = asked.run("-vvvv", "--diff", keywords=['"no_log": true'])
    assert run.sent == 0
    generated = [
        re.findall(r"PRIVATE_KEY_PASSWORD=(\S+)", host.file("/etc/orders/jwt/v1/env").read_text())
        for host in asked.controller.hosts
    ]
    secrets = [PASSPHRASE, *(one for found in generated for one in found)]
    assert len(secrets) == 1 + len(NAMES) and not any(secret in run.outcome.text for secret in secrets)
