# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key for several hosts, each a directory here: who makes it, who waits, what is sent, and what is left behind."""

from __future__ import annotations

import os
import re
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import files as disk_files
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import locked_directories
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.files import FileSlot
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, MissingLibrary
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import der, generate, oids
from ansible_collections.keysmith.jwt.plugins.module_utils._service import drop_in, shared_key
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypairs
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import let_be_a_stranger_s, picture
from ansible_collections.keysmith.jwt.tests.unit.made_keys import pkcs8, rsa_numbers
from ansible_collections.keysmith.jwt.tests.unit.modules_run import Result, run_module

NAME = "orders/v1"
RECIPIENT = shared_key.recipient_name("private.key")
Run = t.Callable[..., Result]


@pytest.fixture
def run(monkeypatch: t.Any, capsys: t.Any, tmp_path: Path) -> Run:
    def call(host: str, check: bool = False, told: t.Any = None, diff: bool = False, **service: t.Any) -> Result:
        named = {"name": "orders", "directory": str(tmp_path / host), "algorithm": "ES256", "shared": True, **service}
        options = {"services": [named], **(told or {})}
        return run_module(jwt_keypairs.main, monkeypatch, capsys, options, check, diff)

    return call


def make(run: Run, host: str, **more: t.Any) -> Result:
    return run(host, told={"make": [NAME]}, **more)


def seal(run: Run, made: Result, host: str, recipient: t.Any, name: str = NAME, **more: t.Any) -> t.Any:
    """What the controller hands over of a key that was made before."""
    result = run(host, told={"recipients": {name: {"other": recipient}}}, **more)
    return {"jwe": result["shared"][name]["sealed"]["other"], "thumbprint": made["shared"][name]["thumbprint"]}


def wait(run: Run, host: str, name: str = NAME, **more: t.Any) -> t.Any:
    return run(host, **more)["shared"][name]["recipient"]


def test_a_host_without_the_key_waits_and_makes_none(run: Run, tmp_path: Path) -> None:
    before = picture(tmp_path)
    check = run("a", check=True, diff=True)
    assert picture(tmp_path) == before
    done = run("a", diff=True)
    assert check["changed"] and done["changed"] and check["diff"] == done["diff"] != []
    assert check["shared"] == {NAME: {"recipient": None, "kind": "P-256"}}
    assert done["shared"][NAME]["recipient"]["crv"] == "P-256" and check["check_mode"] and "check_mode" not in done
    assert os.listdir(tmp_path / "a" / "v1") == [RECIPIENT] and not (tmp_path / "a" / "current").exists()
    assert (tmp_path / "a" / "v1" / RECIPIENT).stat().st_mode & 0o7777 == 0o600
    assert done["keypairs"] == {} and done["jwks"] == {}
    after = picture(tmp_path)
    again = run("a")
    assert not again["changed"] and again["shared"] == done["shared"] and picture(tmp_path) == after


def test_one_makes_it_and_the_other_gets_it_under_a_passphrase_of_its_own(run: Run, tmp_path: Path) -> None:
    wait(run, "a")
    waiting = wait(run, "b")
    made = make(run, "a")
    assert made["changed"] and made["keypairs"][NAME]["created"]
    before = picture(tmp_path / "a")
    sent = seal(run, made, "a", waiting)
    assert picture(tmp_path / "a") == before
    got = run("b", told={"sealed": {NAME: sent}})
    assert got["changed"] and got["keypairs"][NAME]["created"] and got["jwks"] == made["jwks"]
    for host in "ab":
        names = {"env", "jwk.json", "private.key", "public.key"}
        assert set(os.listdir(tmp_path / host / "v1")) == names and os.readlink(tmp_path / host / "current") == "v1"
        again = run(host, told={"make": [NAME]})
        thumbprint = made["keypairs"][NAME]["thumbprint"]
        assert not again["changed"] and again["shared"] == {NAME: {"thumbprint": thumbprint, "kind": "P-256"}}
    files = [(tmp_path / host / "v1" / "env").read_text().splitlines()[0] for host in "ab"]
    assert files[0].startswith("PRIVATE_KEY_PASSWORD=") and files[0] != files[1]


