# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that can be read and must not be used."""

from __future__ import annotations

import math
import random
import secrets
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import der, oids, read, weak
from ansible_collections.keysmith.jwt.tests.unit.cost import is_cheap
from ansible_collections.keysmith.jwt.tests.unit.made_keys import (
    VERSION,
    pem,
    pkcs8,
    rough,
    rsa_from,
    rsa_numbers,
    rsa_private,
    rsa_public,
)


def _roca(bits: int) -> int:
    """A modulus with the fingerprint: a power of 65537 modulo the product of the primes up to 167."""
    product = 1
    for prime in weak._primes(168):
        product *= prime
    number = pow(65537, 12345, product) + (3 << (bits - 2)) // product * product
    while _has_small_factor(number):
        number += product
    return number


def _has_small_factor(number: int) -> bool:
    return any(number % prime == 0 for prime in weak._primes(1 << 13))


def _moduli() -> t.Dict[str, t.Tuple[int, int, str]]:
    good = rsa_numbers()[0]
    prime = rough(1024, 1)
    return {
        "512 bits": (rough(512, 2), 65537, "512 bits"),
        "2040 bits": (rough(2040, 2), 65537, "2040 bits"),
        "2047 bits": (rough(2047, 2), 65537, "2047 bits"),
        "2049 bits": (rough(2049, 2), 65537, "in steps of 8"),
        "8200 bits": (1 << 8199 | 1, 65537, "8200 bits"),
        "32768 bits": (1 << 32767 | 1, 65537, "32768 bits"),
        "one": (1, 65537, "1 bits"),
        "zero": (0, 65537, "0 bits"),
        "exponent 1": (good, 1, "exponent"),
        "exponent 3": (good, 3, "exponent"),
        "exponent 17": (good, 17, "exponent"),
        "exponent 65535": (good, 65535, "exponent"),
        "even exponent": (good, 65538, "exponent"),
        "exponent of 32 bits": (good, 2**31 + 1, "exponent"),
        "exponent as long as the modulus": (good, good - 2, "exponent"),
        "even": (good - 1, 65537, "small factor"),
        "a factor of 3": (3 * rough(2046, 3), 65537, "small factor"),
        "a factor of 8191": (8191 * rough(2035, 4), 65537, "small factor"),
        "square": (prime * prime, 65537, "square"),
        "close primes": (prime * _next(prime), 65537, "CVE-2022-26320"),
        "ROCA": (_roca(2048), 65537, "ROCA"),
    }


def _next(number: int) -> int:
    number += 2
    while _has_small_factor(number):
        number += 2
    return number


MODULI = _moduli()


@pytest.mark.parametrize("name", MODULI)
def test_a_weak_rsa_key_is_refused(name: str) -> None:
    n, e, sentence = MODULI[name]

    def look() -> None:
        with pytest.raises(KeysmithError, match=sentence):
            read.read(rsa_public(n, e), name="pem")

    assert is_cheap(look, 0.5)


@pytest.mark.parametrize("e", [65537, 65539, 2**31 - 1])
def test_good_exponents_and_sizes_pass(e: int) -> None:
    for bits in (2048, 3072, 4096, 8192):
        weak.check_rsa((rough(bits, 5), e))


def test_a_key_of_our_own_is_not_searched_for_weaknesses() -> None:
    n, e, _sentence = MODULI["ROCA"]
    weak.check_rsa((n, e), trusted=True)
    with pytest.raises(KeysmithError):
        weak.check_rsa((MODULI["2047 bits"][0], e), trusted=True)


def test_good_keys_have_no_weakness() -> None:
    for number in range(3):
        weak.check_rsa(rsa_numbers(number))


@pytest.mark.parametrize("position", range(8))
@pytest.mark.parametrize("trusted", [False, True])
def test_a_private_key_with_one_wrong_number_is_refused(position: int, trusted: bool) -> None:
    numbers = list(rsa_numbers())
    numbers[position] += 2
    with pytest.raises(KeysmithError, match="RSA"):
        read.read(rsa_private(numbers), name="pem", trusted=trusted)


@pytest.mark.parametrize("trusted", [False, True])
def test_numbers_of_which_only_some_fit_are_refused(trusted: bool) -> None:
    """Before the library sees them: it forgives some of these, and others in some versions."""
    n, e, d, p, q, dp, dq, inverse = rsa_numbers()
    for numbers in (
        (n, e, d, 1, n, 0, d % (n - 1), 0),
        (n, e, d, n, 1, d % (n - 1), 0, 1),
        (n, e, d + (p - 1), p, q, dp, dq, inverse),
        (n, e, d + (q - 1), p, q, dp, dq, inverse),
        (n, e, d + 2 * (p - 1) * (q - 1), p, q, dp, dq, inverse),
        (n, e, d, p, q, dp + (p - 1), dq, inverse),
        (n, e, d, p, q, dp, dq + (q - 1), inverse),
        (n, e, d, p, q, dp, dq, inverse + p),
        (n, e + 2, d, p, q, dp, dq, inverse),
        (n + 8, e, d, p, q, dp, dq, inverse),
        (p * p, e, d, p, p, dp, dp, 1),
    ):
        with pytest.raises(KeysmithError, match="contradict"):
            weak.check_rsa(numbers, trusted)


