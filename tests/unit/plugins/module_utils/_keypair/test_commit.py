# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of files put in place: the order, and what every single failing call leaves behind."""

from __future__ import annotations

import errno
import os
import stat
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import attributes
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files import edit
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk, public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import changes, outputs, state
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read as keys_read
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, SECOND, backups, picture, run
from ansible_collections.keysmith.jwt.tests.unit.system_calls import Calls

NAMES = ("PRIVATE_KEY_PASSWORD", "PRIVATE_RSA_KEY_ID", "PRIVATE_RSA_KEY_FILE_PATH")
OTHERS = b"# kept\nOTHER=value\n"


class Set:
    """A key pair with all its files in a directory, as a service reads them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "jwt"
        self.directory.mkdir(mode=0o700)
        self.path = self.directory / "v1" / "private.key"
        self.env = self.directory / "service.env"
        self.env.write_bytes(OTHERS)
        self.env.chmod(0o600)

    def options(self, **more: t.Any) -> t.Dict[str, t.Any]:
        folder = self.path.parent
        return {
            "public_path": folder / "public.pem",
            "jwk_path": folder / "jwk.json",
            "active_link": self.directory / "current",
            "environment": [{"path": self.env}],
            **more,
        }

    def run(self, **more: t.Any) -> t.Dict[str, t.Any]:
        return run(self.path, **self.options(**more))

    def read_as_service(self) -> t.Optional[str]:
        """The thumbprint of the key that the environment file's passphrase opens; None where there is no set yet."""
        values = edit.values(self.env.read_bytes(), NAMES, "systemd")
        if NAMES[1] not in values:
            return None
        passphrase = values.get(NAMES[0], "").encode()
        key = keys_read.read_private(Path(values[NAMES[2]]).read_bytes(), [passphrase], name="the service's")
        assert key.encrypted == bool(passphrase)
        thumbprint = jwk.thumbprint(public_facts.facts(key.public).members)
        assert values[NAMES[1]] in (thumbprint, "one")
        return thumbprint

    def leftovers(self) -> t.List[str]:
        return [name for name in picture(self.directory) if ".tmp" in name or ".staged" in name]


CHANGE_PASSPHRASE = {"passphrase": SECOND, "previous_passphrases": [FIRST]}
OPERATIONS: t.Dict[str, t.Tuple[t.Optional[t.Dict[str, t.Any]], t.Dict[str, t.Any]]] = {
    "create": (None, {"passphrase": FIRST}),
    "change the passphrase": ({"passphrase": FIRST}, CHANGE_PASSPHRASE),
    "encrypt": ({}, {"passphrase": FIRST}),
    "replace": ({"passphrase": FIRST}, {"passphrase": SECOND, "regenerate": "always"}),
    "replace without a backup": ({}, {"regenerate": "always", "backup": False}),
    "convert": ({"passphrase": FIRST}, {"passphrase": FIRST, "format": "traditional"}),
    "change the key ID": ({"passphrase": FIRST, "key_id": "one"}, {"passphrase": FIRST}),
}


def test_the_order_of_a_whole_set(tmp_path: Path, monkeypatch: t.Any) -> None:
    it = Set(tmp_path)
    it.run(passphrase=FIRST)
    calls = Calls(monkeypatch)
    it.run(passphrase=SECOND, previous_passphrases=[FIRST], regenerate="always")
    made = list(calls.made)
    renames = [call.names[1] for call in made if call.name == "rename"]
    assert renames == ["service.env", "private.key", "public.pem", "jwk.json"]
    # Everything is on the disk before the first rename, the backup too.
    first = [call.name for call in made].index("rename")
    written = {call.names[0] for call in made if call.name == "write"}
    synced = {call.names[0] for call in made[:first] if call.name == "fsync"}
    assert not [call for call in made[first:] if call.name in ("write", "link")]
    assert written <= synced and {"v1", "jwt"} <= synced
    # Each rename is durable before the next.
    for index, call in enumerate(made):
        if call.name == "rename":
            assert made[index + 1].name == "fsync" and made[index + 1].names[0] in ("v1", "jwt")


