# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each command that a message advises, typed by somebody who follows it: what comes out is read, and is the same key.

A key of the kind is made first, by the program that makes such keys; a test is skipped where a program is missing or
does not make them any more.
"""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import advice, read
from ansible_collections.keysmith.jwt.tests.unit.made_keys import HAD
from ansible_collections.keysmith.jwt.tests.unit.programs import program, run

PLUGINS = Path(__file__).resolve().parents[5].parent / "plugins"
OLD, NEW = "the old passphrase", "the new passphrase"
PASS = "pass:" + OLD
OLD_ONES = ["-provider", "legacy", "-provider", "default"]


def typed(command: str, folder: Path) -> bool:
    """Run a command at a terminal, answer what it asks, and return whether it succeeded."""
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(str(folder))
        os.execvp("sh", ["sh", "-c", command])
    asked = b""
    while True:
        ready = select.select([terminal], [], [], 60)[0]
        try:
            said = os.read(terminal, 1024) if ready else b""
        except OSError:  # the program is done
            said = b""
        if not said:
            break
        asked += said
        if re.search(rb"(pass ?phrase|password)[^\n]*: ?$", asked, re.IGNORECASE):
            is_new = re.search(rb"new|again|verify|save|encryption password|enter pem", asked, re.IGNORECASE)
            os.write(terminal, (NEW if is_new else OLD).encode() + b"\n")
            asked = b""
    os.close(terminal)
    return os.waitpid(pid, 0)[1] == 0


def openssl_key(folder: Path, *arguments: str) -> Path:
    """An RSA key in PKCS#8, as openssl makes it; and one in the file "it", as these arguments make it of that."""
    run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", folder / "plain")
    run("openssl", *arguments, "-in", folder / "plain", "-out", folder / "it")
    return folder / "plain"


def pkcs8(*arguments: str) -> t.Callable[[Path], Path]:
    return lambda folder: openssl_key(folder, "pkcs8", "-topk8", "-passout", PASS, *arguments)


def dek_info(cipher: str) -> t.Callable[[Path], Path]:
    return lambda folder: openssl_key(folder, "rsa", "-traditional", "-passout", PASS, "-" + cipher, *OLD_ONES)


def openssh(*arguments: str) -> t.Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        run("ssh-keygen", "-q", "-N", OLD, "-f", folder / "it", *arguments)
        return folder / "it.pub"

    return make


def putty(type: str, output: str = "private") -> t.Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "old").write_text(OLD + "\n")
        program("puttygen")
        run("ssh-keygen", "-q", "-N", "", "-t", type, "-m", "PEM", "-f", folder / "plain")
        given = ("--new-passphrase", folder / "old", "-O", output, "-o", folder / "it")
        run("puttygen", folder / "plain", *given)
        return folder / "plain.pub"

    return make


def pkcs12(*arguments: str, in_pem: bool = False) -> t.Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        plain = openssl_key(folder, "pkcs8", "-topk8", "-nocrypt")
        run("openssl", "req", "-x509", "-new", "-key", plain, "-subj", "/CN=x", "-out", folder / "certificate")
        made = folder / ("binary" if in_pem else "it")
        certificate = ("-inkey", plain, "-in", folder / "certificate")
        run("openssl", "pkcs12", "-export", *certificate, "-passout", PASS, *arguments, "-out", made)
        if in_pem:
            body = run("openssl", "base64", "-in", made)
            (folder / "it").write_bytes(b"-----BEGIN PKCS12-----\n" + body + b"-----END PKCS12-----\n")
        return plain

    return make


def certificate(*arguments: str) -> t.Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        plain = openssl_key(folder, "pkcs8", "-topk8", "-nocrypt")
        run("openssl", "req", "-x509", "-new", "-key", plain, "-subj", "/CN=x", "-out", folder / "certificate")
        run("openssl", "x509", "-in", folder / "certificate", *arguments, "-out", folder / "it")
        return plain

    return make


def ssh2_public(folder: Path) -> Path:
    run("ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", folder / "key")
    (folder / "it").write_bytes(run("ssh-keygen", "-e", "-m", "RFC4716", "-f", folder / "key.pub"))
    return folder / "key.pub"


