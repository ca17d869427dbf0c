# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays in which some hosts are hostile: ``python3 tests/hostile/run.py``.

Hosts a and b share the key of the service orders. The hostile hosts have a service of their own, come first in the
inventory, and answer what they like. Nothing of a, b and orders may change by that, no file be written outside of the
directory for public keys, nothing be evaluated, and nothing secret be sent to a hostile host. Needs an interpreter with
ansible-core and cryptography.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CANARY = "canary-of-orders-that-nobody-else-is-sent"
#: What a hostile host does. A lie is one of thousands, another one in each play.
PLANS = ("claim", "claim", "cut", "twice", "late", "nothing", "noise", "lie", "lie")
#: How many there are in all plays but the first, which has one for each plan.
FEW = 4
_RECAP = re.compile(r"^(\S+) +: ok=(\d+).* unreachable=(\d+) +failed=(\d+)", re.MULTILINE)
_OURS = re.compile(r"Traceback \(most recent|has an internal error|ERROR! Unexpected|Unexpected failure during")


class Fleet:
    """Hosts that are directories, a directory for public keys, and what the hostile ones were sent."""

    def __init__(self, root: Path) -> None:
        self.root, self.output, self.trace = root, root / "output", root / "trace"
        (root / "hosts").mkdir()
        collection = root / "collections/ansible_collections/keysmith/jwt"
        collection.parent.mkdir(parents=True)
        collection.symlink_to(ROOT)
        self.plans: t.Dict[str, t.Dict[str, t.Any]] = {}
        self.names: t.Set[str] = set()
        #: What a and b have besides orders.
        self.services: t.List[t.Dict[str, t.Any]] = []

    def hostile(self, name: str, what: str, number: int = 0, **more: t.Any) -> None:
        """A host whose Python lies by that plan."""
        sent = str(self.root / (name + ".sent"))
        self.plans[name] = {"what": what, "number": number, "trace": str(self.trace), "sent": sent, **more}
        self.names.add(name)
        plan, program = self.root / (name + ".json"), self.root / (name + ".python")
        plan.write_text(json.dumps(self.plans[name]))
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {HERE / "liar.py"} {plan} {sys.executable} "$@"\n')
        program.chmod(0o755)

    def inventory(self) -> t.Dict[str, t.Any]:
        shared = {"name": "orders", "shared": ["orders_servers"], "hosts": ["orders_servers"], "passphrase": CANARY}
        hostile = {
            name: {
                "signing_key_services": [{"name": "other"}],
                "ansible_python_interpreter": str(self.root / (name + ".python")),
            }
            for name in self.plans
        }
        group = {"hosts": {"a": {}, "b": {}}, "vars": {"signing_key_services": [shared, *self.services]}}
        common = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "signing_key_algorithm": "ES256",
            "signing_key_directory": f"{self.root}/hosts/{{{{ inventory_hostname }}}}/{{name}}/jwt",
            "signing_key_output_directory": "{{ base }}/output",
            "signing_key_report_directory": f"{self.root}/report",
            "base": str(self.root),
        }
        return {"all": {"children": {"hostile": {"hosts": hostile}, "orders_servers": group}, "vars": common}}

    def play(self, *options: str, tasks_from: str = "main", **keywords: t.Any) -> str:
        """A play of the role for all hosts; what is printed."""
        role = {
            "name": "Keep the keys",
            "import_role": {
                "name": "keysmith.jwt.signing_key",
                "tasks_from": tasks_from,
                "rolespec_validate": False,
            },
        }
        tasks = [{"name": "Look whether the host answers", "ansible.builtin.ping": None}, role]
        play = {"name": "Play", "hosts": "all", "gather_facts": False, "tasks": tasks, **keywords}
        (self.root / "play.yml").write_text(json.dumps([play]))
        (self.root / "inventory.json").write_text(json.dumps(self.inventory()))
        program = Path(sys.executable).with_name("ansible-playbook")
        done = subprocess.run(
            [program, "play.yml", "--inventory", "inventory.json", *options],
            cwd=self.root,
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": str(self.root / "home"),
                "ANSIBLE_COLLECTIONS_PATH": str(self.root / "collections"),
                "ANSIBLE_PIPELINING": "1",
                "ANSIBLE_ASYNC_DIR": str(self.root / "home" / "async"),
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_FORKS": "8",
                "LC_ALL": "C.UTF-8",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
        )
        return done.stdout

    def files(self) -> t.Set[str]:
        """The files that are there, but for those on hosts and those that are the test's own."""
        own = (".json", ".sent", ".python", "play.yml")
        found = (path for path in self.root.rglob("*") if path.is_file() and "collections" not in path.parts)
        names = {str(path.relative_to(self.root)) for path in found}
        return {
            name
            for name in names
            if not name.startswith(("hosts/", "home/")) and not ("/" not in name and name.endswith(own))
        }

    def reported(self) -> t.List[t.Dict[str, t.Any]]:
        """What the report says of hosts, each entry without what differs from second to second."""
        document = json.loads((self.root / "report" / "signing-keys.json").read_text())
        entries = [one for part in ("keys", "services", "problems", "hosts_without_answer") for one in document[part]]
        return [{name: one[name] for name in one if name != "age"} for one in entries]

    def key(self, host: str) -> t.Any:
        """The public key of orders on a host."""
        return json.loads((self.root / f"hosts/{host}/orders/jwt/v1/jwk.json").read_text())

    def problems(self, printed: str, honest: t.Sequence[str] = ("a", "b")) -> t.Iterator[str]:
        """What is wrong after a play in which the key of orders is there, and these hosts were well."""
        recap = {name: tuple(map(int, counts)) for name, *counts in _RECAP.findall(printed)}
        for host in honest:
            if host not in recap or recap[host][1:] != (0, 0):
                yield f"{host} is not well: {recap.get(host)}"
        if _OURS.search(printed):
            yield "an error that is no sentence"
        if self.trace.exists():
            yield "a template was evaluated"
        kid = self.key("a")["kid"]
        if self.key("b")["kid"] != kid:
            yield "a and b have different keys"
        published = json.loads((self.output / "orders.jwks.json").read_text())["keys"]
        if [one["kid"] for one in published] != [kid]:
            yield f"orders is published with {len(published)} keys"
        orders = self.output / "orders"
        if {str(path.relative_to(orders)) for path in orders.rglob("*.json")} != {
            name for host in "ab" for name in (f"{host}.jwk.json", f"{host}.jwks.json", f"versions/{host}.v1.jwk.json")
        }:
            yield "there is another host's file among those of orders"
        allowed = {f"output/other/{host}.{kind}.json" for host in self.names for kind in ("jwk", "jwks")}
        strange = {
            name
            for name in self.files() - allowed
            if not name.startswith(("output/orders", "output/bills", "output/other.jwks", "report/signing-keys."))
            and not name.startswith(tuple(f"output/other/versions/{host}." for host in self.names))
        }
        if strange:
            yield f"files that nobody asked for: {sorted(strange)[:5]}"
        for host in self.plans:
            sent = Path(self.plans[host]["sent"])
            octets = sent.read_bytes() if sent.exists() else b""
            if CANARY.encode() in octets or b'"sealed": {"orders' in octets or b'"recipients": {"orders' in octets:
                yield f"{host} was sent what is not its own"
            if (self.root / "hosts" / host / "orders").exists():
                yield f"{host} has a key of orders"


