# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialects of environment files, one row each: how it is read, how a value is written, what it cannot hold."""

from __future__ import annotations

import re
import typing as t

from . import one_value
from .assignments import NONCHARACTERS, Assignment

Read = t.Callable[[str], t.List[Assignment]]
#: The text of a value; None where the dialect cannot carry it.
Write = t.Callable[[str], t.Optional[str]]


class Dialect(t.NamedTuple):
    """A way to read environment files."""

    #: More than one where versions of the program differ; what is written has to hold for all.
    readers: t.Tuple[Read, ...]
    write: Write
    #: What stands before the name in a new line.
    prefix: str = ""
    #: Whether a carriage return before the line end is part of the line end.
    crlf: bool = True
    #: Characters that it cannot carry in a value, over those that none can.
    refused: str = ""


# Readers are imported where they are needed: a run pays for every import, and a host has few of them.


def _systemd(text: str) -> t.List[Assignment]:
    from . import systemd

    return systemd.read_systemd(text)


def _old_systemd(text: str) -> t.List[Assignment]:
    from . import systemd

    return systemd.read_old_systemd(text)


def _docker(text: str) -> t.List[Assignment]:
    from . import docker

    return docker.read_docker(text)


def _compose(text: str) -> t.List[Assignment]:
    from . import compose

    return compose.read_compose(text)


def _shell(text: str) -> t.List[Assignment]:
    from . import shell

    return shell.read_shell(text)


def _dotenv(program: str) -> Dialect:
    def read(text: str) -> t.List[Assignment]:
        from . import dotenv

        return dotenv.read(text, program)

    def write(value: str) -> t.Optional[str]:
        from . import dotenv

        return dotenv.quoted(value, program)

    return Dialect((read,), write)


def _quoted(value: str) -> str:
    """Quote for systemd and the shell, in single quotes if possible: every program reads those in the same way."""
    if "'" not in value:
        return "'%s'" % value
    return '"%s"' % re.sub(r'([\\"$`])', r"\\\1", value)


def _quoted_compose(value: str) -> str:
    if "'" not in value and "\\" not in value:
        return "'%s'" % value
    return '"%s"' % value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")


#: A directory with one file a variable; its files have no assignments, so there is no reader of them.
ENVDIR = "envdir"

ROWS: t.Dict[str, Dialect] = {
    # systemd takes noncharacters for invalid UTF-8 and then refuses the whole file.
    "systemd": Dialect((_systemd, _old_systemd), _quoted, refused=NONCHARACTERS),
    "docker": Dialect((_docker,), str, refused="\n"),
    "compose": Dialect((_compose,), _quoted_compose),
    "shell": Dialect((_shell,), _quoted, prefix="export ", crlf=False),
    "node": _dotenv("node"),
    "dotenv": _dotenv("dotenv"),
    "python-dotenv": _dotenv("python-dotenv"),
    "godotenv": _dotenv("godotenv"),
    "ruby-dotenv": _dotenv("ruby-dotenv"),
    "phpdotenv": _dotenv("phpdotenv"),
    ENVDIR: Dialect((), one_value.written, refused="\n"),
}

_PLAIN = re.compile(r"[A-Za-z0-9_./-]*\Z")
#: Characters that mean something to a reader, in the order in which a refusal names them.
_SPECIAL = ("'", '"', "`", "\\", "#", "$", "(", "{", "}", "\n", " ", "\t")
_CALLED = {"\n": "a newline", " ": "a blank at its start or end", "\t": "a tab at its start or end"}


def written(value: str, dialect: Dialect) -> t.Optional[str]:
    """Return the value as it stands behind the equals sign; None if the dialect cannot hold it."""
    return value if _PLAIN.match(value) else dialect.write(value)


def in_the_way(value: str, dialect: Dialect) -> str:
    """Return the special characters that keep a value from being written; without them, it could be."""
    for character in _SPECIAL:
        if written(_less(value, character), dialect) is None:
            value = _less(value, character)
    left = [character for character in _SPECIAL if _less(value, character) != value]
    return " and ".join(_CALLED.get(character, character) for character in left)


def _less(value: str, character: str) -> str:
    """Return the value without a character; blanks are a problem only at the ends."""
    return value.strip(character) if character in " \t" else value.replace(character, "")
