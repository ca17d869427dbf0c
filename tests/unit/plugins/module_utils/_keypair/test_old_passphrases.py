# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups of a key can be opened, whatever became of the passphrase since."""

from __future__ import annotations

import errno
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.files import FileSlot
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files import edit
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import recovery
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read
from ansible_collections.keysmith.jwt.tests.unit import directories
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import (
    FIRST,
    SECOND,
    backups,
    four_runs,
    picture,
    run,
    staged,
)
from ansible_collections.keysmith.jwt.tests.unit.system_calls import Calls

NAME = "PRIVATE_KEY_PASSWORD"
GENERATED: t.Dict[str, t.Any] = {"generate_passphrase": True}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "v1" / "private.key"


def options(path: Path, **more: t.Any) -> t.Dict[str, t.Any]:
    return {"environment": [{"path": path.with_name("env")}, {"path": path.with_name(".env")}], **more}


def opened(path: Path) -> t.List[t.Any]:
    """All backups of the key, each opened with a passphrase that is in an environment file."""
    files = [one for name in ("env", ".env") for one in [path.with_name(name), *backups(path.with_name(name))]]
    texts = [one.read_bytes() for one in files if one.exists()]
    assert all(one.stat().st_mode & 0o777 == 0o600 for one in files if one.exists())
    found = [edit.values(text, [NAME], "systemd").get(NAME, "").encode() for text in texts]
    return [read.read_private(one.read_bytes(), [p for p in found if p], name="pem") for one in backups(path)]


@pytest.mark.parametrize(
    "after",
    [
        {"passphrase": SECOND, "algorithm": "ES384", "regenerate": "mismatch"},
        {"passphrase": SECOND, "regenerate": "always"},
        {"encrypted": False, "regenerate": "always"},
    ],
)
def test_what_is_replaced_keeps_the_passphrase_that_was_generated(path: Path, after: t.Dict[str, t.Any]) -> None:
    run(path, **options(path, **GENERATED))
    run(path, **options(path, **after))
    assert len(opened(path)) == 1
    # One copy of it is enough.
    assert len(backups(path.with_name("env"))) == 1 and not backups(path.with_name(".env"))


def test_an_older_backup_keeps_it_when_the_passphrase_changes(path: Path) -> None:
    run(path, **options(path, **GENERATED))
    run(path, **options(path, **GENERATED, regenerate="always"))
    assert len(opened(path)) == 1 and not backups(path.with_name("env"))
    assert four_runs(path, path.parent, **options(path, passphrase=SECOND))["changes"]
    assert len(opened(path)) == 1 and len(backups(path.with_name("env"))) == 1


def test_one_that_is_given_is_known(path: Path) -> None:
    run(path, **options(path, passphrase=FIRST))
    after = {"passphrase": SECOND, "previous_passphrases": [FIRST], "regenerate": "always"}
    run(path, **options(path, **after))
    assert len(backups(path)) == 1 and not backups(path.with_name("env"))


def test_without_a_backup_nothing_is_kept(path: Path) -> None:
    run(path, **options(path, **GENERATED))
    run(path, **options(path, passphrase=SECOND, regenerate="always", backup=False))
    run(path, **options(path, passphrase=FIRST))
    assert {one.name for one in path.parent.iterdir()} == {"private.key", "env", ".env"}


def test_an_error_at_any_call_loses_none_and_leaves_none(path: Path, monkeypatch: t.Any) -> None:
    run(path, **options(path, **GENERATED))
    before, after = picture(path.parent), options(path, passphrase=SECOND, regenerate="always")
    for number in range(200):
        with monkeypatch.context() as patch:
            calls = Calls(patch, number, errno.EIO, ["open", "write", "fsync", "rename", "link"])
            try:
                run(path, **after)
            except KeysmithError:
                pass
            else:
                break
        same = {name: (now[0], now[1]) for name, now in picture(path.parent).items()}
        if same != {name: (now[0], now[1]) for name, now in before.items()}:
            # What could not be taken back is a whole set, and the old key opens still.
            assert len(opened(path)) == len(backups(path)), calls.made[number]
            break
    else:
        raise AssertionError("it never ended")
    assert number > 10


def test_a_key_that_waited_is_kept_where_the_one_in_place_cannot_be_opened(path: Path) -> None:
    run(path, **options(path, passphrase=FIRST))
    run(path, **options(path, passphrase=SECOND, previous_passphrases=[FIRST]))
    second = path.read_bytes()
    path.unlink()
    run(path, passphrase=FIRST)
    staged(path).write_bytes(second)
    path.with_name("env").unlink()
    path.with_name(".env").unlink()
    run(path, regenerate="always")
    assert {one.read_bytes() == second for one in backups(path)} == {True, False}
    assert all(one.stat().st_mode & 0o777 == 0o600 for one in backups(path)) and not staged(path).exists()


@pytest.mark.parametrize("live", [True, False])
def test_a_removal_keeps_what_older_backups_need(path: Path, live: bool) -> None:
    run(path, **options(path, **GENERATED))
    run(path, **options(path, **GENERATED, regenerate="always"))
    if not live:
        path.unlink()
    run(path, state="absent", **options(path, backup=False))
    assert len(opened(path)) == 1 and not path.with_name("env").exists()
    assert len(backups(path.with_name("env"))) == 1 and not backups(path.with_name(".env"))


def test_a_removal_copies_no_passphrase_that_is_given(path: Path) -> None:
    run(path, **options(path, passphrase=FIRST))
    run(path, state="absent", **options(path, passphrase=FIRST))
    assert len(backups(path)) == 1 and not backups(path.with_name("env"))


def test_a_backup_of_the_same_length_is_no_copy(tmp_path: Path) -> None:
    folder = directories.opened(tmp_path)
    place = FileSlot(folder, "env", "environment")
    backup = tmp_path / ("env" + recovery.backup_suffix("x" * 43))
    backup.write_bytes(b"A=2\n")
    assert recovery.copies(place, b"A=1\n") == []
    backup.write_bytes(b"A=1\n")
    assert [copy.path for copy in recovery.copies(place, b"A=1\n")] == [str(backup)]
    folder.close()


def test_a_removal_that_goes_on_makes_no_second_copy(path: Path) -> None:
    run(path, **options(path, **GENERATED))
    second = path.with_name(".env")
    content = second.read_bytes()
    run(path, **options(path, state="absent"))
    second.write_bytes(content)  # as a run that was killed before it has left it
    second.chmod(0o600)
    run(path, **options(path, state="absent"))
    assert not second.exists() and not backups(second) and len(opened(path)) == 1
