# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module jwt_client_assertion as Ansible runs it, against servers that answer well and badly."""

from __future__ import annotations

import typing as t
import urllib.parse
from pathlib import Path

import jwt as pyjwt
import pytest
import yaml
from ansible.module_utils import basic
from ansible_collections.keysmith.jwt.plugins.module_utils._oauth import options as oauth_options
from ansible_collections.keysmith.jwt.plugins.modules import jwt_client_assertion
from ansible_collections.keysmith.jwt.tests.unit import loopback_server, modules_run
from ansible_collections.keysmith.jwt.tests.unit.plugins.module_utils._oauth import test_host_key

Run = t.Callable[..., modules_run.Result]
TOKEN = "canary-of-a-token-0123456789"
GIVEN = loopback_server.answer(
    200, {"access_token": TOKEN, "expires_in": 600, "token_type": "Bearer", "scope": "a", "refresh_token": TOKEN[::-1]}
)
LOGGED: t.List[str] = []


@pytest.fixture(name="service")
def _service(tmp_path: Path) -> Path:
    """The directory of a service, its key encrypted."""
    test_host_key.write(tmp_path / "jwt/v1", passphrase=test_host_key.PASSPHRASE)
    (tmp_path / "jwt/current").symlink_to("v1")
    return tmp_path / "jwt"


@pytest.fixture(name="run")
def _run(service: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(check: bool = False, **options: t.Any) -> modules_run.Result:
        given = {"directory": str(service), "client_id": "orders", "timeout": 5, "use_proxy": False, **options}
        wanted = {name: value for name, value in given.items() if value is not None}
        return modules_run.run_module(jwt_client_assertion.main, monkeypatch, capsys, wanted, check=check)

    del LOGGED[:]
    monkeypatch.setattr("syslog.syslog", lambda *given: LOGGED.append(str(given)))
    monkeypatch.setattr(basic, "has_journal", False)
    return run


def sent(server: loopback_server.Server) -> t.Dict[str, str]:
    return dict(urllib.parse.parse_qsl(server.seen[-1].body.decode(), strict_parsing=True))


def test_a_server_that_accepts(run: Run, service: Path) -> None:
    with loopback_server.running(lambda seen: GIVEN) as server:
        result = run(token_endpoint=server.url + "/token", scope="a b")
    text = result.pop("_text")
    form = sent(server)
    assertion = form.pop("client_assertion")
    assert form == {
        "grant_type": "client_credentials",
        "client_id": "orders",
        "scope": "a b",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    claims = pyjwt.decode(assertion, options={"verify_signature": False})
    assert (claims["iss"], claims["aud"]) == ("orders", server.url + "/token")
    del result["invocation"]
    assert result == {
        "changed": False,
        "accepted": True,
        "status": 200,
        "expires_in": 600,
        "token_type": "Bearer",
        "scope": "a",
        "client_id": "orders",
        "kid": "orders-1",
        "algorithm": "ES256",
        "thumbprint": result["thumbprint"],
        "path": str(service / "v1/private.key"),
    }
    for secret in (assertion, assertion.split(".")[2], TOKEN, TOKEN[::-1], test_host_key.PASSPHRASE):
        assert secret not in text and secret not in "".join(LOGGED)


def test_a_server_that_refuses_with_its_words_and_the_assertion_in_them(run: Run) -> None:
    def reply(seen: loopback_server.Seen) -> loopback_server.Reply:
        assertion = dict(urllib.parse.parse_qsl(seen.body.decode()))["client_assertion"]
        return loopback_server.answer(
            401, {"error": "invalid_client", "error_description": "bad\n%s %s a secret" % (assertion, assertion[-20:])}
        )

    with loopback_server.running(reply) as server:
        result = run(token_endpoint=server.url, form={"more": "a secret"})
    assert result["failed"] and result["accepted"] is False and result["status"] == 401
    assert result["error"] == "invalid_client" and result["error_description"] == "bad [removed] [removed] [removed]"
    assert result["msg"].endswith(
        "refused the client assertion of orders, signed with %s (kid orders-1): "
        "it answered 401 invalid_client: bad [removed] [removed] [removed]." % result["path"]
    )
    assertion = sent(server)["client_assertion"]
    assert assertion[-20:] not in result["_text"]
    assert {"mode", "owner", "size"}.isdisjoint(result)  # of the file that is named in path


@pytest.mark.parametrize("status", [200, 403])
def test_what_was_sent_is_shown_by_no_part_of_an_answer(run: Run, status: int) -> None:
    more = "something-that-is-secret"
    document = {"access_token": TOKEN, "scope": more, "token_type": "of " + more, "error": more}
    repeated = loopback_server.answer(status, document)
    for reply in (repeated, (status, {"Content-Type": more}, b"x")):
        with loopback_server.running(lambda seen, reply=reply: reply) as server:  # type: ignore[misc]
            result = run(token_endpoint=server.url, form={"more": more})
        assert more not in result["_text"] and "[removed]" in result["_text"]


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (loopback_server.answer(400, {"error": "invalid_scope"}), "it answered 400 invalid_scope."),
        ((403, {}, b""), "it answered 403 with nothing in it."),
        ((403, {"Content-Type": "text/html"}, b"<html>"), "it answered 403 with text/html, not JSON."),
        (loopback_server.answer(401, {"error": 7, "error_description": {}}), "401 with JSON that names no error."),
    ],
)  # fmt: skip
def test_a_refusal(run: Run, reply: loopback_server.Reply, message: str) -> None:
    with loopback_server.running(lambda seen: reply) as server:
        result = run(token_endpoint=server.url)
    assert result["failed"] and result["accepted"] is False and result["msg"].endswith(message)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ((500, {}, b""), "answered 500 with nothing in it; this says nothing about the key."),
        ((200, {"Content-Type": "text/html"}, b"<html>"), "answered 200 without a token (text/html, not JSON)"),
        (loopback_server.answer(200, {"id_token": "x"}), "answered 200 without a token (no access_token); this"),
        (loopback_server.answer(200, {"access_token": ""}), "answered 200 without a token (no access_token); this"),
        ((307, {"Location": "https://other.example/t?x=y"}, b""), "answered 307, a redirect to https://other.example/t;"),
        ((404, {}, b"{}"), "answered 404 with JSON that names no error; this says nothing about the key."),
        (loopback_server.answer(429, {"error": "slow_down"}), "answered 429 slow_down; this says nothing"),
        ((200, {}, b"x" * 1048577), "answered 200 with more than 1048576 octets"),
    ],
)  # fmt: skip
def test_an_answer_from_which_nothing_follows(run: Run, reply: loopback_server.Reply, message: str) -> None:
    with loopback_server.running(lambda seen: reply) as server:
        result = run(token_endpoint=server.url)
    assert result["failed"] and "accepted" not in result and message in result["msg"] and "\n" not in result["msg"]


