# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files have to change so that a set says the same of one key."""

from __future__ import annotations

import errno
import os
import tempfile
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import files as disk_files
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import locked_directories, xattrs
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.attributes import Attributes
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import changes, decide, inspect, outputs, values
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import run as keypair_run
from ansible_collections.keysmith.jwt.tests.unit.access_lists import are_there, let_in
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, picture, run, wanted
from ansible_collections.keysmith.jwt.tests.unit.system_calls import Calls


def set_of(folder: Path) -> t.Dict[str, t.Any]:
    return {
        "public_path": folder / "public.pem",
        "jwk_path": folder / "jwk.json",
        "environment": [{"path": folder / "env"}, {"path": folder / "more.env"}],
    }


def steps(folder: Path, known: bool = True, **more: t.Any) -> t.List[changes.Step]:
    given = wanted(folder / "private.key", **{"passphrase": FIRST, **set_of(folder), **more})
    with locked_directories.LockedDirectories() as folders:
        state = inspect.look(given, folders)
        key = state.opened.key if state.opened and known else None
        source = outputs.Source(key.pem if key else "", decide.jwk(given, key, b"") if key else {}, b"", b"")
        return changes.of_set(given, state, changes.Made(key, given.passphrase or b"", b"", source))


def kinds(made: t.Sequence[changes.Step]) -> t.List[t.Tuple[str, bool]]:
    return [(step.output.kind, step.content is not None) for step in made]


NEW = [("environment", True), ("environment", True), ("public_key", True), ("jwk", True)]


def test_of_a_new_key_every_file_changes_in_the_order_of_the_commit(tmp_path: Path) -> None:
    assert kinds(steps(tmp_path)) == NEW
    assert all(changes.UNKNOWN_KEY_ID not in str(step) for step in steps(tmp_path))


def test_where_all_is_well_there_are_none(tmp_path: Path) -> None:
    run(tmp_path / "private.key", passphrase=FIRST, **set_of(tmp_path))
    assert steps(tmp_path) == []
    # A key that is yet to be made has another ID.
    assert kinds(steps(tmp_path, known=False)) == NEW


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda it: (it / "more.env").write_bytes(b""), [("environment", True)]),
        (lambda it: (it / "jwk.json").unlink(), [("jwk", True)]),
        (lambda it: (it / "jwk.json").chmod(0o666), [("jwk", False)]),
        (lambda it: (it / "env").chmod(0o644), [("environment", False)]),
    ],
)
def test_only_what_differs_changes(
    tmp_path: Path, spoil: t.Callable[[Path], t.Any], expected: t.List[t.Tuple[str, bool]]
) -> None:
    run(tmp_path / "private.key", passphrase=FIRST, **set_of(tmp_path))
    spoil(tmp_path)
    assert kinds(steps(tmp_path)) == expected


def test_what_nobody_said_a_word_about_stays() -> None:
    info = os.stat_result((0o100640, 1, 1, 1, 11, 22, 0, 0, 0, 0))
    assert changes.kept(info, Attributes()) == Attributes(0o640, 11, 22)
    assert changes.kept(info, Attributes(0o600, 33, -1)) == Attributes(0o600, 33, 22)
    assert changes.kept(info, Attributes(0o600, -1, 44)) == Attributes(0o600, 11, 44)


def test_what_a_list_gives_to_others_is_not_the_group_s(tmp_path: Path) -> None:
    """Under a list, the group's bits in the mode are the most that anybody named in it may."""
    path, env = tmp_path / "private.key", tmp_path / "env"
    given: t.Dict[str, t.Any] = {"mode": "0640", "environment": [{"path": env, "mode": "0640"}]}
    run(path, **given)
    env.write_bytes(b"OTHER=1\n" + env.read_bytes())
    for file in (path, env):
        let_in(file, 4, group=0)
        assert file.stat().st_mode & 0o070
    with locked_directories.LockedDirectories() as folders:
        state = inspect.look(wanted(path, **given), folders)
        for found in (state.private, state.environment[0].file):
            assert found.has_list and found.mode & 0o077 == 0 and changes.as_it_is(found).mode & 0o077 == 0
    run(path, state="absent", **given)
    assert env.read_bytes() == b"OTHER=1\n" and env.stat().st_mode & 0o077 == 0 and not are_there(env)


def test_who_a_list_lets_in_is_out_before_anything_new_is_written(tmp_path: Path, monkeypatch: t.Any) -> None:
    path = tmp_path / "private.key"
    run(path, mode="0640")
    let_in(path, 4, group=4)
    path.chmod(0o640)
    with monkeypatch.context() as patch:
        Calls(patch, 0, errno.ENOSPC, ["write"])
        with pytest.raises(KeysmithError, match="No space left"):
            run(path, mode="0640", passphrase=FIRST)
    assert not are_there(path) and path.stat().st_mode & 0o777 == 0o640


