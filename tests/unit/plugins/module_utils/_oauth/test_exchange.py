# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to servers that answer well, badly, slowly, without end, or not at all."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._oauth import exchange
from ansible_collections.keysmith.jwt.plugins.module_utils._oauth.exchange import Connection
from ansible_collections.keysmith.jwt.tests.unit import loopback_server, made_keys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

DIRECT = Connection(use_proxy=False, timeout=60)


def get(url: str, connection: Connection = DIRECT, **more: t.Any) -> exchange.Answer:
    return exchange.ask("token_endpoint", "POST" if more else "GET", url, connection, **more)


def test_a_form_a_document_and_a_bearer_token() -> None:
    with loopback_server.running(lambda seen: loopback_server.answer(200, {"a": 1})) as server:
        answer = get(server.url + "/token?x=1", form={"a": "b c", "d": "&"})
        assert (answer.status, answer.document) == (200, {"a": 1})
        get(server.url, document={"keys": []}, bearer="secret-of-mine")
        get(server.url)
    first, second, third = server.seen
    assert (first.method, first.path, first.body) == ("POST", "/token?x=1", b"a=b+c&d=%26")
    assert first.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert first.headers["Accept"] == "application/json" and "Authorization" not in first.headers
    assert (second.body, second.headers["Authorization"]) == (b'{"keys": []}', "Bearer secret-of-mine")
    assert second.headers["Content-Type"] == "application/json"
    assert (third.method, third.body) == ("GET", b"")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "nothing in it"),
        (b" \n", "nothing in it"),
        (b"<html>", "text/html, not JSON"),
        (b"\xff\xfe\x00", "text/html, not JSON"),
        (b"[1]", "JSON that is no object"),
        (b"[" * 100000, "text/html, not JSON"),
        (b"1" * 500000, "text/html, not JSON"),
        (b'{"a": ' + b"1" * 500000 + b"}", "text/html, not JSON"),
    ],
)
def test_what_is_no_json_object_is_named(content: bytes, kind: str) -> None:
    with loopback_server.running(lambda seen: (500, {"Content-Type": "text/html; charset=utf-8"}, content)) as server:
        answer = get(server.url)
    assert (answer.status, answer.document, answer.kind) == (500, None, kind)
    assert answer.said() == "500 with %s" % kind


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    with loopback_server.running(lambda seen: loopback_server.answer(200, {})) as other:
        headers = {"Location": other.url + "/there?token=of-somebody#x"}
        with loopback_server.running(lambda seen: (status, headers, b"")) as server:
            answer = get(server.url, form={"client_assertion": "x"})
    assert answer.said() == "%d, a redirect to %s/there" % (status, other.url)
    assert other.seen == [] and len(server.seen) == 1


def test_no_other_scheme_is_followed() -> None:
    with loopback_server.running(lambda seen: (302, {"Location": "file:///etc/passwd"}, b"")) as server:
        assert get(server.url).said() == "302, a redirect to file:///etc/passwd"


def test_too_long_an_answer_is_not_read() -> None:
    with loopback_server.running(lambda seen: (200, {}, b"x" * (10 * 1024 * 1024))) as server, pytest.raises(
        KeysmithError, match=r"^token_endpoint: 127\.0\.0\.1:\d+ answered 200 with more than 1048576 octets"
    ):
        get(server.url)


def _drip(head: bytes, sent: t.List[int]) -> t.Iterator[bytes]:
    """A hundred octets in ten seconds, counted."""
    yield head
    for number in range(100):
        time.sleep(0.1)
        sent.append(number)
        yield b"x"


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"])
def test_one_octet_at_a_time_is_no_answer(head: bytes) -> None:
    sent: t.List[int] = []
    with loopback_server.running(lambda seen: _drip(head, sent)) as server:
        with pytest.raises(KeysmithError, match="did not answer within 1 seconds"):
            get(server.url, DIRECT._replace(timeout=1))
        assert len(sent) < 100


@pytest.mark.parametrize("octets", [b"SSH-2.0-OpenSSH_9.2\r\n", b""])
def test_what_is_no_http_is_named(octets: bytes) -> None:
    with loopback_server.running(lambda seen: [octets]) as server, pytest.raises(KeysmithError, match="is not HTTP"):
        get(server.url)


