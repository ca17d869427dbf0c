# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what is on a host works: read as a service and other programs read it, none of our code involved."""

from __future__ import annotations

import base64
import json
import os
import shutil
import stat
import subprocess
import tempfile
import typing as t
from pathlib import Path

import golang
import jwcrypto.jwk
import jwcrypto.jwt
import jwt
from controller import Controller
from cryptography.hazmat.primitives import serialization
from hosts import Host
from joserfc import jwk as joserfc_jwk
from joserfc import jwt as joserfc_jwt

_PRINT = """
. "$1"
printf '%s\\n' "$PRIVATE_RSA_KEY_FILE_PATH" "$PRIVATE_RSA_KEY_ID" "${PRIVATE_KEY_PASSWORD-}"
"""


class Service(t.NamedTuple):
    """What a service finds in its environment file."""

    path: str
    key_id: str
    passphrase: str


def environment(host: Host, path: str) -> Service:
    """As a shell of the host reads it; systemd and docker read the same from these values."""
    values = host.run("sh", "-euc", _PRINT, "sh", path).split("\n")
    return Service(*values[:3])


def works(host: Host, jwk: dict[str, str], directory: str = "/etc/orders/jwt", owner: int = 0) -> Service:
    """The active RSA key of the directory: what the service gets is whole, safe, and the key that the JWK says."""
    service = environment(host, f"{directory}/current/env")
    folder = service.path.rsplit("/", 1)[0]
    assert os.readlink(host.file(f"{directory}/current")) == folder.rsplit("/", 1)[1]
    assert service.key_id == jwk["kid"]
    assert service.passphrase
    _safe(host, service, folder, owner)
    text = host.file(service.path).read_text()
    assert text.startswith("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n")
    modulus = int.from_bytes(base64.urlsafe_b64decode(jwk["n"] + "=="), "big")
    openssl = ("openssl", "rsa", "-noout", "-modulus", "-in", service.path, "-passin", "env:PRIVATE_KEY_PASSWORD")
    printed = host.run(*openssl, PRIVATE_KEY_PASSWORD=service.passphrase)
    assert int(printed.strip().rpartition("Modulus=")[2], 16) == modulus
    on_host = json.loads(host.file(f"{folder}/jwk.json").read_text())
    assert on_host == jwk
    public = host.file(f"{folder}/public.key").read_text()
    readers_agree(text, service.passphrase, public)
    signs(text, service.passphrase, jwk)
    return service


def _safe(host: Host, service: Service, folder: str, owner: int) -> None:
    """Modes and owner, and no temporary or backup files."""
    modes = {"private.key": 0o600, "env": 0o600, "public.key": 0o644, "jwk.json": 0o644}
    assert sorted(os.listdir(host.file(folder))) == sorted(modes)
    for name, mode in modes.items():
        status = os.lstat(host.file(f"{folder}/{name}"))
        assert stat.S_ISREG(status.st_mode) and stat.S_IMODE(status.st_mode) == mode, name
        assert status.st_uid == owner, name
    for directory in (folder, folder.rpartition("/")[0]):
        assert stat.S_IMODE(os.lstat(host.file(directory)).st_mode) == 0o700, directory
    assert service.path == f"{folder}/private.key"


def readers_agree(text: str, passphrase: str, public: str) -> None:
    """ssh-keygen, Go, and node where it is, open the private key and get that public key."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "key"
        path.touch(mode=0o600)
        path.write_text(text)
        line = _output("ssh-keygen", "-y", "-P", passphrase, "-f", str(path))
        from_ssh = serialization.load_ssh_public_key(line.encode())
        assert from_ssh == serialization.load_pem_public_key(public.encode())
        if shutil.which("node"):
            assert _output("node", "-e", NODE, str(path), passphrase) == public
        assert _output(str(golang.program()), str(path), passphrase) == public


NODE = """
const [path, passphrase] = process.argv.slice(1);
const key = require('crypto').createPrivateKey({key: require('fs').readFileSync(path), passphrase});
process.stdout.write(require('crypto').createPublicKey(key).export({type: 'spki', format: 'pem'}));
"""


def _output(*command: str) -> str:
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True).stdout


def signs(text: str, passphrase: str, jwk: dict[str, str]) -> None:
    """A token signed with the private key verifies under the JWK, in each library."""
    private = serialization.load_pem_private_key(text.encode(), passphrase.encode() or None)
    claims = {"sub": "orders"}
    token = jwt.encode(claims, private, algorithm=jwk["alg"], headers={"kid": jwk["kid"]})  # type: ignore[arg-type]
    assert jwt.decode(token, jwt.PyJWK(jwk), algorithms=[jwk["alg"]]) == claims
    verified = joserfc_jwt.decode(token, joserfc_jwk.import_key(dict(jwk)), algorithms=[jwk["alg"]])
    assert verified.claims == claims
    checked = jwcrypto.jwt.JWT(jwt=token, key=jwcrypto.jwk.JWK(**jwk), algs=[jwk["alg"]])
    assert json.loads(checked.claims) == claims


def all_work(controller: Controller) -> None:
    """Each host has a working key, and these keys are the ones that are published."""
    for host in controller.hosts:
        works(host, controller.jwk(host.name))
    published = sorted(jwk["kid"] for jwk in controller.published())
    assert published == sorted(controller.jwk(host.name)["kid"] for host in controller.hosts)
    assert len(set(published)) == len(controller.hosts)
