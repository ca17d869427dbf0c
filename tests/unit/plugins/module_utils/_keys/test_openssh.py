# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenSSH keys: lines and private key files."""

from __future__ import annotations

import base64
import builtins
import struct
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import CannotOpen, KeysmithError, NotAKey
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import openssh
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import pem as keys_pem
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read as keys_read
from ansible_collections.keysmith.jwt.tests.unit.cost import is_cheap
from ansible_collections.keysmith.jwt.tests.unit.made_keys import pem, private, rsa_numbers
from ansible_collections.keysmith.jwt.tests.unit.plugins.module_utils._keys.test_key_numbers import POINT
from ansible_collections.keysmith.jwt.tests.unit.throw_away_key import FORMS, PASSPHRASE

try:
    import bcrypt
except ImportError:
    bcrypt = None  # type: ignore[assignment]

ENCRYPTED = ["OpenSSH, aes256-ctr", "OpenSSH, aes256-cbc"]
ALGORITHMS = ["RS256", "ES256", "ES384", "ES512", "EdDSA"]


def _string(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def _mpint(number: int) -> bytes:
    return _string(number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _file(
    public: bytes,
    content: bytes,
    cipher: bytes = b"none",
    kdf: bytes = b"none",
    options: bytes = b"",
    keys: int = 1,
    rest: bytes = b"",
) -> bytes:
    head = openssh.MAGIC + _string(cipher) + _string(kdf) + _string(options) + struct.pack(">I", keys)
    return pem("OPENSSH PRIVATE KEY", head + _string(public) + _string(content) + rest)


def _ed25519(number: int = 0) -> t.Tuple[bytes, bytes]:
    """Public and private octets of one key."""
    from cryptography.hazmat.primitives import serialization

    key = private("EdDSA", number)
    seed = key.private_bytes(serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return public, seed


def _line(public: bytes) -> bytes:
    return _string(b"ssh-ed25519") + _string(public)


def _content(public: bytes, seed: bytes, checks: bytes = b"abcdabcd") -> bytes:
    body = checks + _line(public) + _string(seed + public) + _string(b"a comment")
    return body + bytes(range(1, -len(body) % 8 + 1))


PUBLIC, SEED = _ed25519()
OTHER, _OTHER_SEED = _ed25519(1)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_the_library_writes_is_read(algorithm: str) -> None:
    from cryptography.hazmat.primitives import serialization

    key = private(algorithm)
    formats = (serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    read = keys_read.read(key.private_bytes(*formats), name="pem")
    assert (read.container, read.encrypted, read.opened_by) == ("openssh", False, -1)
    assert public_facts.facts(read.public) == public_facts.facts(key.public_key())
    keys_read.prove(read.private, key.public_key())
    line = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    assert public_facts.facts(keys_read.read(line + b" a comment\n", name="pem").public) == public_facts.facts(
        key.public_key()
    )


def test_what_ssh_keygen_writes_is_read() -> None:
    plain = keys_read.read(FORMS["OpenSSH"].encode(), name="pem")
    assert (
        plain.private.private_numbers() == keys_read.read(FORMS["SEC 1"].encode(), name="pem").private.private_numbers()
    )
    assert public_facts.facts(keys_read.read(FORMS["OpenSSH line"].encode(), name="pem").public) == public_facts.facts(
        plain.public
    )


@pytest.mark.parametrize("name", ENCRYPTED)
def test_an_encrypted_key_opens_or_says_what_is_missing(name: str) -> None:
    text = FORMS[name].encode()
    if bcrypt is None:
        with pytest.raises(KeysmithError, match="needs the Python package bcrypt") as raised:
            keys_read.read(text, [PASSPHRASE], name="pem")
        assert not isinstance(raised.value, CannotOpen)
        return
    key = keys_read.read(text, [b"another", PASSPHRASE], name="pem")
    assert (key.encrypted, key.opened_by) == (True, 1)
    plain = keys_read.read(FORMS["OpenSSH"].encode(), name="pem")
    assert key.private.private_numbers() == plain.private.private_numbers()
    for number in range(3):
        with pytest.raises(CannotOpen, match="none of the given passphrases"):
            keys_read.read(text, [b"wrong %d" % number], name="pem")


@pytest.mark.parametrize("name", ENCRYPTED)
def test_without_bcrypt_the_sentence_names_it(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    real = builtins.__import__

    def missing(module: str, *arguments: t.Any, **options: t.Any) -> t.Any:
        if module == "bcrypt":
            raise ImportError(module)
        return real(module, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(KeysmithError, match="needs the Python package bcrypt"):
        keys_read.read(FORMS[name].encode(), [PASSPHRASE], name="pem")


@pytest.mark.parametrize("name", ENCRYPTED)
def test_without_a_passphrase_it_stays_closed(name: str) -> None:
    with pytest.raises(CannotOpen, match="no passphrase is given"):
        keys_read.read(FORMS[name].encode(), name="pem")


def test_a_cipher_that_is_not_read_says_how_to_convert_it() -> None:
    for text in (
        FORMS["OpenSSH, chacha20-poly1305"].encode(),
        _file(_line(PUBLIC), bytes(64), b"rijndael", b"bcrypt", _string(b"salt") + struct.pack(">I", 16)),
        _file(_line(PUBLIC), bytes(64), b"aes256-ctr", b"argon2", _string(b"salt") + struct.pack(">I", 16)),
    ):
        with pytest.raises(KeysmithError, match="ssh-keygen -p -Z aes256-ctr"):
            keys_read.read(text, [PASSPHRASE], name="pem")


@pytest.mark.parametrize("rounds", [65, 5000, 2**32 - 1])
def test_what_costs_too_much_is_not_tried(rounds: int) -> None:
    options = _string(b"saltsaltsaltsalt") + struct.pack(">I", rounds)

    def look() -> None:
        with pytest.raises(KeysmithError, match="takes too long"):
            keys_read.read(_file(_line(PUBLIC), bytes(64), b"aes256-ctr", b"bcrypt", options), [PASSPHRASE], name="pem")

    assert is_cheap(look, 0.1)


def test_64_rounds_are_not_tried_on_three_passphrases() -> None:
    options = _string(b"saltsaltsaltsalt") + struct.pack(">I", 64)
    text = _file(_line(PUBLIC), bytes(64), b"aes256-ctr", b"bcrypt", options)
    with pytest.raises(KeysmithError, match="takes too long to try 3 passphrases"):
        keys_read.read(text, [b"one", b"two", b"three"], name="pem")


def test_64_rounds_are_bearable() -> None:
    options = _string(b"saltsaltsaltsalt") + struct.pack(">I", 64)
    with pytest.raises(CannotOpen):
        keys_read.read(_file(_line(PUBLIC), bytes(64), b"aes256-ctr", b"bcrypt", options), name="pem")


def _rsa(n: int, e: int) -> bytes:
    return _string(b"ssh-rsa") + _mpint(e) + _mpint(n)


N, E, D, P, Q, _DP, _DQ, INVERSE = rsa_numbers()
OPTIONS = _string(b"salt") + struct.pack(">I", 16)
DAMAGED: t.Dict[str, bytes] = {
    "something after the rounds": _file(_line(PUBLIC), bytes(64), b"aes256-ctr", b"bcrypt", OPTIONS + b"\0"),
    "nothing encrypted": _file(_line(PUBLIC), b"", b"aes256-ctr", b"bcrypt", OPTIONS),
    "a negative number": b"ssh-rsa "
    + base64.b64encode(_string(b"ssh-rsa") + _mpint(E) + _string(N.to_bytes(256, "big"))),
    "a needless zero": b"ssh-rsa "
    + base64.b64encode(_string(b"ssh-rsa") + _mpint(E) + _string(b"\0\0" + N.to_bytes(256, "big"))),
    "a compressed point": b"ecdsa-sha2-nistp256 "
    + base64.b64encode(
        _string(b"ecdsa-sha2-nistp256") + _string(b"nistp256") + _string(bytes((2 | POINT[-1] & 1,)) + POINT[1:33])
    ),
    "no magic": pem("OPENSSH PRIVATE KEY", b"openssh-key-v2\0" + bytes(100)),
    "nothing": pem("OPENSSH PRIVATE KEY", b"\0"),
    "cut short": pem("OPENSSH PRIVATE KEY", openssh.MAGIC + b"\0\0\0\xff"),
    "check numbers differ": _file(_line(PUBLIC), _content(PUBLIC, SEED, b"abcdabce")),
    "a short public key": _file(_line(PUBLIC[:-1]), _content(PUBLIC, SEED)),
    "no rounds": _file(_line(PUBLIC), bytes(64), b"aes256-ctr", b"bcrypt", _string(b"salt") + struct.pack(">I", 0)),
    "no salt": _file(_line(PUBLIC), bytes(64), b"aes256-ctr", b"bcrypt", _string(b"") + struct.pack(">I", 16)),
    "half a block": _file(_line(PUBLIC), bytes(60), b"aes256-ctr", b"bcrypt", _string(b"salt") + struct.pack(">I", 16)),
    "a factor of one": _file(
        _rsa(N, E),
        b"abcdabcd" + _string(b"ssh-rsa") + b"".join(map(_mpint, (N, E, D, INVERSE, 1, N))) + _string(b""),
    ),
    "negative modulus": _file(_string(b"ssh-rsa") + _mpint(E) + _string(b"\xff" * 256), b""),
    "a line with something after": b"ssh-ed25519 " + base64.b64encode(_line(PUBLIC) + b"\0"),
    "a line with another type": b"ssh-rsa " + base64.b64encode(_string(b"ssh-rsa") + _string(PUBLIC)),
    "a line with two curves": FORMS["OpenSSH line"].split()[0].encode()
    + b" "
    + base64.b64encode(base64.b64decode(FORMS["OpenSSH line"].split()[1]).replace(b"\x08nistp256", b"\x08nistp384")),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_damage(name: str) -> None:
    with pytest.raises(NotAKey, match="is damaged"):
        keys_read.read(DAMAGED[name], [PASSPHRASE], name="pem")


def test_two_different_keys_in_one_file_are_refused() -> None:
    for text in (
        _file(_line(OTHER), _content(PUBLIC, SEED)),
        _file(_line(OTHER), _content(OTHER, SEED)),
        _file(_rsa(N, E), _content(PUBLIC, SEED)),
    ):
        with pytest.raises(KeysmithError, match="two different keys|is damaged"):
            keys_read.read(text, name="pem")


@pytest.mark.parametrize("name", ["EdDSA", "ES256"])
def test_a_private_number_of_another_key_is_refused(name: str) -> None:
    """The library does not compare the public part with the private one."""
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    secrets = [bytes([number]) * 32 for number in (0x55, 0x66)]
    if name == "ES256":
        key: t.Any = ec.derive_private_key(int.from_bytes(secrets[0], "big"), ec.SECP256R1())
    else:
        key = ed25519.Ed25519PrivateKey.from_private_bytes(secrets[0])
    text = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.OpenSSH, forms.NoEncryption())
    body = keys_pem.parse(text, "pem").body
    assert body.count(secrets[0]) == 1
    with pytest.raises(KeysmithError, match="two different keys"):
        keys_read.read(pem("OPENSSH PRIVATE KEY", body.replace(*secrets)), name="pem")


def test_several_keys_in_one_file_are_refused() -> None:
    with pytest.raises(KeysmithError, match="several keys"):
        keys_read.read(_file(_line(PUBLIC), _content(PUBLIC, SEED), keys=2), name="pem")


def test_other_types_are_refused() -> None:
    for type in (b"ssh-dss", b"sk-ssh-ed25519@openssh.com", b"ecdsa-sha2-nistp224", b"\xff"):
        with pytest.raises(KeysmithError, match="of a type that JWT does not use"):
            keys_read.read(_file(_string(type) + _string(PUBLIC), _content(PUBLIC, SEED)), name="pem")


def test_an_rsa_key_is_checked_like_any_other() -> None:
    with pytest.raises(KeysmithError, match="contradict|damaged"):
        content = b"abcdabcd" + _string(b"ssh-rsa") + b"".join(map(_mpint, (N, E, D + 2, INVERSE, P, Q))) + _string(b"")
        keys_read.read(_file(_rsa(N, E), content), name="pem")


def test_a_file_does_not_show_what_is_in_it() -> None:
    sealed = openssh.private(keys_pem.parse(FORMS["OpenSSH"].encode(), "pem").body)
    assert repr(sealed) == "Sealed('none')"


def test_nothing_follows_the_private_part() -> None:
    with pytest.raises(KeysmithError, match="damaged|cut"):
        keys_read.read(_file(_line(PUBLIC), _content(PUBLIC, SEED), rest=b"\0"), name="pem")


@pytest.mark.parametrize(("cipher", "kdf"), [(b"none", b"bcrypt"), (b"aes256-ctr", b"none")])
def test_what_is_encrypted_halfway_is_damaged(cipher: bytes, kdf: bytes) -> None:
    with pytest.raises(KeysmithError, match="damaged|cut"):
        keys_read.read(_file(_line(PUBLIC), bytes(64), cipher, kdf), [PASSPHRASE], name="pem")


def test_a_type_that_ends_in_a_curve_is_none() -> None:
    with pytest.raises(KeysmithError, match="of a type that JWT does not use"):
        openssh.public(_string(b"ecdsa-sha3-nistp256") + _string(b"nistp256") + _string(POINT))


def test_numbers_of_nothing_but_zero_are_damage() -> None:
    blob = _string(b"ssh-rsa") + _string(b"\0") + _string(b"\1" + bytes(255))
    with pytest.raises(KeysmithError):
        keys_read.read(b"ssh-rsa " + base64.b64encode(blob) + b" x\n", name="key")


def test_a_cipher_that_is_called_as_its_derivation_is_none() -> None:
    public = _string(b"ssh-ed25519") + _string(bytes(32))
    kdf = _string(b"salt") + (16).to_bytes(4, "big")
    body = openssh.MAGIC + _string(b"foo") + _string(b"foo") + _string(kdf) + (1).to_bytes(4, "big")
    with pytest.raises(KeysmithError, match="unsupported cipher"):
        openssh.private(body + _string(public) + _string(bytes(16)))
