# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The encryption of private keys: what it may cost, and what a wrong passphrase looks like."""

from __future__ import annotations

import hashlib
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import CannotOpen, KeysmithError, NotAKey
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import decrypt, der, read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import pem as keys_pem
from ansible_collections.keysmith.jwt.tests.unit.cost import is_cheap
from ansible_collections.keysmith.jwt.tests.unit.made_keys import NULL, algorithm, pem
from ansible_collections.keysmith.jwt.tests.unit.throw_away_key import FORMS, PASSPHRASE

PBES2, PBKDF2, SCRYPT = "1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12", "1.3.6.1.4.1.11591.4.11"
AES256, DES = "2.16.840.1.101.3.4.1.42", "1.3.14.3.2.7"
SHA256 = algorithm("1.2.840.113549.2.9", NULL)
ENCRYPTED = [name for name in FORMS if name.startswith(("PBES2", "DEK-Info, AES", "DEK-Info, 3DES"))]


def _octets(content: bytes) -> bytes:
    return der.element(der.OCTET_STRING, content)


def pbkdf2(rounds: int, *more: bytes) -> bytes:
    """An AlgorithmIdentifier of PBKDF2."""
    return algorithm(PBKDF2, der.sequence(_octets(b"saltsalt"), der.integer(rounds), *more))


def scrypt(n: int, r: int, p: int, *more: bytes) -> bytes:
    """An AlgorithmIdentifier of scrypt."""
    return algorithm(SCRYPT, der.sequence(_octets(b"saltsalt"), *map(der.integer, (n, r, p)), *more))


def encrypted(derivation: bytes, cipher: str = AES256, iv: bytes = bytes(16), sealed: bytes = bytes(64)) -> bytes:
    """An ENCRYPTED PRIVATE KEY block."""
    parameters = der.sequence(derivation, algorithm(cipher, _octets(iv)))
    return pem("ENCRYPTED PRIVATE KEY", der.sequence(algorithm(PBES2, parameters), _octets(sealed)))


def _pbes2(parameters: bytes, more: bytes = b"", last: bytes = b"") -> bytes:
    head = der.sequence(der.oid(PBES2), parameters, more)
    return pem("ENCRYPTED PRIVATE KEY", der.sequence(head, _octets(bytes(64)), last))


