# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An authorization server that hands out secrets and repeats all that it was sent, and remembers both."""

from __future__ import annotations

import contextlib
import json
import secrets
import sys
import typing as t
import urllib.parse
from pathlib import Path

from canary import Canary

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))
import loopback_server


class Talkative:
    """RFC 7591, RFC 7592 and a token endpoint, which takes clients whose form does not say that it is to refuse."""

    def __init__(self) -> None:
        self.url = ""
        self._clients: t.Dict[str, t.Dict[str, t.Any]] = {}
        self._seen: t.List[t.Tuple[str, str]] = []

    def canaries(self) -> t.List[Canary]:
        """All secrets that went in or out, whole and without what is before the signature of an assertion."""
        return [
            Canary(name, (value.encode(), value.rpartition(".")[2].encode()))
            for name, value in dict.fromkeys(self._seen)
        ]

    def __call__(self, seen: loopback_server.Seen) -> loopback_server.Reply:
        if seen.path == "/token":
            return self._token(dict(urllib.parse.parse_qsl(seen.body.decode())))
        bearer = seen.headers.get("Authorization", "")
        if seen.method == "POST":
            if "refused" in seen.body.decode():
                return self._repeats(400, "invalid_client_metadata", bearer)
            client_id = "client-%d" % len(self._clients)
            self._clients[client_id] = json.loads(seen.body)
            return self._shown(201, client_id)
        client_id = seen.path.rpartition("/")[2]
        if client_id not in self._clients:
            return self._repeats(401, "invalid_token", bearer)
        if seen.method == "DELETE":
            del self._clients[client_id]
            return 204, {}, b""
        if seen.method == "PUT":
            self._clients[client_id] = json.loads(seen.body)
        return self._shown(200, client_id)

    def _token(self, form: t.Dict[str, str]) -> loopback_server.Reply:
        assertion = form["client_assertion"]
        self._seen.append(("an assertion", assertion))
        if "refuse" in form:
            return self._repeats(401, "invalid_client", "%s, and its signature %s" % (form, assertion[-40:]))
        return loopback_server.answer(200, {"access_token": self._secret("an access token"), "expires_in": 60})

    def _shown(self, status: int, client_id: str) -> loopback_server.Reply:
        document = {
            **self._clients[client_id],
            "client_id": client_id,
            "client_secret": self._secret("a client secret"),
            "registration_client_uri": "%s/reg/%s" % (self.url, client_id),
            "registration_access_token": self._secret("a registration access token"),
        }
        return loopback_server.answer(status, document)

    def _repeats(self, status: int, error: str, words: str) -> loopback_server.Reply:
        return loopback_server.answer(status, {"error": error, "error_description": "I do not take " + words})

    def _secret(self, name: str) -> str:
        value = secrets.token_urlsafe(24)
        self._seen.append((name, value))
        return value


@contextlib.contextmanager
def running() -> t.Iterator[Talkative]:
    """The server, on a free port of the loopback address."""
    server = Talkative()
    with loopback_server.running(server) as listener:
        server.url = listener.url
        yield server
