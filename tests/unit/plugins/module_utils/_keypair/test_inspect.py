# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is found on a host: what may not be there, and what an interrupted run left."""

from __future__ import annotations

import os
import shutil
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import locked_directories
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, MissingLibrary
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import decide, inspect, open_key
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import state as keypair_state
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import cryptography_keys
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import (
    FIRST,
    SECOND,
    backups,
    four_runs,
    let_be_a_stranger_s,
    picture,
    run,
    staged,
    wanted,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "private.key"


def looked(path: Path, **options: t.Any) -> keypair_state.State:
    with locked_directories.LockedDirectories() as folders:
        return inspect.look(wanted(path, **options), folders)


def files(path: Path) -> t.Dict[str, t.Any]:
    folder = path.parent
    return {
        "public_path": folder / "public.pem",
        "jwk_path": folder / "jwk.json",
        "environment": [{"path": folder / "env"}, {"path": folder / "more.env", "format": "docker"}],
        "active_link": folder / "current",
    }


def test_nothing_is_there(path: Path) -> None:
    state = looked(path, **files(path))
    assert not state.exists and state.opened is None and state.problem is None
    assert (state.passphrase, state.recovery, state.leftovers, state.link_target) == (b"", "", [], None)


def test_everything_is_there(path: Path) -> None:
    made = run(path, passphrase=FIRST, **files(path))
    state = looked(path, passphrase=FIRST, **files(path))
    assert state.exists and state.opened is not None and state.opened.key.thumbprint == made["thumbprint"]
    assert state.passphrase == state.environment[1].passphrase == FIRST.encode()
    assert state.environment[0].key_id == made["key_id"]
    assert [item.output.option for item in state.derived] == ["public_path", "jwk_path"]
    assert state.derived[0].file.content == made["public_key"].encode()
    assert state.link_target is not None


OPTIONS = ("path", "public_path", "jwk_path", "environment", "active_link")


def _plant(path: Path, option: str, plant: t.Callable[[Path], None]) -> Path:
    names = {"path": path, **files(path)}
    at = names["environment"][0]["path"] if option == "environment" else names[option]
    plant(at)
    return t.cast(Path, at)


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize(
    ("plant", "what"),
    [
        (lambda at: at.symlink_to("/etc/passwd"), "is a symbolic link"),
        (lambda at: at.symlink_to("missing"), "is a symbolic link"),
        (lambda at: at.mkdir(), "is a directory|is not a symbolic link"),
        (lambda at: os.mkfifo(str(at)), "is a FIFO|is not a symbolic link"),
    ],
    ids=["link", "dangling link", "directory", "FIFO"],
)
@pytest.mark.parametrize("state", ["present", "absent"])
def test_what_may_not_be_at_a_path(
    path: Path, option: str, plant: t.Callable[[Path], None], what: str, state: str
) -> None:
    at = _plant(path, option, plant)
    if option == "active_link" and at.is_symlink():
        return
    before = picture(path.parent)
    with pytest.raises(KeysmithError, match="^%s: %s (%s)" % (option, at, what)):
        run(path, state=state, regenerate="always", **files(path))
    assert picture(path.parent) == before


@pytest.mark.parametrize("option", OPTIONS[:-1])
def test_a_file_with_several_names_is_refused(path: Path, option: str) -> None:
    made = run(path, passphrase=FIRST, **files(path))
    at = _plant(path, option, lambda at: os.link(str(at), str(path.parent / "second-name")))
    before = picture(path.parent)
    with pytest.raises(KeysmithError, match="^%s: %s has 2 names" % (option, at)):
        run(path, passphrase=FIRST, regenerate="always", **files(path))
    assert picture(path.parent) == before and made["created"]


def test_in_a_directory_for_everybody_a_stranger_s_file_is_not_taken(tmp_path: Path, monkeypatch: t.Any) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    run(shared / "private.key")
    uid = 65534
    if os.geteuid() == 0:
        os.chown(str(shared / "private.key"), uid, uid)
    else:
        stat = os.stat

        def foreign(at: t.Any, *more: t.Any, **named: t.Any) -> os.stat_result:
            info = stat(at, *more, **named)
            return os.stat_result((*info[:4], uid, *info[5:])) if at == "private.key" else info

        monkeypatch.setattr(os, "stat", foreign)
    with pytest.raises(KeysmithError, match="^path: .*/private.key belongs to .*, and everybody can create files in"):
        run(shared / "private.key")


def test_a_file_that_is_too_large_is_no_key(path: Path) -> None:
    path.write_bytes(b"x" * (keypair_state.LARGEST_KEY + 1))
    with pytest.raises(KeysmithError, match="^path: %s is larger than 65536 bytes" % path):
        run(path)


class Interrupted:
    """A key pair whose passphrase was to change from FIRST to SECOND, and both halves of that change."""

    def __init__(self, path: Path) -> None:
        self.path, self.env = path, path.parent / "env"
        self.options: t.Dict[str, t.Any] = {"environment": [{"path": self.env}], "jwk_path": path.parent / "jwk.json"}
        self.made = run(path, passphrase=FIRST, **self.options)
        self.old = path.read_bytes(), self.env.read_bytes()
        run(path, passphrase=SECOND, previous_passphrases=[FIRST], **self.options)
        self.new = path.read_bytes(), self.env.read_bytes()

    def stop(self, private: int, env: int, waiting: int = 1) -> None:
        """As a run that was killed left it: the private key and the environment file of before (0) or after (1)."""
        self.path.write_bytes((self.old, self.new)[private][0])
        self.env.write_bytes((self.old, self.new)[env][1])
        staged(self.path).write_bytes((self.old, self.new)[waiting][0])
        staged(self.path).chmod(0o600)

    def finish(self) -> t.Dict[str, t.Any]:
        options = {"passphrase": SECOND, "previous_passphrases": [FIRST], **self.options}
        return four_runs(self.path, self.path.parent, **options)


@pytest.mark.parametrize(
    ("private", "env", "recovery", "changes"),
    [
        (0, 0, keypair_state.DROP, ["leftovers", "private_key", "environment"]),
        (0, 1, keypair_state.FORWARD, ["leftovers"]),
        (1, 1, keypair_state.DROP, ["leftovers"]),
    ],
    ids=["before the commit", "between the renames", "after both"],
)
def test_an_interrupted_change_is_finished_or_forgotten(
    path: Path, private: int, env: int, recovery: str, changes: t.List[str]
) -> None:
    it = Interrupted(path)
    it.stop(private, env)
    state = looked(path, passphrase=SECOND, previous_passphrases=[FIRST], **it.options)
    assert state.recovery == recovery and state.exists and state.opened is not None
    result = it.finish()
    assert result["changes"] == changes
    assert result["thumbprint"] == it.made["thumbprint"] and not staged(path).exists()
    assert run(path, True, passphrase=SECOND, **it.options)["changed"] is False


def test_a_staged_key_is_found_where_the_old_one_is_gone(path: Path) -> None:
    it = Interrupted(path)
    it.stop(0, 1)
    path.unlink()
    result = it.finish()
    assert (result["thumbprint"], result["created"]) == (it.made["thumbprint"], False)


def test_a_staged_key_that_the_environment_file_does_not_name_is_dropped(path: Path) -> None:
    it = Interrupted(path)
    other = path.parent / "other.key"
    run(other, passphrase=SECOND)
    it.stop(0, 1)
    shutil.copy(str(other), str(staged(path)))
    assert it.finish()["thumbprint"] == it.made["thumbprint"]


def test_a_staged_key_of_a_stranger_is_dropped(path: Path, monkeypatch: t.Any) -> None:
    it = Interrupted(path)
    it.stop(0, 1)
    options = {"passphrase": SECOND, "previous_passphrases": [FIRST], **it.options}
    assert looked(path, **options).recovery == keypair_state.FORWARD
    let_be_a_stranger_s(monkeypatch, staged(path).name)
    assert looked(path, **options).recovery == keypair_state.DROP


@pytest.mark.parametrize("content", [b"", b"junk", b"-----BEGIN PRIVATE KEY-----\n"])
def test_a_staged_file_that_is_half_is_dropped(path: Path, content: bytes) -> None:
    it = Interrupted(path)
    it.stop(0, 0)
    staged(path).write_bytes(content)
    assert it.finish()["thumbprint"] == it.made["thumbprint"]


def test_a_backup_that_is_still_the_live_key_is_forgotten(path: Path) -> None:
    run(path)
    run(path, regenerate="always")
    (real,) = backups(path)
    os.link(str(path), str(path.with_name(path.name + ".AAAAAAAA.20260101T000000000000Z.bak")))
    result = four_runs(path, path.parent)
    assert result["changes"] == ["leftovers"] and backups(path) == [real]


def test_leftovers_of_a_killed_run_are_removed_and_other_files_are_not(path: Path) -> None:
    options = files(path)
    run(path, **options)
    ours = [".ks-private.key.%s.tmp", ".ks-env.%s.tmp", ".ks-jwk.json.%s.tmp", ".ks-current.%s.tmp"]
    for name in ours:
        (path.parent / (name % ("0" * 16))).write_bytes(b"half")
    other = path.parent / (".ks-other.%s.tmp" % ("0" * 16))
    other.write_bytes(b"somebody else's")
    assert four_runs(path, path.parent, **options)["changes"] == ["leftovers"]
    assert [one.name for one in path.parent.glob(".ks-*")] == [other.name]


def test_no_secret_in_any_representation(path: Path) -> None:
    options = {"environment": [{"path": path.parent / "env"}], "previous_passphrases": [SECOND]}
    run(path, passphrase=FIRST, **options)
    state = looked(path, passphrase=FIRST, **options)
    shown = " ".join(repr(one) for one in (state, state.private, state.environment, state.opened, tuple(state)))
    assert FIRST not in shown and SECOND not in shown and "BEGIN" not in shown.replace("BEGIN PUBLIC", "")
    assert decide.PASSPHRASE == "passphrase"


def test_a_staged_key_with_a_second_name_is_refused(path: Path) -> None:
    it = Interrupted(path)
    it.stop(0, 1)
    os.link(str(staged(path)), str(path.with_name("second-name")))
    before = picture(path.parent)
    with pytest.raises(KeysmithError, match="^path: .* has 2 names"):
        run(path, passphrase=SECOND, previous_passphrases=[FIRST], **it.options)
    assert picture(path.parent) == before


def test_a_staged_name_of_the_key_itself_is_forgotten(path: Path) -> None:
    """Left by a run that was killed while it went back to what was there."""
    it = Interrupted(path)
    os.link(str(path), str(staged(path)))
    result = it.finish()
    assert result["changes"] == ["leftovers"] and not staged(path).exists()
    assert result["thumbprint"] == it.made["thumbprint"] and path.read_bytes() == it.new[0]


def test_a_link_is_not_put_where_others_can_replace_it(path: Path) -> None:
    place = path.parent / "open"
    place.mkdir()
    place.chmod(0o777)
    before = picture(path.parent)
    with pytest.raises(KeysmithError, match="^active_link: others can write to"):
        run(path, active_link=place / "current")
    assert picture(path.parent) == before


def test_without_the_library_a_staged_key_is_not_given_up(path: Path, monkeypatch: t.Any) -> None:
    it = Interrupted(path)
    it.stop(0, 1)
    path.unlink()

    def missing() -> t.Any:
        raise MissingLibrary("The Python package cryptography is missing on this host.")

    monkeypatch.setattr(cryptography_keys, "_version", missing)
    with pytest.raises(MissingLibrary):
        looked(path, passphrase=SECOND, **it.options)


def test_a_file_that_says_nothing_names_no_staged_key(path: Path) -> None:
    """A run that was to replace the key was killed before it wrote the file: there is no backup of the key yet."""
    env = path.parent / "env"
    env.write_bytes(b"OTHER=1\n")
    made = run(path, passphrase=FIRST)
    run(path.with_name("other.key"))
    shutil.copy(str(path.with_name("other.key")), str(staged(path)))
    options = {"environment": [{"path": env, "key_id_variable": "", "key_path_variable": ""}]}
    state = looked(path, passphrase=FIRST, **options)
    assert state.opened is not None and state.opened.key.thumbprint == made["thumbprint"]
    assert state.recovery == keypair_state.DROP


def test_a_staged_key_whose_passphrase_is_in_no_file_is_found(path: Path) -> None:
    env, other = {"path": path.parent / "env", "passphrase_variable": ""}, path.with_name("other.key")
    run(path, passphrase=FIRST, environment=[env])
    newer = run(other, passphrase=FIRST, environment=[dict(env, path=path.parent / "other.env")])
    shutil.copy(str(other), str(staged(path)))
    env["path"].write_bytes((path.parent / "other.env").read_bytes())
    state = looked(path, passphrase=FIRST, environment=[env])
    assert state.opened is not None and state.opened.key.thumbprint == newer["thumbprint"]
    assert state.recovery == keypair_state.FORWARD


@pytest.mark.parametrize(
    "name", ["private.key.AAAAAAAA.20260101T000000000000Z.bak.mine", "privateXkey.AAAAAAAA.20260101T000000000000Z.bak"]
)
def test_a_copy_that_somebody_else_made_stays(path: Path, name: str) -> None:
    run(path)
    shutil.copy(str(path), str(path.with_name(name)))
    assert not run(path)["changed"] and path.with_name(name).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to somebody else")
def test_a_directory_of_a_file_s_old_owner_is_refused_where_the_file_gets_a_new_one(path: Path) -> None:
    theirs = path.parent / "theirs" / "private.key"
    run(theirs)
    for one in (theirs, theirs.parent):
        os.chown(str(one), 65534, 65534)
    assert looked(theirs).exists
    with pytest.raises(KeysmithError, match="^path: .*/theirs belongs to"):
        looked(theirs, owner="1")


def test_a_staged_key_that_no_file_names_is_not_put_in_place(path: Path) -> None:
    run(path, passphrase=FIRST)
    other = path.parent / "other.key"
    run(other)
    staged(path).write_bytes(other.read_bytes())
    state = looked(path, encrypted=False, key_id="mine", environment=[{"path": path.parent / "missing"}])
    assert state.problem is not None and state.recovery == keypair_state.DROP


@pytest.mark.parametrize("option", ["public_path", "jwk_path"])
def test_a_public_file_is_read_no_further_than_one_can_be_long(path: Path, option: str) -> None:
    large = path.parent / "large"
    large.write_bytes(b"x" * (keypair_state.LARGEST_KEY + 1))
    with pytest.raises(KeysmithError, match="^%s: .*/large is larger than 65536 bytes" % option):
        looked(path, **{option: large})


THIRD = SECOND[::-1]


def test_a_committed_key_is_rolled_forward_whatever_passphrase_is_to_come(path: Path) -> None:
    it = Interrupted(path)
    it.stop(0, 1)
    given = {"passphrase": THIRD, "previous_passphrases": [FIRST]}
    assert looked(it.path, **given, **it.options).recovery == keypair_state.FORWARD
    given["previous_passphrases"].append(SECOND)
    assert "private_key" in run(it.path, True, **given, **it.options)["changes"]


def test_an_encrypted_key_of_which_nothing_is_said(path: Path) -> None:
    run(path, passphrase=FIRST)
    assert "no passphrase was given" in str(looked(path).problem)


def test_what_is_no_key_is_not_told_as_one_without_its_passphrase(path: Path) -> None:
    path.write_bytes(b"junk")
    problem = str(looked(path, generate_passphrase=True, environment=[{"path": path.with_name("env")}]).problem)
    assert "generated" not in problem and "passphrase" not in problem


def test_a_missing_library_is_no_problem_of_the_key_in_place(path: Path, monkeypatch: t.Any) -> None:
    run(path)
    path.write_bytes(path.read_bytes() + b"\n")

    def missing(*_given: t.Any, **_named: t.Any) -> t.NoReturn:
        raise MissingLibrary("cryptography is missing")

    monkeypatch.setattr(open_key, "open_key", missing)
    with pytest.raises(MissingLibrary):
        looked(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_what_is_rolled_forward_gets_its_owner_and_check_mode_says_so(path: Path) -> None:
    it = Interrupted(path)
    it.stop(0, 1)
    # Of all others nothing has to be mended.
    for file in it.path.parent.iterdir():
        os.chown(str(file), 0 if file == staged(it.path) else 65534, -1)
    given = {**it.options, "passphrase": SECOND, "previous_passphrases": [FIRST], "owner": "65534"}
    checked, done = (run(it.path, check, **given) for check in (True, False))
    assert checked["changes"] == done["changes"] and "attributes" in done["changes"]
    assert it.path.stat().st_uid == 65534


def test_what_was_cleared_up_is_told_in_the_order_of_check_mode(path: Path) -> None:
    folder = path.parent / "jwt"
    options: t.Dict[str, t.Any] = {"base_directory": folder}
    run(folder / "private.key", **options)
    (folder / ".ks-private.key.0123456789abcdef.tmp").touch()
    folder.chmod(0o750)
    checked, done = (run(folder / "private.key", check, **options) for check in (True, False))
    assert checked["changes"] == done["changes"] == ["directory", "leftovers"]
