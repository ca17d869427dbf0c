# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authorization servers on free ports of the loopback address: oidc-provider and glewlwyd."""

from __future__ import annotations

import contextlib
import http.cookiejar
import json
import os
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import typing as t
import urllib.error
import urllib.request
from pathlib import Path

import installed
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

HERE = Path(__file__).resolve().parent
#: glewlwyd's first administrator, as its package makes it.
ADMINISTRATOR = {"username": "admin", "password": "password"}
DATABASE = "usr/share/dbconfig-common/data/glewlwyd/install/sqlite3"
#: What the plugin of glewlwyd has to be told to take keys from clients: most of it is off by default.
PLUGIN = {
    "jwt-type": "rsa",
    "jwt-key-size": "256",
    "access-token-duration": 3600,
    "refresh-token-duration": 3600,
    "code-duration": 600,
    "refresh-token-rolling": True,
    "allow-non-oidc": True,
    "auth-type-client-enabled": True,
    "subject-type": "public",
    "scope": [],
    "request-parameter-allow": True,
    "request-parameter-ietf-strict": False,
    "client-pubkey-parameter": "pubkey",
    "client-jwks-parameter": "jwks",
    "client-jwks_uri-parameter": "jwks_uri",
    "register-client-allowed": True,
    "register-client-auth-scope": [],
    "register-client-credentials-scope": ["openid"],
    "register-client-management-allowed": True,
    "register-client-token-one-use": False,
    "register-default-properties": {},
}


class Server(t.NamedTuple):
    """A server that runs."""

    name: str
    registration_endpoint: str
    token_endpoint: str
    #: What it takes as ``aud``.
    audience: str
    #: What it asks for to register a client, and what it wants to be said of one beside the usual.
    initial_access_token: str
    metadata: t.Dict[str, t.Any]
    #: What has to be asked for with a token.
    scope: str
    #: All that is secret in what it has seen and answered, where it can say that.
    secrets: t.Callable[[], t.List[str]]


@contextlib.contextmanager
def oidc_provider(
    initial_access_token: str = "", variables: t.Optional[t.Mapping[str, str]] = None
) -> t.Iterator[Server]:
    """oidc-provider with dynamic registration, and a token for it where one is given.

    ``variables`` are added to its environment.
    """
    with tempfile.TemporaryDirectory() as folder:
        secrets = Path(folder, "secrets")
        secrets.touch()
        # A module is looked for beside the file that imports it.
        program = installed.node_modules() / "oidc_provider.js"
        program.write_bytes((HERE / "oidc_provider.js").read_bytes())
        command = ["node", str(program), str(secrets), initial_access_token]
        with process(command, Path(folder, "log"), variables) as running:
            issuer = _line(running, Path(folder, "log"))
            yield Server(
                "oidc-provider",
                issuer + "/reg",
                issuer + "/token",
                issuer,
                initial_access_token,
                {},
                "",
                lambda: secrets.read_text().splitlines(),
            )


@contextlib.contextmanager
def glewlwyd() -> t.Iterator[Server]:
    """glewlwyd with a database of its own, its OpenID Connect plugin set up to take keys from clients."""
    with installed.scratch("glewlwyd") as folder:
        with contextlib.closing(sqlite3.connect(folder / "db")) as database:
            database.executescript((installed.debian() / DATABASE).read_text())
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        (folder / "conf").write_text(_configuration(port, url, installed.inside(folder)))
        command = installed.run_in_debian("glewlwyd", f"--config-file={installed.inside(folder)}/conf")
        with process(command, folder / "log"):
            administrator = _Administrator(url)
            wait(lambda: administrator.answers("/config"))
            administrator.post("/api/auth/", ADMINISTRATOR)
            plugin = {"module": "oidc", "name": "oidc", "display_name": "oidc", "enabled": True}
            administrator.post("/api/mod/plugin/", {**plugin, "parameters": {**PLUGIN, "iss": url, **_rsa_pair()}})
            yield Server(
                "glewlwyd",
                url + "/api/oidc/register",
                url + "/api/oidc/token",
                url + "/api/oidc/token",
                "",
                {"redirect_uris": ["https://orders.example/unused"], "response_types": []},
                # Without one, it refuses the client as if its key were wrong.
                "openid",
                list,
            )


def _configuration(port: int, url: str, folder: str) -> str:
    lines = {
        "port": str(port),
        "bind_address": '"127.0.0.1"',
        "external_url": f'"{url}"',
        "login_url": '"login.html"',
        "api_prefix": '"api"',
        "log_mode": '"console"',
        # It says why it refuses an assertion nowhere else.
        "log_level": '"DEBUG"',
        "cookie_secure": "0",
        "session_key": '"SESSION"',
        "admin_scope": '"g_admin"',
        "profile_scope": '"g_profile"',
        "hash_algorithm": '"SHA512"',
        "database": f'{{ type = "sqlite3"; path = "{folder}/db"; }}',
    }
    modules = {"user": "user", "client": "client", "user_auth_scheme": "scheme", "plugin": "plugin"}
    lines.update({f"{kind}_module_path": f'"/usr/lib/glewlwyd/{name}"' for kind, name in modules.items()})
    return "".join(f"{name} = {value};\n" for name, value in lines.items())


def _rsa_pair() -> t.Dict[str, str]:
    """The key that glewlwyd signs its tokens with."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {"key": private.decode(), "cert": public.decode()}


class _Administrator:
    """Somebody who is logged in at glewlwyd."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def answers(self, path: str) -> bool:
        try:
            self._opener.open(self._url + path).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def post(self, path: str, document: t.Mapping[str, t.Any]) -> None:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._url + path, json.dumps(document).encode(), headers)
        self._opener.open(request).close()


@contextlib.contextmanager
def process(
    command: t.Sequence[str], log: Path, variables: t.Optional[t.Mapping[str, str]] = None
) -> t.Iterator["subprocess.Popen[bytes]"]:
    """A program that runs until the end, and what it prints in a file."""
    with open(log, "wb") as output:
        running = subprocess.Popen(
            command,
            env={**os.environ, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield running
        finally:
            # All that it has started, too; some of them have become other users.
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()


def _line(running: "subprocess.Popen[bytes]", log: Path) -> str:
    """The URL that a program prints when it is ready."""

    def found() -> t.List[str]:
        if running.poll() is not None:
            raise RuntimeError(log.read_text())
        return [line for line in log.read_text().splitlines() if line.startswith("http://")]

    wait(lambda: bool(found()))
    return found()[0]


def wait(ready: t.Callable[[], bool], seconds: float = 60) -> None:
    """Until it is ready; RuntimeError where that takes too long."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise RuntimeError("a server did not become ready")
        time.sleep(0.05)


def free_port() -> int:
    """A port of the loopback address that nobody has now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
