# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that is asked of the library (cryptography): keys from numbers, and the numbers of keys.

Works with cryptography 3.3 to the newest, and imports no more of it than the key at hand needs: each host pays for
it in each run. Key objects are made from numbers; none of the library's own parsers is used, so what is accepted is
the same with each version, and nothing costly runs before the numbers were looked at.
"""

from __future__ import annotations

import importlib
import typing as t

from .._errors import KeysmithError, MissingLibrary
from . import weak
from .algorithms import ALGORITHMS, Algorithm
from .key_numbers import Material
from .oids import CURVES

#: Bits of the longest RSA key whose primes the library tests: 0.2 seconds, and two to four for 8192 bits.
LONGEST_FULL_TEST = 4096
_LIBRARY = "cryptography.hazmat.primitives.asymmetric."
#: The class in the library of each curve that a key can have.
_CLASSES = {row.curve: row.library for row in ALGORITHMS.values() if row.curve}
#: SEC 2 and FIPS 186: the number of points of each curve. A scalar is below it.
_ORDERS = {
    "P-256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "P-384": 2**384 - 0x389CB27E0BC8D220A7E5F24DB74F58851313E695333AD68D,
    "P-521": 2**521 - 0x5AE79787C40D069948033FEB708F65A2FC44A36477663B851449048E16EC79BF7,
    "secp256k1": 2**256 - 0x14551231950B75FC4402DA1732FC9BEBF,
}


def check_library(algorithm: t.Optional[Algorithm] = None) -> None:
    """MissingLibrary without cryptography 3.3 or newer; KeysmithError when the algorithm needs a newer one."""
    have = _version()
    if have < (3, 3):
        raise MissingLibrary(
            "The Python package cryptography on this host is older than 3.3, which is the least that "
            "works; install a newer one, for example the distribution's python3-cryptography."
        )
    if algorithm is not None and algorithm.needs and have < tuple(int(part) for part in algorithm.needs.split(".")):
        raise KeysmithError(
            "algorithm: %s needs cryptography %s or newer; this host has %s."
            % (algorithm.name, algorithm.needs, ".".join(str(part) for part in have))
        )


def _version() -> t.Tuple[int, int]:
    try:
        import cryptography
    except ImportError:
        raise MissingLibrary(
            "The Python package cryptography is missing on this host; install it, for example the "
            "distribution's python3-cryptography."
        ) from None
    major, minor = cryptography.__version__.split(".")[:2]
    return int(major), int(minor) if minor.isdigit() else 0


def build(material: Material, trusted: bool, known: t.Any = None) -> t.Tuple[t.Any, t.Any]:
    """The library's private key (None for a public one) and public key, checked.

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
        if CURVES[material.kind].type == "EC":
            return _build_ec(material)
        return _build_raw(material)
    except UnsupportedAlgorithm:
        raise KeysmithError(
            "the key is %s, which this host's cryptography and OpenSSL do not have." % (material.kind)
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
    """As in Material; none for a key that is not RSA."""
    if not hasattr(private, "private_numbers") or hasattr(private, "curve"):
        return ()
    own = private.private_numbers()
    return (own.public_numbers.n, own.public_numbers.e, own.d, own.p, own.q, own.dmp1, own.dmq1, own.iqmp)


def _build_ec(material: Material) -> t.Tuple[t.Any, t.Any]:
    from cryptography.hazmat.primitives.asymmetric import ec

    curve = library_class(material.kind)()
    public = ec.EllipticCurvePublicKey.from_encoded_point(curve, material.public) if material.public else None
    if not material.is_private:
        return None, public
    scalar = int.from_bytes(material.private, "big")
    if not 0 < scalar < _ORDERS[material.kind]:
        raise KeysmithError("the EC private key is out of the range of its curve; it is damaged or forged.")
    private = ec.derive_private_key(scalar, curve)
    derived = private.public_key()
    if public is not None and public.public_numbers() != derived.public_numbers():
        raise two_keys()
    return private, derived


def _build_raw(material: Material) -> t.Tuple[t.Any, t.Any]:
    _check_needs(material.kind)
    private_class = library_class(material.kind)
    if not material.is_private:
        if CURVES[material.kind].type == "OKP":
            weak.check_point(material.kind, material.public)
        return None, library_class(material.kind, "Public").from_public_bytes(material.public)
    seeded = CURVES[material.kind].type == "AKP"
    private = (
        private_class.from_seed_bytes(material.private)
        if seeded
        else private_class.from_private_bytes(material.private)
    )
    public = private.public_key()
    if material.public and _raw(public) != material.public:
        raise two_keys()
    return private, public


def two_keys() -> KeysmithError:
    """The private and the public part of one text are not of one key."""
    return KeysmithError("the private and the public part of the key are of two different keys.")


def _check_needs(curve: str) -> None:
    row = next(row for row in ALGORITHMS.values() if row.curve == curve)
    try:
        check_library(row)
    except KeysmithError:
        raise KeysmithError("the key is %s, which needs cryptography %s or newer." % (curve, row.needs)) from None


def library_class(curve: str, half: str = "Private") -> t.Any:
    """The class of the curve (EC), or of its private or public keys (OKP, AKP)."""
    module, _dot, name = _CLASSES[curve].partition(".")
    return getattr(importlib.import_module(_LIBRARY + module), name.replace("Private", half))


def _raw(public: t.Any) -> bytes:
    if hasattr(public, "public_bytes_raw"):
        return bytes(public.public_bytes_raw())
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return bytes(public.public_bytes(Encoding.Raw, PublicFormat.Raw))


def public_material(public: t.Any) -> Material:
    """The numbers of a public key of the library, or of the public half of what has a ``public_key()``."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        return Material("RSA", (numbers.n, numbers.e))
    kind = _kind(public)
    if CURVES[kind].type == "EC":
        point, width = public.public_numbers(), CURVES[kind].width
        return Material(kind, public=b"\4" + point.x.to_bytes(width, "big") + point.y.to_bytes(width, "big"))
    return Material(kind, public=_raw(public))


def _kind(public: t.Any) -> str:
    """The name in CURVES of a public key that is not RSA."""
    from cryptography.hazmat.primitives.asymmetric import ec

    for kind, curve in CURVES.items():
        if curve.type == "EC":
            if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, library_class(kind)):
                return kind
            continue
        try:
            if isinstance(public, library_class(kind, "Public")):
                return kind
        except ImportError:
            # ML-DSA is missing from older libraries, and so are keys of it.
            continue
    raise KeysmithError("The key is of a type or on a curve that no JWT algorithm here uses.")
