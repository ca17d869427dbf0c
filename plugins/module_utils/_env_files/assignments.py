# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the readers of environment files find: assignments, each with its place in the text."""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError

#: What Go's unicode.IsSpace takes for a space; docker and compose are written in Go.
GO_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
#: What systemd takes for invalid UTF-8, noncharacters too.
NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    "%c%c" % (plane + 0xFFFE, plane + 0xFFFF) for plane in range(0, 0x110000, 0x10000)
)


class Assignment(t.NamedTuple):
    """One assignment in the text of an environment file."""

    name: str
    #: Offsets of its whole lines: from the start of the first to behind the line end of the last.
    start: int
    end: int
    #: None if the program computes the value, which we do not do; ``rule`` says what it would have to do.
    value: t.Optional[str]
    rule: str = ""
    #: What stands before the name: blanks, ``export``.
    prefix: str = ""
    #: Whether the lines hold nothing else, so that they can be replaced or removed.
    alone: bool = True


def in_doubt(text: str, offset: int, rule: str) -> KeysmithError:
    """Make the error for a file that cannot be read or changed with certainty; it names the line, not its text."""
    return KeysmithError("line %d %s; correct that line first." % (text.count("\n", 0, offset) + 1, rule))


def match(pattern: t.Pattern[str], text: str, offset: int) -> t.Match[str]:
    """Match a pattern that always matches."""
    found = pattern.match(text, offset)
    if found is None:
        raise KeysmithError("environment: the pattern %s did not match." % pattern.pattern)
    return found
