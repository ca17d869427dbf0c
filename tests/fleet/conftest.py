# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts for the tests of a file: new ones, which are gone after them."""

from __future__ import annotations

import itertools
import typing as t

import hosts as fleet
import pytest
from controller import Controller
from hosts import STATE

_numbers = itertools.count(1)


class Bring(t.Protocol):
    def __call__(self, *names: str, user: str = "root") -> Controller:
        """Hosts of those names; the user is who connects to them."""


@pytest.fixture(scope="module")
def bring() -> t.Iterator[Bring]:
    """A function that brings up hosts of those names, Debian 11, 12 and 13 in turn, and returns their controller."""
    running = []

    def bring_(*names: str, user: str = "root") -> Controller:
        hosts = fleet.up(names)
        running.extend(hosts)
        return Controller(hosts, STATE / f"controller{next(_numbers)}", user)

    yield bring_
    for host in running:
        host.remove()
