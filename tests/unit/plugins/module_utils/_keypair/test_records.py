# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which key pairs of a run get a record, and what a run does that finds some of them settled."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypair
from ansible_collections.keysmith.jwt.tests.unit.modules_run import run_module
from ansible_collections.keysmith.jwt.tests.unit.recorded_trees import without_attributes
from ansible_collections.keysmith.jwt.tests.unit.settled_hosts import Host, Services, file_of, records, settled


@pytest.fixture(name="host")
def _host(tmp_path: Path, monkeypatch: t.Any, capsys: t.Any) -> Host:
    return settled(tmp_path / "jwt", monkeypatch, capsys)


@pytest.mark.parametrize("options", [{"regenerate": "always"}, {"attributes": "+d"}])
def test_what_is_always_looked_into_gets_none(host: Host, options: t.Dict[str, t.Any]) -> None:
    host.forget()
    for _number in range(2):
        assert host.run(**options)["looked"]
        assert records(host.options["path"]) == []


@pytest.mark.parametrize("state", ["missing", "settled"])
def test_a_check_leaves_none(host: Host, state: str) -> None:
    host.forget()
    if state == "missing":
        Path(host.options["path"]).unlink()
    before = sorted(os.listdir(host.folder))
    assert host.run(check=True)["looked"] and sorted(os.listdir(host.folder)) == before
    assert state == "missing" or records(host.options["path"]) == []


def test_a_diff_shows_what_is_there_and_records_it(host: Host) -> None:
    host.forget()
    for _number in range(2):
        result = host.run(diff=True)
        assert result["looked"] and result["diff"] == []
    assert not host.run()["looked"]


@pytest.mark.parametrize("backup", [True, False])
def test_a_file_with_a_record_goes_with_its_key(
    tmp_path: Path, monkeypatch: t.Any, capsys: t.Any, backup: bool
) -> None:
    without_attributes(monkeypatch)
    host = settled(tmp_path / "jwt", monkeypatch, capsys)
    path = Path(host.options["path"])
    assert file_of(path).exists() and not host.run()["looked"]
    options = {**host.options, "state": "absent", "backup": backup, "regenerate": "always"}
    gone = [run_module(jwt_keypair.main, monkeypatch, capsys, options) for _number in range(2)]
    assert [one["changed"] for one in gone] == [True, False] and "leftovers" not in gone[0]["changes"]
    assert not file_of(path).exists() and path.parent.exists() is backup


def test_a_file_that_a_key_has_left_behind_goes(tmp_path: Path, monkeypatch: t.Any, capsys: t.Any) -> None:
    without_attributes(monkeypatch)
    host = settled(tmp_path / "jwt", monkeypatch, capsys)
    path = Path(host.options["path"])
    for name in os.listdir(path.parent):
        if name != file_of(path).name:
            (path.parent / name).unlink()
    options = {**host.options, "state": "absent", "regenerate": "always"}
    gone = [run_module(jwt_keypair.main, monkeypatch, capsys, options) for _number in range(2)]
    assert [one["changes"] for one in gone] == [["leftovers", "directory"], []]
    assert not path.parent.exists()


def test_key_pairs_in_one_directory_are_settled_with_files_too(
    tmp_path: Path, monkeypatch: t.Any, capsys: t.Any
) -> None:
    """A new record in a file changes the directory, which the records beside it know."""
    without_attributes(monkeypatch)
    services = Services(Host(tmp_path / "jwt", monkeypatch, capsys), "orders", versions=["v1", "v2"], active="v2")
    assert [services.run()["looked"] for _number in range(2)] == [True, False]
    from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypairs

    host = services.host
    items = [{"name": name, "path": str(host.top / name), "algorithm": "ES256"} for name in ("one", "two", "three")]
    looked = []
    for _number in range(2):
        host.looked = 0
        run_module(jwt_keypairs.main, monkeypatch, capsys, {"keypairs": items})
        looked.append(host.looked)
    assert looked == [1, 0]


def test_a_version_that_comes_is_looked_into_and_then_settled(host: Host) -> None:
    services = Services(host, "orders")
    assert [services.run()["looked"] for _number in range(2)] == [True, False]
    services.options["services"][0].update(versions=["v1", "v2"], active="v1")
    made = [services.run() for _number in range(3)]
    assert [one["looked"] for one in made] == [True, False, False]
    services.options["services"][0].update(versions=["v1", "v2"], active="v2")
    assert [services.run()["looked"] for _number in range(2)] == [True, False]
    services.options["services"][0].update(versions=["v2"], active="v2", retired=["v1"])
    made = [services.run() for _number in range(4)]
    assert [one["looked"] for one in made] == [True, True, False, False], "what was removed is looked at once more"
    assert list(made[3]["keypairs"]) == list(made[1]["keypairs"]) == ["orders/v2", "orders/v1"]
    assert made[3]["keypairs"] == made[1]["keypairs"] and made[3]["jwks"] == made[1]["jwks"]
