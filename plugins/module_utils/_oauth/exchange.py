# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send one request to an authorization server, and read one JSON answer, limited in size and time.

The requests are ansible.module_utils.urls', so that proxies, certificates and timeouts are those of
ansible.builtin.uri. No redirect is followed: what is sent is a proof of who the client is, for one server alone.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import ssl
import threading
import typing as t
import urllib.error
import urllib.parse

from ansible.module_utils import urls

from .._errors import KeysmithError
from . import words
from .url import host_of, without_query

#: Octets of an answer that are read. Metadata with a hundred RSA keys has 80,000.
MOST_OCTETS = 1024 * 1024
#: Digits of a number: older versions of Python take minutes to read millions.
_MOST_DIGITS = 400


class NoAnswer(KeysmithError):
    """The request may have arrived, but its answer did not, or cannot be read."""


class Connection(t.NamedTuple):
    """How to reach servers; the options have these names."""

    validate_certs: bool = True
    ca_path: str = ""
    client_cert: str = ""
    client_key: str = ""
    use_proxy: bool = True
    #: Seconds for a request and its whole answer.
    timeout: int = 30


class Answer(t.NamedTuple):
    """The answer of a server. Can hold tokens: never shown."""

    status: int
    #: The JSON object of the answer, None where it is none.
    document: t.Optional[t.Dict[str, t.Any]]
    #: What the answer is where it is no JSON object, for messages.
    kind: str = ""
    #: Where a redirect leads.
    location: str = ""
    #: What the server was sent and may not be shown, though it repeats it.
    secrets: t.Sequence[str] = ()

    def __repr__(self) -> str:
        return "<answer with status %d>" % self.status

    def shown(self, name: str, most: int = words.MOST_SHOWN) -> str:
        """Return the text of a member as it may be shown, without a secret; empty if there is none."""
        document = self.document or {}
        return words.cleaned(document.get(name), [*self.secrets, *words.secrets_in(document)], most)

    def said(self) -> str:
        """Return the status and the server's own words (RFC 6749 section 5.2) for messages, without secrets."""
        error, description = self.shown("error", 64), self.shown("error_description")
        if self.location:
            return "%d, a redirect to %s" % (self.status, words.cleaned(self.location, self.secrets, 120))
        if error or description:
            return "%d %s" % (self.status, ": ".join(part for part in (error, description) if part))
        return "%d with %s" % (self.status, self.kind or "JSON that names no error")


def ask(
    option: str,
    method: str,
    url: str,
    connection: Connection,
    form: t.Optional[t.Mapping[str, str]] = None,
    document: t.Optional[t.Mapping[str, t.Any]] = None,
    bearer: str = "",
    secrets: t.Sequence[str] = (),
) -> Answer:
    """Send a form or a JSON document and read the answer, of whatever status. ``option`` is named in messages.

    ``secrets`` are not shown, whatever part of the answer repeats them; nor is ``bearer``.

    KeysmithError where the server cannot be reached, or its answer cannot be read in time or is too long.
    """
    _check_files(connection)
    headers = {"Accept": "application/json"}
    data = None
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        data = urllib.parse.urlencode(form).encode("ascii")
    if document is not None:
        headers["Content-Type"] = "application/json"
        data = json.dumps(document).encode("ascii")
    if bearer:
        headers["Authorization"] = "Bearer " + bearer
    raw = _within(connection.timeout, option, url, lambda: _request(method, url, connection, data, headers))
    if len(raw.content) > MOST_OCTETS:
        raise NoAnswer(
            "%s: %s answered %d with more than %d octets; check the URL."
            % (option, host_of(url), raw.status, MOST_OCTETS)
        )
    hidden = [one for one in (bearer, *secrets) if one]
    parsed, kind = _parsed(raw.content, words.cleaned(raw.content_type.partition(";")[0], hidden, 40))
    location = without_query(raw.location) if 300 <= raw.status < 400 else ""
    return Answer(raw.status, parsed, kind, location, hidden)


