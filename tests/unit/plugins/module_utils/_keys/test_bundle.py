# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key and what belongs to it in one text is one key; what belongs to another key is refused."""

from __future__ import annotations

import functools
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, NotAKey
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read
from ansible_collections.keysmith.jwt.tests.unit.made_keys import private, spki
from ansible_collections.keysmith.jwt.tests.unit.throw_away_key import FORMS, PASSPHRASE

CERTIFICATE, PUBLIC = FORMS["certificate"], FORMS["SPKI"]
#: Nothing that is used for JWT, as the key of whoever signs certificates may be.
DSA = spki("1.2.840.10040.4.1", b"\2\1\1", b"\x30\0").decode()


@functools.lru_cache(maxsize=None)
def other(half: str) -> str:
    """Another key; or a public key, certificate or PKCS#1 of it."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.backends import default_backend
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509.oid import NameOID

    key = private("ES256", 7)
    if half == "private":
        return read.private_pem(key, "pkcs8").decode()
    if half == "public":
        return public_facts.facts(key.public_key()).pem
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
    begin = datetime.datetime(2026, 1, 1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + datetime.timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256(), default_backend())
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


ONE_KEY: t.Dict[str, t.Callable[[], t.List[str]]] = {
    "a key and its certificate": lambda: [FORMS["PKCS#8"], CERTIFICATE],
    "a certificate and its key": lambda: [CERTIFICATE, FORMS["SEC 1"]],
    "a key and its public key": lambda: [FORMS["PKCS#8"], PUBLIC],
    "an encrypted key and its certificate": lambda: [FORMS["PBES2, PBKDF2 with SHA-256, AES-128"], CERTIFICATE],
    "a key after its parameters, and its certificate": lambda: [FORMS["SEC 1 after its parameters"], CERTIFICATE],
    "an OpenSSH key and its public key": lambda: [FORMS["OpenSSH"], PUBLIC],
    "a key, its certificate and its public key": lambda: [FORMS["PKCS#8"], CERTIFICATE, PUBLIC],
    "a key, its certificate and that of an authority": lambda: [FORMS["PKCS#8"], CERTIFICATE, other("certificate")],
    "a public key and its certificate": lambda: [PUBLIC, CERTIFICATE],
    "a public key in two forms": lambda: [PUBLIC, FORMS["SPKI, compressed point"]],
}
SEVERAL: t.Dict[str, t.Callable[[], t.List[str]]] = {
    "a key and another's certificate": lambda: [FORMS["PKCS#8"], other("certificate")],
    "a key and another's public key": lambda: [FORMS["PKCS#8"], other("public")],
    "a key, its certificate and another's public key": lambda: [FORMS["PKCS#8"], CERTIFICATE, other("public")],
    "two private keys": lambda: [FORMS["PKCS#8"], other("private")],
    "one private key in two forms": lambda: [FORMS["PKCS#8"], FORMS["SEC 1"]],
    "two public keys": lambda: [PUBLIC, other("public")],
    "two certificates": lambda: [CERTIFICATE, other("certificate")],
    "a public key and another's certificate": lambda: [PUBLIC, other("certificate")],
    "a key and DSA": lambda: [FORMS["PKCS#8"], DSA],
    "a key and something else": lambda: [FORMS["PKCS#8"], CERTIFICATE.replace("CERTIFICATE", "A SECRET")],
}


@pytest.mark.parametrize("name", ONE_KEY)
def test_what_belongs_together_is_one_key(name: str) -> None:
    text = "Bag Attributes\n".join(ONE_KEY[name]()).encode()
    key = read.read(text, [PASSPHRASE], name="pem")
    assert public_facts.facts(key.public).pem.split() == PUBLIC.split()
    assert (key.private is not None) == ("PRIVATE" in text.decode())


@pytest.mark.parametrize("name", SEVERAL)
def test_what_is_of_several_keys_is_refused(name: str) -> None:
    blocks = SEVERAL[name]()
    for order in (blocks, blocks[::-1]):
        with pytest.raises(NotAKey, match=r"^pem: the input holds \d different blocks"):
            read.read("".join(order).encode(), [PASSPHRASE], name="pem")


def test_no_private_key_goes_where_a_public_one_is_wanted() -> None:
    with pytest.raises(KeysmithError, match="the input is a private key; a public key is needed"):
        read.read_public_only((CERTIFICATE + FORMS["PKCS#8"]).encode(), name="pem")


@pytest.mark.parametrize(
    ("beside", "words"),
    [
        (CERTIFICATE, "a certificate"),
        (PUBLIC, "a public key"),
        (PUBLIC + CERTIFICATE, "a certificate and a public key"),
    ],
)
def test_a_file_holds_the_key_alone(beside: str, words: str) -> None:
    with pytest.raises(NotAKey, match="path: the file holds %s beside the private key, which would be lost" % words):
        read.read((FORMS["PKCS#8"] + beside).encode(), name="path", is_file=True)
