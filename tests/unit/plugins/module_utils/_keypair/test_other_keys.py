# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two key pairs that somebody gave one environment file in different tasks: neither loses its passphrase."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import other_keys
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import run as keypair_run
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import (
    FIRST,
    SECOND,
    backups,
    four_runs,
    picture,
    run,
    wanted,
)

GENERATED: t.Dict[str, t.Any] = {"generate_passphrase": True}


@pytest.fixture
def shared(tmp_path: Path) -> t.Dict[str, t.Any]:
    """The options of a second key pair, in whose environment file the only passphrase of the first one is."""
    files: t.Dict[str, t.Any] = {"environment": [{"path": tmp_path / ".env"}]}
    run(tmp_path / "first" / "private.key", **GENERATED, **files)
    return files


def refused(path: Path, sentence: str, **given: t.Any) -> None:
    for check in (True, False):
        before = picture(path.parents[1])
        with pytest.raises(KeysmithError, match="^environment: .*/.env holds " + sentence):
            run(path, check, **given)
        assert picture(path.parents[1]) == before


@pytest.mark.parametrize("given", [{}, {"encrypted": False}, {"passphrase": SECOND}], ids=["none", "empty", "another"])
def test_the_passphrase_of_another_key_is_not_taken(tmp_path: Path, shared: t.Any, given: t.Dict[str, t.Any]) -> None:
    path = tmp_path / "second" / "private.key"
    refused(path, "the passphrase of .*/first/private.key, which still exists", **given, **shared)
    run(path, **given)
    refused(path, "the passphrase of .*/first/private.key, which still exists", **given, **shared)


def test_a_path_that_a_file_names_is_cut_short_and_printable(tmp_path: Path) -> None:
    other, env = tmp_path / "\x1b[31mkey", tmp_path / ".env"
    other.touch()
    # What is too long to be looked at may be there.
    for said in (str(other), "/%s/key" % ("x" * 5000)):
        env.touch(0o600)
        env.write_text("PRIVATE_KEY_PASSWORD='%s'\nPRIVATE_RSA_KEY_FILE_PATH='%s'\n" % (FIRST, said))
        with pytest.raises(KeysmithError, match="holds the passphrase of /") as caught:
            run(tmp_path / "key", environment=[{"path": env}], passphrase=SECOND)
        assert str(caught.value).isprintable() and len(str(caught.value)) < 600


def test_it_is_taken_where_somebody_has_it_or_says_so(tmp_path: Path, shared: t.Any) -> None:
    env = tmp_path / ".env"
    passphrase = env.read_text().split("PRIVATE_KEY_PASSWORD=")[1].split("\n")[0]
    known = {"passphrase": SECOND, "previous_passphrases": [passphrase]}
    assert four_runs(tmp_path / "second" / "private.key", tmp_path, **known, **shared)["created"]
    assert SECOND in env.read_text()
    # What is said of this key is no word about another one.
    refused(
        tmp_path / "third" / "private.key",
        "the passphrase of .*/second",
        passphrase=FIRST,
        regenerate="always",
        **shared,
    )


@pytest.mark.parametrize("name", ["PRIVATE_KEY_PASSWORD", "PRIVATE_RSA_KEY_ID", "PRIVATE_RSA_KEY_FILE_PATH"])
def test_no_variable_of_another_key_is_removed_by_its_name(tmp_path: Path, shared: t.Any, name: str) -> None:
    own = {option + "_variable": "OWN_" + option.upper() for option in ("passphrase", "key_id", "key_path")}
    given = {**GENERATED, "environment": [{"path": tmp_path / ".env", "removed_variables": [name], **own}]}
    path, before = tmp_path / "second" / "private.key", picture(tmp_path)
    for check in (True, False):
        with pytest.raises(
            KeysmithError, match="%s is in removed_variables, but may belong to .*/first/private.key" % name
        ):
            run(path, check, **given)
        assert picture(tmp_path) == before
    own_file = [{"path": tmp_path / ".env", **own}]
    run(path, **GENERATED, environment=own_file)
    before = picture(tmp_path)
    with pytest.raises(
        KeysmithError, match="%s is in removed_variables, but may belong to .*/first/private.key" % name
    ):
        run(path, state="absent", **given)
    assert picture(tmp_path) == before
    # Of a key that is gone, and of our own, they go.
    run(tmp_path / "first" / "private.key", state="absent", environment=[])
    for backup in backups(tmp_path / "first" / "private.key"):
        Path(backup).unlink()
    four_runs(path, tmp_path, **given)
    assert name not in (tmp_path / ".env").read_text() and "OWN_KEY_ID=" in (tmp_path / ".env").read_text()
    own = {**own, "key_id_variable": "", "key_path_variable": "", "removed_variables": ["OWN_KEY_ID", "OWN_KEY_PATH"]}
    run(tmp_path / "third" / "private.key", environment=[{"path": tmp_path / ".env", "passphrase_variable": ""}])
    four_runs(path, tmp_path, **GENERATED, environment=[{"path": tmp_path / ".env", **own}])
    assert "OWN_KEY" not in (tmp_path / ".env").read_text() and "/third/" in (tmp_path / ".env").read_text()


