# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The readers of ``.env`` files: how each writes and reads a value, and what it cannot carry.

Every row was seen in the program itself; ``tests/property/environment.py`` asks the programs again.
"""

from __future__ import annotations

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files import edit
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files.dotenv_grammars import GRAMMARS
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError

FAMILY = tuple(GRAMMARS)


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ("Az09_./-", dict.fromkeys(FAMILY, "Az09_./-")),
        ("", dict.fromkeys(FAMILY, "")),
        ('a "$b" #', dict.fromkeys(FAMILY, "'a \"$b\" #'")),
        (
            "it's",
            {
                "node": "`it's`",
                "dotenv": "`it's`",
                "python-dotenv": "'it\\'s'",
                "godotenv": '"it\'s"',
                "ruby-dotenv": '"it\'s"',
                "phpdotenv": '"it\'s"',
            },
        ),
        (
            "ends in \\",
            {
                "node": "'ends in \\'",
                "dotenv": "ends in \\",
                "python-dotenv": "ends in \\",
                "godotenv": "ends in \\",
                "ruby-dotenv": "'ends in \\'",
                "phpdotenv": "'ends in \\'",
            },
        ),
        (
            "'\"$x",
            {
                "node": "`'\"$x`",
                "dotenv": "`'\"$x`",
                "python-dotenv": "'\\'\"$x'",
                "godotenv": '"\'\\"\\$x"',
                "ruby-dotenv": '"\'\\"\\$x"',
                "phpdotenv": '"\'\\"\\$x"',
            },
        ),
        (
            "a\nb",
            {**dict.fromkeys(FAMILY, "'a\nb'"), "ruby-dotenv": '"a\\nb"', "phpdotenv": '"a\\nb"'},
        ),
    ],
)
def test_a_value_is_written_in_the_first_form_that_its_reader_reads_back(value, lines):
    for dialect, line in lines.items():
        text = ("V=%s\n" % line).encode()
        assert edit.change(b"", {"V": value}, dialect) == text, dialect
        assert edit.values(text, ["V"], dialect) == {"V": value}, dialect


@pytest.mark.parametrize(
    ("dialect", "value", "characters"),
    [
        ("node", "'\"`#", "' and \" and ` and #"),
        ("dotenv", "'\"`#", "' and \" and ` and #"),
        ("python-dotenv", "x${y}", "$ and { and }"),
        ("python-dotenv", " x\\", "\\ and a blank at its start or end"),
        ("godotenv", "'$x\\", "\\ and $"),
        ("godotenv", "'$x\"", "' and \" and $"),
        ("ruby-dotenv", "'$\\n", "' and \\ and $"),
        ("ruby-dotenv", "'$(x)", "' and $ and ("),
    ],
)
def test_what_fits_in_no_quotes_is_refused_by_its_characters(dialect, value, characters):
    with pytest.raises(KeysmithError) as caught:
        edit.check_value("V", "c4n4ry" + value if value[0] != " " else value, dialect)
    assert str(caught.value) == (
        "V: its value has %s in it, which an environment file for %s cannot carry." % (characters, dialect)
    )


@pytest.mark.parametrize(
    ("line", "dialects"),
    [
        ("A: x", FAMILY),
        ("junk", FAMILY),
        ("A='x", FAMILY),
        ('A="x" "y"', FAMILY),
        ("A-B=1", FAMILY),
        ("export  A=1", FAMILY),
        ("\ufeffA=1", FAMILY),
        ("A=x\u2028B=1", FAMILY),
        ("  # why", ("node",)),
        ("  ", ("node",)),
        ("A= ", ("node",)),
        ("\tA=1", ("node",)),
        ("A='x\\'", ("dotenv", "python-dotenv", "godotenv")),
        ("A='x\ny'", ("ruby-dotenv", "phpdotenv")),
        ("A='x' # it's", ("ruby-dotenv",)),
        ("A=a b", ("phpdotenv",)),
        ("export AB=1", ("phpdotenv",)),
        ("A=a #b #c", ("godotenv",)),
    ],
)
def test_a_line_that_a_reader_takes_for_something_else_leaves_the_file_untouched(line, dialects):
    text = ("B=1\n%s\nC=2\n" % line).encode()
    for dialect in FAMILY:
        if dialect in dialects:
            with pytest.raises(KeysmithError, match="^environment: line 2 is not a blank"):
                edit.change(text, {"X": "1"}, dialect)
        else:
            assert edit.change(text, {"X": "1"}, dialect) == text + b"X=1\n", dialect


@pytest.mark.parametrize(
    ("line", "dialects"),
    [
        ("X=${A}", ("python-dotenv", "godotenv", "ruby-dotenv", "phpdotenv")),
        ("X='${A}'", ("python-dotenv",)),
        ("X=$A", ("godotenv", "ruby-dotenv", "phpdotenv")),
        ('X="$A"', ("godotenv", "ruby-dotenv", "phpdotenv")),
        ('X="\\$A"', ()),
    ],
)
def test_a_value_that_is_expanded_is_not_guessed(line, dialects):
    for dialect in FAMILY:
        if dialect in dialects:
            with pytest.raises(KeysmithError, match="X makes %s expand a variable" % dialect):
                edit.values(line.encode() + b"\n", ["X"], dialect)
        else:
            assert set(edit.values(line.encode() + b"\n", ["X"], dialect)) == {"X"}
