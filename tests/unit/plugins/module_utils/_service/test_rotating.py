# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that is rotated, through the module: check, real, check, real at each step of a life."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import locked_directories
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import given, remove
from ansible_collections.keysmith.jwt.plugins.module_utils._service import history, rotating
from ansible_collections.keysmith.jwt.plugins.module_utils._service import options as service_options
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypairs
from ansible_collections.keysmith.jwt.tests.unit.modules_run import Result, run_module

DAY = 86400
START = 1_800_000_000
ROTATION = {"every": "90d", "publish": "24h", "keep": "25h"}
Run = t.Callable[..., Result]


class Life:
    """The time of host and controller, and the runs of one service."""

    def __init__(self, monkeypatch: t.Any, capsys: t.Any, directory: Path) -> None:
        self._patch, self._capsys = monkeypatch, capsys
        self.directory = directory
        self.now = START
        self.host_is_ahead = 0
        monkeypatch.setattr("time.time", lambda: float(self.now + self.host_is_ahead))

    @property
    def service(self) -> t.Dict[str, t.Any]:
        one = {"name": "orders", "directory": str(self.directory), "algorithm": "ES256", "rotation": ROTATION}
        return {**one, "restart": ["orders"]}

    def run(self, check: bool = False, restarted: t.Any = None, confirmed: t.Any = None, **service: t.Any) -> Result:
        one = {**self.service, **service}
        clock = None if restarted is not None else self.now
        options = {"services": [one], "restarted": restarted, "confirmed": confirmed, "clock": clock}
        said = {name: value for name, value in options.items() if value is not None}
        return run_module(jwt_keypairs.main, self._patch, self._capsys, said, check, False)

    def restart(self) -> None:
        self.run(restarted=self.run()["restart_due"])

    def publish(self) -> str:
        """Confirm what is not published yet; the step that comes next then."""
        done = self.rotation(confirmed={"orders": {"published": self.rotation()["unpublished"]}})
        return t.cast(str, done["next"]["step"])

    def rotation(self, **more: t.Any) -> t.Dict[str, t.Any]:
        return t.cast(t.Dict[str, t.Any], self.run(**more)["rotation"]["orders"])

    def four(self, **more: t.Any) -> t.List[t.Tuple[bool, t.List[str]]]:
        results = [self.run(check=check, **more) for check in (True, False, True, False)]
        return [(one["changed"], sorted(one["keypairs"])) for one in results]

    def versions(self) -> t.Set[str]:
        return {path.name for path in self.directory.iterdir() if path.name.startswith("v") and path.is_dir()}

    def active(self) -> str:
        return os.readlink(self.directory / "current")


@pytest.fixture
def life(monkeypatch: t.Any, capsys: t.Any, tmp_path: Path) -> Life:
    return Life(monkeypatch, capsys, tmp_path / "orders")


@pytest.fixture
def settled(life: Life) -> Life:
    """The first key, published and in use."""
    life.run()
    life.publish()
    life.restart()
    return life


def test_the_first_key(life: Life) -> None:
    assert life.four() == [(True, ["orders/v1"]), (True, ["orders/v1"]), (False, ["orders/v1"]), (False, ["orders/v1"])]
    assert life.rotation() == {
        "unpublished": ["v1"], "switch": "", "compromised": [],
        "next": {"step": "create", "version": "v2", "at": "2027-04-15T08:00:00Z"},
    }  # fmt: skip
    (entry,) = json.loads((life.directory / "history.json").read_text())["versions"]
    assert (entry["created"], entry["activated"]) == ("2027-01-15T08:00:00Z",) * 2 and "published" not in entry
    assert "adopted" not in entry


def test_a_key_that_was_there_is_adopted(settled: Life) -> None:
    (settled.directory / "history.json").unlink()
    settled.now += DAY
    settled.run(rotation={**ROTATION, "every": "80d"})
    (entry,) = json.loads((settled.directory / "history.json").read_text())["versions"]
    assert entry["adopted"] is True and entry["created"] == "2027-01-16T08:00:00Z"


