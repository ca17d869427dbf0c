# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment files: what is kept and what is changed."""

from __future__ import annotations

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files import edit as environment

QUOTED_DIALECTS = ("systemd", "compose", "shell")


@pytest.mark.parametrize(
    ("dialect", "value", "line"),
    [
        ("systemd", "Az09_./-", b"V=Az09_./-\n"),
        ("docker", "Az09_./-", b"V=Az09_./-\n"),
        ("compose", "Az09_./-", b"V=Az09_./-\n"),
        ("shell", "Az09_./-", b"export V=Az09_./-\n"),
        ("systemd", "", b"V=\n"),
        ("docker", "", b"V=\n"),
        ("compose", "", b"V=\n"),
        ("shell", "", b"export V=\n"),
        ("systemd", 'a "$b" \\ #', b"V='a \"$b\" \\ #'\n"),
        ("docker", " a \"$b\" 'c' \\ # ", b"V= a \"$b\" 'c' \\ # \n"),
        ("compose", 'a "$b" #', b"V='a \"$b\" #'\n"),
        ("shell", 'a "$b" \\ #', b"export V='a \"$b\" \\ #'\n"),
        ("systemd", "'\\\"$`", b'V="\'\\\\\\"\\$\\`"\n'),
        ("compose", "'\\\"$`", b'V="\'\\\\\\"$$`"\n'),
        ("compose", "\\", b'V="\\\\"\n'),
        ("shell", "'\\\"$`", b'export V="\'\\\\\\"\\$\\`"\n'),
        ("systemd", "a\nb", b"V='a\nb'\n"),
        ("shell", "a\nb", b"export V='a\nb'\n"),
        ("systemd", "é", b"V='\xc3\xa9'\n"),
        ("docker", "é", b"V=\xc3\xa9\n"),
    ],
)
def test_a_value_is_quoted_where_its_dialect_needs_it(dialect, value, line):
    assert environment.change(b"", {"V": value}, dialect) == line
    assert environment.values(line, ["V"], dialect) == {"V": value}


@pytest.mark.parametrize("dialect", environment.DIALECTS)
@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        pytest.param(b"A=1\nX=2\nB=3\n", {"X": "4"}, b"A=1\nX=4\nB=3\n", id="in its place"),
        pytest.param(b"X=2\nA=1\nX=3\n#\nX=4\n", {"X": "5"}, b"X=5\nA=1\n#\n", id="first line stays, others go"),
        pytest.param(b"X=2\nA=1\nX=5\n", {"X": "5"}, b"X=5\nA=1\n", id="the last of two was right"),
        pytest.param(b"X=5\nA=1\nX=2\n", {"X": "5"}, b"X=5\nA=1\n", id="the first of two was right"),
        pytest.param(b"A=1\nX=2\nB=3\nX=4\n", {"X": None}, b"A=1\nB=3\n", id="removed"),
        pytest.param(b"A=1\n", {"X": None}, b"A=1\n", id="not there"),
        pytest.param(b"A=1", {"A": "2"}, b"A=2", id="no line end at the end, none made"),
        pytest.param(b"X=1\nA=1", {"X": None}, b"A=1", id="no line end, removed before"),
        pytest.param(b"  X=1\n", {"X": "2"}, b"  X=2\n", id="indented"),
        pytest.param(b"XX=1\nX_=2\n#X=3\n", {"X": None}, b"XX=1\nX_=2\n#X=3\n", id="similar names"),
        pytest.param(b"\n\n\nX=1\n\n", {"X": "2"}, b"\n\n\nX=2\n\n", id="blank lines"),
        pytest.param(b"", {"X": None}, b"", id="empty"),
    ],
)
def test_lines_of_others_are_kept(dialect, before, wanted, after):
    assert environment.change(before, wanted, dialect) == after
    assert environment.change(after, wanted, dialect) == after


@pytest.mark.parametrize("dialect", environment.DIALECTS)
@pytest.mark.parametrize(
    ("before", "kept"),
    [
        (b"", b""),
        (b"A=1\n", b"A=1\n"),
        (b"A=1", b"A=1\n"),
        (b"\n", b"\n"),
        (b"# x", b"# x\n"),
    ],
)
def test_new_variables_come_last_in_the_order_given(dialect, before, kept):
    prefix = b"export " if dialect == "shell" else b""
    after = environment.change(before, {"Z": "1", "Y": "2"}, dialect)
    assert after == kept + prefix + b"Z=1\n" + prefix + b"Y=2\n"
    assert environment.change(after, {"Y": "2", "Z": "1"}, dialect) == after


