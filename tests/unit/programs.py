# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other programs that make and read keys, run by tests; a test whose program is not on this machine is skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import typing as t

import pytest


def program(name: str) -> str:
    """Where it is; the test is skipped on a machine without it."""
    found = shutil.which(name)
    if not found:
        pytest.skip("no %s on this machine" % name)
    return found


def call(*command: t.Union[str, bytes, os.PathLike], given: bytes = b"", **variables: bytes) -> t.Tuple[bool, bytes]:  # type: ignore[type-arg]
    """Whether a program succeeded, and what it printed on standard output."""
    environment = {**os.environb, **{name.encode(): value for name, value in variables.items()}}
    done = subprocess.run(
        [os.fsencode(word) for word in command],
        input=given,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    return done.returncode == 0, done.stdout


def run(name: str, *arguments: t.Any, given: bytes = b"") -> bytes:
    """What a program printed; the test is skipped where the program is missing or cannot do it, which is no fault of
    ours."""
    succeeded, printed = call(program(name), *map(str, arguments), given=given)
    if not succeeded:
        pytest.skip("this %s cannot do that: %s" % (name, " ".join(map(str, arguments))))
    return printed
