# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The diff of a key pair as texts, before and after for each file, as Ansible shows diffs of files."""

from __future__ import annotations

import typing as t

from .diff import ABSENT

_Shown = t.Mapping[str, t.Any]


def files(diff: t.Mapping[str, _Shown]) -> t.List[t.Dict[str, str]]:
    """Return the two texts of each changed file, from the diff of a key pair in ``diff``."""
    before, after = diff["before"], diff["after"]
    return [
        {
            "before_header": path,
            "after_header": path,
            "before": _text(before.get(path, ABSENT)),
            "after": _text(after.get(path, ABSENT)),
        }
        for path in dict.fromkeys([*before, *after])
        if before.get(path, ABSENT) != after.get(path, ABSENT)
    ]


def _text(shown: t.Any) -> str:
    """Describe a file in lines; empty for a missing one."""
    if shown == ABSENT:
        return ""
    lines = shown if isinstance(shown, list) else [shown]
    if isinstance(shown, dict):
        lines = ["%s: %s" % (name, _word(value)) for name, value in shown.items() if name != "content"]
        lines += str(shown.get("content", "")).splitlines()
    return "".join("%s\n" % line for line in lines)


def _word(value: t.Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
