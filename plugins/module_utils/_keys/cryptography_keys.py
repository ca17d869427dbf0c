# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All use of the library cryptography: keys from numbers, and numbers from keys.

Works with cryptography 3.3 to the newest, and imports no more of it than the key at hand needs: each host pays for
it in each run. Key objects are made from numbers; none of the library's own parsers is used, so what is accepted is
the same with each version, and nothing costly runs before the numbers were looked at.
"""

from __future__ import annotations

import importlib
import typing as t

from .._errors import KeysmithError, MissingLibrary
from . import weak
from .algorithms import Algorithm
from .key_numbers import Material
from .key_types import KEY_TYPES, KeyType

#: Bits of the longest RSA key whose primes the library tests: 0.2 seconds, and two to four for 8192 bits.
LONGEST_FULL_TEST = 4096
_LIBRARY = "cryptography.hazmat.primitives.asymmetric."


def check_library(algorithm: t.Optional[Algorithm] = None) -> None:
    """Raise MissingLibrary without cryptography 3.3 or newer; KeysmithError if the algorithm needs a newer one."""
    have = _version()
    if have < (3, 3):
        raise MissingLibrary(
            "The Python package cryptography on this host is older than 3.3, the oldest version that works; install a "
            "newer one, for example the distribution's python3-cryptography."
        )
    if algorithm is not None and algorithm.needs and have < _numbers(algorithm.needs):
        raise KeysmithError(
            "algorithm: %s needs cryptography %s or newer; this host has %s."
            % (algorithm.name, algorithm.needs, ".".join(str(part) for part in have))
        )


def _version() -> t.Tuple[int, ...]:
    try:
        import cryptography
    except ImportError:
        raise MissingLibrary(
            "The Python package cryptography is missing on this host; install it, for example the "
            "distribution's python3-cryptography."
        ) from None
    return _numbers(cryptography.__version__)


def _numbers(version: str) -> t.Tuple[int, ...]:
    """Return major and minor version."""
    major, minor = version.split(".")[:2]
    return int(major), int(minor) if minor.isdigit() else 0


def build(material: Material, trusted: bool, known: t.Any = None) -> t.Tuple[t.Any, t.Any]:
    """Make the library's private key (None for a public one) and public key from the numbers, and check them.

    ``known``: a private key of the library. An RSA key with its very numbers is that key, and is not made once more:
    that is a prime test before cryptography 39.
    """
    from cryptography.exceptions import InternalError, UnsupportedAlgorithm

    try:
        if material.kind == "RSA":
            weak.check_rsa(material.numbers, trusted)
            if known is not None and material.numbers == _rsa_numbers(known):
                return known, known.public_key()
            return _build_rsa(material, trusted)
        if KEY_TYPES[material.kind].type == "EC":
            return _build_ec(material)
        return _build_raw(material)
    except UnsupportedAlgorithm:
        raise KeysmithError(
            "the key is %s, which this host's cryptography and OpenSSL do not support." % (material.kind)
        ) from None
    except (ValueError, InternalError):
        raise KeysmithError("the numbers of the key do not fit together; it is damaged or forged.") from None


def _build_rsa(material: Material, trusted: bool) -> t.Tuple[t.Any, t.Any]:
    from cryptography.hazmat.primitives.asymmetric import rsa

    numbers = rsa.RSAPublicNumbers(material.numbers[1], material.numbers[0])
    if not material.is_private:
        return None, numbers.public_key()
    d, p, q, dp, dq, inverse = material.numbers[2:]
    all_numbers = rsa.RSAPrivateNumbers(p, q, d, dp, dq, inverse, numbers)
    if _version() < (39, 0):
        private = all_numbers.private_key()
    elif trusted:
        private = all_numbers.private_key(unsafe_skip_rsa_key_validation=True)
    elif numbers.n.bit_length() > LONGEST_FULL_TEST:
        weak.check_primes(p, q)
        private = all_numbers.private_key(unsafe_skip_rsa_key_validation=True)
    else:
        private = all_numbers.private_key()
    return private, private.public_key()


def _rsa_numbers(private: t.Any) -> t.Tuple[int, ...]:
    """Return the RSA numbers as in Material; none for another key."""
    if not hasattr(private, "private_numbers") or hasattr(private, "curve"):
        return ()
    own = private.private_numbers()
    return (own.public_numbers.n, own.public_numbers.e, own.d, own.p, own.q, own.dmp1, own.dmq1, own.iqmp)


def _build_ec(material: Material) -> t.Tuple[t.Any, t.Any]:
    from cryptography.hazmat.primitives.asymmetric import ec

    curve = library_class(KEY_TYPES[material.kind])()
    public = ec.EllipticCurvePublicKey.from_encoded_point(curve, material.public) if material.public else None
    if not material.is_private:
        return None, public
    scalar = int.from_bytes(material.private, "big")
    if not 0 < scalar < KEY_TYPES[material.kind].order:
        raise KeysmithError("the EC private key is outside the range of its curve; it is damaged or forged.")
    private = ec.derive_private_key(scalar, curve)
    derived = private.public_key()
    if public is not None and public.public_numbers() != derived.public_numbers():
        raise two_keys()
    return private, derived


def _build_raw(material: Material) -> t.Tuple[t.Any, t.Any]:
    row = KEY_TYPES[material.kind]
    _check_needs(row)
    if not material.is_private:
        row.check(material.public)
        return None, library_class(row, "Public").from_public_bytes(material.public)
    of_octets = "from_seed_bytes" if row.type == "AKP" else "from_private_bytes"
    private = getattr(library_class(row), of_octets)(material.private)
    public = private.public_key()
    if material.public and _raw(public) != material.public:
        raise two_keys()
    return private, public


def two_keys() -> KeysmithError:
    """Make the error for a private and a public part that belong to two keys."""
    return KeysmithError("the private and the public part belong to two different keys.")


def _check_needs(row: KeyType) -> None:
    if row.needs and _version() < _numbers(row.needs):
        raise KeysmithError("the key is %s, which needs cryptography %s or newer." % (row.name, row.needs))


def library_class(row: KeyType, half: str = "Private") -> t.Any:
    """Return the library's class of the curve (EC), or of private or public keys."""
    module, _dot, name = row.library.partition(".")
    return getattr(importlib.import_module(_LIBRARY + module), name.replace("Private", half))