def _check_files(connection: Connection) -> None:
    """Refuse certificates in the options that cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if connection.ca_path:
        with _reading("ca_path", "certificates in PEM"):
            context.load_verify_locations(connection.ca_path)
    if connection.client_cert:
        with _reading("client_cert", "a certificate and its unencrypted key in PEM"):
            # Without a password, OpenSSL would ask a terminal for it.
            context.load_cert_chain(connection.client_cert, connection.client_key or None, lambda: "")


@contextlib.contextmanager
def _reading(option: str, wanted: str) -> t.Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise KeysmithError("%s: there is no such file on this host; give %s." % (option, wanted)) from None
    except (OSError, ValueError):
        raise KeysmithError("%s: the file cannot be used; give %s." % (option, wanted)) from None


class _Raw(t.NamedTuple):
    """The answer as it came, with at most one octet more than the limit."""

    status: int
    content_type: str
    location: str
    content: bytes


def _within(seconds: int, option: str, url: str, do: t.Callable[[], _Raw]) -> _Raw:
    """Call it with a limit for the whole time: a socket's timeout is for each octet, and a server can send one at a
    time.
    """
    outcome: t.List[t.Any] = []

    def work() -> None:
        try:
            outcome.append((do(), None))
        except Exception as error:  # Every failure goes to whoever waits.
            outcome.append((None, error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    raw, error = outcome[0] if outcome else (None, socket.timeout())
    while isinstance(error, urllib.error.URLError) and isinstance(error.reason, BaseException):
        error = error.reason
    if error:
        was_sent = isinstance(error, (socket.timeout, http.client.HTTPException, ConnectionResetError))
        kind = NoAnswer if was_sent else KeysmithError
        raise kind("%s: %s %s." % (option, host_of(url), _reason(error, seconds)))
    return t.cast(_Raw, raw)


def _request(method: str, url: str, connection: Connection, data: t.Optional[bytes], headers: t.Dict[str, str]) -> _Raw:
    try:
        response = urls.open_url(
            url,
            data=data,
            headers=headers,
            method=method,
            use_proxy=connection.use_proxy,
            timeout=connection.timeout,
            validate_certs=connection.validate_certs,
            http_agent="keysmith.jwt",
            follow_redirects="none",
            client_cert=connection.client_cert or None,
            client_key=connection.client_key or None,
            ca_path=connection.ca_path or None,
            decompress=False,
            # A password of another client in a .netrc would take the place of the assertion.
            use_netrc=False,
        )
    except urllib.error.HTTPError as error:
        response = error
    with response:
        content = response.read(MOST_OCTETS + 1)
        content_type, location = (response.headers.get(name) or "" for name in ("Content-Type", "Location"))
        return _Raw(t.cast(int, response.getcode()), content_type, location, content)


def _reason(error: t.Any, seconds: int) -> str:
    """Return why there is no answer, without the exception's own text, which can hold a part of what was sent."""
    if isinstance(error, socket.timeout):
        return "did not answer within %d seconds" % seconds
    if isinstance(error, socket.gaierror):
        return "is a name that this host cannot resolve"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "has a certificate that this host does not trust (%s); give its CA as ca_path" % error.verify_message
    if isinstance(error, ssl.SSLError):
        return "cannot agree on TLS with this host (%s)" % words.cleaned(error.reason or "handshake failed", (), 60)
    if isinstance(error, http.client.HTTPException):
        return "answered with something that is not HTTP, or broke off"
    if isinstance(error, OSError) and error.errno:
        return "cannot be reached: %s" % os.strerror(error.errno)
    if isinstance(error, (OSError, urllib.error.URLError)):
        return "cannot be reached: %s" % words.cleaned(str(error), (), 120)
    return "cannot be queried (%s)" % type(error).__name__


def _parsed(content: bytes, content_type: str) -> t.Tuple[t.Optional[t.Dict[str, t.Any]], str]:
    """Return the JSON object, or None and what it is instead."""
    if not content.strip():
        return None, "nothing in it"
    try:
        document = json.loads(content.decode("utf-8-sig"), parse_int=_number)
    except (ValueError, RecursionError):
        is_named = content_type and "json" not in content_type
        return None, "%s, not JSON" % content_type if is_named else "a body that is not JSON"
    if not isinstance(document, dict):
        return None, "JSON that is no object"
    return document, ""


def _number(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError("a number in it is too long")
    return int(text)
