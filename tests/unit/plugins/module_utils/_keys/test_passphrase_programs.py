# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passphrases as openssl, ssh-keygen and Go take them: what is taken here opens there, and the other way round.

A test whose program is not on this machine is skipped. Go is ``go`` on PATH, or the program that KEYSMITH_GO_READER
names (tests/fleet builds one and runs this file with it).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import typing as t
import unicodedata
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import passphrase as keys_passphrase
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read as keys_read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ALGORITHMS
from ansible_collections.keysmith.jwt.tests.unit import key_pairs

SOURCE = Path(__file__).resolve().parents[3] / "fleet" / "read.go"
ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def long(octets: int) -> str:
    """A passphrase of that length in which no two places look alike, so that a cut is seen."""
    return "".join(ALPHABET[(7 * place + place // 26) % 26] for place in range(octets))


TAKEN = {
    **{"%d octets" % octets: long(octets) for octets in (8, 31, 32, 64, 127, 128, 255, 256, 512)},
    "composed characters": unicodedata.normalize("NFC", "caf\u00e9 \u00c5ngstr\u00f6m"),
    "256 characters of two octets": "\u00e9" * 256,
    "characters of four octets": "\U0001f511" * 8,
    "quotes": 'it\'s "quoted" `twice`',
    "what a shell expands": "$HOME $(id) ${x} %s *",
    "a comment": "# no comment #",
    "a number sign inside": "before #after",
    "backslashes": "\\n\\\\ \\x41 \\",
    "an equals sign": "=key=value;",
    "blanks inside": "two  blanks inside",
    "openssl's own words": "pass:env:file:stdin",
}
#: What is refused to write with, and the rule that is named.
REFUSED = {
    "7 octets": (long(7), "shorter than 8"),
    **{"%d octets" % octets: (long(octets), "longer than 512") for octets in (513, 1023, 1024, 1025, 4096)},
    "decomposed characters": (unicodedata.normalize("NFD", "caf\u00e9 \u00c5ngstr\u00f6m"), "composed form"),
    "a newline at the end": ("correct horse\n", "control character"),
    "a newline inside": ("correct\nhorse", "control character"),
    "a carriage return at the end": ("correct horse\r", "control character"),
    "a NUL": ("correct\0horse", "control character"),
    "a blank before": (" correct horse", "begins or ends with a blank"),
    "a blank after": ("correct horse ", "begins or ends with a blank"),
    "octets that are no UTF-8": (b"caf\xe9 caf\xe9".decode("utf-8", "surrogateescape"), "not Unicode text"),
}
#: What other programs write with all the same, and a key that has it can be kept with.
ELSEWHERE = {
    name: REFUSED[name][0]
    for name in (
        "7 octets",
        "513 octets",
        "1023 octets",
        "decomposed characters",
        "a newline at the end",
        "a newline inside",
        "a carriage return at the end",
        "a blank before",
        "a blank after",
    )
}
KINDS = [(name, form) for name in ("RS256", "ES256") for form in ("pkcs8", "traditional")]
each_kind = pytest.mark.parametrize(("algorithm", "form"), KINDS)


def program(name: str) -> str:
    """Where it is; the test is skipped on a machine without it."""
    found = shutil.which(name)
    if not found:
        pytest.skip("no %s on this machine" % name)
    return found


def call(*command: t.Union[str, bytes], given: bytes = b"", **variables: bytes) -> t.Tuple[bool, bytes]:
    """Whether a program succeeded, and what it printed."""
    environment = {**os.environb, **{name.encode(): value for name, value in variables.items()}}
    done = subprocess.run(
        command, input=given, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False
    )
    return done.returncode == 0, done.stdout


def openssl(path: Path, passphrase: bytes, way: str) -> bytes:
    """The public key that openssl finds with the passphrase given in that way; empty where it opens nothing."""
    secret = path.with_name("secret")
    secret.write_bytes(passphrase)
    passin = {"file": b"file:" + os.fsencode(secret), "env": b"env:SECRET", "stdin": b"stdin"}[way]
    variables = {"SECRET": passphrase} if way == "env" else {}
    command = (program("openssl"), "pkey", "-in", str(path), "-pubout", "-passin", passin)
    opened, text = call(*command, given=passphrase if way == "stdin" else b"", **variables)
    return text if opened else b""


def ssh_keygen(path: Path, passphrase: bytes, way: str) -> bytes:
    """The public key that ssh-keygen finds, as it prints it; empty where it opens nothing."""
    path.chmod(0o600)
    command = (program("ssh-keygen"), "-y", "-f", str(path))
    if way == "argument":
        opened, text = call(*command, "-P", passphrase)
        return text if opened else b""
    secret, ask = path.with_name("secret"), path.with_name("ask")
    secret.write_bytes(passphrase + b"\n")
    ask.write_text("#!/bin/sh\nexec cat '%s'\n" % secret)
    ask.chmod(0o700)
    opened, text = call(*command, SSH_ASKPASS=os.fsencode(ask), SSH_ASKPASS_REQUIRE=b"force", DISPLAY=b":0")
    return text if opened else b""


@pytest.fixture(scope="module", name="keys")
def keys_(request: t.Any) -> t.Dict[str, t.Any]:
    """One private key of each algorithm."""
    return {name: keys_read.generate(ALGORITHMS[name], 2048 if name == "RS256" else 0) for name in ("RS256", "ES256")}


@pytest.fixture(scope="module", name="go")
def go_(tmp_path_factory: t.Any) -> str:
    """The program that opens keys as Go does."""
    if os.environ.get("KEYSMITH_GO_READER"):
        return os.environ["KEYSMITH_GO_READER"]
    built = tmp_path_factory.mktemp("go")
    environment = {**os.environ, "HOME": str(built), "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    subprocess.run(
        (program("go"), "build", "-o", str(built / "read"), str(SOURCE)), env=environment, check=True, timeout=300
    )
    return str(built / "read")


def written(
    keys: t.Dict[str, t.Any], algorithm: str, form: str, passphrase: bytes, path: Path
) -> t.Tuple[bytes, bytes]:
    """A file as the module writes it; its public key as PEM and as ssh-keygen prints it."""
    from cryptography.hazmat.primitives import serialization

    path.write_bytes(keys_read.private_pem(keys[algorithm], form, passphrase))
    public = keys[algorithm].public_key()
    line = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return public_facts.facts(public).pem.encode(), line


@each_kind
@pytest.mark.parametrize("name", TAKEN)
def test_what_is_taken_opens_the_key_in_openssl_and_for_the_library(
    name: str, algorithm: str, form: str, keys: t.Dict[str, t.Any], tmp_path: Path
) -> None:
    passphrase = keys_passphrase.checked("passphrase", TAKEN[name])
    path = tmp_path / "key"
    public, _line = written(keys, algorithm, form, passphrase, path)
    for way in ("file", "env", "stdin"):
        assert openssl(path, passphrase, way) == public, way
    assert openssl(path, passphrase[:-1], "file") == b""
    read = keys_read.read_private(path.read_bytes(), [passphrase], name="it")
    assert public_facts.facts(read.private.public_key()).pem.encode() == public


@each_kind
@pytest.mark.parametrize("name", TAKEN)
def test_what_is_taken_opens_the_key_in_ssh_keygen(
    name: str, algorithm: str, form: str, keys: t.Dict[str, t.Any], tmp_path: Path
) -> None:
    passphrase = keys_passphrase.checked("passphrase", TAKEN[name])
    path = tmp_path / "key"
    _public, line = written(keys, algorithm, form, passphrase, path)
    for way in ("argument", "askpass"):
        assert ssh_keygen(path, passphrase, way).split()[:2] == line.split()[:2], way
    assert ssh_keygen(path, passphrase[:-1], "argument") == b""


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
@pytest.mark.parametrize("name", TAKEN)
def test_what_is_taken_opens_the_key_in_go(
    name: str, algorithm: str, keys: t.Dict[str, t.Any], tmp_path: Path, go: str
) -> None:
    passphrase = keys_passphrase.checked("passphrase", TAKEN[name])
    public, _line = written(keys, algorithm, "traditional", passphrase, tmp_path / "key")
    assert call(go, str(tmp_path / "key"), passphrase) == (True, public)
    assert not call(go, str(tmp_path / "key"), passphrase[:-1])[0]


@pytest.mark.parametrize("name", REFUSED)
def test_the_rest_is_refused_by_the_name_of_the_rule_before_anything_is_made(name: str, tmp_path: Path) -> None:
    passphrase, rule = REFUSED[name]
    for state in ("nothing there", "a key there"):
        before = key_pairs.picture(tmp_path)
        with pytest.raises(KeysmithError, match="^passphrase: .*" + rule) as raised:
            key_pairs.run(tmp_path / "jwt" / "private.key", passphrase=passphrase)
        assert passphrase not in str(raised.value)
        assert key_pairs.picture(tmp_path) == before
        if state == "nothing there":
            key_pairs.run(tmp_path / "jwt" / "private.key", passphrase=key_pairs.FIRST)


def by_openssl(path: Path, passphrase: bytes, form: str) -> None:
    """An EC key that openssl makes and encrypts."""
    make = ("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    plain = path.with_name("plain")
    assert call(program("openssl"), *make, "-out", str(plain))[0]
    command = ("ec", "-aes256") if form == "traditional" else ("pkcs8", "-topk8", "-v2", "aes256")
    arguments = (*command, "-in", str(plain), "-out", str(path), "-passout", "env:SECRET")
    assert call(program("openssl"), *arguments, SECRET=passphrase)[0]


def by_ssh_keygen(path: Path, passphrase: bytes, form: str) -> None:
    """An EC key that ssh-keygen makes and encrypts."""
    if form == "openssh":
        pytest.importorskip("bcrypt", reason="the host has no library for the encryption of OpenSSH's own form")
    letters = {"traditional": "PEM", "pkcs8": "PKCS8", "openssh": "RFC4716"}[form]
    command = (program("ssh-keygen"), "-q", "-t", "ecdsa", "-b", "256", "-m", letters, "-a", "1", "-N", passphrase)
    assert call(*command, "-f", str(path))[0]


WRITERS = [
    (by_openssl, "traditional"),
    (by_openssl, "pkcs8"),
    (by_ssh_keygen, "traditional"),
    (by_ssh_keygen, "pkcs8"),
    (by_ssh_keygen, "openssh"),
]
each_writer = pytest.mark.parametrize(("write", "form"), WRITERS)


@each_writer
@pytest.mark.parametrize("name", TAKEN)
def test_what_other_programs_encrypt_with_it_is_adopted(
    name: str, write: t.Callable[[Path, bytes, str], None], form: str, tmp_path: Path
) -> None:
    path = tmp_path / "private.key"
    write(path, TAKEN[name].encode(), form)
    content = path.read_bytes()
    done = key_pairs.run(path, passphrase=TAKEN[name], format="keep" if form != "openssh" else "pkcs8")
    assert not done["created"]
    assert (path.read_bytes() == content) == (form != "openssh")
    # The same key, as the program that wrote it sees it.
    assert openssl(path, TAKEN[name].encode(), "file") == done["public_key"].encode()


@each_writer
@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_they_encrypt_with_anything_else_is_kept_under_a_new_passphrase(
    name: str, write: t.Callable[[Path, bytes, str], None], form: str, tmp_path: Path
) -> None:
    path = tmp_path / "private.key"
    write(path, ELSEWHERE[name].encode(), form)
    done = key_pairs.run(path, passphrase=key_pairs.FIRST, previous_passphrases=[ELSEWHERE[name]])
    assert not done["created"] and done["changes"] == ["private_key"]
    assert openssl(path, key_pairs.FIRST.encode(), "file") == done["public_key"].encode()


@pytest.mark.parametrize(("octets", "kept"), [(1023, 1023), (1024, 1023), (1025, 1023)])
def test_openssl_cuts_what_is_longer_than_we_read(octets: int, kept: int, tmp_path: Path) -> None:
    """Why MOST_ELSEWHERE is what it is: a file of 1025 octets is a passphrase of 1023 to openssl."""
    plain, path, secret = tmp_path / "plain", tmp_path / "key", tmp_path / "secret"
    secret.write_text(long(octets))
    make = ("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(plain))
    assert call(program("openssl"), *make)[0]
    command = ("pkcs8", "-topk8", "-in", str(plain), "-out", str(path), "-passout", "file:%s" % secret)
    assert call(program("openssl"), *command)[0]
    done = key_pairs.run(path, passphrase=key_pairs.FIRST, previous_passphrases=[long(kept)])
    assert not done["created"]
    if octets > kept:
        with pytest.raises(KeysmithError, match="^previous_passphrases: is longer than 1023 octets"):
            key_pairs.run(path, passphrase=key_pairs.FIRST, previous_passphrases=[long(octets)])
