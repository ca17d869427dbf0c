# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What reading and changing an environment file costs: no more than in proportion to its length.

The owner of a file can fill it with whatever costs a reader most, and a run holds locks while it reads. Each file here
is compared with its own first quarter, in the same run: what takes time by the square of the length takes sixteen
times as long, and what nests deeper than that far longer still.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files import edit
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="what grows faster does so with each Python")

#: How a file begins and ends, and what it is filled with.
ENDS = (("", ""), ('A="', '"\n'), ("A=1 ", ""), ("export A=", "\n"), ("A=$((", "))\n"))
FILLINGS = (
    "$a", '"$a', "${a}", "$(", "A=$((", "`", "\\", "\\\n", '"\\', '\\"', "''", "'a'\"b\"", "#", " #", "#\\\n",
    "# a\\\r", " ", "\n", "\r\n", "=", ";", "a", "~", "A=1\n", "X=1\n", "X=a\\\n", "A='1' ", 'X="1" ', "export A=1 ",
    "A: ", "\u2028", "\udcff",
)  # fmt: skip
#: One of each reader, and two of the family that shares one.
DIALECTS = ("systemd", "docker", "compose", "shell", "python-dotenv", "ruby-dotenv")
QUARTER = edit.LARGEST_FILE // 4 - 64
#: Seconds of a processor below which a measurement is noise.
NOISE = 0.02


def contents(size: int, ends: t.Tuple[str, str], filling: str) -> bytes:
    head, tail = (end.encode() for end in ends)
    filled = filling.encode("utf-8", "surrogateescape") * (size // len(filling))
    return head + filled[: size - len(head) - len(tail)] + tail


def change(text: bytes, dialect: str) -> None:
    try:
        edit.change(text, {"X": "2", "Y": None}, dialect)
    except KeysmithError:
        pass


def seconds(text: bytes, dialect: str) -> float:
    started = time.process_time()
    change(text, dialect)
    return time.process_time() - started


def quickest(text: bytes, dialect: str, attempts: int) -> float:
    return min(seconds(text, dialect) for _attempt in range(attempts))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("ends", ENDS)
def test_four_times_the_file_takes_four_times_as_long(dialect: str, ends: t.Tuple[str, str]) -> None:
    for filling in FILLINGS:
        quarter, whole = (contents(size, ends, filling) for size in (QUARTER, 4 * QUARTER))
        # A busy machine is slow at times, so the quickest of some attempts counts, of each.
        assert any(
            quickest(whole, dialect, attempts) < 8 * max(NOISE, quickest(quarter, dialect, attempts))
            for attempts in (1, 3, 10)
        ), filling


@pytest.mark.parametrize("dialect", DIALECTS)
def test_four_times_the_file_takes_four_times_the_memory(dialect: str) -> None:
    for filling in ("A=1\n", 'A="1" '):
        peaks = []
        for size in (QUARTER, 4 * QUARTER):
            text = contents(size, ENDS[0], filling)
            tracemalloc.start()
            change(text, dialect)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[1] < 8 * peaks[0], filling
