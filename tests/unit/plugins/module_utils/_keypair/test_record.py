# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier run recorded is believed while everything is as it was then, and for nothing else."""

from __future__ import annotations

import fcntl
import grp
import hashlib
import json
import os
import pwd
import re
import shutil
import stat
import subprocess
import sys
import tracemalloc
import typing as t
import zlib
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import inspect, record, record_writing
from ansible_collections.keysmith.jwt.tests.unit.access_lists import are_there, let_in
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, SECOND
from ansible_collections.keysmith.jwt.tests.unit.recorded_trees import ALL, JWK, REST, Tree, without_attributes
from ansible_collections.keysmith.jwt.tests.unit.settled_hosts import (
    NAMES,
    Host,
    Services,
    facts,
    file_of,
    flip,
    put,
    records,
    settled,
)
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


def _replace_link(tree: Tree, target: str) -> None:
    tree.link.unlink()
    tree.link.symlink_to(target)


COUNTS: t.Dict[str, t.Callable[[Tree], t.Any]] = {
    "content": lambda tree: flip(tree.env),
    "mode": lambda tree: tree.env.chmod(0o400),
    "another name": lambda tree: os.link(tree.env, tree.apart),
    "no file": lambda tree: tree.env.unlink(),
    "a file more": lambda tree: (tree.version / "more").write_bytes(b""),
    "a file more above": lambda tree: (tree.top / "more").write_bytes(b""),
    "where a link leads": lambda tree: _replace_link(tree, "v2"),
    "no link": lambda tree: tree.link.unlink(),
    "a file for a link": lambda tree: (tree.link.unlink(), tree.link.write_bytes(b"v1")),
    "mode of the directory": lambda tree: tree.version.chmod(0o711),
    "mode of the directory above": lambda tree: tree.top.chmod(0o711),
    "mode of one further above": lambda tree: tree.top.parent.chmod(0o711),
}


@pytest.mark.parametrize("change", COUNTS.values(), ids=COUNTS)
def test_everything_that_is_there_counts(tree: Tree, change: t.Callable[[Tree], t.Any]) -> None:
    tree.leave()
    seen = tree.look()
    assert tree.look() == seen and tree.recall() == ALL
    change(tree)
    assert tree.look() != seen and tree.recall() is None


@ONLY_ROOT
@pytest.mark.parametrize("ids", [(1, -1), (-1, 1)], ids=["owner", "group"])
@pytest.mark.parametrize("name", ["v1/private.key", "v1/env", "v1", ".", ".."])
def test_owners_and_groups_count(tree: Tree, name: str, ids: t.Tuple[int, int]) -> None:
    seen = tree.look()
    os.chown(tree.top / name, *ids)
    assert tree.look() != seen


@ONLY_ROOT
def test_owners_of_links_count(tree: Tree) -> None:
    seen = tree.look()
    os.chown(tree.link, 1, -1, follow_symlinks=False)
    assert tree.look() != seen


