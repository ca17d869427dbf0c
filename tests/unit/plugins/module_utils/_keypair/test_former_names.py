# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that are renamed: the old names go with the lines that are ours, and no line of anybody else."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypairs
from ansible_collections.keysmith.jwt.tests.unit.modules_run import Result, run_module

NEW = {"passphrase": "NEW_PASSPHRASE", "key_id": "NEW_ID", "key_path": "NEW_PATH"}
OLD = ("PRIVATE_KEY_PASSWORD", "PRIVATE_RSA_KEY_ID", "PRIVATE_RSA_KEY_FILE_PATH")


class Service:
    """A service with an environment file that others have lines in."""

    def __init__(self, folder: Path, module: t.Callable[..., Result]) -> None:
        self.folder, self._module = folder, module
        self.env = folder / "all.env"
        self.env.write_text("OTHER=1\n")

    def run(self, variables: t.Dict[str, str], check: bool = False, **more: t.Any) -> Result:
        environment = {"path": str(self.env), "variables": variables}
        service = {"name": "orders", "algorithm": "ES256", "environment": environment, **more}
        options = {"services": [service], "defaults": {"directory": str(self.folder / "{name}")}}
        return self._module(options, check)

    def lines(self, path: str = "") -> t.Dict[str, str]:
        text = (self.folder / path if path else self.env).read_text()
        return dict(line.split("=", 1) for line in text.splitlines())


@pytest.fixture
def service(monkeypatch: t.Any, capsys: t.Any, tmp_path: Path) -> Service:
    def module(options: t.Dict[str, t.Any], check: bool) -> Result:
        return run_module(jwt_keypairs.main, monkeypatch, capsys, options, check, True)

    return Service(tmp_path, module)


def test_old_names_go_and_the_values_stay(service: Service) -> None:
    service.run({})
    before = service.lines()
    made = [service.run(NEW, check) for check in (True, False, True, False)]
    assert [one["keypairs"]["orders/v1"]["changes"] for one in made] == [["environment"], ["environment"], [], []]
    assert before["PRIVATE_KEY_PASSWORD"] not in made[0]["_text"]
    after = {"OTHER": "1", **{NEW[kind]: before[old] for kind, old in zip(NEW, OLD)}}
    assert service.lines() == after
    assert service.lines("orders/v1/env") == {name: value for name, value in after.items() if name != "OTHER"}
    service.run({**NEW, "key_path": ""})
    assert service.lines() == {name: value for name, value in after.items() if name != "NEW_PATH"}
    service.run({})
    assert service.lines() == before


def test_a_line_with_an_old_name_that_speaks_of_another_key_stays(service: Service) -> None:
    service.run({})
    theirs = dict(service.lines(), PRIVATE_RSA_KEY_FILE_PATH="/etc/passwd")
    service.env.write_text("".join("%s=%s\n" % line for line in theirs.items()))
    made = service.run(NEW)
    assert made["keypairs"]["orders/v1"]["changes"] == ["environment"]
    assert {name: service.lines()[name] for name in theirs} == theirs


def test_a_line_with_an_old_name_and_a_value_that_is_not_ours_stays(service: Service) -> None:
    """Somebody has renamed our passphrase by hand, and another one has its old name by now."""
    service.run({})
    ours, theirs = service.lines(), "the-only-copy-of-another-keys-passphrase"
    lines = {**ours, "P2": ours["PRIVATE_KEY_PASSWORD"], "PRIVATE_KEY_PASSWORD": theirs}
    service.env.write_text("".join("%s=%s\n" % line for line in lines.items()))
    service.run({"passphrase": "P2"})
    assert service.lines() == lines
    service.run({"passphrase": "P2"}, state="absent")
    assert service.lines() == {"OTHER": "1", "PRIVATE_KEY_PASSWORD": theirs}


def test_a_passphrase_that_another_key_of_the_file_can_need_stays(service: Service) -> None:
    service.run({})
    before = {**service.lines(), "B_PATH": str(service.folder / "b.key")}
    (service.folder / "b.key").write_text("opened by the same passphrase")
    service.env.write_text("".join("%s=%s\n" % line for line in before.items()))
    service.run({"passphrase": "P2"})
    assert service.lines() == {**before, "P2": before["PRIVATE_KEY_PASSWORD"]}
    (service.folder / "b.key").unlink()
    service.run({"passphrase": "P3"})
    assert set(service.lines()) == (set(before) | {"P3"})


def test_without_a_record_every_line_stays(service: Service) -> None:
    service.run({"passphrase": "", "key_id": "A_ID"}, encrypted=False)
    for path in service.folder.rglob(".*.record"):
        path.unlink()
    key = service.folder / "orders" / "v1" / "private.key"
    content = key.read_bytes()
    key.unlink()
    key.write_bytes(content)
    key.chmod(0o600)
    service.run({"passphrase": "", "key_id": "B_ID"}, encrypted=False)
    assert {"A_ID", "B_ID"} <= set(service.lines())


def test_a_service_goes_with_the_names_that_it_had(service: Service) -> None:
    service.run(NEW)
    service.run({}, state="absent")
    assert service.lines() == {"OTHER": "1"}
