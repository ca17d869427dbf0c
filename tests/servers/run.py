# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests against real servers on the loopback address: ``python tests/servers/run.py [PYTEST-OPTION ...]``.

Authorization servers: oidc-provider and glewlwyd. The Python has to be that of an environment with ansible-core and
the packages of tests/unit/requirements.txt; ``python3 tests/run.py servers`` makes one. oidc-provider needs node and
npm, the others root and Debian's packages; without one of the two, the rest is tested.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import installed
import pytest
import userland

#: Names of what could not be had; tests that need it are skipped.
MISSING = "SERVERS_MISSING"


def main() -> int:
    missing = {}
    prepares = {"npm": installed.prepare_npm, "debian": installed.prepare_debian, "hosts": installed.prepare_hosts}
    for name, prepare in prepares.items():
        try:
            prepare(print)
        except installed.Unavailable as reason:
            missing[name] = reason
    if {"npm", "debian"} <= set(missing):
        userland.not_run(missing["npm"])
    installed.offer_collection()
    if "hosts" not in missing:
        import controller
        import hosts

        hosts.enter()
        controller.offer_collection()
    os.environ[MISSING] = " ".join(missing)
    os.chdir(Path(__file__).parent)
    status = pytest.main(["-q", "-p", "no:cacheprovider", "--rootdir", ".", "--durations", "5", *sys.argv[1:]])
    if status == 0:
        for reason in missing.values():
            userland.not_run(reason)
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
