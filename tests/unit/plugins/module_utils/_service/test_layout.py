# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services through the batch module: the files on the disk, a rotation, and what is handed to the role."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import given as keypair_given
from ansible_collections.keysmith.jwt.plugins.module_utils._service import drop_in, restart_marker
from ansible_collections.keysmith.jwt.plugins.module_utils._service import options as service_options
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypairs
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import picture
from ansible_collections.keysmith.jwt.tests.unit.modules_run import Result, run_module
from ansible_collections.keysmith.jwt.tests.unit.system_calls import Calls, not_waiting

CANARY = "canary-in-the-mine"
Run = t.Callable[..., Result]


@pytest.fixture
def run(monkeypatch: t.Any, capsys: t.Any, tmp_path: Path) -> Run:
    def call(*services: t.Any, check: bool = False, restarted: t.Any = None, **defaults: t.Any) -> Result:
        defaults = {"directory": str(tmp_path / "{name}"), "algorithm": "ES256", "restart": ["{name}"], **defaults}
        options = {"services": list(services), "defaults": defaults, "restarted": restarted}
        return run_module(jwt_keypairs.main, monkeypatch, capsys, options, check, False)

    return call


def files(directory: Path) -> t.Set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*")}


def test_a_service_in_its_place(run: Run, tmp_path: Path) -> None:
    made = [run({"name": "orders"}, check=check) for check in (True, False, True, False)]
    assert [one["changed"] for one in made] == [True, True, False, False]
    assert [list(one["jwks"]) for one in made] == [[], ["orders"], ["orders"], ["orders"]]
    assert [one["restart"] for one in made] == [["orders"]] * 4
    assert made[1]["jwks"] == made[3]["jwks"] == {"orders": {"keys": [made[1]["keypairs"]["orders/v1"]["jwk"]]}}
    folder = tmp_path / "orders"
    assert files(folder) == {"current", "v1", "history.json", ".restart-due"} | {
        "v1/" + name for name in ("private.key", "public.key", "jwk.json", "env")
    }
    assert os.readlink(folder / "current") == "v1" and folder.stat().st_mode & 0o7777 == 0o700
    env = (folder / "current" / "env").read_text()
    assert "PRIVATE_RSA_KEY_FILE_PATH=%s\n" % (folder / "v1" / "private.key") in env


def test_a_rotation(run: Run, tmp_path: Path) -> None:
    env = tmp_path / "all.env"
    env.write_text("OTHER=1\n")
    more = {"environment": {"path": str(env)}}
    first = run({"name": "orders"}, **more)["keypairs"]["orders/v1"]["key_id"]
    run({"name": "orders"}, restarted=run({"name": "orders"}, **more)["restart_due"], **more)
    prepared = run({"name": "orders", "versions": ["v2", "v1"], "active": "v1"}, **more)
    second = prepared["keypairs"]["orders/v2"]["key_id"]
    assert [jwk["kid"] for jwk in prepared["jwks"]["orders"]["keys"]] == [first, second] and not prepared["restart"]
    assert first in env.read_text()
    switched = run({"name": "orders", "versions": ["v1", "v2"], "active": "v2"}, **more)
    assert [jwk["kid"] for jwk in switched["jwks"]["orders"]["keys"]] == [second, first]
    assert switched["restart"] == ["orders"] and os.readlink(tmp_path / "orders" / "current") == "v2"
    assert second in env.read_text() and first not in env.read_text() and "OTHER=1\n" in env.read_text()
    run({"name": "orders", "versions": ["v1", "v2"]}, restarted=switched["restart_due"], **more)
    retired = {"name": "orders", "versions": ["v2"], "retired": ["v1"]}
    made = [run(retired, check=check, **more) for check in (True, False, True, False)]
    assert [one["changed"] for one in made] == [True, True, False, False]
    assert [one["restart"] for one in made] == [[]] * 4
    assert {name.split("/")[0] for name in files(tmp_path / "orders")} == {"current", "history.json", "v2"}


