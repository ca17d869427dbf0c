# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What files are called whose place a key pair's file would take, and which ones are ours to replace."""

from __future__ import annotations

import base64
import json
import time
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import file_kinds, outputs
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import certificate, pkcs12
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read as keys_read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.key_types import KEY_TYPES
from ansible_collections.keysmith.jwt.tests.unit.made_keys import private
from cryptography.hazmat.primitives import serialization

PRIVATE = private("ES256")
PEM = public_facts.facts(PRIVATE.public_key()).pem
SPKI = PRIVATE.public_key().public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
)  # fmt: skip
PKCS8 = PRIVATE.private_bytes(
    serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)  # fmt: skip
SSH = PRIVATE.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
JWK = {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "d", "key_ops": ["verify"], "ext": True}


def block(label: str, count: int = 1) -> str:
    return ("-----BEGIN %s-----\nTUlJQw==\n-----END %s-----\n" % (label, label)) * count


#: Files of others, by what they are called.
FOREIGN: t.Dict[str, t.List[t.Union[str, bytes]]] = {
    "a certificate": [block("CERTIFICATE"), block("X509 CERTIFICATE"), "subject=CN = a\n" + block("CERTIFICATE")],
    "a certificate chain": [block("CERTIFICATE", 3), block("PUBLIC KEY") + block("CERTIFICATE", 2)],
    "a private key": [
        block("PRIVATE KEY"),
        block("ENCRYPTED PRIVATE KEY"),
        block("CERTIFICATE") + block("RSA PRIVATE KEY"),
        block("OPENSSH PRIVATE KEY").replace("\n", "\r\n"),
        "-----BEGIN EC PRIVATE KEY-----\nTUl",
        "\ufeff" + block("PRIVATE KEY"),
        "PuTTY-User-Key-File-3: ssh-ed25519\n",
        "# created: 2026-11-01\nAGE-SECRET-KEY-1AAAA\n",
    ],
    "a certificate request": [block("CERTIFICATE REQUEST"), block("NEW CERTIFICATE REQUEST")],
    "a certificate revocation list": [block("X509 CRL")],
    "a list of public keys": [PEM + PEM, block("PUBLIC KEY") + block("RSA PUBLIC KEY")],
    "text with a public key in it": ["password: canary\n" + PEM, "password: canary\n-----BEGIN PUBLIC KEY-----\n"],
    "a PEM file of another kind": [block("DH PARAMETERS"), block("PGP MESSAGE"), block("PKCS7")],
    "a JWK Set": ['{"keys":[]}', json.dumps({"keys": [JWK]}, indent=1)],
    "a private JWK": [json.dumps({**JWK, "d": "AA"}), '{"kty":"oct","k":"AA"}'],
    "JSON": [
        "{}",
        "[]",
        '{"kid": "d"}',
        '{"kty": 7}',
        '{"kty": "EC", "more": {"d": "AA"}}',
        "[%s]" % json.dumps(JWK),
        '{"a": "b=c"}',
        '{"kty": "EC", "cut": "sho',
        "[" * 3000,
        json.dumps({"key": PEM}),
    ],
    "YAML": [
        "---\nkey: value\n",
        "key: |\n  " + PEM.replace("\n", "\n  "),
        "# of the service\n- one\n- two\n",
        "services:\n  web:\n    image: orders\n",
    ],
    "an OpenSSH public key, or a list of them such as authorized_keys": [
        SSH + " root@host\n",
        "# who may log in\n%s a\n%s b\n" % (SSH, SSH),
        'from="10.0.0.1" %s\n' % SSH,
        'command="run A=1",no-pty %s deploy\n' % SSH,
        "host,10.0.0.1 %s\n" % SSH,
    ],
    "an INI or TOML file": ["[Service]\nEnvironment=A=1\n", "; defaults\n[main]\na = b\n", "[[keys]]\na = 1\n"],
    "XML or HTML": ["<?xml version='1.0'?>\n<a/>", "<!doctype html>"],
    "an encrypted file of Ansible Vault": ["$ANSIBLE_VAULT;1.1;AES256\n3030\n"],
    "an SSH2 key": ["---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n"],
    "a script": ["#!/bin/sh\nset -e\nrun\n"],
    "a token": ["eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl\n"],
    "a key or a certificate in base64": [base64.b64encode(PKCS8), base64.encodebytes(PKCS8)],
    "a binary file (DER)": [PKCS8, SPKI],
    "a Java keystore": [b"\xfe\xed\xfe\xed\0\0\0\2"],
    "UTF-16 text": ["text".encode("utf-16")],
    "a binary file": [b"\x7fELF\2\1\1\0", b"\x1f\x8b\x08\0", "caf\xe9".encode("latin-1")],
    "something else": ["root:x:0:0:root:/root:/bin/sh\n", "some words\n", "server { listen 80; }\n"],
}
CASES = [
    (one if isinstance(one, bytes) else one.encode(), kind) for kind, contents in FOREIGN.items() for one in contents
]


