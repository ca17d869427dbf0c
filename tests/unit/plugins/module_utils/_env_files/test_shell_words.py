# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a word of the shell ends and what it stands for."""

from __future__ import annotations

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files import shell_words


@pytest.mark.parametrize(
    ("text", "raw", "value"),
    [
        ("a b", "a", "a"),
        ("a;b", "a", "a"),
        ("a\\ b c", "a\\ b", "a b"),
        ("'a b'c d", "'a b'c", "a bc"),
        ('"a \\" b"c d', '"a \\" b"c', 'a " bc'),
        ("a\\\nb c", "ab", "ab"),
        ("a#b #c", "a#b", "a#b"),
        ("a$;", "a$", "a$"),
        ("$(a b) c", "$(a b)", None),
        ("$(a ')' \")\" $(b)) c", "$(a ')' \")\" $(b))", None),
        ("${a:-b c} d", "${a:-b c}", None),
        ("`a b`c d", "`a b`c", None),
        ('"$(a " b ")" c', '"$(a " b ")"', None),
        ("$'a b' c", "$'a b'", None),
        ('$"a b" c', '$"a b"', None),
    ],
)
def test_a_word(text, raw, value):
    word = shell_words.word(shell_words.Script(text))
    assert (word.raw, word.value) == (raw, value)
    assert bool(word.rule) == (value is None)


@pytest.mark.parametrize(
    ("text", "pattern"), [("a*", True), ("[a]", True), ("?", True), ("{a}", True), ("'*'\\?", False)]
)
def test_a_pattern_is_one_only_without_quotes(text, pattern):
    assert shell_words.word(shell_words.Script(text)).pattern is pattern
