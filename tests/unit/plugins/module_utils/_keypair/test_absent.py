# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key pair taken away: what goes, what stays, and what is refused."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import directory
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.files import FileSlot
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files import edit
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, MissingLibrary
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import absent, inspect, remove
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import run as keypair_run
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import (
    FIRST,
    backups,
    four_runs,
    picture,
    run,
    staged,
    wanted,
)
from ansible_collections.keysmith.jwt.tests.unit.system_calls import Calls

ALL = ["private_key", "public_key", "jwk", "environment"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jwt" / "v1" / "private.key"


def set_of(path: Path) -> t.Dict[str, t.Any]:
    folder = path.parent
    return {
        "public_path": folder / "public.pem",
        "jwk_path": folder / "jwk.json",
        "environment": [{"path": folder / "env"}],
        "active_link": folder.parent / "current",
        "base_directory": folder.parent,
    }


def made(path: Path, active: bool = False, **more: t.Any) -> t.Dict[str, t.Any]:
    options = {**set_of(path), "passphrase": FIRST, **more}
    if not active:
        options["active_link"] = None
    return run(path, **options)


def gone(path: Path, **more: t.Any) -> t.Dict[str, t.Any]:
    return four_runs(path, path.parents[2], state="absent", **{**set_of(path), **more})


def test_everything_of_ours_goes_and_the_directory_with_it(path: Path) -> None:
    made(path)
    result = gone(path, backup=False)
    assert result["changes"] == [*ALL, "directory"]
    assert not path.parent.exists() and path.parents[1].exists()
    assert result["diff"]["after"] == {name: "(absent)" for name in result["diff"]["before"]}


def test_a_way_to_the_directory_that_somebody_opens_meanwhile_is_not_gone(path: Path, monkeypatch: t.Any) -> None:
    made(path)
    entries = directory.Directory.entries

    def opened(folder: directory.Directory) -> t.List[str]:
        path.parents[1].chmod(0o777)
        return entries(folder)

    monkeypatch.setattr(directory.Directory, "entries", opened)
    with pytest.raises(KeysmithError, match="^path: "):
        run(path, state="absent", backup=False, **set_of(path))
    assert path.parent.is_dir() and not path.exists()


def test_the_directory_stays_without_a_base_or_with_something_in_it(path: Path) -> None:
    made(path)
    assert gone(path, backup=False, base_directory=None)["changes"] == ALL
    made(path)
    (path.parent / "notes").touch()
    assert gone(path, backup=False)["changes"] == ALL
    assert [one.name for one in path.parent.iterdir()] == ["notes"]


def test_the_key_and_the_passphrase_that_opens_it_are_backed_up(path: Path) -> None:
    made(path, mode="0640")
    content = path.read_bytes()
    result = gone(path)
    (backup,), (passphrase,) = backups(path), backups(path.parent / "env")
    assert str(backup) == result["backup_file"] and backup.read_bytes() == content
    assert [stat.S_IMODE(one.stat().st_mode) for one in (backup, passphrase)] == [0o600, 0o600]
    held = edit.values(passphrase.read_bytes(), ["PRIVATE_KEY_PASSWORD"], "systemd")["PRIVATE_KEY_PASSWORD"]
    assert read.read_private(content, [held.encode()], name="the backup").encrypted


def test_other_lines_of_an_environment_file_stay(path: Path) -> None:
    made(path)
    env = path.parent / "env"
    env.write_bytes(b"# ours below\nOTHER='a b'\n" + env.read_bytes() + b"LAST=1")
    env.chmod(0o640)
    result = gone(path, backup=False)
    assert env.read_bytes() == b"# ours below\nOTHER='a b'\nLAST=1" and stat.S_IMODE(env.stat().st_mode) == 0o640
    after = result["diff"]["after"][str(env)]
    assert after["mode"] == "0640" and not any(name.startswith("PRIVATE") for name in after)


def test_an_environment_file_without_our_lines_is_not_touched(path: Path) -> None:
    made(path)
    env = path.parent / "env"
    env.write_bytes(b"OTHER=1\n")
    result = gone(path, backup=False)
    assert env.read_bytes() == b"OTHER=1\n" and "environment" not in result["changes"]
    assert result["diff"]["after"][str(env)] == result["diff"]["before"][str(env)]


def test_what_is_active_is_not_removed_unless_told(path: Path) -> None:
    made(path, active=True)
    before = picture(path.parents[2])
    for check in (True, False):
        with pytest.raises(
            KeysmithError, match=r"^path: .* is active \(.*/current leads to it\), so it is not removed"
        ):
            run(path, check, state="absent", **set_of(path))
    assert picture(path.parents[2]) == before
    result = gone(path, regenerate="always", backup=False)
    assert result["changes"] == ["active_link", *ALL, "directory"] and not list(path.parents[1].iterdir())


@pytest.mark.parametrize("way", ["over another link", "to another path of the directory"])
def test_what_is_active_by_another_way_is_not_removed(path: Path, way: str) -> None:
    made(path)
    link = path.parents[1] / "current"
    if way == "over another link":
        (path.parents[1] / "stable").symlink_to("v1")
        link.symlink_to("stable")
    else:
        (path.parents[2] / "etc").symlink_to(path.parents[1])
        link.symlink_to(path.parents[2] / "etc" / "v1")
    before = picture(path.parents[2])
    for check in (True, False):
        with pytest.raises(KeysmithError, match="is active"):
            run(path, check, state="absent", **{**set_of(path), "backup": False})
    assert picture(path.parents[2]) == before
    result = gone(path, regenerate="always", backup=False)
    assert result["changes"][0] == "active_link" and not os.path.lexists(str(link))


def test_what_another_key_pair_of_the_run_makes_active_by_another_way_is_not_removed(path: Path) -> None:
    made(path)
    (path.parents[2] / "etc").symlink_to(path.parents[1])
    link = path.parents[1] / "current"
    there = wanted(path.parents[2] / "etc" / "v1" / "other.key", active_link=link)
    for way in (link, path.parents[2] / "etc" / "current"):
        outcomes = keypair_run.run({"a": there, "b": wanted(path, state="absent", active_link=way)}, False)
        assert outcomes["a"].error is None and "is active" in str(outcomes["b"].error) and path.exists()
        (path.parent / "other.key").unlink()
        link.unlink()


def test_a_link_to_another_key_pair_stays(path: Path) -> None:
    made(path, active=True)
    other = path.parents[1] / "v2" / "private.key"
    run(other, **set_of(other))
    result = gone(path, backup=False)
    assert (path.parents[1] / "current").resolve() == other.parent
    assert result["diff"]["after"][str(path.parents[1] / "current")] == "v2"


@pytest.mark.parametrize("content", [b"root:x:0:0:root:/root:/bin/sh\n", b"", b"-----BEGIN PUBLIC KEY-----\nAAAA\n"])
def test_what_is_no_private_key_is_not_removed_unless_told(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    before = picture(path.parents[2])
    for check in (True, False):
        with pytest.raises(KeysmithError, match="^path: .* holds no private key, so it was not made here"):
            run(path, check, state="absent")
    assert picture(path.parents[2]) == before
    assert run(path, state="absent", regenerate="always")["changes"] == ["private_key"]


def test_a_key_is_removed_without_its_passphrase(path: Path) -> None:
    made(path)
    assert gone(path, passphrase="another passphrase")["changed"]


def test_what_an_interrupted_run_left_goes_too(path: Path) -> None:
    made(path)
    staged(path).write_bytes(b"half")
    (path.parent / (".ks-env.%s.tmp" % ("0" * 16))).write_bytes(b"half")
    assert gone(path, backup=False)["changes"] == ["leftovers", *ALL, "directory"]
    assert not path.parent.exists()


def test_a_copy_of_the_passphrase_that_a_killed_run_left_is_not_made_again(path: Path) -> None:
    made(path)
    env = path.parent / "env"
    left = env.with_name("env.unknown.20260101T000000000000Z.bak")
    shutil.copy(str(env), str(left))
    assert gone(path)["changes"] == ALL
    assert backups(env) == [left] and len(backups(path)) == 1


def test_the_passphrase_of_a_key_that_cannot_be_looked_at_any_more_is_kept(path: Path, monkeypatch: t.Any) -> None:
    made(path)
    env, look, failed = path.parent / "env", FileSlot.look, []

    def fails(*_names: t.Any, **_more: t.Any) -> t.NoReturn:
        failed.append(True)
        raise OSError(errno.EIO, "injected")

    def looked(place: FileSlot) -> t.Any:
        if failed:
            raise KeysmithError("path: cannot look at it.")
        return look(place)

    with monkeypatch.context() as patch:
        rename = os.rename
        patch.setattr(os, "rename", lambda old, new, **more: (fails if old == path.name else rename)(old, new, **more))
        patch.setattr(FileSlot, "look", looked)
        with pytest.raises(KeysmithError, match="^path: cannot rename"):
            run(path, state="absent", **set_of(path))
    (kept,) = backups(env)
    assert kept.read_bytes() == env.read_bytes()


def test_nothing_is_there(path: Path) -> None:
    assert not gone(path)["changed"] and not path.parents[1].exists()


def test_an_error_at_any_call_loses_no_passphrase_of_a_key_that_is_there(path: Path, monkeypatch: t.Any) -> None:
    at = 0
    while True:
        made(path)
        with monkeypatch.context() as patch:
            calls = Calls(patch, at, errno.EIO)
            try:
                run(path, state="absent", **set_of(path))
            except KeysmithError as error:
                assert str(path.parent.parent) in str(error)
        if len(calls.made) <= at:
            break
        keys = [one for one in [path, *backups(path)] if one.exists()]
        held = [one.read_bytes() for one in [path.parent / "env", *backups(path.parent / "env")] if one.exists()]
        assert keys and any(FIRST.encode() in content for content in held), calls.made[at]
        run(path, state="absent", **set_of(path))
        assert not path.exists() and not (path.parent / "env").exists()
        for one in [*backups(path), *backups(path.parent / "env")]:
            one.unlink()
        at += 1
    assert at > 10


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("chattr"), reason="needs root and chattr")
@pytest.mark.parametrize("flag", ["i", "a"])
@pytest.mark.parametrize("name", ["private.key", "public.pem", "jwk.json", "env", "."])
def test_what_cannot_be_removed_is_told_before_the_key_goes(path: Path, name: str, flag: str) -> None:
    made(path)
    barred, before, removal = path.parent / name, picture(path.parent), {**set_of(path), "state": "absent"}
    if os.system("chattr +%s '%s' 2>/dev/null" % (flag, barred)) != 0:
        pytest.skip("the file system has no such attributes")
    try:
        for check in (True, False):
            with pytest.raises(KeysmithError, match=r"(immutable|append-only) \(chattr \+%s\)|cannot write to" % flag):
                run(path, check, **removal)
            assert picture(path.parent) == before
    finally:
        assert os.system("chattr -%s '%s'" % (flag, barred)) == 0
    assert gone(path)["changed"]


@pytest.mark.parametrize("text", ["[" * 20000, '{"kty": %s' % ("[" * 20000), '{"kty": ["EC"], "kid": {}}'])
def test_a_jwk_that_is_made_to_harm_is_refused_with_a_sentence(path: Path, text: str) -> None:
    made(path)
    (path.parent / "jwk.json").write_text(text)
    with pytest.raises(KeysmithError, match="^jwk_path: .*, so nothing was changed; "):
        run(path, True, **set_of(path), state="absent")


def test_no_secret_is_shown(path: Path) -> None:
    made(path)
    assert FIRST not in repr(gone(path))


def test_a_staged_key_that_is_kept_is_private(path: Path) -> None:
    made(path)
    shutil.copy(str(path), str(staged(path)))
    staged(path).chmod(0o640)
    run(path, state="absent", **set_of(path))
    kept = backups(path)
    assert len(kept) == 2 and not path.exists() and not staged(path).exists()
    assert all(stat.S_IMODE(one.stat().st_mode) == 0o600 for one in kept)


def _call_that_takes(path: Path, monkeypatch: t.Any) -> int:
    """Which of the calls of a removal takes the private key away; it is there, and no backups are."""
    made(path)
    with monkeypatch.context() as patch:
        calls = Calls(patch)
        run(path, state="absent", **set_of(path))
    at = next(at for at, call in enumerate(calls.made) if call.name == "rename" and call.names[0] == path.name)
    for one in [*backups(path), *backups(path.parent / "env")]:
        one.unlink()
    made(path)
    return at


def test_nothing_that_takes_the_place_of_a_staged_key_is_narrowed(path: Path, monkeypatch: t.Any) -> None:
    """The owner of the directory could put a second name of somebody else's file there."""
    made(path)
    shutil.copy(str(path), str(staged(path)))
    victim = path.parent.parent / "victim"
    victim.write_text("of somebody else")
    victim.chmod(0o644)
    judge = absent.is_private_key

    def then_swap(place: t.Any) -> bool:
        found = judge(place)
        if place.name == staged(path).name:
            staged(path).unlink()
            os.link(str(victim), str(staged(path)))
        return found

    monkeypatch.setattr(absent, "is_private_key", then_swap)
    with pytest.raises(KeysmithError, match="was replaced while it was read"):
        run(path, state="absent", **set_of(path))
    assert stat.S_IMODE(victim.stat().st_mode) == 0o644 and path.exists()


def test_where_the_key_cannot_be_taken_no_copy_of_its_passphrase_is_left(path: Path, monkeypatch: t.Any) -> None:
    at = _call_that_takes(path, monkeypatch)
    before = sorted(picture(path.parent))
    with monkeypatch.context() as patch:
        Calls(patch, at, errno.EIO)
        with pytest.raises(KeysmithError, match="^path: cannot rename"):
            run(path, state="absent", **set_of(path))
    assert sorted(picture(path.parent)) == before


def test_an_environment_file_without_our_lines_is_the_same_file(path: Path) -> None:
    made(path)
    env = path.parent / "env"
    env.write_bytes(b"OTHER=1\n")
    before = env.stat()
    run(path, state="absent", **set_of(path))
    after = env.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_link_to_another_key_pair_stays_even_where_told(path: Path) -> None:
    made(path, active=True)
    other = path.parents[1] / "v2" / "private.key"
    run(other, **set_of(other))
    result = gone(path, regenerate="always", backup=False)
    assert (path.parents[1] / "current").resolve() == other.parent and "active_link" not in result["changes"]


def test_a_key_that_is_gone_though_its_rename_failed_keeps_its_passphrase(path: Path, monkeypatch: t.Any) -> None:
    at = _call_that_takes(path, monkeypatch)
    with monkeypatch.context() as patch:
        Calls(patch, at + 1, errno.EIO)
        with pytest.raises(KeysmithError, match="^path: cannot rename"):
            run(path, state="absent", **set_of(path))
    run(path, state="absent", **set_of(path))
    (passphrase,) = backups(path.parent / "env")
    assert len(backups(path)) == 1 and FIRST.encode() in passphrase.read_bytes()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_what_stays_of_an_environment_file_keeps_its_owner(path: Path) -> None:
    made(path)
    env = path.parent / "env"
    env.write_bytes(b"OTHER=1\n" + env.read_bytes())
    os.chown(str(env), 65534, 65533)
    assert "environment" in gone(path, backup=False)["changes"]
    assert env.read_bytes() == b"OTHER=1\n" and (env.stat().st_uid, env.stat().st_gid) == (65534, 65533)


def test_a_disk_that_lies_is_found_out_before_the_key_is_taken(path: Path, monkeypatch: t.Any) -> None:
    made(path)
    before, write = picture(path.parent), os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda fd, view: write(fd, bytes(view)[::-1]))
        with pytest.raises(KeysmithError, match="^environment: .*/env does not hold what was written"):
            run(path, state="absent", **set_of(path))
    assert picture(path.parent) == before


