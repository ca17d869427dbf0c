# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which private key files are in order: those that every program reads, as the programs on this machine show."""

from __future__ import annotations

import json
import shutil
import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import der, oids, read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ALGORITHMS
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.key_types import KEY_TYPES
from ansible_collections.keysmith.jwt.tests.unit import programs
from ansible_collections.keysmith.jwt.tests.unit.made_keys import HAD, NULL, algorithm, pem, private, rsa_numbers
from ansible_collections.keysmith.jwt.tests.unit.throw_away_key import FORMS, PASSPHRASE

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="the programs are the same for each Python")

NODE = """
const crypto = require("crypto"), fs = require("fs"), read = [];
for (const path of process.argv.slice(1)) {
  try {
    crypto.createPrivateKey({key: fs.readFileSync(path), passphrase: "%s"});
    read.push(path);
  } catch (error) {}
}
console.log(JSON.stringify(read));
"""
TYPES = ("PKCS#8", "PBES2, PBKDF2 with SHA-256, AES-128", "SEC 1", "DEK-Info, AES-256", "OpenSSH")


def parts(text: str) -> t.Tuple[str, t.List[str], str]:
    """What comes before the body, with header lines, the lines of the body, and the last line."""
    first, *inside, last = text.strip().split("\n")
    headers = [line for line in inside if ":" in line]
    body = [line for line in inside if line and ":" not in line]
    return "\n".join([first, *headers, *([""] if headers else []), ""]), body, last + "\n"


def body_as(text: str, line: str) -> str:
    before, body, last = parts(text)
    return before + "".join(line % one for one in body) + last


def wrapped(text: str, columns: int) -> str:
    before, body, last = parts(text)
    joined = "".join(body)
    return before + "".join(joined[at : at + columns] + "\n" for at in range(0, len(joined), columns)) + last


LAYOUTS: t.Dict[str, t.Callable[[str], str]] = {
    "as it is": lambda text: text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "CRLF in parts": lambda text: text.replace("\n", "\r\n", 3),
    "CR": lambda text: text.replace("\n", "\r"),
    "CR in parts": lambda text: text.replace("\n", "\r", 3),
    "no newline at the end": lambda text: text.rstrip("\n"),
    "byte order mark": lambda text: "\ufeff" + text,
    "text before": lambda text: "Bag Attributes\n    name: x\n" + text,
    "empty lines before": lambda text: "\n\n" + text,
    "text after": lambda text: text + "the key\n",
    "twice": lambda text: text + text,
    "indented": lambda text: "".join("  %s\n" % line for line in text.strip().split("\n")),
    "indented by tabs": lambda text: "".join("\t%s\n" % line for line in text.strip().split("\n")),
    "indented inside": lambda text: body_as(text, "  %s\n"),
    "the end indented": lambda text: text.replace("-----END", " -----END"),
    "joined by blanks": lambda text: text.strip().replace("\n", " ") + "\n",
    "joined by nothing": lambda text: text.replace("\n", ""),
    "the beginning joined": lambda text: text.replace("KEY-----\n", "KEY----- ", 1),
    "joined inside": lambda text: body_as(text, "%s "),
    "folded inside": lambda text: body_as(text, "%s ").replace(" -----END", "\n-----END"),
    "blanks at the ends of its lines": lambda text: body_as(text, "%s \t\n"),
    "empty lines between": lambda text: body_as(text, "%s\n\n"),
    "blank lines between": lambda text: body_as(text, "%s\n \n"),
    "an empty line at the beginning": lambda text: body_as(text, "\n%s\n" if len(parts(text)[1]) == 1 else "%s\n"),
    "an empty line at the end": lambda text: text.replace("-----END", "\n-----END"),
    **{
        "%d columns" % columns: lambda text, columns=columns: wrapped(text, columns)
        for columns in (20, 48, 72, 76, 255)
    },
    "one line inside": lambda text: wrapped(text, 10**6),
    "header lines the other way round": lambda text: text.replace("Proc-Type: 4,ENCRYPTED\n", "").replace(
        "\n\n", "\nProc-Type: 4,ENCRYPTED\n\n"
    ),
    "no empty line after header lines": lambda text: text.replace("\n\n", "\n"),
    "header lines with blanks": lambda text: text.replace("4,ENCRYPTED\n", "4,ENCRYPTED \n"),
    "no blank in header lines": lambda text: text.replace(": ", ":"),
    "a cipher in small letters": lambda text: text.replace("AES-256-CBC", "aes-256-cbc"),
}
#: What joins header lines leaves nothing to read.
JOINS = ("joined by blanks", "joined by nothing", "the beginning joined")
CASES = [(form, layout) for form in TYPES for layout in LAYOUTS if "DEK" not in form or layout not in JOINS]


