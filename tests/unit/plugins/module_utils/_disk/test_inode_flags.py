# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attributes of the private key: real ones where this is root on a file system that has them."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import struct
import sys
import tempfile
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils import _disk
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import inode_flags
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.tests.unit import key_pairs
from ansible_collections.keysmith.jwt.tests.unit.system_calls import Call, Calls

IMMUTABLE, APPEND, ATIME, EXTENTS, INDEX = 0x10, 0x20, 0x80, 0x80000, 0x1000
NOBODY = 65534


@pytest.mark.parametrize(
    ("notation", "before", "after"),
    [
        ("+i", ATIME, ATIME | IMMUTABLE),
        ("+ia", 0, IMMUTABLE | APPEND),
        ("+i", IMMUTABLE, IMMUTABLE),
        ("-i", IMMUTABLE | ATIME, ATIME),
        ("-A", IMMUTABLE, IMMUTABLE),
        ("=A", IMMUTABLE | APPEND | EXTENTS | INDEX, ATIME | EXTENTS | INDEX),
        ("A", IMMUTABLE, ATIME),
        ("=", IMMUTABLE | ATIME | EXTENTS, EXTENTS),
        ("=e", 0, EXTENTS),
        ("=----i---------e-----", ATIME, IMMUTABLE | EXTENTS),
    ],
)
def test_the_notation_of_chattr(notation: str, before: int, after: int) -> None:
    assert inode_flags.applied(notation, before) == after


@pytest.mark.parametrize("notation", ["+", "-", "+z", "i+a", "+ i", "+V", "u=rw", "0600", "+I"])
def test_what_is_no_notation_is_refused(notation: str, tmp_path: Path) -> None:
    with pytest.raises(KeysmithError, match="^attributes: give "):
        key_pairs.wanted(tmp_path / "private.key", attributes=notation)


@pytest.fixture(name="directory")
def directory_() -> t.Iterator[Path]:
    """A directory on a file system with attributes, for somebody who may set them; they are gone in the end."""
    if os.geteuid() != 0 or not shutil.which("chattr"):
        pytest.skip("needs root and chattr")
    with tempfile.TemporaryDirectory() as name:
        probe = Path(name) / "probe"
        probe.touch()
        if os.system("chattr +i '%s' 2>/dev/null && chattr -i '%s'" % (probe, probe)) != 0:
            pytest.skip("needs a file system that has attributes, and the right to set them")
        probe.unlink()
        # Other users come here, too.
        os.chmod(name, 0o755)
        yield Path(name)
        os.system("chattr -R -ia '%s'" % name)


def lsattr(path: Path) -> t.Set[str]:
    with os.popen("lsattr '%s'" % path) as output:
        return set(output.read().split()[0]) - {"-", "e"}


@pytest.mark.parametrize("notation", ["+i", "+A", "=iA", "+a", "d"])
def test_a_new_key_gets_them_and_keeps_them(notation: str, directory: Path) -> None:
    path = directory / "jwt" / "private.key"
    done = key_pairs.four_runs(
        path, directory, attributes=notation, passphrase=key_pairs.FIRST, jwk_path=path.with_name("jwk.json")
    )
    assert done["created"] and "attributes" not in done["changes"]
    assert lsattr(path) == set(notation) - {"+", "="}
    assert lsattr(path.with_name("jwk.json")) == set()


@pytest.mark.parametrize(
    ("before", "notation", "after"),
    [("", "+i", "i"), ("i", "-i", ""), ("iA", "=d", "d"), ("A", "+i", "iA"), ("a", "-a", ""), ("i", "", None)],
)
def test_they_are_mended_like_a_mode(before: str, notation: str, after: t.Optional[str], directory: Path) -> None:
    path = directory / "private.key"
    key_pairs.run(path, attributes="=" + before)
    inode = path.stat().st_ino
    done = key_pairs.run(path, True, attributes=notation)
    assert lsattr(path) == set(before), "check mode changed something"
    assert done["changes"] == ([] if after is None else ["attributes"])
    shown = done["diff"]["before"][str(path)].get("attributes"), done["diff"]["after"][str(path)].get("attributes")
    if after is None:
        assert shown == (None, None)
        return
    assert [set(one) - {"e"} for one in shown] == [set(before), set(after)]
    assert key_pairs.run(path, attributes=notation)["changes"] == ["attributes"]
    assert lsattr(path) == set(after) and path.stat().st_ino == inode
    assert not key_pairs.run(path, attributes=notation)["changed"]


CHANGES: t.Dict[str, t.Dict[str, t.Any]] = {
    "another passphrase": {"passphrase": key_pairs.SECOND, "previous_passphrases": [key_pairs.FIRST]},
    "another form": {"format": "traditional"},
    "another key": {"algorithm": "Ed25519", "regenerate": "mismatch"},
    "another mode": {"mode": "0400"},
    "no key": {"state": "absent"},
    "no key, no backup": {"state": "absent", "backup": False},
}


