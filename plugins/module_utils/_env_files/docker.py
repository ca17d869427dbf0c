# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How ``docker run --env-file`` reads a file; podman, kubectl and Compose with ``format: raw`` do the same."""

from __future__ import annotations

import re
import typing as t

from .assignments import GO_SPACE, Assignment, in_doubt, match

#: Octets that are not UTF-8.
_OCTETS = re.compile("[\ud800-\udfff]")

_LINE = re.compile(r"([%s]*)([^=\n]*)(=?)([^\n]*)\n?" % GO_SPACE.replace("\n", ""))


def read_docker(text: str) -> t.List[Assignment]:
    """Read ``docker run --env-file``: all text behind ``=`` is the value; no quotes, escapes or continued lines."""
    found = []
    offset = int(text.startswith("\ufeff"))
    while offset < len(text):
        line = match(_LINE, text, offset)
        if _OCTETS.search(line.group()):
            raise in_doubt(text, offset, "is not UTF-8, so docker refuses the file")
        blank, name, equals, value = line.groups()
        if name[:1] == "#":
            pass
        elif (equals and not name) or re.search("[ \t]", name):
            raise in_doubt(text, offset, "has no variable name or a blank in it, so docker refuses the file")
        elif equals:
            value = value[:-1] if value.endswith("\r") else value
            found.append(Assignment(name, offset, line.end(), value, prefix=blank))
        elif name:
            name = name[:-1] if name.endswith("\r") else name
            rule = "takes its value from docker's own environment"
            found.append(Assignment(name, offset, line.end(), None, rule, prefix=blank))
        offset = line.end()
    return found