def test_the_backup_of_a_key_that_was_open_to_others_is_not(path: Path) -> None:
    made(path)
    path.chmod(0o604)
    run(path, state="absent", **set_of(path))
    (backup,) = backups(path)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b'{"kty": "EC"}', b'{"kty": "unheard of"}'])
def test_a_jwk_that_is_none_does_not_keep_a_key_from_going(path: Path, content: bytes) -> None:
    made(path)
    (path.parent / "jwk.json").write_bytes(content)
    assert ".unknown." in run(path, state="absent", **set_of(path))["backup_file"] and not path.exists()


def test_the_base_directory_itself_stays(path: Path) -> None:
    made(path, base_directory=path.parent)
    assert "directory" not in gone(path, backup=False, base_directory=path.parent)["changes"]
    assert not list(path.parent.iterdir())


def test_that_a_directory_is_gone_is_durable(path: Path, monkeypatch: t.Any) -> None:
    made(path)
    calls = Calls(monkeypatch)
    run(path, state="absent", **{**set_of(path), "backup": False})
    assert [str(call) for call in calls.made[-2:]] == ["rmdir v1", "fsync jwt"]


def test_a_passphrase_is_kept_before_its_key_is_taken(path: Path, monkeypatch: t.Any) -> None:
    made(path)
    calls = Calls(monkeypatch)
    run(path, state="absent", **set_of(path))
    (kept,) = backups(path.parent / "env")
    renames = [call.names for call in calls.made if call.name == "rename"]
    assert [renames[0][1], renames[1][0]] == [kept.name, path.name]