def test_a_rotation(settled: Life) -> None:
    life = settled
    life.now += 90 * DAY
    assert [changed for changed, _pairs in life.four()] == [True, True, False, False]
    assert life.versions() == {"v1", "v2"} and life.active() == "v1"
    assert [jwk["kid"] for jwk in life.run()["jwks"]["orders"]["keys"]] == [
        json.loads((life.directory / version / "jwk.json").read_text())["kid"] for version in ("v1", "v2")
    ]
    life.now += 5 * DAY
    assert life.rotation()["unpublished"] == ["v2"] and life.rotation()["switch"] == ""
    assert life.publish() == "switch"
    life.now += DAY - 1
    assert life.rotation()["switch"] == ""
    life.now += 1
    assert life.rotation()["switch"] == "v2" and life.active() == "v1"
    # The other side has not accepted it, or has accepted another one.
    for confirmed in (None, {"orders": {}}, {"orders": {"switch": "v1"}}, {"bills": {"switch": "v2"}}):
        assert life.run(confirmed=confirmed)["changed"] is False and life.active() == "v1"
    switched = life.run(confirmed={"orders": {"switch": "v2"}})
    assert switched["changed"] and switched["restart"] == ["orders"] and life.active() == "v2"
    assert switched["rotation"]["orders"]["next"]["step"] == "restart"
    life.now += 9 * DAY
    assert life.rotation()["next"]["step"] == "restart" and life.versions() == {"v1", "v2"}
    life.restart()
    life.now += 25 * 3600 - 1
    assert life.run()["changed"] is False and life.versions() == {"v1", "v2"}
    life.now += 1
    assert [changed for changed, _pairs in life.four()] == [True, True, False, False]
    assert life.versions() == {"v2"}
    names = [(one.name, one.is_live) for one in history.parse((life.directory / "history.json").read_bytes(), "")]
    assert names == [("v1", False), ("v2", True)]


def test_what_is_not_due_is_remembered_until_it_is(settled: Life) -> None:
    life = settled
    assert life.run()["changed"] is False
    recalled = life.run()
    assert recalled["rotation"]["orders"]["next"]["step"] == "create" and recalled["keypairs"]
    life.now += 90 * DAY
    assert life.run()["changed"] is True and life.versions() == {"v1", "v2"}


def test_a_history_that_somebody_changed_is_looked_into(settled: Life) -> None:
    settled.run()
    path = settled.directory / "history.json"
    path.write_text(path.read_text().replace('"2027-', '"2026-'))
    assert settled.run()["changed"] is True and settled.versions() == {"v1", "v2"}


def test_the_history_is_ours_when_the_directory_changes(settled: Life) -> None:
    opened = settled.run(group="root", mode="0640")
    assert opened["changed"] and settled.directory.stat().st_mode & 0o7777 == 0o750
    assert settled.run()["changed"] and settled.directory.stat().st_mode & 0o7777 == 0o700


@pytest.mark.parametrize("step", ["one key", "two keys", "switched"])
@pytest.mark.parametrize("victim", ["active", "other"])
def test_a_key_whose_jwk_is_lost_is_not_gone(settled: Life, step: str, victim: str) -> None:
    """Another key would be used at once, which nobody knows."""
    if step != "one key":
        settled.now += 91 * DAY
        settled.run()
        settled.publish()
    if step == "switched":
        settled.now += 2 * DAY
        settled.run(confirmed={"orders": {"switch": "v2"}})
        settled.restart()
    active, versions, now = settled.active(), settled.versions(), settled.run()["jwks"]
    name = active if victim == "active" else sorted(versions - {active} or versions)[0]
    path = settled.directory / name / "jwk.json"
    before = path.read_bytes()
    path.write_text("damaged")
    for check in (True, False):
        assert "jwk_path" in settled.run(check)["msg"]
    assert (settled.active(), settled.versions()) == (active, versions)
    path.unlink()
    result = settled.run()
    assert (settled.active(), settled.versions(), result["jwks"]) == (active, versions, now)
    assert path.read_bytes() == before and not settled.run()["changed"]


