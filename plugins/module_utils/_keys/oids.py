# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the type of key that an AlgorithmIdentifier names (RFC 3279, RFC 4055, RFC 5480, RFC 8410, RFC 9881).

Which there are says the table in ``key_types``.
"""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError
from . import der
from .algorithms import ANY_PSS
from .key_types import KEY_TYPES, of_oid, of_type

RSA, RSA_PSS, EC = KEY_TYPES["RSA"].oid, "1.2.840.113549.1.1.10", "1.2.840.10045.2.1"
#: Keys that people have and JWT does not use.
_OTHERS = {
    "1.2.840.10040.4.1": "DSA",
    "1.2.840.113549.1.3.1": "Diffie-Hellman",
    "1.2.840.10046.2.1": "Diffie-Hellman",
    "1.2.840.113549.1.1.7": "for RSAES-OAEP alone",
    "1.3.101.111": "X448",
    "1.3.132.0.33": "on the curve P-224",
    "1.2.840.10045.3.1.1": "on the curve P-192",
}
_MGF1 = "1.2.840.113549.1.1.8"
#: By the hash of RSASSA-PSS, the algorithm that has it for message and mask, and the octets of its salt (RFC 7518
#: section 3.5).
_PSS = {
    "2.16.840.1.101.3.4.2.1": ("PS256", 32),
    "2.16.840.1.101.3.4.2.2": ("PS384", 48),
    "2.16.840.1.101.3.4.2.3": ("PS512", 64),
}
_SHA1, _SALT, _TRAILER = "1.3.14.3.2.26", 20, 1


def algorithm(reader: der.Reader) -> t.Tuple[str, str]:
    """Return RSA or the name of a curve, and the restriction of an RSA-PSS key (see Material)."""
    oid = reader.oid()
    if oid in (RSA, RSA_PSS):
        restriction = "" if oid == RSA else ANY_PSS
        if reader.peek() == der.NULL and oid == RSA:
            reader.take(der.NULL)
        elif reader.peek() != -1 and oid == RSA_PSS:
            restriction = _restriction(reader.sequence())
        reader.end()
        return "RSA", restriction
    if oid == EC:
        return curve_name(reader), ""
    row = of_oid(oid)
    if row is None or row.type == "EC":
        raise KeysmithError(
            "the key is %s, which no supported JWT algorithm uses." % _OTHERS.get(oid, "of another type")
        )
    reader.end()
    return row.name, ""


def _restriction(parameters: der.Reader) -> str:
    """RSASSA-PSS-params (RFC 4055 section 3.1) -> the one algorithm that a key with them can do.

    The salt is the least that a signature has to have.
    """
    fields = [parameters.optional(tag) for tag in range(0xA0, 0xA4)]
    parameters.end()
    hash, mask, salt, trailer = (field if field is None else der.Reader(field) for field in fields)
    digest = _SHA1 if hash is None else _hash(hash.sequence())
    generator = _SHA1 if mask is None else _mask(mask.sequence())
    numbers = [default if one is None else one.integer() for one, default in ((salt, _SALT), (trailer, _TRAILER))]
    for one in (hash, mask, salt, trailer):
        if one is not None:
            one.end()
    name, longest = _PSS.get(digest, ("", 0))
    if not name or digest != generator or numbers[0] > longest or numbers[1] != _TRAILER:
        raise KeysmithError(
            "the RSA-PSS key is restricted to other parameters than those of PS256, PS384 or PS512, so no JWT "
            "algorithm uses it."
        )
    return name


def _mask(reader: der.Reader) -> str:
    """Return the hash of MGF1; nothing for other mask functions."""
    if reader.oid() != _MGF1:
        return ""
    digest = _hash(reader.sequence())
    reader.end()
    return digest


def _hash(reader: der.Reader) -> str:
    """Read a hash (RFC 4055 section 2.1), with NULL or without parameters: both are valid."""
    digest = reader.oid()
    reader.optional(der.NULL)
    reader.end()
    return digest


def curve_name(reader: der.Reader) -> str:
    """Read the name of the curve in ECParameters (RFC 5480 section 2.1.1); only named curves are supported."""
    if reader.peek() == der.SEQUENCE:
        raise KeysmithError(
            "the EC key spells out the parameters of its curve; only named curves are read, because "
            "spelt-out parameters can be forged."
        )
    oid = reader.oid()
    reader.end()
    row = of_oid(oid)
    if row is None or row.type != "EC":
        raise KeysmithError(
            "the EC key is %s, which no JWT algorithm uses; keys on %s are read."
            % (_OTHERS.get(oid, "on another curve"), ", ".join(of_type("EC")))
        )
    return row.name