def test_a_passphrase_that_is_in_the_second_file_alone_is_kept(path: Path) -> None:
    files = [{"path": path.parent / "env", "passphrase_variable": ""}, {"path": path.parent / "more.env"}]
    made(path, environment=files)
    gone(path, environment=files)
    (kept,) = backups(path.parent / "more.env")
    assert FIRST.encode() in kept.read_bytes() and not backups(path.parent / "env")


def test_nothing_is_taken_from_the_directory_above_one_that_is_gone(tmp_path: Path) -> None:
    run(tmp_path / "private.key", passphrase=FIRST, environment=[{"path": tmp_path / "env"}])
    before = picture(tmp_path)
    gone = tmp_path / "v1"
    made = run(gone / "private.key", state="absent", backup=False, environment=[{"path": gone / "env"}])
    assert not made["changed"] and picture(tmp_path) == before


def test_of_what_was_staged_a_private_key_alone_is_kept(path: Path) -> None:
    made(path)
    staged(path).write_bytes(b"junk")
    run(path, state="absent", **set_of(path))
    assert not staged(path).exists() and all(b"junk" not in one.read_bytes() for one in backups(path))


def test_of_a_key_that_is_not_there_nothing_is_kept(path: Path) -> None:
    made(path)
    path.rename(staged(path))
    result = gone(path)
    assert "backup_file" not in result and not path.parent.exists()


