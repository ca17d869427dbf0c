# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How messages describe JWKs and wrong input: never by a value that could be a secret."""

from __future__ import annotations

#: What a kid is shown of: a thumbprint has 43 characters.
_MOST_SHOWN = 43


def called(value: object) -> str:
    """Return the type of a value for messages: never the value itself."""
    for kind, text in (
        (bool, "a boolean"),
        (str, "a string"),
        (int, "an integer"),
        (float, "a number"),
        (dict, "a dictionary"),
        ((list, tuple), "a list"),
        (bytes, "bytes"),
        (type(None), "None"),
    ):
        if isinstance(value, kind):
            return text
    return "a value of type %s" % type(value).__name__


def named(name: str, jwk: object) -> str:
    """Return how messages name a JWK: by its place and its kid."""
    kid = jwk.get("kid") if isinstance(jwk, dict) else None
    return "%s (kid %s)" % (name, shown(kid)) if isinstance(kid, str) and kid and kid.isprintable() else name


def shown(kid: str) -> str:
    """Return a key ID for messages, not longer than a thumbprint."""
    return kid if len(kid) <= _MOST_SHOWN else kid[: _MOST_SHOWN - 3] + "..."


def hint(given: object) -> str:
    """Return what to write instead of a string, or of a dictionary of strings."""
    if isinstance(given, str) and is_key_text(given):
        return " Turn PEM into a JWK with the filter keysmith.jwt.pem_to_jwk."
    if isinstance(given, dict) and any(isinstance(value, str) and is_key_text(value) for value in given.values()):
        return (
            " a dictionary of PEM texts is no JWK; give a list, with each key as the result of "
            "TEXT | keysmith.jwt.pem_to_jwk(key_id='KID')."
        )
    return ""


def is_key_text(text: str) -> bool:
    """Check whether a string looks like PEM or an OpenSSH public key, valid or not."""
    return "-----BEGIN " in text or text.lstrip().startswith(("ssh-", "ecdsa-sha2-"))