def test_what_is_sent_again_changes_nothing(run: Run, tmp_path: Path) -> None:
    sent = seal(run, make(run, "a"), "a", wait(run, "b"))
    run("b", told={"sealed": {NAME: sent}})
    before = picture(tmp_path)
    assert not run("b", told={"sealed": {NAME: sent}})["changed"] and picture(tmp_path) == before


def test_a_sealed_key_is_for_one_host_and_one_version(run: Run) -> None:
    sent = seal(run, make(run, "a"), "a", wait(run, "b"))
    assert "this host no longer knows" in run("c", told={"sealed": {NAME: sent}})["msg"]
    wait(run, "c")
    failed = run("c", told={"sealed": {NAME: sent}})
    assert "sealed: orders/v1: is not for this host" in failed["msg"] and NAME in failed["failed_keypairs"]


def test_a_key_that_is_restricted_to_pss_is_not_sent_without_that_restriction(run: Run, tmp_path: Path) -> None:
    waiting = wait(run, "b")
    folder = tmp_path / "a" / "v1"
    folder.mkdir(parents=True)
    inner = der.sequence(der.integer(0), *map(der.integer, rsa_numbers()))
    (folder / "private.key").write_bytes(pkcs8(oids.RSA_PSS, inner))
    options = {"algorithm": "PS256", "size": 2048, "format": "keep", "encrypted": False}
    assert run("a", **options)["shared"][NAME]["thumbprint"]
    failed = run("a", told={"recipients": {NAME: {"other": waiting}}}, **options)
    assert "is restricted to RSASSA-PSS" in failed["failed_keypairs"][NAME] and failed["shared"] == {}


def test_a_recipient_key_that_cannot_be_kept_is_told_by_the_name_of_the_key(run: Run, monkeypatch: t.Any) -> None:
    raised = []

    def fails(staged: t.Any) -> None:
        raised.append(KeysmithError("path: %s could not be put in place." % staged.place.path))
        raise raised[0]

    monkeypatch.setattr(disk_files.Staged, "commit_or_drop", fails)
    message = run("a")["failed_keypairs"][NAME]
    assert (
        RECIPIENT in str(raised[0])
        and RECIPIENT not in message
        and message.endswith("private.key could not be put in place.")
    )


@pytest.mark.parametrize("spoil", ["short", "wide", "link"])
def test_a_recipient_key_that_is_not_of_our_making_is_replaced(run: Run, tmp_path: Path, spoil: str) -> None:
    first = wait(run, "b")
    path = tmp_path / "b" / "v1" / RECIPIENT
    if spoil == "short":
        path.write_bytes(b"x")
    elif spoil == "wide":
        path.chmod(0o644)
    else:
        os.link(path, tmp_path / "b" / "second")
    assert wait(run, "b") != first
    assert path.stat().st_mode & 0o7777 == 0o600 and path.stat().st_nlink == 1 and path.stat().st_size == 32


def test_who_does_not_wait_any_more_clears_up(run: Run, tmp_path: Path) -> None:
    sent = seal(run, make(run, "a"), "a", wait(run, "b"))
    spare = (tmp_path / "b" / "v1" / RECIPIENT).read_bytes()
    run("b", told={"sealed": {NAME: sent}})
    # A run that is killed between the import and the end leaves it.
    (tmp_path / "b" / "v1" / RECIPIENT).write_bytes(spare)
    again = run("b")
    assert again["keypairs"][NAME]["changes"] == ["leftovers"] and not (tmp_path / "b" / "v1" / RECIPIENT).exists()
    wait(run, "c")
    alone = run("c", shared=False)
    assert alone["keypairs"][NAME]["created"] and not (tmp_path / "c" / "v1" / RECIPIENT).exists()
    assert not run("c", shared=False)["changed"]


