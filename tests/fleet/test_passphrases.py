# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit tests of passphrases that need Go, with the Go program that is built here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import golang

ROOT = Path(__file__).resolve().parents[2]
TESTS = "tests/unit/plugins/module_utils/_keys/test_passphrase_programs.py"


def test_what_is_taken_opens_the_key_in_go() -> None:
    done = subprocess.run(
        (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "in_go", TESTS),
        cwd=ROOT,
        env={**os.environ, "KEYSMITH_GO_READER": str(golang.program())},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "passed" in done.stdout and "skipped" not in done.stdout, done.stdout
