# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a service's keys: its requests for tokens go on all the time, and not one is refused.

Two SSH hosts have a client each at oidc-provider. On each runs a service (:mod:`service`) that reads its environment
file when it is started, and asks for a token again and again. The same play runs day after day: controller, hosts,
services and server see the time that :mod:`clock` shows them. With STORY_RECORD, what happened is written to that file,
of which tests/servers/timeline.py draws a picture.
"""

from __future__ import annotations

import json
import os
import time
import typing as t
import urllib.request
from pathlib import Path

import controller
import hosts as fleet
import pytest
import servers
import service
from clock import PYTHON, Clock
from conftest import INITIAL, need
from cryptography.hazmat.primitives import serialization
from hosts import Host
from servers import Server

HERE = Path(__file__).resolve().parent
#: A host is one of the release whose libraries are the newest.
SUITE = "trixie"
_LOG, _BROKEN = "/srv/log", "/srv/broken"
_INIT = f"""#!/bin/sh
### BEGIN INIT INFO
# Provides: orders
# Default-Start: 2 3 4 5
# Default-Stop:
### END INIT INFO
case "$1" in
    status) exit 3 ;;
    start | restart)
        test ! -e {_BROKEN} || exit 1
        test ! -e /run/orders.pid || kill "$(cat /run/orders.pid)"
        FAKETIME_NO_CACHE=1 setsid {PYTHON} /srv/service.py %s %s {_LOG} < /dev/null > /srv/errors 2>&1 &
        echo $! > /run/orders.pid
        ;;
esac
"""


class Story:
    def __init__(self, hosts: list[Host], server: Server, clock: Clock, folder: Path) -> None:
        self.hosts, self.server, self.clock = hosts, server, clock
        self.controller = controller.Controller(hosts, folder)
        log = {"ANSIBLE_LOG_PATH": str(folder / "log")}
        cache = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(folder / "facts")}
        self.controller.environment = {**clock.environment(), **log, **cache}
        self.folder = folder
        self.events: list[dict[str, t.Any]] = []
        for host in hosts:
            clock.show_to(host)
            host.file("/srv/service.py").write_bytes((HERE / "service.py").read_bytes())
            script = host.file("/etc/init.d/orders")
            script.write_text(_INIT % (server.token_endpoint, server.audience))
            script.chmod(0o755)

    def play(self, what: str, *options: str, days: int = 0, fails: bool = False, **more: t.Any) -> str:
        """Days later, the play."""
        self.clock.move(days)
        begin = service.uptime()
        given = {
            "ansible_python_interpreter": PYTHON,
            "registration_endpoint": self.server.registration_endpoint,
            "token_endpoint": self.server.token_endpoint,
            "audience": self.server.audience,
            "metadata": self.server.metadata,
            "initial_access_token": INITIAL,
            "signing_key_output_directory": str(self.controller.output),
            **more,
        }
        outcome = self.controller.play(str(HERE / "story.yml"), "-vvvv", *options, **given)
        assert (outcome.status != 0) is fails
        self.events.append({"day": self.clock.days, "what": what, "begin": begin, "end": service.uptime()})
        return outcome.text

    def state(self) -> list[tuple[str, list[str], int]]:
        """Of each host, the active version, all that are there, and how many keys the server knows."""
        return [self._state(host) for host in self.hosts]

    def _state(self, host: Host) -> tuple[str, list[str], int]:
        directory = host.file("/etc/orders/jwt")
        client = json.loads(host.file("/etc/orders/client.json").read_text())
        bearer = {"Authorization": "Bearer " + client["registration_access_token"]}
        request = urllib.request.Request(client["registration_client_uri"], headers=bearer)
        with urllib.request.urlopen(request, timeout=10) as answer:
            known = len(json.load(answer)["jwks"]["keys"])
        return (directory / "current").readlink().name, sorted(path.name for path in directory.glob("v*")), known

    def published(self) -> int:
        return len(self.controller.published())

    def asked(self) -> dict[str, list[list[t.Any]]]:
        """Of each host's service, when it asked, with which key, and the server's error."""
        logs = {host.name: host.file(_LOG).read_text().splitlines() for host in self.hosts}
        lines = {name: [line.split(" ") for line in log] for name, log in logs.items()}
        return {name: [[float(at), kid, error] for at, kid, error in some] for name, some in lines.items()}

    def refused(self) -> list[str]:
        return [error for some in self.asked().values() for _at, _kid, error in some if error]


class Thief:
    """Somebody who has copied the key of a service, and has its client ID."""

    def __init__(self, story: Story, host: Host) -> None:
        self._story = story
        folder = host.file("/etc/orders/jwt/v2")
        variables = dict(line.split("=", 1) for line in (folder / "env").read_text().splitlines())
        self.passphrase, self.pem = variables["PRIVATE_KEY_PASSWORD"], (folder / "private.key").read_bytes()
        self._key = serialization.load_pem_private_key(self.pem, self.passphrase.encode())
        self._kid = variables["PRIVATE_RSA_KEY_ID"]
        self._client = json.loads(host.file("/etc/orders/client.json").read_text())["client_id"]

    def asks(self, monkeypatch: pytest.MonkeyPatch) -> str:
        """The server's error, empty for a token."""
        ahead = self._story.clock.days * 86400
        with monkeypatch.context() as patch:
            patch.setattr(service.time, "time", lambda now=time.time: now() + ahead)
            signed = service.assertion(self._key, self._kid, self._client, self._story.server.audience)
        return str(service.ask(self._story.server.token_endpoint, signed))