INNER = der.sequence(_octets(b"saltsalt"), der.integer(2048))
CIPHER = algorithm(AES256, _octets(bytes(16)))
BEARABLE: t.Dict[str, bytes] = {
    "a million rounds": pbkdf2(10**6, SHA256),
    "one round": pbkdf2(1, SHA256),
    "the key length said": pbkdf2(2048, der.integer(32), SHA256),
    "no hash said": pbkdf2(2048),
    "64 MiB": scrypt(2**16, 8, 1),
    "64 MiB in other parts": scrypt(2**14, 32, 4),
    "16 times 16 MiB": scrypt(2**14, 8, 16),
}
TOO_COSTLY: t.Dict[str, bytes] = {
    "a million rounds and one": pbkdf2(10**6 + 1, SHA256),
    "2^31 rounds": pbkdf2(2**31, SHA256),
    "2^64 rounds": pbkdf2(2**64, SHA256),
    "128 MiB": scrypt(2**17, 8, 1),
    "128 MiB in other parts": scrypt(2**14, 64, 1),
    "16 GiB": scrypt(2**24, 8, 1),
    "2^4000": scrypt(2**4000, 8, 1),
    "17 times": scrypt(2**10, 8, 17),
    "2^30 times": scrypt(2, 1, 2**30),
    "16 times 64 MiB": scrypt(2**16, 8, 16),
}
DAMAGED: t.Dict[str, bytes] = {
    "something after the hash": encrypted(pbkdf2(2048, SHA256, NULL)),
    "something after the derivation": _pbes2(der.sequence(der.sequence(der.oid(PBKDF2), INNER, NULL), CIPHER)),
    "something after the cipher": _pbes2(
        der.sequence(pbkdf2(2048), der.sequence(der.oid(AES256), _octets(bytes(16)), NULL))
    ),
    "something after both": _pbes2(der.sequence(pbkdf2(2048), CIPHER, NULL)),
    "something after PBES2": _pbes2(der.sequence(pbkdf2(2048), CIPHER), NULL),
    "something after what is sealed": _pbes2(der.sequence(pbkdf2(2048), CIPHER), b"", NULL),
    "no rounds": encrypted(pbkdf2(0, SHA256)),
    "a key length of another cipher": encrypted(pbkdf2(2048, der.integer(16), SHA256)),
    "scrypt with N = 1": encrypted(scrypt(1, 8, 1)),
    "scrypt with N = 1000": encrypted(scrypt(1000, 8, 1)),
    "scrypt with r = 0": encrypted(scrypt(1024, 0, 1)),
    "scrypt with p = 0": encrypted(scrypt(1024, 8, 0)),
    "scrypt with N too large for r": encrypted(scrypt(2**16, 1, 1)),
    "something after the parameters": encrypted(scrypt(1024, 8, 1, NULL)),
    "a short initial vector": encrypted(pbkdf2(2048), iv=bytes(8)),
    "half a block": encrypted(pbkdf2(2048), sealed=bytes(56)),
    "nothing sealed": encrypted(pbkdf2(2048), sealed=b""),
}
NOT_READ: t.Dict[str, bytes] = {
    "PBES1": FORMS["PBES1"].encode(),
    "DES": encrypted(pbkdf2(2048), DES, bytes(8)),
    "another derivation": encrypted(algorithm("1.2.3", der.sequence(_octets(b"saltsalt")))),
    "another hash": encrypted(pbkdf2(2048, algorithm("1.2.3", NULL))),
    "Camellia": FORMS["DEK-Info, Camellia"].encode(),
}


@pytest.mark.parametrize("name", ENCRYPTED)
def test_the_right_passphrase_opens(name: str) -> None:
    key = read.read(FORMS[name].encode(), [b"another", PASSPHRASE, b"third"], name="pem")
    assert (key.encrypted, key.opened_by) == (True, 1)
    plain = read.read(FORMS["PKCS#8"].encode(), name="pem")
    assert public_facts.facts(key.public) == public_facts.facts(plain.public)
    assert key.private.private_numbers() == plain.private.private_numbers()


@pytest.mark.parametrize("name", ENCRYPTED)
def test_no_wrong_passphrase_looks_like_anything_else(name: str) -> None:
    """One in 256 leaves a right padding, so some of these decrypt to what looks like a damaged key."""
    for number in range(20 if "scrypt" in name else 400):
        with pytest.raises(CannotOpen, match="none of the given passphrases opens it"):
            read.read(FORMS[name].encode(), [b"wrong %d" % number], name="pem")


def test_some_wrong_passphrases_leave_a_right_padding() -> None:
    """The case that the test above is about does happen in it."""
    block = keys_pem.parse(FORMS["DEK-Info, AES-256"].encode(), "pem")
    lock = decrypt.dek_info(block.headers, block.body)
    opened = [lock.open(b"wrong %d" % number) for number in range(4000)]
    assert 0 < len(opened) - opened.count(None) < 100


@pytest.mark.parametrize("name", ENCRYPTED)
@pytest.mark.parametrize("passphrases", [[], [b""], [b"", b""]])
def test_without_a_passphrase_it_stays_closed(name: str, passphrases: t.List[bytes]) -> None:
    with pytest.raises(CannotOpen, match="pem: the key is encrypted and no passphrase is given"):
        read.read(FORMS[name].encode(), passphrases, name="pem")


