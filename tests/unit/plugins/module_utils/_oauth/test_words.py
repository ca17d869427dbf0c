# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server says, as it is shown."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._oauth import words

ASSERTION = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJvcmRlcnMifQ.c2lnbmF0dXJlLW9mLW1hbnktb2N0ZXRz-_A"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("client authentication failed", "client authentication failed"),
        ("no kid NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZs", "no kid NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZs"),
        ("a\r\nb\x1b[31mc\u202ed\ud800e\x00", "a b [31mc d e"),
        ("x" * 300, "x" * 300),
        ("x y " * 200, ("x y " * 200)[:297] + "..."),
        (None, ""),
        (["a"], ""),
        (7, ""),
        ("the assertion %s is bad" % ASSERTION, "the assertion [removed] is bad"),
        ("bad:%s." % ASSERTION[30:70], "[removed]"),
        ("bad signature %s" % ASSERTION.split(".")[2], "bad signature [removed]"),
        ("token eyJ0eXAiOiJKV1Qi.eyJzdWIiOiJvdGhlciJ9.sig of another", "token [removed] of another"),
        ("short-secret was it", "[removed] was it"),
    ],
)  # fmt: skip
def test_what_is_shown(said: t.Any, shown: str) -> None:
    assert words.cleaned(said, [ASSERTION, "short-secret"]) == shown


def test_no_part_of_an_assertion_gets_through() -> None:
    """Cut anywhere, wrapped into lines, in a URL."""
    for start in range(0, len(ASSERTION) - 20, 3):
        for text in (ASSERTION[start:], "x=%s&y" % ASSERTION[start : start + 20], "\n".join((ASSERTION[start:], "a"))):
            shown = words.cleaned(text, [ASSERTION])
            assert not any(ASSERTION[at : at + 16] in shown for at in range(len(ASSERTION) - 15))


def test_secrets_of_an_answer_are_known_by_their_names() -> None:
    document = {"access_token": "abc", "client_secret": "def", "token_type": "Bearer", "expires_in": 7, "scope": "x"}
    assert words.secrets_in(document) == ["abc", "def", "Bearer"]
    assert words.secrets_in(None) == []
