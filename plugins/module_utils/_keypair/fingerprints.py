# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingerprints of a public key and of its certificate, by which people can find it at a server."""

from __future__ import annotations

import base64
import hashlib
import typing as t


def of(public_key: str, certificate: str) -> t.Dict[str, str]:
    """Return the fingerprints of the public key (its SPKI) and of the certificate, both in PEM, as servers do."""
    shown: t.Dict[str, str] = {}
    if public_key:
        digest = hashlib.sha256(_der(public_key)).digest()
        shown.update(spki_sha256=digest.hex(), spki_sha256_base64=base64.b64encode(digest).decode("ascii"))
    if certificate:
        octets = _der(certificate)
        # RFC 7517 sections 4.8 and 4.9.
        shown.update(x5t=_base64url(hashlib.sha1(octets).digest()))
        shown["x5t#S256"] = _base64url(hashlib.sha256(octets).digest())
    return shown


def _der(pem: str) -> bytes:
    return base64.b64decode("".join(pem.strip().split("\n")[1:-1]))


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")
