# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/scale.md, what large inputs cost on this machine: ``python tests/benchmark/scale.py docs/scale.md``.

The Python is one of an environment with ansible-core, cryptography and jwcrypto, and the collection has to be installed
for it or be found by ANSIBLE_COLLECTIONS_PATH. Each input is measured in three sizes, each twice as large as the one
before, in a process of its own.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT.parents[2]))
#: A history has lines of events that are long past.
_PAST = "2020-01-01T00:00:00Z"
_HEAD = """# Large inputs

What large inputs cost, in three sizes, each twice as large as the one before. `python tests/benchmark/scale.py
docs/scale.md` measures it and writes this page. `growth` compares the second doubling with the first: 2 is linear, 4 is
quadratic. Seconds are processor time. Memory is the peak of the largest process.

Key pairs, environment files and histories are whole runs of Ansible on this machine, with its start of a second or two.
A history of more than 1 MiB is refused, which is thousands of versions. An environment file of more than 64 KiB is
refused as well. Its cost is in proportion to its length, but whoever owns the file can fill it with the lines that cost
most, a few octets each. They are read in each run, and the run holds locks meanwhile.

| input | size | CPU seconds | MiB | growth |
|---|---|---|---|---|
"""


class Measured(t.NamedTuple):
    seconds: float
    mebibytes: float


def measured(prepare: t.Callable[[int, Path], t.Callable[[], t.Any]], size: int) -> Measured:
    """What it costs in a process of its own, without its preparation."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        with tempfile.TemporaryDirectory() as folder:
            do = prepare(size, Path(folder))
            begin = sum(os.times()[:4])
            do()
            seconds = sum(os.times()[:4]) - begin
        peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        os.write(writing, json.dumps([seconds, peak / 1024]).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    if not text:
        sys.exit("A measurement failed; see above.")
    return Measured(*json.loads(text))


def ansible(module: str, arguments: t.Mapping[str, t.Any]) -> None:
    """Run a module of the collection as Ansible does."""
    command = [
        str(Path(sys.executable).with_name("ansible")),
        "localhost",
        "-c",
        "local",
        "-m",
        f"keysmith.jwt.{module}",
    ]
    variables = {"ansible_python_interpreter": sys.executable}
    command += ["-e", json.dumps(variables), "-a", json.dumps(arguments)]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(ended.stdout[-2000:] + ended.stderr[-2000:])


def key_pairs(size: int, folder: Path) -> t.Callable[[], None]:
    options = {"algorithm": "ES256", "encrypted": False, "directory": str(folder / "{name}")}
    services = [{"name": f"service{number}"} for number in range(size)]
    # The arguments of a command are limited; a file is not.
    given = folder / "arguments.yml"
    given.write_text(json.dumps([_play("jwt_keypairs", {"services": services, "defaults": options})]))
    return lambda: playbook(given)


def key_pairs_again(size: int, folder: Path) -> t.Callable[[], None]:
    run = key_pairs(size, folder)
    run()
    return run


def _play(module: str, arguments: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    task = {f"keysmith.jwt.{module}": arguments, "vars": {"ansible_python_interpreter": sys.executable}}
    return {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task]}


def playbook(path: Path) -> None:
    command = [str(Path(sys.executable).with_name("ansible-playbook")), str(path)]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(ended.stdout[-2000:] + ended.stderr[-2000:])


def hosts_in_one_set(size: int, folder: Path) -> t.Callable[[], t.Any]:
    from ansible_collections.keysmith.jwt.plugins.module_utils._jwk_sets import options
    from ansible_collections.keysmith.jwt.plugins.plugin_utils import _asked, _publish

    offers = [
        _publish.Offer(f"host{number}", "orders", [jwk], _asked.Service()) for number, jwk in enumerate(jwks(size))
    ]
    given = {name: one.get("default") for name, one in options.arguments().items()}
    return lambda: _publish.publish(str(folder), offers, {**given, "state": "exact"}, False, False)


def keys_through_the_filter(size: int, _folder: Path) -> t.Callable[[], t.Any]:
    from ansible_collections.keysmith.jwt.plugins.filter.to_jwks import FilterModule

    given = {"keys": jwks(size)}
    return lambda: FilterModule().filters()["to_jwks"]([given])


def jwks(size: int) -> t.List[t.Dict[str, str]]:
    """Public keys, as hosts return them."""
    from ansible_collections.keysmith.jwt.plugins.module_utils._jose.jwk import base64url, thumbprint
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    found = []
    for _number in range(size):
        octets = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        jwk = {"kty": "OKP", "use": "sig", "alg": "EdDSA", "crv": "Ed25519", "x": base64url(octets)}
        found.append({**jwk, "kid": thumbprint(jwk)})
    return found


def environment_file(size: int, folder: Path) -> t.Callable[[], None]:
    """``size`` octets of somebody else's lines."""
    path = folder / "env"
    line = "SOMEBODY_ELSES_%06d=%s\n"
    path.write_text("".join(line % (number, "x" * 50) for number in range(size // len(line % (0, "x" * 50)))))
    path.chmod(0o600)
    options = {"path": str(folder / "private.key"), "algorithm": "ES256", "environment": {"path": str(path)}}
    return lambda: ansible("jwt_keypair", {**options, "generate_passphrase": True})


def versions_in_a_history(size: int, folder: Path) -> t.Callable[[], None]:
    policy = {"every": "90d", "publish": "1d", "keep": "1d"}
    service = {"name": "orders", "directory": str(folder / "orders"), "algorithm": "ES256", "rotation": policy}
    ansible("jwt_keypairs", {"services": [service]})
    path = folder / "orders/history.json"
    history = json.loads(path.read_text())
    (active,) = history["versions"]
    past = dict.fromkeys(("created", "published", "activated", "restarted", "retired"), _PAST)
    retired = [{**active, **past, "name": f"v{number}"} for number in range(2, size + 1)]
    path.write_text(json.dumps({"versions": [*retired, active]}, indent=2) + "\n")
    return lambda: ansible("jwt_keypairs", {"services": [service]})


ROWS: t.Sequence[t.Tuple[str, t.Callable[[int, Path], t.Callable[[], t.Any]], int]] = (
    ("key pairs in one task, made", key_pairs, 2000),
    ("the same, unchanged", key_pairs_again, 2000),
    ("hosts in one published set", hosts_in_one_set, 10000),
    ("keys of a set through the filter `to_jwks`", keys_through_the_filter, 100000),
    ("octets of other lines in an environment file", environment_file, 64000),
    ("versions in a history", versions_in_a_history, 500),
)


def main() -> None:
    lines = []
    for text, prepare, most in ROWS:
        sizes = [most // 4, most // 2, most]
        found = [measured(prepare, size) for size in sizes]
        first, second = (after.seconds - before.seconds for before, after in zip(found, found[1:]))
        for size, one in zip(sizes, found):
            # A difference of less than a second can be that of two starts.
            growth = f"{second / first:.1f}" if size == most and first > 1 else ""
            lines.append(f"| {text} | {size:,} | {one.seconds:.1f} | {one.mebibytes:.0f} | {growth} |\n")
            print(lines[-1], end="", flush=True)
    Path(sys.argv[1]).write_text(_HEAD + "".join(lines))


if __name__ == "__main__":
    main()