def test_numbers_whose_factors_are_not_prime_are_refused_by_the_full_check() -> None:
    """All numbers agree with each other; only a prime test tells."""
    numbers = rsa_from(rough(1024, 6), rough(1024, 7))
    weak.check_rsa(numbers)
    with pytest.raises(KeysmithError, match="do not fit together"):
        read.read(rsa_private(numbers), name="pem")


def test_our_own_prime_test_tells_as_the_library_does(monkeypatch: t.Any) -> None:
    # By chance, one in a hundred times, three rounds do not tell one of the small composites below.
    monkeypatch.setattr(secrets, "randbelow", random.Random(1).randrange)
    for number in range(3):
        weak.check_primes(*rsa_numbers(number)[3:5])
    weak.check_primes(2**521 - 1, 2**607 - 1, 2**255 - 19, 65537)
    # Carmichael numbers pass the test of Fermat; these have no small factor.
    carmichael = [(6 * k + 1) * (12 * k + 1) * (18 * k + 1) for k in (1515, 1, 6, 35)]
    for composite in [rough(512, 10), (2**127 - 1) * (2**89 - 1), *carmichael]:
        with pytest.raises(KeysmithError, match="are not prime"):
            weak.check_primes(composite)


def test_each_number_has_three_rounds(monkeypatch: t.Any) -> None:
    bases: t.List[int] = []
    below = secrets.randbelow
    monkeypatch.setattr(secrets, "randbelow", lambda limit: bases.append(below(limit)) or bases[-1])
    weak.check_primes(2**521 - 1, 2**607 - 1)
    assert len(set(bases)) == len(bases) == 6


def test_a_long_private_key_is_tested_too() -> None:
    """Above 4096 bits by the test above, where the library can be told to leave its own out."""
    for trusted in (False, True) if VERSION < (39, 0) else (False,):
        with pytest.raises(KeysmithError, match="not prime|do not fit together"):
            read.read(rsa_private(rsa_from(rough(2052, 11), rough(2052, 12))), name="pem", trusted=trusted)


def test_a_private_key_of_16384_bits_costs_nothing() -> None:
    numbers = (1 << 16383 | 1, 65537, 1 << 16380, 1 << 8191 | 1, 1 << 8191 | 3, 1 << 8000, 1 << 8001, 1 << 8002)
    inner = der.sequence(der.integer(0), *map(der.integer, numbers))
    for text in (pem("RSA PRIVATE KEY", inner), pkcs8(oids.RSA, inner, der.element(der.NULL, b""))):

        def look(text: bytes = text) -> None:
            with pytest.raises(KeysmithError, match="16384 bits"):
                read.read(text, name="pem", trusted=True)

        assert is_cheap(look, 0.2)


def test_each_factor_of_a_long_key_is_tested() -> None:
    prime = 2**2203 - 1
    made = (rough(size, 13) for size in range(1895, 1920))
    composite = next(number for number in made if (prime * number).bit_length() % 8 == 0)
    for p, q in ((prime, composite), (composite, prime)):
        with pytest.raises(KeysmithError, match="not prime|do not fit together"):
            read.read(rsa_private(rsa_from(p, q)), name="pem")


@pytest.mark.parametrize("trusted", [False, True])
def test_an_exponent_that_fits_one_prime_alone_is_refused(trusted: bool) -> None:
    n, e, _d, p, q, _dp, _dq, inverse = rsa_numbers()
    for wrong in (pow(e, -1, q - 1) + 2 * (q - 1), pow(e, -1, p - 1) + 2 * (p - 1)):
        with pytest.raises(KeysmithError, match="contradict"):
            weak.check_rsa((n, e, wrong, p, q, wrong % (p - 1), wrong % (q - 1), inverse), trusted)


def _large_prime(least: int) -> int:
    """The next that Fermat's test takes for one: enough for a product that has no small factors."""
    small = math.prod(prime for prime in range(3, 1000, 2) if all(prime % other for other in range(3, prime, 2)))
    number = least | 1
    while math.gcd(number, small) != 1 or pow(2, number - 1, number) != 1:
        number += 2
    return number


def test_primes_that_are_near_are_close_too() -> None:
    """Far enough apart for a few steps of Fermat's method to miss them."""
    low = _large_prime(3 << 1022)
    high = _large_prime(low + 17 * (1 << 512))
    with pytest.raises(KeysmithError, match="CVE-2022-26320"):
        weak.check_rsa((low * high, 65537))


def test_primes_are_close_where_fermat_finds_them_in_his_first_steps() -> None:
    chance = random.Random(11)
    for step in [*range(weak.FERMAT_STEPS + 2), *range(weak.FERMAT_STEPS + 2)]:
        near = chance.getrandbits(200) | 1 << 199
        b = math.isqrt(2 * near * step + near)
        n = near * near - b * b
        root = math.isqrt(n)
        assert near - root - 1 == step
        assert weak._close_primes(n, root) is (step < weak.FERMAT_STEPS)
