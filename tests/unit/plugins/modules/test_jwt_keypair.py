# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module of one key pair returns what was recorded, unless it was asked for a diff."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.tests.unit.settled_hosts import Host, settled


@pytest.fixture(name="host")
def _host(tmp_path: Path, monkeypatch: t.Any, capsys: t.Any) -> Host:
    return settled(tmp_path / "jwt", monkeypatch, capsys)


def test_diffs_are_made_of_what_is_there(host: Host) -> None:
    result = host.run(diff=True)
    assert result["looked"] and set(result["diff"]) == {"before", "after"}
