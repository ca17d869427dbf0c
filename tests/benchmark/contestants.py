# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plays that are compared, each able to begin with nothing and to say whether it did its work."""

from __future__ import annotations

import json
import re
import shutil
import typing as t
from pathlib import Path

import controller
import hosts as fleet
from hosts import STATE, Host
from measure import Cost, Failed, play

PEERS = Path(__file__).with_name("peers")
FORKS = 25

#: The collection of another commit, to be measured in the same rounds.
OTHER = STATE / "before"

#: Everything that a play writes is below it, on hosts and on the controller.
PLACE = "/srv/benchmark"

_COUNTS = re.compile(r"^\S+ +: ok=(\d+) +changed=(\d+) +unreachable=(\d+) +failed=(\d+)", re.MULTILINE)

#: What each play calls an algorithm.
KEYS: t.Mapping[str, t.Mapping[str, t.Any]] = {
    "RSA 2048": {
        "role": {"signing_key_size": 2048},
        "peer": {"key_type": "RSA", "key_size": 2048, "genpkey": "-algorithm RSA -pkeyopt rsa_keygen_bits:2048"},
    },
    "RSA 4096": {
        "role": {"signing_key_size": 4096},
        "peer": {"key_type": "RSA", "key_size": 4096, "genpkey": "-algorithm RSA -pkeyopt rsa_keygen_bits:4096"},
    },
    "ES256": {
        "role": {"signing_key_algorithm": "ES256"},
        "peer": {
            "key_type": "ECC",
            "key_curve": "secp256r1",
            "genpkey": "-algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve",
        },
    },
}


class Contestant(t.NamedTuple):
    """Its name is one of results.TITLES."""

    name: str
    playbook: str | Path
    services: int = 1
    before: bool = False  # the role of another commit

    @property
    def is_role(self) -> bool:
        return self.playbook == controller.PROVISION


PING = Contestant("ping", PEERS / "ping.yml", services=0)
ROLE = Contestant("role", controller.PROVISION)
ROLE20 = Contestant("role20", controller.PROVISION, services=20)
BEFORE = Contestant("before", controller.PROVISION, before=True)
BEFORE20 = Contestant("before20", controller.PROVISION, services=20, before=True)
SHELL = Contestant("shell", PEERS / "shell.yml")
GATED = Contestant("gated", PEERS / "gated.yml")
OPENSSL = Contestant("openssl", PEERS / "openssl.yml", services=0)
BEST = Contestant("best", PEERS / "best.yml")
TYPICAL = Contestant("typical", PEERS / "typical.yml")
COMMANDS = Contestant("commands", PEERS / "commands.yml")


class Fleet:
    """Some hosts, and the plays against them."""

    def __init__(self, programs: Path, environment: t.Mapping[str, str], hosts: t.Sequence[Host]) -> None:
        self.hosts = hosts
        self._program, self._environment = programs / "ansible-playbook", environment
        self._folder = STATE / f"controller{len(hosts)}"
        self._folder.mkdir(exist_ok=True)
        (self._folder / "inventory").write_text(fleet.inventory(hosts))

    def alone(self, host: Host, **settings: str) -> Fleet:
        """One of the hosts, with more settings of ansible-core."""
        return Fleet(self._program.parent, {**self._environment, **settings}, [host])

    def run(self, contestant: Contestant, key: str, changes: bool) -> Cost:
        """Run it once; Failed unless it did what was to be done, and changed something just where it was to."""
        variables = self._variables(contestant, key)
        extra = self._folder / "variables.json"
        extra.write_text(json.dumps(variables))
        command = [self._program, contestant.playbook, "--inventory", self._folder / "inventory", "-e", f"@{extra}"]
        collections = {"ANSIBLE_COLLECTIONS_PATH": str(OTHER)} if contestant.before else {}
        cost, text = play(command, {**self._environment, **collections}, self._folder, self.hosts)
        counts = [[int(count) for count in row] for row in _COUNTS.findall(text)]
        if len(counts) != len(self.hosts) or any(not ok or lost or failed for ok, _changed, lost, failed in counts):
            raise Failed(text)
        if contestant.services:
            if any((count[1] > 0) != changes for count in counts):
                raise Failed(text)
            self._check(contestant, text)
        return cost

    def _variables(self, contestant: Contestant, key: str) -> dict[str, t.Any]:
        output = self._output(contestant)
        if contestant.is_role:
            return {
                **KEYS[key]["role"],
                "signing_key_services": [{"name": name} for name in _services(contestant)],
                "signing_key_directory": f"{PLACE}/{contestant.name}/{{name}}",
                "signing_key_output_directory": str(output),
            }
        return {
            **KEYS[key]["peer"],
            "directory": f"{PLACE}/{contestant.name}",
            "passphrase": "a passphrase that was thought of once",
            "jwks_path": str(output / "service1.jwks.json"),
            "public_keys": str(output / "public"),
        }

    def _output(self, contestant: Contestant) -> Path:
        return self._folder / contestant.name

    def _check(self, contestant: Contestant, text: str) -> None:
        """The JWK Set of each service has a key of each host."""
        for name in _services(contestant):
            keys = json.loads((self._output(contestant) / f"{name}.jwks.json").read_text())["keys"]
            if len({key["kid"] for key in keys}) != len(self.hosts):
                raise Failed(f"{contestant.name}: the set of {name} has {len(keys)} keys\n{text}")

    def forget(self, contestant: Contestant) -> None:
        """Have nothing of it, anywhere, and the directories that no play makes."""
        for host in self.hosts:
            shutil.rmtree(host.file(f"{PLACE}/{contestant.name}"), ignore_errors=True)
            host.file(f"{PLACE}/{contestant.name}.key").unlink(missing_ok=True)
            host.file(PLACE).mkdir(exist_ok=True)
        shutil.rmtree(self._output(contestant), ignore_errors=True)
        (self._output(contestant) / "public").mkdir(parents=True)

    def spoil(self, contestant: Contestant) -> None:
        """Take the public key of one service away on each host: one thing to do among many that are as they were."""
        name = _services(contestant)[-1]
        for host in self.hosts:
            (public,) = host.file(f"{PLACE}/{contestant.name}/{name}").glob("v*/public.key")
            public.unlink()


def _services(contestant: Contestant) -> list[str]:
    return [f"service{number}" for number in range(1, contestant.services + 1)]


def environment(collections: t.Sequence[Path]) -> dict[str, str]:
    """Settings of ansible-core for all plays alike."""
    ours = controller.environment()
    kept = {name: value for name, value in ours.items() if not name.startswith("PYTHON")}
    return {**kept, "ANSIBLE_COLLECTIONS_PATH": ":".join(map(str, collections)), "ANSIBLE_FORKS": str(FORKS)}