def test_a_restart_is_due_until_it_is_done(run: Run, tmp_path: Path) -> None:
    orders, mark = {"name": "orders"}, tmp_path / "orders" / ".restart-due"
    due = run(orders)["restart_due"]
    said = {"mark": mark.read_text(), "link": str(tmp_path / "orders" / "current"), "units": ["orders"]}
    assert due == {"orders": said} and mark.stat().st_mode & 0o7777 == 0o600
    for number in range(4):
        again = run(orders, check=number % 2 > 0)
        assert (again["changed"], again["restart"], again["restart_due"]) == (False, ["orders"], due)
    for other in (dict(said, mark="0" * 16), dict(said, link=str(tmp_path / "bills" / "current")), dict(said, mark="")):
        assert run(orders, restarted={"orders": other})["changed"] is False
    for wrong in (dict(said, mark=None), {"mark": said["mark"]}, None, said["mark"]):
        told = run(orders, restarted={"orders": wrong})
        assert told["msg"] == "restarted: orders: has to be the value that was returned as its restart_due."
    assert run(orders, restarted={})["changed"] is False and mark.exists()
    assert run(orders, restarted=due, check=True)["changed"] is True and mark.exists()
    # Which services the call is about says nothing of those that were restarted.
    done = run({"name": "bills"}, restarted=due)
    assert done["changed"] is True and "keypairs" not in done and not mark.exists()
    assert not (tmp_path / "bills").exists()
    assert run(orders, restarted=due)["changed"] is False
    last = run(orders)
    assert (last["changed"], last["restart"], last["restart_due"]) == (False, [], {})


def test_what_was_done_for_one_change_says_nothing_of_the_next(run: Run) -> None:
    first = run({"name": "orders"})["restart_due"]
    switched = {"name": "orders", "versions": ["v1", "v2"], "active": "v2"}
    second = run(switched)["restart_due"]
    assert first != second
    assert run(switched, restarted=first)["changed"] is False
    assert run(switched)["restart_due"] == second


def test_what_is_told_of_restarts_touches_no_key(run: Run, tmp_path: Path) -> None:
    made = run({"name": "orders"})
    before = (tmp_path / "orders" / "v1" / "private.key").read_bytes()
    run({"name": "orders"}, restarted=made["restart_due"], regenerate="always", mode="0640")
    assert (tmp_path / "orders" / "v1" / "private.key").read_bytes() == before
    assert (tmp_path / "orders" / "v1" / "private.key").stat().st_mode & 0o7777 == 0o600


def test_a_change_of_the_environment_alone_is_one(run: Run) -> None:
    run({"name": "orders"}, restarted=run({"name": "orders"})["restart_due"])
    made = run({"name": "orders", "key_id": "my-key"})
    assert made["keypairs"]["orders/v1"]["changes"] == ["environment", "jwk"] and made["restart"] == ["orders"]


def test_nothing_is_due_where_nothing_is_restarted(run: Run, tmp_path: Path) -> None:
    made = run({"name": "orders"}, restart=[])
    assert (made["restart"], made["restart_due"]) == ([], {}) and ".restart-due" not in files(tmp_path / "orders")


def test_the_mark_is_there_before_anything_is_another(run: Run, tmp_path: Path, monkeypatch: t.Any) -> None:
    """Whatever the system refuses in the middle of a switch: what reads the key is as it was, or a restart is due."""
    folder, both = tmp_path / "orders", {"name": "orders", "versions": ["v1", "v2"], "active": "v2"}
    was_due = 0
    for number in itertools.count():
        shutil.rmtree(str(folder), ignore_errors=True)
        due = run(dict(both, active="v1"))["restart_due"]
        run(dict(both, active="v1"), restarted=due)
        with monkeypatch.context() as patched:
            calls = Calls(patched, number, only=["write", "fsync", "rename", "symlink"])
            run(both)
        due = run(both, check=True)["restart_due"]
        assert due or os.readlink(folder / "current") == "v1", str(calls.made[-1])
        was_due += bool(due)
        if len(calls.made) <= number:
            break
    assert number > was_due > 1


def test_a_mark_is_durable_and_read_back(run: Run, tmp_path: Path, monkeypatch: t.Any) -> None:
    both = {"name": "orders", "versions": ["v1", "v2"]}
    switched = dict(both, active="v2")
    run(both, restart=[], active="v1")
    with monkeypatch.context() as patched:
        calls = Calls(patched, only=["write", "rename", "fsync", "symlink"])
        run(switched)
    made = [str(call) for call in calls.made]
    at = next(at for at, call in enumerate(calls.made) if call.name == "rename" and ".restart-due" in call.names)
    assert made[at + 1] == "fsync orders" and "symlink" not in "".join(made[:at])
    shutil.rmtree(str(tmp_path / "orders"))
    run(both, restart=[], active="v1")
    write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(
            os, "write", lambda fd, view: write(fd, bytes(view)[::-1]) if len(view) == 16 else write(fd, view)
        )
        failed = run(switched)
    assert "orders/.restart-due does not hold what was written" in failed["msg"]
    assert os.readlink(tmp_path / "orders" / "current") == "v1"


