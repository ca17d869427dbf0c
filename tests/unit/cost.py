# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What something costs at its best: a busy machine makes it slower, and nothing makes it quicker."""

from __future__ import annotations

import time
import typing as t


def is_cheap(do: t.Callable[[], t.Any], seconds: float, times: int = 10) -> bool:
    """Whether it takes less than so many seconds of a processor, once in so many times at least."""
    for _time in range(times):
        began = time.process_time()
        do()
        if time.process_time() - began < seconds:
            return True
    return False
