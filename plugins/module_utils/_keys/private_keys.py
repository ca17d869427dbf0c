# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate a private key of the library, write it as PEM, and prove that it belongs to its public key."""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError
from . import cryptography_keys, weak
from .algorithms import Algorithm
from .cryptography_keys import check_library
from .key_types import KEY_TYPES

#: What OpenSSL takes; longer ones are cut or refused, depending on the version.
LONGEST_PASSPHRASE = 1023


def generate(algorithm: Algorithm, size: int = 0) -> t.Any:
    """Generate a private key for the algorithm. ``size``: bits of an RSA modulus, None for other keys."""
    check_library(algorithm)
    from cryptography.exceptions import UnsupportedAlgorithm

    if algorithm.type == "RSA" and not weak.good_size(size):
        raise KeysmithError(
            "size: an RSA key has %d to %d bits, in steps of 8, not %d." % (weak.SMALLEST, weak.LARGEST, size)
        )
    try:
        return cryptography_keys.generate(KEY_TYPES[algorithm.key], size)
    except UnsupportedAlgorithm:
        raise KeysmithError(
            "algorithm: this host's cryptography and OpenSSL do not support %s keys." % (algorithm.key)
        ) from None


def private_pem(private: t.Any, format: str, passphrase: t.Optional[bytes] = None) -> bytes:
    """Write the private key as PEM: ``pkcs8`` or ``traditional`` (PKCS#1, SEC 1); encrypted with a passphrase."""
    from cryptography.exceptions import InternalError, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    formats = {
        "pkcs8": serialization.PrivateFormat.PKCS8,
        "traditional": serialization.PrivateFormat.TraditionalOpenSSL,
    }
    if format == "traditional" and not hasattr(private, "private_numbers"):
        raise KeysmithError("format: traditional exists only for RSA and EC keys; use pkcs8.")
    if passphrase and len(passphrase) > LONGEST_PASSPHRASE:
        raise KeysmithError("passphrase: it is longer than %d octets, which OpenSSL cannot take." % LONGEST_PASSPHRASE)
    encryption: t.Any = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase)
    try:
        return bytes(private.private_bytes(serialization.Encoding.PEM, formats[format], encryption))
    except (ValueError, UnsupportedAlgorithm, InternalError):
        raise KeysmithError(
            "format: this host's OpenSSL cannot write the private key as %s%s%s."
            % (
                "encrypted " if passphrase else "",
                format,
                "; its FIPS mode forbids MD5, so use pkcs8" if passphrase and format == "traditional" else "",
            )
        ) from None


def prove(private: t.Any, public: t.Any) -> None:
    """Refuse unless a proof by ``private`` (see ``proofs``) fits ``public``."""
    from cryptography.exceptions import InvalidSignature

    row = cryptography_keys.type_of(public)
    try:
        row.proof(private, public, lambda: cryptography_keys.generate(row))
    except (InvalidSignature, ValueError, TypeError, AttributeError):
        # Keys of two types lack each other's methods or refuse each other's options.
        raise KeysmithError(
            "The private key and the public key do not belong together: a signature by one does not "
            "verify with the other."
        ) from None