def test_one_that_is_given_is_not_lost(tmp_path: Path) -> None:
    given: t.Dict[str, t.Any] = {"passphrase": FIRST, "environment": [{"path": tmp_path / ".env"}]}
    run(tmp_path / "first" / "private.key", **given)
    made = four_runs(tmp_path / "second" / "private.key", tmp_path, **given)
    first = run(tmp_path / "first" / "private.key", True, **given)
    assert made["created"] and first["changes"] == ["environment"] and first["key_id"] != made["key_id"]
    assert made["warnings"] == first["warnings"] == [other_keys.WARNING]
    assert run(tmp_path / "second" / "private.key", **given)["warnings"] == []


@pytest.mark.parametrize("is_there", [True, False])
def test_a_generated_passphrase_is_one_key_s(tmp_path: Path, shared: t.Any, is_there: bool) -> None:
    """It would be taken out with the second key one day, or replaced, and nobody else has it."""
    path = tmp_path / "second" / "private.key"
    if is_there:
        passphrase = (tmp_path / ".env").read_text().split("PRIVATE_KEY_PASSWORD=")[1].split("\n")[0]
        run(path, passphrase=passphrase)
    refused(path, "the passphrase of .*/first/private.key, which still exists", **GENERATED, **shared)


def test_a_generated_passphrase_is_not_replaced_though_it_opens_another_key_too(tmp_path: Path, shared: t.Any) -> None:
    path = tmp_path / "second" / "private.key"
    passphrase = (tmp_path / ".env").read_text().split("PRIVATE_KEY_PASSWORD=")[1].split("\n")[0]
    run(path, passphrase=passphrase)
    refused(path, "the passphrase of .*/first/private.key", passphrase=SECOND, **shared)


@pytest.mark.parametrize("given", [{"passphrase": SECOND}, {}], ids=["replaced", "removed"])
def test_a_backup_needs_its_passphrase(tmp_path: Path, shared: t.Any, given: t.Dict[str, t.Any]) -> None:
    run(tmp_path / "first" / "private.key", state="absent")
    path = tmp_path / "second" / "private.key"
    refused(path, "the passphrase of .*/first/private.key, which still exists as a backup", **given, **shared)
    run(path, passphrase=FIRST)
    gone = run(path, state="absent", backup=False, **shared)
    assert gone["changes"] == ["private_key"] and "PRIVATE_KEY_PASSWORD" in (tmp_path / ".env").read_text()


def test_what_cannot_be_looked_for_is_needed(tmp_path: Path, monkeypatch: t.Any) -> None:
    assert not other_keys.is_needed(str(tmp_path / "no" / "private.key"))

    def fails(path: str) -> t.NoReturn:
        raise PermissionError

    monkeypatch.setattr(other_keys.os, "listdir", fails)
    assert other_keys.is_needed(str(tmp_path / "private.key"))


def test_the_same_file_by_another_way_is_no_second_copy(tmp_path: Path) -> None:
    (tmp_path / "jwt" / "v1").mkdir(0o755, parents=True)
    (tmp_path / "link").symlink_to("jwt")
    there: t.Dict[str, t.Any] = {"environment": [{"path": tmp_path / "link" / "v1" / ".env"}]}
    run(tmp_path / "link" / "v1" / "a.key", **GENERATED, **there)
    other: t.Dict[str, t.Any] = {"environment": [{"path": tmp_path / "jwt" / "v1" / ".env"}]}
    refused(tmp_path / "jwt" / "v1" / "b.key", "the passphrase of .*/link/v1/a.key", passphrase=SECOND, **other)


