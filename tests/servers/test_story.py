# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a service's keys: its requests for tokens go on all the time, and none is refused without a reason.

Two hosts have a client each at oidc-provider. On each runs a service that reads its environment file when it starts and
asks for a token again and again. The same play runs day after day; a day goes by by making the history older. With
STORY_RECORD, what happened is written to that file, of which tests/servers/timeline.py draws a picture.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
import typing as t
import urllib.error
import urllib.parse
import urllib.request
import uuid
from datetime import datetime, timedelta
from pathlib import Path

from conftest import INITIAL, Ansible, started
from jwcrypto import jwk, jwt
from servers import Server

HERE = Path(__file__).resolve().parent
HOSTS = ("alpha", "beta")
_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TIME = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z"


class Service:
    """One that signs client assertions with the key of its environment file."""

    def __init__(self, place: Path, server: Server) -> None:
        self.place, self.server = place, server
        self.key: t.Any = None
        #: When it asked, with which key, and what became of it: empty for a token.
        self.asked: list[tuple[float, str, str]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        """As systemd does it: the variables are read once."""
        lines = (self.place / "orders/current/env").read_text().splitlines()
        said = {name: value.strip("\"'") for name, _equals, value in (line.partition("=") for line in lines)}
        pem = Path(said["PRIVATE_RSA_KEY_FILE_PATH"]).read_bytes()
        key = jwk.JWK.from_pem(pem, said["PRIVATE_KEY_PASSWORD"].encode())
        self.key = jwk.JWK(**{**key.export(private_key=True, as_dict=True), "kid": said["PRIVATE_RSA_KEY_ID"]})
        if not self._thread.is_alive():
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        client = json.loads((self.place / "client.json").read_text())["client_id"]
        while not self._stop.wait(0.2):
            key, now = self.key, int(time.time())
            claims = {"iss": client, "sub": client, "aud": self.server.audience, "iat": now, "exp": now + 60}
            token = jwt.JWT({"alg": "ES256", "kid": key["kid"]}, {**claims, "jti": str(uuid.uuid4())})
            token.make_signed_token(key)
            form = {"grant_type": "client_credentials", "client_assertion_type": _BEARER}
            body = urllib.parse.urlencode({**form, "client_assertion": token.serialize()}).encode()
            self.asked.append((time.time(), key["kid"], self._ask(body)))

    def _ask(self, body: bytes) -> str:
        try:
            with urllib.request.urlopen(self.server.token_endpoint, body, timeout=10) as answer:
                return "" if json.load(answer)["access_token"] else "no token"
        except urllib.error.HTTPError as error:
            return str(json.load(error)["error"])


class Story:
    def __init__(self, ansible: Ansible, server: Server, place: Path) -> None:
        self.ansible, self.server, self.place = ansible, server, place
        self.services = {host: Service(place / host, server) for host in HOSTS}
        self.day = 0
        self.events: list[dict[str, t.Any]] = []

    def play(self, what: str, *options: str, days: int = 0, fails: bool = False, **more: t.Any) -> str:
        """Days later, the play; the services are started anew, as its handler does it where there is an init system."""
        self.day += days
        for host in HOSTS if days else ():
            file = self.place / host / "orders/history.json"
            file.write_text(re.sub(_TIME, lambda match: _earlier(match[0], days), file.read_text()))
        begin, server = time.time(), self.server
        given = {
            "place": str(self.place),
            "registration_endpoint": server.registration_endpoint,
            "initial_access_token": INITIAL,
            "token_endpoint": server.token_endpoint,
            "audience": server.audience,
            "metadata": server.metadata,
            **more,
        }
        printed = self.ansible.play(str(HERE / "story.yml"), "-i", "alpha,beta,", *options, fails=fails, **given)
        for service in self.services.values():
            service.start()
        active = {host: self.active(host) for host in HOSTS}
        self.events.append({"day": self.day, "what": what, "begin": begin, "end": time.time(), "active": active})
        return printed

    def active(self, host: str) -> str:
        return (self.place / host / "orders/current").readlink().name

    def versions(self, host: str) -> list[str]:
        return sorted(path.name for path in (self.place / host / "orders").glob("v*"))

    def registered(self, host: str) -> int:
        """How many keys the server knows."""
        client = json.loads((self.place / host / "client.json").read_text())
        bearer = {"Authorization": "Bearer " + client["registration_access_token"]}
        request = urllib.request.Request(client["registration_client_uri"], headers=bearer)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return len(json.load(answer)["jwks"]["keys"])

    def state(self) -> list[tuple[str, list[str], int]]:
        return [(self.active(host), self.versions(host), self.registered(host)) for host in HOSTS]

    def refused(self) -> list[float]:
        return [at for service in self.services.values() for at, _kid, error in service.asked if error]


def _earlier(text: str, days: int) -> str:
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ") - timedelta(days=days)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_no_request_is_refused_in_the_life_of_a_key(ansible: Ansible, tmp_path: Path) -> None:
    place = tmp_path / "place"
    for host in HOSTS:
        (place / host).mkdir(parents=True, mode=0o700)
    with started("oidc-provider") as server:
        story = Story(ansible, server, place)
        try:
            story.play("The first key is made and registered")
            assert story.state() == [("v1", ["v1"], 1)] * 2
            story.play("A successor is made and registered", days=4)
            assert story.state() == [("v1", ["v1", "v2"], 2)] * 2
            # The audience is another server's, so this one refuses the proof.
            printed = story.play("The server refuses the successor", days=1, fails=True, audience="https://x.example")
            assert printed.count("v2 does not become active") >= 2 and story.state() == [("v1", ["v1", "v2"], 2)] * 2
            story.play("The server accepts it, and it becomes active")
            assert story.state() == [("v2", ["v1", "v2"], 2)] * 2
            story.play("The old key is retired", days=1)
            assert story.state() == [("v2", ["v2"], 1)] * 2
            time.sleep(1)
            assert story.refused() == []
            story.play("The key is compromised, and replaced at once", "-e", "signing_key_rotate=compromised")
            assert [story.active(host) for host in HOSTS] == ["v3"] * 2 and story.registered("alpha") == 1
            story.play("The compromised key is removed")
            assert story.state() == [("v3", ["v3"], 1)] * 2
            time.sleep(1)
        finally:
            for service in story.services.values():
                if service.key:
                    service.stop()
    # Nothing overlaps where a key is compromised: the server was told to refuse it before the service had the next one.
    replaced = story.events[-2]
    assert all(replaced["begin"] <= at <= replaced["end"] for at in story.refused())
    asked = {host: service.asked for host, service in story.services.items()}
    assert all(len({kid for _at, kid, error in one if not error}) == 3 for one in asked.values())
    if os.environ.get("STORY_RECORD"):
        Path(os.environ["STORY_RECORD"]).write_text(json.dumps({"events": story.events, "asked": asked}, indent=1))
