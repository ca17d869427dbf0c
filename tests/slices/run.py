# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example of docs/fleet.md, as it stands there: slices at the same time, a merge, ansible-pull, the image's recipe.

    python tests/slices/run.py

The Python has to be that of an environment with ansible-core, ansible-runner, ansible-builder, cryptography and
jwcrypto; ``python3 tests/run.py slices`` makes one. Hosts are directories of this machine; root is not needed.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "fleet"
PROGRAMS = Path(sys.executable).parent
#: How many of the inventory's hosts are provisioned.
HOSTS = 4


class Fleet:
    """A copy of the example, and where its plays put things."""

    def __init__(self, top: Path) -> None:
        self.top, self.example, self.published = top, top / "example", top / "published"
        shutil.copytree(EXAMPLE, self.example)
        place = top / "collections" / "ansible_collections" / "keysmith"
        place.mkdir(parents=True)
        (place / "jwt").symlink_to(ROOT)

    def variables(self, published: Path) -> list[str]:
        """Options that make directories of this machine the hosts of the example."""
        path = self.top / f"{published.name}.json"
        values = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "jwks_directory": str(published),
            "signing_key_algorithm": "ES256",
            "signing_key_directory": f"{self.top}/hosts/{{{{ inventory_hostname }}}}/{{name}}",
        }
        path.write_text(json.dumps(values))
        return ["-e", f"@{path}"]

    def call(self, *command: str | Path, cwd: Path | None = None) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "GIT_"))}
        home = self.top / "home"
        home.mkdir(exist_ok=True)
        settings = {
            "ANSIBLE_COLLECTIONS_PATH": str(self.top / "collections"),
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
        }
        done = subprocess.run(
            command,
            cwd=cwd or self.top,
            env={**kept, **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print(done.stdout, flush=True)
        if done.returncode:
            sys.exit(f"{' '.join(map(str, command))} ended with status {done.returncode}")
        return done.stdout

    def play(self, name: str, *options: str) -> None:
        """A play of the example, as ansible-playbook runs it."""
        path = self.example / "project" / name
        self.call("ansible-playbook", "--inventory", self.example / "inventory", *options, path)

    def on_hosts(self) -> set[str]:
        """The key IDs that the services use."""
        return {json.loads(path.read_text())["kid"] for path in self.top.glob("hosts/*/orders/current/jwk.json")}


def key_ids(path: Path) -> set[str]:
    """The key IDs in a JWK Set."""
    return {jwk["kid"] for jwk in json.loads(path.read_text())["keys"]}


def check(holds: bool, what: str) -> None:
    if not holds:
        sys.exit(f"NOT SO: {what}")
    print(f"ok: {what}", flush=True)


def slices(fleet: Fleet) -> None:
    """Two runners at the same time write into one directory."""
    command = [fleet.example / "slices.sh", str(HOSTS), "2", *fleet.variables(fleet.published)]
    fleet.call("bash", *command)
    check(len(fleet.on_hosts()) == HOSTS, "each host has a key of its own")
    published = fleet.published / "orders.jwks.json"
    check(key_ids(published) == fleet.on_hosts(), "the JWK Set that the slices write together holds all of them")
    before = published.stat().st_ino
    fleet.call("bash", *command)
    check(published.stat().st_ino == before, "the next run of all slices writes nothing")


def merge(fleet: Fleet) -> None:
    """Slices with a directory each, whose files are put together and merged by one job."""
    store = fleet.top / "store"
    for at, limit in enumerate(("orders[0]", f"orders[1:{HOSTS - 1}]")):
        own = fleet.top / f"own{at}"
        fleet.play("provision.yml", "--limit", limit, *fleet.variables(own))
        shutil.copytree(own / "orders", store / "orders", dirs_exist_ok=True)
    fleet.play("merge.yml", *fleet.variables(store))
    check(key_ids(store / "orders.jwks.json") == fleet.on_hosts(), "the merged JWK Set holds the keys of all slices")


def pull(fleet: Fleet) -> None:
    """A host that provisions itself from a git repository."""
    remote, store = fleet.top / "remote", fleet.top / "store"
    shutil.copytree(EXAMPLE / "project", remote)
    author = ("-c", "user.name=test", "-c", "user.email=test@example.com")
    for words in (["init", "-q"], ["add", "."], [*author, "commit", "-q", "-m", "The plays"]):
        fleet.call("git", *words, cwd=remote)
    new = socket.getfqdn()  # ansible-pull looks for the machine's own name
    pulling = [
        PROGRAMS / "ansible-pull",
        "--url",
        remote,
        "--directory",
        fleet.top / "clone",
        "--inventory",
        f"{new},",
    ]
    own = ["-e", f"signing_key_output_directory={fleet.top}/outbox"]
    before = key_ids(store / "orders.jwks.json")
    fleet.call(*pulling, *own, *fleet.variables(store), "local.yml")
    fleet.play("merge.yml", *fleet.variables(store))
    after = key_ids(store / "orders.jwks.json")
    check(before < after == fleet.on_hosts(), "a host that pulls is added to the JWK Set by the next merge")


def recipe(fleet: Fleet) -> None:
    """The build context of the image; to build it takes a container engine."""
    context = fleet.top / "context"
    fleet.call("ansible-builder", "create", "--file", fleet.example / "execution-environment.yml", "--context", context)
    wanted = (context / "_build" / "requirements.yml").read_text()
    check("keysmith.jwt" in wanted, "the image's recipe holds the collection")


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        fleet = Fleet(Path(scratch).resolve())
        steps: tuple[t.Callable[[Fleet], None], ...] = (slices, merge, pull, recipe)
        for step in steps:
            step(fleet)


if __name__ == "__main__":
    main()
