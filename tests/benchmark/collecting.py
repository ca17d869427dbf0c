# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done on the controller alone: collecting many hosts' JWKs into JWK Set files, and the filter.

The hosts of the inventory do not exist: what they would have answered is in it. The tasks that collect are read from
the role, so that what is measured is what it does.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import shutil
import typing as t
from pathlib import Path

import yaml
from contestants import KEYS, OTHER
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hosts import STATE
from measure import Cost, Failed, play

#: Above so many hosts, plays take long and differ little: so many runs at most.
_LARGE, _RUNS_OF_LARGE = 5000, 3

ROLE = Path(__file__).resolve().parents[2] / "roles" / "signing_key"
EXPONENT = 65537
#: By it, the role tells the answers to one use of it from those to another.
USE = "1"

Sample = t.Dict[str, t.Any]
Say = t.Callable[[str], None]


class Controller:
    """Plays without hosts, in a directory of their own."""

    def __init__(self, programs: Path, environment: t.Mapping[str, str]) -> None:
        self._program, self._environment = programs / "ansible-playbook", environment
        self.folder = STATE / "collecting"
        self.output = self.folder / "output"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()

    def run(
        self, tasks: t.Sequence[t.Any], hosts: str, inventory: Path | None, before: bool = False, **variables: t.Any
    ) -> Cost:
        """A play of these tasks, as the collection of another commit does them where that is ``before``.

        The role's own variables are there.
        """
        defaults = [str(path) for part in ("defaults", "vars/main") for path in sorted((ROLE / part).glob("*.yml"))]
        whole = {"hosts": hosts, "gather_facts": False, "vars_files": defaults, "tasks": tasks}
        (self.folder / "play.yml").write_text(json.dumps([whole]))
        (self.folder / "variables.json").write_text(json.dumps(variables))
        command: list[str | Path] = [
            self._program,
            self.folder / "play.yml",
            "-e",
            f"@{self.folder / 'variables.json'}",
        ]
        if inventory:
            command += ["--inventory", inventory]
        collections = {"ANSIBLE_COLLECTIONS_PATH": str(OTHER)} if before else {}
        return play(command, {**self._environment, **collections}, self.folder)[0]


def collecting(controller: Controller, hosts: int, runs: int, say: Say) -> list[Sample]:
    """The role's tasks that run once for all hosts, beside a play that says one word to the same inventory."""
    written, shown = (controller.folder / f"{name}.json" for name in ("written", "shown"))
    written.write_text(json.dumps(_inventory(hosts, str(controller.output), show=False)))
    shown.write_text(json.dumps(_inventory(hosts, "", show=True)))
    samples = []

    def run(name: str, which: str, tasks: t.Sequence[t.Any], inventory: Path = written) -> None:
        cost = controller.run(tasks, "all", inventory, signing_key__use=USE)
        samples.append(sample(name, which, hosts, cost, say))

    for _round in range(runs if hosts < _LARGE else min(runs, _RUNS_OF_LARGE)):
        shutil.rmtree(controller.output, ignore_errors=True)
        run("nothing", "second", [{"name": "Say one word", "debug": {"msg": "done"}, "run_once": True}])
        run("collecting", "first", role_tasks())
        run("collecting", "second", role_tasks())
        run("report", "second", role_tasks(), shown)
        (path,) = controller.output.glob("*.jwks.json")
        if len(json.loads(path.read_text())["keys"]) != hosts:
            raise Failed("the set does not have a key of each host")
    return samples


