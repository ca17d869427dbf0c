# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Canaries through every module, filter and role path: ``python3 tests/leaks/run.py``.

Runs real plays with new secrets and looks for them afterwards in all that is printed, logged, cached, left in temporary
directories, and in the arguments and environments of processes. Needs an interpreter with ansible-core, cryptography
and jwcrypto; as root on a machine without a log daemon it listens to what modules log as well.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

import canary
import server
import watch
from canary import Canary
from cryptography.hazmat.primitives.serialization import load_pem_private_key

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
#: Files in which a secret belongs.
ALLOWED = re.compile(r"/(?:private\.key|[a-z0-9]+\.key|env|client\.json)$|\.bak$")
#: What the runs differ in: their options, and settings of Ansible.
RUNS: t.Tuple[t.Tuple[str, t.Tuple[str, ...], t.Dict[str, str]], ...] = (
    ("check mode before", ("--check", "--diff", "-vvvv"), {}),
    ("for real", ("--diff", "-vvvv"), {"ANSIBLE_PIPELINING": "1"}),
    ("again, as JSON, with tracebacks", ("--diff", "-vvvvv"), {"ANSIBLE_STDOUT_CALLBACK": "minimal"}),
    ("check mode after", ("--check", "--diff", "-v"), {"ANSIBLE_STDOUT_CALLBACK": "oneline"}),
)
MEMBERS = re.compile(rb'"(?:d|p|q|dp|dq|qi|oth|k|priv)": ?"[A-Za-z0-9_-]{20,}"')