def generate(row: KeyType, size: int = 0) -> t.Any:
    """Generate a private key; ``size`` is for RSA only. UnsupportedAlgorithm if the host cannot make such keys."""
    if row.type == "RSA":
        from cryptography.hazmat.primitives.asymmetric import rsa

        return rsa.generate_private_key(public_exponent=65537, key_size=size)
    if row.type == "EC":
        from cryptography.hazmat.primitives.asymmetric import ec

        return ec.generate_private_key(library_class(row)())
    return library_class(row).generate()


def _raw(public: t.Any) -> bytes:
    if hasattr(public, "public_bytes_raw"):
        return bytes(public.public_bytes_raw())
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return bytes(public.public_bytes(Encoding.Raw, PublicFormat.Raw))


def public_material(public: t.Any) -> Material:
    """Return the numbers of a public key of the library."""
    row = type_of(public)
    if row.type == "RSA":
        numbers = public.public_numbers()
        return Material("RSA", (numbers.n, numbers.e))
    if row.type == "EC":
        numbers = public.public_numbers()
        x, y = (number.to_bytes(row.width, "big") for number in (numbers.x, numbers.y))
        return Material(row.name, public=b"\4" + x + y)
    return Material(row.name, public=_raw(public))


def type_of(public: t.Any) -> KeyType:
    """Return the row of a public key of the library; KeysmithError for an unsupported key."""
    for row in KEY_TYPES.values():
        try:
            # A public key of EC has a curve, which has the class.
            if isinstance(getattr(public, "curve", None) if row.type == "EC" else public, library_class(row, "Public")):
                return row
        except ImportError:
            # ML-DSA is missing from older libraries, and so are keys of it.
            continue
    raise KeysmithError("The key is of a type or on a curve that no supported JWT algorithm uses.")
