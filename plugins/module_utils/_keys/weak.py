# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find readable keys that must not be used: their size, contradictory numbers, known weaknesses.

Pure arithmetic, milliseconds, and before the library sees the numbers: its prime test takes minutes on a key of
16384 bits, and it takes even moduli and close primes without a word.
"""

from __future__ import annotations

import functools
import math
import typing as t

from .._errors import KeysmithError
from . import gmp

SMALLEST, LARGEST = 2048, 8192
#: FIPS 186-5 section A.1.1 from below; many verifiers keep the exponent in 31 bits.
SMALLEST_E, LARGEST_E = 65537, 2**31
#: Steps of Fermat's method. Primes that one loop found one after the other fall in the first few.
FERMAT_STEPS = 64

#: Few numbers are squares modulo all of these; the others need no root.
_SIEVE = (64, 63, 65, 11)


def check_rsa(numbers: t.Sequence[int], trusted: bool = False) -> None:
    """Refuse a weak key. ``numbers``: n, e, and of a private key d, p, q, dP, dQ, qInv.

    ``trusted`` leaves out the search for weaknesses: a key of our own was made by the library.
    """
    n, e = numbers[:2]
    check_rsa_size(n, e)
    if len(numbers) > 2 and not _consistent(numbers):
        raise KeysmithError("the numbers of the RSA private key contradict each other; the key is damaged or forged.")
    weakness = "" if trusted else _weakness(n)
    if weakness:
        raise KeysmithError("the RSA key is weak: %s. Make a new one." % weakness)


def check_rsa_size(n: int, e: int) -> None:
    """Refuse a modulus or exponent that verifiers do not accept, or that is too small to be safe."""
    if not good_size(n.bit_length()):
        raise KeysmithError(
            "the RSA key has %d bits; it needs %d to %d, in steps of 8." % (n.bit_length(), SMALLEST, LARGEST)
        )
    if not SMALLEST_E <= e < LARGEST_E or not e & 1:
        raise KeysmithError(
            "the RSA key has an unsafe public exponent; it is odd and from 65537 to 2^31, as a rule 65537."
        )


def good_size(bits: int) -> bool:
    """Check the size: RFC 7518 section 3.3 sets the minimum, verifiers the maximum; whole octets, as Go expects."""
    return SMALLEST <= bits <= LARGEST and bits % 8 == 0


def _consistent(numbers: t.Sequence[int]) -> bool:
    """Check RFC 8017 section 3.2. A wrong CRT part would reveal the factors with the first signature."""
    n, e, d, p, q, dp, dq, inverse = numbers
    if p * q != n or p < 3 or q < 3 or not 0 < d < n or not 0 < inverse < p:
        return False
    halves = dp == d % (p - 1) and dq == d % (q - 1)
    return halves and e * dp % (p - 1) == 1 and e * dq % (q - 1) == 1 and q * inverse % p == 1


def check_primes(*numbers: int) -> None:
    """KeysmithError unless all are prime: three rounds of Miller and Rabin, which a number that was not made to pass
    them passes by chance less than once in 2^100 (Damgard and others, 1993), in a third of the library's time."""
    import secrets

    for number in numbers:
        odd, halvings = number - 1, 0
        while not odd & 1:
            odd, halvings = odd >> 1, halvings + 1
        for _round in range(3):
            power = pow(2 + secrets.randbelow(number - 4), odd, number)
            squares = [power]
            while len(squares) < halvings:
                squares.append(squares[-1] * squares[-1] % number)
            if power != 1 and number - 1 not in squares:
                raise KeysmithError("the factors of the RSA private key are not prime; it is damaged or forged.")


def _weakness(n: int) -> str:
    if not n & 1 or (gmp.library() or math).gcd(n, _small_primes_product()) != 1:
        return "its modulus has a small factor"
    root = math.isqrt(n)
    if root * root == n:
        return "its modulus is a square"
    if _close_primes(n, root):
        return "its two primes are close together (CVE-2022-26320)"
    if _roca(n):
        return "it comes from a faulty chip or library (ROCA, CVE-2017-15361)"
    return ""


@functools.lru_cache(maxsize=None)
def _primes(limit: int) -> t.List[int]:
    sieve = bytearray([1]) * limit
    for number in range(2, int(limit**0.5) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, limit, number)))
    return [number for number in range(2, limit) if sieve[number]]


@functools.lru_cache(maxsize=1)
def _small_primes_product() -> t.Any:
    """Return the product of small primes, made once a process; a number of GMP if that is installed."""
    product, library = math.prod(_primes(1 << 13)), gmp.library()
    return library.mpz(product) if library else product


def _close_primes(n: int, root: int) -> bool:
    """Search for close primes with Fermat's method: n = a^2 - b^2 with a near the root of n."""
    left = (1 << FERMAT_STEPS) - 1
    for modulus in _SIEVE:
        left &= _steps(modulus, n % modulus) >> ((root + 1) % modulus)
    for step in range(left.bit_length()):
        if left >> step & 1:
            square = (root + 1 + step) ** 2 - n
            if math.isqrt(square) ** 2 == square:
                return True
    return False


@functools.lru_cache(maxsize=None)
def _steps(modulus: int, rest: int) -> int:
    """Return a number whose bit a is set if a^2 - n can be a square, for any n with this remainder."""
    squares = {number * number % modulus for number in range(modulus)}
    return sum(1 << a for a in range(modulus + FERMAT_STEPS) if (a * a - rest) % modulus in squares)


def _roca(n: int) -> bool:
    """Check for ROCA (Nemec and others, 2017): its primes are powers of 65537 modulo many small primes, so n is too."""
    for prime in _primes(168):
        rest, power = n % prime, 1
        for _step in range(prime):
            if power == rest:
                break
            power = power * 65537 % prime
        else:
            return False
    return True
