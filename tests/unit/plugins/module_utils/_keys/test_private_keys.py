# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys: made, written, proved."""

from __future__ import annotations

import typing as t

import cryptography
import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, MissingLibrary
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read as keys_read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ALGORITHMS
from ansible_collections.keysmith.jwt.tests.unit.made_keys import HAD, private

PASSPHRASE = b"correct horse"


@pytest.mark.parametrize("name", HAD)
@pytest.mark.parametrize("passphrase", [None, b"", PASSPHRASE])
@pytest.mark.parametrize("format", ["pkcs8", "traditional"])
def test_what_is_written_is_read(format: str, passphrase: t.Optional[bytes], name: str) -> None:
    key = private(name)
    if format == "traditional" and ALGORITHMS[name].type not in ("RSA", "EC"):
        with pytest.raises(KeysmithError, match="format: traditional exists only for RSA and EC keys"):
            keys_read.private_pem(key, format, passphrase)
        return
    text = keys_read.private_pem(key, format, passphrase)
    assert text.endswith(b"-----\n")
    for trusted in (False, True):
        read = keys_read.read_private(text, [b"wrong", PASSPHRASE], name="pem", trusted=trusted)
        assert (read.container, read.encrypted, read.opened_by) == (
            format,
            bool(passphrase),
            1 if passphrase else -1,
        )
        assert public_facts.facts(read.public) == public_facts.facts(key.public_key())
        keys_read.prove(read.private, key.public_key())
        keys_read.prove(key, read.public)


@pytest.mark.parametrize("name", HAD)
def test_two_keys_do_not_prove_each_other(name: str) -> None:
    assert public_facts.facts(private(name).public_key()) != public_facts.facts(private(name, 1).public_key())
    with pytest.raises(KeysmithError, match="do not belong together"):
        keys_read.prove(private(name), private(name, 1).public_key())


def test_keys_of_two_types_do_not_prove_each_other() -> None:
    for first, second in (("RS256", "ES256"), ("ES256", "RS256"), ("ES256", "ES384"), ("EdDSA", "ECDH-ES-X25519")):
        with pytest.raises(KeysmithError, match="do not belong together"):
            keys_read.prove(private(first), private(second).public_key())


@pytest.mark.parametrize("size", [2048, 3072])
def test_rsa_keys_have_the_size_and_the_exponent(size: int) -> None:
    numbers = keys_read.generate(ALGORITHMS["PS256"], size).private_numbers()
    assert numbers.public_numbers.n.bit_length() == size
    assert numbers.public_numbers.e == 65537
    assert numbers.p.bit_length() == numbers.q.bit_length() == size // 2


@pytest.mark.parametrize("size", [0, 1024, 2040, 2047, 2049, 8200, 16384])
def test_other_sizes_are_refused(size: int) -> None:
    with pytest.raises(KeysmithError, match="^size: an RSA key has 2048 to 8192 bits"):
        keys_read.generate(ALGORITHMS["RS256"], size)


@pytest.mark.parametrize("name", ["ES256", "EdDSA"])
def test_a_thousand_keys_are_a_thousand_keys(name: str) -> None:
    pems = {public_facts.facts(keys_read.generate(ALGORITHMS[name], 0).public_key()).pem for _number in range(1000)}
    assert len(pems) == 1000


def test_a_passphrase_that_openssl_cannot_take_is_refused() -> None:
    with pytest.raises(KeysmithError, match="^passphrase: it is longer than 1023 octets"):
        keys_read.private_pem(private("ES256"), "pkcs8", b"x" * 1024)


class _Forbidding:
    """A key of a library in FIPS mode, which forbids what the traditional form needs."""

    def private_numbers(self) -> None:
        """RSA and EC keys have it."""

    def private_bytes(self, *_options: t.Any) -> t.NoReturn:
        """As the library does."""
        raise ValueError("Encryption failed: correct horse")


def test_fips_mode_is_named() -> None:
    with pytest.raises(KeysmithError, match="format: .* FIPS mode forbids MD5, so use pkcs8") as raised:
        keys_read.private_pem(_Forbidding(), "traditional", PASSPHRASE)
    assert "horse" not in str(raised.value)
    with pytest.raises(KeysmithError, match="format: .* cannot write the private key as encrypted pkcs8"):
        keys_read.private_pem(_Forbidding(), "pkcs8", PASSPHRASE)


def test_an_old_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("3.2.1", "2.9"):
        monkeypatch.setattr(cryptography, "__version__", version)
        with pytest.raises(MissingLibrary, match="older than 3.3"):
            keys_read.check_library()
    for version in ("3.3", "3.3.2", "3.4.8", "38.0.4", "51.0.0.dev1"):
        monkeypatch.setattr(cryptography, "__version__", version)
        keys_read.check_library()


def test_no_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cryptography", None)
    with pytest.raises(MissingLibrary, match="is missing on this host"):
        keys_read.check_library()


@pytest.mark.parametrize("name", [name for name, row in ALGORITHMS.items() if row.needs])
def test_an_algorithm_says_what_it_needs(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(cryptography, "__version__", "47.0.0")
    with pytest.raises(
        KeysmithError, match="algorithm: %s needs cryptography 48.0 or newer; this host has 47.0" % name
    ):
        keys_read.generate(ALGORITHMS[name], 0)
    monkeypatch.setattr(cryptography, "__version__", "48.0.0")
    keys_read.check_library(ALGORITHMS[name])


def test_an_algorithm_that_the_host_lacks_is_told_without_what_the_library_said(monkeypatch: t.Any) -> None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec

    def lacks(*_args: t.Any) -> t.NoReturn:
        raise UnsupportedAlgorithm("canary")

    monkeypatch.setattr(ec, "generate_private_key", lacks)
    with pytest.raises(KeysmithError, match="^algorithm: .* do not support P-256 keys") as raised:
        keys_read.generate(ALGORITHMS["ES256"], 0)
    assert raised.value.__suppress_context__
