# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that verify JWTs with keys from files: HAProxy, Dovecot and Apache with mod_auth_openidc.

Each runs on the loopback address with a configuration of its own, and says of a token whether it takes it.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import os
import socket
import time
import typing as t
import urllib.error
import urllib.request
from pathlib import Path

import installed
import servers

#: Tokens in, whether each was taken out.
Verifier = t.Callable[[str], bool]
#: What the filter client_registration gives: ``file``, ``content``, and what else a configuration says.
Entries = t.Sequence[t.Mapping[str, str]]


@contextlib.contextmanager
def haproxy(entries: Entries, folder: Path) -> t.Iterator[Verifier]:
    """A frontend that answers what ``jwt_verify`` returns for the bearer token with any of the keys."""
    port = servers.free_port()
    converters = " ".join(f'%[http_auth_bearer,jwt_verify("{one["alg"]}","{one["file"]}")]' for one in entries)
    (folder / "conf").write_text(
        "defaults\n  mode http\n  timeout client 5s\n  timeout connect 5s\n  timeout server 5s\n"
        f"frontend jwt\n  bind 127.0.0.1:{port}\n"
        f"  http-request return status 200 content-type text/plain lf-string '{converters}'\n"
    )
    command = installed.run_in_debian("haproxy", "-db", "-f", f"{installed.inside(folder)}/conf")
    with servers.process(command, folder / "log"):
        servers.wait(lambda: _listens(port))
        yield lambda token: "1" in _get(f"http://127.0.0.1:{port}/", token)[1].split()


@contextlib.contextmanager
def mod_auth_openidc(entries: Entries, folder: Path) -> t.Iterator[Verifier]:
    """A resource server that lets in whoever has a token that one of the keys verifies."""
    port = servers.free_port()
    inside = installed.inside(folder)
    (folder / "www").mkdir(mode=0o755)
    (folder / "www/index.html").write_text("in")
    modules = ("mpm_event", "authn_core", "authz_core", "authz_user", "dir", "auth_openidc")
    lines = [f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in modules]
    lines += [f"Listen 127.0.0.1:{port}", f"ServerRoot {inside}", f"PidFile {inside}/pid", f"ErrorLog {inside}/error"]
    lines += ["User www-data", "Group www-data", "ServerName localhost", f"DocumentRoot {inside}/www"]
    lines += [f'OIDCOAuthVerifyCertFiles "{one["verify_cert_file"]}"' for one in entries]
    lines += ["<Location />", "AuthType oauth20", "Require valid-user", "</Location>", ""]
    (folder / "conf").write_text("\n".join(lines))
    command = installed.run_in_debian("apache2", "-X", "-f", f"{inside}/conf")
    with servers.process(command, folder / "log"):
        servers.wait(lambda: _listens(port))
        yield lambda token: _get(f"http://127.0.0.1:{port}/", token)[0] == 200


@contextlib.contextmanager
def dovecot(_entries: Entries, folder: Path) -> t.Iterator[Verifier]:
    """Its authentication service, with local validation: the keys are found by their paths alone."""
    inside = installed.inside(folder)
    (folder / "conf").write_text(f"""\
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
protocols =
base_dir = {inside}/run
state_dir = {inside}/state
log_path = {inside}/error
auth_mechanisms = oauthbearer
ssl = no
passdb oauth2 {{
}}
userdb static {{
  fields {{
    uid = 1
    gid = 1
    home = /nonexistent
  }}
}}
oauth2 {{
  introspection_mode = local
  username_attribute = sub
  oauth2_local_validation {{
    dict fs {{
      fs posix {{
        prefix = {inside}/keys/
      }}
    }}
  }}
}}
""")
    command = installed.run_in_debian("dovecot", "-F", "-c", f"{inside}/conf")
    with servers.process(command, folder / "log"):
        servers.wait((folder / "run/auth-client").exists)
        yield functools.partial(_authenticates, folder / "run/auth-client")


def _authenticates(path: Path, token: str) -> bool:
    """Dovecot's own protocol for its clients; the token as RFC 7628 wants it."""
    response = base64.b64encode(f"n,a=orders,\x01auth=Bearer {token}\x01\x01".encode()).decode()
    with _directory(path.parent) as fd, socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        # The path of a socket has 107 octets at most.
        client.connect(f"/proc/self/fd/{fd}/{path.name}")
        client.sendall(b"VERSION\t1\t2\nCPID\t4711\n")
        text = _received(client, "DONE")
        client.sendall(f"AUTH\t1\tOAUTHBEARER\tservice=imap\tsecured\tresp={response}\n".encode())
        text = _received(client, "OK\t1", "FAIL\t1", "CONT\t1")
        return "\nOK\t1" in "\n" + text


@contextlib.contextmanager
def _directory(path: Path) -> t.Iterator[int]:
    fd = os.open(path, os.O_PATH)
    try:
        yield fd
    finally:
        os.close(fd)


def _received(client: socket.socket, *words: str) -> str:
    text = ""
    while not any(line.startswith(words) for line in text.splitlines()):
        more = client.recv(65536)
        if not more:
            break
        text += more.decode()
    return text


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _get(url: str, token: str) -> t.Tuple[int, str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    for _attempt in range(5):
        try:
            with opener.open(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:  # a server that has just begun to listen
            time.sleep(0.2)
    raise RuntimeError("no answer")


VERIFIERS: t.Dict[str, t.Callable[[Entries, Path], t.ContextManager[Verifier]]] = {
    "haproxy": haproxy,
    "mod_auth_openidc": mod_auth_openidc,
    "dovecot": dovecot,
}
