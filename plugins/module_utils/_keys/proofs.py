# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prove that a private key of the library belongs to a public key: by a signature, or by a key agreement.

Each takes both keys, and what makes another private key of the type. It raises something where the two do not belong
together; what that is depends on their types.
"""

from __future__ import annotations

import typing as t

Proof = t.Callable[[t.Any, t.Any, t.Callable[[], t.Any]], None]
_MESSAGE = b"keysmith.jwt"


def by_rsa(private: t.Any, public: t.Any, _another: t.Callable[[], t.Any]) -> None:
    """Sign as RS256 does, which the library supports for every RSA key."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    how = (padding.PKCS1v15(), hashes.SHA256())
    public.verify(private.sign(_MESSAGE, *how), _MESSAGE, *how)


def by_ecdsa(private: t.Any, public: t.Any, _another: t.Callable[[], t.Any]) -> None:
    """Sign with SHA-256, whatever the curve."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    how = ec.ECDSA(hashes.SHA256())
    public.verify(private.sign(_MESSAGE, how), _MESSAGE, how)


def by_signature(private: t.Any, public: t.Any, _another: t.Callable[[], t.Any]) -> None:
    """Sign with a key that has only one way to sign: EdDSA, ML-DSA."""
    public.verify(private.sign(_MESSAGE), _MESSAGE)


def by_agreement(private: t.Any, public: t.Any, another: t.Callable[[], t.Any]) -> None:
    """Derive the same secret from both sides (RFC 7748)."""
    other = another()
    if private.exchange(other.public_key()) != other.exchange(public):
        raise ValueError
