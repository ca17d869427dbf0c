# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a shell sees in a file: each row is read by this machine's ``sh`` as well."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files import edit, shell
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError

#: Text of a file, and what X is in the end (None: not set).
ROWS = [
    ("X=1", "1"),
    ("X=1\nX=2\n", "2"),
    (" \tX=1 # why\n", "1"),
    ("X=a#b\n", "a#b"),
    ("export X=1\n", "1"),
    ("export A=0 X=1\n", "1"),
    ("X=1; export X\n", "1"),
    ("A=1 X=2\n", "2"),
    ("X=a\\ b'c d'\"e f\"\n", "a bc de f"),
    ("X='\\'\n", "\\"),
    ('X="\\a\\\\\\"\\$\\`"\n', '\\a\\"$`'),
    ("X=a\\\nb\n", "ab"),
    ('X="a\\\nb\nc"\n', "ab\nc"),
    ("X=a$ \n", "a$"),
    ('X="$"\n', "$"),
    ("X=\n", ""),
    ("X=a\\", "a\\"),
    ("X=1\r\n", "1\r"),
    ("X=a*b\n", "a*b"),
    ("#X=1\n # X=2\n", None),
    ("A='\nX=1\n'\n", None),
    ('A="\nX=1\n"\n', None),
    ("A=\"$(: '\nX=1\n' ')' \")\")\"\nX=2\n", "2"),
    ('A="${B:-"}"}"\nX=2\n', "2"),
    ("A=`: ')'\nX=1\n`\n", None),
    ("A=$(: # it's\n)\nX=2\n", "2"),
    ("A=$(( (1 + 2) * 3 ))\nX=2\n", "2"),
    (": <<E\nX=1\nE\nX=2\n", "2"),
    (": <<-E\n\tX=1\n\tE\nX=2\n", "2"),
    (": <<'E' <<F\nX=1\nE\nX=1\nF\nX=2\n", "2"),
    (": <<E\na\\\nE\nX=1\nE\n", None),
    ("if false; then\nA=1\nelse B=1; fi\nX=2\n", "2"),
    ("X=2\n# ${X:=1}\n: ${A:=1} $((X == 1)) ${X:-1}\n", "2"),
    ("for a in $B `:`; do :; done\nX=2\n", "2"),
    ("for a in 1 2; do A=$a; done\nX=2\n", "2"),
    ("case a in b) A=1;; (a) A='2)';; esac\nX=2\n", "2"),
    ("f() {\nA=1\n}\nX=2\n", "2"),
    ("{ A=1; }\n(A=2)\nX=2\n", "2"),
    ("while false; do :; done; until true; do :; done\nX=2\n", "2"),
    ("true >&2 &\nX=2\n", "2"),
    ("X='((a=1 X=3'\n", "((a=1 X=3"),
    ("X=2\nA='((X=3' B='${X:=4}'\n", "2"),
    ("true |\ntrue\nX=2\n", "2"),
    ("! true && A=1 || B='2'\nX=2\n", "2"),
]
#: Text, and a part of why X is not told.
NOT_TOLD = [
    ("X=$A", "variable"),
    ('X="${A}"', "variable"),
    ("X=$(:)", "command substitution"),
    ("X=`:`", "command substitution"),
    ("X=~", "~"),
    ("export X=*", "pattern"),
    ("X+=1", "appended"),
    ("X=1 true", "more than an assignment"),
    ("true && X=1", "more than an assignment"),
    ("if false; then X=1; fi", "more than an assignment"),
    ("{ X=1; }", "more than an assignment"),
    ("f() { X=1; }", "more than an assignment"),
    ("case a in b) X=1;; esac", "more than an assignment"),
    ("true |\n\n# why\nX=1", "more than an assignment"),
    ("false &&\nX=1", "more than an assignment"),
    ("true ||\nX=1", "more than an assignment"),
    (": ${X:=1}", "expansion"),
    (': "${X=1}"', "expansion"),
    ("A=$((X=1))", "expansion"),
    ("A=$(( 1 + (X += 1) ))", "expansion"),
    ("A=$((X++))", "expansion"),
    ("A=$((++ X))", "expansion"),
    ("(X=1)", "more than an assignment"),
    ("X=1 & A=2", "more than an assignment"),
    ("unset X", "more than an assignment"),
    ("readonly X=1", "more than an assignment"),
    ("for X in 1; do :; done", "more than an assignment"),
    ('export "X=1"', "more than an assignment"),
]
REFUSED = [
    ("\nA='\n", 2, "quote"),
    ('A="\n', 1, "quote"),
    ("A=$(\n", 1, "substitution"),
    ("A=${B\n", 1, "substitution"),
    ("\n: <<E\n", 2, "here-document"),
    (": <<$A\n$A\n", 1, "plain word"),
    (": $(: <<E\nE\n)\n", 1, "<<"),
    ("A=1)\n", 1, "bracket"),
    ("done\n", 1, "block"),
    ("if true\n", 2, "block"),
    ("(\n", 2, "block"),
    ("true &&\n", 2, "command"),
    ("A=$'\\''\n", 1, "differently"),
    ('A="${B:-\'}"\n', 1, "differently"),
    ("A=%s\n" % ("$(" * 99), 1, "deeply"),
    ("\nexport $(: A=1)\n", 2, "computed"),
    ("export ``X=\n", 1, "computed"),
    ('unset "$A"\n', 1, "computed"),
    ("return\nX=1\n", 1, "ends the script"),
]


def told(text):
    """The value of X, and the rule of its last assignment."""
    last = [each for each in shell.read_shell(text) if each.name == "X"][-1:]
    return (last[0].value, last[0].rule) if last else (None, "")


@pytest.mark.parametrize(("text", "value"), ROWS)
def test_the_value_is_what_sh_sees(tmp_path, text, value):
    assert told(text) == (value, "")
    (tmp_path / "file").write_bytes(text.encode())
    show = '. ./file; printf "%s" "${X-unset}"'
    seen = subprocess.run(["sh", "-c", show], cwd=str(tmp_path), stdout=subprocess.PIPE, check=True).stdout.decode()
    assert seen == ("unset" if value is None else value)


@pytest.mark.parametrize(("text", "rule"), NOT_TOLD)
def test_a_value_that_sh_computes_is_not_told(text, rule):
    value, why = told(text)
    assert value is None and rule in why


@pytest.mark.parametrize(("text", "line", "rule"), REFUSED)
def test_a_file_in_doubt_is_refused_by_line(text, line, rule):
    with pytest.raises(KeysmithError, match="^line %d .*%s" % (line, rule)):
        shell.read_shell(text)


@pytest.mark.parametrize("command", ["unset", "read", "readonly", "declare", "typeset", "local", "getopts a"])
@pytest.mark.parametrize("word", ["X", '"X=2"'])
def test_commands_that_change_a_variable(command: str, word: str) -> None:
    found = shell.read_shell("X=1\n%s %s\n" % (command, word))
    assert [one.value for one in found if one.name == "X"] == ["1", None]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("X=1\nexec true\nX=2\n", "ends the script"),
        ("if true; then\nX=1\ndone\n", "was not opened"),
        ("cat <<\nX=1\n\n", "plain word"),
    ],
)
def test_what_is_refused(text: str, why: str) -> None:
    with pytest.raises(KeysmithError, match=why):
        shell.read_shell(text)


def test_files_that_only_export_and_functions_in_the_old_form() -> None:
    assert edit.values(b"export A\n", ["B"], "shell") == {}
    assert edit.values(b"function f {\n  true\n}\nB=1\n", ["B"], "shell") == {"B": "1"}
