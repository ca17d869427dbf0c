# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module client_registration as Ansible runs it, against a server with every habit that servers have.

The real ones are in tests/servers.
"""

from __future__ import annotations

import json
import os
import stat
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.module_utils import basic
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import files
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.temporaries import temporary_name
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._oauth import options as oauth_options
from ansible_collections.keysmith.jwt.plugins.module_utils._oauth import registration_options
from ansible_collections.keysmith.jwt.plugins.modules import client_registration
from ansible_collections.keysmith.jwt.tests.unit import loopback_server, modules_run
from ansible_collections.keysmith.jwt.tests.unit.plugins.module_utils._jose.test_jwk_set import A, B

INITIAL = "canary-initial-access-token"
Document = t.Dict[str, t.Any]
Run = t.Callable[..., modules_run.Result]


class Endpoint:
    """RFC 7591 and RFC 7592, with the habits of ``habits``."""

    def __init__(self, *habits: str) -> None:
        self.habits = habits
        self.clients: t.Dict[str, Document] = {}
        self.tokens: t.Dict[str, str] = {}
        self.made = 0
        #: The answers to give instead, once each.
        self.instead: t.List[loopback_server.Reply] = []
        self.url = ""

    def __call__(self, seen: loopback_server.Seen) -> loopback_server.Reply:
        if self.instead:
            return self.instead.pop(0)
        bearer = seen.headers.get("Authorization", "")
        if seen.method == "POST":
            if bearer != "Bearer " + INITIAL:
                return loopback_server.answer(401, {"error": "invalid_token", "error_description": bearer})
            self.made += 1
            client_id = "client-%d" % self.made
            self.clients[client_id] = self._taken(json.loads(seen.body), {})
            return self._shown(client_id, 200 if "ok" in self.habits else 201, new_token=True)
        client_id = seen.path.rpartition("/")[2]
        if client_id not in self.clients or bearer != "Bearer " + self.tokens[client_id]:
            return 401, {}, b""
        if seen.method == "GET":
            return self._shown(client_id, 200, new_token="rotates at GET" in self.habits)
        if seen.method == "DELETE":
            del self.clients[client_id]
            return 204, {}, b""
        document = json.loads(seen.body)
        sent_back = {"registration_access_token", "registration_client_uri", "client_id_issued_at"} & set(document)
        is_list = isinstance(document.get("token_endpoint_auth_method"), list)
        if document.get("client_id") != client_id or sent_back or is_list:
            return loopback_server.answer(400, {"error": "invalid_request"})
        self.clients[client_id] = self._taken(document, self.clients[client_id])
        return self._shown(client_id, 200, new_token="rotates" in self.habits)

    def _taken(self, document: Document, before: Document) -> Document:
        if "rewrites" in self.habits:
            document["response_types"] = ["code"]
        if "ignores keys" in self.habits:
            document["jwks"] = before.get("jwks", {"keys": []})
        if "makes secrets" in self.habits:
            document["client_secret"] = "canary-client-secret"
        return {**document, "application_type": "web", "extra": before.get("extra")}

    def _shown(self, client_id: str, status: int, new_token: bool) -> loopback_server.Reply:
        document = {**self.clients[client_id], "client_id": client_id, "client_id_issued_at": 1}
        if "hides keys" in self.habits:
            del document["jwks"]
        if "shows lists" in self.habits and status != 201:
            document["token_endpoint_auth_method"] = [document["token_endpoint_auth_method"]]
        if new_token:
            self.tokens[client_id] = "canary-token-%s" % os.urandom(9).hex()
        if "no management" not in self.habits:
            document["registration_client_uri"] = "%s/reg/%s" % (self.url, client_id)
            document["registration_access_token"] = self.tokens[client_id]
        return loopback_server.answer(status, document)

    @property
    def keys(self) -> t.List[Document]:
        assert len(self.clients) == 1
        return t.cast(t.List[Document], next(iter(self.clients.values()))["jwks"]["keys"])


LOGGED: t.List[str] = []


@pytest.fixture(name="run")
def _run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    del LOGGED[:]
    monkeypatch.setattr("syslog.syslog", lambda *given: LOGGED.append(str(given)))
    monkeypatch.setattr(basic, "has_journal", False)

    def run(endpoint: t.Optional[Endpoint], check: bool = False, diff: bool = False, **options: t.Any) -> t.Any:
        given = {
            "path": str(tmp_path / "made/client.json"),
            "initial_access_token": INITIAL,
            "use_proxy": False,
            "timeout": 5,
            **({"registration_endpoint": endpoint.url + "/reg"} if endpoint else {}),
            **options,
        }
        given = {name: value for name, value in given.items() if value is not None}
        result = modules_run.run_module(client_registration.main, monkeypatch, capsys, given, check=check, diff=diff)
        assert "canary" not in result["_text"] + "".join(LOGGED)
        return result

    return run


@pytest.fixture(name="serve")
def _serve() -> t.Iterator[t.Callable[..., Endpoint]]:
    running: t.List[t.Any] = []

    def serve(*habits: str) -> Endpoint:
        endpoint = Endpoint(*habits)
        server = loopback_server.running(endpoint)
        endpoint.url = server.__enter__().url
        running.append(server)
        return endpoint

    yield serve
    for server in running:
        server.__exit__(None, None, None)


def stored(tmp_path: Path) -> Document:
    return t.cast(Document, json.loads((tmp_path / "made/client.json").read_text()))


HABITS = ("none", "ok", "rewrites", "rotates", "rotates at GET", "makes secrets", "hides keys", "shows lists")


@pytest.mark.parametrize("habit", HABITS)
def test_check_real_check_real_through_a_rotation(run: Run, serve: t.Any, tmp_path: Path, habit: str) -> None:
    endpoint = serve(habit)
    metadata = {"client_name": "orders", "redirect_uris": [], "response_types": []}
    steps: t.Tuple[t.Tuple[Document, t.List[str]], ...] = (
        ({"jwks": [A]}, ["registered"]),
        ({"jwks": [A, B]}, ["keys"]),
        ({"jwks": [B], "retired": [A["kid"]]}, ["keys"]),
        ({"jwks": [B], "metadata": {**metadata, "client_name": "new", "redirect_uris": None}}, ["metadata"]),
        ({"state": "absent"}, ["deleted"]),
    )
    for options, changes in steps:
        options = {"metadata": metadata, **options}
        before = json.dumps(endpoint.clients)
        results = []
        for check in (True, False, True, False):
            if check and not results:
                results.append(run(endpoint, check, **options))
                assert json.dumps(endpoint.clients) == before
            else:
                results.append(run(endpoint, check, **options))
        assert [result.get("msg") for result in results] == [None] * 4
        assert [result["changed"] for result in results] == [True, True, False, False], options
        assert [result["changes"] for result in results] == [changes, changes, [], []]
        if options.get("state") != "absent":
            assert endpoint.keys == options["jwks"] and len(endpoint.clients) == 1
            if habit != "hides keys":
                assert results[3]["key_ids"] == [one["kid"] for one in options["jwks"]]
            path = tmp_path / "made/client.json"
            assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
            assert stored(tmp_path)["registration_access_token"] == endpoint.tokens["client-1"]
            assert {result.get("client_id") for result in results[1:]} == {"client-1"}
            assert sorted(os.listdir(path.parent)) == ["client.json"]
    assert endpoint.clients == {} and not (tmp_path / "made/client.json").exists()


def test_what_others_have_put_there_stays(run: Run, serve: t.Any) -> None:
    endpoint = serve()
    assert run(endpoint, jwks=[A])["changed"]
    unknown = {"kty": "XYZ", "kid": "of others", "x": 1}
    odd = [None, {"kty": ["RSA"]}, {"kty": "OKP", "crv": 1, "x": "a"}, {"kty": "OKP", "crv": "Ed25519", "x": "\ud800"}]
    endpoint.clients["client-1"].update(scope="theirs", extra={"deep": [1]}, logo_uri=None)
    endpoint.keys.extend([unknown, *odd])
    assert not run(endpoint, jwks=[A]).get("changed", True)
    assert run(endpoint, jwks=[B], metadata={"client_name": "orders"})["changes"] == ["metadata", "keys"]
    client = endpoint.clients["client-1"]
    assert (client["scope"], client["extra"], client["client_name"]) == ("theirs", {"deep": [1]}, "orders")
    assert endpoint.keys == [A, unknown, *odd, B]
    assert run(endpoint, jwks=[B], exact=True)["changes"] == ["keys"]
    assert endpoint.keys == [B]


def test_the_same_key_under_another_key_id_is_another_entry(run: Run, serve: t.Any) -> None:
    endpoint = serve()
    renamed = dict(A, kid="renamed")
    run(endpoint, jwks=[A])
    assert run(endpoint, jwks=[renamed])["changes"] == ["keys"]
    assert endpoint.keys == [A, renamed]
    assert run(endpoint, jwks=[renamed], retired=[A["kid"]])["changes"] == ["keys"]
    assert endpoint.keys == [renamed]


def test_keys_in_files_of_the_host(run: Run, serve: t.Any, tmp_path: Path) -> None:
    endpoint = serve()
    (tmp_path / "a.json").write_text(json.dumps(A))
    (tmp_path / "set.json").write_text(json.dumps({"keys": [A, B]}))
    assert run(endpoint, sources=[str(tmp_path / "a.json")], jwks=[B])["changed"]
    assert endpoint.keys == [B, A]
    assert not run(endpoint, sources=[str(tmp_path / "set.json")])["changed"]


def test_a_client_whose_keys_are_at_a_jwks_uri(run: Run, serve: t.Any) -> None:
    endpoint = serve()
    uri = {"jwks_uri": "https://orders.example/jwks.json"}
    assert run(endpoint, metadata=uri)["changed"] and not run(endpoint, metadata=uri)["changed"]
    assert "jwks" not in endpoint.clients["client-1"]
    assert "reads the client's keys from a jwks_uri" in run(endpoint, jwks=[A])["msg"]
    assert run(endpoint, jwks=[A], metadata={"jwks_uri": None})["changes"] == ["metadata", "keys"]
    assert endpoint.keys == [A] and "jwks_uri" not in endpoint.clients["client-1"]
    assert run(endpoint, metadata=uri)["changes"] == ["metadata"]
    assert "jwks" not in endpoint.clients["client-1"]


def test_a_server_that_offers_no_management(run: Run, serve: t.Any, tmp_path: Path) -> None:
    endpoint = serve("no management")
    result = run(endpoint, jwks=[A])
    assert result["changed"] and ["RFC 7592" in str(one) for one in result["warnings"]] == [True]
    assert not run(endpoint, jwks=[A])["changed"]
    for check in (True, False):
        assert "no server can be asked to change the client" in run(endpoint, check, jwks=[A, B])["msg"]
        assert "no server can be asked to delete the client" in run(endpoint, check, state="absent")["msg"]
    assert "deleting" not in stored(tmp_path) and endpoint.keys == [A]


def test_a_secret_that_nobody_needs_is_kept_and_warned_of(run: Run, serve: t.Any, tmp_path: Path) -> None:
    result = run(serve("makes secrets"), jwks=[A])
    assert stored(tmp_path)["client_secret"] == "canary-client-secret"
    assert ["made a client_secret" in str(one) for one in result["warnings"]] == [True]


def test_a_server_that_does_not_do_what_it_says(run: Run, serve: t.Any, tmp_path: Path) -> None:
    endpoint = serve("ignores keys")
    result = run(endpoint, jwks=[A])
    assert "the keys that it shows now are not the expected ones (%s)" % A["kid"] in result["msg"]
    # It is registered, and the next run goes on from there.
    assert stored(tmp_path)["client_id"] == "client-1"
    endpoint.habits = ()
    assert run(endpoint, jwks=[A])["changes"] == ["keys"] and endpoint.made == 1


def test_diffs_show_public_facts(run: Run, serve: t.Any) -> None:
    endpoint = serve()
    run(endpoint, jwks=[A], diff=True)
    shown = [run(endpoint, check, True, jwks=[A, B])["diff"] for check in (True, False)]
    assert shown[0] == shown[1]
    assert json.loads(shown[0]["before"])["jwks"] == {"keys": [A]}
    assert json.loads(shown[0]["after"])["jwks"] == {"keys": [A, B]}


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (loopback_server.answer(400, {"error": "invalid_client_metadata", "error_description": "no"}),
         "did not register the client: it answered 400 invalid_client_metadata: no. Nothing was written."),
        ((403, {}, b""), "it answered 403 with nothing in it."),
        ((500, {"Content-Type": "text/html"}, b"<html>"), "it answered 500 with text/html, not JSON. It may have"),
        ((401, {"Content-Type": INITIAL}, b"no"), "it answered 401 with [removed], not JSON. Nothing was written."),
        ((201, {}, b""), "it answered 201, but nothing in it. It may have registered the client; look there"),
        (loopback_server.answer(201, {"client_id": 7}), "it answered 201, but without a client_id. It may have"),
        (loopback_server.answer(201, {"client_id": "a\x1b[2J"}), "it answered 201, but without a client_id."),
        ((302, {"Location": "https://other.example/reg"}, b""), "a redirect to https://other.example/reg."),
        ((201, {}, b"x" * 1048577), "with more than 1048576 octets; check the URL. It may have"),
        (loopback_server.answer(400, {"error_description": "no token %s" % INITIAL}), "400 no token [removed]."),
    ],
)  # fmt: skip
def test_a_registration_that_is_refused(
    run: Run, serve: t.Any, tmp_path: Path, reply: loopback_server.Reply, message: str
) -> None:
    endpoint = serve()
    endpoint.instead = [reply]
    result = run(endpoint, jwks=[A])
    assert result["failed"] and message in result["msg"] and "\n" not in result["msg"]
    assert not (tmp_path / "made/client.json").exists()
    assert run(endpoint, jwks=[A])["changed"]


def test_no_answer_to_a_registration(run: Run, serve: t.Any) -> None:
    endpoint = serve()
    endpoint.instead = [[b""]]
    assert "It may have registered the client; look there" in run(endpoint, jwks=[A])["msg"]


@pytest.mark.parametrize("when", ["POST", "PUT"])
def test_the_client_is_managed_at_no_server_that_another_names(
    run: Run, serve: t.Any, tmp_path: Path, monkeypatch: t.Any, when: str
) -> None:
    """Else whoever registers clients has requests sent, as root and in the host's network, to whom it likes."""
    endpoint = serve()
    if when == "PUT":
        run(endpoint, jwks=[A])
    honest, own = Endpoint.__call__, endpoint.url
    with loopback_server.running(lambda _seen: loopback_server.answer(200, {})) as elsewhere:

        def call(this: Endpoint, seen: loopback_server.Seen) -> loopback_server.Reply:
            this.url = elsewhere.url if seen.method == when else own
            return honest(this, seen)

        monkeypatch.setattr(Endpoint, "__call__", call)
        result = run(endpoint, jwks=[A, B])
        assert ["has another scheme, host or port" in str(one) for one in result["warnings"]] == [True]
        uri = stored(tmp_path).get("registration_client_uri")
        assert uri == (None if when == "POST" else own + "/reg/client-1")
        endpoint.url = own
        assert run(endpoint, jwks=[A, B]).get("msg") is None and elsewhere.seen == []


