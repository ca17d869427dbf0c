# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that the tests make as they run: good ones, once a process, and bad ones out of plain numbers."""

from __future__ import annotations

import base64
import functools
import math
import random
import typing as t

import cryptography
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import der as keys_der
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import oids, read, weak
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ALGORITHMS

#: Major and minor version of the library.
VERSION = tuple(int(part) for part in cryptography.__version__.split(".")[:2])
#: One algorithm for each kind of key that it has.
HAD = list(
    {
        row.key: name
        for name, row in reversed(list(ALGORITHMS.items()))
        if not row.needs or int(row.needs.split(".")[0]) <= VERSION[0]
    }.values()
)
NULL = keys_der.element(keys_der.NULL, b"")


def private(algorithm: str, number: int = 0) -> t.Any:
    """A private key; another ``number`` is another key. RSA keys have 2048 bits."""
    return _made(ALGORITHMS[algorithm].key, number)


@functools.lru_cache(maxsize=None)
def _made(kind: str, number: int) -> t.Any:
    row = next(row for row in ALGORITHMS.values() if row.key == kind)
    return read.generate(row, 2048 if row.type == "RSA" else 0)


@functools.lru_cache(maxsize=None)
def rsa_numbers(number: int = 0) -> t.Tuple[int, ...]:
    """n, e, d, p, q, dP, dQ, qInv of a good key."""
    numbers = private("RS256", number).private_numbers()
    public = numbers.public_numbers
    return public.n, public.e, numbers.d, numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp


def pem(label: str, der: bytes) -> bytes:
    """A PEM block."""
    return ("-----BEGIN %s-----\n%s-----END %s-----\n" % (label, base64.encodebytes(der).decode(), label)).encode()


def algorithm(oid: str, parameters: bytes = b"") -> bytes:
    """An AlgorithmIdentifier."""
    return keys_der.sequence(keys_der.oid(oid), parameters)


def spki(oid: str, public: bytes, parameters: bytes = b"") -> bytes:
    """A PUBLIC KEY block."""
    return pem("PUBLIC KEY", keys_der.sequence(algorithm(oid, parameters), keys_der.bit_string(public)))


def pkcs8(oid: str, inner: bytes, parameters: bytes = b"", more: bytes = b"") -> bytes:
    """A PRIVATE KEY block."""
    octets = keys_der.element(keys_der.OCTET_STRING, inner)
    return pem("PRIVATE KEY", keys_der.sequence(keys_der.integer(0), algorithm(oid, parameters), octets, more))


def rsa_public(n: int, e: int = 65537) -> bytes:
    """A PUBLIC KEY block with these numbers, good or bad."""
    return spki(oids.RSA, keys_der.sequence(keys_der.integer(n), keys_der.integer(e)), NULL)


def rsa_private(numbers: t.Sequence[int]) -> bytes:
    """An RSA PRIVATE KEY block with these numbers, good or bad."""
    return pem("RSA PRIVATE KEY", keys_der.sequence(keys_der.integer(0), *map(keys_der.integer, numbers)))


def rough(bits: int, seed: int) -> int:
    """An odd number of so many bits, the two upper ones set, without small factors: looks like a prime and is none."""
    chance = random.Random(seed)
    while True:
        number = chance.getrandbits(bits) | 3 << (bits - 2) | 1
        if math.gcd(number, int(weak._small_primes_product())) == 1 and math.gcd(number - 1, 65537) == 1:
            return number


def rsa_from(p: int, q: int) -> t.Tuple[int, ...]:
    """All numbers of an RSA key with these factors, in agreement with each other."""
    d = pow(65537, -1, math.lcm(p - 1, q - 1) if hasattr(math, "lcm") else (p - 1) * (q - 1))
    return p * q, 65537, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)
