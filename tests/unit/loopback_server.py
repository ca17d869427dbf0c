# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTP server on the loopback address that answers what a test wants, also what no good server would."""

from __future__ import annotations

import contextlib
import http.server
import json
import ssl
import threading
import typing as t


class Seen(t.NamedTuple):
    """A request that came."""

    method: str
    path: str
    headers: t.Dict[str, str]
    body: bytes


#: Status, headers and content; or the whole answer, octet by octet.
Reply = t.Union[t.Tuple[int, t.Dict[str, str], bytes], t.Iterable[bytes]]


class Server:
    """It is at ``url``, and remembers what it was asked in ``seen``."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.seen: t.List[Seen] = []


def answer(status: int, document: t.Any) -> Reply:
    """A JSON document."""
    return status, {"Content-Type": "application/json"}, json.dumps(document).encode()


@contextlib.contextmanager
def running(reply: t.Callable[[Seen], Reply], context: t.Optional[ssl.SSLContext] = None) -> t.Iterator[Server]:
    """A server that answers each request with ``reply``; with TLS where there is a ``context``."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            seen = Seen(self.command, self.path, dict(self.headers), body)
            server.seen.append(seen)
            found = reply(seen)
            with contextlib.suppress(OSError):  # whoever asked may have gone
                if isinstance(found, tuple):
                    status, headers, content = found
                    self.send_response(status)
                    for name, value in {**headers, "Content-Length": str(len(content))}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(content)
                else:
                    for octets in found:
                        self.wfile.write(octets)
                        self.wfile.flush()
            self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = _answer

        def log_message(self, format: str, *args: t.Any) -> None:
            """Nothing."""

    class Threads(http.server.ThreadingHTTPServer):
        daemon_threads = True
        # Some answers never end.
        block_on_close = False

        def handle_error(self, request: t.Any, client_address: t.Any) -> None:
            """A client that does not trust the certificate goes away in the middle."""

    listener = Threads(("127.0.0.1", 0), Handler)
    if context:
        listener.socket = context.wrap_socket(listener.socket, server_side=True)
    server = Server("%s://127.0.0.1:%d" % ("https" if context else "http", listener.server_address[1]))
    thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