def filtering(controller: Controller, count: int, runs: int, say: Say) -> list[Sample]:
    """A template that converts each of so many PEM texts to a JWK, beside one that measures their lengths."""
    pems = [_pem(modulus) for modulus in moduli(2048, count)]
    filters = [(name, "keysmith.jwt.pem_to_jwk") for name in ("filter", "before") if name == "filter" or OTHER.exists()]
    samples = []
    for _round in range(runs):
        for name, expression in (("lengths", "length"), *filters):
            template = "{% for pem in pems %}{{ pem | " + expression + " }}\n{% endfor %}"
            (controller.folder / "keys.j2").write_text(template)
            lookup = "{{ lookup('ansible.builtin.template', path) }}"
            tasks = [{"name": "Use the template", "set_fact": {"text": lookup}}]
            path = str(controller.folder / "keys.j2")
            cost = controller.run(tasks, "localhost", None, before=name == "before", pems=pems, path=path)
            samples.append(sample(name, "second", count, cost, say))
    return samples


def role_tasks() -> list[t.Any]:
    """Those of the role's tasks that run once a play."""
    tasks = yaml.safe_load((ROLE / "tasks" / "publish.yml").read_text(encoding="utf-8"))
    # Not what each host does in diff mode.
    found = [task for task in tasks if task.get("run_once") is True]
    if not found:
        raise Failed("the role has no task that runs once")
    return found


def sample(name: str, which: str, count: int, cost: Cost, say: Say) -> Sample:
    """What a play with so many keys cost."""
    spent = f"{cost.wall:6.1f} s, CPU {cost.controller:6.2f} s, {cost.memory:5.0f} MB"
    say(f"{name:<11} {which:<7} {count:>6} keys {spent}")
    costs = {what: round(getattr(cost, what), 3) for what in ("wall", "controller", "memory")}
    return {"contestant": name, "run": which, "keys": count, **costs}


def _inventory(hosts: int, output: str, show: bool) -> dict[str, t.Any]:
    """Hosts with one service and an RSA 4096 key each, as the module answers in a run that changes nothing."""
    asked = {
        "use": USE,
        "output": output,
        "show": show,
        "sources": {},
        "facts": [],
        "installs": False,
        "services": {"orders": [None, [], []]},
    }
    found = {}
    for number, modulus in enumerate(moduli(KEYS["RSA 4096"]["role"]["signing_key_size"], hosts)):
        key = jwk(modulus)
        done = {"changed": False, "changes": [], "created": False}
        pair = {**done, "algorithm": "RS256", "key_id": key["kid"], "jwk": key}
        found[f"host{number:05}"] = {
            "signing_key__result": {
                "changed": False,
                "keypairs": {"orders/v1": pair},
                "jwks": {"orders": {"keys": [key]}},
                "asked": asked,
            },
        }
    return {"all": {"hosts": found}}


def moduli(bits: int, count: int) -> list[int]:
    """Numbers like the moduli of RSA keys: of that length, without small factors, no two with a factor in common.

    They are near each other and have no prime factor below their greatest distance, and a common factor of two of
    them would divide their distance.
    """
    span = max(1 << 15, 64 * count)
    start = random.Random(bits).getrandbits(bits) | 3 << bits - 2 | 1
    standing = bytearray([1]) * (span // 2)
    for prime in _primes(span):
        begin = (-start * pow(2, -1, prime)) % prime
        standing[begin::prime] = bytes(len(range(begin, len(standing), prime)))
    found = [start + 2 * at for at, stands in enumerate(standing) if stands]
    return found[:count]


def _primes(below: int) -> list[int]:
    """The odd ones."""
    standing = bytearray([1]) * below
    for number in range(2, int(below**0.5) + 1):
        standing[number * number :: number] = bytes(len(range(number * number, below, number)))
    return [number for number in range(3, below) if standing[number]]


def jwk(modulus: int) -> dict[str, str]:
    """The JWK of an RSA key, as the module returns it."""
    members = {"e": "AQAB", "kty": "RSA", "n": _text(modulus.to_bytes((modulus.bit_length() + 7) // 8, "big"))}
    digest = hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest()
    return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": _text(digest), "n": members["n"], "e": "AQAB"}


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _pem(modulus: int) -> str:
    key = rsa.RSAPublicNumbers(EXPONENT, modulus).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode()
