# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts for the tests of a file: new ones, which are gone after them."""

from __future__ import annotations

import itertools
import typing as t

import hosts as fleet
import pytest
import userland
from controller import Controller
from hosts import STATE

_numbers = itertools.count(1)


class Bring(t.Protocol):
    def __call__(self, *names: str, user: str = "root", has_systemd: bool = False) -> Controller:
        """Hosts of those names; the user is who connects to them. With systemd, they run Debian 12 and 13 in turn."""


@pytest.fixture(scope="module")
def bring() -> t.Iterator[Bring]:
    """A function that brings up hosts of those names, Debian 11, 12 and 13 in turn, and returns their controller."""
    running = []

    def bring_(*names: str, user: str = "root", has_systemd: bool = False) -> Controller:
        why_not = fleet.with_systemd() if has_systemd else ""
        if why_not:
            pytest.skip(why_not)
        hosts = fleet.up(names, fleet.WITH_SYSTEMD if has_systemd else userland.SUITES, has_systemd)
        running.extend(hosts)
        return Controller(hosts, STATE / f"controller{next(_numbers)}", user)

    yield bring_
    for host in running:
        host.remove()