@pytest.mark.parametrize("dialect", ["systemd", "docker", "compose"])
def test_a_byte_order_mark_stays(dialect):
    mark = b"\xef\xbb\xbf"
    assert environment.change(mark + b"A=1\nX=1\n", {"X": "2"}, dialect) == mark + b"A=1\nX=2\n"
    assert environment.change(mark, {"X": "2"}, dialect) == mark + b"\nX=2\n"


@pytest.mark.parametrize("dialect", ["systemd", "docker", "compose"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"A=1\r\nX=1\r\n", b"A=1\r\nX=2\r\nY=3\r\n"),
        (b"A=1\r\nX=1", b"A=1\r\nX=2\r\nY=3\r\n"),
        (b"A=1\r\nX=1\n", b"A=1\r\nX=2\nY=3\n"),
    ],
)
def test_line_ends_are_those_of_the_file(dialect, before, after):
    assert environment.change(before, {"X": "2", "Y": "3"}, dialect) == after
    assert environment.values(after, "XY", dialect) == {"X": "2", "Y": "3"}


def test_a_shell_takes_a_carriage_return_for_a_part_of_the_value():
    assert environment.values(b"X=1\r\n", ["X"], "shell") == {"X": "1\r"}
    assert environment.change(b"A=1\r\nX=1\r\n", {"X": "1", "Y": "2"}, "shell") == b"A=1\r\nX=1\nexport Y=2\n"


@pytest.mark.parametrize(
    ("dialect", "line", "value"),
    [
        ("systemd", b" X = \"a\"'b' c d \n", "abc d"),
        ("systemd", b'X="a\\\nb"\n', "ab"),
        ("compose", b"export X: 'a' # why\n", "a"),
        ("compose", b'X="a\\nb"\n', "a\nb"),
        ("docker", b" X= a \n", " a "),
        ("shell", b" export X=\"a\"'b'c\\ d # why\n", "abc d"),
    ],
)
def test_a_line_that_says_the_same_in_other_words_is_kept(dialect, line, value):
    text = b"A=1\n" + line + b"B=2\n"
    assert environment.values(text, ["X"], dialect) == {"X": value}
    assert environment.change(text, {"X": value}, dialect) == text
    assert environment.change(text + b"X=old\n", {"X": value}, dialect) == text


@pytest.mark.parametrize(
    ("dialect", "line", "after"),
    [
        ("shell", b"\texport X=1 # why\n", b"\texport X=new\n"),
        ("shell", b"X=$A\n", b"X=new\n"),
        ("compose", b" export X = 1\n", b" export X=new\n"),
        ("compose", b"X=$A\n", b"X=new\n"),
        ("compose", b"X\n", b"X=new\n"),
        ("docker", b" X\n", b" X=new\n"),
        ("systemd", b" X = '\n' \\\n b\n", b" X=new\n"),
    ],
)
def test_what_stands_before_the_name_stays(dialect, line, after):
    assert environment.change(b"A=1\n" + line + b"B=2\n", {"X": "new"}, dialect) == b"A=1\n" + after + b"B=2\n"


@pytest.mark.parametrize(
    ("dialect", "other"),
    [
        *((dialect, b"A='\nX=no\n'\n") for dialect in QUOTED_DIALECTS),
        *((dialect, b'A="\nX=no\n"\n') for dialect in QUOTED_DIALECTS),
        ("systemd", b"A=a\\\nX=no\n"),
        ("shell", b"A=a\\\nX=no\n"),
        ("systemd", b"export X=no\n"),
        ("systemd", b"\xef\xbb\xbfX=no\n"),
        ("docker", b"A= X=no\n"),
    ],
)
def test_what_only_looks_like_our_line_is_kept(dialect, other):
    assert environment.values(other, ["X"], dialect) == {}
    after = environment.change(other, {"X": "1"}, dialect)
    assert after.startswith(other) and environment.values(after, ["X"], dialect) == {"X": "1"}
    assert environment.change(after, {"X": None}, dialect) == other


def test_a_last_line_that_goes_on_is_ended_before_a_new_one():
    for text in (b"A=a\\\n", b"A=a\\", b"# ends so \\\n"):
        after = environment.change(text, {"X": "1"}, "systemd")
        assert after == text.rstrip(b"\n") + b"\n\nX=1\n"
        assert environment.change(after, {"X": "1"}, "systemd") == after
        assert environment.values(after, ["A", "X"], "systemd")["X"] == "1"
    assert environment.change(b"A=a\\\n", {"X": "1"}, "shell") == b"A=a\\\n\nexport X=1\n"


@pytest.mark.parametrize(
    ("text", "empty"),
    [
        (b"", True),
        (b"\n \t\r\n", True),
        (b"\xef\xbb\xbf\n", True),
        (b"#\n", False),
        (b"\xef\xbb\xbfA", False),
        (b"\xff", False),
    ],
)
def test_a_file_without_anything_in_it(text, empty):
    assert environment.is_empty(text) is empty