def labelled(type: str, is_encrypted: bool) -> t.Callable[[Path], Path]:
    """As CryptX 0.077 for Perl writes them: PKCS#8 inside, encrypted as PKCS#1 was in the nineties."""

    def make(folder: Path) -> Path:
        run("openssl", "genpkey", "-algorithm", type, "-out", folder / "plain")
        headers, body = "", folder / "der"
        run("openssl", "pkey", "-in", folder / "plain", "-outform", "DER", "-out", body)
        if is_encrypted:
            vector = os.urandom(16).hex().upper()
            options = ("-aes-256-cbc", "-md", "md5", "-S", vector[:16], "-iv", vector, "-pass", PASS)
            octets = run("openssl", "enc", *options, "-in", body)
            (folder / "der").write_bytes(octets[16:] if octets.startswith(b"Salted__") else octets)
            headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,%s\n\n" % vector
        text = run("openssl", "base64", "-in", body).decode()
        block = "-----BEGIN %s PRIVATE KEY-----\n%s%s-----END %s PRIVATE KEY-----\n" % (type, headers, text, type)
        (folder / "it").write_text(block)
        return folder / "plain"

    return make


def bare_seed(folder: Path) -> Path:
    if "ML-DSA-44" not in HAD:
        pytest.skip("this cryptography has no ML-DSA")
    format = ("-provparam", "ml-dsa.output_formats=bare-seed")
    run("openssl", "genpkey", "-algorithm", "ML-DSA-44", *format, "-out", folder / "it")
    run("openssl", "pkey", "-in", folder / "it", "-pubout", "-out", folder / "public")
    return folder / "public"


#: What it is -> how a file of it is made, and the command that is advised.
CASES: t.Dict[str, t.Tuple[t.Callable[[Path], Path], str]] = {
    **{
        "PBES1 with %s" % name: (pkcs8("-v1", name, *OLD_ONES), advice.ENCRYPT)
        for name in ("PBE-SHA1-3DES", "PBE-MD5-DES", "PBE-SHA1-RC2-40", "PBE-SHA1-RC2-128", "PBE-SHA1-RC4-128")
    },
    **{
        "PBES2 with %s" % name: (pkcs8("-v2", name, *OLD_ONES), advice.ENCRYPT)
        for name in ("aria-256-cbc", "camellia-256-cbc", "des", "rc2", "seed", "bf-cbc", "cast5-cbc")
    },
    "PBKDF2 with another hash": (pkcs8("-v2", "aes-256-cbc", "-v2prf", "hmacWithMD5"), advice.ENCRYPT),
    "PBKDF2 with many rounds": (pkcs8("-v2", "aes-256-cbc", "-iter", "1000001"), advice.ENCRYPT),
    **{
        "DEK-Info with %s" % name: (dek_info(name), advice.ENCRYPT)
        for name in ("aria256", "camellia256", "des", "seed", "idea")
    },
    "DER, private": (lambda folder: openssl_key(folder, "pkey", "-outform", "DER"), advice.DER_PRIVATE),
    "DER, PKCS#1": (lambda folder: openssl_key(folder, "rsa", "-traditional", "-outform", "DER"), advice.DER_PRIVATE),
    "DER, encrypted": (pkcs8("-v2", "aes-256-cbc", "-outform", "DER"), advice.DER_ENCRYPTED),
    "DER, public": (lambda folder: openssl_key(folder, "pkey", "-pubout", "-outform", "DER"), advice.DER_PUBLIC),
    "DER, certificate": (certificate("-outform", "DER"), advice.DER_CERTIFICATE),
    "trusted certificate": (certificate("-trustout"), advice.TRUSTED_CERTIFICATE),
    "PKCS#12": (pkcs12(), advice.PKCS12),
    "PKCS#12 of older programs": (pkcs12("-legacy"), advice.PKCS12),
    "PKCS#12 in PEM": (pkcs12(in_pem=True), advice.PKCS12_IN_PEM),
    "OpenSSH with another cipher": (
        openssh("-t", "ed25519", "-Z", "chacha20-poly1305@openssh.com"),
        advice.OPENSSH_CIPHER,
    ),
    "OpenSSH with GCM": (openssh("-t", "rsa", "-b", "2048", "-Z", "aes256-gcm@openssh.com"), advice.OPENSSH_CIPHER),
    "OpenSSH with many rounds": (openssh("-t", "ed25519", "-a", "65"), advice.OPENSSH_ROUNDS),
    "CryptX, Ed25519": (labelled("ED25519", False), advice.RELABEL),
    "CryptX, X25519": (labelled("X25519", False), advice.RELABEL),
    "CryptX, encrypted": (labelled("ED25519", True), advice.RELABEL_ENCRYPTED),
    "SSH2, public": (ssh2_public, advice.SSH2_PUBLIC),
    **{"PuTTY, %s" % type: (putty(type), advice.PUTTY) for type in ("rsa", "ecdsa", "ed25519")},
    "ssh.com": (putty("rsa", "private-sshcom"), advice.PUTTY),
    "ML-DSA, bare seed": (bare_seed, advice.ML_DSA_SEED),
}
#: Advised where bcrypt is missing, and not by the file alone.
WITHOUT_BCRYPT: t.Dict[str, t.Tuple[t.Callable[[Path], Path], str]] = {
    type: (openssh("-t", type), advice.OPENSSH_TO_PEM) for type in ("rsa", "ecdsa")
}
ADDED = {advice.ENCRYPT: advice.LEGACY, advice.PKCS12: advice.PKCS12_LEGACY}


