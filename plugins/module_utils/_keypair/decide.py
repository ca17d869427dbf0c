# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide what to do from what is wanted and what exists. No input, no output: check mode and the real run share it."""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError
from .._jose import jwk as jose_jwk
from .._keys import passphrase as keys_passphrase
from .._keys.algorithms import Algorithm, chosen_for, restriction_name
from .request import Wanted

KEEP, CONVERT, CREATE, IMPORT, REPLACE = "keep", "convert", "create", "import", "replace"
#: Decisions after which the host holds another key than before.
NEW_KEY = (CREATE, IMPORT, REPLACE)

#: Which of the passphrases opened a key.
PASSPHRASE, ENVIRONMENT, PREVIOUS, NONE = "passphrase", "environment", "previous_passphrases", ""


class FoundKey(t.NamedTuple):
    """The public facts of a private key file that could be opened."""

    members: t.Dict[str, str]
    #: As in key_numbers.Material.
    restriction: str
    pem: str
    #: pkcs8, traditional or openssh.
    container: str
    encrypted: bool
    #: Which passphrase opened it: PASSPHRASE, ENVIRONMENT, PREVIOUS, or NONE for an unencrypted one.
    opened_by: str
    #: Why other programs do not read the file; empty if they do.
    fault: str

    @property
    def type(self) -> str:
        """Return the JWK kty."""
        return self.members["kty"]

    @property
    def curve(self) -> str:
        """Return the JWK crv, or the parameter set of an AKP key."""
        return jose_jwk.curve(self.members)

    @property
    def size(self) -> int:
        """Return the bits of an RSA modulus, 0 for other keys."""
        return jose_jwk.size(self.members)

    @property
    def thumbprint(self) -> str:
        """Return the RFC 7638 thumbprint with SHA-256."""
        return jose_jwk.thumbprint(self.members)

    def __str__(self) -> str:
        """Describe the key: RSA 4096, P-256, Ed25519."""
        kind = "%s %d" % (self.type, self.size) if self.size else self.curve
        return "%s (%s only)" % (kind, restriction_name(self.restriction)) if self.restriction else kind


class Found(t.NamedTuple):
    """What was found in the place of the private key."""

    exists: bool = False
    key: t.Optional[FoundKey] = None
    #: Why an existing file could not be read as a key.
    problem: t.Optional[KeysmithError] = None
    #: The thumbprint of the key to import, where one was given.
    imported: str = ""


def matches(wanted: Wanted, key: FoundKey) -> bool:
    """Check whether a key has the wanted type, curve and size."""
    return wanted.algorithm.takes(key.type, key.curve, key.restriction) and key.size == (wanted.size if key.size else 0)


def decide(wanted: Wanted, found: Found, passphrase: t.Optional[bytes]) -> str:
    """The decision table of the module: one of KEEP, CONVERT, CREATE, IMPORT, REPLACE; KeysmithError for a refusal.

    ``passphrase`` is what the key is to be encrypted with, empty or None for not at all.
    """
    if not found.exists:
        return IMPORT if wanted.private_key else CREATE
    key = found.key
    same = key is not None and (not wanted.private_key or key.thumbprint == found.imported)
    if wanted.regenerate == "always" and not (same and wanted.private_key):
        return REPLACE
    if found.problem:
        raise found.problem
    if key is None:
        raise KeysmithError("path: %s holds no key." % wanted.path)
    if not same or not matches(wanted, key):
        if wanted.regenerate in ("mismatch", "always"):
            return REPLACE
        if wanted.regenerate == "fail":
            raise mismatch(wanted, key, "path: %s" % wanted.path) if same else _other_key(wanted, key)
    if not _needs_conversion(wanted, key, passphrase):
        return KEEP
    if key.encrypted and not passphrase and wanted.passphrase is None:
        raise KeysmithError(
            "passphrase: %s is encrypted, and no option says whether it should stay encrypted; give a passphrase, or "
            "set encrypted: false to store the key unencrypted." % wanted.path
        )
    return CONVERT