def test_a_directory_goes_with_the_rest_of_a_key_that_is_gone(path: Path) -> None:
    made(path)
    path.unlink()
    assert gone(path)["changes"][-1] == "directory" and not path.parent.exists()


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601])
def test_a_backup_is_its_owner_s_alone(path: Path, mode: int) -> None:
    made(path)
    path.chmod(mode)
    run(path, state="absent", **set_of(path))
    assert [one.stat().st_mode & 0o777 for one in backups(path)] == [0o600]


@pytest.mark.parametrize("mode", [0o755, 0o4711, 0o2640, 0o600])
def test_what_stays_of_an_environment_file_keeps_its_mode(path: Path, mode: int) -> None:
    made(path)
    env = path.parent / "env"
    env.write_bytes(env.read_bytes() + b"OTHER=1\n")
    env.chmod(mode)
    assert "environment" in gone(path, backup=False)["changes"]
    assert env.stat().st_mode & 0o7777 == mode


def test_a_passphrase_of_nobody_knows_whom_goes_with_the_key_that_it_opens(path: Path) -> None:
    """Where the file says neither path nor key ID of the key."""
    silent = [{"path": path.parents[1] / "env", "key_path_variable": "", "key_id_variable": ""}]
    run(path, passphrase=FIRST, environment=silent)
    env = path.parents[1] / "env"
    text = env.read_text()
    env.write_text(text.replace(FIRST, "of another key"))
    for check in (True, False):
        result = run(path, check, state="absent", backup=False, environment=silent)
        assert result["changes"] == ["private_key"]
    assert "of another key" in env.read_text()
    env.write_text(text)
    run(path, passphrase=FIRST, environment=silent)
    assert gone(path, backup=False, environment=silent, public_path=None)["changes"][:1] == ["private_key"]
    assert not env.exists()