def test_the_link_is_switched_last(tmp_path: Path, monkeypatch: t.Any) -> None:
    it = Set(tmp_path)
    calls = Calls(monkeypatch)
    it.run(passphrase=FIRST)
    renamed = [call.names[1] for call in calls.made if call.name == "rename"]
    assert renamed[-1] == "current" and renamed.index("service.env") < renamed.index("private.key")
    assert os.readlink(str(it.directory / "current")) == "v1"


def test_existing_files_are_never_opened_for_writing(tmp_path: Path, monkeypatch: t.Any) -> None:
    it = Set(tmp_path)
    opened = []
    real = os.open

    def noted(path: t.Any, flags: int, *more: t.Any, **named: t.Any) -> int:
        opened.append((str(path), flags))
        return real(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", noted)
    for options in ({"passphrase": FIRST}, CHANGE_PASSPHRASE, {"passphrase": SECOND, "regenerate": "always"}):
        it.run(**options)
    writing = [one for one in opened if one[1] & (os.O_WRONLY | os.O_RDWR)]
    assert writing and all(flags & os.O_EXCL and flags & os.O_NOFOLLOW for _path, flags in writing)
    # No program that is started meanwhile gets a descriptor of a secret.
    assert all(flags & os.O_CLOEXEC for _path, flags in opened)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_failing_call_leaves_a_working_set(operation: str, tmp_path: Path, monkeypatch: t.Any) -> None:
    before, change = OPERATIONS[operation]
    at = 0
    while True:
        directory = tmp_path / str(at)
        directory.mkdir(mode=0o700)
        it = Set(directory)
        old = it.run(**before)["thumbprint"] if before is not None else None
        with monkeypatch.context() as patch:
            calls = Calls(patch, at, errno.EIO)
            try:
                done: t.Optional[t.Dict[str, t.Any]] = it.run(**change)
            except KeysmithError as failure:
                done = None
                assert "injected" not in str(failure) and ".tmp" not in str(failure), str(failure)
                assert str(directory) in str(failure)
        if len(calls.made) <= at:
            break
        assert OTHERS in it.env.read_bytes(), calls.made[at]
        renamed = {call.names[1] for call in calls.made[:at] if call.name == "rename"}
        if done is None and not renamed & {it.env.name, it.path.name} and calls.made[at].name != "unlink":
            assert not backups(it.path), calls.made[at]
        read = it.read_as_service()
        if done is None and old is not None and not _can_be_new(calls, at):
            assert read == old, calls.made[at]
        # One more run makes it whole, with the same key wherever there was one to keep.
        again = it.run(**{**change, "regenerate": "fail", "previous_passphrases": [FIRST, SECOND]})
        assert it.read_as_service() == again["thumbprint"]
        assert not it.leftovers()
        if old is not None and change.get("regenerate") != "always":
            assert again["thumbprint"] == old
        assert not it.run(**{**change, "regenerate": "fail"})["changed"]
        at += 1
    assert at >= 10, "the calls were not seen"


def _can_be_new(calls: Calls, at: int) -> bool:
    """Whether the call comes after the last rename of the set, when the new set is what there is."""
    renamed = [call.names[1] for call in calls.made[:at] if call.name == "rename"]
    return "jwk.json" in renamed


def test_a_failing_rename_of_a_public_file_leaves_the_environment_file(tmp_path: Path, monkeypatch: t.Any) -> None:
    """Without a new private key there is nothing to go back to, least of all by removing a file."""
    it = Set(tmp_path)
    made = it.run(passphrase=FIRST)
    it.env.write_bytes(it.env.read_bytes().replace(b"PRIVATE_RSA_KEY_ID", b"#PRIVATE_RSA_KEY_ID"))
    it.options()["jwk_path"].unlink()
    with monkeypatch.context() as patch:
        Calls(patch, 1, errno.EIO, ["rename"])
        with pytest.raises(KeysmithError, match="^jwk_path: cannot replace"):
            it.run(passphrase=FIRST)
    assert it.read_as_service() == made["thumbprint"]
    assert not it.leftovers()


def test_a_sync_that_fails_after_the_rename_is_taken_back(tmp_path: Path, monkeypatch: t.Any) -> None:
    it = Set(tmp_path)
    made = it.run(passphrase=FIRST)
    environment = it.env.read_bytes()
    with monkeypatch.context() as patch:
        calls = Calls(patch)
        it.run(**CHANGE_PASSPHRASE)
    index = next(at for at, call in enumerate(calls.made) if call.name == "rename") + 1
    it.run(passphrase=FIRST, previous_passphrases=[SECOND])
    it.env.chmod(0o400)
    with monkeypatch.context() as patch:
        Calls(patch, index, errno.EIO)
        with pytest.raises(KeysmithError, match="^environment: cannot replace .*: Input/output error"):
            it.run(**CHANGE_PASSPHRASE)
    assert it.env.read_bytes() == environment and stat.S_IMODE(it.env.stat().st_mode) == 0o400
    assert it.read_as_service() == made["thumbprint"]
    assert not it.leftovers()


def test_a_disk_that_lies_is_found_out(tmp_path: Path, monkeypatch: t.Any) -> None:
    """One byte of what is written is changed: in the key, and in another file."""
    for name, sentence in ((".private.key.staged", "^path: "), ("jwk.json", "^jwk_path: .* does not hold what")):
        (tmp_path / name).mkdir(mode=0o700)
        it = Set(tmp_path / name)
        write = os.write

        def lying(fd: int, view: t.Any, name: str = name, write: t.Any = write) -> int:
            path = os.path.basename(os.readlink("/proc/self/fd/%d" % fd))
            if name not in path:
                return int(write(fd, view))
            damaged = bytearray(view)
            damaged[len(damaged) // 2] ^= 1
            return int(write(fd, bytes(damaged)))

        with monkeypatch.context() as patch:
            patch.setattr(os, "write", lying)
            with pytest.raises(KeysmithError, match=sentence):
                it.run()
        assert it.env.read_bytes() == OTHERS and not it.path.exists() and not it.leftovers()
        assert it.run()["created"]


@pytest.mark.parametrize(("mode", "linked"), [(0o600, True), (0o640, False)])
def test_a_backup_is_private(tmp_path: Path, mode: int, linked: bool) -> None:
    it = Set(tmp_path)
    it.run(mode="%04o" % mode)
    before = it.path.stat().st_ino, it.path.read_bytes()
    result = it.run(mode="%04o" % mode, regenerate="always")
    (backup,) = backups(it.path)
    assert str(backup) == result["backup_file"]
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600 and backup.stat().st_nlink == 1
    assert (backup.stat().st_ino == before[0]) is linked and backup.read_bytes() == before[1]


def test_a_file_system_without_hard_links_gets_a_copy(tmp_path: Path, monkeypatch: t.Any) -> None:
    it = Set(tmp_path)
    it.run()
    before = it.path.read_bytes()
    with monkeypatch.context() as patch:
        Calls(patch, 0, errno.EPERM, ["link"])
        it.run(regenerate="always")
    (backup,) = backups(it.path)
    assert backup.read_bytes() == before and stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_a_new_key_that_has_its_place_stays_with_its_environment_file(tmp_path: Path, monkeypatch: t.Any) -> None:
    it = Set(tmp_path)
    with monkeypatch.context() as patch:
        calls = Calls(patch, 2, errno.EIO, ["rename"])
        with pytest.raises(KeysmithError, match="^public_path: cannot replace"):
            it.run(passphrase=FIRST)
    assert [call.names[1] for call in calls.made[:2]] == [it.env.name, it.path.name]
    made = it.read_as_service()
    assert made is not None and not it.leftovers()
    again = it.run(passphrase=FIRST)
    assert again["thumbprint"] == made and not again["created"]


def _failing_renames(patch: t.Any, *numbers: int) -> None:
    """Makes the renames of these numbers fail."""
    rename, made = os.rename, []

    def failing(*given: t.Any, **more: t.Any) -> None:
        made.append(given)
        if len(made) - 1 in numbers:
            raise OSError(errno.EIO, "injected")
        rename(*given, **more)

    patch.setattr(os, "rename", failing)


REPLACE: t.Dict[str, t.Any] = {"passphrase": SECOND, "previous_passphrases": [FIRST], "regenerate": "always"}


def test_the_order_of_the_way_back(tmp_path: Path, monkeypatch: t.Any) -> None:
    """The private key first, and the one that the environment file names still is on the disk by then."""
    it = Set(tmp_path)
    it.run(passphrase=FIRST)
    with monkeypatch.context() as patch:
        calls = Calls(patch)
        _failing_renames(patch, 2)
        with pytest.raises(KeysmithError, match="^public_path: cannot replace"):
            it.run(**REPLACE)
    made = [str(call) for call in calls.made]
    back = calls.made[made.index("link private.key .private.key.staged") :]
    assert [str(call) for call in back[1:]][:1] == ["fsync v1"]
    assert [call.names[1] for call in back if call.name == "rename"] == ["private.key", "service.env"]


def test_a_sync_that_fails_does_not_end_the_way_back(tmp_path: Path, monkeypatch: t.Any) -> None:
    it = Set(tmp_path)
    old = it.run(passphrase=FIRST)["thumbprint"]
    with monkeypatch.context() as patch:
        calls, sync = Calls(patch, 2, errno.EIO, ["rename"]), os.fsync

        def failing(fd: int) -> None:
            if len(calls.made) == 4:
                raise OSError(errno.EIO, "injected")
            sync(fd)

        patch.setattr(os, "fsync", failing)
        with pytest.raises(KeysmithError, match="^public_path: cannot replace"):
            it.run(**REPLACE)
    assert [call.names[1] for call in calls.made[3:]] == ["private.key", "service.env"]
    assert it.read_as_service() == old and not it.leftovers()


def test_where_the_old_key_cannot_be_put_back_no_key_is_lost(tmp_path: Path, monkeypatch: t.Any) -> None:
    it = Set(tmp_path)
    old = it.run(passphrase=FIRST)["thumbprint"]
    content = it.path.read_bytes()
    with monkeypatch.context() as patch:
        _failing_renames(patch, 2, 3)
        with pytest.raises(KeysmithError, match="^public_path: cannot replace"):
            it.run(**REPLACE)
    new = it.read_as_service()
    assert new not in (None, old) and [one.read_bytes() for one in backups(it.path)] == [content]
    assert it.run(passphrase=SECOND)["thumbprint"] == new


@pytest.mark.parametrize("which", [0, 1], ids=["to go back to", "backup"])
def test_a_copy_of_the_old_key_that_is_none_is_found_out(tmp_path: Path, monkeypatch: t.Any, which: int) -> None:
    it = Set(tmp_path)
    it.run(mode="0640")
    environment = it.env.read_bytes()
    before, write, copies = picture(it.path.parent), os.write, []

    def lying(fd: int, view: t.Any) -> int:
        name = os.path.basename(os.readlink("/proc/self/fd/%d" % fd))
        if name.startswith(".ks-private.key."):
            copies.append(name)
        is_damaged = name in copies[which : which + 1]
        return write(fd, bytes(view)[::-1] if is_damaged else view)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lying)
        with pytest.raises(KeysmithError, match="^path: .* does not hold what was written"):
            it.run(mode="0640", regenerate="always")
    assert picture(it.path.parent) == before and it.env.read_bytes() == environment


@pytest.mark.parametrize("has_links", [True, False])
def test_the_old_set_comes_back_where_there_are_no_second_names(
    tmp_path: Path, monkeypatch: t.Any, has_links: bool
) -> None:
    it = Set(tmp_path)
    it.run()

    def contents() -> t.Dict[str, t.Any]:
        return {name: found[:2] for name, found in picture(it.directory).items()}

    before, rename = contents(), os.rename

    def fail_for_jwk(old: str, new: str, **more: t.Any) -> None:
        if new == "jwk.json":
            raise OSError(errno.EIO, "injected")
        rename(old, new, **more)

    def no_link(*_given: t.Any, **_named: t.Any) -> t.NoReturn:
        raise OSError(errno.EPERM, "injected")

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", fail_for_jwk)
        if not has_links:
            patch.setattr(os, "link", no_link)
        with pytest.raises(KeysmithError, match="^jwk_path: cannot replace"):
            it.run(regenerate="always")
    assert contents() == before


@pytest.mark.parametrize("kind", ["private.key", "env"])
def test_what_is_to_be_closed_is_so_before_anything_can_fail(tmp_path: Path, monkeypatch: t.Any, kind: str) -> None:
    """Whatever the run ends with, nothing new is open to those that it was to keep out."""
    it = Set(tmp_path)
    it.run()
    opened = it.path if kind == "private.key" else it.env
    opened.chmod(0o644)
    modes, fchmod = [], os.fchmod

    def fail(*_given: t.Any, **_named: t.Any) -> t.NoReturn:
        raise OSError(errno.ENOSPC, "injected")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fchmod", lambda fd, mode: (modes.append(mode), fchmod(fd, mode)))
        patch.setattr(os, "rename", fail)
        with pytest.raises(KeysmithError, match="No space left"):
            it.run(passphrase=SECOND)
    assert stat.S_IMODE(opened.stat().st_mode) == 0o600 and modes and not any(mode & 0o077 for mode in modes)


def test_what_gets_another_owner_stays_open_until_it_has_it(tmp_path: Path) -> None:
    it = Set(tmp_path)
    it.run()
    info = it.path.stat()
    file = state.FoundFile(t.cast(t.Any, None), os.stat_result((0o100644, *info[1:])), b"")
    for owner, closed in ((info.st_uid, 0o600), (info.st_uid + 1, None)):
        step = changes.Step(outputs.PRIVATE_KEY, file, b"new", attributes.Attributes(0o600, owner, info.st_gid))
        found = changes.closed(step)
        assert (found and found.mode) == closed


def test_the_backup_of_a_key_that_was_open_to_others_is_not(tmp_path: Path) -> None:
    it = Set(tmp_path)
    it.run()
    it.path.chmod(0o604)
    it.run(regenerate="always")
    (backup,) = backups(it.path)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601])
def test_the_backup_of_a_key_that_others_can_open_is_a_copy(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "private.key"
    run(path)
    path.chmod(mode)
    run(path, regenerate="always")
    (backup,) = backups(path)
    assert backup.stat().st_mode & 0o777 == 0o600 and path.stat().st_mode & 0o777 == 0o600


def test_a_new_environment_file_goes_again_when_its_key_cannot_be_put_in_place(
    tmp_path: Path, monkeypatch: t.Any
) -> None:
    path, rename = tmp_path / "private.key", os.rename
    run(path)
    before = path.read_bytes()

    def fails(old: str, new: str, **named: t.Any) -> None:
        if new == path.name and "staged" in old:
            raise OSError(errno.EIO, "injected")
        rename(old, new, **named)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", fails)
        with pytest.raises(KeysmithError):
            run(path, passphrase=FIRST, environment=[{"path": tmp_path / "env"}])
    assert path.read_bytes() == before and os.listdir(str(tmp_path)) == ["private.key"]
