# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DER as it is read and written."""

from __future__ import annotations

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import der
from ansible_collections.keysmith.jwt.tests.unit.cost import is_cheap
from hypothesis import given
from hypothesis import strategies as st

MALFORMED = {
    "identifier of 33 octets": ("oid", der.element(der.OID, b"\x2a" * 33)),
    "nothing": ("sequence", b""),
    "a tag alone": ("sequence", b"\x30"),
    "no content": ("sequence", b"\x30\x01"),
    "indefinite length": ("sequence", b"\x30\x80\x00\x00"),
    "long form of a short length": ("sequence", b"\x30\x81\x01\x00"),
    "length with a leading zero": ("sequence", b"\x30\x82\x00\x80" + bytes(128)),
    "length of five octets": ("sequence", b"\x30\x85\x01\x00\x00\x00\x00"),
    "length of 2 GiB": ("sequence", b"\x30\x84\x80\x00\x00\x00"),
    "length cut short": ("sequence", b"\x30\x82\x01"),
    "another element": ("sequence", b"\x02\x01\x00"),
    "empty integer": ("integer", b"\x02\x00"),
    "negative integer": ("integer", b"\x02\x01\x80"),
    "integer with a needless zero": ("integer", b"\x02\x02\x00\x7f"),
    "empty identifier": ("oid", b"\x06\x00"),
    "identifier cut short": ("oid", b"\x06\x02\x2a\x86"),
    "identifier with a needless zero": ("oid", b"\x06\x03\x2a\x80\x01"),
    "huge identifier": ("oid", der.element(der.OID, b"\x2a" + b"\x81" * 3000 + b"\x01")),
    "empty bit string": ("bit_string", b"\x03\x00"),
    "bit string of seven bits": ("bit_string", b"\x03\x02\x01\x00"),
    "nothing to skip": ("skip", b""),
    "a tag of several octets": ("skip", b"\x1f\x81\x01\x00"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_not_der_is_malformed(name: str) -> None:
    method, octets = MALFORMED[name]
    with pytest.raises(der.Malformed):
        getattr(der.Reader(octets), method)()


def test_nothing_may_follow_the_end() -> None:
    with pytest.raises(der.Malformed):
        der.whole(der.sequence() + b"\x00")
    with pytest.raises(der.Malformed):
        der.whole(der.sequence(der.integer(1))).end()


def test_nesting_costs_nothing() -> None:
    nested = b""
    for _level in range(5000):
        nested = der.sequence(nested)

    def look() -> None:
        der.whole(nested)

    assert is_cheap(look, 0.1)


@pytest.mark.parametrize(
    ("dotted", "octets"),
    [
        ("1.2.840.113549.1.1.1", "06092a864886f70d010101"),
        ("2.16.840.1.101.3.4.1.42", "060960864801650304012a"),
        ("1.3.101.112", "06032b6570"),
        ("2.999.3", "0603883703"),
    ],
)
def test_identifiers(dotted: str, octets: str) -> None:
    assert der.oid(dotted).hex() == octets
    assert der.Reader(bytes.fromhex(octets)).oid() == dotted


@given(st.integers(min_value=0, max_value=2**3000))
def test_an_integer_is_read_as_it_was_written(number: int) -> None:
    reader = der.Reader(der.integer(number))
    assert reader.integer() == number
    reader.end()


@given(st.binary(max_size=400), st.binary(max_size=70))
def test_elements_are_read_as_they_were_written(first: bytes, second: bytes) -> None:
    reader = der.whole(der.sequence(der.element(der.OCTET_STRING, first), der.bit_string(second)))
    assert reader.optional(der.SEQUENCE) is None
    assert reader.optional(der.OCTET_STRING) == first
    assert reader.bit_string() == second
    reader.end()


@given(st.binary(max_size=60))
def test_any_octets_are_read_or_malformed(octets: bytes) -> None:
    reader = der.Reader(octets)
    try:
        while reader.peek() >= 0:
            reader.skip()
    except der.Malformed:
        pass