def test_the_passphrase_of_another_key_stays_where_its_key_id_is_known_to_nobody(path: Path) -> None:
    env = path.parents[1] / "env"
    pathless: t.Dict[str, t.Any] = {"environment": [{"path": env, "key_path_variable": ""}]}
    run(path.parents[1] / "v2" / "private.key", generate_passphrase=True, **pathless)
    before = env.read_bytes()
    run(path)
    run(path, state="absent", backup=False, **pathless)
    assert not path.exists() and env.read_bytes() == before


def test_whether_a_passphrase_is_ours_is_not_known_without_the_library(path: Path, monkeypatch: t.Any) -> None:
    silent = [{"path": path.parents[1] / "env", "key_path_variable": "", "key_id_variable": ""}]
    run(path, passphrase=FIRST, environment=silent)

    def missing(*_given: t.Any) -> t.NoReturn:
        raise MissingLibrary("no library")

    monkeypatch.setattr(inspect, "open_private", missing)
    assert run(path, state="absent", backup=False, environment=silent)["changes"] == ["private_key"]
    assert (path.parents[1] / "env").exists()


@pytest.mark.parametrize("order", ["old first", "new first"])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_directory_that_another_key_pair_of_the_run_uses_stays(path: Path, order: str, is_there: bool) -> None:
    base = path.parents[1]
    old = path.parent / "old.key"
    pairs = {
        "old": wanted(old, state="absent", backup=False, base_directory=base),
        "new": wanted(path, base_directory=base),
    }
    if order == "new first":
        pairs = {"new": pairs["new"], "old": pairs["old"]}
    if is_there:
        run(old, base_directory=base)
    for _run_number in range(2):
        planned, done = (keypair_run.run(pairs, check) for check in (True, False))
        for name, outcome in planned.items():
            assert not outcome.error and not done[name].error, (outcome, done[name])
            assert outcome.result["changes"] == done[name].result["changes"]
    assert path.exists() and not old.exists() and not any(outcome.result["changed"] for outcome in done.values())


