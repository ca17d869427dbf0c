# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How systemd reads ``EnvironmentFile=``, character by character, with all its oddities.

What is inside somebody's quotes, or behind their continued line, is not an assignment, however much it looks like one.
"""

from __future__ import annotations

import re
import typing as t

from .assignments import NONCHARACTERS, Assignment, in_doubt, match

_NO_TEXT = re.compile("[\ud800-\udfff%s]" % NONCHARACTERS)


def _line_end(text: str, offset: int) -> int:
    """Return the offset behind the line end, if there is one here."""
    if text.startswith("\r\n", offset):
        return offset + 2
    return min(offset + 1, len(text))


def read_systemd(text: str) -> t.List[Assignment]:
    """Read ``EnvironmentFile=`` as systemd 254 and later do (src/basic/env-file.c)."""
    return _read(text, re.compile(r"[#;][^\r\n]*"))


def read_old_systemd(text: str) -> t.List[Assignment]:
    """Read it as systemd before 254, where a comment that ends in a backslash continues in the next line."""
    return _read(text, re.compile(r"[#;][^\r\n\\]*(?:\\[\s\S][^\r\n\\]*)*\\?"))


_BLANK = re.compile(r"(?:[ \t]*[\r\n])*")
#: A key can start with an equals sign, though no variable does.
_KEY = re.compile(r"([ \t]*)(=?[^=\r\n]*)")


def _read(text: str, comment: t.Pattern[str]) -> t.List[Assignment]:
    found = []
    offset = 0
    while offset < len(text):
        start = match(_BLANK, text, offset).end()
        key = match(_KEY, text, start)
        if key.group(2)[:1] in ("#", ";"):
            offset = _line_end(text, match(comment, text, key.start(2)).end())
        elif text[key.end() : key.end() + 1] == "=":
            value, end = _value(text, key.end() + 1)
            offset = _line_end(text, end)
            if _NO_TEXT.search(key.group(2)) or _NO_TEXT.search(value):
                raise in_doubt(text, start, "is not UTF-8, so systemd refuses the file")
            found.append(Assignment(key.group(2).rstrip(" \t"), start, offset, value, prefix=key.group(1)))
        else:
            offset = _line_end(text, key.end())
    return found


_QUOTED = re.compile(r"""[ \t]*(?:'([^']*)'|"([^"\\]*(?:\\[\s\S][^"\\]*)*)")""")
_PLAIN = re.compile(r"[ \t]*([^\r\n\\]*(?:\\[\s\S][^\r\n\\]*)*\\?)")


def _value(text: str, offset: int) -> t.Tuple[str, int]:
    """Return the value behind ``=`` and the offset of its line end: any quoted parts, then an unquoted rest."""
    value = ""
    while True:
        quoted = _QUOTED.match(text, offset)
        if quoted is None:
            break
        value += quoted.group(1) or ""
        value += re.sub(r"\\([\s\S])", _escape, quoted.group(2) or "")
        offset = quoted.end()
    plain = match(_PLAIN, text, offset)
    if plain.group(1)[:1] in ("'", '"'):
        raise in_doubt(text, plain.start(1), "opens a quote that is never closed")
    parts = re.findall(r"\\[\s\S]?|[^\\]+", plain.group(1))
    if parts and parts[-1][0] != "\\":
        parts[-1] = parts[-1].rstrip(" \t")
    return value + "".join(part if part[:1] != "\\" else part[1:].strip("\r\n") for part in parts), plain.end()


def _escape(escape: t.Match[str]) -> str:
    character = escape.group(1)
    if character == "\n":
        return ""
    return character if character in '"\\`$' else escape.group(0)
