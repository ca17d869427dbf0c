# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests on SSH hosts that run Debian 11, 12 and 13: ``python tests/fleet/run.py [PYTEST-OPTION ...]``.

The Python has to be that of an environment with ansible-core, pytest and the packages of tests/unit/requirements.txt;
``python3 tests/run.py fleet`` makes one. Needs root.
"""

from __future__ import annotations

import sys
from pathlib import Path

import controller
import golang
import hosts
import pytest
import userland


def main() -> int:
    try:
        userland.prepare(print)
        golang.prepare(print)
    except userland.Unavailable as reason:
        print(reason)
        return 77  # the status that tests/run.py reports as not run
    hosts.enter()
    controller.offer_collection()
    folder = str(Path(__file__).parent)
    return pytest.main(["-p", "no:cacheprovider", "--rootdir", folder, "-q", *(sys.argv[1:] or [folder])])


if __name__ == "__main__":
    sys.exit(main())
