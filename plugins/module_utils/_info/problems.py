# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator should look at on a host: a kind, by which problems are counted, and a sentence."""

from __future__ import annotations

import typing as t

#: A file is missing, cannot be read or is no key; two files are about different keys; others may read or replace it;
#: nothing lists it; a restart is due; a rotation is late or somebody else may have the key; a unit does not read it.
KINDS = ("missing", "unreadable", "mismatch", "access", "unlisted", "restart", "rotation", "unit")
MISSING, UNREADABLE, MISMATCH, ACCESS, UNLISTED, RESTART, ROTATION, UNIT = KINDS

Problem = t.Dict[str, str]


def problem(kind: str, text: str) -> Problem:
    """Return one problem in the form of the result."""
    return {"kind": kind, "text": text}
