# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment files: what is refused, and that the sentence names the place and no value."""

from __future__ import annotations

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files import edit as environment
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError

QUOTED_DIALECTS = ("systemd", "compose", "shell")
FAMILY = ("node", "dotenv", "python-dotenv", "godotenv", "ruby-dotenv", "phpdotenv")
#: A value that a message must not repeat.
CANARY = "c4n4ry"


def refusal(function, *arguments):
    """The sentence with which it refuses."""
    with pytest.raises(KeysmithError) as caught:
        function(*arguments)
    assert caught.value.__cause__ is None and (caught.value.__suppress_context__ or not caught.value.__context__)
    return str(caught.value)


@pytest.mark.parametrize(
    ("dialect", "text", "rule"),
    [
        *((dialect, b"\nA='\nX=1\n", "line 2 opens a quote that is never closed") for dialect in QUOTED_DIALECTS),
        *((dialect, b'X=1\nA="b\\"\n', "line 2 opens a quote that is never closed") for dialect in QUOTED_DIALECTS),
        ("systemd", b"A=1\n # so \\\nX=1\n", "line 2 is a comment that ends in a backslash"),
        ("systemd", b"A=#\\\n\n#\\\rX=1\n", "line 3 is a comment that ends in a backslash"),
        ("docker", b"A=1\nX =1\n", "line 2 has no variable name or a blank in it"),
        ("docker", b"=1\n", "line 1 has no variable name or a blank in it"),
        ("compose", b"A=1\nX y=1\n", "line 2 has a variable name with a character"),
        ("compose", b"A=1\n\xff=1\n", "line 2 has a variable name with a character"),
        ("shell", b"A=1\nif a; then\nX=1\n", "line 2 is not a blank line, a comment or a plain [export] NAME=value"),
        *((dialect, b"A=1\0\n", "it has a NUL in it") for dialect in environment.DIALECTS),
        *((dialect, b"A=1\n" * 20000, "it is larger than") for dialect in environment.DIALECTS),
    ],
)
def test_a_file_in_doubt_is_refused(dialect, text, rule):
    for function, what in ((environment.values, ["X"]), (environment.change, {"X": "2"})):
        assert refusal(function, text, what, dialect).startswith("environment: " + rule)


@pytest.mark.parametrize(
    ("dialect", "text", "line"),
    [
        ("compose", b"X='a' Y=2\n", 1),
        ("compose", b"A='\n' X=1\n", 2),
    ],
)
def test_a_variable_that_shares_its_lines_is_not_changed(dialect, text, line):
    sentence = "environment: line %d sets X together with something else; correct that line first." % line
    for wanted in ({"X": "new"}, {"X": None}):
        assert refusal(environment.change, text, wanted, dialect) == sentence
    assert environment.change(text, {"Z": None}, dialect) == text


@pytest.mark.parametrize(
    ("dialect", "value", "rule"),
    [
        ("shell", "${A}", "has a variable in it ($)"),
        ("shell", '"$A"', "has a variable in it ($)"),
        ("shell", "~/a", "has an unquoted ~"),
        ("compose", "$A", "makes compose expand a variable ($)"),
        ("compose", '"${A}"', "makes compose expand a variable ($)"),
    ],
)
def test_a_value_that_has_to_be_computed_is_not_guessed(dialect, value, rule):
    message = refusal(environment.values, b"X=%s\n" % value.replace("a", CANARY).encode(), ["X"], dialect)
    assert message.startswith("environment: X " + rule) and CANARY not in message
    text = b"A=%s\nX=1\n" % value.encode()
    assert environment.values(text, ["X"], dialect) == {"X": "1"}
    assert environment.change(text, {"X": "2"}, dialect) == text.replace(b"X=1", b"X=2")


@pytest.mark.parametrize("dialect", environment.DIALECTS)
def test_a_value_that_is_not_utf8_is_not_guessed(dialect):
    message = refusal(environment.values, b"X=\xff\n", ["X"], dialect)
    if dialect in FAMILY:
        assert message.startswith("environment: line 1 is not a blank line, a comment or")
        return
    assert message == "environment: %s." % {
        "systemd": "line 1 is not UTF-8, so systemd refuses the file; correct that line first",
        "docker": "line 1 is not UTF-8, so docker refuses the file; correct that line first",
    }.get(dialect, "X has a value that is not UTF-8")
    if dialect in ("compose", "shell"):
        assert environment.change(b"X=\xff\n", {"X": "1"}, dialect) == b"X=1\n"