@pytest.mark.parametrize("flag", ["i", "a"])
@pytest.mark.parametrize("change", CHANGES)
def test_what_cannot_be_changed_is_refused_before_anything_is(change: str, flag: str, directory: Path) -> None:
    path = directory / "private.key"
    given = {"passphrase": key_pairs.FIRST, "environment": [{"path": directory / "env"}]}
    key_pairs.run(path, attributes="+" + flag, **given)
    before = key_pairs.picture(directory)
    word = {"i": "immutable", "a": "append-only"}[flag]
    for notation in ("+" + flag, "+A", "=d" + flag):
        for check in (True, False):
            with pytest.raises(KeysmithError, match="^attributes: .* is %s .*set attributes: -%s" % (word, flag)):
                key_pairs.run(path, check, **{**given, **CHANGES[change], "attributes": notation})
            assert key_pairs.picture(directory) == before


@pytest.mark.parametrize("notation", ["-ia", "=A"])
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_taken_away_is_taken_away_first(change: str, notation: str, directory: Path) -> None:
    path = directory / "private.key"
    given = {"passphrase": key_pairs.FIRST, "environment": [{"path": directory / "env"}]}
    key_pairs.run(path, attributes="+ia", **given)
    done = key_pairs.run(path, **{**given, **CHANGES[change], "attributes": notation})
    assert done["changed"]
    if "state" not in CHANGES[change]:
        assert lsattr(path) == {"A"} & set(notation)
        assert "attributes" in done["changes"]
    assert path.exists() == ("state" not in CHANGES[change])
    assert not key_pairs.run(path, **{**given, **CHANGES[change], "attributes": notation})["changed"]


def test_they_are_given_after_everything_else_and_taken_away_before(directory: Path, monkeypatch: t.Any) -> None:
    path = directory / "private.key"
    key_pairs.run(path, attributes="+i")
    with monkeypatch.context() as patched:
        calls, ioctl = Calls(patched), fcntl.ioctl

        def noted(fd: int, request: int, argument: bytes) -> t.Any:
            if request == inode_flags._SET:
                calls.made.append(Call("flags", ()))
            return ioctl(fd, request, argument)

        patched.setattr(fcntl, "ioctl", noted)
        key_pairs.run(path, attributes="=A", format="traditional")
    made = [call.name for call in calls.made]
    assert made[0] == "flags" and made.count("flags") == 2
    assert made.index("flags", 1) > max(index for index, name in enumerate(made) if name == "rename")


def test_a_file_system_without_them_is_named_before_anything_is_made(tmp_path: Path, monkeypatch: t.Any) -> None:
    def refuse(*_arguments: t.Any) -> t.Any:
        raise OSError(errno.ENOTTY, "injected")

    monkeypatch.setattr(fcntl, "ioctl", refuse)
    for path in (tmp_path / "private.key", tmp_path / "new" / "private.key"):
        with pytest.raises(KeysmithError, match="^attributes: the file system of .* does not support attributes"):
            key_pairs.run(path, attributes="+A")
    assert key_pairs.picture(tmp_path) == {}
    key_pairs.run(tmp_path / "private.key")
    before = key_pairs.picture(tmp_path)
    with pytest.raises(KeysmithError, match="^attributes: the file system of .* does not support attributes"):
        key_pairs.run(tmp_path / "private.key", attributes="+A")
    assert key_pairs.picture(tmp_path) == before


def test_a_flag_that_is_not_kept_is_named(directory: Path, monkeypatch: t.Any) -> None:
    ioctl = fcntl.ioctl
    monkeypatch.setattr(fcntl, "ioctl", lambda fd, request, argument: ioctl(fd, inode_flags._GET, argument))
    with pytest.raises(KeysmithError, match="^attributes: the file system of .* does not support A"):
        key_pairs.run(directory / "private.key", attributes="+A")


def test_what_only_root_can_give_is_refused_to_others(directory: Path) -> None:
    place = directory / "theirs"
    place.mkdir()
    os.chown(place, NOBODY, NOBODY)
    # All that is imported on the way, which NOBODY may not be able to read.
    key_pairs.run(directory / "ours" / "private.key", attributes="+A")
    os.seteuid(NOBODY)
    try:
        with pytest.raises(KeysmithError, match="^attributes: only root"):
            key_pairs.run(place / "private.key", attributes="+i")
        assert key_pairs.picture(place) == {}
        key_pairs.run(place / "private.key", attributes="+A")
    finally:
        os.seteuid(0)
    assert lsattr(place / "private.key") == {"A"}