@pytest.mark.parametrize("order", ["old first", "new first"])
@pytest.mark.parametrize("old_version", ["v1", "v0"])
def test_the_link_to_a_key_pair_of_the_run_stays(path: Path, order: str, old_version: str) -> None:
    base, link = path.parents[1], path.parents[1] / "current"
    old = base / old_version / "old.key"
    run(old, base_directory=base, active_link=link)
    pairs = {
        "old": wanted(old, state="absent", regenerate="always", base_directory=base, active_link=link, backup=False),
        "new": wanted(path, base_directory=base, active_link=link),
    }
    if order == "new first":
        pairs = {"new": pairs["new"], "old": pairs["old"]}
    for number in range(2):
        planned, done = (keypair_run.run(pairs, check) for check in (True, False))
        for name, outcome in planned.items():
            assert not outcome.error and not done[name].error, (outcome, done[name])
            assert outcome.result["changes"] == done[name].result["changes"]
        assert os.readlink(str(link)) == "v1" and "active_link" not in done["old"].result["changes"]
        assert done["old"].result["changed"] is (number == 0)
    assert not done["new"].result["changed"] and path.exists() and not old.exists()


def test_the_link_to_a_neighbour_of_a_key_that_is_not_there_stays(path: Path) -> None:
    made(path, active=True)
    link = path.parents[1] / "current"
    result = run(path.parent / "old.key", state="absent", regenerate="always", active_link=link)
    assert result["changes"] == [] and os.path.lexists(str(link))