def test_check_mode_signs_and_asks_nobody(run: Run) -> None:
    with loopback_server.running(lambda seen: GIVEN) as server:
        result = run(check=True, token_endpoint=server.url)
    assert not server.seen and "accepted" not in result and result["kid"] == "orders-1" and not result["changed"]
    assert run(check=True, version="v2", token_endpoint=server.url)["failed"]


def test_a_server_without_tls_elsewhere_is_warned_of(run: Run) -> None:
    result = run(check=True, token_endpoint="http://server.example/")
    assert ["is not https" in str(warning) for warning in result["warnings"]] == [True]


def test_what_is_asked_for_is_returned(run: Run) -> None:
    with loopback_server.running(lambda seen: GIVEN) as server:
        result = run(token_endpoint=server.url, return_assertion=True, return_token=True)
    assert result["assertion"] == sent(server)["client_assertion"] and result["access_token"] == TOKEN


def test_mia_platform_wants_more(run: Run) -> None:
    with loopback_server.running(lambda seen: GIVEN) as server:
        run(
            token_endpoint=server.url,
            audience="console-client-credentials",
            claims={"requested_audiences": ["a"]},
            form={"token_endpoint_auth_method": "private_key_jwt", "number": 7},
        )
    form = sent(server)
    claims = pyjwt.decode(form["client_assertion"], options={"verify_signature": False})
    assert (claims["aud"], claims["requested_audiences"]) == ("console-client-credentials", ["a"])
    assert (form["token_endpoint_auth_method"], form["number"]) == ("private_key_jwt", "7")


def test_the_client_id_of_a_file_with_credentials(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "client.json"
    message = run(client_id=None, credentials=str(path), audience="x")["msg"]
    assert message == "credentials: %s is not there; register the client first, or give client_id." % path
    path.write_text('{"client_id": "client-of-the-file", "registration_access_token": "canary-token"}')
    result = run(client_id=None, credentials=str(path), audience="x")
    assert result["client_id"] == "client-of-the-file" and "canary" not in result["_text"]
    path.write_text('{"keys": []}')
    assert "holds no credentials of a client" in run(client_id=None, credentials=str(path), audience="x")["msg"]


def test_what_is_sent_beside_it_is_not_shown(run: Run) -> None:
    canary = "canary-in-the-mine"
    with loopback_server.running(lambda seen: GIVEN) as server:
        for check in (True, False):
            result = run(
                check, token_endpoint=server.url, form={"x": canary}, claims={"x": canary}, headers={"x": canary}
            )
            assert not result.get("failed") and canary not in result["_text"] + "".join(LOGGED)
    assert canary not in run(token_endpoint="ftp://x", form={"x": canary}, misspelt={"x": canary})["_text"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "audience: is needed without token_endpoint"),
        ({"token_endpoint": "login"}, "token_endpoint: has to be a URL"),
        ({"audience": "x", "return_token": True}, "return_token: needs token_endpoint"),
        ({"audience": {"a": 1}}, "audience: has to be a string or a list"),
        ({"token_endpoint": "https://h/", "form": {"client_assertion": "x"}}, "form: client_assertion cannot be given"),
        ({"token_endpoint": "https://h/", "form": {"x": [1]}}, "form: each field has to be a string or a number"),
        ({"token_endpoint": "https://h/", "form": {"x": True}}, "form: each field has to be a string or a number"),
        ({"audience": "x", "timeout": 0}, "timeout: has to be from 1 to 3600 seconds"),
        ({"audience": "x", "client_key": "/x"}, "client_key: belongs to a certificate"),
        ({"audience": "x", "client_id": None}, "one of the following is required: client_id, credentials"),
        ({"audience": "x", "credentials": "/x"}, "parameters are mutually exclusive: client_id|credentials"),
        ({"audience": "x", "path": "/x"}, "parameters are mutually exclusive: path|directory"),
        ({"audience": "x", "directory": None}, "one of the following is required: path, directory"),
    ],
)
def test_one_sentence_says_what_is_wrong(run: Run, options: t.Dict[str, t.Any], message: str) -> None:
    result = run(**options)
    assert result["failed"] and message in result["msg"] and "\n" not in result["msg"]


def test_the_examples_are_taken() -> None:
    known = {**oauth_options.KEY, **oauth_options.ASSERTION, **oauth_options.CONNECTION}
    examples = [task["keysmith.jwt.jwt_client_assertion"] for task in yaml.safe_load(jwt_client_assertion.EXAMPLES)]
    assert len(examples) > 3 and all(set(example) <= set(known) for example in examples)