def test_an_active_key_that_nothing_says_anything_of_stays(settled: Life) -> None:
    settled.run(rotate="now")
    settled.publish()
    (settled.directory / "history.json").unlink()
    (settled.directory / "v1" / "jwk.json").unlink()
    for check in (True, False):
        assert "leads to v1, whose jwk.json is missing or damaged" in settled.run(check)["msg"]
    assert settled.active() == "v1"


@pytest.mark.parametrize("part", ["_clear", "_remove_directory"])
def test_a_removal_that_was_interrupted_is_finished(settled: Life, monkeypatch: t.Any, part: str) -> None:
    """A copy of the key in another form would stay on the disk, and nothing would tell of it."""
    outputs = {"outputs": ["certificate", "pkcs12"]}
    settled.run(**outputs, rotate="compromised")
    settled.run(**outputs, confirmed={"orders": {"published": ["v2"], "switch": "v2"}})
    settled.run(restarted=settled.run(**outputs)["restart_due"])

    def fails(*_given: t.Any) -> None:
        raise KeysmithError("path: no.")

    with monkeypatch.context() as patch:
        patch.setattr(remove, part, fails)
        assert "path: no." in settled.run(**outputs)["msg"]
    assert not (settled.directory / "v1" / "private.key").exists() and (settled.directory / "v1").exists()
    # To give the command again that failed asks for no other key.
    results = [settled.run(check=check, **outputs, rotate="compromised") for check in (True, False)]
    assert [sorted(one["keypairs"]) for one in results] == [["orders/v1", "orders/v2"]] * 2
    assert settled.versions() == {"v2"} and settled.four(**outputs) == [(False, ["orders/v2"])] * 4


def test_what_a_person_leaves_of_a_key_stays(settled: Life) -> None:
    """Without its private key, which may be put back, a version is not one that was being removed."""
    os.rename(settled.directory / "v1" / "private.key", settled.directory / "mine")
    for check in (True, False):
        assert "the private key of the active version v1 is missing in" in settled.run(check)["msg"]
    assert settled.active() == "v1" and settled.versions() == {"v1"}
    (settled.directory / "current").unlink()
    settled.run()
    assert settled.active() == "v2" and not settled.run()["changed"]
    assert "PASSWORD" in (settled.directory / "v1" / "env").read_text()


def test_rotate_now(settled: Life) -> None:
    assert settled.run(rotate="now")["changed"] and settled.versions() == {"v1", "v2"}
    again = settled.run(rotate="now")
    assert not again["changed"] and "a rotation is under way" in str(again["warnings"])


def test_a_compromised_key(settled: Life) -> None:
    life = settled
    begun = life.run(rotate="compromised")
    assert life.active() == "v1" and life.versions() == {"v1", "v2"} and begun["restart"] == []
    assert len(begun["jwks"]["orders"]["keys"]) == 2 and begun["rotation"]["orders"]["switch"] == "v2"
    # Asked again before the end, it goes on with the same new key.
    assert life.run(rotate="compromised")["changed"] is False
    told = {"orders": {"published": ["v2"], "switch": "v2"}}
    switched = life.run(rotate="compromised", confirmed=told)
    assert life.active() == "v2" and switched["restart"] == ["orders"] and "warnings" not in switched
    # Until the restart, the old key is published, as the service signs with it.
    done = {"orders": {"restarted": True}}
    for confirmed in (None, done):
        assert len(life.run(rotate="compromised", confirmed=confirmed)["jwks"]["orders"]["keys"]) == 2
    life.restart()
    # Another service of the run was restarted.
    assert life.run(rotate="compromised", confirmed={})["changed"] is False and life.versions() == {"v1", "v2"}
    ended = life.run(rotate="compromised", confirmed=done)
    assert ended["changed"] and life.versions() == {"v2"} and len(ended["jwks"]["orders"]["keys"]) == 1
    assert ended["rotation"]["orders"]["next"]["version"] == "v3"
    assert life.run()["changed"] is False


