# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates and PKCS#12 files in the programs that read them: openssl, Java's keytool, node."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import typing as t
from pathlib import Path

import pytest
from conftest import Ansible

HERE = Path(__file__).resolve().parent


class Made(t.NamedTuple):
    place: Path
    #: As a service reads them, from the environment file.
    variables: t.Dict[str, str]
    result: t.Dict[str, t.Any]
    #: By the play that has made it.
    printed: str

    def program(self, name: str, *arguments: str) -> str:
        """What it prints; the test is skipped where it is not here. Secrets are in its environment alone."""
        if not shutil.which(name):
            pytest.skip(f"{name} is not here")
        secrets = {
            "KEY_PASSPHRASE": self.variables["PRIVATE_KEY_PASSWORD"],
            "KEY_BASE64": self.variables["PRIVATE_KEY_BASE64"],
        }
        ended = subprocess.run(
            [name, *arguments],
            env={**os.environ, **secrets, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def file(self, name: str) -> str:
        return str(self.place / name)


@pytest.fixture(scope="module", name="made", params=["RS256", "ES256", "EdDSA"])
def _made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    home, place = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("jwt")
    printed = Ansible(home).play(
        str(HERE / "keystores.yml"), "-vvvv", "--diff", algorithm=request.param, place=str(place)
    )
    lines = (place / "env").read_text().splitlines()
    variables = {name: value.strip("\"'") for name, _equals, value in (line.partition("=") for line in lines)}
    return Made(place, variables, json.loads((place / "result.json").read_text()), printed)


def test_no_secret_is_printed(made: Made) -> None:
    encoded = made.variables["PRIVATE_KEY_BASE64"]
    secrets = [made.variables["PRIVATE_KEY_PASSWORD"], encoded, *base64.b64decode(encoded).decode().splitlines()[1:-1]]
    keystore = base64.b64encode((made.place / "keystore.p12").read_bytes()).decode()
    shown = made.printed + json.dumps(made.result)
    assert [secret for secret in (*secrets, keystore[:60]) if len(secret) > 20 and secret in shown] == []


def test_openssl_reads_all(made: Made) -> None:
    certificate = made.file("certificate.pem")
    keystore = ["pkcs12", "-in", made.file("keystore.p12"), "-passin", "env:KEY_PASSPHRASE"]
    made.program("openssl", "verify", "-CAfile", certificate, "-check_ss_sig", certificate)
    public = made.program("openssl", "x509", "-in", certificate, "-noout", "-pubkey")
    assert public == (made.place / "public.pem").read_text()
    shown = made.program("openssl", "x509", "-in", certificate, "-noout", "-fingerprint", "-sha256", "-subject")
    assert "CN = orders" in shown or "CN=orders" in shown
    held = made.program("openssl", *keystore, "-nokeys", "-clcerts")
    assert (made.place / "certificate.pem").read_text() in held
    key = made.place / "exported.pem"
    made.program("openssl", *keystore, "-nocerts", "-passout", "env:KEY_PASSPHRASE", "-out", str(key))
    assert made.program("openssl", "pkey", "-in", str(key), "-passin", "env:KEY_PASSPHRASE", "-pubout") == public


def test_keytool_has_one_entry_with_the_certificate(made: Made) -> None:
    keystore = ["-keystore", made.file("keystore.p12"), "-storetype", "PKCS12", "-storepass:env", "KEY_PASSPHRASE"]
    assert "PrivateKeyEntry" in made.program("keytool", "-list", "-alias", "jwt", *keystore)
    exported = made.program("keytool", "-exportcert", "-rfc", "-alias", "jwt", *keystore)
    assert "".join(exported.split()) == "".join((made.place / "certificate.pem").read_text().split())
    # It opens the private key, and signs with it.
    made.program("keytool", "-certreq", "-alias", "jwt", *keystore)


def test_node_reads_all(made: Made) -> None:
    shown = json.loads(made.program("node", str(HERE / "keystore.js"), str(made.place)))
    assert shown == {"subject": "CN=orders", "ofKey": True, "signed": True, "inJwk": True, "ofJwk": True}


def test_fingerprints_are_those_of_openssl(made: Made) -> None:
    der = made.place / "certificate.der"
    made.program("openssl", "x509", "-in", made.file("certificate.pem"), "-outform", "DER", "-out", str(der))
    found = made.result["fingerprints"]
    for name, digest in (("x5t", "-sha1"), ("x5t#S256", "-sha256")):
        octets = made.place / "digest"
        made.program("openssl", "dgst", digest, "-binary", "-out", str(octets), str(der))
        text = made.program("openssl", "base64", "-A", "-in", str(octets)).strip()
        assert found[name] == text.translate(str.maketrans("+/", "-_", "="))
    spki = made.place / "spki.der"
    made.program("openssl", "pkey", "-pubin", "-in", made.file("public.pem"), "-outform", "DER", "-out", str(spki))
    assert made.program("openssl", "dgst", "-sha256", str(spki)).split()[-1] == found["spki_sha256"]