def test_the_copy_to_go_back_to_lets_in_nobody_else(tmp_path: Path, monkeypatch: t.Any) -> None:
    path, env = tmp_path / "private.key", tmp_path / "env"
    given: t.Dict[str, t.Any] = {"environment": [{"path": env, "mode": "0640"}]}
    run(path, **given)
    let_in(env, 4, group=0)
    # Another owner is wanted, so that the file is not narrowed first.
    given["environment"][0]["group"] = str(os.getegid() if os.geteuid() else 12345)
    modes, stage = [], disk_files.FileSlot.stage

    def staged(place: t.Any, content: bytes, attributes: t.Any, *more: t.Any) -> t.Any:
        if place.name == "env" and FIRST.encode() not in content:
            modes.append(attributes.mode)
        return stage(place, content, attributes, *more)

    monkeypatch.setattr(disk_files.FileSlot, "stage", staged)
    run(path, passphrase=FIRST, **given)
    assert [mode & 0o077 for mode in modes] == [0]


@pytest.mark.parametrize("foreign", ["app.conf", "lib/app.py", "v0/other.key"])
@pytest.mark.parametrize("where", ["", "orders"])
def test_a_directory_with_others_things_in_it_is_not_closed_to_them(tmp_path: Path, foreign: str, where: str) -> None:
    file = tmp_path / "app" / where / foreign
    file.parent.mkdir(parents=True)
    file.touch()
    for folder in (tmp_path / "app", file.parent):
        folder.chmod(0o755)
    path = tmp_path / "app" / "orders" / "private.key"
    for check in (True, False):
        with pytest.raises(KeysmithError, match="also holds other files .such as %s., whose" % foreign.split("/")[0]):
            run(path, check, base_directory=tmp_path / "app")
    assert not path.exists() and (tmp_path / "app").stat().st_mode & 0o777 == 0o755
    # That it is as it is to be is nobody's harm.
    for folder in (tmp_path / "app", tmp_path / "app" / where):
        folder.chmod(0o700)
    assert run(path, base_directory=tmp_path / "app")["changed"]


def test_what_is_of_our_making_may_be_in_a_directory_that_is_closed(tmp_path: Path) -> None:
    base = tmp_path / "jwt"
    given: t.Dict[str, t.Any] = {"base_directory": base, "directory_mode": "0750"}
    for version in ("v0", "v1", "v2"):
        run(base / version / "private.key", active_link=base / "current", **given)
    run(base / "v0" / "private.key", state="absent")
    (base / ".restart-due").touch()
    (base / "empty").mkdir()
    (base / "closed.env").write_text("SECRET=1\n")
    (base / "closed.env").chmod(0o600)
    files = [{"path": base / "more.env"}]
    for version in ("v1", "v2"):
        run(base / version / "private.key", base_directory=base, environment=files if version == "v1" else [])
        (base / "more.env").unlink() if version == "v1" else None
        assert base.stat().st_mode & 0o777 == 0o700
        base.chmod(0o755)


def test_what_other_key_pairs_of_the_run_have_in_a_directory_locks_out_nobody(tmp_path: Path) -> None:
    base = tmp_path / "jwt"

    def pairs(mode: str) -> t.Dict[str, t.Any]:
        common: t.Dict[str, t.Any] = {"base_directory": base, "directory_mode": mode}
        return {
            "v1": wanted(base / "v1" / "a.key", **common),
            "v2": wanted(base / "v2" / "b.key", environment=[{"path": base / ".env", "mode": "0640"}], **common),
        }

    for mode in ("0750", "0700"):
        assert [one.error for one in keypair_run.run(pairs(mode), False).values()] == [None, None]
        assert base.stat().st_mode & 0o777 == int(mode, 8)


def test_what_a_removal_has_left_of_a_version_locks_out_nobody(tmp_path: Path) -> None:
    base = tmp_path / "jwt"
    given: t.Dict[str, t.Any] = {"base_directory": base, "directory_mode": "0750"}
    for version in ("v1", "v2"):
        run(base / version / "private.key", environment=[{"path": base / version / "env"}], **given)
    (base / "v1" / "private.key").unlink()
    given["directory_mode"] = "0700"
    assert run(base / "v2" / "private.key", environment=[{"path": base / "v2" / "env"}], **given)["changed"]


def test_a_directory_for_all_is_not_taken(tmp_path: Path) -> None:
    base = tmp_path / "shm"
    base.mkdir()
    base.chmod(0o1777)
    with pytest.raises(KeysmithError, match="^base_directory: everybody can create files in .*/shm"):
        run(base / "private.key", base_directory=base)
    assert base.stat().st_mode & 0o7777 == 0o1777


def test_a_directory_of_the_system_is_not_taken_over_through_a_link(tmp_path: Path, monkeypatch: t.Any) -> None:
    (tmp_path / "opt").mkdir(0o755)
    (tmp_path / "apps").symlink_to("opt")
    monkeypatch.setattr(values, "_SYSTEM", frozenset([str(tmp_path / "opt")]))
    path = tmp_path / "apps" / "orders" / "private.key"
    for check in (True, False):
        with pytest.raises(KeysmithError, match="^base_directory: .*/opt is a system directory"):
            run(path, check, base_directory=tmp_path / "apps")
    assert (tmp_path / "opt").stat().st_mode & 0o777 == 0o755 and not list((tmp_path / "opt").iterdir())