def _link_away(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


DOUBTS: t.Dict[str, t.Callable[[Tree], t.Any]] = {
    "the directory is a link": lambda tree: _link_away(tree.version),
    "the directory above is a link": lambda tree: _link_away(tree.top),
    "a group can write above": lambda tree: tree.top.parent.chmod(0o770),
    "all can write above": lambda tree: tree.top.parent.chmod(0o707),
    "a group can write": lambda tree: tree.version.chmod(0o770),
    "a FIFO": lambda tree: (tree.env.unlink(), os.mkfifo(str(tree.env))),
    "a directory": lambda tree: (tree.env.unlink(), tree.env.mkdir(0o700)),
    "a large file": lambda tree: os.truncate(str(tree.env), 1024 * 1024 + 1),
}


@pytest.mark.parametrize("change", DOUBTS.values(), ids=DOUBTS)
def test_what_is_always_looked_into(tree: Tree, change: t.Callable[[Tree], t.Any]) -> None:
    tree.leave()
    assert tree.recall() == ALL
    change(tree)
    with pytest.raises((record.Doubt, OSError)):
        tree.look()
    assert tree.recall() is None


def test_a_directory_for_all_in_which_each_has_his_own_is_no_doubt(tree: Tree) -> None:
    tree.top.parent.chmod(0o1777)
    tree.leave()
    assert tree.recall() == ALL


@pytest.mark.parametrize("name", [".restart-due", ".other.key.record"])
def test_what_is_no_part_of_a_key_pair_does_not_count(tree: Tree, name: str) -> None:
    seen = tree.look()
    for folder in (tree.version, tree.top):
        (folder / name).write_bytes(b"")
    assert tree.look() == seen


def test_a_large_file_is_not_read_to_its_end(tree: Tree) -> None:
    os.truncate(str(tree.env), 1024 * 1024)
    assert tree.look()
    os.truncate(str(tree.env), 32 * 1024 * 1024)
    tracemalloc.start()
    try:
        with pytest.raises(record.Doubt):
            tree.look()
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    finally:
        tracemalloc.stop()


def _swap(tree: Tree, monkeypatch: t.Any, swap: t.Callable[[], t.Any]) -> None:
    """Have the file be swapped once it was looked at, before it is opened."""
    lstat = os.lstat

    def swapped(path: t.Any) -> os.stat_result:
        info = lstat(path)
        if str(path) == str(tree.env):
            monkeypatch.setattr(os, "lstat", lstat)
            swap()
        return info

    monkeypatch.setattr(os, "lstat", swapped)


def test_a_file_is_what_was_opened(tree: Tree, monkeypatch: t.Any) -> None:
    tree.apart.write_bytes(tree.env.read_bytes())
    tree.apart.chmod(0o640)
    _swap(tree, monkeypatch, lambda: os.replace(str(tree.apart), str(tree.env)))
    assert tree.look() == tree.look()


def test_a_link_that_takes_a_file_s_place_is_not_followed(tree: Tree, monkeypatch: t.Any) -> None:
    _swap(tree, monkeypatch, lambda: (tree.env.rename(tree.apart), tree.env.symlink_to(tree.apart)))
    with pytest.raises(OSError, match="symbolic link"):
        tree.look()


@pytest.mark.parametrize("name", ["key", "file"])
def test_a_fifo_is_not_waited_for(apart: Tree, name: str) -> None:
    path = apart.key if name == "key" else file_of(apart.key)
    path.unlink(missing_ok=True)
    os.mkfifo(str(path))
    with not_waiting():
        assert apart.recall() is None


def test_while_another_run_is_at_work_there_is_doubt(tree: Tree) -> None:
    tree.leave()
    for folder in (tree.version, tree.top):
        fd = os.open(str(folder), os.O_RDONLY)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            with pytest.raises(record.Doubt):
                tree.look()
            assert tree.recall() is None
            # The run itself, which holds them.
            assert record.recall(tree.asked(), lambda _path: "", is_locked=True)
        finally:
            os.close(fd)
    assert tree.recall() == ALL


def test_other_runs_are_held_off_while_it_is_looked_at_and_no_longer(tree: Tree) -> None:
    held: t.List[t.Tuple[bool, bool]] = []

    def can(how: int) -> bool:
        fd = os.open(str(tree.version), os.O_RDONLY)
        try:
            fcntl.flock(fd, how | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False
        finally:
            os.close(fd)

    def look(_path: str) -> str:
        held.append((can(fcntl.LOCK_EX), can(fcntl.LOCK_SH)))
        return ""

    tree.look(context=look)
    look("")
    # Others look at the same time.
    assert held == [(False, True)] * 5 + [(True, True)]


def test_what_was_asked_for_counts(tree: Tree) -> None:
    tree.leave()
    other = tree.asked('{"a": 2}')
    assert tree.look(other) != tree.look() and tree.recall(other) is None and tree.recall() == ALL


@pytest.mark.parametrize("kind", ["owner", "group"])
def test_what_names_of_owners_and_groups_mean_counts(tree: Tree, monkeypatch: t.Any, kind: str) -> None:
    asked = tree.asked(names=[[kind, "svc"]])
    seen = {tree.look(asked)}
    for number in (65532, 65533):
        user = pwd.struct_passwd(("svc", "x", number, 1, "", "/", "/bin/sh"))
        group = grp.struct_group(("svc", "x", number, []))
        monkeypatch.setattr(pwd, "getpwnam", lambda _name, user=user: user)
        monkeypatch.setattr(grp, "getgrnam", lambda _name, group=group: group)
        seen.add(tree.look(asked))
    assert len(seen) == 3


@pytest.mark.parametrize("text", ["~/x", "$WHERE/x", "/x/${WHERE}"])
def test_what_a_path_means_counts(tree: Tree, monkeypatch: t.Any, text: str) -> None:
    asked, seen = tree.asked(names=[["path", text]]), set()
    for where in ("/one", "/two"):
        monkeypatch.setenv("HOME", where)
        monkeypatch.setenv("WHERE", where)
        seen.add(tree.look(asked))
    assert len(seen) == 2


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
    assert tree.recall(context=lambda path: context if path == str(tree.env) else "") is None
    monkeypatch.setattr(os, "getxattr", lambda *_given, **_named: context.encode() + b"\0")
    assert tree.look() != seen


def test_another_version_of_the_collection_looks_into_everything(tree: Tree, monkeypatch: t.Any) -> None:
    tree.leave()
    assert tree.recall() == ALL
    with monkeypatch.context() as patch:
        patch.setattr(record, "VERSION", "0.0.0")
        assert tree.recall() is None
    assert tree.recall() == ALL


def test_it_knows_the_version_of_the_collection() -> None:
    galaxy = Path(__file__).resolve().parents[5] / "galaxy.yml"
    found = re.search("^version: (.*)$", galaxy.read_text(encoding="utf-8"), re.MULTILINE)
    assert found and found[1].strip("\"'") == record.VERSION


def test_a_digest_is_of_everything_and_slow_where_it_has_to_be() -> None:
    salt, text = b"s" * record.SALT, hashlib.sha256(b"payload").digest() + b"seen"
    slow, quick = (record.digest(manner, salt, b"payload", b"seen") for manner in (record.SLOW, record.QUICK))
    assert slow == hashlib.pbkdf2_hmac("sha256", text, salt, 2048)
    assert quick == hashlib.sha256(salt + text).digest()
    assert record.HEAD == 1 + len(salt) + len(slow) == 1 + len(salt) + len(quick)


def pack(*lines: str) -> bytes:
    return zlib.compress("\n".join(lines).encode())


NO_PAYLOADS = (
    b"no zlib",
    pack("no lines"),
    pack("/a", "", "[]", "more"),
    pack("", "", "[]"),
    pack("relative", "", "[]"),
    pack("/a\0/b\0/c", "", "[]"),
    pack("/a", "", "[]") + b"more",
    pack("/a", "", "[]")[:-1],
)
FORGED: t.Dict[str, t.Callable[[bytes], bytes]] = {
    "none": lambda found: b"",
    "room for one": lambda found: bytes(900),
    "a manner": lambda found: found[:1],
    "a salt": lambda found: found[: 1 + record.SALT],
    "a head": lambda found: found[: record.HEAD],
    "cut": lambda found: found[:-1],
    "longer": lambda found: found + b"a",
    "another manner": lambda found: record.SLOW + found[1:],
    "an unknown manner": lambda found: b"\0" + found[1:],
    "another salt": lambda found: found[:1] + bytes([found[1] ^ 1]) + found[2:],
    "another digest": lambda found: found[:17] + bytes([found[17] ^ 1]) + found[18:],
    "the digest's end": lambda found: (
        found[: record.HEAD - 1] + bytes([found[record.HEAD - 1] ^ 1]) + found[record.HEAD :]
    ),
    **{"with %r" % text: (lambda found, text=text: found[: record.HEAD] + text) for text in NO_PAYLOADS},
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_or_broken_record_is_none(tree: Tree, forge: t.Callable[[bytes], bytes]) -> None:
    tree.leave()
    (found,) = records(tree.key)
    put(tree.key, forge(found))
    assert tree.recall() is None
    put(tree.key, found)
    assert tree.recall() == ALL


def test_a_record_that_unpacks_without_end_is_given_up(tree: Tree) -> None:
    tree.leave()
    (found,) = records(tree.key)
    bomb = zlib.compress(bytes(60 * 1024 * 1024))
    if len(found[: record.HEAD] + bomb) > 60000 and not file_of(tree.key).exists():
        pytest.skip("an attribute cannot be that long")
    tracemalloc.start()
    try:
        put(tree.key, found[: record.HEAD] + bomb)
        assert tree.recall() is None
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_what_is_remembered_is_what_was_recorded(tree: Tree) -> None:
    tree.leave()
    (found,) = records(tree.key)
    text = zlib.decompress(found[record.HEAD :]).replace(b"pkcs8", b"pkcs9")
    put(tree.key, found[: record.HEAD] + zlib.compress(text, 9))
    assert tree.recall() is None


def test_what_the_public_files_hold_is_what_was_compared(tree: Tree, monkeypatch: t.Any) -> None:
    """Who owns the directory can exchange them after that; the result is of one and the same file."""
    tree.leave()
    close, jwk = os.close, tree.version / "jwk.json"
    inode = jwk.stat().st_ino

    def exchange(fd: int) -> None:
        is_read = os.fstat(fd).st_ino == inode
        close(fd)
        if is_read and jwk.stat().st_ino == inode:
            jwk.with_name("other").write_text(JWK.replace("JWK", "foreign"))
            jwk.with_name("other").replace(jwk)

    monkeypatch.setattr(os, "close", exchange)
    assert tree.recall() in (None, ALL)


def test_where_there_is_no_record_none_is_found(tree: Tree) -> None:
    assert tree.recall() is None
    tree.key.unlink()
    assert tree.recall() is None


@ONLY_ROOT
@pytest.mark.parametrize("program", ["cp -a", "cp -r --preserve=all", "rsync -aX", "mv"])
@pytest.mark.parametrize("where", ["another path", "the same path"])
def test_a_copy_is_not_believed(tree: Tree, program: str, where: str) -> None:
    if not shutil.which(program.split()[0]):
        pytest.skip("no %s" % program)
    tree.leave()
    subprocess.run([*program.split(), str(tree.top) + "/", str(tree.top) + ".copy"], check=True)
    copy = Tree.__new__(Tree)
    for name, path in vars(tree).items():
        setattr(copy, name, Path(str(path).replace(str(tree.top), str(tree.top) + ".copy")))
    if program == "mv":
        assert copy.recall() is None
        return
    assert records(copy.key) == records(tree.key), "it is copied with the key"
    assert copy.recall() is None
    if where == "the same path":
        shutil.rmtree(tree.top)
        copy.top.rename(tree.top)
        assert records(tree.key) and tree.recall() is None


@ONLY_ROOT
@pytest.mark.parametrize("name", ["private.key", "jwk.json", "env"])
def test_another_inode_is_not_believed(tree: Tree, name: str) -> None:
    tree.leave()
    path = tree.version / name
    subprocess.run(["cp", "-a", str(path), str(tree.apart)], check=True)
    tree.apart.replace(path)
    if file_of(tree.key).exists() or name == "private.key":
        assert tree.recall() is None
    else:
        assert tree.recall() == ALL, "its content, mode and owner are the same"


OWNED: t.Dict[str, t.Callable[[Tree], t.Any]] = {
    "all is given to root": lambda tree: subprocess.run(["chown", "-R", "root:root", str(tree.top)], check=True),
    "what was theirs is given to root": lambda tree: subprocess.run(
        ["find", str(tree.top), "-user", "65534", "-exec", "chown", "-h", "root:root", "{}", "+"], check=True
    ),
    "all files are given to root": lambda tree: subprocess.run(
        ["find", str(tree.version), "-type", "f", "-exec", "chown", "root:root", "{}", "+"], check=True
    ),
}


@ONLY_ROOT
@pytest.mark.parametrize("give", OWNED.values(), ids=OWNED)
@pytest.mark.parametrize("namespace", ["user.keysmith.record", "user.trusted.keysmith.record", ""])
def test_what_a_former_owner_has_planted_is_not_believed(
    apart: Tree, monkeypatch: t.Any, give: t.Callable[[Tree], t.Any], namespace: str
) -> None:
    """They know all of what a record is made of, and what root will ask for."""
    give(apart)
    apart.leave()
    (genuine,) = records(apart.key)
    payload, salt = genuine[record.HEAD :], bytes(record.SALT)
    subprocess.run(["chown", "-hR", "65534:65534", str(apart.top)], check=True)
    (apart.version / "jwk.json").write_text(JWK.replace("JWK", "foreign"))
    # As root will find it: all that can be known before.
    stats = {name: getattr(os, name) for name in ("lstat", "fstat")}

    def as_roots(name: str) -> t.Callable[..., os.stat_result]:
        def call(path: t.Any) -> os.stat_result:
            info = stats[name](path)
            is_theirs = info.st_uid == 65534
            listed = list(info)
            if is_theirs:
                listed[stat.ST_UID] = listed[stat.ST_GID] = 0
            more = {"st_ctime_ns": info.st_ctime_ns, "st_mtime_ns": info.st_mtime_ns, "st_atime_ns": info.st_atime_ns}
            return os.stat_result(listed, more)

        return call

    def forge(is_file: bool) -> bytes:
        with monkeypatch.context() as patch:
            for name in stats:
                patch.setattr(os, name, as_roots(name))
            seen = apart.look(is_file=is_file)
        return record.QUICK + salt + record.digest(record.QUICK, salt, payload, seen) + payload

    if namespace:
        file_of(apart.key).unlink()
        os.setxattr(apart.key, namespace, forge(False))
    else:
        file_of(apart.key).write_bytes(forge(True))
    give(apart)
    if "files" in str(give) or apart.top.stat().st_uid == 0:
        assert apart.top.exists()
    assert apart.recall() is None


@ONLY_ROOT
def test_such_a_forgery_would_be_believed_if_it_knew_when_it_was_given_away(apart: Tree) -> None:
    """So that the test above is one of the time, and not of a forgery that is no good."""
    apart.leave()
    (genuine,) = records(apart.key)
    payload, salt = genuine[record.HEAD :], bytes(record.SALT)
    (apart.version / "jwk.json").write_text(JWK.replace("JWK", "foreign"))
    seen = apart.look(is_file=True)
    file_of(apart.key).write_bytes(record.QUICK + salt + record.digest(record.QUICK, salt, payload, seen) + payload)
    assert apart.recall() == (REST, ALL[1], JWK.replace("JWK", "foreign"))


SPOILED_FILES: t.Dict[str, t.Callable[[Path], t.Any]] = {
    "others can write": lambda path: path.chmod(0o622),
    "others can read": lambda path: path.chmod(0o644),
    "a second name": lambda path: os.link(path, path.parent.parent.parent / "apart"),
    "a link": _link_away,
    "a list": lambda path: let_in(path, 6),
}


@pytest.mark.parametrize("spoil", SPOILED_FILES.values(), ids=SPOILED_FILES)
def test_a_file_that_is_not_ours_alone_is_not_believed(apart: Tree, spoil: t.Callable[[Path], t.Any]) -> None:
    apart.leave()
    path = file_of(apart.key)
    spoil(path)
    assert apart.recall() is None


@ONLY_ROOT
def test_a_file_of_somebody_else_is_not_believed(apart: Tree) -> None:
    apart.leave()
    os.chown(file_of(apart.key), 65534, 65534)
    assert apart.recall() is None


@pytest.mark.parametrize("name", ["private.key", "public.key", "jwk.json", "env", "."])
def test_a_file_knows_when_everything_was_changed(apart: Tree, name: str) -> None:
    apart.leave()
    assert apart.recall() == ALL
    path = apart.version / name
    os.chmod(path, stat.S_IMODE(path.stat().st_mode))
    assert apart.recall() is None


@ONLY_ROOT
def test_an_attribute_is_not_that_strict(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "jwt")
    tree.leave()
    for path in (tree.key, tree.env, tree.version):
        os.chmod(path, stat.S_IMODE(path.stat().st_mode))
    assert tree.recall() == ALL


def test_it_needs_no_more_of_python_than_it_says() -> None:
    """What it loads is what an unchanged host costs."""
    code = "import sys, os; sys.path.insert(0, os.path.dirname(%r)); import record; print(*sorted(sys.modules))"
    printed = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code % record.__file__], stdout=subprocess.PIPE, check=True
    ).stdout.decode()
    assert not {"typing", "json", "re", "contextlib", "hashlib", "collections", "site"} & set(printed.split())


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
    **{"%s is gone" % name: (lambda top, name=name: (top / "v1" / name).unlink()) for name in NAMES},
    "the link is gone": lambda top: (top / "current").unlink(),
    "a leftover": lambda top: (top / "v1" / (".ks-env.%s.tmp" % ("0" * 16))).write_bytes(b""),
    "a staged key": lambda top: (top / "v1" / ".private.key.staged").write_bytes(b""),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_whatever_is_not_as_it_was_is_looked_into(host: Host, spoil: t.Callable[[Path], t.Any]) -> None:
    assert not host.run()["looked"]
    spoil(host.top)
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
    look = inspect.look

    def meanwhile(*given: t.Any) -> t.Any:
        changing = change(host.folder / "env")
        next(changing)
        state = look(*given)
        next(changing, None)
        return state

    with monkeypatch.context() as patch:
        patch.setattr(inspect, "look", meanwhile)
        host.run()
    assert records(host.options["path"]) == []
    assert host.run()["looked"] and not host.run()["looked"]


@pytest.mark.parametrize(
    ("name", "first", "then"), [("~", "one", "two"), ("$WHERE", "one", "two"), ("${WHERE}", "one", "two")]
)
def test_what_paths_of_key_pairs_mean_counts(
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
        return mine if len(asked) <= 2 else other

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
    assert seen["changes"] == ["attributes"] and "lets others in" in str(seen["diff"])
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
    (found,), (its,) = records(host.options["path"]), records(tmp_path / "other.key")
    assert its != found
    put(Path(host.options["path"]), its)
    assert host.run(check=True)["looked"]


def test_a_record_holds_no_secret_and_nothing_that_can_be_read_elsewhere(host: Host) -> None:
    (found,) = records(host.options["path"])
    passphrase = re.search("PRIVATE_KEY_PASSWORD=(.*)", (host.folder / "env").read_text())
    text = zlib.decompress(found[record.HEAD :]).decode()
    assert passphrase and passphrase[1] not in text and "PRIVATE KEY" not in text
    jwk = json.loads((host.folder / "jwk.json").read_text())
    assert not any(jwk[member] in text for member in ("x", "y", "kid", "crv", "alg")) and "PUBLIC" not in text


@pytest.mark.parametrize("options", [{"algorithm": "RS256", "size": 4096}, {"algorithm": "ES512"}, {"key_id": "a b"}])
def test_a_record_is_short(host: Host, options: t.Dict[str, t.Any]) -> None:
    for _number in range(2):
        host.run(regenerate="mismatch", **options)
    (found,) = records(host.options["path"])
    assert len(found) <= record_writing.MOST


@pytest.mark.parametrize("name", ["public_path", "jwk_path"])
def test_what_no_public_file_holds_is_remembered(host: Host, name: str) -> None:
    results = [host.run(**{name: None, "algorithm": "RS256", "regenerate": "mismatch"}) for _number in range(2)]
    again = host.run(**{name: None, "algorithm": "RS256", "regenerate": "mismatch"})
    assert not again["looked"] and facts(again) == facts(results[1])
