# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A record is left of what was there before it was looked at and after; where it cannot be, no harm is done."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import record, record_writing
from ansible_collections.keysmith.jwt.tests.unit.recorded_trees import ALL, REST, Tree, no_context, without_attributes
from ansible_collections.keysmith.jwt.tests.unit.settled_hosts import file_of, records
from ansible_collections.keysmith.jwt.tests.unit.system_calls import not_waiting

ROOT = os.geteuid() == 0
ONLY_ROOT = pytest.mark.skipif(not ROOT, reason="only root can give files to somebody else, and sets such attributes")


@pytest.fixture(name="tree", params=["attribute", "file"] if ROOT else ["file"])
def _tree(tmp_path: Path, monkeypatch: t.Any, request: t.Any) -> Tree:
    if ROOT and request.param == "file":
        without_attributes(monkeypatch)
    return Tree(tmp_path / "jwt")


@pytest.fixture(name="apart")
def _apart(tmp_path: Path, monkeypatch: t.Any) -> Tree:
    """One whose record is a file."""
    if ROOT:
        without_attributes(monkeypatch)
    return Tree(tmp_path / "jwt")


@ONLY_ROOT
def test_root_leaves_it_where_nobody_else_can(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "jwt")
    tree.leave()
    assert os.listxattr(tree.key) == ["trusted.keysmith.record"] and not file_of(tree.key).exists()


def test_elsewhere_it_is_a_file_that_is_ours_alone(apart: Tree) -> None:
    umask = os.umask(0)
    try:
        apart.leave()
    finally:
        os.umask(umask)
    info = file_of(apart.key).stat()
    assert (info.st_mode & 0o7777, info.st_uid, info.st_nlink) == (0o600, os.geteuid(), 1)
    assert os.listxattr(apart.key) == []


def test_every_record_has_a_salt_of_its_own(tree: Tree) -> None:
    salts = set()
    for _number in range(3):
        tree.leave()
        salts.add(records(tree.key)[0][1 : 1 + record.SALT])
    assert len(salts) == 3


@pytest.mark.parametrize("is_guessable", [True, False])
def test_where_a_secret_could_be_guessed_the_digest_is_slow(tree: Tree, is_guessable: bool) -> None:
    tree.leave(is_guessable=is_guessable)
    assert records(tree.key)[0][:1] == (record.SLOW if is_guessable else record.QUICK)
    assert tree.recall() == ALL


def test_where_something_is_to_be_done_nothing_stays(tree: Tree) -> None:
    tree.leave()
    before = sorted(os.listdir(tree.version))
    tree.leave(rest=None)
    assert tree.recall() is None and records(tree.key) == []
    assert set(before) - set(os.listdir(tree.version)) <= {file_of(tree.key).name}


def test_an_earlier_record_is_gone_before_anything_is_looked_at(tree: Tree) -> None:
    tree.leave()
    seen: t.List[t.Any] = []
    tree.leave(meanwhile=lambda: seen.append(tree.recall()))
    assert seen == [None] and tree.recall() == ALL


