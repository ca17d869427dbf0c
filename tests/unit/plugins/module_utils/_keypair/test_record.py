# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier run recorded is believed while everything is as it was then, and for nothing else."""

from __future__ import annotations

import fcntl
import grp
import hashlib
import os
import pwd
import re
import tracemalloc
import typing as t
import zlib
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import xattrs
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import record as keypair_record
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import record_writing
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import run as keypair_run
from ansible_collections.keysmith.jwt.tests.unit.access_lists import are_there, let_in
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, SECOND
from ansible_collections.keysmith.jwt.tests.unit.settled_hosts import (
    NAMES,
    Host,
    Services,
    facts,
    flip,
    records,
    settled,
)
from ansible_collections.keysmith.jwt.tests.unit.system_calls import not_waiting

OPTIONS = {"a": 1, "environment": [{"path": "/x"}]}
RESULT = [{"changed": False}, ["a warning"]]
HEAD = keypair_record.SALT + keypair_record.DIGEST


def no_context(_path: str) -> str:
    return ""


class Tree:
    """A file and a link in directories that are ours, as they are looked at."""

    def __init__(self, top: Path) -> None:
        self.top, self.file, self.link = top, top / "v1" / "file", top / "current"
        #: Not in any directory that is looked at.
        self.apart = top.parent / "apart"
        self.file.parent.mkdir(0o700, parents=True)
        self.file.write_bytes(b"content")
        self.file.chmod(0o600)
        self.link.symlink_to("v1")

    def look(self, options: t.Any = None, context: keypair_record.Context = no_context) -> bytes:
        given = OPTIONS if options is None else options
        return keypair_record.look(given, [str(self.file), str(self.link)], context)

    def leave(self, *anchors: Path) -> None:
        """A record, in two parts if nothing is said."""
        given = [str(path) for path in anchors or (self.file, self.file.parent)]
        record_writing.leave(OPTIONS, given, [str(self.file), str(self.link)], no_context, RESULT, lambda: RESULT)

    def recall(self, *anchors: Path, options: t.Any = None, context: keypair_record.Context = no_context) -> t.Any:
        given = OPTIONS if options is None else options
        return keypair_record.recall(given, [str(path) for path in anchors or (self.file, self.file.parent)], context)


@pytest.fixture(name="tree")
def _tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "jwt")


def _replace_link(tree: Tree, target: str) -> None:
    tree.link.unlink()
    tree.link.symlink_to(target)


COUNTS: t.Dict[str, t.Callable[[Tree], t.Any]] = {
    "content": lambda tree: flip(tree.file),
    "mode": lambda tree: tree.file.chmod(0o400),
    "another name": lambda tree: os.link(tree.file, tree.apart),
    "no file": lambda tree: tree.file.unlink(),
    "a file more": lambda tree: (tree.file.parent / "more").write_bytes(b""),
    "a file more above": lambda tree: (tree.top / "more").write_bytes(b""),
    "where a link leads": lambda tree: _replace_link(tree, "v2"),
    "no link": lambda tree: tree.link.unlink(),
    "a file for a link": lambda tree: (tree.link.unlink(), tree.link.write_bytes(b"v1")),
    "mode of the directory": lambda tree: tree.file.parent.chmod(0o711),
    "mode of the directory above": lambda tree: tree.top.chmod(0o711),
    "mode of one further above": lambda tree: tree.top.parent.chmod(0o711),
}


@pytest.mark.parametrize("change", COUNTS.values(), ids=COUNTS)
def test_everything_that_is_there_counts(tree: Tree, change: t.Callable[[Tree], t.Any]) -> None:
    seen = tree.look()
    assert tree.look() == seen
    change(tree)
    assert tree.look() != seen


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
@pytest.mark.parametrize("ids", [(1, -1), (-1, 1)], ids=["owner", "group"])
@pytest.mark.parametrize("name", ["v1/file", "v1", ".", ".."])
def test_owners_and_groups_count(tree: Tree, name: str, ids: t.Tuple[int, int]) -> None:
    seen = tree.look()
    os.chown(tree.top / name, *ids)
    assert tree.look() != seen


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a link to somebody else")
def test_owners_of_links_count(tree: Tree) -> None:
    seen = tree.look()
    os.chown(tree.link, 1, -1, follow_symlinks=False)
    assert tree.look() != seen