def test_a_mark_that_is_no_file_of_ours_is_refused(run: Run, tmp_path: Path) -> None:
    made = run({"name": "orders"}, restart=[])
    (tmp_path / "orders" / ".restart-due").symlink_to("/etc/passwd")
    failed = run({"name": "orders", "versions": ["v1", "v2"]})
    assert made["changed"] and "is a symbolic link" in failed["msg"]


def test_nothing_is_retired_while_a_restart_is_due(run: Run, tmp_path: Path) -> None:
    """The service may have its key in memory still, and verifiers have to know it."""
    run({"name": "orders"})
    switched = {"name": "orders", "versions": ["v1", "v2"], "active": "v2"}
    due = run(switched, {"name": "bills"})["restart_due"]
    retire = {"name": "orders", "versions": ["v2", "v3"], "retired": ["v1", "v0"]}
    before = picture(tmp_path)
    for check in (True, False):
        made = run(retire, {"name": "bills"}, check=check)
        said = made["failed_keypairs"]
        assert list(said) == ["orders"] and said["orders"].startswith("retired: a restart of orders is due, and until")
        # Neither is anything made that is not published: what is restarted comes to a key that verifiers know.
        assert (list(made["jwks"]), made["restart_due"], made["restart"]) == (["bills"], due, ["orders", "bills"])
        assert picture(tmp_path) == before
    (tmp_path / "orders" / ".restart-due").rename(tmp_path / "mark")
    (tmp_path / "orders" / ".restart-due").symlink_to("nowhere")
    made = run(retire)
    assert list(made["failed_keypairs"]) == ["orders"] and made["restart_due"] == {}
    (tmp_path / "mark").rename(tmp_path / "orders" / ".restart-due")
    assert run(retire, restarted=due)["changed"]
    made = run(retire)
    assert list(made["jwks"]) == ["orders"] and not (tmp_path / "orders" / "v1").exists()
    # Nor where the call no longer says what is restarted: what an earlier one left is due still.
    run(dict(retire, active="v3"))
    without = {"name": "orders", "versions": ["v3"], "retired": ["v2"], "restart": []}
    made = run(without)
    assert (
        "Set restart to what uses the key; if that was restarted, remove %s/orders/.restart-due." % tmp_path
        in made["msg"]
    )
    (tmp_path / "orders" / ".restart-due").unlink()
    made = run(without)
    assert "failed" not in made and not (tmp_path / "orders" / "v2").exists()


def test_a_version_of_which_a_backup_is_left_is_retired(run: Run, tmp_path: Path) -> None:
    both = {"name": "orders", "versions": ["v1", "v2"]}
    run({**both, "active": "v1"}, restart=[])
    run({**both, "active": "v2"}, restart=[])
    backup = tmp_path / "orders" / "v1" / "private.key.AAAAAAAA.20261123T101500123456Z.bak"
    backup.write_text("of a key before")
    retired = {"name": "orders", "versions": ["v2"], "retired": ["v1"]}
    assert run(retired, restart=[])["changed"] and backup.exists()
    assert "failed" not in run({**retired, "passphrase": "another passphrase"}, restart=[])


def test_what_is_not_published_is_not_restarted(run: Run, tmp_path: Path) -> None:
    run({"name": "orders"}, restarted=run({"name": "orders"})["restart_due"])
    (tmp_path / "orders" / "v1" / "private.key").write_text("junk")
    for _number in range(2):
        made = run({"name": "orders", "versions": ["v1", "v2"]})
        assert (made["jwks"], made["restart"], made["restart_due"]) == ({}, [], {})
    (tmp_path / "orders" / "v1" / "private.key").unlink()
    made = run({"name": "orders", "versions": ["v1", "v2"]})
    assert list(made["jwks"]) == made["restart"] == list(made["restart_due"]) == ["orders"]


def test_a_percent_sign_is_no_specifier_of_systemd(run: Run, tmp_path: Path, monkeypatch: t.Any) -> None:
    monkeypatch.setattr(drop_in, "_PATH", str(tmp_path / "%s.conf"))
    made = run({"name": "orders", "systemd_unit": "orders", "directory": str(tmp_path / "100%b")})
    assert made["units"][0]["block"] == "[Service]\nEnvironmentFile=%s/100%%%%b/current/env\n" % tmp_path