def thumbprint_of(path: Path, *passphrases: str) -> t.Dict[str, str]:
    key = read.read(path.read_bytes(), [secret.encode() for secret in passphrases], name="path")
    return public_facts.facts(key.public).members


def follow(folder: Path, command: str) -> Path:
    """Type the command; where it fails, with what the message adds for OpenSSL 3. The file that it leaves."""
    program(command.split()[0])
    command = re.sub(r"\bFILE\b", "it", re.sub(r"\bNEW\b", "new", command))
    added = ADDED.get(command.replace(" it", " FILE").replace(" new", " NEW"), "")
    assert typed(command, folder) or (added and typed("%s %s" % (command, added), folder))
    return folder / ("new" if " new" in command else "it")


@pytest.mark.parametrize("name", CASES)
def test_the_advice_works(tmp_path: Path, name: str) -> None:
    make, command = CASES[name]
    plain = make(tmp_path)
    with pytest.raises(KeysmithError) as raised:
        read.read((tmp_path / "it").read_bytes(), [OLD.encode()], name="path")
    assert re.search("(['\"])%s\\1" % re.escape(command), str(raised.value))
    made = follow(tmp_path, command)
    key = read.read(made.read_bytes(), [NEW.encode(), OLD.encode()], name="path")
    assert public_facts.facts(key.public).members == thumbprint_of(plain)
    if key.private:
        assert made.stat().st_mode & 0o077 == 0
        # What was encrypted stays so; PuTTY's program keeps the passphrase.
        assert key.encrypted or name.startswith(("DER, ", "ML-DSA", "CryptX, Ed", "CryptX, X"))


@pytest.mark.parametrize("type", WITHOUT_BCRYPT)
def test_the_advice_works_without_bcrypt(tmp_path: Path, type: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    make, command = WITHOUT_BCRYPT[type]
    plain, real = make(tmp_path), builtins.__import__

    def missing(module: str, *arguments: t.Any, **options: t.Any) -> t.Any:
        if module == "bcrypt":
            raise ImportError(module)
        return real(module, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(KeysmithError, match="bcrypt") as raised:
        read.read((tmp_path / "it").read_bytes(), [OLD.encode()], name="path")
    assert "'%s'" % command in str(raised.value)
    assert thumbprint_of(follow(tmp_path, command), NEW) == thumbprint_of(plain)


def test_an_ed25519_key_is_not_sent_in_a_circle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ssh-keygen writes it in OpenSSH's format, whatever it is asked for."""
    import sys

    openssh("-t", "ed25519")(tmp_path)
    monkeypatch.setitem(sys.modules, "bcrypt", None)
    with pytest.raises(KeysmithError, match="bcrypt, which is missing here; install it") as raised:
        read.read((tmp_path / "it").read_bytes(), [OLD.encode()], name="path")
    assert "ssh-keygen" not in str(raised.value)


def test_each_command_is_tried() -> None:
    tried = {command for _make, command in (*CASES.values(), *WITHOUT_BCRYPT.values())}
    assert tried == advice.COMMANDS - set(ADDED.values())


def test_commands_stand_in_one_place() -> None:
    names = {shlex.split(command)[0] for command in advice.COMMANDS} - {"-legacy", "-provider"}
    quoted = re.compile("'(?:%s) " % "|".join(sorted(names)))
    assert [path.name for path in PLUGINS.rglob("*.py") if quoted.search(path.read_text())] == []
