# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check points of elliptic curves: whether a public key is a point of the curve, and not one of low order.

Pure arithmetic. The library takes points of low order without a word: any signature would fit such a key, and any
agreement with it has one result.
"""

from __future__ import annotations

import typing as t

#: What can be wrong with a point, where %s is the name of the curve.
OFF = "the point is not on %s; the key is damaged or forged."
LOW = "the %s public key is a point of low order, so forged signatures would be valid."


class Weierstrass(t.NamedTuple):
    """y^2 = x^3 + ax + b modulo p (SEC 1, SP 800-186), of prime order."""

    p: int
    a: int
    b: int
    #: The number of points; a scalar is below it.
    order: int

    def fault(self, octets: bytes) -> str:
        """Return what is wrong with an uncompressed point (SEC 1 section 2.3.3); empty if nothing is."""
        half = len(octets) // 2
        x, y = int.from_bytes(octets[1 : half + 1], "big"), int.from_bytes(octets[half + 1 :], "big")
        return OFF if max(x, y) >= self.p or (y * y - x**3 - self.a * x - self.b) % self.p else ""


class Edwards(t.NamedTuple):
    """ax^2 + y^2 = 1 + dx^2y^2 modulo p (RFC 8032), where a is a square and d is none."""

    p: int
    a: int
    d: int
    #: The cofactor is two to this power.
    doublings: int

    def fault(self, octets: bytes) -> str:
        """Return what is wrong with an encoded point (RFC 8032 sections 5.1.2 and 5.2.2); empty if nothing is."""
        number, bits, p = int.from_bytes(octets, "little"), 8 * len(octets) - 1, self.p
        y, sign = number % 2**bits, number >> bits
        # x^2 = (y^2 - 1) / (dy^2 - a); a quotient is a square when the product is.
        x_squared = (y * y - 1) * (self.d * y * y - self.a) % p
        if y >= p or (x_squared == 0 and sign) or pow(x_squared, (p - 1) // 2, p) == p - 1:
            return OFF
        return LOW if self._is_low(y) else ""

    def _is_low(self, y: int) -> bool:
        """Check whether doubling ends at the neutral element, the one point with y = 1. Fractions are never divided."""
        above, below, p = y, 1, self.p
        for _doubling in range(self.doublings):
            square, unit = above * above % p, below * below % p
            slope, rest = (self.d * square - self.a * unit) % p, self.a * (square - unit) % p
            above = (square * slope - rest * unit) % p
            below = (2 * slope * unit - rest * unit - square * slope) % p
        return above == below


class Montgomery(t.NamedTuple):
    """v^2 = u^3 + au^2 + u modulo p (RFC 7748). Each u is a point of the curve, or of its twist."""

    p: int
    a: int
    #: Bits of u; what is above them is ignored.
    bits: int
    #: The larger cofactor, of the curve and its twist, is two to this power.
    doublings: int

    def fault(self, octets: bytes) -> str:
        """Return what is wrong with the octets of u; empty if nothing is."""
        x, z, p = int.from_bytes(octets, "little") % 2**self.bits, 1, self.p
        for _doubling in range(self.doublings):
            x, z = (x * x - z * z) ** 2 % p, 4 * x * z * (x * x + self.a * x * z + z * z) % p
        return LOW if z == 0 else ""


Group = t.Union[Weierstrass, Edwards, Montgomery]