def test_to_seal_changes_nothing_whatever_is_asked_for(run: Run, tmp_path: Path) -> None:
    make(run, "a")
    (tmp_path / "a" / "v1" / "public.key").unlink()
    before = picture(tmp_path / "a")
    other = {"mode": "0640", "versions": ["v1", "v2"], "active": "v2", "environment": {"variables": {"key_id": "X"}}}
    result = run("a", told={"recipients": {NAME: {"b": wait(run, "b")}}}, **other)
    assert not result["changed"] and set(result["shared"]) == {NAME} and picture(tmp_path / "a") == before


def test_a_host_without_the_key_has_none_to_seal(run: Run) -> None:
    failed = run("a", told={"recipients": {NAME: {"b": wait(run, "b")}}})
    assert "holds no key that could be shared" in failed["msg"]


def test_the_old_version_stays_until_the_new_one_is_there(run: Run, tmp_path: Path) -> None:
    for host in "ab":
        wait(run, host)
    made = make(run, "a")
    run("b", told={"sealed": {NAME: seal(run, made, "a", wait(run, "b"))}})
    after = {"versions": ["v1", "v2"], "active": "v2"}
    waiting = run("b", **after)
    assert set(waiting["shared"]) == {NAME, "orders/v2"} and waiting["jwks"] == {} and not waiting.get("failed")
    assert os.readlink(tmp_path / "b" / "current") == "v1" and (tmp_path / "b" / "v1" / "private.key").exists()
    made = run("a", told={"make": ["orders/v2"]}, **after)
    sent = seal(run, made, "a", waiting["shared"]["orders/v2"]["recipient"], "orders/v2", **after)
    done = run("b", told={"sealed": {"orders/v2": sent}}, **after)
    assert done["changed"] and os.listdir(tmp_path / "b") and os.readlink(tmp_path / "b" / "current") == "v2"
    assert not run("b", **after)["changed"]
    assert run("b", versions=["v2"], retired=["v1"])["changed"] and not (tmp_path / "b" / "v1").exists()


def test_another_key_than_asked_for_is_not_imported(run: Run, tmp_path: Path) -> None:
    sent = seal(run, make(run, "a"), "a", wait(run, "b", algorithm="ES384"))
    failed = run("b", told={"sealed": {NAME: sent}}, algorithm="ES384")
    assert "sealed: the key of the other hosts is of type P-256, and this one asks for P-384" in failed["msg"]
    assert os.listdir(tmp_path / "b" / "v1") == [RECIPIENT]


@pytest.mark.parametrize("thumbprint", ["x" * 43, None, "", 7])
def test_another_key_than_the_controller_knows_is_not_imported(run: Run, tmp_path: Path, thumbprint: t.Any) -> None:
    sent = seal(run, make(run, "a"), "a", wait(run, "b"))
    failed = run("b", told={"sealed": {NAME: {**sent, "thumbprint": thumbprint}}})
    assert "has another thumbprint than it claimed" in failed["failed_keypairs"][NAME]
    assert os.listdir(tmp_path / "b" / "v1") == [RECIPIENT]
    assert run("b", told={"sealed": {NAME: sent}})["keypairs"][NAME]["created"]


def test_in_check_mode_the_key_would_be_there(run: Run) -> None:
    """What follows once it is here is said, too: the controller says so to each host that would get it."""
    service = {"restart": ["orders"]}
    wait(run, "a", **service)
    told = run("a", True, told={"make": [NAME]}, **service)
    assert (
        told["keypairs"][NAME]["created"] and told["restart"] == ["orders"] and "recipient" not in told["shared"][NAME]
    )
    assert told["shared"][NAME]["kind"] == "P-256"