@pytest.mark.parametrize(
    ("dialect", "text", "rule"),
    [
        ("docker", b"A=1\nunset FOO\nX=1\n", "line 2 has no variable name or a blank in it"),
        ("docker", b"FOO \n", "line 1 has no variable name or a blank in it"),
        ("docker", b"A=\xff\n", "line 1 is not UTF-8"),
        ("docker", b"# \xff\n", "line 1 is not UTF-8"),
        ("systemd", b"\nA=\xff\xfe\x80\nX=2\n", "line 2 is not UTF-8"),
        ("systemd", "A='\ufdd0'\n".encode(), "line 1 is not UTF-8"),
        ("systemd", b"\xff=1\n", "line 1 is not UTF-8"),
    ],
)
def test_what_its_program_refuses_is_not_changed(dialect, text, rule):
    assert refusal(environment.change, text, {"X": "1"}, dialect).startswith("environment: " + rule)


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("docker", b"FOO\n#  a b\n"),
        ("systemd", b"# \xff\n; \xff\n"),
        ("compose", b"# \xff\nA='\xff'\n"),
        ("shell", b"# \xff\nA='\xff'\n"),
    ],
)
def test_what_its_program_takes_is_kept(dialect, text):
    assert environment.change(text, {"X": "1"}, dialect).startswith(text)


def test_messages_call_the_file_by_its_name():
    with pytest.raises(KeysmithError, match="^/etc/x: line 1 "):
        environment.change(b"A='", {"X": "1"}, "shell", name="/etc/x")
    with pytest.raises(KeysmithError, match="^/etc/x: line 1 "):
        environment.values(b"A='", ["X"], "shell", name="/etc/x")


@pytest.mark.parametrize(
    ("dialects", "value", "rule"),
    [
        (environment.DIALECTS, "\0", "a NUL"),
        (environment.DIALECTS, "\r", "a carriage return"),
        (environment.DIALECTS, "\x1b", "the character U+001B"),
        (environment.DIALECTS, "\x7f", "the character U+007F"),
        (environment.DIALECTS, "\udcff", "the character U+DCFF"),
        (("docker",), "\n", "a newline"),
        (("systemd",), "\ufdd0", "the character U+FDD0"),
        (("systemd",), "\uffff", "the character U+FFFF"),
        (("systemd",), "\U0010fffe", "the character U+10FFFE"),
    ],
)
def test_a_value_that_cannot_be_carried_is_refused(dialects, value, rule):
    for dialect in environment.DIALECTS:
        if dialect in dialects:
            message = refusal(environment.check_value, "V", CANARY + value, dialect)
            assert (
                message.startswith("V: its value has %s in it" % rule) and dialect in message and CANARY not in message
            )
            assert refusal(environment.change, b"", {"V": CANARY + value}, dialect) == message
        else:
            environment.check_value("V", CANARY + value, dialect)


@pytest.mark.parametrize("dialect", environment.DIALECTS)
def test_a_value_has_a_longest_length(dialect):
    environment.check_value("V", "é" * 30000, dialect)
    assert "longer than the 60000 octets" in refusal(environment.check_value, "V", "é" * 30000 + "x", dialect)


@pytest.mark.parametrize("name", ["A", "_", "a_1", "PRIVATE_KEY_PASSWORD"])
def test_a_name_that_every_dialect_knows(name):
    environment.check_name("key_id_variable", name)


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A.B", "A B", "A=", "é", "A\n", " A", "$A"])
def test_a_name_that_some_dialect_does_not_know(name):
    assert refusal(environment.check_name, "key_id_variable", name).startswith(
        "key_id_variable: the name of a variable"
    )
    assert "name of a variable" in refusal(environment.change, b"", {name: "1"}, "systemd")


def test_what_would_not_be_read_again_is_not_written() -> None:
    """A file that grows too large would fail every run after this one, the one that removes the key included."""
    text = b"#" * (environment.LARGEST_FILE - 20) + b"\n"
    assert environment.change(text, {"A": "1"}, "systemd").endswith(b"\nA=1\n")
    with pytest.raises(KeysmithError, match="^environment: it would be larger than 65536 octets"):
        environment.change(text, {"A": "1" * 20}, "systemd")
