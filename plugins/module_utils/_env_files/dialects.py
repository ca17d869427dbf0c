# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How systemd, docker and compose read an environment file: where each assignment stands, and what its value is.

Each reader follows its program to the character, also where the program is odd: what is inside somebody's quotes, or
behind their continued line, is not an assignment, however much it looks like one. POSIX shell: see ``shell``.
"""

from __future__ import annotations

import re
import typing as t

from .._errors import KeysmithError


class Assignment(t.NamedTuple):
    """One assignment in the text of an environment file."""

    name: str
    #: Offsets of its whole lines: from the start of the first to behind the line end of the last.
    start: int
    end: int
    #: None where the program computes it, which is not done here; ``rule`` says what it would have to do.
    value: t.Optional[str]
    rule: str = ""
    #: What stands before the name: blanks, ``export``.
    prefix: str = ""
    #: Whether the lines hold nothing else, so that they can be replaced or removed.
    alone: bool = True


#: What Go's unicode.IsSpace takes for a space; docker and compose are written in Go.
GO_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
#: The same, one by one.
_GO_SPACES = GO_SPACE.replace("\u2000-\u200a", "".join(map(chr, range(0x2000, 0x200B))))
#: The blanks that compose skips around names: not the line end.
COMPOSE_BLANK = "\t\v\f\r \x85\xa0"


#: Octets that are not UTF-8.
_OCTETS = re.compile("[\ud800-\udfff]")
#: What systemd takes for invalid UTF-8, noncharacters too.
NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    "%c%c" % (plane + 0xFFFE, plane + 0xFFFF) for plane in range(0, 0x110000, 0x10000)
)
_NO_TEXT = re.compile("[\ud800-\udfff%s]" % NONCHARACTERS)


def in_doubt(text: str, offset: int, rule: str) -> KeysmithError:
    """The error for a file that cannot be changed, or read, beyond doubt; the line is named, its text is not."""
    return KeysmithError("line %d %s; mend that line first." % (text.count("\n", 0, offset) + 1, rule))


def _line_end(text: str, offset: int) -> int:
    """Behind the line end at the offset, if there is one."""
    if text.startswith("\r\n", offset):
        return offset + 2
    return min(offset + 1, len(text))


def read_systemd(text: str) -> t.List[Assignment]:
    """``EnvironmentFile=`` as systemd 254 and later read it (src/basic/env-file.c)."""
    return _systemd(text, re.compile(r"[#;][^\r\n]*"))


def read_old_systemd(text: str) -> t.List[Assignment]:
    """The same before 254, where a comment that ends in a backslash goes on in the next line."""
    return _systemd(text, re.compile(r"[#;][^\r\n\\]*(?:\\[\s\S][^\r\n\\]*)*\\?"))


_SYSTEMD_BLANK = re.compile(r"(?:[ \t]*[\r\n])*")
#: A key can start with an equals sign, though no variable does.
_SYSTEMD_KEY = re.compile(r"([ \t]*)(=?[^=\r\n]*)")


def _systemd(text: str, comment: t.Pattern[str]) -> t.List[Assignment]:
    found = []
    offset = 0
    while offset < len(text):
        start = _match(_SYSTEMD_BLANK, text, offset).end()
        key = _match(_SYSTEMD_KEY, text, start)
        if key.group(2)[:1] in ("#", ";"):
            offset = _line_end(text, _match(comment, text, key.start(2)).end())
        elif text[key.end() : key.end() + 1] == "=":
            value, end = _systemd_value(text, key.end() + 1)
            offset = _line_end(text, end)
            if _NO_TEXT.search(key.group(2)) or _NO_TEXT.search(value):
                raise in_doubt(text, start, "is not UTF-8 for systemd, for which it refuses the file")
            found.append(Assignment(key.group(2).rstrip(" \t"), start, offset, value, prefix=key.group(1)))
        else:
            offset = _line_end(text, key.end())
    return found


def _match(pattern: t.Pattern[str], text: str, offset: int) -> t.Match[str]:
    """For patterns that always match."""
    match = pattern.match(text, offset)
    if match is None:
        raise KeysmithError("environment: the pattern %s did not match." % pattern.pattern)
    return match


_SYSTEMD_QUOTED = re.compile(r"""[ \t]*(?:'([^']*)'|"([^"\\]*(?:\\[\s\S][^"\\]*)*)")""")
_SYSTEMD_PLAIN = re.compile(r"[ \t]*([^\r\n\\]*(?:\\[\s\S][^\r\n\\]*)*\\?)")


def _systemd_value(text: str, offset: int) -> t.Tuple[str, int]:
    """The value that starts behind ``=`` and the offset of its line end: any quoted parts, then an unquoted rest."""
    value = ""
    while True:
        quoted = _SYSTEMD_QUOTED.match(text, offset)
        if quoted is None:
            break
        value += quoted.group(1) or ""
        value += re.sub(r"\\([\s\S])", _systemd_escape, quoted.group(2) or "")
        offset = quoted.end()
    plain = _match(_SYSTEMD_PLAIN, text, offset)
    if plain.group(1)[:1] in ("'", '"'):
        raise in_doubt(text, plain.start(1), "opens a quote that is never closed")
    parts = re.findall(r"\\[\s\S]?|[^\\]+", plain.group(1))
    if parts and parts[-1][0] != "\\":
        parts[-1] = parts[-1].rstrip(" \t")
    return value + "".join(part if part[:1] != "\\" else part[1:].strip("\r\n") for part in parts), plain.end()


