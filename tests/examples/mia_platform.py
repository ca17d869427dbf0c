# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that checks requests as the documentation of Mia-Platform's Client Credentials service describes them."""

from __future__ import annotations

import http.server
import json
import threading
import typing as t
import urllib.parse

from jwcrypto import jwk, jwt

#: The members of a public key there, all of them texts.
MEMBERS = {"kid", "use", "kty", "alg", "n", "e"}
#: The claims of an assertion without which it answers 403.
CLAIMS = {"iss", "sub", "aud", "jti", "exp", "iat", "requested_audiences"}


class MiaPlatform:
    """It runs at ``url`` from ``with`` on. ``clients`` are the keys by client ID, ``tokens`` the assertions it took."""

    def __init__(self) -> None:
        self.clients: dict[str, dict[str, str]] = {}
        self.tokens: list[str] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> MiaPlatform:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, content: bytes) -> tuple[int, t.Any]:
        """Status and document for a request."""
        if path == "/register":
            return self._register(json.loads(content))
        if path == "/oauth/token":
            return self._token(dict(urllib.parse.parse_qsl(content.decode())))
        if path.startswith("/api/companies/"):
            wanted = json.loads(content)
            right = wanted["tokenEndpointAuthMethod"] == "private_key_jwt" and set(wanted["publicKey"]) == MEMBERS
            return (200, {"clientId": "account", "company": "my-company"}) if right else (400, {})
        return 404, {}

    def _register(self, wanted: dict[str, t.Any]) -> tuple[int, t.Any]:
        key = wanted.get("public_key", {})
        right = wanted.get("token_endpoint_auth_method") == "private_key_jwt" and wanted.get("client_name")
        if not right or set(key) != MEMBERS or key["kty"] != "RSA":
            return 401, {}
        client_id = f"client{len(self.clients)}"
        self.clients[client_id] = key
        return 201, {"client_id": client_id, "client_id_issued_at": 1592229239}

    def _token(self, form: dict[str, str]) -> tuple[int, t.Any]:
        key = self.clients.get(form.get("client_id", ""))
        if not key or form.get("token_endpoint_auth_method") != "private_key_jwt":
            return 401, {"error": "invalid_client"}
        assertion = jwt.JWT(jwt=form["client_assertion"], key=jwk.JWK(**key), algs=["RS256"])
        claims = json.loads(assertion.claims)
        if not set(claims) >= CLAIMS or claims["aud"] != self.url or json.loads(assertion.header)["kid"] != key["kid"]:
            return 403, {"error": "access_denied"}
        self.tokens.append(form["client_assertion"])
        return 200, {"access_token": "token", "token_type": "Bearer", "expires_in": 60}

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                status, document = server.answer(self.path, content)
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        return Handler