def test_a_passphrase_where_one_is_to_be_made_is_not_quoted(run: Run, monkeypatch: t.Any, capsys: t.Any) -> None:
    item = {"name": "a", "path": "/srv/key", "generate_passphrase": CANARY, "backup": "perhaps"}
    made = run_module(jwt_keypairs.main, monkeypatch, capsys, {"keypairs": [item]})
    assert (
        "generate_passphrase" in made["msg"]
        and "backup: has to be true or false" in made["msg"]
        and CANARY not in made["_text"]
    )


def test_what_could_not_be_retired_stays_published(run: Run, tmp_path: Path) -> None:
    """What is returned of a service takes the place of what is published: without the old key, it would be dropped."""
    run({"name": "orders"}, restarted=run({"name": "orders"})["restart_due"])
    rotated = {"name": "orders", "versions": ["v1", "v2"], "active": "v2"}
    run(rotated, restarted=run(rotated)["restart_due"])
    (tmp_path / "orders" / "v1" / "private.key").write_text("junk")
    made = run({"name": "orders", "versions": ["v2"], "retired": ["v1"]})
    assert list(made["failed_keypairs"]) == ["orders/v1"] and made["keypairs"]["orders/v2"]["jwk"]
    assert made["jwks"] == {}


def test_a_unit_that_is_not_restarted_is_told_all_the_same(run: Run, tmp_path: Path, monkeypatch: t.Any) -> None:
    """The mark stays until systemd has read the drop-in."""
    monkeypatch.setattr(drop_in, "_PATH", str(tmp_path / "%s.conf"))
    orders = {"name": "orders", "systemd_unit": "orders", "restart": []}
    made = run(orders)
    assert made["restart"] == [] and made["restart_due"]["orders"]["units"] == []
    block = made["units"][0]["block"]
    told = "# BEGIN keysmith.jwt.signing_key\n%s# END keysmith.jwt.signing_key\n" % block
    (tmp_path / "elsewhere").write_text(told)
    (tmp_path / "elsewhere").chmod(0o644)
    (tmp_path / "orders.conf").symlink_to("elsewhere")
    again = run(orders)
    assert (again["units"], again["restart_due"]) == ([], made["restart_due"])
    run(orders, restarted=again["restart_due"])
    last = run(orders)
    assert (last["changed"], last["units"], last["restart_due"]) == (False, [], {})


def test_what_is_done_for_an_earlier_drop_in_says_nothing_of_a_later_one(
    run: Run, tmp_path: Path, monkeypatch: t.Any
) -> None:
    monkeypatch.setattr(drop_in, "_PATH", str(tmp_path / "%s.conf"))
    orders = {"name": "orders", "systemd_unit": "orders"}
    first, second = run(orders)["restart_due"], run(orders)["restart_due"]
    run(orders, restarted=first)
    assert first != second and restart_marker.found(second["orders"]["link"]) == second["orders"]["mark"]


def test_of_what_hosts_tell_each_other_the_names_are_shown(run: Run) -> None:
    due = run({"name": "orders"})["restart_due"]
    shown = run({"name": "orders"}, restarted=due)["invocation"]["module_args"]
    assert shown["restarted"] == ["orders"] and shown["recipients"] is None


def test_a_text_for_a_list_is_taken_and_shown(run: Run, tmp_path: Path) -> None:
    made = run({"name": "orders", "restart": "orders-api", "versions": "2026-rotation"})
    assert made["restart"] == ["orders-api"] and list(made["keypairs"]) == ["orders/2026-rotation"]
    assert made["keypairs"]["orders/2026-rotation"]["path"].startswith(str(tmp_path / "orders" / "2026-rotation"))


def test_a_mark_that_cannot_be_looked_at_fails_its_service_alone(run: Run, tmp_path: Path) -> None:
    both = ({"name": "orders"}, {"name": "bills"})
    due = run(*both)["restart_due"]
    (tmp_path / "orders" / ".restart-due").unlink()
    (tmp_path / "orders" / ".restart-due").symlink_to("/etc/passwd")
    for check in (True, False):
        made = run(*both, check=check)
        assert list(made["failed_keypairs"]) == ["orders/v1"] and list(made["jwks"]) == ["bills"]
        assert made["restart_due"] == {"bills": due["bills"]}
    told = run(*both, restarted=due)
    assert "orders/.restart-due is a symbolic link" in told["msg"]
    assert not (tmp_path / "bills" / ".restart-due").exists()


