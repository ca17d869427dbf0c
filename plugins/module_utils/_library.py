# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""Everything that is asked of the library (cryptography, pyca): key objects from numbers and back, made, written, proved.

Works with cryptography 3.3 to the newest, and imports no more of it than the key at hand needs: each host pays for
it in each run. Key objects are made from numbers; none of the library's own parsers is used, so what is accepted is
the same with each version, and nothing costly runs before the numbers were looked at.
"""

from __future__ import annotations

import importlib
import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils import _weak
from ansible_collections.keysmith.jwt.plugins.module_utils._algorithms import ALGORITHMS, Algorithm
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, MissingLibrary
from ansible_collections.keysmith.jwt.plugins.module_utils._material import CURVES, Material

#: What OpenSSL takes; longer ones are cut or refused, depending on the version.
LONGEST_PASSPHRASE = 1023
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
        raise MissingLibrary("The Python package cryptography on this host is older than 3.3, which is the least that "
                             "works; install a newer one, for example the distribution's python3-cryptography.")
    if algorithm is not None and algorithm.needs and have < tuple(int(part) for part in algorithm.needs.split(".")):
        raise KeysmithError("algorithm: %s needs cryptography %s or newer; this host has %s." % (
            algorithm.name, algorithm.needs, ".".join(str(part) for part in have)))


def _version() -> t.Tuple[int, int]:
    try:
        import cryptography
    except ImportError:
        raise MissingLibrary("The Python package cryptography is missing on this host; install it, for example the "
                             "distribution's python3-cryptography.") from None
    major, minor = cryptography.__version__.split(".")[:2]
    return int(major), int(minor) if minor.isdigit() else 0


def build(material: Material, trusted: bool) -> t.Tuple[t.Any, t.Any]:
    """The library's private key (None for a public one) and public key, checked."""
    from cryptography.exceptions import InternalError, UnsupportedAlgorithm

    try:
        if material.kind == "RSA":
            _weak.check_rsa(material.numbers, trusted)
            return _build_rsa(material, trusted)
        if CURVES[material.kind].type == "EC":
            return _build_ec(material)
        return _build_raw(material)
    except UnsupportedAlgorithm:
        raise KeysmithError("the key is %s, which this host's cryptography and OpenSSL do not have." % (
            material.kind)) from None
    except (ValueError, InternalError):
        raise KeysmithError("the numbers of the key do not fit together; it is damaged or forged.") from None


def _build_rsa(material: Material, trusted: bool) -> t.Tuple[t.Any, t.Any]:
    from cryptography.hazmat.primitives.asymmetric import rsa

    numbers = rsa.RSAPublicNumbers(material.numbers[1], material.numbers[0])
    if not material.is_private:
        return None, numbers.public_key()
    d, p, q, dp, dq, inverse = material.numbers[2:]
    all_numbers = rsa.RSAPrivateNumbers(p, q, d, dp, dq, inverse, numbers)
    if trusted and _version() >= (39, 0):
        private = all_numbers.private_key(unsafe_skip_rsa_key_validation=True)
    else:
        private = all_numbers.private_key()
    return private, private.public_key()


def _build_ec(material: Material) -> t.Tuple[t.Any, t.Any]:
    from cryptography.hazmat.primitives.asymmetric import ec

    curve = _class(material.kind)()
    public = ec.EllipticCurvePublicKey.from_encoded_point(curve, material.public) if material.public else None
    if not material.is_private:
        return None, public
    scalar = int.from_bytes(material.private, "big")
    if not 0 < scalar < _ORDERS[material.kind]:
        raise KeysmithError("the EC private key is out of the range of its curve; it is damaged or forged.")
    private = ec.derive_private_key(scalar, curve)
    derived = private.public_key()
    if public is not None and public.public_numbers() != derived.public_numbers():
        raise _two_keys()
    return private, derived


def _build_raw(material: Material) -> t.Tuple[t.Any, t.Any]:
    _check_needs(material.kind)
    private_class = _class(material.kind)
    if not material.is_private:
        if CURVES[material.kind].type == "OKP":
            _weak.check_point(material.kind, material.public)
        return None, _class(material.kind, "Public").from_public_bytes(material.public)
    seeded = CURVES[material.kind].type == "AKP"
    private = private_class.from_seed_bytes(material.private) if seeded else private_class.from_private_bytes(
        material.private)
    public = private.public_key()
    if material.public and _raw(public) != material.public:
        raise _two_keys()
    return private, public


