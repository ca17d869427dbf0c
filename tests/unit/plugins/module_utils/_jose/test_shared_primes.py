# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whichever two of however many moduli share a prime, they are found; others never are."""

from __future__ import annotations

import random

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import shared_primes

RANDOM = random.Random(7)


def _primes(count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        number = RANDOM.getrandbits(64) | 1 << 63 | 1
        if all(number % small for small in (3, 5, 7, 11, 13, 17, 19)) and pow(2, number - 1, number) == 1:
            found.append(number)
    return found


PRIMES = _primes(701)
MODULI = [one * other for one, other in zip(PRIMES[:-1:2], PRIMES[1::2])]


@pytest.fixture(autouse=True, params=["as it is", "without GMP"])
def _either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "without GMP":
        monkeypatch.setattr(shared_primes, "_gmp", lambda: None)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 16, 17, 33, 64, 65, 100, 350])
def test_sound_keys_share_nothing(count: int) -> None:
    assert shared_primes.any_shared(MODULI[:count]) is None
    half = count // 2
    assert shared_primes.any_shared(MODULI[:half], MODULI[half:count]) is None


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 16, 17, 33, 64, 65, 100, 350])
def test_two_keys_with_a_prime_in_common_are_found_wherever_they_are(count: int) -> None:
    for _attempt in range(12):
        one, other = RANDOM.sample(range(count), 2)
        moduli = MODULI[:count]
        moduli[one] = PRIMES[2 * other] * PRIMES[-1]
        pair = {moduli[one], moduli[other]}
        assert set(shared_primes.any_shared(moduli) or ()) == pair
        for new in (1, count // 2, count - 1):
            if one < new or other < new:
                assert set(shared_primes.any_shared(moduli[:new], moduli[new:]) or ()) == pair


@pytest.mark.parametrize("count", [65, 100, 350])
@pytest.mark.parametrize(("smallest", "largest"), [(4, 16), (32, 40), (1, 3)])
def test_they_are_found_in_many_trees(monkeypatch: pytest.MonkeyPatch, count: int, smallest: int, largest: int) -> None:
    monkeypatch.setattr(shared_primes, "_SMALLEST_TREE", 128 * smallest)
    monkeypatch.setattr(shared_primes, "_LARGEST_TREE", 128 * largest)
    trees = list(shared_primes._trees(MODULI[:count]))
    assert [modulus for tree in trees for modulus in tree] == MODULI[:count]
    assert len(trees) > 1 and max(map(len, trees)) <= max(smallest, largest)
    assert shared_primes.any_shared(MODULI[:count], MODULI[count : count + 30]) is None
    for _attempt in range(6):
        one, other = RANDOM.sample(range(count), 2)
        moduli = MODULI[:count]
        moduli[one] = PRIMES[2 * other] * PRIMES[-1]
        assert set(shared_primes.any_shared(moduli) or ()) == {moduli[one], moduli[other]}


def test_a_new_key_is_compared_with_many_known_ones() -> None:
    bad = PRIMES[0] * PRIMES[-1]
    new = [*MODULI[1:100], bad]
    assert set(shared_primes.any_shared(new, MODULI[100:200] + MODULI[:1]) or ()) == {bad, MODULI[0]}
    # Two known ones that share a prime are none of our business.
    assert shared_primes.any_shared(MODULI[1:100], [MODULI[0], bad]) is None


def test_a_few_keys_are_not_kept_out_by_what_the_set_holds_already() -> None:
    bad = PRIMES[0] * PRIMES[-1]
    assert shared_primes.any_shared([MODULI[5]], [MODULI[0], bad]) is None


def test_the_same_modulus_with_another_exponent_counts() -> None:
    assert shared_primes.any_shared([MODULI[0], MODULI[1], MODULI[0]]) == (MODULI[0], MODULI[0])