def test_what_is_not_handed_over_of_a_failed_service(run: Run, tmp_path: Path) -> None:
    run({"name": "orders", "versions": ["v1", "v2"], "active": "v1"}, {"name": "bills"})
    (tmp_path / "orders" / "v1" / "private.key").write_text("junk")
    made = run({"name": "orders", "versions": ["v1", "v2"]}, {"name": "bills"}, mode="0640")
    assert list(made["failed_keypairs"]) == ["orders/v1"] and list(made["jwks"]) == ["bills"]


def test_a_service_that_cannot_be_meant_does_not_stop_the_others(run: Run, tmp_path: Path) -> None:
    given = ({"name": "orders", "passphrse": CANARY}, {"name": "bills"})
    said = "1 of 2 services or key pairs failed%s: orders: there is no option passphrse; the options are "
    for check, others in ((True, ""), (False, ", the others are done")):
        made = run(*given, check=check)
        assert made["msg"].startswith(said % others) and list(made["failed_keypairs"]) == ["orders"]
        assert list(made["keypairs"]) == ["bills/v1"] and CANARY not in str(made)
    assert [path.name for path in tmp_path.iterdir()] == ["bills"]
    assert [run(*given)["keypairs"]["bills/v1"]["changed"] for _number in range(2)] == [False, False]


def test_attributes_and_units(run: Run, tmp_path: Path, monkeypatch: t.Any) -> None:
    group = os.getegid()
    orders = {"name": "orders", "systemd_unit": "orders.service", "group": str(group), "mode": "0640"}
    conf = tmp_path / "orders.conf"
    monkeypatch.setattr(drop_in, "_PATH", str(tmp_path / "%s.conf"))
    made = run(orders)
    (unit,) = made["units"]
    block = "[Service]\nEnvironmentFile=%s/orders/current/env\n" % tmp_path
    assert unit == {"unit": "orders", "path": str(conf), "block": block, "restart": ["orders"]}
    # Nothing is to be restarted for the key any more, but for the drop-in.
    run(orders, restarted=made["restart_due"])
    made = run(orders)
    assert (made["changed"], made["units"], made["restart"]) == (False, [unit], ["orders"]) and made["restart_due"]
    told = "# BEGIN keysmith.jwt.signing_key\n%s# END keysmith.jwt.signing_key\n" % block
    for text, mode, is_told in ((told, 0o644, True), ("[Unit]\n" + told + "#\n", 0o644, True), (told, 0o640, False),
                                (told.replace("current", "v1"), 0o644, False), ("#" + told, 0o644, False)):  # fmt: skip
        conf.write_text(text)
        conf.chmod(mode)
        run(orders, restarted=run(orders, check=True)["restart_due"])
        checked = run(orders, check=True)
        assert (checked["units"], checked["restart"]) == (([], []) if is_told else ([unit], ["orders"]))
    conf.write_text(told)
    conf.chmod(0o644)
    run(orders, restarted=run(orders)["restart_due"])
    assert [run(orders)[what] for what in ("units", "restart")] == [[], []]
    modes = {name: (tmp_path / "orders" / name).stat().st_mode & 0o7777 for name in ("v1", "v1/private.key", "v1/env")}
    assert modes == {"v1": 0o750, "v1/private.key": 0o640, "v1/env": 0o600}


@pytest.mark.parametrize(
    "service",
    [
        {"passphrase": CANARY},
        {"passphrase": [CANARY]},
        {"previous_passphrases": {CANARY: CANARY}},
        {"pasphrase": CANARY},
        {"passphrase": CANARY, "active": "v9"},
        {"passphrase": CANARY, "environment": {"format": "docker"}},
    ],
)
def test_secrets_are_not_shown(run: Run, tmp_path: Path, service: t.Any) -> None:
    shown = run({"name": "orders", **service})["_text"] + run({"name": "other"}, **service)["_text"]
    assert CANARY not in shown


def test_a_given_passphrase(run: Run, tmp_path: Path) -> None:
    run({"name": "orders", "passphrase": CANARY}, {"name": "open", "encrypted": False})
    assert "PRIVATE_KEY_PASSWORD=%s\n" % CANARY in (tmp_path / "orders" / "current" / "env").read_text()
    assert "PRIVATE_KEY_PASSWORD" not in (tmp_path / "open" / "current" / "env").read_text()
    assert b"ENCRYPTED" not in (tmp_path / "open" / "v1" / "private.key").read_bytes()