def test_a_compromised_key_of_a_service_that_names_nothing_to_restart(settled: Life) -> None:
    settled.run(rotate="compromised", restart=[])
    told = {"orders": {"published": ["v2"], "switch": "v2"}}
    switched = settled.run(rotate="compromised", restart=[], confirmed=told)
    assert "somebody else may have v1, and the service may still use it" in str(switched["warnings"])
    assert settled.run(restart=[], confirmed={})["changed"] is False and settled.versions() == {"v1", "v2"}
    assert settled.run(restart=[])["changed"] and settled.versions() == {"v2"}


def test_a_later_part_of_a_run_begins_no_rotation(settled: Life) -> None:
    """What was replaced in this run is not replaced again, because another service is gone on with."""
    for rotate in ("now", "compromised"):
        assert settled.run(rotate=rotate, confirmed={})["changed"] is False and settled.versions() == {"v1"}


@pytest.mark.parametrize(
    ("said", "created"),
    [("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"), ("2028-01-01T00:00:00Z", ""), ("junk", ""), (5, "")],
)
def test_a_shared_key_is_as_old_as_its_host_says_and_never_from_the_future(
    settled: Life, said: t.Any, created: str
) -> None:
    settled.now += DAY
    path = settled.directory / "history.json"
    path.unlink()
    rotations = rotating.Rotations(settled.now, None, [], {"orders/v1": said})
    service = service_options.read([settled.service], {}, given.checked)[0][0]
    rotations.planned([service])
    with locked_directories.LockedDirectories() as folders:
        rotations.finish(folders)
    (entry,) = json.loads(path.read_text())["versions"]
    assert entry["created"] == (created or history.stamp(settled.now))


def test_clocks_that_disagree(settled: Life) -> None:
    life = settled
    life.host_is_ahead = 400 * DAY
    held = life.run()
    assert held["changed"] is False and "nothing is rotated until they agree" in str(held["warnings"])
    life.host_is_ahead = 0
    assert "warnings" not in life.run()


@pytest.mark.parametrize(
    ("more", "option"),
    [
        ({"rotation": {"every": "90d"}}, "rotation: publish is missing"),
        ({"versions": ["v1", "v2"]}, "rotation: versions, active and retired"),
        ({"active": "v1"}, "rotation: versions, active and retired"),
        ({"retired": ["v1"]}, "rotation: versions, active and retired"),
        ({"key_id": "mine"}, "key_id: a rotation"),
        ({"rotation": None, "rotate": "now"}, "rotate: this service has no rotation"),
        ({"rotate": "later"}, "rotate"),
        ({"verify": {"audience": "a"}}, "verify: token_endpoint is missing"),
        ({"verify": {"token_endpoint": "https://a.example/token"}}, "verify: give client_id or credentials"),
        ({"confirmed": {"orders": {"switch": 2}}}, "confirmed: published is a list"),
        ({"confirmed": {"orders": {"restarted": "no"}}}, "confirmed: restarted is"),
        ({"confirmed": {"orders": "v2"}}, "confirmed: give for each service"),
    ],
)
def test_what_cannot_be_meant(life: Life, more: t.Dict[str, t.Any], option: str) -> None:
    refused = life.run(**more)
    assert refused["failed"] and option in refused["msg"] and not life.directory.exists()


def test_a_file_in_the_place_of_the_history(settled: Life) -> None:
    (settled.directory / "history.json").write_text("mine")
    settled.now += 90 * DAY
    refused = settled.run()
    assert refused["failed"] and "history.json: this is not a history" in refused["msg"]
    assert (settled.directory / "history.json").read_text() == "mine" and settled.versions() == {"v1"}