def test_where_nothing_is_known_of_capabilities_the_kernel_is_asked(directory: Path, monkeypatch: t.Any) -> None:
    real = open

    def no_proc(path: t.Any, *given: t.Any, **named: t.Any) -> t.Any:
        if path == "/proc/self/status":
            raise FileNotFoundError(errno.ENOENT, "injected")
        return real(path, *given, **named)

    monkeypatch.setattr("builtins.open", no_proc)
    key_pairs.run(directory / "private.key", attributes="+i")
    assert lsattr(directory / "private.key") == {"i"}
    monkeypatch.undo()
    key_pairs.run(directory / "private.key", attributes="-i")


def test_who_does_not_ask_pays_nothing(tmp_path: Path, monkeypatch: t.Any) -> None:
    def refuse(*_arguments: t.Any) -> t.Any:
        raise AssertionError("flags were looked at")

    monkeypatch.setattr(fcntl, "ioctl", refuse)
    monkeypatch.delattr(_disk, "inode_flags")
    monkeypatch.setitem(sys.modules, inode_flags.__name__, None)
    path = tmp_path / "private.key"
    key_pairs.run(path, passphrase=key_pairs.FIRST)
    key_pairs.run(path, passphrase=key_pairs.SECOND, previous_passphrases=[key_pairs.FIRST])
    with pytest.raises(ImportError):
        key_pairs.run(path, attributes="+A")
    monkeypatch.undo()
    assert key_pairs.run(path, state="absent")["changed"]


@pytest.mark.parametrize("left", [".private.key.staged", ".ks-private.key.0123456789abcdef.tmp"])
def test_what_an_interrupted_run_left_of_an_immutable_key(left: str, directory: Path) -> None:
    """Where the staged key is the one that the environment file names, it takes the place of the immutable one."""
    path, env = directory / "private.key", directory / "env"
    given: t.Dict[str, t.Any] = {"environment": [{"path": env}]}
    key_pairs.run(path, passphrase=key_pairs.FIRST, **given)
    old = path.read_bytes()
    made = key_pairs.run(path, passphrase=key_pairs.SECOND, previous_passphrases=[key_pairs.FIRST], **given)
    path.with_name(left).write_bytes(path.read_bytes())
    path.write_bytes(old)
    assert os.system("chattr +i '%s'" % path) == 0
    before = key_pairs.picture(directory)
    secrets = {"passphrase": key_pairs.SECOND, "previous_passphrases": [key_pairs.FIRST]}
    with pytest.raises(KeysmithError, match="^attributes: .* is immutable"):
        key_pairs.run(path, attributes="+A", **secrets, **given)
    assert key_pairs.picture(directory) == before
    done = key_pairs.run(path, attributes="-i", **secrets, **given)
    assert "leftovers" in done["changes"] and done["thumbprint"] == made["thumbprint"]
    assert sorted(os.listdir(str(directory))) == ["env", "private.key"]


def test_that_a_key_has_its_flags_is_durable(directory: Path, monkeypatch: t.Any) -> None:
    path = directory / "private.key"
    key_pairs.run(path)
    with monkeypatch.context() as patched:
        calls = Calls(patched)
        key_pairs.run(path, attributes="+A")
    assert [str(call) for call in calls.made] == ["fsync private.key"]


def test_an_immutable_file_that_is_to_stay_so_is_never_without_it(tmp_path: Path, monkeypatch: t.Any) -> None:
    path = tmp_path / "private.key"
    key_pairs.run(path)
    flags, was_set = [IMMUTABLE], []

    def ioctl(_fd: int, request: int, argument: bytes) -> bytes:
        if request == inode_flags._SET:
            flags[0] = struct.unpack("=I", argument[:4])[0]
            was_set.append(flags[0])
        return struct.pack("=I", flags[0]) + bytes(len(argument) - 4)

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    assert key_pairs.run(path, attributes="+A")["changes"] == ["attributes"]
    assert was_set == [IMMUTABLE | ATIME]


def test_a_disk_that_fails_is_not_one_without_attributes(tmp_path: Path, monkeypatch: t.Any) -> None:
    def fails(*_arguments: t.Any) -> t.Any:
        raise OSError(errno.EIO, "injected")

    monkeypatch.setattr(fcntl, "ioctl", fails)
    with pytest.raises(KeysmithError, match="^attributes: cannot read the attributes of .*: Input/output error"):
        key_pairs.run(tmp_path / "private.key", attributes="+A")


def test_flags_that_have_no_letter_here_stay(tmp_path: Path, monkeypatch: t.Any) -> None:
    project = 0x20000000
    flags = [project | EXTENTS]

    def ioctl(_fd: int, request: int, argument: bytes) -> bytes:
        if request == inode_flags._SET:
            flags[0] = struct.unpack("=I", argument[:4])[0]
        return struct.pack("=I", flags[0]) + bytes(len(argument) - 4)

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    key_pairs.run(tmp_path / "private.key", attributes="+A")
    assert flags == [project | EXTENTS | ATIME]
