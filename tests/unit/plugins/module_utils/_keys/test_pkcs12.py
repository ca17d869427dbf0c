# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PKCS#12: what is in a file, by whom it is opened, and what opening it may cost."""

from __future__ import annotations

import time

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import certificate, der, pkcs12
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.key_types import KEY_TYPES
from ansible_collections.keysmith.jwt.tests.unit.plugins.module_utils._keys.test_certificate import made

PASSPHRASE = b"correct horse battery"
DATA = der.oid("1.2.840.113549.1.7.1")


def nested(number: int, *, inside: int = 0xA0) -> bytes:
    """A file in whose data is that number."""
    data = der.element(der.OCTET_STRING, der.sequence(der.sequence(der.integer(number))))
    return der.sequence(der.integer(3), der.sequence(DATA, der.element(inside, data)))


@pytest.mark.parametrize("name", ["RSA", "P-256"])
def test_what_was_put_in_comes_out(name: str) -> None:
    private = made(name)
    octets = certificate.read(certificate.make(private, KEY_TYPES[name], "orders", 30, int(time.time()))).der
    content = pkcs12.make("jwt", private, octets, PASSPHRASE)
    assert pkcs12.is_pkcs12(content) and content != pkcs12.make("jwt", private, octets, PASSPHRASE)
    opened = pkcs12.open_file(content, PASSPHRASE)
    assert opened and opened.certificate == octets and "private" not in repr(opened)
    assert opened.private.private_numbers() == private.private_numbers()
    assert pkcs12.open_file(content, b"another passphrase") is None
    assert pkcs12.open_file(content[:-1], PASSPHRASE) is None
    assert pkcs12.has_name(content, "jwt")
    assert not any(pkcs12.has_name(content, other) for other in ("jw", "jwt2", "wt", "JWT", ""))


@pytest.mark.parametrize(
    "content", [b"", b"\x30\x00", der.sequence(der.integer(0), der.integer(1)), der.sequence(der.integer(3))]
)
def test_what_is_none(content: bytes) -> None:
    assert not pkcs12.is_pkcs12(content) and pkcs12.open_file(content, PASSPHRASE) is None


def test_what_costs_too_much_is_not_opened() -> None:
    assert pkcs12._is_cheap(nested(20000)) and not pkcs12._is_cheap(nested(10**7))
    # Many of them cost as much as a large one.
    one = der.element(0xA0, der.element(der.OCTET_STRING, der.sequence(der.integer(20000))))
    assert not pkcs12._is_cheap(der.sequence(*[one] * 51))
    # The library reads BER, in which a length can be left open.
    assert not pkcs12._is_cheap(nested(1).replace(b"\xa0\x09", b"\xa0\x80"))
    # Not read as elements: a salt.
    assert pkcs12._is_cheap(nested(10**7, inside=der.SEQUENCE))