def _needs_conversion(wanted: Wanted, key: FoundKey, passphrase: t.Optional[bytes]) -> bool:
    if format_of(wanted, key) != key.container or (key.fault and wanted.format != "keep"):
        return True
    if not passphrase:
        return key.encrypted
    if not key.encrypted:
        return True
    return key.opened_by != (ENVIRONMENT if wanted.generate_passphrase else PASSPHRASE)


def format_of(wanted: Wanted, key: t.Optional[FoundKey]) -> str:
    """Return the future format of the file: a kept key of a type without a traditional form stays PKCS#8.

    With ``keep`` it can be openssh, which is kept but not written.
    """
    if wanted.format == "keep":
        return key.container if key else "pkcs8"
    if wanted.format == "traditional" and key and key.type not in ("RSA", "EC"):
        return "pkcs8"
    return wanted.format


def mismatch(wanted: Wanted, key: FoundKey, what: str) -> KeysmithError:
    """Make the error for a key of another type, curve or size than wanted. ``what`` describes the key."""
    return KeysmithError(
        "%s is of type %s, but algorithm: %s asks for %s; set algorithm and size to those of the existing key to "
        "keep it, or set regenerate: mismatch to replace it (the old key is backed up)."
        % (what, key, wanted.algorithm.name, kind_of(wanted))
    )


def kind_of(wanted: Wanted) -> str:
    """Return type and size, or curve, of the requested key, as FoundKey describes it."""
    return "%s %d" % (wanted.algorithm.key, wanted.size) if wanted.size else wanted.algorithm.key


def _other_key(wanted: Wanted, key: FoundKey) -> KeysmithError:
    return KeysmithError(
        "private_key: %s holds another key than the one to import (its thumbprint is %s); set regenerate: mismatch to "
        "replace it (the old one is backed up), or name another path." % (wanted.path, key.thumbprint)
    )


def check_passphrase_found(wanted: Wanted, secret: bytes, exists: bool, opens: bool) -> None:
    """Refuse a passphrase in the environment file that must not protect the key.

    One that somebody wrote there, in the place of one to come, would encrypt the key with a word that everybody knows.
    Taken is what ``opens`` the key that is there, and what we generated for one that is not there (yet, or any more).
    """
    if not secret or opens or (not exists and keys_passphrase.is_generated(secret)):
        return
    raise KeysmithError(
        "environment: %s: the passphrase in it %s; remove its line to have one generated, or give one as passphrase "
        "instead of generate_passphrase."
        % (
            wanted.environment[0].path,
            "does not open the key %s" % wanted.path if exists else "was not generated here, and opens no key",
        )
    )


def check_writable(wanted: Wanted, key: t.Optional[FoundKey]) -> None:
    """Refuse if the key cannot be written in the requested form."""
    if key and key.restriction:
        raise restricted(wanted, key)
    if format_of(wanted, key) == "openssh":
        raise KeysmithError(
            "format: the key for %s is in OpenSSH's own format, which can be kept but not written; set format: pkcs8 "
            "or format: traditional." % wanted.path
        )


def restricted(wanted: Wanted, key: FoundKey) -> KeysmithError:
    """Make the error for a key restricted to RSASSA-PSS: cryptography would write it as a plain RSA key."""
    return KeysmithError(
        "path: the key for %s is restricted to %s, and the library would write it without that restriction; put the "
        "file there by hand and ask for the format and the passphrase that it has."
        % (wanted.path, restriction_name(key.restriction))
    )


def algorithm_of(wanted: Wanted, key: FoundKey) -> Algorithm:
    """Return the algorithm for the JWK: the wanted one if the key fits it, else (regenerate: never) the key's own."""
    if wanted.algorithm.takes(key.type, key.curve, key.restriction):
        return wanted.algorithm
    return chosen_for(key.type, key.curve, key.restriction)


def jwk(wanted: Wanted, key: FoundKey, certificate: bytes) -> t.Dict[str, t.Any]:
    """Return the public JWK of the key; empty if it would hold a certificate that does not exist yet."""
    public = jose_jwk.build(key.members, algorithm_of(wanted, key), wanted.key_id_of(key.thumbprint))
    if not wanted.certificate.in_jwk:
        return dict(public)
    from . import certificates

    return {**public, "x5c": certificates.x5c(certificate)} if certificate else {}