def path_of(folder: Path, number: int) -> Path:
    return folder / str(number)


@pytest.fixture(scope="module", name="who")
def _who(tmp_path_factory: t.Any) -> t.Dict[int, t.Dict[str, bool]]:
    """For the number of each case, whether the programs of this machine read it."""
    folder = tmp_path_factory.mktemp("keys")
    for number, (form, layout) in enumerate(CASES):
        path_of(folder, number).write_bytes(LAYOUTS[layout](FORMS[form]).encode())
        path_of(folder, number).chmod(0o600)
    found: t.Dict[int, t.Dict[str, bool]] = {number: {} for number in range(len(CASES))}
    if shutil.which("node"):
        paths = [path_of(folder, number) for number in found]
        read_ones = json.loads(programs.call("node", "-e", NODE % PASSPHRASE.decode(), *paths)[1])
    for number, readers in found.items():
        path = path_of(folder, number)
        is_openssh = CASES[number][0] == "OpenSSH"
        readers["cryptography"] = library_reads(path.read_bytes())
        if shutil.which("ssh-keygen"):
            readers["ssh-keygen"] = any(
                programs.call("ssh-keygen", "-y", "-P", secret, "-f", path)[0] for secret in (PASSPHRASE, b"")
            )
        if shutil.which("openssl") and not is_openssh:
            command = ("openssl", "pkey", "-in", path, "-noout", "-passin", b"pass:" + PASSPHRASE)
            readers["openssl"] = programs.call(*command)[0]
        if shutil.which("node") and not is_openssh:
            readers["node"] = str(path) in read_ones
    return found


def library_reads(text: bytes) -> bool:
    from cryptography.hazmat.backends import default_backend
    from cryptography.hazmat.primitives import serialization

    for load in (serialization.load_pem_private_key, serialization.load_ssh_private_key):
        for passphrase in (None, PASSPHRASE):
            try:
                load(text, passphrase, default_backend())
                return True
            except Exception:  # whatever it is: it was not read
                pass
    return False


@pytest.mark.parametrize("number", range(len(CASES)), ids=["%s, %s" % case for case in CASES])
def test_in_order_is_what_all_read(who: t.Dict[int, t.Dict[str, bool]], number: int) -> None:
    form, layout = CASES[number]
    fault = read.read(LAYOUTS[layout](FORMS[form]).encode(), [PASSPHRASE], name="path").fault
    if not fault:
        assert all(who[number].values()), who[number]
    elif "ssh-keygen" in who[number] and layout not in ("byte order mark", "a cipher in small letters"):
        # Go, OpenSSL before 3.0 and the newest cryptography are not everywhere.
        assert not all(who[number].values()), fault


@pytest.mark.parametrize(
    ("form", "layout", "words"),
    [
        ("PKCS#8", "joined by blanks", "joined or indented lines, which OpenSSL"),
        ("PKCS#8", "joined by nothing", "joined or indented lines"),
        ("PKCS#8", "indented", "joined or indented lines"),
        ("PKCS#8", "empty lines between", "empty lines inside"),
        ("PKCS#8", "CR", "a carriage return alone, which no other program reads"),
        ("PKCS#8", "byte order mark", "byte order mark, which Go"),
        ("DEK-Info, AES-256", "48 columns", "header lines or columns"),
        ("OpenSSH", "CRLF", "line ends that ssh-keygen does not read"),
    ],
)
def test_the_fault_says_who_does_not_read_it(form: str, layout: str, words: str) -> None:
    assert words in read.read(LAYOUTS[layout](FORMS[form]).encode(), [PASSPHRASE], name="path").fault