def _two_keys() -> KeysmithError:
    return KeysmithError("the private and the public part of the key are of two different keys.")


def _check_needs(curve: str) -> None:
    check_library(next(row for row in ALGORITHMS.values() if row.curve == curve))


def _class(curve: str, half: str = "Private") -> t.Any:
    module, _dot, name = _CLASSES[curve].partition(".")
    return getattr(importlib.import_module(_LIBRARY + module), name.replace("Private", half))


def _raw(public: t.Any) -> bytes:
    if hasattr(public, "public_bytes_raw"):
        return bytes(public.public_bytes_raw())
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return bytes(public.public_bytes(Encoding.Raw, PublicFormat.Raw))


def generate(algorithm: Algorithm, size: int = 0) -> t.Any:
    """A new private key for the algorithm. ``size``: bits of an RSA modulus, nothing for other keys."""
    check_library(algorithm)
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        if algorithm.type == "RSA":
            from cryptography.hazmat.primitives.asymmetric import rsa

            _weak.check_size(size)
            return rsa.generate_private_key(public_exponent=65537, key_size=size)
        if algorithm.type == "EC":
            from cryptography.hazmat.primitives.asymmetric import ec

            return ec.generate_private_key(_class(algorithm.curve)())
        return _class(algorithm.curve).generate()
    except UnsupportedAlgorithm:
        raise KeysmithError("algorithm: this host's cryptography and OpenSSL do not have %s keys." % (
            algorithm.key)) from None


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
            if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, _class(kind)):
                return kind
            continue
        try:
            if isinstance(public, _class(kind, "Public")):
                return kind
        except ImportError:
            # ML-DSA is missing from older libraries, and so are keys of it.
            continue
    raise KeysmithError("The key is of a type or on a curve that no JWT algorithm here uses.")


def private_pem(private: t.Any, format: str, passphrase: t.Optional[bytes] = None) -> bytes:
    """The private key as PEM: ``pkcs8``, or ``traditional`` (PKCS#1, SEC 1); encrypted where there is a passphrase."""
    from cryptography.exceptions import InternalError, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    formats = {
        "pkcs8": serialization.PrivateFormat.PKCS8,
        "traditional": serialization.PrivateFormat.TraditionalOpenSSL,
    }
    if format == "traditional" and not hasattr(private, "private_numbers"):
        raise KeysmithError("format: traditional exists for RSA and EC keys alone; use pkcs8.")
    if passphrase and len(passphrase) > LONGEST_PASSPHRASE:
        raise KeysmithError("passphrase: it is longer than %d octets, which OpenSSL cannot take." % LONGEST_PASSPHRASE)
    encryption: t.Any = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase)
    try:
        return bytes(private.private_bytes(serialization.Encoding.PEM, formats[format], encryption))
    except (ValueError, UnsupportedAlgorithm, InternalError):
        raise KeysmithError("format: this host's OpenSSL cannot write the private key as %s%s%s." % (
            "encrypted " if passphrase else "", format,
            "; its FIPS mode forbids MD5, so use pkcs8" if passphrase and format == "traditional" else "")) from None


def prove(private: t.Any, public: t.Any) -> None:
    """A signature by ``private`` that ``public`` verifies, or for X25519 one agreement. KeysmithError otherwise."""
    from cryptography.exceptions import InvalidSignature

    message = b"keysmith.jwt"
    try:
        if hasattr(private, "private_numbers"):
            options = _signature_options(private)
            public.verify(private.sign(message, *options), message, *options)
        elif hasattr(private, "sign"):
            public.verify(private.sign(message), message)
        else:
            other = _class("X25519").generate()
            if private.exchange(other.public_key()) != other.exchange(public):
                raise ValueError
    except (InvalidSignature, ValueError, TypeError):
        raise KeysmithError("The private key and the public key do not belong together: a signature by one does not "
                            "verify with the other.") from None


def _signature_options(private: t.Any) -> t.Tuple[t.Any, ...]:
    from cryptography.hazmat.primitives import hashes

    if hasattr(private, "curve"):
        from cryptography.hazmat.primitives.asymmetric import ec

        return (ec.ECDSA(hashes.SHA256()),)
    from cryptography.hazmat.primitives.asymmetric import padding

    return padding.PKCS1v15(), hashes.SHA256()