@pytest.mark.parametrize("mode", ["0620", "0604"])
def test_where_the_passphrase_is_under_another_name_nobody_is_let_in(tmp_path: Path, mode: str) -> None:
    env = tmp_path / "env"
    env.write_text("OTHER='%s'\n" % FIRST)
    env.chmod(0o777)
    item = {"path": env, "mode": mode, "passphrase_variable": ""}
    with pytest.raises(
        KeysmithError, match="^environment: mode: .*/env holds the passphrase, and %s is too open for a secret" % mode
    ):
        run(tmp_path / "private.key", passphrase=FIRST, environment=[item])


@pytest.mark.parametrize("mode", ["0644", "0604", "0664"])
def test_without_a_passphrase_anybody_may_be_let_in(tmp_path: Path, mode: str) -> None:
    env = tmp_path / "env"
    run(tmp_path / "private.key", environment=[{"path": env, "mode": mode}])
    assert env.stat().st_mode & 0o777 == int(mode, 8)


def test_a_list_on_a_public_file_is_nobody_s_harm(tmp_path: Path) -> None:
    path, public = tmp_path / "private.key", tmp_path / "public.pem"
    run(path, public_path=public, public_mode="0660")
    let_in(public, 4, group=6)
    public.chmod(0o660)
    assert run(path, public_path=public, public_mode="0660")["changed"] is False and are_there(public)


def test_no_secret_in_any_representation(tmp_path: Path) -> None:
    made = steps(tmp_path)
    assert FIRST not in repr(made) and FIRST not in "".join(str(step) for step in made)
    assert "<content of " in repr(made[0])


@pytest.mark.parametrize(("context", "steps_made"), [("", 0), ("u:r:there:s0", 0), ("u:r:wanted:s0", 1)])
def test_another_context_is_mended(tmp_path: Path, monkeypatch: t.Any, context: str, steps_made: int) -> None:
    path = tmp_path / "private.key"
    run(path)
    monkeypatch.setattr(
        xattrs, "get_context", lambda file: "u:r:there:s0" if str(file).endswith("/private.key") else ""
    )
    given = wanted(path)
    given = given._replace(private=given.private._replace(context=context))
    with locked_directories.LockedDirectories() as folders:
        made = changes.of_private(given, inspect.look(given, folders), False)
    assert [step.content for step in [made] if step] == [None] * steps_made


@pytest.mark.parametrize(
    ("mode", "owner", "group", "later", "is_out"),
    [
        (0o755, 0, 0, Attributes(0o700), True),
        (0o700, 0, 0, Attributes(0o750, 1, 1), False),
        (0o755, 5, 5, Attributes(0o755, 1, 1), False),
        (0o700, 5, 5, Attributes(0o700, 1), True),
        (0o750, 0, 5, Attributes(0o750, -1, 6), True),
        (0o750, 0, 5, Attributes(0o750, -1, 5), False),
        (0o700, 0, 5, Attributes(0o700, -1, 6), False),
    ],
)
def test_who_is_shut_out_of_a_directory(mode: int, owner: int, group: int, later: Attributes, is_out: bool) -> None:
    info = os.stat_result((0o40000 | mode, 1, 1, 1, owner, group, 0, 0, 0, 0))
    assert changes._shuts_out(info, later) is is_out


@pytest.fixture(name="open_place")
def open_place_() -> t.Iterator[Path]:
    """A directory that others come to."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("base_directory", "^base_directory: the mode or owner of .*/theirs has to be changed, but it belongs to root"),
        ("environment", "^environment: the mode or owner of .*/file has to be changed, but it belongs to root"),
        ("public_path", "^public_path: .*/file has to belong to root, which only root can set"),
    ],
)
def test_what_is_another_s_to_change_is_told_before_anything_is_done(
    open_place: Path, option: str, sentence: str
) -> None:
    nobody, ours, place = 65534, open_place / "ours", open_place / "theirs"
    # All that is imported on the way, which that user may not be able to read.
    run(ours / "private.key", base_directory=ours, public_path=ours / "p", environment=[{"path": ours / "env"}])
    (place / "inner").mkdir(0o700, parents=True)
    os.chown(str(place / "inner"), nobody, nobody)
    place.chmod(0o755)
    options: t.Dict[str, t.Any] = {option: place / "file"}
    if option == "base_directory":
        options = {"base_directory": place}
    else:
        os.chown(str(place), nobody, nobody)
        (place / "file").touch(0o644)
    if option == "environment":
        options = {"environment": [{"path": place / "file"}]}
    before = picture(place)
    os.seteuid(nobody)
    try:
        for check in (True, False):
            with pytest.raises(KeysmithError, match=sentence):
                run(place / "inner" / "private.key", check, **options)
    finally:
        os.seteuid(0)
    assert picture(place) == before
