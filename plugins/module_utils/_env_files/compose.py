# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Compose, version 2 and later, reads ``.env`` and ``env_file`` (compose-go, package dotenv)."""

from __future__ import annotations

import re
import typing as t

from .assignments import GO_SPACE, Assignment, in_doubt, match

#: The same, one by one.
_GO_SPACES = GO_SPACE.replace("\u2000-\u200a", "".join(map(chr, range(0x2000, 0x200B))))
#: The blanks that compose skips around names: not the line end.
_BLANK = "\t\v\f\r \x85\xa0"

_START = re.compile(r"(?:[%s]|#[^\n]*)*" % GO_SPACE)
_KEY = re.compile(r"(?:export(?=[\t\n\f\r ]))?[%s]*([^=:\n]*)([=:\n]?)[%s]*" % (_BLANK, _BLANK))
_QUOTED = re.compile(r"""'([^'\\]*(?:\\[\s\S][^'\\]*)*)'|"([^"\\]*(?:\\[\s\S][^"\\]*)*)\"""")
_REST = re.compile(r"[%s]*(?:#[^\n]*)?(?:\n|\Z)" % _BLANK)


def read_compose(text: str) -> t.List[Assignment]:
    """Read Compose's ``.env`` and ``env_file`` (compose-go, package dotenv). One line can hold several assignments."""
    found: t.List[Assignment] = []
    start, end = int(text.startswith("\ufeff")), 0
    looked_at = start
    offset = match(_START, text, start).end()
    while offset < len(text):
        start, looked_at = max(text.rfind("\n", looked_at, offset) + 1, start), offset
        key = match(_KEY, text, offset)
        name = key.group(1).rstrip(_BLANK)
        if re.search(r"[^\w.\[\]-]", name):
            raise in_doubt(text, offset, "has a variable name with a character that makes compose refuse the file")
        alone = start >= end and not text[start:offset].strip(_BLANK)
        prefix = text[start : key.start(1)] if alone else ""
        if key.group(2) in ("=", ":"):
            value, rule, end = _value(text, key.end())
        else:
            value, rule, end = None, "takes its value from compose's own environment", key.end(2) - len(key.group(2))
        rest = _REST.match(text, end)
        found.append(Assignment(name, start, rest.end() if rest else end, value, rule, prefix, alone and bool(rest)))
        offset = match(_START, text, end).end()
    return found


def _value(text: str, offset: int) -> t.Tuple[t.Optional[str], str, int]:
    """Return value, rule, and the offset behind the closing quote, or of the line end of an unquoted value."""
    quoted = _QUOTED.match(text, offset)
    if quoted is None and text[offset : offset + 1] in ("'", '"'):
        raise in_doubt(text, offset, "opens a quote that is never closed")
    if quoted is not None and quoted.group(1) is not None:
        return quoted.group(1).replace("\\'", "'"), "", quoted.end()
    if quoted is not None:
        end = quoted.end()
        if "0" in re.findall(r"\\([\s\S])", quoted.group(2)):
            return None, "has an octal escape (\\0)", end
        value = re.sub(r"\\([\s\S])", _escape, quoted.group(2))
    else:
        end = text.find("\n", offset) % (len(text) + 1)
        value = text[offset:end].partition(" #")[0].rstrip(_GO_SPACES)
    if "$" in value.replace("$$", ""):
        return None, "makes compose expand a variable ($)", end
    return value.replace("$$", "$"), "", end


def _escape(escape: t.Match[str]) -> str:
    """Resolve a backslash escape inside double quotes; unknown ones stay as they are."""
    special = {'"': '"', "\\": "\\", "$": "$$", "n": "\n", "r": "\r", "t": "\t"}
    special.update({"a": "\a", "b": "\b", "f": "\f", "v": "\v"})
    return special.get(escape.group(1), escape.group(0))