@pytest.mark.parametrize(("fill", "is_padding"), [(1, True), (16, True), (17, False), (0, False)])
def test_a_padding_is_no_longer_than_a_block(fill: int, is_padding: bool) -> None:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    iv = b"saltsalt" + bytes(8)
    encryptor = Cipher(algorithms.AES(decrypt._md5(PASSPHRASE, iv[:8], 32)), modes.CBC(iv)).encryptor()
    plain = b"x" * (32 - fill)
    sealed = encryptor.update(plain + bytes((fill,)) * fill) + encryptor.finalize()
    headers = {"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC," + iv.hex()}
    assert decrypt.dek_info(headers, sealed).open(PASSPHRASE) == (plain if is_padding else None)


def test_an_empty_passphrase_is_none() -> None:
    """Empty means none everywhere in this collection, so a key that empty would open stays closed as well."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    plain = keys_pem.parse(FORMS["SEC 1"].encode(), "pem").body
    fill = 16 - len(plain) % 16
    iv = b"saltsalt" + bytes(8)
    encryptor = Cipher(algorithms.AES(decrypt._md5(b"", iv[:8], 32)), modes.CBC(iv)).encryptor()
    sealed = encryptor.update(plain + bytes((fill,)) * fill) + encryptor.finalize()
    text = pem("EC PRIVATE KEY", sealed).decode()
    headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,%s\n\n" % iv.hex().upper()
    text = text.replace("KEY-----\n", "KEY-----\n" + headers, 1)
    block = keys_pem.parse(text.encode(), "pem")
    assert decrypt.dek_info(block.headers, block.body).open(b"") == plain
    with pytest.raises(CannotOpen, match="no passphrase is given"):
        read.read(text.encode(), [b""], name="pem")


@pytest.mark.parametrize("name", TOO_COSTLY)
@pytest.mark.parametrize("passphrases", [[], [PASSPHRASE]])
def test_what_costs_too_much_is_not_tried(name: str, passphrases: t.List[bytes]) -> None:
    def look() -> None:
        with pytest.raises(KeysmithError, match="takes too long"):
            read.read(encrypted(TOO_COSTLY[name]), passphrases, name="pem")

    assert is_cheap(look, 0.1)


@pytest.mark.parametrize("derivation", [pbkdf2(7 * 10**5, SHA256), scrypt(2**16, 8, 3)])
def test_what_one_passphrase_may_cost_many_may_not(derivation: bytes) -> None:
    text = encrypted(derivation)

    def look() -> None:
        with pytest.raises(KeysmithError, match="^pem: .* takes too long to try 3 passphrases; give fewer"):
            read.read(text, [b"one", b"two", b"three"], name="pem")

    assert is_cheap(look, 0.1)
    with pytest.raises(CannotOpen):
        read.read(text, [b"", b"one", b"one", b"one"], name="pem")
    with pytest.raises(CannotOpen):
        read.read(encrypted(pbkdf2(2048, SHA256)), [b"%d" % number for number in range(100)], name="pem")


@pytest.mark.parametrize("name", BEARABLE)
def test_what_is_bearable_is_not_refused(name: str) -> None:
    with pytest.raises(CannotOpen, match="no passphrase"):
        read.read(encrypted(BEARABLE[name]), name="pem")


@pytest.mark.parametrize("name", ["64 MiB", "64 MiB in other parts", "16 times 16 MiB", "a million rounds"])
def test_the_bounds_can_be_paid(name: str) -> None:
    def look() -> None:
        with pytest.raises(CannotOpen, match="none of the given"):
            read.read(encrypted(BEARABLE[name]), [PASSPHRASE], name="pem")

    assert is_cheap(look, 4)


@pytest.mark.parametrize("name", DAMAGED)
def test_parameters_that_make_no_sense_are_damage(name: str) -> None:
    with pytest.raises(NotAKey, match="is damaged"):
        read.read(DAMAGED[name], [PASSPHRASE], name="pem")


@pytest.mark.parametrize("name", NOT_READ)
def test_what_is_not_read_says_how_to_convert_it(name: str) -> None:
    with pytest.raises(KeysmithError, match="convert it with 'openssl") as raised:
        read.read(NOT_READ[name], [PASSPHRASE], name="pem")
    assert not isinstance(raised.value, CannotOpen)


@pytest.mark.parametrize(
    "headers",
    [
        "Proc-Type: 4,ENCRYPTED",
        "DEK-Info: AES-256-CBC,00000000000000000000000000000000",
        "Proc-Type: 4,CLEAR\nDEK-Info: AES-256-CBC,00000000000000000000000000000000",
        "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC",
        "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,zz",
        "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0000",
    ],
)
def test_headers_that_are_not_whole_are_damage(headers: str) -> None:
    text = FORMS["SEC 1"].replace("KEY-----\n", "KEY-----\n%s\n\n" % headers, 1)
    with pytest.raises(NotAKey, match="is damaged"):
        read.read(text.encode(), [PASSPHRASE], name="pem")


def test_a_key_that_does_not_say_it_is_encrypted_is_damage() -> None:
    text = FORMS["DEK-Info, AES-256"].replace("4,ENCRYPTED", "4,MIC-ONLY")
    with pytest.raises(NotAKey, match="is damaged"):
        read.read(text.encode(), [PASSPHRASE], name="pem")


@pytest.mark.parametrize("passphrase", [b"12345678", "p\u00e4ssw\u00f6rt".encode(), b"a\0b c\nd", b"x" * 1023])
@pytest.mark.parametrize("format", ["pkcs8", "traditional"])
def test_any_octets_are_a_passphrase(format: str, passphrase: bytes) -> None:
    private = read.read(FORMS["PKCS#8"].encode(), name="pem").private
    text = read.private_pem(private, format, passphrase)
    assert read.read(text, [passphrase], name="pem").encrypted
    with pytest.raises(CannotOpen):
        read.read(text, [passphrase[:-1]], name="pem")


@pytest.mark.parametrize(
    ("name", "function", "said"),
    [
        ("DEK-Info, AES-256", "md5", "MD5"),
        ("PBES2, scrypt, AES-256", "scrypt", "scrypt"),
        ("PBES2, PBKDF2 with SHA-1, AES-256", "pbkdf2_hmac", "PBKDF2"),
    ],
)
def test_fips_mode_is_named(monkeypatch: pytest.MonkeyPatch, name: str, function: str, said: str) -> None:
    def forbidden(*_arguments: t.Any, **_options: t.Any) -> t.NoReturn:
        raise ValueError("[digital envelope routines] unsupported")

    monkeypatch.setattr(hashlib, function, forbidden)
    with pytest.raises(KeysmithError, match="encrypted with %s.*FIPS" % said) as raised:
        read.read(FORMS[name].encode(), [PASSPHRASE], name="pem")
    assert not isinstance(raised.value, CannotOpen)


def test_the_cause_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_arguments: t.Any, **_options: t.Any) -> t.NoReturn:
        raise ValueError("x")

    monkeypatch.setattr(hashlib, "md5", forbidden)
    block = keys_pem.parse(FORMS["DEK-Info, AES-256"].encode(), "pem")
    with pytest.raises(KeysmithError) as raised:
        decrypt.dek_info(block.headers, block.body).open(PASSPHRASE)
    assert raised.value.__suppress_context__


def test_the_length_that_scrypt_says_is_that_of_the_cipher_s_key() -> None:
    with pytest.raises(CannotOpen, match="no passphrase is given"):
        read.read(encrypted(scrypt(1024, 8, 1, der.integer(32))), name="pem")
    with pytest.raises(NotAKey, match="is damaged"):
        read.read(encrypted(scrypt(1024, 8, 1, der.integer(16))), name="pem")


def test_a_python_without_scrypt_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(hashlib, "scrypt")
    with pytest.raises(
        KeysmithError, match="encrypted with scrypt, which this host's Python and OpenSSL do not support"
    ):
        read.read(FORMS["PBES2, scrypt, AES-256"].encode(), [PASSPHRASE], name="pem")