def octets(content: bytes) -> bytes:
    return der.element(der.OCTET_STRING, content)


def pkcs8(oid: str, inner: bytes, parameters: bytes = b"", version: int = 0, more: bytes = b"") -> bytes:
    content = der.sequence(der.integer(version), algorithm(oid, parameters), octets(inner), more)
    return pem("PRIVATE KEY", content)


def raw(name: str) -> t.Tuple[bytes, bytes]:
    """The private and the public octets of an Ed25519 or ML-DSA key."""
    from cryptography.hazmat.primitives import serialization as forms

    key = private(name)
    public = key.public_key().public_bytes(forms.Encoding.Raw, forms.PublicFormat.Raw)
    return key.private_bytes(forms.Encoding.Raw, forms.PrivateFormat.Raw, forms.NoEncryption()), public


def rsa(version: int = 0, more: bytes = b"", parameters: bytes = NULL) -> bytes:
    inner = der.sequence(der.integer(0), *map(der.integer, rsa_numbers()))
    return pkcs8(oids.RSA, inner, parameters, version, more)


def ed25519(version: int, with_public: bool) -> bytes:
    seed, public = raw("EdDSA")
    return pkcs8("1.3.101.112", octets(seed), b"", version, der.element(0x81, b"\0" + public) if with_public else b"")


STRUCTURES: t.Dict[str, t.Tuple[t.Callable[[], bytes], str]] = {
    "RSA": (rsa, ""),
    "RSA with attributes": (lambda: rsa(0, der.element(0xA0, b"")), ""),
    "RSA without NULL": (lambda: rsa(parameters=b""), ""),
    "RSA of version 2": (lambda: rsa(1), "RFC 5958"),
    "Ed25519": (lambda: ed25519(0, False), ""),
    "Ed25519 with its public key": (lambda: ed25519(1, True), "RFC 5958"),
    "Ed25519 of version 2": (lambda: ed25519(1, False), "RFC 5958"),
    "Ed25519 with its public key, of version 1": (lambda: ed25519(0, True), "RFC 5958"),
    "a scalar without its leading zeros": (
        lambda: pem(
            "EC PRIVATE KEY",
            der.sequence(der.integer(1), octets(b"\5" * 31), der.element(0xA0, der.oid(KEY_TYPES["P-256"].oid))),
        ),
        "leading zeros",
    ),
    "a scalar with the zero of a signed number": (
        lambda: pem(
            "EC PRIVATE KEY",
            der.sequence(
                der.integer(1), octets(b"\0" + b"\xf5" * 32), der.element(0xA0, der.oid(KEY_TYPES["P-256"].oid))
            ),
        ),
        "leading zeros",
    ),
    "a seed": (lambda: pkcs8("2.16.840.1.101.3.4.3.17", der.element(0x80, raw("ML-DSA-44")[0])), ""),
    "a seed and the expanded key": (
        lambda: pkcs8("2.16.840.1.101.3.4.3.17", der.sequence(octets(raw("ML-DSA-44")[0]), octets(bytes(2560)))),
        "expanded key",
    ),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_structures_that_others_do_not_read(name: str) -> None:
    make, words = STRUCTURES[name]
    if "seed" in name and "ML-DSA-44" not in HAD:
        pytest.skip("this cryptography has no ML-DSA")
    fault = read.read(make(), name="path").fault
    assert words in fault and bool(words) == bool(fault)


@pytest.mark.parametrize("name", HAD)
@pytest.mark.parametrize("passphrase", [None, b"correct horse"])
@pytest.mark.parametrize("form", ["pkcs8", "traditional"])
def test_what_we_write_is_in_order(name: str, form: str, passphrase: t.Optional[bytes]) -> None:
    if form == "traditional" and ALGORITHMS[name].type not in ("RSA", "EC"):
        pytest.skip("there is no such form of it")
    text = read.private_pem(private(name), form, passphrase)
    assert read.read(text, [passphrase or b""], name="path").fault == ""
    assert read.read(FORMS["SPKI"].replace("\n", " ").encode(), name="path").fault == ""
