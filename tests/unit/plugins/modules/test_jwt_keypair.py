# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module of one key pair returns what was recorded, unless it was asked for a diff."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypair
from ansible_collections.keysmith.jwt.tests.unit.modules_run import run_module
from ansible_collections.keysmith.jwt.tests.unit.settled_hosts import Host, settled


@pytest.fixture(name="host")
def _host(tmp_path: Path, monkeypatch: t.Any, capsys: t.Any) -> Host:
    return settled(tmp_path / "jwt", monkeypatch, capsys)


def test_diffs_are_made_of_what_is_there(host: Host) -> None:
    result = host.run(diff=True)
    assert result["looked"] and result["diff"] == []


@pytest.mark.parametrize("empty", ["", None])
@pytest.mark.parametrize("option", ["private_key", "passphrase", "previous_passphrases"])
@pytest.mark.parametrize("check", [True, False])
def test_a_secret_that_is_given_and_empty(
    tmp_path: Path, monkeypatch: t.Any, capsys: t.Any, option: str, empty: t.Any, check: bool
) -> None:
    options = {"path": str(tmp_path / "jwt" / "key"), "algorithm": "ES256", option: empty}
    result = run_module(jwt_keypair.main, monkeypatch, capsys, options, check)
    assert result["failed"] and result["msg"].startswith(option + ": ") and "empty" in result["msg"]
    assert list(tmp_path.iterdir()) == []


def test_a_secret_that_is_given_and_empty_is_no_unchanged_run(host: Host) -> None:
    assert not host.run()["changed"]
    assert host.run(private_key=None)["failed"]
