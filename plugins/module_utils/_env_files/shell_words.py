# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of a POSIX shell: what quotes and escapes make of them, and where its substitutions end.

Values that the shell would have to compute are not computed: the rule by which it would is given instead.
"""

from __future__ import annotations

import re
import typing as t

from .dialects import in_doubt

#: So deep no environment file nests its substitutions; a limit of Python's own would be a crash.
DEEPEST = 30


class Script:
    """The text, and the offset that has been read up to."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.offset = 0

    def at(self, ahead: int = 0) -> str:
        """The character there; empty at the end and before the start."""
        place = self.offset + ahead
        return self.text[place : place + 1] if place >= 0 else ""


class Word(t.NamedTuple):
    """A word of a command."""

    start: int
    #: As written, without continued lines.
    raw: str
    #: What it stands for; None where the shell computes it, and ``rule`` says what it would have to do.
    value: t.Optional[str]
    rule: str
    #: Has an unquoted character that makes file names of an argument, but not of an assignment.
    pattern: bool


def find(text: str, what: str, offset: int) -> int:
    """Offset of the next one, or of the end."""
    place = text.find(what, offset)
    return len(text) if place < 0 else place


def word(script: Script) -> Word:
    """Read the word at the offset, which is not a blank or an operator."""
    text, start = script.text, script.offset
    value, rule, pattern = "", "", False
    while script.at() and script.at() not in " \t\n;&|<>()":
        character = script.at()
        if character == "\\":
            # At the very end of the file it stands for itself.
            value += script.at(1).replace("\n", "") if script.at(1) else character
            script.offset = min(script.offset + 2, len(text))
        elif character == "'":
            end = _single(text, script.offset)
            value += text[script.offset + 1 : end - 1]
            script.offset = end
        elif character == '"':
            quoted, why = _double(script)
            value, rule = value + quoted, rule or why
        elif character in "$`":
            literal, why = _dollar(script)
            value, rule = value + literal, rule or why
        else:
            if character == "~":
                rule = rule or "has an unquoted ~"
            pattern = pattern or character in "*?[{"
            value += character
            script.offset += 1
    return Word(start, text[start : script.offset].replace("\\\n", ""), None if rule else value, rule, pattern)


def _single(text: str, offset: int) -> int:
    """Behind the single quotes that open at the offset."""
    end = text.find("'", offset + 1)
    if end < 0:
        raise in_doubt(text, offset, "opens a quote that is never closed")
    return end + 1


def _double(script: Script) -> t.Tuple[str, str]:
    """What double quotes hold, and a rule where it would have to be computed."""
    text, start = script.text, script.offset
    value, rule = "", ""
    script.offset += 1
    while script.at() != '"':
        character = script.at()
        if character == "":
            raise in_doubt(text, start, "opens a quote that is never closed")
        if character == "\\" and script.at(1) in ("$", "`", '"', "\\", "\n"):
            value += script.at(1).replace("\n", "")
            script.offset += 2
        elif character in "$`":
            literal, why = _dollar(script, quoted=True)
            value, rule = value + literal, rule or why
        else:
            value += character
            script.offset += 1
    script.offset += 1
    return value, rule


def _dollar(script: Script, quoted: bool = False) -> t.Tuple[str, str]:
    """A literal ``$``, or nothing and the rule by which the shell computes what stands there."""
    text, offset, ahead = script.text, script.offset, script.at(1)
    if script.at() == "`":
        script.offset = _inside(text, offset + 1, "`")
        return "", "has a command substitution (`...`)"
    if ahead == "(":
        script.offset = _inside(text, offset + 2, ")")
        return "", "has a command substitution ($(...))"
    if ahead == "{":
        script.offset = _inside(text, offset + 2, "}", quoted)
        return "", "has a variable in it (${...})"
    if ahead in ("'", '"') and not quoted:
        if ahead == "'":
            script.offset = _single(text, offset + 1)
            if text[script.offset - 2] == "\\":
                raise in_doubt(
                    text, offset, "has $'...' with a backslash before a quote, which shells read differently"
                )
            return "", "has $'...', which shells read differently"
        script.offset += 1
        return "", 'has $"...", which shells read differently'
    script.offset += 1
    if re.match(r"[A-Za-z0-9_@*#?$!-]", ahead):
        script.offset += 1
        return "", "has a variable in it ($)"
    return "$", ""


def _inside(text: str, offset: int, closer: str, quoted: bool = False, depth: int = 0) -> int:
    """Behind the closer of a substitution whose inside starts at the offset. Quoted: it stands in double quotes."""
    start = offset - 1
    if depth > DEEPEST:
        raise in_doubt(text, start, "nests substitutions too deeply")
    while offset < len(text) and text[offset] != closer:
        character, ahead = text[offset], text[offset + 1 : offset + 2]
        if character == "\\":
            offset += 2
        elif character == "'" and closer == "}" and quoted:
            raise in_doubt(text, start, "has a single quote in ${...} in double quotes, which shells read differently")
        elif character == "'" and closer != '"':
            offset = _single(text, offset)
        elif character == '"':
            offset = _inside(text, offset + 1, '"', True, depth + 1)
        elif character == "`":
            offset = _inside(text, offset + 1, "`", False, depth + 1)
        elif character == "$" and ahead and ahead in "({":
            offset = _inside(text, offset + 2, ")" if ahead == "(" else "}", quoted, depth + 1)
        elif character == "(" and closer == ")":
            offset = _inside(text, offset + 1, ")", False, depth + 1)
        elif character == "#" and closer in ")`" and text[offset - 1] in " \t\n;(":
            offset = find(text, "\n", offset)
        elif character == "<" and ahead == "<" and closer in ")`":
            raise in_doubt(text, offset, "has << in a substitution")
        else:
            offset += 1
    if offset >= len(text):
        raise in_doubt(text, start, "opens a quote or substitution that is never closed")
    return offset + 1