@pytest.mark.parametrize(
    ("service", "told", "sentence"),
    [
        ({"shared": [7]}, {}, "orders: shared: has to be true or false"),
        ({"regenerate": "always"}, {}, "orders: regenerate: a shared key is not replaced"),
        ({"regenerate": "mismatch"}, {}, "orders: regenerate: a shared key is not replaced"),
        ({"shared": False}, {"make": [NAME]}, "make: names key pairs that are not of services with shared"),
        ({}, {"make": ["orders/v2"]}, "make: names key pairs that .* there are: orders/v1"),
        ({}, {"sealed": {"x": "y"}}, "sealed: names key pairs"),
        ({}, {"recipients": {"x": {}}}, "recipients: names key pairs"),
        ({}, {"recipients": {NAME: 7}}, "recipients: orders/v1: has to be a dictionary"),
        ({}, {"sealed": {NAME: "eyJ.."}}, "sealed: orders/v1: has to be a dictionary"),
        ({}, {"recipients": {NAME: {"b": {}}}, "make": [NAME]}, "mutually exclusive"),
    ],
)
def test_what_cannot_be_meant(run: Run, tmp_path: Path, service: t.Any, told: t.Any, sentence: str) -> None:
    before = picture(tmp_path)
    failed = run("a", told=told, **service)
    assert re.search(sentence, failed["msg"]), failed["msg"]
    assert picture(tmp_path) == before


def test_what_is_said_of_a_service_that_is_refused_stops_no_other(
    run: Run, tmp_path: Path, monkeypatch: t.Any, capsys: t.Any
) -> None:
    both = [
        {"name": name, "directory": str(tmp_path / name), "algorithm": "ES256", "shared": True, **more}
        for name, more in (("good", {}), ("bad", {"systemd_unit": "/"}))
    ]
    made = run_module(
        jwt_keypairs.main, monkeypatch, capsys, {"services": both, "make": ["good/v1", "bad/v1"]}, False, False
    )
    assert list(made["failed_keypairs"]) == ["bad"] and made["keypairs"]["good/v1"]["created"]


def test_a_long_name_has_a_recipient_name() -> None:
    assert len(shared_key.recipient_name("n" * 255).encode()) <= 255


def test_a_recipient_key_of_a_stranger_is_none(run: Run, tmp_path: Path, monkeypatch: t.Any) -> None:
    first = wait(run, "b")
    let_be_a_stranger_s(monkeypatch, RECIPIENT)
    assert wait(run, "b") != first


def test_to_seal_a_key_leaves_nothing_on_its_host(run: Run, tmp_path: Path) -> None:
    made = make(run, "a")
    (path,) = (tmp_path / "a").rglob("private.key")
    for name in os.listxattr(str(path)):
        if ".keysmith." in name:
            os.removexattr(str(path), name)
    seal(run, made, "a", wait(run, "b"))
    assert not [name for name in os.listxattr(str(path)) if ".keysmith." in name]


def test_who_waits_or_sends_has_nothing_to_restart_for_that(run: Run, tmp_path: Path, monkeypatch: t.Any) -> None:
    monkeypatch.setattr(drop_in, "_PATH", str(tmp_path / "%s.conf"))
    service: t.Dict[str, t.Any] = {"systemd_unit": "orders", "restart": ["orders"]}
    mark = ".restart-due"
    for check in (True, False):
        waits = run("two", check, **service)
        assert waits["restart"] == waits["units"] == []
    assert waits["shared"][NAME]["recipient"] and not (tmp_path / "two" / mark).exists()
    make(run, "one", **service)
    (tmp_path / "one" / mark).unlink()
    recipient = run("two", **service)["shared"][NAME]["recipient"]
    assert run("one", told={"recipients": {NAME: {"two": recipient}}}, **service)["shared"][NAME]["sealed"]
    assert not (tmp_path / "one" / mark).exists()


