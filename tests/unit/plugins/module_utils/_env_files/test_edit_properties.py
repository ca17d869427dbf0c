# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment files: what holds for every value and file. A real shell reads what is written for it.

``tests/property/environment.py`` asks all the other programs.
"""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files import edit as environment
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from hypothesis import assume, given
from hypothesis import strategies as st

HOSTILE = (
    "$(touch pwned)", "`touch pwned`", "'; touch pwned; '", '"; touch pwned; "', "x\nEVIL=1\ntouch pwned",
    "x' EVIL='1", "x\nexport EVIL=1", "$((1))", "a\\", "\\'", "'\\''", "~", "*", "!!", "#", "%s%n", "a\\\nb",
    "$'\\x41'", "{a,b}", "&", "|",
)  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
def test_a_shell_reads_a_hostile_value_and_nothing_else(tmp_path, value):
    (tmp_path / "file").write_bytes(environment.change(b"A='1'\nX=old\n", {"X": value, "Y": value}, "shell"))
    show = '. ./file; printf "%s\\0" "$A" "$X" "$Y" "${EVIL-none}"'
    told = subprocess.run(["sh", "-c", show], cwd=str(tmp_path), stdout=subprocess.PIPE, check=True).stdout
    assert told.split(b"\0")[:-1] == [b"1", value.encode(), value.encode(), b"none"]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("dialect", environment.DIALECTS)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_adds_no_variable(dialect, value):
    if dialect == "docker" and "\n" in value:
        with pytest.raises(KeysmithError, match="a newline"):
            environment.change(b"A=1\n", {"X": value}, dialect)
    else:
        text = environment.change(b"A=1\n", {"X": value}, dialect)
        assert environment.values(text, ("A", "X", "EVIL"), dialect) == {"A": "1", "X": value}


NAMES = st.sampled_from(["X", "Y", "Z"])
TEXTS = st.one_of(
    st.text(alphabet="'\"\\$`# \n=XA;", max_size=20),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=20),
)
LINES = st.sampled_from(
    [
        b"# X=1\n", b"\n", b"A=1\n", b"X=1\n", b"Y='a'\n", b" X=2\n", b"A='\nX=1\n'\n", b'A="\\""\n', b"A=\\\nB=1\n",
        b"export A=1\n", b"A=1\r\n", b'Y="$A"\n', b"\xff\n", b"XY=1\n", b"A=b#c\n", b"A=1 B=2\n", b"# \\\n", b"X",
        b"'", b'"', b"\xef\xbb\xbf",
    ]
)  # fmt: skip
FILES = st.lists(st.one_of(LINES, st.binary(max_size=3)), max_size=8).map(b"".join)


@given(st.sampled_from(environment.DIALECTS), FILES, st.dictionaries(NAMES, st.none() | TEXTS, min_size=1))
def test_change_does_what_is_wanted_and_nothing_else(dialect, text, wanted):
    try:
        after = environment.change(text, wanted, dialect)
        others, others_after = without(text, wanted, dialect), without(after, wanted, dialect)
    except KeysmithError:
        assume(False)
    set_here = {name: value for name, value in wanted.items() if value is not None}
    assert environment.values(after, wanted, dialect) == set_here
    assert environment.change(after, wanted, dialect) == after
    assert is_subsequence(others_after, text)
    assert is_subsequence(others, after)


def without(text, names, dialect):
    return environment.change(text, dict.fromkeys(names), dialect)


def is_subsequence(some, all_of):
    """Whether all octets of the one are in the other, in that order; line ends at the end do not count."""
    rest = iter(all_of + b"\r\n\n")
    return all(octet in rest for octet in some)


@given(st.sampled_from(environment.DIALECTS), FILES, NAMES)
def test_a_file_that_says_what_is_wanted_is_not_touched(dialect, text, name):
    try:
        there = environment.values(text, [name], dialect)
        assert environment.change(text, {name: None}, dialect) == text or name in there
        changed = environment.change(text, there, dialect)
    except KeysmithError:
        assume(False)
    assert changed == text or text.count(name.encode()) > 1


@given(st.sampled_from(environment.DIALECTS), st.binary(max_size=60))
def test_no_file_makes_it_crash(dialect, text):
    for function, what in ((environment.values, ["A"]), (environment.change, {"A": "x y"})):
        try:
            function(text, what, dialect)
        except KeysmithError as error:
            assert str(error).startswith("environment: ") and str(error).endswith(".") and "\n" not in str(error)