def test_an_answer_that_breaks_off_is_no_json() -> None:
    half = b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"a": 1'
    with loopback_server.running(lambda seen: [half]) as server:
        assert get(server.url).document is None


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = "http://127.0.0.1:%d/" % free.getsockname()[1]
        with pytest.raises(KeysmithError, match="cannot be reached: Connection refused"):
            get(url)
    with pytest.raises(KeysmithError, match=r"^token_endpoint: nobody\.invalid is a name that this host cannot"):
        get("https://nobody.invalid/")


def test_a_proxy_is_used_where_it_is_wanted(monkeypatch: t.Any) -> None:
    with loopback_server.running(lambda seen: loopback_server.answer(200, {"via": seen.path})) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        answer = get("http://server.example/token", DIRECT._replace(use_proxy=True))
        assert answer.document == {"via": "http://server.example/token"}


def test_a_netrc_adds_nothing(monkeypatch: t.Any, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with loopback_server.running(lambda seen: loopback_server.answer(200, {})) as server:
        get(server.url, form={})
    assert "Authorization" not in server.seen[0].headers


@pytest.fixture(scope="module", name="tls")
def _tls(tmp_path_factory: t.Any) -> Path:
    """A directory with a certificate for 127.0.0.1 and its key."""
    key = made_keys.private("ES256", 70)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    for file, encryption in (
        ("key.pem", serialization.NoEncryption()),
        ("locked.pem", serialization.BestAvailableEncryption(b"x" * 8)),
    ):
        text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
        (folder / file).write_bytes(text)
    return t.cast(Path, folder)


@pytest.fixture(name="context")
def _context(tls: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls / "cert.pem", tls / "key.pem")
    return context


def test_a_certificate_has_to_be_trusted(tls: Path, context: ssl.SSLContext) -> None:
    with loopback_server.running(lambda seen: loopback_server.answer(200, {"a": 1}), context) as server:
        with pytest.raises(
            KeysmithError, match="has a certificate that this host does not trust .*give its CA as ca_path"
        ):
            get(server.url, form={"client_assertion": "x"})
        assert server.seen == []
        assert get(server.url, DIRECT._replace(ca_path=str(tls / "cert.pem"))).document == {"a": 1}
        assert get(server.url, DIRECT._replace(validate_certs=False)).document == {"a": 1}


def test_a_server_can_ask_for_a_certificate(tls: Path, context: ssl.SSLContext) -> None:
    context.load_verify_locations(tls / "cert.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    known = DIRECT._replace(ca_path=str(tls / "cert.pem"))
    with loopback_server.running(lambda seen: loopback_server.answer(200, {"a": 1}), context) as server:
        with pytest.raises(
            KeysmithError, match=r"^token_endpoint: 127\.0\.0\.1:\d+ (cannot agree on TLS|cannot be reached)"
        ):
            get(server.url, known)
        with_key = known._replace(client_cert=str(tls / "cert.pem"), client_key=str(tls / "key.pem"))
        assert get(server.url, with_key).document == {"a": 1}


def test_a_server_without_tls_is_named() -> None:
    with loopback_server.running(lambda seen: loopback_server.answer(200, {})) as server, pytest.raises(
        KeysmithError, match="cannot agree on TLS with this host"
    ):
        get(server.url.replace("http:", "https:"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ca_path": "{tls}/none.pem"}, "ca_path: there is no such file on this host"),
        ({"ca_path": "{tls}/key.pem"}, "ca_path: the file cannot be used"),
        ({"ca_path": "{tls}"}, "ca_path: the file cannot be used"),
        ({"client_cert": "{tls}/none.pem"}, "client_cert: there is no such file on this host"),
        ({"client_cert": "{tls}/cert.pem"}, "client_cert: the file cannot be used"),
        (
            {"client_cert": "{tls}/cert.pem", "client_key": "{tls}/locked.pem"},
            "client_cert: the file cannot be used; give a certificate and its unencrypted key in PEM.",
        ),
    ],
)
def test_files_that_cannot_be_used(tls: Path, changes: t.Dict[str, str], message: str) -> None:
    connection = DIRECT._replace(**{name: value.format(tls=tls) for name, value in changes.items()})
    with pytest.raises(KeysmithError, match="^" + message):
        get("https://127.0.0.1:1/", connection)


def test_an_answer_shows_nothing() -> None:
    answer = exchange.Answer(
        400, {"error": "bad", "error_description": "no canary-token here", "access_token": "canary-token"}
    )
    assert repr(answer) == "<answer with status 400>"
    assert answer.said() == "400 bad: no [removed] here"
    assert exchange.Answer(400, {"x": 1}).said() == "400 with JSON that names no error"
