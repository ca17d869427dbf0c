# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that hold secrets, and the one that says that a key is unencrypted.

Given and empty is an error: it is a variable that is not set, or a lookup that found nothing. Taken for "not given", it
would make another key than the one to import, or store a key unencrypted.
"""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError
from .._keys import passphrase as keys_passphrase
from .._keys.algorithms import Algorithm

Options = t.Mapping[str, t.Any]


def passphrase(options: Options) -> t.Optional[bytes]:
    """Return the passphrase for the key. None: no option sets one; empty: the key is unencrypted on purpose."""
    value, encrypted, is_generated = (options[name] for name in ("passphrase", "encrypted", "generate_passphrase"))
    if value == "":
        raise KeysmithError(
            "passphrase: is given and empty, as if a variable were not set; give one, or set encrypted: false to store "
            "the key unencrypted on purpose."
        )
    if encrypted is False and (value is not None or is_generated):
        raise KeysmithError(
            "encrypted: false stores the key unencrypted, but %s asks for the opposite; leave one of the two out."
            % ("passphrase" if value is not None else "generate_passphrase")
        )
    if encrypted and value is None and not is_generated:
        raise KeysmithError("encrypted: true needs a passphrase to encrypt the key with, or generate_passphrase: true.")
    if value is None:
        return b"" if encrypted is False else None
    return keys_passphrase.checked("passphrase", value)


def previous_passphrases(options: Options) -> t.Tuple[bytes, ...]:
    """Return the passphrases that may open the existing key, given as a list or as one string."""
    values = options["previous_passphrases"]
    if values is None:
        return ()
    if isinstance(values, str):
        values = [values]
    if not isinstance(values, list):
        raise KeysmithError("previous_passphrases: has to be a list of strings.")
    if "" in values or None in values:
        raise KeysmithError(
            "previous_passphrases: one of them is empty, as if a variable were not set; give it, or leave it out."
        )
    return tuple(keys_passphrase.checked_to_read("previous_passphrases", value) for value in values)


def private_key(options: Options, algorithm: Algorithm) -> t.Optional[bytes]:
    """Return the text of the key to import, in PEM or OpenSSH's format; None if none is given."""
    value = options["private_key"]
    if value is None:
        return None
    if value == "":
        raise KeysmithError(
            "private_key: is given and empty, as if a variable were not set; give the key, or leave the option out to "
            "have one generated."
        )
    # It brings all that checks JWKs, which most runs do without: code is compiled anew in each.
    from .._jose import private_jwk

    if private_jwk.looks_like_one(value):
        return private_jwk.pem(value, algorithm, "private_key")
    if not isinstance(value, str):
        raise KeysmithError("private_key: has to be the text of a PEM file, or a private JWK.")
    return value.encode("utf-8", "replace")
