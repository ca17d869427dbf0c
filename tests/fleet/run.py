# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests on SSH hosts that run Debian 11, 12 and 13: ``python tests/fleet/run.py [PYTEST-OPTION ...]``.

The Python has to be that of an environment with ansible-core, pytest and the packages of tests/unit/requirements.txt;
``python3 tests/run.py fleet`` makes one. Needs root.
"""

from __future__ import annotations

import os
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
    except userland.Unavailable as missing:
        userland.not_run(missing)
    hosts.enter()
    controller.offer_collection()
    os.chdir(Path(__file__).parent)
    options = ["-v", "-p", "no:cacheprovider", "--rootdir", ".", "--durations", "20"]
    known = ["-W", "ignore:EdDSA is deprecated"]  # joserfc; others know no other name for Ed25519
    return pytest.main([*options, *known, *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
