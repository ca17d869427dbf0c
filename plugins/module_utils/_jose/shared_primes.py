# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find RSA keys that share a prime: anybody who has two such public keys can compute both private ones.

Comparing every two keys of a large set is out of reach, so all are compared at once with Bernstein's batch GCD: a tree
of products going up, a tree of remainders coming down. The numbers get millions of digits long; ``decimal`` multiplies
those in quasi-linear time (number-theoretic transforms), int does not. GMP does all of it better, where it is.
"""

from __future__ import annotations

import decimal
import math
import typing as t

from .._keys import gmp

#: Moduli that are compared with each other directly, at the leaves of a tree.
_LEAF = 4
#: Keys that are cheaper to compare with a large set one by one than by a tree over everything.
_FEW = 64
#: Bits of the moduli in one tree: it holds their product once for each of its levels, so more would take memory.
_LARGEST_TREE, _SMALLEST_TREE = 1 << 24, 1 << 21
#: Decimal places beyond those that a remainder needs; each level of the tree loses at most two.
_GUARD = 64
_FLOOR, _NEAREST = decimal.ROUND_FLOOR, decimal.ROUND_HALF_EVEN

Pair = t.Tuple[int, int]


def any_shared(new: t.Sequence[int], known: t.Sequence[int] = ()) -> t.Optional[Pair]:
    """Return two of the moduli that have a common factor, or None. ``known`` ones are not compared with each other."""
    if len(new) > _FEW:
        return _by_trees(new, known)
    pair = _by_trees(new, ())
    if pair or not new or not known:
        return pair
    product = math.prod(new)
    for modulus in known:
        if math.gcd(modulus, product % modulus) != 1:
            return modulus, next(other for other in new if math.gcd(other, modulus) != 1)
    return None


def _by_trees(new: t.Sequence[int], known: t.Sequence[int]) -> t.Optional[Pair]:
    """Compare tree after tree, each with the product of all before it."""
    if len(new) < 2 and not known:
        return None
    library = _gmp()
    numbers = _Integers(library) if library else _Decimals()
    product, before = numbers.product(known), numbers.product(())
    for moduli in _trees(new):
        before = numbers.multiply(before, product)
        guilty, product = numbers.guilty(moduli, before)
        if guilty:
            return _pair(guilty[0], [*new, *known])
    return None


def _trees(moduli: t.Sequence[int]) -> t.Iterator[t.Sequence[int]]:
    """Divide the moduli into trees, each of half of the rest: no earlier product is much larger than a tree's own."""
    bits = max(modulus.bit_length() for modulus in moduli)
    smallest, largest = (max(1, limit // bits) for limit in (_SMALLEST_TREE, _LARGEST_TREE))
    ends = [len(moduli)]
    while ends[-1] > smallest:
        ends.append(max(ends[-1] // 2, ends[-1] - largest))
    ends.append(0)
    for start, end in zip(ends[:0:-1], ends[-2::-1]):
        yield moduli[start:end]


def _pair(one: int, moduli: t.List[int]) -> Pair:
    moduli.remove(one)
    return one, next(other for other in moduli if math.gcd(one, other) != 1)


def _gmp() -> t.Any:
    return gmp.library()


class _Integers:
    """Trees of the integers of GMP, whose division takes little longer than its multiplication.

    Going up, a node holds its product and the sum of product / leaf over its leaves. Going down, that sum for all of
    them, times the product of what is outside, is reduced modulo each product, and leaves a leaf what it shares.
    """

    def __init__(self, gmp: t.Any) -> None:
        self._gmp = gmp

    def multiply(self, one: t.Any, other: t.Any) -> t.Any:
        return one * other

    def product(self, moduli: t.Sequence[int]) -> t.Any:
        level = [self._gmp.mpz(modulus) for modulus in moduli] or [self._gmp.mpz(1)]
        while len(level) > 1:
            level = [one * other for one, other in zip(level[::2], level[1::2])] + level[len(level) // 2 * 2 :]
        return level[0]

    def guilty(self, moduli: t.Sequence[int], outside: t.Any) -> t.Tuple[t.List[int], t.Any]:
        """The moduli that share a factor with another one or with what is outside, and the product of all."""
        levels, sums = [[self._gmp.mpz(modulus) for modulus in moduli]], [self._gmp.mpz(1)] * len(moduli)
        while len(sums) > 1:
            level, even = levels[-1], len(sums) // 2 * 2
            pairs = range(0, even, 2)
            sums = [sums[at] * level[at + 1] + sums[at + 1] * level[at] for at in pairs] + sums[even:]
            levels.append([level[at] * level[at + 1] for at in pairs] + level[even:])
        (product,) = levels.pop()
        rests = [sums[0] * (outside % product) % product]
        while levels:
            rests = [rests[at // 2] % number for at, number in enumerate(levels.pop())]
        gcd = self._gmp.gcd
        return [modulus for modulus, rest in zip(moduli, rests) if gcd(modulus, rest) != 1], product


def _context(digits: int) -> decimal.Context:
    return decimal.Context(
        prec=digits, rounding=_FLOOR, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[decimal.InvalidOperation]
    )


_Level = t.List[t.Tuple[decimal.Decimal, decimal.Decimal]]


class _Decimals:
    """Trees of decimal numbers, by Bernstein's scaled remainder tree: no division but the one at the root.

    Going up as above, from leaves of a few moduli. The sum divided by the product, without its integer part, is what
    the whole tree knows about a node; multiplied with the neighbour's product it becomes what it knows about a child.
    """

    _exact = _context(decimal.MAX_PREC)

    def multiply(self, one: decimal.Decimal, other: decimal.Decimal) -> decimal.Decimal:
        return self._exact.multiply(one, other)

    def product(self, moduli: t.Sequence[int]) -> decimal.Decimal:
        level = [decimal.Decimal(math.prod(moduli[at : at + _LEAF])) for at in range(0, len(moduli), _LEAF)]
        while len(level) > 1:
            pairs = [self.multiply(one, other) for one, other in zip(level[::2], level[1::2])]
            level = pairs + level[len(level) // 2 * 2 :]
        return level[0] if level else decimal.Decimal(1)

    def guilty(self, moduli: t.Sequence[int], outside: decimal.Decimal) -> t.Tuple[t.List[int], decimal.Decimal]:
        """As above."""
        leaves = [moduli[at : at + _LEAF] for at in range(0, len(moduli), _LEAF)]
        products = [math.prod(leaf) for leaf in leaves]
        sums = (sum(product // modulus for modulus in leaf) for leaf, product in zip(leaves, products))
        levels = [[(decimal.Decimal(product), decimal.Decimal(total)) for product, total in zip(products, sums)]]
        while len(levels[-1]) > 1:
            levels.append(self._parents(levels[-1]))
            # The sums are of no use on the way down.
            levels[-2] = [(product, decimal.Decimal(0)) for product, _total in levels[-2]]
        ((product, total),) = levels.pop()
        total = self._exact.remainder(self.multiply(total, self._exact.remainder(outside, product)), product)
        shares = [_context(_digits(product) + _GUARD).divide(total, product)]
        while levels:
            level = levels.pop()
            shares = [self._share(level, at, shares[at // 2]) for at in range(len(level))]
        found = []
        for leaf, number, share in zip(leaves, products, shares):
            rest = int(self.multiply(decimal.Decimal(number), share).to_integral_value(_NEAREST, self._exact))
            found += [modulus for modulus in leaf if math.gcd(modulus, rest % number) != 1]
        return found, product

    def _parents(self, level: _Level) -> _Level:
        parents = []
        for (product, total), (other, its_total) in zip(level[::2], level[1::2]):
            crossed = self._exact.add(self.multiply(total, other), self.multiply(its_total, product))
            parents.append((self.multiply(product, other), crossed))
        return parents + level[len(parents) * 2 :]

    def _share(self, level: _Level, at: int, above: decimal.Decimal) -> decimal.Decimal:
        if at ^ 1 >= len(level):
            return above
        scaled = self.multiply(above, level[at ^ 1][0])
        fraction = self._exact.subtract(scaled, scaled.to_integral_value(_FLOOR, self._exact))
        places = _digits(level[at][0]) + _GUARD
        return fraction.quantize(decimal.Decimal((0, (1,), -places)), _FLOOR, self._exact)


def _digits(number: decimal.Decimal) -> int:
    return number.adjusted() + 1