class Sinks:
    """A directory with all that a run can leave, and the settings that make it leave it there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.outputs: t.Dict[str, bytes] = {}
        self.place = root / "place"
        for name in ("home", "remote", "tree", "junit", "facts", "place"):
            (root / name).mkdir(mode=0o755)
        collection = root / "collections/ansible_collections/keysmith/jwt"
        collection.parent.mkdir(parents=True)
        collection.symlink_to(ROOT)

    def settings(self) -> t.Dict[str, str]:
        return {
            "HOME": str(self.root / "home"),
            "PATH": os.environ["PATH"],
            "ANSIBLE_COLLECTIONS_PATH": str(self.root / "collections"),
            "ANSIBLE_REMOTE_TMP": str(self.root / "remote"),
            "ANSIBLE_LOG_PATH": str(self.root / "log"),
            "ANSIBLE_CALLBACKS_ENABLED": "ansible.builtin.tree,ansible.builtin.junit",
            "ANSIBLE_CALLBACK_TREE_DIR": str(self.root / "tree"),
            "JUNIT_OUTPUT_DIR": str(self.root / "junit"),
            "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(self.root / "facts"),
            "ANSIBLE_DISPLAY_TRACEBACK": "always",
            "ANSIBLE_NO_TARGET_SYSLOG": "0",
        }

    def play(self, name: str, playbook: str, variables: Path, options: t.Sequence[str], more: t.Dict[str, str]) -> None:
        """Run it and keep what it prints."""
        program = Path(sys.executable).parent / "ansible-playbook"
        command = [str(program), str(HERE / playbook), "-e", f"@{variables}", "-e", f"place={self.place}", *options]
        ended = subprocess.run(
            command, env={**self.settings(), **more}, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        self.outputs[f"standard output, {name}"] = ended.stdout
        self.outputs[f"standard error, {name}"] = ended.stderr
        if ended.returncode:
            raise SystemExit(f"{name}: {playbook} ended with {ended.returncode}:\n{ended.stdout.decode()[-3000:]}")

    def everything(self) -> t.Iterator[t.Tuple[str, bytes]]:
        """All that was left, by name, but the files in which secrets belong."""
        yield from self.outputs.items()
        for path, content in canary.files(self.root):
            name = str(path.relative_to(self.root))
            if not (name.startswith("place/") and ALLOWED.search(name)):
                yield name, content


def leaks(sinks: Sinks, canaries: t.Sequence[Canary], seen: t.Mapping[str, bytes]) -> t.List[str]:
    """Where which secret was found."""
    places = list(sinks.everything()) + list(seen.items())
    found = [f"{one.name} is in {place}" for place, content in places for one in canaries if one.found_in(content)]
    return found + [f"a private member of a JWK is in {place}" for place, content in places if MEMBERS.search(content)]


def generated(place: Path) -> t.Iterator[Canary]:
    """The secrets that were made on the way: passphrases in environment files, and the keys that they open."""
    for path, content in canary.files(place):
        match = re.search(rb"PRIVATE_KEY_PASSWORD=(\S+)", content) if path.name == "env" else None
        if match and re.fullmatch(rb"[A-Za-z0-9_-]{43}", match.group(1)):
            yield Canary("a generated passphrase", (match.group(1),))
            key = load_pem_private_key((path.parent / "private.key").read_bytes(), match.group(1))
            yield Canary("a generated key", tuple(canary.traces_of(t.cast(t.Any, key))))


def watched(do: t.Callable[[], None]) -> t.Tuple[t.Dict[str, bytes], t.List[str]]:
    """What processes and the log show meanwhile, and notes on what could not be seen."""
    processes, log = watch.Processes(), watch.SystemLog()
    processes.start()
    log.start()
    try:
        do()
    finally:
        seen = {"arguments or environments of processes": processes.stop(), "the system log": log.stop()}
    notes = [f"{processes.looks} looks at all processes"]
    notes.append(f"{len(log.messages)} messages to the system log" if log.listens else "not run: the system log")
    return seen, notes


def secret_variables(root: Path) -> t.Tuple[Path, t.List[Canary]]:
    """A file with new secrets for the plays, as a vault would give them, and what to look for."""
    one, first = canary.passphrase("a given passphrase")
    other, second = canary.passphrase("another given passphrase")
    key, third = canary.private_key("a given key")
    path = root / "secrets.json"
    path.touch(mode=0o600)
    token, fourth = canary.passphrase("a given token")
    token = token.replace(" ", "-")  # what no token has, and no header either
    given = {"canary_passphrase": one, "canary_other": other, "canary_key": key, "canary_token": token}
    path.write_text(json.dumps(given))
    return path, [first, second, third, fourth]


def planted(root: Path) -> t.List[str]:
    """A leak on purpose, which has to be found in each place that is looked at."""
    root.mkdir()
    variables, canaries = secret_variables(root)
    (root / "sinks").mkdir()
    sinks = Sinks(root / "sinks")
    seen, _notes = watched(lambda: sinks.play("planted", "planted.yml", variables, ["-vvvv"], {}))
    found = " ".join(leaks(sinks, canaries[:1], seen))
    expected = ["standard output", "in log", "in facts/", "in tree/", "in junit/", "processes"]
    return [f"the planted leak was not found ({place})" for place in expected if place not in found]


def searched(root: Path) -> t.Tuple[t.List[str], t.List[str]]:
    """All plays in all ways; what leaked, and notes."""
    root.mkdir()
    variables, canaries = secret_variables(root)
    (root / "sinks").mkdir()
    sinks = Sinks(root / "sinks")

    with server.running() as talkative:

        def plays() -> None:
            for name, options, more in RUNS:
                sinks.play(name, "plays.yml", variables, (*options, "-e", f"server={talkative.url}"), more)

        seen, notes = watched(plays)
    canaries += [*generated(sinks.place), *talkative.canaries()]
    problems = leaks(sinks, canaries, seen)
    names = {one.name for one in canaries}
    for name in ("a generated passphrase", "an assertion", "an access token", "a registration access token"):
        if name not in names:
            problems.append(f"{name} was not there to be looked for")
    return problems, [*notes, f"{len(list(sinks.everything())) + len(seen)} places, {len(canaries)} secrets"]


def main() -> int:
    root = Path(tempfile.mkdtemp(prefix="keysmith-leaks-"))
    root.chmod(0o755)
    try:
        problems = planted(root / "planted")
        more, notes = searched(root / "searched")
    finally:
        shutil.rmtree(root, ignore_errors=True)
    for line in notes + problems + more:
        print(line)
    failed = len(set(problems + more))
    print(f"{len(RUNS) + 1 - min(failed, len(RUNS) + 1)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