def test_who_sends_before_its_restart_sends_and_says_nothing_of_it(run: Run, tmp_path: Path) -> None:
    service: t.Dict[str, t.Any] = {"restart": ["orders"]}
    assert make(run, "one", **service)["restart_due"]["orders"]["units"] == ["orders"]
    later = {**service, "versions": ["v2"], "retired": ["v1"]}
    assert "a restart of orders is due" in run("one", told={"make": ["orders/v2"]}, **later)["msg"]
    run("one", told={"make": ["orders/v2"]}, **{**service, "versions": ["v1", "v2"], "active": "v2"})
    before, two = (
        picture(tmp_path / "one"),
        {name: wait(run, name, "orders/" + name, versions=[name]) for name in ("v1", "v2")},
    )
    for options, version in ((later, "v2"), (service, "v1")):
        sent = run("one", told={"recipients": {"orders/" + version: {"two": two[version]}}}, **options)
        assert sent["shared"]["orders/" + version]["sealed"]["two"] and not sent.get("failed")
        assert sent["restart"] == [] and sent["restart_due"] == {} and picture(tmp_path / "one") == before


def test_the_directory_of_a_key_that_is_waited_for_is_closed(run: Run, tmp_path: Path) -> None:
    run("two")
    folder = tmp_path / "two" / "v1"
    folder.chmod(0o755)
    made = run("two")
    assert made["changed"] and folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601])
def test_a_recipient_key_that_others_can_open_is_none(run: Run, tmp_path: Path, mode: int) -> None:
    before = wait(run, "a")
    file = tmp_path / "a" / "v1" / RECIPIENT
    file.chmod(mode)
    assert run("a", check=True)["shared"][NAME]["recipient"] is None
    assert wait(run, "a") != before and file.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
@pytest.mark.parametrize(("owner", "is_ours"), [(0, True), (1234, True), (1235, False)])
def test_a_recipient_key_is_root_s_or_one_s_own(
    run: Run, tmp_path: Path, monkeypatch: t.Any, owner: int, is_ours: bool
) -> None:
    wait(run, "a")
    os.chown(str(tmp_path / "a" / "v1" / RECIPIENT), owner, owner)
    with locked_directories.LockedDirectories() as folders:
        private = FileSlot(folders.get(str(tmp_path / "a" / "v1"), "path"), "private.key", "path")
        monkeypatch.setattr(os, "geteuid", lambda: 1234)
        assert bool(shared_key._read_recipient(private)) is is_ours


def test_a_recipient_key_that_cannot_be_looked_at_is_told_by_the_name_of_the_key(run: Run, monkeypatch: t.Any) -> None:
    wait(run, "a")
    stat = os.stat

    def fails(path: t.Any, *given: t.Any, **named: t.Any) -> os.stat_result:
        if str(path).endswith(RECIPIENT):
            raise PermissionError(13, "injected")
        return stat(path, *given, **named)

    monkeypatch.setattr(os, "stat", fails)
    message = run("a")["failed_keypairs"][NAME]
    assert "cannot look at " in message and "private.key: " in message and RECIPIENT not in message


def test_one_that_takes_any_kind_of_key_gets_the_one_that_there_is(run: Run, tmp_path: Path) -> None:
    made = make(run, "a")
    waiting = run("b", algorithm="ES384", regenerate="never")["shared"][NAME]
    assert "kind" not in waiting
    sent = seal(run, made, "a", waiting["recipient"])
    got = run("b", told={"sealed": {NAME: sent}}, algorithm="ES384", regenerate="never")
    assert got["keypairs"][NAME]["created"] and got["shared"][NAME]["kind"] == "P-256"


def test_of_what_kind_a_key_is(run: Run) -> None:
    assert run("a", algorithm="RS256", size=2048)["shared"][NAME]["kind"] == "RSA 2048"
    assert make(run, "a", algorithm="RS256", size=2048)["shared"][NAME]["kind"] == "RSA 2048"


def test_who_is_asked_needs_no_library_to_say_that_there_is_no_key(run: Run, monkeypatch: t.Any) -> None:
    def missing(*_given: t.Any) -> t.NoReturn:
        raise MissingLibrary("no library")

    monkeypatch.setattr(generate, "check", missing)
    assert run("a", check=True)["shared"][NAME]["recipient"] is None
    assert run("a")["missing_library"] == "cryptography"
