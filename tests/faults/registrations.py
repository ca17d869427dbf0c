# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills a registration before each call that changes a file, and in the middle of each write.

A server on the loopback address is asked for real. After each kill nobody else can read a secret, and the file with the
credentials is whole or not there; the next run ends with what was wanted, at the server, too.
"""

from __future__ import annotations

import copy
import json
import os
import sys
import typing as t

import tracer
from kills import points
from module import ROOT, Task, run
from place import Place

sys.path.insert(0, os.path.join(ROOT, "tests", "unit"))
import loopback_server

#: Two public keys, which nobody has the private half of.
_KEYS = [
    {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x}
    for kid, x in (
        ("first", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"),
        ("second", "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik"),
    )
]


class _Endpoint:
    """RFC 7591 and RFC 7592, with one token for each client."""

    def __init__(self) -> None:
        self.url = ""
        self.clients: t.Dict[str, t.Dict[str, t.Any]] = {}
        self.made = 0

    def __call__(self, seen: loopback_server.Seen) -> loopback_server.Reply:
        if seen.method == "POST":
            self.made += 1
            client_id = "client-%d" % self.made
            self.clients[client_id] = json.loads(seen.body)
            return self._shown(201, client_id)
        client_id = seen.path.rpartition("/")[2]
        if client_id not in self.clients or seen.headers.get("Authorization") != "Bearer token-of-" + client_id:
            return loopback_server.answer(401, {"error": "invalid_token"})
        if seen.method == "DELETE":
            del self.clients[client_id]
            return 204, {}, b""
        if seen.method == "PUT":
            self.clients[client_id] = json.loads(seen.body)
        return self._shown(200, client_id)

    def _shown(self, status: int, client_id: str) -> loopback_server.Reply:
        uri = "%s/reg/%s" % (self.url, client_id)
        own = {"registration_client_uri": uri, "registration_access_token": "token-of-" + client_id}
        return loopback_server.answer(status, {**self.clients[client_id], "client_id": client_id, **own})


def killed(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """Register, change and delete a client; how many kills were tried, and what was wrong."""
    endpoint = _Endpoint()
    tried, wrong = 0, []
    with loopback_server.running(endpoint) as server:
        endpoint.url = server.url
        options = {
            "path": os.path.join(place.root, "made", "client.json"),
            "registration_endpoint": server.url + "/reg",
            "use_proxy": False,
        }
        task = Task({**options, "jwks": _KEYS[:1]}, "client_registration")
        for name, step in (
            ("register", task),
            ("add a key", task.but(jwks=_KEYS)),
            ("retire a key", task.but(jwks=_KEYS[1:], retired=["first"])),
            ("delete", task.but(state="absent", jwks=None)),
        ):
            place.keep()
            at, calls = copy.deepcopy(endpoint.clients), _calls(step, place)
            end = copy.deepcopy(endpoint.clients)
            for number, how in points(calls) if exhaustive else points(calls)[::3]:
                place.restore()
                endpoint.clients = copy.deepcopy(at)
                tried += 1
                found = _tried(step, place, endpoint, number, how)
                wrong += ["%s, killed %s %s: %s" % (name, how, calls[number], what) for what in found]
            place.restore()
            endpoint.clients = at
            run(step)
            if len(endpoint.clients) != len(end):
                wrong.append("%s: undisturbed, it ends otherwise" % name)
    return tried, wrong


def _calls(step: Task, place: Place) -> t.List[tracer.Call]:
    calls: t.List[tracer.Call] = []
    result = run(step, roots=place.roots, decide=calls.append)
    if result.failed:
        raise RuntimeError(result.message)
    return calls


def _tried(step: Task, place: Place, endpoint: _Endpoint, number: int, how: t.Any) -> t.Iterator[str]:
    """What is wrong after a kill at that call, and after the runs that follow."""
    seen: t.List[int] = []

    def decide(_call: tracer.Call) -> t.Any:
        seen.append(1)
        return how if len(seen) == number + 1 else None

    path = step.arguments["path"]
    if not run(step, roots=place.roots, decide=decide).killed:
        yield "but the run ended before"
        return
    for file, mode, content in _files(place):
        if content.strip() and mode & 0o077:
            yield "%s has mode %04o" % (file, mode)
        if file == path and "client_id" not in json.loads(content):
            yield "the credentials are not whole"
    result = run(step)
    if result.failed:
        yield "the next run fails: %s" % result.message
        return
    if len(endpoint.clients) > 1 and "whose credentials are lost" not in str(result.values.get("warnings")):
        yield "nobody is told of a client without credentials"
    files = {file: content for file, _mode, content in _files(place)}
    if step.arguments.get("state") == "absent":
        if files or endpoint.clients:
            yield "something is left of %s" % (list(files) or list(endpoint.clients))
    elif list(files) != [path] or json.loads(files[path])["client_id"] not in endpoint.clients:
        yield "the credentials are not those of a client"
    elif endpoint.clients[json.loads(files[path])["client_id"]]["jwks"] != {"keys": step.arguments["jwks"]}:
        yield "the server does not hold the keys"
    if run(step, check=True).changed or run(step).changed:
        yield "a third run changes something"


def _files(place: Place) -> t.Iterator[t.Tuple[str, int, str]]:
    for folder, _folders, names in os.walk(place.root):
        for name in names:
            file = os.path.join(folder, name)
            with open(file, encoding="utf-8") as opened:
                yield file, os.stat(file).st_mode & 0o7777, opened.read()
