# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays against the hosts, as a user runs them, and what they answered."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import hosts as fleet
from hosts import STATE, Host

ROOT = Path(__file__).resolve().parents[2]
COLLECTIONS = STATE / "collections"
PROVISION = "keysmith.jwt.provision"

_RECAP = re.compile(r"^(\S+) +: (ok=\d.*)$", re.MULTILINE)


class Outcome(t.NamedTuple):
    """``recap`` has for each host its counts: ok, changed, unreachable, failed, skipped, rescued, ignored."""

    status: int
    text: str
    recap: dict[str, dict[str, int]]

    def names(self, count: str) -> set[str]:
        """The hosts for which that count is not zero."""
        return {name for name, counts in self.recap.items() if counts[count]}


class Controller:
    """Runs plays on some hosts as one user, and keeps what they write here in ``output``."""

    def __init__(self, hosts: list[Host], folder: Path, user: str = "root") -> None:
        self.hosts, self.user = hosts, user
        self.output = folder / "output"
        #: What the environment of Ansible has besides.
        self.environment: dict[str, str] = {}
        self._folder = folder

    def provision(self, *options: str, **variables: t.Any) -> Outcome:
        """The collection's playbook; the variables lack their prefix ``signing_key_``."""
        return self.play(PROVISION, *options, **self.named(variables))

    def named(self, variables: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """Variables of the role: what the tests want unless they say otherwise, and these."""
        common = {"services": [{"name": "orders"}], "size": 2048, "output_directory": str(self.output)}
        return {f"signing_key_{name}": value for name, value in {**common, **variables}.items()}

    def play(self, playbook: str, *options: str, **variables: t.Any) -> Outcome:
        """Run a playbook, by name or path, to its end."""
        child = self.start(playbook, *options, **variables)
        text = child.communicate()[0]
        return self.outcome(child.returncode, text)

    def start(self, playbook: str, *options: str, **variables: t.Any) -> subprocess.Popen[str]:
        """Begin to run a playbook; outcome() takes what it returns and prints."""
        self._folder.mkdir(parents=True, exist_ok=True)
        inventory = self._folder / "inventory"
        inventory.write_text(fleet.inventory(self.hosts, self.user))
        extra = self._folder / "variables.json"
        extra.write_text(json.dumps(variables))
        program = Path(sys.executable).with_name("ansible-playbook")
        return subprocess.Popen(
            [program, playbook, "--inventory", inventory, "--extra-vars", f"@{extra}", *options],
            cwd=self._folder,
            env={**environment(), **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # a test that kills it kills its children, too
        )

    @staticmethod
    def outcome(status: int, text: str) -> Outcome:
        print(text)  # pytest shows it when a test fails
        recap = {}
        for name, counts in _RECAP.findall(text):
            recap[name] = {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", counts)}
        return Outcome(status, text, recap)

    def jwk(self, host: str, service: str = "orders") -> dict[str, str]:
        """The active key of a host, as it is to be registered."""
        jwk: dict[str, str] = json.loads((self.output / service / f"{host}.jwk.json").read_text())
        return jwk

    def published(self, service: str = "orders") -> list[dict[str, str]]:
        """The keys of the service's JWK Set."""
        keys: list[dict[str, str]] = json.loads((self.output / f"{service}.jwks.json").read_text())["keys"]
        return keys


def environment() -> dict[str, str]:
    """The settings of ansible-core that matter here, whatever the caller has of them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    return {
        **kept,
        "HOME": str(STATE),
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_FORKS": "10",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_TIMEOUT": "10",
        "LC_ALL": "C.UTF-8",
    }


def offer_collection() -> None:
    """Show this checkout where ansible-core looks for the collection, unchangeable."""
    place = COLLECTIONS / "ansible_collections" / "keysmith" / "jwt"
    place.mkdir(parents=True)
    subprocess.run(["mount", "--bind", ROOT, place], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", place], check=True)