def lying(fleet: Fleet, seed: int, count: int = FEW) -> None:
    """Hostile hosts, of another choice and with other lies than before."""
    chance = random.Random(seed)
    fleet.plans.clear()
    for number in sorted(chance.sample(range(len(PLANS)), count)):
        what = PLANS[number]
        fleet.hostile(f"m{number:02}", what, chance.randrange(1 << 30) if what == "lie" else number)


def answers(fleet: Fleet) -> t.Iterator[str]:
    """Altered answers, in each way to run a play."""
    lying(fleet, 1, len(PLANS))
    yield from fleet.problems(fleet.play())
    kid = fleet.key("a")["kid"]
    ways: t.Sequence[t.Tuple[t.Tuple[str, ...], t.Dict[str, t.Any]]] = (
        (("--diff",), {"serial": 6}),
        ((), {"strategy": "free"}),
        (("-e", "signing_key_async=60"), {}),
    )
    for seed, (options, keywords) in enumerate(ways, 2):
        lying(fleet, seed)
        for problem in fleet.problems(fleet.play(*options, **keywords)):
            yield f"{options or keywords}: {problem}"
        if fleet.key("a")["kid"] != kid:
            yield "the key of orders is another one"


def reports(fleet: Fleet) -> t.Iterator[str]:
    """Altered answers about the keys that hosts have: each is about its host and what that was asked about."""
    fleet.play("--limit", "a,b", tasks_from="info")
    honest = fleet.reported()
    lying(fleet, 19)
    yield from fleet.problems(fleet.play(tasks_from="info"))
    told = fleet.reported()
    if [one for one in told if one["host"] in ("a", "b")] != honest:
        yield "the report says something else of a and b"
    for one in told:
        if one["host"] not in ("a", "b", *fleet.plans):
            yield "the report has a host that there is not"
        # What is on a host and in no list is that host's to say.
        is_claimed = one.get("service") == "orders" and one["host"] in fleet.plans
        if is_claimed and one.get("state") not in (None, "left over"):
            yield f"{one['host']} is reported with a key of orders"