def test_a_token_that_a_server_puts_into_the_metadata_is_not_shown(run: Run, serve: t.Any) -> None:
    endpoint = serve()
    run(endpoint, jwks=[A])
    endpoint.clients["client-1"]["grant_types"] = ["of " + endpoint.tokens["client-1"]]
    for check in (True, False):
        assert run(endpoint, check, diff=True, jwks=[A, B])["metadata"]["grant_types"] == "[removed]"


@pytest.mark.parametrize("token", [7, "", [], {"a": 1}, "two\nlines", "x" * 70000])
def test_no_token_is_taken_for_another_that_is_none(
    run: Run, serve: t.Any, tmp_path: Path, monkeypatch: t.Any, token: t.Any
) -> None:
    endpoint = serve()
    run(endpoint, jwks=[A])
    before, honest = stored(tmp_path)["registration_access_token"], Endpoint._shown

    def shown(this: Endpoint, client_id: str, status: int, new_token: bool) -> loopback_server.Reply:
        reply = t.cast(t.Tuple[int, t.Dict[str, str], bytes], honest(this, client_id, status, new_token))
        return loopback_server.answer(status, {**json.loads(reply[2]), "registration_access_token": token})

    monkeypatch.setattr(Endpoint, "_shown", shown)
    assert run(endpoint, jwks=[A, B])["changes"] == ["keys"]
    assert stored(tmp_path)["registration_access_token"] == before
    assert not run(endpoint, jwks=[A, B])["changed"]


