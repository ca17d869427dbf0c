# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which passphrases are taken, and that a refusal names its rule and not the passphrase."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import passphrase

NFC, NFD = "caf\u00e9 caf\u00e9", "cafe\u0301 cafe\u0301"


@pytest.mark.parametrize(
    "value",
    [
        "12345678",
        "eight chars",
        "#$`'\"\\!&;|",
        "a" * 512,
        "\u00e9" * 256,
        NFC,
        "pass word with blanks",
        "\U0001f511" * 8,
    ],
)
def test_taken(value: str) -> None:
    assert passphrase.checked("passphrase", value) == value.encode("utf-8")


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("", "shorter than 8"),
        ("1234567", "shorter than 8"),
        ("newline at end\n", "control character"),
        ("nul\0 inside it", "control character"),
        ("tab\tinside it", "control character"),
        ("delete\x7f inside", "control character"),
        (" leading blank", "begins or ends with a blank"),
        ("trailing blank ", "begins or ends with a blank"),
        ("no-break blank\u00a0", "begins or ends with a blank"),
        (NFD, "composed form"),
        ("a" * 513, "longer than 512"),
        ("\u00e9" * 257, "longer than 512"),
        ("lone \ud800 surrogate", "not Unicode text"),
        (12345678, "YAML made it a number"),
        (1.5, "YAML made it a number"),
        (True, "YAML made it a boolean"),
        (["canary-list"], "YAML made it a list"),
        ({"canary-key": "canary-value"}, "YAML made it a dictionary"),
        (None, "YAML made it"),
        (b"bytes bytes", "YAML made it"),
    ],
)
def test_refused_by_the_name_of_the_rule(value: t.Any, rule: str) -> None:
    with pytest.raises(KeysmithError, match="^the_option: .*" + re.escape(rule)) as raised:
        passphrase.checked("the_option", value)
    leaves = [value] if not isinstance(value, (list, dict)) else ["canary"]
    assert not any(str(leaf) in str(raised.value) for leaf in leaves if str(leaf) and leaf is not None)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("value", ["abc", " abc\n", NFD, "a" * 1023])
def test_a_previous_passphrase_is_what_another_program_took(value: str) -> None:
    assert passphrase.checked_to_read("previous_passphrases", value) == value.encode("utf-8")


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("nul\0 inside it", "holds a NUL"),
        ("a" * 1024, "longer than 1023"),
        ("\u00e9" * 512, "longer than 1023"),
        ("lone \ud800 surrogate", "not Unicode text"),
        (12345678, "YAML made it a number"),
    ],
)
def test_a_previous_passphrase_that_none_can_have_taken(value: t.Any, rule: str) -> None:
    with pytest.raises(KeysmithError, match="^the_option: .*" + re.escape(rule)) as raised:
        passphrase.checked_to_read("the_option", value)
    assert str(value) not in str(raised.value) and raised.value.__cause__ is None


def test_generated_ones_are_long_random_and_plain_in_every_environment_file() -> None:
    made = {passphrase.generate() for _number in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(b"[A-Za-z0-9_-]{43}", one) for one in made)
    assert all(passphrase.is_generated(one) for one in made)
    assert all(passphrase.checked("passphrase", one.decode()) == one for one in made)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"changeme",
        b"A" * 43,
        b"insert-the-passphrase-of-the-signing-key-00",
        b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFB",
        b"0123456789abcdefghijklmnopqrstuvwxyzABCDEF",
        b"0123456789abcdefghijklmnopqrstuvwxyzABCDEF+",
        b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFA\n",
    ],
)
def test_what_we_did_not_generate(value: bytes) -> None:
    assert not passphrase.is_generated(value)


def test_the_cause_with_the_passphrase_is_not_kept() -> None:
    with pytest.raises(KeysmithError) as raised:
        passphrase.checked("passphrase", "correct horse \ud800")
    assert raised.value.__suppress_context__