def test_a_key_is_known_by_another_way_to_it(tmp_path: Path) -> None:
    (tmp_path / "jwt" / "v1").mkdir(0o755, parents=True)
    (tmp_path / "link").symlink_to("jwt")
    run(tmp_path / "link" / "v1" / "key", **GENERATED, environment=[{"path": tmp_path / "link" / "v1" / "env"}])
    path = tmp_path / "jwt" / "v1" / "key"
    files: t.Dict[str, t.Any] = {"environment": [{"path": path.parent / "env"}]}
    # Its own key's path is the one of the task by then, and nothing else has changed.
    assert run(path, True, **GENERATED, **files)["changes"] == ["environment"]
    gone = run(path, state="absent", **files)
    assert gone["changes"] == ["private_key", "environment"]
    (key,), (env,) = backups(path), backups(path.parent / "env")
    passphrase = env.read_text().split("PRIVATE_KEY_PASSWORD=")[1].split("\n")[0]
    assert read.read_private(key.read_bytes(), [passphrase.encode()], name="the backup").encrypted


def test_a_key_that_is_gone_needs_none(tmp_path: Path, shared: t.Any) -> None:
    (tmp_path / "first" / "private.key").unlink()
    assert run(tmp_path / "second" / "private.key", passphrase=SECOND, **shared)["created"]


@pytest.mark.parametrize("base", [True, False])
def test_another_version_has_its_passphrase_in_a_file_of_its_own(tmp_path: Path, base: bool) -> None:
    def options(version: str) -> t.Dict[str, t.Any]:
        files = [{"path": tmp_path / "jwt" / version / "env"}, {"path": tmp_path / ".env"}]
        return {**GENERATED, "environment": files, "base_directory": tmp_path / "jwt" if base else None}

    run(tmp_path / "jwt" / "v1" / "private.key", **options("v1"))
    second = tmp_path / "jwt" / "v2" / "private.key"
    own = tmp_path / "jwt" / "v1" / "env"
    text = own.read_bytes()
    for other in (b"OTHER=1\n", b"PRIVATE_KEY_PASSWORD='of another time'\n"):
        own.write_bytes(other)
        refused(second, "the passphrase of .*/v1/private.key", **options("v2"))
    own.write_bytes(text)
    made = four_runs(second, tmp_path, **options("v2"))
    assert made["created"] and made["warnings"] == []


def test_one_file_for_all_versions_keeps_the_passphrase_of_the_first(tmp_path: Path) -> None:
    files: t.Dict[str, t.Any] = {"environment": [{"path": tmp_path / "env"}], "base_directory": tmp_path}
    run(tmp_path / "v1" / "private.key", **GENERATED, **files)
    for given in ({"passphrase": SECOND}, {}):
        with pytest.raises(KeysmithError, match="^environment: .*/env holds the passphrase of .*/v1/private.key"):
            run(tmp_path / "v2" / "private.key", **given, **files)


@pytest.mark.parametrize("line", ["", "PRIVATE_RSA_KEY_FILE_PATH=old.pem\n", "PRIVATE_RSA_KEY_ID=another\n"])
@pytest.mark.parametrize("exists", [True, False])
def test_a_file_that_names_no_key_is_not_taken_for_ours(tmp_path: Path, line: str, exists: bool) -> None:
    path, env = tmp_path / "v1" / "private.key", tmp_path / ".env"
    files = [{"path": tmp_path / "v1" / "env"}, {"path": env}]
    run(path, **GENERATED, environment=files[:1])
    if not exists:
        path.unlink()
        (tmp_path / "v1" / "env").unlink()
    env.write_text("PRIVATE_KEY_PASSWORD='made by hand'\n" + line)
    refused(path, "a passphrase that may be another key's", **GENERATED, environment=files)
    env.write_text("PRIVATE_KEY_PASSWORD='made by hand'\nPRIVATE_RSA_KEY_ID=ours\n")
    run(path, **GENERATED, key_id="ours", environment=files)
    assert "made by hand" not in env.read_text()


def test_versions_whose_files_name_no_path(tmp_path: Path) -> None:
    def options(version: str) -> t.Dict[str, t.Any]:
        paths = (tmp_path / version / "env", tmp_path / ".env")
        return {**GENERATED, "environment": [{"path": path, "key_path_variable": ""} for path in paths]}

    run(tmp_path / "v1" / "private.key", **options("v1"))
    second = tmp_path / "v2" / "private.key"
    refused(second, "a passphrase that may be another key's", **options("v2"))
    assert run(second, base_directory=tmp_path, **options("v2"))["created"]