def test_a_run_that_was_killed_while_it_registered_is_told_of(run: Run, serve: t.Any, tmp_path: Path) -> None:
    endpoint = serve()
    (tmp_path / "made").mkdir(mode=0o700)
    (tmp_path / "made" / temporary_name("client.json")).write_bytes(b" ")
    result = run(endpoint, jwks=[A])
    assert ["whose credentials are lost" in str(one) for one in result["warnings"]] == [True]
    assert "warnings" not in run(endpoint, jwks=[A, B]) and os.listdir(tmp_path / "made") == ["client.json"]


def test_what_others_have_under_one_key_id_is_theirs(run: Run, serve: t.Any) -> None:
    endpoint = serve()
    run(endpoint, jwks=[A])
    endpoint.keys.extend([dict(B, kid="x\x1b"), dict(A, kid="x\x1b")])
    assert run(endpoint, jwks=[A, B])["changes"] == ["keys"]
    assert "another key under the key ID %s" % A["kid"] in run(endpoint, jwks=[dict(B, kid=A["kid"])])["msg"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_token_that_is_not_taken_changes_nothing(run: Run, serve: t.Any, tmp_path: Path, status: int) -> None:
    endpoint = serve()
    run(endpoint, jwks=[A])
    content = (tmp_path / "made/client.json").read_bytes()
    for options in ({"jwks": [A, B]}, {"state": "absent"}):
        for check in (True, False):
            endpoint.instead = [(status, {}, b"")]
            message = run(endpoint, check, **options)["msg"]
            assert "with the registration access token in" in message and "it answered %d" % status in message
            assert (tmp_path / "made/client.json").read_bytes() == content
    assert endpoint.made == 1 and endpoint.keys == [A]


@pytest.mark.parametrize("when", ["before it was deleted", "after it was deleted"])
def test_a_deletion_that_was_interrupted_is_finished(
    run: Run, serve: t.Any, tmp_path: Path, monkeypatch: t.Any, when: str
) -> None:
    endpoint = serve()
    run(endpoint, jwks=[A])
    # Shown, and then no answer; whether the server did it is another matter.
    if when.startswith("after"):
        monkeypatch.setattr(files.FileSlot, "remove", _no_remove)
        assert run(endpoint, state="absent")["failed"] and endpoint.clients == {}
        monkeypatch.undo()
    else:
        token, deaf = endpoint.tokens["client-1"], Endpoint.__call__

        def call(this: Endpoint, seen: loopback_server.Seen) -> loopback_server.Reply:
            return [b""] if seen.method == "DELETE" else deaf(this, seen)

        monkeypatch.setattr(Endpoint, "__call__", call)
        assert run(endpoint, state="absent")["failed"] and endpoint.tokens["client-1"] == token
        monkeypatch.setattr(Endpoint, "__call__", deaf)
    assert stored(tmp_path)["deleting"] is True
    assert "was about to delete the client" in run(endpoint, jwks=[A])["msg"]
    assert run(endpoint, state="absent")["changes"] == ["deleted"]
    assert endpoint.clients == {} and not (tmp_path / "made/client.json").exists()


def _no_remove(place: t.Any) -> None:
    raise KeysmithError("path: no")


def test_a_file_that_cannot_be_written_leaves_no_client(
    run: Run, serve: t.Any, tmp_path: Path, monkeypatch: t.Any
) -> None:
    """Found out before the server is asked, and, where it happens after that, taken back there."""
    endpoint, stage = serve(), files.FileSlot.stage
    monkeypatch.setattr(files.FileSlot, "stage", lambda *_given, **_named: _no_remove(None))
    assert run(endpoint, jwks=[A])["msg"] == "path: no" and endpoint.made == 0
    calls: t.List[int] = []

    def second_fails(place: t.Any, *given: t.Any, **named: t.Any) -> t.Any:
        calls.append(1)
        if len(calls) == 2:
            _no_remove(place)
        return stage(place, *given, **named)

    monkeypatch.setattr(files.FileSlot, "stage", second_fails)
    assert run(endpoint, jwks=[A])["msg"] == "path: no"
    assert endpoint.made == 1 and endpoint.clients == {} and not (tmp_path / "made/client.json").exists()


def test_a_mode_is_put_right_and_said(run: Run, serve: t.Any, tmp_path: Path) -> None:
    endpoint = serve()
    run(endpoint, jwks=[A])
    path = tmp_path / "made/client.json"
    path.chmod(0o644)
    results = [run(endpoint, check, jwks=[A]) for check in (True, False, True, False)]
    assert [result["changes"] for result in results] == [["attributes"], ["attributes"], [], []]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run(endpoint, jwks=[A], mode="0640")["changed"] and stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("content", ["", "{}", '{"keys": []}', '{"client_id": ""}', "PRIVATE_KEY_PASSWORD=x\n", "\xff"])
def test_a_file_of_something_else_stays(run: Run, serve: t.Any, tmp_path: Path, content: str) -> None:
    endpoint = serve()
    (tmp_path / "made").mkdir(0o700)
    (tmp_path / "made/client.json").write_bytes(content.encode("latin-1"))
    for state in ("present", "absent"):
        assert "holds no credentials of a client" in run(endpoint, jwks=[A], state=state)["msg"]
    assert (tmp_path / "made/client.json").read_bytes() == content.encode("latin-1") and endpoint.made == 0


def test_a_file_that_somebody_wrote_by_hand(run: Run, serve: t.Any, tmp_path: Path) -> None:
    endpoint = serve()
    run(endpoint, jwks=[A])
    path = tmp_path / "made/client.json"
    names = ("client_id", "registration_client_uri", "registration_access_token")
    path.write_text(json.dumps({**{name: stored(tmp_path)[name] for name in names}, "sent": 7, "note": "mine"}))
    assert not run(endpoint, jwks=[A])["changed"]
    assert run(endpoint, jwks=[A, B])["changes"] == ["keys"] and stored(tmp_path)["note"] == "mine"


def test_the_token_goes_to_nobody_on_the_way(run: Run, serve: t.Any, tmp_path: Path) -> None:
    endpoint = serve()
    run(endpoint, jwks=[A])
    path = tmp_path / "made/client.json"
    path.write_text(json.dumps({**stored(tmp_path), "registration_client_uri": "http://server.example/reg/1"}))
    result = run(None, jwks=[A], registration_endpoint="https://server.example/reg")
    assert "the registration_client_uri in %s is not https" % path in result["msg"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "jwks: a new client needs at least one key"),
        ({"jwks": []}, "jwks: a new client needs at least one key"),
        ({"jwks": [dict(A, d="canary")]}, "the JWK holds private members (d)"),
        ({"jwks": ["canary"]}, "jwks"),
        ({"jwks": [A], "metadata": {"jwks": {"keys": []}}}, "metadata: jwks cannot be given here; it comes"),
        ({"jwks": [A], "metadata": {"client_id": "x"}}, "metadata: client_id cannot be given here"),
        ({"jwks": [A], "metadata": {"client_secret": "canary"}}, "metadata: client_secret cannot be given here"),
        ({"jwks": [A], "metadata": {"jwks_uri": "https://x/"}}, "jwks: a client has keys or a jwks_uri, not both"),
        ({"exact": True}, "exact: needs at least one key"),
        ({"jwks": [A], "retired": [A["kid"]]}, "retired: the key %s is in jwks or sources as well" % A["kid"]),
        ({"jwks": [A], "registration_endpoint": "login"}, "registration_endpoint: has to be a URL"),
        ({"jwks": [A], "registration_endpoint": None}, "registration_endpoint"),
        ({"jwks": [A], "initial_access_token": ""}, "initial_access_token: has to be a string, exactly"),
        ({"jwks": [A], "initial_access_token": ["canary-list"]}, "initial_access_token: has to be a string"),
        ({"jwks": [A], "initial_access_token": "canary\nline"}, "initial_access_token: has to be a string"),
        ({"jwks": [A], "mode": "0644"}, "mode: 0644 is too open for a secret"),
        ({"jwks": [A], "path": "client.json"}, "path: give an absolute path"),
        ({"jwks": [A], "path": "/tmp/client.json/"}, "path: give an absolute path"),
        ({"sources": ["/nowhere/x.json"]}, "sources: /nowhere/x.json is not there"),
        ({"sources": [""]}, "sources: one of them is empty"),
        ({"jwks": [A, dict(B, kid=A["kid"])]}, "two different keys have the kid"),
        ({"misspelt": "canary"}, "Unsupported parameters"),
    ],
)  # fmt: skip
def test_one_sentence_says_what_is_wrong(run: Run, serve: t.Any, options: Document, message: str) -> None:
    endpoint = serve()
    for check in (True, False):
        result = run(endpoint, check, **options)
        assert result["failed"] and message in result["msg"] and "\n" not in result["msg"]
    assert endpoint.made == 0