@pytest.mark.parametrize(("content", "kind"), CASES)
def test_each_kind_has_its_name_and_is_nobody_s_to_replace(content: bytes, kind: str) -> None:
    assert file_kinds.of(content) == kind
    assert not any(output.may_replace and output.may_replace(content) for output in outputs.DERIVED)


CERTIFICATE = certificate.make(PRIVATE, KEY_TYPES["P-256"], "orders", 365, int(time.time()))
KEYSTORE = pkcs12.make("jwt", PRIVATE, certificate.read(CERTIFICATE).der, b"a passphrase")
SOURCE = outputs.Source(PEM, {"kty": "EC"}, CERTIFICATE, KEYSTORE)
#: What may be replaced, by the option that may.
OURS = {
    "public_path": [PEM, PEM.replace("\n", "\r\n"), "\ufeff\n" + PEM, block("RSA PUBLIC KEY"), PEM[:60], PEM[:-3]],
    "jwk_path": [json.dumps(JWK), json.dumps(JWK, indent=7) + "\n", '{"kty": "unheard of"}'],
    "public_base64_path": [base64.b64encode(SPKI).decode(), base64.encodebytes(SPKI).decode()],
    "certificate_path": [CERTIFICATE.decode(), CERTIFICATE.decode().replace("\n", "\r\n")],
    "pkcs12_path": [KEYSTORE],
}


def test_each_output_has_examples() -> None:
    assert [output.option for output in outputs.DERIVED] == list(OURS)


@pytest.mark.parametrize(("option", "text"), [(option, text) for option, texts in OURS.items() for text in texts])
def test_what_is_ours_is_replaced_by_its_own_kind_alone(option: str, text: t.Union[str, bytes]) -> None:
    content = text if isinstance(text, bytes) else text.encode()
    replacing = [output.option for output in outputs.DERIVED if output.may_replace and output.may_replace(content)]
    assert replacing == [option]


@pytest.mark.parametrize("output", outputs.DERIVED, ids=lambda output: output.option)
def test_what_is_rendered_is_of_its_own_kind(output: outputs.Output) -> None:
    assert output.render and output.may_replace
    content = output.render(SOURCE)
    assert output.may_replace(content)
    kinds = {"certificate": "a certificate", "pkcs12": "a binary file (DER)"}
    assert file_kinds.of(content) == kinds.get(output.kind, output.content)


def test_base64_is_the_public_key_on_one_line() -> None:
    (row,) = [output for output in outputs.DERIVED if output.option == "public_base64_path"]
    assert row.render
    assert row.render(SOURCE) == base64.b64encode(SPKI) + b"\n"


@pytest.mark.parametrize(
    "text",
    ["A=1\n", "# for orders\nexport A='b c'\n", "KEY='\n%s'\n" % keys_read.private_pem(PRIVATE, "pkcs8").decode(), SSH],
)
def test_environment_files_are_named(text: str) -> None:
    named = file_kinds.of(("KEY=" + text if text is SSH else text).encode())
    assert named == (file_kinds.PRIVATE_KEY if "BEGIN" in text else file_kinds.ENVIRONMENT)
