# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the servers share: the servers themselves, and Ansible."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import installed
import pytest
import servers
from servers import Server

INITIAL = "initial-access-token-of-the-tests"
STARTS: t.Dict[str, t.Tuple[str, t.Callable[[], t.ContextManager[Server]]]] = {
    "oidc-provider": ("npm", lambda: servers.oidc_provider(INITIAL)),
    "glewlwyd": ("debian", servers.glewlwyd),
}


def need(what: str) -> None:
    """Skip the test where this could not be had; tests/servers/run.py says why."""
    if what in os.environ.get("SERVERS_MISSING", "").split():
        pytest.skip(f"{what} is not here")


@pytest.fixture(scope="module", name="server", params=list(STARTS))
def _server(request: pytest.FixtureRequest) -> t.Iterator[Server]:
    """Each of the authorization servers in turn."""
    source, start = STARTS[request.param]
    need(source)
    with start() as server:
        yield server


class Ansible:
    """A controller with this collection and nothing else."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def play(self, playbook: str, *options: str, fails: bool = False, **variables: t.Any) -> str:
        """Run it on this machine, with these extra variables; what it prints."""
        common = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        inventory = [] if "-i" in options else ["-i", "localhost,"]
        program = Path(sys.executable).parent / "ansible-playbook"
        # As from a vault: what is on the command line, Ansible prints.
        given = self.home / "variables.json"
        given.write_text(json.dumps({**common, **variables}))
        command = [str(program), playbook, *inventory, "-e", f"@{given}", *options]
        ended = subprocess.run(
            command,
            env=self.settings(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert (ended.returncode != 0) is fails, ended.stdout
        return ended.stdout

    def settings(self) -> t.Dict[str, str]:
        """The environment: nothing of the caller's changes what Ansible does."""
        return {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(installed.COLLECTIONS),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOG_PATH": str(self.home / "log"),
            "ANSIBLE_REMOTE_TMP": str(self.home / "remote"),
        }


@pytest.fixture(name="ansible")
def _ansible(tmp_path: Path) -> Ansible:
    (tmp_path / "home").mkdir()
    return Ansible(tmp_path / "home")


@contextlib.contextmanager
def started(name: str) -> t.Iterator[Server]:
    """A server of its own for a test that stops or breaks it."""
    source, start = STARTS[name]
    need(source)
    with start() as server:
        yield server