def test_of_a_key_that_is_gone_nothing_is_active(path: Path) -> None:
    made(path, active=True)
    link = path.parents[1] / "current"
    for check in (True, False):
        assert run(path.parent / "old.key", check, state="absent", active_link=link)["changes"] == []


def test_whether_it_is_active_is_judged_in_the_order_of_the_run(path: Path) -> None:
    """Also where directories are made meanwhile, after which everything is looked at again."""
    link = path.parents[1] / "current"
    run(path)
    pairs = {
        "old": wanted(path, state="absent", active_link=link, backup=False),
        "new": wanted(path.parent / "new.key", public_path=path.parents[1] / "more" / "public.pem", active_link=link),
    }
    planned, done = (keypair_run.run(pairs, check) for check in (True, False))
    assert [one.error for one in (*planned.values(), *done.values())] == [None] * 4
    assert not path.exists() and os.readlink(str(link)) == path.parent.name


def test_the_link_to_a_directory_with_a_key_pair_of_the_run_stays(path: Path) -> None:
    old, link = path.parent / "old.key", path.parents[1] / "current"
    run(old, active_link=link)
    pairs = {"new": wanted(path), "old": wanted(old, state="absent", regenerate="always", active_link=link)}
    planned, done = (keypair_run.run(pairs, check) for check in (True, False))
    assert planned["old"].result["changes"] == done["old"].result["changes"] == ["private_key"]
    assert os.path.lexists(str(link)) and path.exists()


@pytest.mark.parametrize("what", ["the directory above", "the link's"])
def test_check_mode_says_that_a_name_cannot_go(path: Path, monkeypatch: t.Any, what: str) -> None:
    made(path)
    links = path.parents[2] / "links"
    links.mkdir(0o755)
    (links / "current").symlink_to(path.parent)
    closed = {"the directory above": path.parents[1], "the link's": links}[what]
    before, check = picture(path.parents[2]), directory.Directory.check_writable

    def closed_to_us(folder: directory.Directory) -> None:
        if folder.path == str(closed):
            raise KeysmithError("cannot write to it")
        check(folder)

    monkeypatch.setattr(directory.Directory, "check_writable", closed_to_us)
    options = {**set_of(path), "backup": False, "active_link": links / "current", "regenerate": "always"}
    for check_mode in (True, False):
        with pytest.raises(KeysmithError, match="cannot write to it"):
            run(path, check_mode, state="absent", **options)
    assert picture(path.parents[2]) == before


def test_lines_of_a_key_pair_of_the_run_stay_where_nothing_tells_whose_they_are(path: Path) -> None:
    item = {"path": path.parents[1] / "env", "key_path_variable": ""}
    pairs = {
        "old": wanted(path.parent / "old.key", state="absent", environment=[item]),
        "new": wanted(path, environment=[item]),
    }
    run(path, environment=[item])
    run(path.parent / "old.key")
    before = (path.parents[1] / "env").read_bytes()
    done = keypair_run.run(pairs, False)
    assert done["old"].result["changes"] == ["private_key"] and not done["new"].result["changed"]
    assert (path.parents[1] / "env").read_bytes() == before
    assert not any(outcome.result["changed"] for outcome in keypair_run.run(pairs, False).values())


def test_what_tells_whose_lines_are_ours_goes_after_them(path: Path, monkeypatch: t.Any) -> None:
    """A run that is killed in between is finished by the next one."""
    files: t.Dict[str, t.Any] = {
        "jwk_path": path.with_name("jwk.json"),
        "environment": [{"path": path.parents[1] / "env", "key_path_variable": ""}],
    }
    run(path, **files)

    def killed(_item: t.Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(remove, "_clear", killed)
        run(path, state="absent", backup=False, **files)
    assert not path.exists()
    assert run(path, state="absent", backup=False, **files)["changes"] == ["jwk", "environment"]