def _link_away(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


DOUBTS: t.Dict[str, t.Callable[[Tree], t.Any]] = {
    "the directory is a link": lambda tree: _link_away(tree.file.parent),
    "the directory above is a link": lambda tree: _link_away(tree.top),
    "a group can write above": lambda tree: tree.top.parent.chmod(0o770),
    "all can write above": lambda tree: tree.top.parent.chmod(0o707),
    "a group can write": lambda tree: tree.file.parent.chmod(0o770),
    "a FIFO": lambda tree: (tree.file.unlink(), os.mkfifo(str(tree.file))),
    "a directory": lambda tree: (tree.file.unlink(), tree.file.mkdir(0o700)),
    "a large file": lambda tree: os.truncate(str(tree.file), 1024 * 1024 + 1),
}


@pytest.mark.parametrize("change", DOUBTS.values(), ids=DOUBTS)
def test_what_is_always_looked_into(tree: Tree, change: t.Callable[[Tree], t.Any]) -> None:
    tree.leave(tree.file.parent)
    assert tree.recall(tree.file.parent) == RESULT
    change(tree)
    with pytest.raises((keypair_record.Doubt, OSError)):
        tree.look()
    assert tree.recall(tree.file.parent) is None


def test_a_directory_for_all_in_which_each_has_his_own_is_no_doubt(tree: Tree) -> None:
    tree.top.parent.chmod(0o1777)
    tree.leave()
    assert tree.recall() == RESULT


def test_a_large_file_is_not_read_to_its_end(tree: Tree) -> None:
    os.truncate(str(tree.file), 1024 * 1024)
    assert tree.look()
    os.truncate(str(tree.file), 32 * 1024 * 1024)
    tracemalloc.start()
    try:
        with pytest.raises(keypair_record.Doubt):
            tree.look()
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    finally:
        tracemalloc.stop()


def _swap(tree: Tree, monkeypatch: t.Any, swap: t.Callable[[], t.Any]) -> None:
    """Have the file be swapped once it was looked at, before it is opened."""
    lstat = os.lstat

    def swapped(path: t.Any) -> os.stat_result:
        info = lstat(path)
        if str(path) == str(tree.file):
            monkeypatch.setattr(os, "lstat", lstat)
            swap()
        return info

    monkeypatch.setattr(os, "lstat", swapped)


def test_a_file_is_what_was_opened(tree: Tree, monkeypatch: t.Any) -> None:
    tree.apart.write_bytes(b"content")
    tree.apart.chmod(0o640)
    _swap(tree, monkeypatch, lambda: os.replace(str(tree.apart), str(tree.file)))
    assert tree.look() == tree.look()


def test_a_link_that_takes_a_file_s_place_is_not_followed(tree: Tree, monkeypatch: t.Any) -> None:
    _swap(tree, monkeypatch, lambda: (tree.file.rename(tree.apart), tree.file.symlink_to(tree.apart)))
    with pytest.raises(OSError, match="symbolic link"):
        tree.look()


def test_a_fifo_is_not_waited_for(tree: Tree) -> None:
    os.mkfifo(str(tree.apart))
    with not_waiting(), pytest.raises(LookupError):
        keypair_record.part_of(str(tree.apart))


def test_while_another_run_is_at_work_there_is_doubt(tree: Tree) -> None:
    tree.leave()
    for folder in (tree.file.parent, tree.top):
        fd = os.open(str(folder), os.O_RDONLY)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            with pytest.raises(keypair_record.Doubt):
                tree.look()
            assert tree.recall() is None
        finally:
            os.close(fd)
    assert tree.recall() == RESULT


def test_other_runs_are_held_off_while_it_is_looked_at_and_no_longer(tree: Tree) -> None:
    held: t.List[bool] = []

    def is_held(_path: str) -> str:
        fd = os.open(str(tree.file.parent), os.O_RDONLY)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held.append(False)
        except BlockingIOError:
            held.append(True)
        finally:
            os.close(fd)
        return ""

    tree.look(context=is_held)
    is_held("")
    assert held == [True, True, False]


@pytest.mark.parametrize(
    "options", [{}, {"a": 2}, {"a": "1"}, {**OPTIONS, "b": None}, {**OPTIONS, "environment": [{"path": "/y"}]}]
)
def test_options_count(tree: Tree, options: t.Dict[str, t.Any]) -> None:
    tree.leave()
    assert tree.look(options) != tree.look() and tree.recall(options=options) is None
    assert tree.recall(options=dict(reversed(list(OPTIONS.items())))) == RESULT


@pytest.mark.parametrize(
    "options",
    [
        {"owner": "svc"},
        {"group": "svc"},
        {"environment": {"owner": "svc"}},
        {"environment": [{"path": "/x"}, {"group": "svc"}]},
        {"services": [{"environment": {"group": "svc"}}], "defaults": None},
        {"defaults": {"owner": "svc"}, "services": []},
    ],
)
def test_what_names_of_owners_and_groups_mean_counts(
    tree: Tree, monkeypatch: t.Any, options: t.Dict[str, t.Any]
) -> None:
    seen = {tree.look(options)}
    for number in (65532, 65533):
        user = pwd.struct_passwd(("svc", "x", number, number, "", "/", "/bin/sh"))
        group = grp.struct_group(("svc", "x", number, []))
        monkeypatch.setattr(pwd, "getpwnam", lambda _name, user=user: user)
        monkeypatch.setattr(grp, "getgrnam", lambda _name, group=group: group)
        seen.add(tree.look(options))
    assert len(seen) == 3


def test_who_runs_it_counts(tree: Tree, monkeypatch: t.Any) -> None:
    seen = tree.look()
    for call, other in (("geteuid", 7), ("getegid", 7), ("getgroups", [7])):
        with monkeypatch.context() as patch:
            patch.setattr(os, call, lambda other=other: other)
            assert tree.look() != seen
    assert tree.look() == seen


def test_contexts_count(tree: Tree, monkeypatch: t.Any) -> None:
    tree.leave()
    seen, context = tree.look(), "system_u:object_r:etc_t:s0"
    assert tree.look(context=lambda path: context) != seen
    assert tree.recall(context=lambda path: context if path == str(tree.file) else "") is None
    monkeypatch.setattr(os, "getxattr", lambda *_given, **_named: context.encode() + b"\0")
    assert tree.look() != seen


def test_another_version_of_the_collection_looks_into_everything(tree: Tree, monkeypatch: t.Any) -> None:
    tree.leave()
    assert tree.recall() == RESULT
    for name, other in (("VERSION", "0.0.0"), ("_FORM", 0)):
        with monkeypatch.context() as patch:
            patch.setattr(keypair_record, name, other)
            assert tree.recall() is None
    assert tree.recall() == RESULT


def test_it_knows_the_version_of_the_collection() -> None:
    galaxy = Path(__file__).resolve().parents[5] / "galaxy.yml"
    found = re.search("^version: (.*)$", galaxy.read_text(encoding="utf-8"), re.MULTILINE)
    assert found and found[1].strip("\"'") == keypair_record.VERSION


def test_a_digest_is_of_everything_and_takes_its_time() -> None:
    salt = b"s" * keypair_record.SALT
    digest = keypair_record.digest(salt, b"record", b"seen")
    assert digest == hashlib.pbkdf2_hmac("sha256", hashlib.sha256(b"record").digest() + b"seen", salt, 2048)
    assert len(digest) == keypair_record.DIGEST


def _put(path: Path, value: bytes) -> None:
    (name,) = (name for name in os.listxattr(str(path)) if name.endswith("." + keypair_record.ATTRIBUTE))
    os.setxattr(str(path), name, value)


NO_RECORDS = (
    b"no zlib",
    zlib.compress(b"no JSON"),
    zlib.compress(b"[]"),
    zlib.compress(b"7"),
    zlib.compress(b"{}"),
    zlib.compress(b'{"paths": [], "result": [{}, []]}'),
    zlib.compress(b'{"paths": 7, "result": [{}, []]}'),
    zlib.compress(b'{"paths": [7], "result": [{}, []]}'),
    zlib.compress(b'{"paths": ["a", "//a", "./a", ""], "result": [{}, []]}'),
    zlib.compress(b'{"paths": ["/a\\u0000"], "result": [{}, []]}'),
)
FORGED: t.Dict[str, t.Callable[[bytes], bytes]] = {
    "none": lambda record: b"",
    "a salt": lambda record: record[: keypair_record.SALT],
    "a head": lambda record: record[:HEAD],
    "cut": lambda record: record[:-1],
    "longer": lambda record: record + b"a",
    "another salt": lambda record: bytes([record[0] ^ 1]) + record[1:],
    "another digest": lambda record: record[:16] + bytes([record[16] ^ 1]) + record[17:],
    "the digest's end": lambda record: record[: HEAD - 1] + bytes([record[HEAD - 1] ^ 1]) + record[HEAD:],
    **{"with %r" % text: (lambda record, text=text: record[:HEAD] + text) for text in NO_RECORDS},
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=[str(number) for number in range(len(FORGED))])
def test_a_forged_or_broken_record_is_none(tree: Tree, forge: t.Callable[[bytes], bytes]) -> None:
    tree.leave(tree.file)
    (record,) = records(tree.file)
    _put(tree.file, forge(record))
    assert tree.recall(tree.file) is None
    _put(tree.file, record)
    assert tree.recall(tree.file) == RESULT


def test_a_result_is_the_one_that_was_recorded(tree: Tree) -> None:
    tree.leave(tree.file)
    (record,) = records(tree.file)
    text = zlib.decompress(record[HEAD:]).replace(b"a warning", b"a wronging")
    _put(tree.file, record[:HEAD] + zlib.compress(text, 9))
    assert tree.recall(tree.file) is None


def test_parts_of_two_records_are_none(tree: Tree) -> None:
    tree.leave()
    (second,) = records(tree.file.parent)
    tree.leave()
    (other,) = records(tree.file.parent)
    assert second[HEAD:] == other[HEAD:] and tree.recall() == RESULT
    _put(tree.file.parent, second)
    assert tree.recall() is None
    os.removexattr(str(tree.file.parent), os.listxattr(str(tree.file.parent))[0])
    assert tree.recall() is None


def test_where_there_is_no_record_none_is_found(tree: Tree) -> None:
    assert tree.recall() is None
    assert tree.recall(tree.apart) is None
    assert keypair_record.recall(OPTIONS, [], no_context) is None


@pytest.fixture(name="host")
def _host(tmp_path: Path, monkeypatch: t.Any, capsys: t.Any) -> Host:
    return settled(tmp_path / "jwt", monkeypatch, capsys)


def test_an_unchanged_host_is_not_looked_into_and_the_result_is_the_same(host: Host) -> None:
    results = [host.run(), host.run(check=True), host.run()]
    assert [result["looked"] for result in results] == [False] * 3
    host.forget()
    looked = host.run()
    assert looked["looked"] and not looked["changed"]
    assert all(facts(result) == facts(looked) for result in results)
    assert not host.run()["looked"]


def test_warnings_are_given_again(host: Host) -> None:
    results = [host.run(key_id="a b") for _number in range(3)]
    assert [result["looked"] for result in results] == [True, False, False]
    assert all("The key ID has characters" in str(result["warnings"]) for result in results)


SPOILED: t.Dict[str, t.Callable[[Path], t.Any]] = {
    **{"content of %s" % name: (lambda top, name=name: flip(top / "v1" / name)) for name in NAMES},
    **{"more in %s" % name: (lambda top, name=name: (top / "v1" / name).open("ab").write(b"\n")) for name in NAMES},
    **{"mode of %s" % name: (lambda top, name=name: (top / "v1" / name).chmod(0o400)) for name in NAMES},
    **{"%s is gone" % name: (lambda top, name=name: (top / "v1" / name).unlink()) for name in NAMES},
    **{"%s is a link" % name: (lambda top, name=name: _link_away(top / "v1" / name)) for name in NAMES},
    **{"two names of %s" % name: (lambda top, name=name: os.link(top / "v1" / name, top / name)) for name in NAMES},
    "the link leads elsewhere": lambda top: ((top / "current").unlink(), (top / "current").symlink_to("v2")),
    "the link is gone": lambda top: (top / "current").unlink(),
    "the link is a file": lambda top: ((top / "current").unlink(), (top / "current").write_bytes(b"")),
    "a leftover": lambda top: (top / "v1" / (".ks-env.%s.tmp" % ("0" * 16))).write_bytes(b""),
    "a staged key": lambda top: (top / "v1" / ".private.key.staged").write_bytes(b""),
    "mode of the directory": lambda top: (top / "v1").chmod(0o711),
    "mode of the directory above": lambda top: top.chmod(0o711),
    "others can write above": lambda top: top.parent.chmod(0o777),
    "the directory is a link": lambda top: _link_away(top / "v1"),
    "the directory above is a link": _link_away,
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_whatever_is_not_as_it_was_is_looked_into(host: Host, spoil: t.Callable[[Path], t.Any]) -> None:
    assert not host.run()["looked"]
    spoil(host.top)
    assert host.run(check=True)["looked"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
@pytest.mark.parametrize("name", ["v1/env", "v1/private.key", "v1", ".", ".."])
@pytest.mark.parametrize("ids", [(1, -1), (-1, 1)])
def test_owners_and_groups_of_everything_count(host: Host, name: str, ids: t.Tuple[int, int]) -> None:
    assert not host.run()["looked"]
    os.chown(str(host.top / name), *ids)
    assert host.run(check=True)["looked"]


@pytest.mark.parametrize(
    "options",
    [
        {"key_id": "another"},
        {"mode": "0640"},
        {"mode": "600"},
        {"passphrase": FIRST, "generate_passphrase": False},
        {"previous_passphrases": [FIRST]},
        {"backup": False},
        {"algorithm": "ES384"},
        {"public_path": None},
        {"regenerate": "always"},
        {"lock_timeout": 1},
    ],
)
def test_other_options_are_looked_into(host: Host, options: t.Dict[str, t.Any]) -> None:
    assert not host.run()["looked"]
    assert host.run(check=True, **options)["looked"]
    assert not host.run()["looked"]


@pytest.mark.parametrize("secret", [SECOND, FIRST + "x", None])
def test_another_passphrase_is_looked_into(host: Host, secret: t.Optional[str]) -> None:
    given = {"generate_passphrase": False, "environment": None, "path": str(host.top / "other.key")}
    for expected in (True, False):
        assert host.run(passphrase=FIRST, **given)["looked"] is expected
    assert host.run(check=True, **({"passphrase": secret} if secret else {}), **given)["looked"]


def test_what_a_name_means_counts(host: Host, monkeypatch: t.Any) -> None:
    name = pwd.getpwuid(os.geteuid()).pw_name
    for expected in (True, False):
        assert host.run(owner=name)["looked"] is expected
    somebody = pwd.struct_passwd((name, "x", 65533, 65533, "", "/", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwnam", lambda _name: somebody)
    host.run(check=True, owner=name)
    assert host.looked


def test_while_another_run_is_at_work_it_is_looked_into(host: Host) -> None:
    host.run(lock_timeout=0)
    fd = os.open(str(host.folder), os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        result = host.run(check=True, lock_timeout=0)
        assert result["looked"] and "another run has held" in result["msg"]
    finally:
        os.close(fd)
    assert not host.run(lock_timeout=0)["looked"]


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"# from somebody else\n")


def _for_a_moment(path: Path) -> t.Iterator[None]:
    """Something else is there while it is looked into, and the same as before and after."""
    content = path.read_bytes()
    _append(path)
    yield
    path.write_bytes(content)


def _once(path: Path) -> t.Iterator[None]:
    yield
    _append(path)


@pytest.mark.parametrize("change", [_for_a_moment, _once])
def test_what_changes_while_it_is_recorded_is_not(
    host: Host, monkeypatch: t.Any, change: t.Callable[[Path], t.Iterator[None]]
) -> None:
    host.forget()
    run = keypair_run.run

    def meanwhile(*given: t.Any, **named: t.Any) -> t.Any:
        changing = change(host.folder / "env")
        next(changing)
        outcome = run(*given, **named)
        next(changing, None)
        return outcome

    monkeypatch.setattr(keypair_run, "run", meanwhile)
    host.run()
    # What is left is room for a record, and none.
    assert set(b"".join(records(host.options["path"]))) <= {0}


@pytest.mark.parametrize("failing", [1, 2])
def test_a_record_that_cannot_be_left_spoils_nothing(host: Host, monkeypatch: t.Any, failing: int) -> None:
    put, calls = xattrs.leave, []

    def leave(fd: int, what: str, value: bytes) -> bool:
        calls.append(what)
        if calls.count(keypair_record.ATTRIBUTE) == failing:
            raise OSError(5, "")
        return put(fd, what, value)

    with monkeypatch.context() as patch:
        patch.setattr(xattrs, "leave", leave)
        result = host.run(mode="0400")
    assert result["changed"] and "failed" not in result and calls.count(keypair_record.ATTRIBUTE) == failing
    assert host.run(mode="0600")["changed"]


def test_what_has_no_room_is_not_looked_into_twice(host: Host, monkeypatch: t.Any) -> None:
    monkeypatch.setattr(xattrs, "MOST", 200)
    for _number in range(2):
        host.run(key_id="another")
    assert host.looked == 1


@pytest.mark.parametrize(
    ("name", "first", "then"), [("~", "one", "two"), ("$WHERE", "one", "two"), ("${WHERE}", "one", "two")]
)
def test_what_a_path_means_counts(
    host: Host, monkeypatch: t.Any, tmp_path: Path, name: str, first: str, then: str
) -> None:
    looked = []
    for folder in ("keys", first, then):
        (tmp_path / folder).mkdir(0o700)
    for folder in (first, first, then):
        monkeypatch.setenv("HOME", str(tmp_path / folder))
        monkeypatch.setenv("WHERE", str(tmp_path / folder))
        looked.append(
            host.run(environment={"path": name + "/env"}, path=str(tmp_path / "keys" / "a"), base_directory=None)[
                "looked"
            ]
        )
    assert looked == [True, False, True]


def test_what_is_written_while_it_is_read_counts(host: Host, monkeypatch: t.Any) -> None:
    """A file that has grown since its size was asked for is not taken for what it was."""
    assert not host.run()["looked"]
    env, fstat = host.folder / "env", os.fstat
    inode = env.stat().st_ino

    def then_grow(fd: int) -> os.stat_result:
        info = fstat(fd)
        if info.st_ino == inode and info.st_size == env.stat().st_size == size:
            with env.open("a") as file:
                file.write("PRIVATE_RSA_KEY_ID=another\n")
        return info

    size = env.stat().st_size
    monkeypatch.setattr(os, "fstat", then_grow)
    assert host.run(check=True)["looked"]


def test_names_of_users_are_asked_for_again_before_anything_is_recorded(host: Host, monkeypatch: t.Any) -> None:
    name = pwd.getpwuid(os.geteuid()).pw_name
    mine = pwd.getpwnam(name)
    other = pwd.struct_passwd((name, "x", 65533, *mine[3:]))
    asked = []

    def named(_name: str) -> pwd.struct_passwd:
        asked.append(_name)
        return mine if len(asked) == 1 else other

    host.forget()
    monkeypatch.setattr(pwd, "getpwnam", named)
    assert not host.run(owner=name)["changed"]
    monkeypatch.setattr(os, "geteuid", lambda: 0)  # Others are told that only root gives files away.
    assert host.run(check=True, owner=name)["looked"]


def test_what_the_name_of_a_service_means_as_a_user_counts(host: Host, monkeypatch: t.Any) -> None:
    name = pwd.getpwuid(os.geteuid()).pw_name
    services = Services(host, name)
    services.options["defaults"]["owner"] = "{name}"
    assert [services.run()["looked"] for _number in range(2)] == [True, False]
    users = {name: pwd.struct_passwd((name, "x", 65533, 65533, "", "/", "/bin/sh"))}
    monkeypatch.setattr(pwd, "getpwnam", lambda asked: users[asked])
    assert services.run(check=True)["looked"]


@pytest.mark.parametrize("name", ["private.key", "env"])
def test_a_list_that_lets_others_read_a_secret_is_found(host: Host, name: str) -> None:
    open_to_group = {"mode": "0640", "environment": {"path": str(host.folder / "env"), "mode": "0640"}}
    host.run(**open_to_group)
    assert not host.run(**open_to_group)["looked"]
    path = host.folder / name
    let_in(path, 4, group=4)
    path.chmod(0o640)
    seen = host.run(check=True, diff=True, **open_to_group)
    assert seen["changes"] == ["attributes"] and "lets others in" in str(seen["diff"]["before"])
    assert host.run(**open_to_group)["changed"] and not are_there(path)
    assert not host.run(**open_to_group)["changed"]


def test_what_is_in_a_backup_counts(host: Host) -> None:
    backup = host.folder / "private.key.AAAAAAAA.20261123T101500123456Z.bak"
    backup.write_bytes(b"another key")
    assert [host.run()["looked"] for _number in range(2)] == [True, False]
    key = (host.folder / "private.key").read_bytes()
    backup.write_bytes(key)
    # A copy of the key that is somebody's who wants it is not a killed run's, unless that had begun to replace it.
    assert not host.run()["changed"] and backup.exists()
    (host.folder / ".private.key.staged").write_bytes(key)
    assert host.run(check=True)["changes"] == ["leftovers"]
    assert host.run()["changed"] and not backup.exists()


def test_a_record_of_another_key_pair_is_none(host: Host, tmp_path: Path) -> None:
    other = {name: None for name in ("public_path", "jwk_path", "active_link", "base_directory", "environment")}
    host.run(path=str(tmp_path / "other.key"), generate_passphrase=False, **other)
    (record,), (its,) = records(host.options["path"]), records(tmp_path / "other.key")
    assert its != record
    _put(Path(host.options["path"]), its)
    assert host.run(check=True)["looked"]


def test_a_record_holds_no_secret(host: Host) -> None:
    (record,) = records(host.options["path"])
    passphrase = re.search("PRIVATE_KEY_PASSWORD=(.*)", (host.folder / "env").read_text())
    text = zlib.decompress(record[HEAD:]).decode()
    assert passphrase and passphrase[1] not in text and "PRIVATE KEY" not in text
