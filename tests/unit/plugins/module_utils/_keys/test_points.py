# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points: which are on their curve, and which prove nothing."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import points, read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.key_types import KEY_TYPES
from ansible_collections.keysmith.jwt.tests.unit.made_keys import private, spki

P25519 = 2**255 - 19
P448 = 2**448 - 2**224 - 1
#: RFC 7748 section 4.2.
CURVE448 = points.Montgomery(P448, 156326, bits=448, doublings=2)


def _point(kind: str, number: int) -> bytes:
    curve = KEY_TYPES[kind]
    return spki(curve.oid, number.to_bytes(curve.public, "little"))


#: A y coordinate of a point of order 8 on edwards25519; the other three follow from it.
_ORDER_8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
#: The x coordinates of order 8 on curve25519 (RFC 7748 section 6.1 asks for a check against these).
_ORDER_8_U = [
    int.from_bytes(bytes.fromhex(octets), "little")
    for octets in (
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    )
]
POINTS: t.Dict[str, t.Tuple[str, int, str]] = {
    "identity": ("Ed25519", 1, "low order"),
    "order 2": ("Ed25519", P25519 - 1, "low order"),
    "order 4": ("Ed25519", 0, "low order"),
    "order 4, other sign": ("Ed25519", 1 << 255, "low order"),
    "order 8": ("Ed25519", _ORDER_8, "low order"),
    "order 8, other sign": ("Ed25519", _ORDER_8 | 1 << 255, "low order"),
    "order 8, other y": ("Ed25519", P25519 - _ORDER_8, "low order"),
    "order 8, both": ("Ed25519", P25519 - _ORDER_8 | 1 << 255, "low order"),
    "identity with a sign": ("Ed25519", 1 | 1 << 255, "not on Ed"),
    "y not below p": ("Ed25519", P25519 + 1, "not on Ed"),
    "y not on the curve": ("Ed25519", 2, "not on Ed"),
    "Ed448 identity": ("Ed448", 1, "low order"),
    "Ed448 order 2": ("Ed448", P448 - 1, "low order"),
    "Ed448 order 4": ("Ed448", 0, "low order"),
    "Ed448 order 4, other sign": ("Ed448", 1 << 455, "low order"),
    "Ed448 y not below p": ("Ed448", P448 + 1, "not on Ed"),
    "Ed448 bits that have to be zero": ("Ed448", 1 << 449, "not on Ed"),
    "X25519 zero": ("X25519", 0, "low order"),
    "X25519 one": ("X25519", 1, "low order"),
    "X25519 minus one": ("X25519", P25519 - 1, "low order"),
    "X25519 p": ("X25519", P25519, "low order"),
    "X25519 p and one": ("X25519", P25519 + 1, "low order"),
    "X25519 order 8": ("X25519", _ORDER_8_U[0], "low order"),
    "X25519 other order 8": ("X25519", _ORDER_8_U[1], "low order"),
    "X25519 with the unused bit": ("X25519", 1 << 255, "low order"),
}


@pytest.mark.parametrize("name", POINTS)
def test_a_bad_point_is_refused(name: str) -> None:
    kind, number, sentence = POINTS[name]
    with pytest.raises(KeysmithError, match=sentence):
        read.read(_point(kind, number), name="pem")


@pytest.mark.parametrize("algorithm", ["Ed25519", "Ed448", "ECDH-ES-X25519"])
def test_good_points_pass(algorithm: str) -> None:
    for number in range(20):
        text = public_facts.facts(private(algorithm, number).public_key()).pem
        assert public_facts.facts(read.read(text.encode(), name="pem").public).pem == text


@pytest.mark.parametrize("kind", ["Ed25519", "Ed448"])
def test_half_of_all_numbers_are_no_point(kind: str) -> None:
    """Each y is on the curve or not: the check has to tell as the equation does."""
    row = KEY_TYPES[kind]
    assert row.group
    refused = sum(bool(row.group.fault(y.to_bytes(row.public, "little"))) for y in range(2, 202))
    assert 70 < refused < 130


@pytest.mark.parametrize(
    ("u", "low"), [(0, True), (1, True), (P448 - 1, True), (P448, True), (P448 + 1, True), (5, False), (2, False)]
)
def test_curve448(u: int, low: bool) -> None:
    """Its points of order 1, 2 and 4, of the twist, too, have these three u coordinates."""
    assert CURVE448.fault(u.to_bytes(56, "little")) == (points.LOW if low else "")


@pytest.mark.parametrize("kind", ["P-256", "P-384", "P-521", "secp256k1"])
def test_the_equation_is_that_of_the_library(kind: str) -> None:
    algorithm = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "secp256k1": "ES256K"}[kind]
    row, numbers = KEY_TYPES[kind], private(algorithm).public_key().public_numbers()
    x, y = (number.to_bytes(row.width, "big") for number in (numbers.x, numbers.y))
    assert row.group and row.group.fault(b"\4" + x + y) == ""
    assert row.group.fault(b"\4" + x + (numbers.y ^ 1).to_bytes(row.width, "big")) == points.OFF
    assert row.group.fault(b"\4" + b"\xff" * row.width + y) == points.OFF