@pytest.mark.parametrize(
    ("service", "sentence"),
    [
        ({"passphrase": ""}, "passphrase: is given and empty"),
        ({"previous_passphrases": [""]}, "previous_passphrases: one of them is empty"),
        ({"passphrase": CANARY, "encrypted": False}, "encrypted: false .* but passphrase asks for the opposite"),
    ],
)
def test_what_is_said_of_encryption_has_one_meaning(run: Run, tmp_path: Path, service: t.Any, sentence: str) -> None:
    failed = run({"name": "orders", **service})["failed_keypairs"]
    assert re.match(sentence, failed["orders/v1"])
    assert not (tmp_path / "orders").exists()


@pytest.mark.parametrize(
    ("service", "more"),
    [
        ({"environment": {"variables": {"passphrase": CANARY}}}, {}),
        ({"environment": {"variables": CANARY}}, {}),
        ({"environment": [CANARY]}, {}),
        ({"restart": {"a": CANARY}}, {}),
        ({"restart": [{"a": CANARY}]}, {}),
        ({"shared": {"a": CANARY}}, {}),
        ({"size": {"a": CANARY}}, {}),
        ({"versions": [["v1", CANARY]]}, {}),
        ({"shared": True}, {"recipients": {"orders/v1": {"other": {"d": CANARY}}}}),
        ({"shared": True}, {"recipients": {"orders/v1": {"other": CANARY}}}),
        ({}, {"recipients": CANARY}),
        ({}, {"restarted": CANARY}),
        ({}, {"restarted": {"orders": CANARY}}),
        ({}, {"make": {"a": CANARY}}),
    ],
)
def test_a_secret_in_a_wrong_place_is_not_shown(
    monkeypatch: t.Any, capsys: t.Any, tmp_path: Path, service: t.Any, more: t.Any
) -> None:
    for where in ("services", "defaults"):
        services = [{"name": "orders", "directory": str(tmp_path / "{name}")}]
        options = {"services": services, "defaults": {}, **more}
        (services[0] if where == "services" else options["defaults"]).update(service)
        made = run_module(jwt_keypairs.main, monkeypatch, capsys, options, False, False)
        assert made["failed"] and CANARY not in made["_text"], made["msg"]


def test_of_a_service_without_a_key_no_unit_is_told(run: Run, tmp_path: Path, monkeypatch: t.Any) -> None:
    monkeypatch.setattr(drop_in, "_PATH", str(tmp_path / "%s.conf"))
    (tmp_path / "orders" / "v1").mkdir(parents=True, mode=0o700)
    (tmp_path / "orders" / "v1" / "private.key").write_text("junk")
    made = run({"name": "orders", "systemd_unit": "orders"})
    assert made["failed"] and made["units"] == []


def test_a_drop_in_is_not_waited_for(tmp_path: Path, monkeypatch: t.Any) -> None:
    monkeypatch.setattr(drop_in, "_PATH", str(tmp_path / "%s.conf"))
    os.mkfifo(str(tmp_path / "orders.conf"))
    (service,), _refused = service_options.read(
        [{"name": "orders", "systemd_unit": "orders"}], {}, keypair_given.checked
    )
    with not_waiting():
        assert drop_in.is_missing(service)


def test_a_mark_of_nothing_is_nobody_s(run: Run, tmp_path: Path) -> None:
    run({"name": "orders"}, restart=[])
    theirs = tmp_path / "orders" / ".restart-due"
    theirs.write_text("of somebody else")
    told = {"orders": {"link": str(tmp_path / "orders" / "current"), "mark": ""}}
    made = run({"name": "orders"}, restart=[], restarted=told)
    assert not made.get("failed") and not made["changed"] and theirs.exists()


def test_a_service_that_is_moved_keeps_its_keys(run: Run, tmp_path: Path) -> None:
    service = {"name": "orders", "versions": ["v1", "v2"], "active": "v2"}
    options: t.Dict[str, t.Any] = {"environment": {"path": str(tmp_path / "all.env")}}
    before = run(service, directory=str(tmp_path / "old" / "jwt"), **options)
    shutil.move(str(tmp_path / "old" / "jwt"), str(tmp_path / "new"))
    after = run(service, directory=str(tmp_path / "new"), **options)
    assert after["jwks"] == before["jwks"] and not after.get("failed")
    assert {name: pair["changes"] for name, pair in after["keypairs"].items()} == {
        name: ["environment"] for name in ("orders/v1", "orders/v2")
    }
    assert str(tmp_path / "new" / "v2" / "private.key") in (tmp_path / "all.env").read_text()