def joining(fleet: Fleet) -> t.Iterator[str]:
    """A host loses its key while hostile ones claim to hold it, or to wait for it: it gets that of the other."""
    shutil.rmtree(fleet.root / "hosts/b")
    kid = fleet.key("a")["kid"]
    lying(fleet, 23)
    printed = fleet.play("--limit", "m*,b")
    if "add a to the hosts of this run (--limit)" not in " ".join(printed.split()):
        yield "b is not told to run with a"
    yield from fleet.problems(fleet.play())
    if fleet.key("b")["kid"] != kid:
        yield "b has another key"


def facts(fleet: Fleet) -> t.Iterator[str]:
    """What hosts return as facts before the role, with the names of variables."""
    fleet.plans.clear()
    orders = [{"name": "orders", "shared": ["orders_servers"]}]
    # The key of orders is copied to b in this part, and a has a new key to register.
    fleet.services.append({"name": "bills", "rotation": {"every": "90d", "publish": "1d", "keep": "1d"}})
    shutil.rmtree(fleet.root / "hosts/b")
    kid = fleet.key("a")["kid"]
    tasks = fleet.root / "tasks.json"
    evil = {"ansible.builtin.file": {"path": str(fleet.trace), "state": "touch"}, "delegate_to": "localhost"}
    tasks.write_text(json.dumps([{"name": "Do something here", **evil}]))
    ways: t.Dict[str, t.Dict[str, t.Any]] = {
        # The first of all, for which the role does what is done once.
        "f0": {"inventory_hostname": "a", "signing_key__is_last": True, "signing_key_register_tasks": str(tasks)},
        "f1": {"signing_key_services": orders},
        "f2": {"signing_key_services": [{"name": "orders", "hosts": ["f2"], "shared": ["a", "b", "f2"]}]},
        "f3": {"inventory_hostname": "a", "group_names": ["orders_servers"], "signing_key_services": orders},
        "f4": {"signing_key_output_directory": str(fleet.root / "evil"), "signing_key_show": "no"},
        # Of the inventory, one is in the directory for public keys, and one in a later play.
        "f5": {"base": str(fleet.root / "evil"), "health_check": "touch " + str(fleet.trace)},
        "f6": {"signing_key__result": {"asked": {"use": ""}}, "signing_key__together": {"use": "x"}},
        # In ansible_facts, the second one has the first one's place.
        "f7": {"signing_key_services": orders, "ansible_signing_key_services": 1},
        "f8": {
            "signing_key_register_tasks": str(tasks),
            "signing_key_services": [{"name": "other", "rotation": {"every": "90d", "publish": "1d", "keep": "1d"}}],
        },
    }
    for name, said in ways.items():
        fleet.hostile(name, "rotation" if name == "f8" else "facts", facts=said)
    for options, honest in (((), ("a", "b")), (("--limit", "f1,f2,f3"), ())):
        printed = fleet.play(*options)
        yield from fleet.problems(printed, honest)
        words = " ".join(printed.split())
        told = [name for name in ("f1", "f2", "f4", "f5", "f7", "f8") if not options or name in options[1]]
        for name in told:
            if f"{name}: facts that this host has returned decide signing_key_" not in words:
                yield f"no warning tells that facts of {name} decide variables"
        if not options and "signing_key_register_tasks: facts of this host decide" not in words:
            yield "f8 is not told why its tasks were not run"
    if fleet.key("b")["kid"] != kid:
        yield "b has another key"


def main() -> int:
    failed = 0
    root = Path(tempfile.mkdtemp(prefix="keysmith-hostile-"))
    root.chmod(0o755)
    try:
        fleet = Fleet(root)
        for part in (answers, reports, joining, facts):
            found = list(part(fleet))
            failed += bool(found)
            print(f"{part.__name__}: {'; '.join(dict.fromkeys(found)) or 'well'}", flush=True)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print(f"{4 - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
