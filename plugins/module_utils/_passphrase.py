# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""Which passphrases are taken: those that every program that will read the key takes for the same octets."""

from __future__ import annotations

import secrets
import typing as t
import unicodedata

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError

#: Ansible hides a secret in all it prints, by substring: a shorter one would hide parts of the public key as well.
LEAST = 8
ADVISED = 16
#: OpenSSL's own programs cut a passphrase at 1023 octets, others earlier.
MOST = 512


def generate() -> bytes:
    """256 random bits as 43 characters of base64url, which every environment file carries unquoted."""
    return secrets.token_urlsafe(32).encode("ascii")


def checked(option: str, value: t.Any, least: int = LEAST) -> bytes:
    """The octets of a passphrase, UTF-8; KeysmithError names the rule that is broken, never the value."""
    if not isinstance(value, str):
        raise KeysmithError("%s: has to be a string, but YAML made it a %s; put it in quotes." % (option, _kind(value)))
    broken = _broken_rule(value, least)
    if broken:
        raise KeysmithError("%s: %s." % (option, broken))
    return value.encode("utf-8")


def _broken_rule(value: str, least: int) -> str:
    try:
        octets = len(value.encode("utf-8"))
    except UnicodeEncodeError:
        return "holds characters that are not Unicode text"
    if any(unicodedata.category(char) == "Cc" for char in value):
        return "holds a control character (a newline at the end, perhaps); take it out"
    if value != value.strip():
        return "begins or ends with a blank, which some programs cut off; take it out"
    if unicodedata.normalize("NFC", value) != value:
        return "is not in Unicode's composed form (NFC), so another keyboard would type other octets; normalise it"
    if len(value) < least:
        return "is shorter than %d characters" % least
    if octets > MOST:
        return "is longer than %d octets, which some programs cut off" % MOST
    return ""


def _kind(value: t.Any) -> str:
    return {"bool": "boolean", "int": "number", "float": "number", "dict": "dictionary"}.get(
        type(value).__name__, type(value).__name__
    )