def _systemd_escape(escape: t.Match[str]) -> str:
    character = escape.group(1)
    if character == "\n":
        return ""
    return character if character in '"\\`$' else escape.group(0)


_DOCKER_LINE = re.compile(r"([%s]*)([^=\n]*)(=?)([^\n]*)\n?" % GO_SPACE.replace("\n", ""))


def read_docker(text: str) -> t.List[Assignment]:
    """``docker run --env-file``: everything behind ``=`` is the value; no quotes, no escapes, no continued lines."""
    found = []
    offset = int(text.startswith("\ufeff"))
    while offset < len(text):
        line = _match(_DOCKER_LINE, text, offset)
        if _OCTETS.search(line.group()):
            raise in_doubt(text, offset, "is not UTF-8, for which docker refuses the file")
        blank, name, equals, value = line.groups()
        if name[:1] == "#":
            pass
        elif (equals and not name) or re.search("[ \t]", name):
            raise in_doubt(
                text, offset, "has a blank in its variable's name or no name, for which docker refuses the file"
            )
        elif equals:
            value = value[:-1] if value.endswith("\r") else value
            found.append(Assignment(name, offset, line.end(), value, prefix=blank))
        elif name:
            name = name[:-1] if name.endswith("\r") else name
            rule = "is handed on from docker's own environment"
            found.append(Assignment(name, offset, line.end(), None, rule, prefix=blank))
        offset = line.end()
    return found


_COMPOSE_START = re.compile(r"(?:[%s]|#[^\n]*)*" % GO_SPACE)
_COMPOSE_KEY = re.compile(r"(?:export(?=[\t\n\f\r ]))?[%s]*([^=:\n]*)([=:\n]?)[%s]*" % (COMPOSE_BLANK, COMPOSE_BLANK))
_COMPOSE_QUOTED = re.compile(r"""'([^'\\]*(?:\\[\s\S][^'\\]*)*)'|"([^"\\]*(?:\\[\s\S][^"\\]*)*)\"""")
_COMPOSE_REST = re.compile(r"[%s]*(?:#[^\n]*)?(?:\n|\Z)" % COMPOSE_BLANK)


def read_compose(text: str) -> t.List[Assignment]:
    """Compose's ``.env`` and ``env_file`` (compose-go, package dotenv). One line can hold several assignments."""
    found: t.List[Assignment] = []
    start, end = int(text.startswith("\ufeff")), 0
    looked_at = start
    offset = _match(_COMPOSE_START, text, start).end()
    while offset < len(text):
        start, looked_at = max(text.rfind("\n", looked_at, offset) + 1, start), offset
        key = _match(_COMPOSE_KEY, text, offset)
        name = key.group(1).rstrip(COMPOSE_BLANK)
        if re.search(r"[^\w.\[\]-]", name):
            raise in_doubt(text, offset, "has a character in its variable's name for which compose refuses the file")
        alone = start >= end and not text[start:offset].strip(COMPOSE_BLANK)
        prefix = text[start : key.start(1)] if alone else ""
        if key.group(2) in ("=", ":"):
            value, rule, end = _compose_value(text, key.end())
        else:
            value, rule, end = None, "is handed on from compose's own environment", key.end(2) - len(key.group(2))
        rest = _COMPOSE_REST.match(text, end)
        found.append(Assignment(name, start, rest.end() if rest else end, value, rule, prefix, alone and bool(rest)))
        offset = _match(_COMPOSE_START, text, end).end()
    return found


def _compose_value(text: str, offset: int) -> t.Tuple[t.Optional[str], str, int]:
    """Value, rule, and the offset behind the closing quote, or of the line end of an unquoted value."""
    quoted = _COMPOSE_QUOTED.match(text, offset)
    if quoted is None and text[offset : offset + 1] in ("'", '"'):
        raise in_doubt(text, offset, "opens a quote that is never closed")
    if quoted is not None and quoted.group(1) is not None:
        return quoted.group(1).replace("\\'", "'"), "", quoted.end()
    if quoted is not None:
        end = quoted.end()
        if "0" in re.findall(r"\\([\s\S])", quoted.group(2)):
            return None, "has an octal escape (\\0)", end
        value = re.sub(r"\\([\s\S])", _compose_escape, quoted.group(2))
    else:
        end = text.find("\n", offset) % (len(text) + 1)
        value = text[offset:end].partition(" #")[0].rstrip(_GO_SPACES)
    if "$" in value.replace("$$", ""):
        return None, "makes compose expand a variable ($)", end
    return value.replace("$$", "$"), "", end


def _compose_escape(escape: t.Match[str]) -> str:
    """Backslash escapes inside double quotes; others than these stay as they are."""
    special = {'"': '"', "\\": "\\", "$": "$$", "n": "\n", "r": "\r", "t": "\t"}
    special.update({"a": "\a", "b": "\b", "f": "\f", "v": "\v"})
    return special.get(escape.group(1), escape.group(0))
