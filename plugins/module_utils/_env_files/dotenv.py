# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The family of readers of ``.env`` files: node, dotenv, python-dotenv, godotenv, ruby-dotenv and phpdotenv.

They look alike and differ in quotes, escapes, comments and expansion. What they all take for a line of a file is read
here: blank lines, comments and ``[export] NAME=value``. A file with anything else is refused as a whole. Each row of
GRAMMARS says what one program makes of a value; a value is written in the first form that the same row reads back.
"""

from __future__ import annotations

import re
import typing as t

from .._errors import KeysmithError
from .assignments import Assignment, in_doubt
from .dotenv_grammars import GRAMMARS, NO_TEXT, Grammar

#: What is in no value, and what ends a line for some programs.
_NO_COMMENT = NO_TEXT + "\x85\u2028\u2029"
#: The same, and blanks that some programs strip.
_ODD = _NO_COMMENT + "\xa0\u1680\u2000-\u200a\u202f\u205f\u3000\ufeff"
_SKIPPED = re.compile(r"[ \t]*(?:#[^\n%s]*)?(?:\r?\n|\Z)" % _NO_COMMENT)
_HEAD = re.compile(r"(?P<prefix>[ \t]*(?P<export>export )?)(?P<name>[A-Za-z0-9_.]+)[ \t]*=(?P<blank>[ \t]*)")
_UNQUOTED = re.compile(r"(?P<value>[^\n%s]*)(?:\r?\n|\Z)" % _ODD)


def read(text: str, program: str) -> t.List[Assignment]:
    """Return all assignments in the order of the text. KeysmithError names any other line."""
    grammar = GRAMMARS[program]
    found = []
    offset = 0
    while offset < len(text):
        skipped = _SKIPPED.match(text, offset)
        if skipped and (grammar.takes_blanks or skipped.group()[0] not in " \t"):
            offset = skipped.end()
            continue
        assignment = _assignment(text, offset, grammar, program)
        if assignment is None:
            raise _unclear(text, offset, program)
        found.append(assignment)
        offset = assignment.end
    return found


def _assignment(text: str, start: int, grammar: Grammar, program: str) -> t.Optional[Assignment]:
    """Return the assignment at the offset, None if the program may read it in another way."""
    head = _HEAD.match(text, start)
    if not head or (head.group("export") and not grammar.takes_export):
        return None
    if "\t" in head.group() and not grammar.takes_blanks:
        return None
    quote = text[head.end() : head.end() + 1]
    if quote in grammar.quotes:
        found = _quoted(text, head.end(), grammar)
    else:
        quote, found = "", _unquoted(text, head.end(), grammar, bool(head.group("blank")))
    if not found:
        return None
    source, value, end = found
    rule = ""
    if quote in grammar.expanded and grammar.expanded[quote](source):
        value, rule = None, "makes %s expand a variable ($)" % program
    elif value is None:
        rule = "has an escape that %s reads differently from other programs" % program
    return Assignment(head.group("name"), start, end, value, rule, head.group("prefix"))


#: A value as it stands in the text, as the program reads it (None: cannot be told), and the end of its lines.
_Found = t.Tuple[str, t.Optional[str], int]


def _quoted(text: str, offset: int, grammar: Grammar) -> t.Optional[_Found]:
    quote = text[offset]
    pattern, decode = grammar.quotes[quote]
    match = pattern.match(text, offset)
    rest = match and _SKIPPED.match(text, match.end())
    if not match or not rest or (quote in rest.group() and not grammar.takes_quotes_in_comment):
        return None
    return match.group(1), decode(match.group(1)), rest.end()


def _unquoted(text: str, offset: int, grammar: Grammar, has_blank: bool) -> t.Optional[_Found]:
    match = _UNQUOTED.match(text, offset)
    if not match:
        return None
    line = match.group("value")
    value = grammar.comment.sub("", line).rstrip(" \t")
    if grammar.unclear and grammar.unclear.search(line):
        return None
    if not grammar.takes_blanks and ("\t" in line or (has_blank and not line)):
        return None
    return value, value, match.end()


def _unclear(text: str, offset: int, program: str) -> KeysmithError:
    return in_doubt(
        text,
        offset,
        "is not a blank line, a comment or a plain [export] NAME=value, or %s reads it differently from other programs"
        % program,
    )


def quoted(value: str, program: str) -> t.Optional[str]:
    """Quote the value in the first form that the program reads back; None if there is no such form."""
    grammar = GRAMMARS[program]
    for form in _forms(value, grammar):
        text = "V=%s\n" % form
        assignment = _assignment(text, 0, grammar, program)
        if assignment and assignment.value == value and assignment.end == len(text):
            return form
    return None


def _forms(value: str, grammar: Grammar) -> t.Iterator[str]:
    for quote in grammar.quotes:
        escaped = (
            re.sub(r"[%s]" % re.escape(grammar.escaped[quote]), r"\\\g<0>", value)
            if quote in grammar.escaped
            else value
        )
        yield quote + escaped + quote
        yield quote + escaped.replace("\n", "\\n") + quote
    yield value