def _for_a_moment(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(b"other")
    path.write_bytes(content)


def _replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.chmod(0o600)
    os.utime(str(other), ns=(0, 0))
    other.replace(path)


MEANWHILE: t.Dict[str, t.Callable[[Tree], t.Any]] = {
    "something else for a moment": lambda tree: _for_a_moment(tree.env),
    "something else": lambda tree: tree.env.write_bytes(b"other"),
    "another inode": lambda tree: _replace(tree.env),
    "another key": lambda tree: _replace(tree.key),
    "open for a moment": lambda tree: (tree.key.chmod(0o644), tree.key.chmod(0o600)),
    "one more": lambda tree: (tree.version / "more").write_bytes(b""),
    "a doubt": lambda tree: tree.top.chmod(0o770),
    "gone": lambda tree: tree.key.unlink(),
}


@pytest.mark.parametrize("change", MEANWHILE.values(), ids=MEANWHILE)
def test_what_changes_meanwhile_is_not_recorded(tree: Tree, change: t.Callable[[Tree], t.Any]) -> None:
    tree.leave(meanwhile=lambda: change(tree))
    assert tree.recall() is None
    assert not tree.key.exists() or records(tree.key) == []


@ONLY_ROOT
def test_what_the_owner_of_a_directory_swaps_for_a_moment_is_not_recorded(tree: Tree) -> None:
    others = tree.top / "others"
    others.mkdir(0o700)

    def swap() -> None:
        for one, other in (("v1", "aside"), ("others", "v1"), ("v1", "others"), ("aside", "v1")):
            (tree.top / one).rename(tree.top / other)

    if not file_of(tree.key).exists():
        tree.leave(meanwhile=swap)
    os.chown(str(tree.version), 65534, -1)
    tree.leave(meanwhile=swap)
    assert records(tree.key) == []


def test_what_names_mean_by_now_is_not_recorded(tree: Tree) -> None:
    asked = tree.asked(names=[["owner", "root"]])
    for meanings, expected in (([["owner", "root", 1]], None), ([["owner", "root", 0]], ALL)):
        tree.leave(bound=record_writing.Bound(asked, no_context, meanings))
        assert tree.recall(asked) == expected


@pytest.mark.parametrize("name", ["setxattr", "pwrite", "ftruncate", "listdir", "lstat", "fstat"])
def test_what_the_system_refuses_spoils_nothing(tree: Tree, monkeypatch: t.Any, name: str) -> None:
    def refuse(*_given: t.Any, **_named: t.Any) -> t.NoReturn:
        raise OSError(5, "injected")

    writer = tree.writer()
    for begins in (True, False):
        with monkeypatch.context() as patch:
            if begins:
                patch.setattr(os, name, refuse)
            writer.make_room()
            writer.begin()
        with monkeypatch.context() as patch:
            if not begins:
                patch.setattr(os, name, refuse)
            writer.end(REST, False)
        is_believed = tree.recall() == ALL
        assert is_believed or tree.recall() is None
        content = [path.read_text() for path in sorted(tree.version.iterdir()) if path.name in ("env", "private.key")]
        assert content == ["A=b", "a key"]


def test_where_there_is_no_key_there_is_no_record(tree: Tree) -> None:
    tree.key.unlink()
    tree.leave()
    assert tree.recall() is None and not file_of(tree.key).exists()


def test_a_record_without_public_files_has_more_room(tree: Tree) -> None:
    place = tree.writer()._place
    bound = record_writing.Bound(tree.asked(), no_context, [])
    # What compression cannot make shorter.
    for paths, length, is_left in (
        (tree.paths, 1000, True),
        (tree.paths, 3000, False),
        ([str(tree.key), "", ""], 3000, True),
        ([str(tree.key), "", ""], 8000, not records(tree.key) and False),
    ):
        writer = record_writing.Writer(bound, place, paths)
        writer.make_room()
        writer.begin()
        writer.end(os.urandom(length // 2).hex(), False)
        found = records(tree.key)
        if file_of(tree.key).exists():
            assert found, "a file is as long as it has to be"
        else:
            assert bool(found) is is_left
            assert not found or len(found[0]) <= (record_writing.MOST if paths == tree.paths else 3800)


PLANTED: t.Dict[str, t.Callable[[Tree, Path], t.Any]] = {
    "a link": lambda tree, path: path.symlink_to(tree.apart),
    "a second name": lambda tree, path: os.link(tree.apart, path),
    "a FIFO": lambda tree, path: os.mkfifo(str(path)),
    "a directory": lambda tree, path: path.mkdir(),
    "something of ours": lambda tree, path: tree.apart.rename(path),
    "what others read": lambda tree, path: (path.write_bytes(b""), path.chmod(0o644)),
}


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
def test_what_was_planted_in_its_place_is_not_written_to(apart: Tree, plant: t.Callable[[Tree, Path], t.Any]) -> None:
    apart.apart.write_bytes(b"somebody's")
    apart.apart.chmod(0o600)
    path = file_of(apart.key)
    plant(apart, path)
    with not_waiting():
        apart.leave()
    somebodys = apart.apart if apart.apart.exists() else path
    assert somebodys.read_bytes() == b"somebody's"
    assert apart.recall() in (None, ALL)


@ONLY_ROOT
def test_what_another_user_has_left_is_replaced(apart: Tree) -> None:
    apart.leave()
    path = file_of(apart.key)
    os.chown(path, 65534, 65534)
    inode = path.stat().st_ino
    assert apart.recall() is None
    keep = path.open("rb")
    apart.leave()
    assert apart.recall() == ALL and path.stat().st_uid == 0 and path.stat().st_ino != inode
    keep.close()


@ONLY_ROOT
def test_a_file_goes_where_an_attribute_can_be_left(tmp_path: Path, monkeypatch: t.Any) -> None:
    tree = Tree(tmp_path / "jwt")
    with monkeypatch.context() as patch:
        without_attributes(patch)
        tree.leave()
    assert file_of(tree.key).exists() and tree.recall() == ALL
    tree.leave()
    assert not file_of(tree.key).exists() and tree.recall() == ALL


def test_a_record_of_another_run_does_not_unsettle_a_key_beside_it(apart: Tree) -> None:
    """Its directory has changed when it gets its first record, and not when it gets another."""
    apart.leave()
    writer = apart.writer()
    writer.make_room()
    writer.begin()
    changed = apart.version.stat().st_ctime_ns
    writer.end(REST, False)
    assert apart.version.stat().st_ctime_ns == changed and apart.recall() == ALL
