# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which RSA keys share a prime: whoever sees two such public keys can compute both private ones.

Comparing every two keys of a large set is out of reach, so all are compared at once with Bernstein's batch GCD: a tree
of products going up, a tree of remainders coming down. The numbers get millions of digits long; ``decimal`` multiplies
those in quasi-linear time (number-theoretic transforms), int does not. GMP does all of it better, where it is.
"""

from __future__ import annotations

import decimal
import importlib
import math
import typing as t

#: Moduli that are compared with each other directly, at the leaves of the tree.
_LEAF = 4
#: Keys that are cheaper to compare with a large set one by one than by a tree over everything.
_FEW = 64
#: Decimal places beyond those that a remainder needs; each level of the tree loses at most two.
_GUARD = 64
_FLOOR, _NEAREST = decimal.ROUND_FLOOR, decimal.ROUND_HALF_EVEN


def _context(digits: int) -> decimal.Context:
    return decimal.Context(
        prec=digits, rounding=_FLOOR, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[decimal.InvalidOperation]
    )


def any_shared(new: t.Sequence[int], known: t.Sequence[int] = ()) -> t.Optional[t.Tuple[int, int]]:
    """Two of the moduli that have a factor in common, or None. ``known`` ones need not be compared with each other."""
    if len(new) > _FEW:
        return _among(list(new) + list(known))
    pair = _among(new)
    if pair or not new or not known:
        return pair
    product = math.prod(new)
    for modulus in known:
        if math.gcd(modulus, product % modulus) != 1:
            return modulus, next(other for other in new if math.gcd(other, modulus) != 1)
    return None


def _gmp() -> t.Any:
    """The library gmpy2, if there is one: it needs a tenth of the time."""
    try:
        return importlib.import_module("gmpy2")
    except ImportError:
        return None


def _among(moduli: t.Sequence[int]) -> t.Optional[t.Tuple[int, int]]:
    gmp = _gmp()
    return _with_gmp(gmp, moduli) if gmp and moduli else _with_decimal(moduli)


def _with_gmp(gmp: t.Any, moduli: t.Sequence[int]) -> t.Optional[t.Tuple[int, int]]:
    """Going up, a node holds its product and the sum of product / leaf over its leaves. Going down, that sum for all of
    them is reduced modulo each product, and leaves a leaf what it shares with the others."""
    products, sums = [[gmp.mpz(modulus) for modulus in moduli]], [gmp.mpz(1)] * len(moduli)
    while len(sums) > 1:
        level, even = products[-1], len(sums) // 2 * 2
        pairs = range(0, even, 2)
        sums = [sums[at] * level[at + 1] + sums[at + 1] * level[at] for at in pairs] + sums[even:]
        products.append([level[at] * level[at + 1] for at in pairs] + level[even:])
    for level in reversed(products):
        sums = [sums[at // 2] % product for at, product in enumerate(level)]
    guilty = [modulus for modulus, rest in zip(moduli, sums) if gmp.gcd(modulus, rest) != 1]
    return _first_pair(guilty, moduli) if guilty else None


def _with_decimal(moduli: t.Sequence[int]) -> t.Optional[t.Tuple[int, int]]:
    leaves = [moduli[at : at + _LEAF] for at in range(0, len(moduli), _LEAF)]
    products = [math.prod(leaf) for leaf in leaves]
    for leaf, product in zip(leaves, products):
        # p divides this sum just where it divides two of the moduli: n1 * n2 + n1 * n3 + n2 * n3.
        if math.gcd(product, sum(product // modulus for modulus in leaf)) != 1:
            return _first_pair(leaf, leaf)
    if len(leaves) < 2:
        return None
    for product, remainder in zip(products, _remainders(products)):
        shared = math.gcd(product, remainder)
        if shared != 1:
            return _first_pair([modulus for modulus in moduli if math.gcd(modulus, shared) != 1], moduli)
    return None


def _first_pair(some: t.Sequence[int], moduli: t.Sequence[int]) -> t.Tuple[int, int]:
    for one in some:
        others = list(moduli)
        others.remove(one)
        for other in others:
            if math.gcd(one, other) != 1:
                return one, other
    raise ValueError("no two of the moduli share a factor")


def _remainders(products: t.Sequence[int]) -> t.List[int]:
    """For each product, all the others multiplied, modulo it.

    Going up, a node holds its product P and the sum S of P / leaf over its leaves. S / P without its integer part is
    what the whole tree knows about the node, and multiplied with the neighbour's product it becomes what it knows
    about a child: no division but the one at the root (Bernstein's scaled remainder tree).
    """
    exact = _context(decimal.MAX_PREC)
    levels = [[(decimal.Decimal(product), decimal.Decimal(1)) for product in products]]
    while len(levels[-1]) > 1:
        levels.append(_parents(exact, levels[-1]))
    ((product, total),) = levels.pop()
    shares = [_context(_digits(product) + _GUARD).divide(total, product)]
    while levels:
        level = levels.pop()
        shares = [_share(exact, level, at, shares[at // 2]) for at in range(len(level))]
    return [
        int(exact.multiply(decimal.Decimal(product), share).to_integral_value(_NEAREST, exact)) % product
        for product, share in zip(products, shares)
    ]


_Level = t.List[t.Tuple[decimal.Decimal, decimal.Decimal]]


def _parents(exact: decimal.Context, level: _Level) -> _Level:
    parents = []
    for (product, total), (other, its_total) in zip(level[::2], level[1::2]):
        crossed = exact.add(exact.multiply(total, other), exact.multiply(its_total, product))
        parents.append((exact.multiply(product, other), crossed))
    return parents + level[len(parents) * 2 :]


def _share(exact: decimal.Context, level: _Level, at: int, above: decimal.Decimal) -> decimal.Decimal:
    if at ^ 1 >= len(level):
        return above
    scaled = exact.multiply(above, level[at ^ 1][0])
    fraction = exact.subtract(scaled, scaled.to_integral_value(_FLOOR, exact))
    places = _digits(level[at][0]) + _GUARD
    return fraction.quantize(decimal.Decimal((0, (1,), -places)), _FLOOR, exact)


def _digits(number: decimal.Decimal) -> int:
    return number.adjusted() + 1