def test_what_only_begins_like_the_base_directory_is_not_below_it(tmp_path: Path) -> None:
    first = tmp_path / "jwt-old" / "private.key"
    run(first, **GENERATED, environment=[{"path": tmp_path / ".env"}])
    path = tmp_path / "jwt" / "v1" / "private.key"
    files = [{"path": tmp_path / "jwt" / "v1" / "env"}, {"path": tmp_path / ".env"}]
    sentence = "the passphrase of .*/jwt-old/private.key"
    refused(path, sentence, **GENERATED, environment=files, base_directory=tmp_path / "jwt")


def test_a_passphrase_that_nothing_is_said_of_is_not_taken_for_a_new_key(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PRIVATE_KEY_PASSWORD='%s'\n" % FIRST)
    path, files = tmp_path / "v1" / "private.key", [{"path": tmp_path / ".env"}]
    (tmp_path / "v1").mkdir()
    refused(path, "a passphrase that may be another key's", passphrase=SECOND, environment=files)
    refused(path, "a passphrase that may be another key's", environment=files)
    run(path)
    refused(path, "a passphrase that may be another key's", passphrase=SECOND, environment=files)
    known = {"passphrase": SECOND, "previous_passphrases": [FIRST]}
    assert run(path, environment=files, **known)["changed"]


def test_what_another_key_has_by_now_does_not_go_with_the_first(tmp_path: Path) -> None:
    files: t.Dict[str, t.Any] = {"environment": [{"path": tmp_path / ".env"}]}
    run(tmp_path / "first" / "private.key", passphrase=FIRST, **files)
    run(tmp_path / "second" / "private.key", passphrase=SECOND, previous_passphrases=[FIRST], **files)
    before = (tmp_path / ".env").read_bytes()
    gone = four_runs(tmp_path / "first" / "private.key", tmp_path, state="absent", **files)
    assert gone["changes"] == ["private_key"] and (tmp_path / ".env").read_bytes() == before
    assert not backups(tmp_path / ".env")
    gone = four_runs(tmp_path / "second" / "private.key", tmp_path, state="absent", **files)
    assert gone["changes"] == ["private_key", "environment"] and not (tmp_path / ".env").exists()


def test_a_key_that_is_not_there_takes_no_passphrase_away(tmp_path: Path) -> None:
    files: t.Dict[str, t.Any] = {"environment": [{"path": tmp_path / ".env", "key_path_variable": ""}]}
    run(tmp_path / "first" / "private.key", **GENERATED, **files)
    gone = four_runs(tmp_path / "second" / "private.key", tmp_path, state="absent", **files)
    assert gone["changes"] == [] and "PRIVATE_KEY_PASSWORD" in (tmp_path / ".env").read_text()
    second = tmp_path / "second" / "private.key"
    run(second, jwk_path=second.with_name("jwk.json"))
    gone = run(second, state="absent", jwk_path=second.with_name("jwk.json"), **files)
    assert gone["changes"] == ["private_key", "jwk"] and "PRIVATE_KEY_PASSWORD" in (tmp_path / ".env").read_text()


def test_the_key_id_of_another_key_does_not_go_with_the_first(tmp_path: Path) -> None:
    files: t.Dict[str, t.Any] = {"environment": [{"path": tmp_path / ".env", "key_path_variable": ""}]}
    first, second = (tmp_path / name / "private.key" for name in ("first", "second"))
    run(first, jwk_path=first.with_name("jwk.json"), **files)
    run(second, **files)
    before = (tmp_path / ".env").read_bytes()
    gone = four_runs(first, tmp_path, state="absent", jwk_path=first.with_name("jwk.json"), **files)
    assert gone["changes"] == ["private_key", "jwk"] and (tmp_path / ".env").read_bytes() == before


def test_one_task_may_hand_a_file_from_one_key_to_another(tmp_path: Path) -> None:
    item = {"path": tmp_path / ".env"}
    run(tmp_path / "v1" / "key", passphrase=FIRST, environment=[item])
    new = wanted(tmp_path / "v2" / "key", passphrase=SECOND, previous_passphrases=[FIRST], environment=[item])
    old = wanted(tmp_path / "v1" / "key", state="absent", environment=[item])
    for _number in range(2):
        outcomes = keypair_run.run({"new": new, "old": old}, False)
        assert [one.error for one in outcomes.values()] == [None, None]
        assert SECOND in (tmp_path / ".env").read_text() and not (tmp_path / "v1" / "key").exists()
