# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a POSIX shell reads a file of assignments: blank lines, comments and ``[export] NAME=value``.

Any other line can set a variable in ways that only a shell can follow, so a file with one is refused as a whole. Each
pattern consumes what it has matched for good: reading a file takes time in proportion to its length.
"""

from __future__ import annotations

import re
import typing as t

from .._errors import KeysmithError
from .assignments import Assignment, in_doubt

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
#: What stands before a value: blanks, ``export``, the name.
_HEAD = re.compile(r"(?P<prefix>[ \t]*(?P<export>export[ \t]+)?)(?P<name>%s)=" % _NAME)
#: A blank line, a comment, or what is left of a line behind a value.
_REST = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
#: $NAME, ${NAME}, and what has one character for a name: all that is expanded without being able to set anything.
_VARIABLE = r"\$(?:[A-Za-z0-9_@*#?$!-]|\{%s\})" % _NAME
#: A dollar that stands for itself, because nothing follows that it would expand.
_DOLLAR = r"\$(?![A-Za-z0-9_@*#?$!\-{(\[\\%s])"
#: A part of a value. In double quotes, other expansions than variables match nothing, and so does a quote left open.
_PART = re.compile(
    r"(?P<plain>[^ \t\n;&|<>()'\"\\$`]+)"
    r"|'(?P<single>[^']*)'"
    r'|"(?P<double>[^"\\$`]*(?:(?:\\[\s\S]|%(variable)s|%(dollar)s)[^"\\$`]*)*)"'
    r"|\\(?P<escaped>[\s\S])"
    r"|(?P<end>\\)\Z"
    r"|(?P<variable>%(variable)s)"
    r"|(?P<dollar>%(bare)s)" % {"variable": _VARIABLE, "dollar": _DOLLAR % "", "bare": _DOLLAR % "'\""}
)
#: Quotes that are closed, whatever is in them.
_CLOSED = re.compile(r"""'[^']*'|"[^"\\]*(?:\\[\s\S][^"\\]*)*\"""")


def read_shell(text: str) -> t.List[Assignment]:
    """Return all assignments in the order of the text. KeysmithError names any other line."""
    found = []
    offset = 0
    while offset < len(text):
        rest = _REST.match(text, offset)
        if not rest:
            assignment = _assignment(text, offset)
            found.append(assignment)
            offset = assignment.end
        else:
            offset = rest.end()
    return found


def _assignment(text: str, start: int) -> Assignment:
    """Return the assignment at the offset, up to the end of its last line."""
    head = _HEAD.match(text, start)
    if not head:
        raise _more(text, start)
    exported = bool(head.group("export"))
    value, rule, offset = "", "", head.end()
    while True:
        part = _PART.match(text, offset)
        if not part:
            break
        kind = str(part.lastgroup)
        if kind == "variable" and exported:
            # Some shells split what this expands to, and each word would be an assignment of its own.
            raise _more(text, offset)
        value += _literal(kind, part.group(kind))
        rule = rule or _computed(kind, part.group(kind), exported)
        offset = part.end()
    rest = _REST.match(text, offset)
    if not rest:
        raise _more(text, offset)
    return Assignment(head.group("name"), start, rest.end(), None if rule else value, rule, head.group("prefix"))


def _literal(kind: str, text: str) -> str:
    """Return the text that a part of a value stands for."""
    if kind == "escaped":
        return text.replace("\n", "")
    if kind == "double":
        return re.sub(r'\\([$`"\\\n])', lambda escape: escape.group(1).replace("\n", ""), text)
    return text


def _computed(kind: str, text: str, exported: bool) -> str:
    """Name the rule by which the shell would compute a value with this part; empty if it takes it literally."""
    if kind == "variable" or (kind == "double" and re.search(_VARIABLE, re.sub(r"\\[\s\S]", "", text))):
        return "has a variable in it ($)"
    if kind == "plain" and "~" in text:
        return "has an unquoted ~"
    if kind == "plain" and exported and re.search(r"[*?[{]", text):
        # Some shells make file names of it, and others do not.
        return "has an unquoted pattern (*, ?, [ or {) behind export"
    return ""


def _more(text: str, offset: int) -> KeysmithError:
    """Make the error for a file with something else than an assignment at the offset."""
    if text[offset : offset + 1] in ("'", '"') and not _CLOSED.match(text, offset):
        return in_doubt(text, offset, "opens a quote that is never closed")
    return KeysmithError(
        "line %d is not a blank line, a comment or a plain [export] NAME=value, and a shell file with other lines is "
        "not changed; move that line to another file, or name another file here." % (text.count("\n", 0, offset) + 1)
    )