def test_the_last_key_stays(run: Run, serve: t.Any) -> None:
    endpoint = serve()
    run(endpoint, jwks=[A])
    assert "no key would be left" in run(endpoint, retired=[A["kid"]])["msg"]
    assert "has another key under the key ID" in run(endpoint, jwks=[dict(B, kid=A["kid"])])["msg"]
    assert endpoint.keys == [A]
    assert not run(endpoint, retired=["never there"])["changed"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_an_owner_is_given_before_the_content(run: Run, serve: t.Any, tmp_path: Path) -> None:
    endpoint = serve()
    os.chmod(tmp_path, 0o755)
    run(endpoint, jwks=[A], owner="12345", group="12345", mode="0640", directory_mode="0750")
    info = (tmp_path / "made/client.json").stat()
    assert (info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)) == (12345, 12345, 0o640)
    assert not run(endpoint, jwks=[A], owner="12345", group="12345", mode="0640", directory_mode="0750")["changed"]


def test_the_examples_are_taken() -> None:
    known = {**registration_options.REGISTRATION, **oauth_options.CONNECTION}
    examples = [
        task["keysmith.jwt.client_registration"]
        for task in yaml.safe_load(client_registration.EXAMPLES)
        if "keysmith.jwt.client_registration" in task
    ]
    assert len(examples) > 4 and all({"path"} <= set(example) <= set(known) for example in examples)
