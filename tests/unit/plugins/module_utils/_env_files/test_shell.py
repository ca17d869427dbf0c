# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a shell sees in a file: each row is read by this machine's ``sh`` as well."""

from __future__ import annotations

import subprocess
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files import edit, shell
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError

#: Text of a file, and what X is in the end (None: not set).
ROWS = [
    ("X=1", "1"),
    ("X=1\nX=2\n", "2"),
    (" \tX=1 # why\n", "1"),
    ("X=a#b\n", "a#b"),
    ("X='a'#b\n", "a#b"),
    ("export X=1\n", "1"),
    ("export \t X=1\n", "1"),
    ("X=a\\ b'c d'\"e f\"\n", "a bc de f"),
    ("X='\\'\n", "\\"),
    ('X="\\a\\\\\\"\\$\\`"\n', '\\a\\"$`'),
    ("X=a\\\nb\n", "ab"),
    ("X=a\\\n#b\n", "a#b"),
    ('X="a\\\nb\nc"\n', "ab\nc"),
    ("X=a$ \n", "a$"),
    ("X=a$%\n", "a$%"),
    ('X="$"\n', "$"),
    ("X=\"a$'b'\"\n", "a$'b'"),
    ("X=\n", ""),
    ("X= # why\n", ""),
    ("X=a\\", "a\\"),
    ("X=1\r\n", "1\r"),
    ("X=a*b{c}[d]!e\n", "a*b{c}[d]!e"),
    ("X='((a=1 X=3'\n", "((a=1 X=3"),
    ("#X=1\n # X=2\n", None),
    ("# it's\n\t \nX=1", "1"),
    ("A='\nX=1\n'\n", None),
    ('A="\nX=1\n"\n', None),
    ('A=$B\nC="a${B}c"\nD=$1$$$-\nX=2\n', "2"),
    ("A=~/b:~\nexport B=*\nX=2\n", "2"),
]
#: Text, and a part of why X is not known.
NOT_KNOWN = [
    ("X=$A", "variable"),
    ('X="a${A}"', "variable"),
    ("X=$1", "variable"),
    ("X=~", "~"),
    ("X=a:~", "~"),
    ("export X=*", "pattern"),
    ("export X={a,b}", "pattern"),
]
#: Text, and the line that is more than an assignment.
REFUSED = [
    ("A=1\nset -f\n", 2),
    ("A=1; export A\n", 1),
    ("A=1 B=2\n", 1),
    ("A=1 true\n", 1),
    ("export A\n", 1),
    ("export A=1 B=2\n", 1),
    ("export -n A=1\n", 1),
    ("export 'A=1'\n", 1),
    ("export A=$B\n", 1),
    ("A+=1\n", 1),
    ("A[1]=1\n", 1),
    ("A=(1 2)\n", 1),
    ("1A=1\n", 1),
    ("A =1\n", 1),
    ("A=\\\n1 B=2\n", 2),
    ("readonly A=1\n", 1),
    ("unset A\n", 1),
    ("\nA=$(:)\n", 2),
    ('A="b\n$(:)"\n', 1),
    ("A=`:`\n", 1),
    ('A="`:`"\n', 1),
    ("A=$((1))\n", 1),
    ("A=$[1]\n", 1),
    ("A=${B:=1}\n", 1),
    ('A="${B:-1}"\n', 1),
    ("A=$'b'\n", 1),
    ('A=$"b"\n', 1),
    ("A=$\\\nB\n", 1),
    ('A="$\\\nB"\n', 1),
    ("A=1&\n", 1),
    ("A=1>b\n", 1),
    (": <<E\nX=1\nE\n", 1),
    ("if true; then\nA=1\nfi\n", 1),
    ("f() {\nA=1\n}\n", 1),
    ("exp\\\nort A=1\n", 1),
    ("A\\\n=1\n", 1),
    ("\\\nA=1\n", 1),
    ("A=1\n\r\n", 2),
    ("\ufeffA=1\n", 1),
]


def known(text: str) -> t.Tuple[t.Optional[str], str]:
    """The value of X, and the rule of its last assignment."""
    last = [each for each in shell.read_shell(text) if each.name == "X"][-1:]
    return (last[0].value, last[0].rule) if last else (None, "")


@pytest.mark.parametrize(("text", "value"), ROWS)
def test_the_value_is_what_sh_sees(tmp_path: Path, text: str, value: t.Optional[str]) -> None:
    assert known(text) == (value, "")
    (tmp_path / "file").write_bytes(text.encode())
    show = '. ./file; printf "%s" "${X-unset}"'
    seen = subprocess.run(["sh", "-c", show], cwd=str(tmp_path), stdout=subprocess.PIPE, check=True).stdout.decode()
    assert seen == ("unset" if value is None else value)


@pytest.mark.parametrize(("text", "rule"), NOT_KNOWN)
def test_a_value_that_sh_computes_is_not_known(text: str, rule: str) -> None:
    value, why = known(text)
    assert value is None and rule in why


@pytest.mark.parametrize(("text", "line"), REFUSED)
def test_a_file_with_more_than_assignments_is_refused_by_line(text: str, line: int) -> None:
    with pytest.raises(KeysmithError) as caught:
        shell.read_shell(text)
    assert str(caught.value) == (
        "line %d is not a blank line, a comment or a plain [export] NAME=value, and a shell file with other lines is "
        "not changed; move that line to another file, or name another file here." % line
    )


@pytest.mark.parametrize(("text", "line"), [("\nA='\n", 2), ('A="\n', 1), ("A=b'c'd\"e\\\"\nX=1\n", 1)])
def test_a_quote_that_is_left_open_is_named(text: str, line: int) -> None:
    with pytest.raises(KeysmithError, match="^line %d opens a quote that is never closed; " % line):
        shell.read_shell(text)


def test_where_an_assignment_stands() -> None:
    text = "# one\n \texport A='b\nc' # d\nE=f"
    first, second = shell.read_shell(text)
    assert (first.start, text[first.start : first.end], first.prefix) == (6, text[6:-3], " \texport ")
    assert (second.start, second.end, second.prefix, second.alone) == (len(text) - 3, len(text), "", True)


def test_a_byte_order_mark_is_part_of_a_command() -> None:
    with pytest.raises(KeysmithError, match="^environment: line 1 is not a blank"):
        edit.values(b"\xef\xbb\xbfX=1\n", ["X"], "shell")
