# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check passphrases: only those are accepted that all programs that read the key take for the same octets."""

from __future__ import annotations

import re
import secrets
import typing as t
import unicodedata

from .._errors import KeysmithError

#: Ansible hides a secret in all it prints, by substring: a shorter one would hide parts of the public key as well.
LEAST = 8
ADVISED = 16
MOST = 512
#: What opens a key that other programs wrote. ``openssl -passin file:`` and its prompt cut a passphrase off after 1023
#: octets without a word, ``-passin env:`` after 1024; ssh-keygen takes no more than 1024, the library 1023.
MOST_ELSEWHERE = 1023
_GENERATED = re.compile(rb"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_LEAST_DIFFERENT = 16


def generate() -> bytes:
    """Generate 256 random bits as 43 characters of base64url, which every environment file can hold unquoted."""
    return secrets.token_urlsafe(32).encode("ascii")


def checked(option: str, value: t.Any) -> bytes:
    """Return the octets of a new passphrase, in UTF-8; KeysmithError names the broken rule, never the value."""
    octets = _octets(option, value)
    broken = _broken_rule(value, len(octets))
    if broken:
        raise KeysmithError("%s: %s." % (option, broken))
    return octets


def is_generated(octets: bytes) -> bool:
    """Check for the form of what ``generate`` makes: 43 characters, of which the last one holds four bits.

    In a placeholder of that length letters repeat, or are of one case. Among random ones that is one in 10^9.
    """
    is_mixed = octets.lower() != octets != octets.upper() and len(set(octets)) >= _LEAST_DIFFERENT
    return is_mixed and bool(_GENERATED.fullmatch(octets))


def checked_to_read(option: str, value: t.Any) -> bytes:
    """Return the octets of a passphrase that only opens keys: whatever another program may have accepted."""
    octets = _octets(option, value)
    if b"\0" in octets:
        raise KeysmithError("%s: holds a NUL, which no program accepts in a passphrase; remove it." % option)
    if len(octets) > MOST_ELSEWHERE:
        raise KeysmithError(
            "%s: is longer than %d octets; programs that accept it use only these, so give no more."
            % (option, MOST_ELSEWHERE)
        )
    return octets


def _octets(option: str, value: t.Any) -> bytes:
    if not isinstance(value, str):
        raise KeysmithError("%s: has to be a string, but YAML made it a %s; put it in quotes." % (option, _kind(value)))
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError:
        raise KeysmithError("%s: holds characters that are not Unicode text." % option) from None


def _broken_rule(value: str, octets: int) -> str:
    if any(unicodedata.category(char) == "Cc" for char in value):
        return "holds a control character (a newline at the end, perhaps); remove it"
    if value != value.strip():
        return "begins or ends with a blank, which some programs cut off; remove it"
    if unicodedata.normalize("NFC", value) != value:
        return "is not in Unicode's composed form (NFC), so another keyboard would type other octets; normalise it"
    if len(value) < LEAST:
        return "is shorter than %d characters" % LEAST
    if octets > MOST:
        return "is longer than %d octets; some programs cut off long passphrases, so choose a shorter one" % MOST
    return ""


def _kind(value: t.Any) -> str:
    return {"bool": "boolean", "int": "number", "float": "number", "dict": "dictionary"}.get(
        type(value).__name__, type(value).__name__
    )
