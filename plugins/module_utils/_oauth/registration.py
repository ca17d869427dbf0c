# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests to a client registration endpoint (RFC 7591, RFC 7592), and the checks of its answers."""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError
from . import credentials, exchange
from .url import host_of

Document = t.Dict[str, t.Any]

_URI = "registration_client_uri"
#: RFC 7592 section 3 says 401 where the client or the token is unknown; some servers say 403 or 404.
_UNKNOWN = frozenset((401, 403, 404))


class Unknown(KeysmithError):
    """The server does not know the client, or no longer accepts the token."""


class Server:
    """A server, for one client's credentials."""

    def __init__(self, endpoint: str, connection: exchange.Connection, path: str) -> None:
        self.endpoint = endpoint
        self._connection = connection
        #: The file with the credentials, for messages.
        self._path = path

    def register(self, document: Document, initial_access_token: str) -> Document:
        """POST: return the new client, with its credentials."""
        option, in_doubt = "registration_endpoint", "It may have registered the client; look there before the next run."
        try:
            answer = exchange.ask(
                option, "POST", self.endpoint, self._connection, document=document, bearer=initial_access_token
            )
        except exchange.NoAnswer as error:
            raise KeysmithError("%s %s" % (error, in_doubt)) from None
        if answer.status in (200, 201) and _client_id(answer.document):
            return t.cast(Document, answer.document)
        is_refused = 300 <= answer.status < 500
        raise KeysmithError(
            "%s: %s %s: it answered %s. %s"
            % (
                option,
                host_of(self.endpoint),
                "did not register the client" if is_refused else "returned no client credentials",
                _said(answer),
                "Nothing was written." if is_refused else in_doubt,
            )
        )

    def read(self, stored: Document) -> t.Optional[Document]:
        """GET: return the client as the server holds it; None if the server offers no way to ask."""
        if not credentials.management(stored, self.endpoint, self._path):
            return None
        return self._managed("GET", "show", stored)

    def update(self, document: Document, stored: Document) -> Document:
        """PUT: return the client after the change."""
        return self._managed("PUT", "change", stored, document)

    def delete(self, stored: Document) -> None:
        """DELETE; Unknown if the client does not exist."""
        url, token = self._management("delete", stored)
        secrets = credentials.secrets_of(stored)
        answer = exchange.ask(_URI, "DELETE", url, self._connection, bearer=token, secrets=secrets)
        if answer.status not in (200, 202, 204):
            raise self._refused("delete", answer, url)

    def check_manageable(self, doing: str, stored: Document) -> None:
        """Refuse if the server offers no way to do it."""
        self._management(doing, stored)

    def _management(self, doing: str, stored: Document) -> t.Tuple[str, str]:
        found = credentials.management(stored, self.endpoint, self._path)
        if not found:
            raise KeysmithError(
                "path: without a registration_client_uri and a registration_access_token in %s, no server can be asked "
                "to %s the client; do that by hand." % (self._path, doing)
            )
        return found

    def _managed(self, method: str, doing: str, stored: Document, document: t.Optional[Document] = None) -> Document:
        url, token = self._management(doing, stored)
        secrets = credentials.secrets_of(stored)
        answer = exchange.ask(_URI, method, url, self._connection, document=document, bearer=token, secrets=secrets)
        if answer.status != 200 or not _client_id(answer.document):
            raise self._refused(doing, answer, url)
        found = t.cast(Document, answer.document)
        if _client_id(found) != stored["client_id"]:
            raise KeysmithError(
                "path: %s answered with another client than the one in %s; check whether the file belongs to this "
                "server." % (host_of(url), self._path)
            )
        return found

    def _refused(self, doing: str, answer: exchange.Answer, url: str) -> KeysmithError:
        said = _said(answer)
        if answer.status in _UNKNOWN:
            return Unknown(
                "path: %s does not %s the client with the registration access token in %s: it answered %s. Nothing was "
                "changed. Put a valid token into the file; if the client is gone, remove the file."
                % (host_of(url), doing, self._path, said)
            )
        return KeysmithError(
            "registration_client_uri: %s did not %s the client: it answered %s." % (host_of(url), doing, said)
        )


def _client_id(document: t.Optional[Document]) -> str:
    client_id = (document or {}).get("client_id")
    return str(client_id) if credentials.is_text(client_id) else ""


def _said(answer: exchange.Answer) -> str:
    if answer.status < 300:
        return "%d, but %s" % (answer.status, answer.kind or "without a client_id")
    return answer.said()
