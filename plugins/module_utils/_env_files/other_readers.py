# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find signs that a file is for another program than its dialect says: lines that this program reads differently."""

from __future__ import annotations

import re
import typing as t


class _Sign(t.NamedTuple):
    """A kind of line that is written for one program and read differently by others."""

    line: t.Pattern[str]
    #: The dialects in whose files it is strange.
    strange_to: t.Tuple[str, ...]
    what: str
    #: The dialects whose files have such lines.
    usual_in: str


_SIGNS = (
    _Sign(
        re.compile(r"[ \t]*export[ \t]"),
        ("systemd",),
        "begins with export, and systemd skips such a line",
        "shell, compose, node, dotenv, python-dotenv, godotenv or ruby-dotenv",
    ),
    _Sign(
        re.compile(r"[^=#\n]*=(?:'[^'\n]*'|\"[^\"\n]*\")[ \t\r]*$", re.MULTILINE),
        ("docker",),
        "has a value in quotes, and docker takes the quotes for a part of it",
        "systemd, compose or the reader of a .env file",
    ),
    _Sign(
        re.compile(r"[^=#\n]*=[^'#\n]*\$\{[A-Za-z_][A-Za-z0-9_]*\}"),
        ("systemd", "docker", "node", "dotenv"),
        "has ${NAME} in it, which this reader does not expand",
        "compose, python-dotenv, godotenv, ruby-dotenv or phpdotenv",
    ),
)


def sign(text: bytes, dialect: str, variables: t.Iterable[str]) -> str:
    """Describe the first line that is for another program, without quoting it; empty if there is none.

    Lines with one of our variables do not count: they are written anew.
    """
    own = re.compile(r"[ \t]*(?:export[ \t]+)?(?:%s)[ \t]*=" % "|".join(map(re.escape, variables)))
    signs = [one for one in _SIGNS if dialect in one.strange_to]
    for number, line in enumerate(text.decode("utf-8", "replace").split("\n") if signs else (), 1):
        for one in signs:
            if one.line.match(line) and not own.match(line):
                return "line %d %s; if the file is for %s, set format to that" % (number, one.what, one.usual_in)
    return ""