@pytest.fixture(name="story")
def _story(tmp_path: Path) -> t.Iterator[Story]:
    for what in ("npm", "hosts"):
        need(what)
    clock = Clock(tmp_path)
    with servers.oidc_provider(INITIAL, clock.environment()) as server:
        hosts = fleet.up(["alpha", "beta"], [SUITE])
        try:
            yield Story(hosts, server, clock, tmp_path / "controller")
        finally:
            for host in hosts:
                host.remove()


def test_no_request_is_refused_in_the_life_of_a_key(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.play("The first key is made and registered")
    assert story.state() == [("v1", ["v1"], 1)] * 2
    story.play("A successor is made and registered", days=4)
    assert story.state() == [("v1", ["v1", "v2"], 2)] * 2
    # The audience is another server's, so this one refuses the proof.
    printed = story.play("The server refuses the successor", days=1, fails=True, audience="https://x.example")
    assert printed.count("v2 does not become active") >= 2 and story.state() == [("v1", ["v1", "v2"], 2)] * 2
    story.play("The server accepts it, and it becomes active")
    assert story.state() == [("v2", ["v1", "v2"], 2)] * 2
    story.play("The old key is removed", days=1)
    assert story.state() == [("v2", ["v2"], 1)] * 2

    thief, (_alpha, beta) = Thief(story, story.hosts[0]), story.hosts
    assert thief.asks(monkeypatch) == ""
    compromised = ("-e", "signing_key_rotate=compromised")
    foreseen = story.play("Check mode says what is to come", "--check", *compromised)
    assert "on 2 hosts: v3 becomes active; after the restart, these are removed: v2" in foreseen
    assert story.state() == [("v2", ["v2"], 1)] * 2
    beta.file(_BROKEN).touch()
    printed = story.play("The key is compromised; beta cannot be restarted", *compromised, fails=True)
    assert "goes on with the key that it has read before, which somebody else may have" in printed
    assert story.state() == [("v3", ["v3"], 1), ("v3", ["v2", "v3"], 2)] and story.published() == 3
    assert thief.asks(monkeypatch) == "invalid_client"
    beta.file(_BROKEN).unlink()
    story.play("beta is restarted, and its compromised key goes")
    assert story.state() == [("v3", ["v3"], 1)] * 2 and story.published() == 2
    assert story.play("Nothing is due").count(" changed=0 ") == 2

    time.sleep(2 * service.PAUSE)
    asked = story.asked()
    assert story.refused() == []
    assert all(len({kid for _at, kid, _error in one}) == 3 for one in asked.values())
    written = "".join(path.read_text() for path in story.folder.rglob("*") if path.is_file())
    secrets = [*story.server.secrets(), thief.passphrase, *thief.pem.decode().split()[2:-4]]
    assert len(secrets) > 100 and [secret for secret in secrets if secret and secret in written] == []
    if os.environ.get("STORY_RECORD"):
        Path(os.environ["STORY_RECORD"]).write_text(json.dumps({"events": story.events, "asked": asked}, indent=1))
