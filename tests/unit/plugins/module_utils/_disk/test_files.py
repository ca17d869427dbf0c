# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The safe writer: what it asks of the system, in which order, and what it refuses."""

from __future__ import annotations

import errno
import os
import socket
import stat
import tracemalloc
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import attributes, directory, files, links, temporaries
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.attributes import Attributes
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.files import FileSlot
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.tests.unit.access_lists import DEFAULT, are_there, let_in
from ansible_collections.keysmith.jwt.tests.unit.directories import opened
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import picture
from ansible_collections.keysmith.jwt.tests.unit.plugins.module_utils._disk.test_owner_mode import answering
from ansible_collections.keysmith.jwt.tests.unit.system_calls import Calls, not_waiting

PRIVATE = Attributes(0o600)


@pytest.fixture
def place(tmp_path: Path) -> t.Iterator[FileSlot]:
    folder = directory.open_directory(str(tmp_path), "path")
    yield FileSlot(folder, "secret", "path")
    folder.close()


def content(place: FileSlot) -> bytes:
    return Path(place.path).read_bytes()


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
def test_a_secret_is_born_private_and_dressed_while_empty(
    place: FileSlot, monkeypatch: t.Any, mask: int, mode: int
) -> None:
    before = os.umask(mask)
    try:
        calls = Calls(monkeypatch)
        place.stage(b"x" * 100000, Attributes(mode)).commit()
    finally:
        os.umask(before)
    made = calls.made
    assert made[0].name == "open" and made[0].mode == 0o600
    for flag in (os.O_CREAT, os.O_EXCL, os.O_NOFOLLOW, os.O_CLOEXEC):
        assert made[0].flags & flag
    writes = [call for call in made if call.name == "write"]
    assert writes and all(stat.S_IMODE(call.mode) == mode for call in writes)
    dressing = [made.index(call) for call in made if call.name in ("fchmod", "fchown")]
    assert all(index < made.index(writes[0]) for index in dressing)
    assert stat.S_IMODE(os.stat(place.path).st_mode) == mode


def test_a_secret_is_as_its_mode_says_whatever_the_directory_gives(place: FileSlot, tmp_path: Path) -> None:
    let_in(tmp_path, 7, DEFAULT)
    place.stage(b"secret", Attributes(0o640)).commit()
    assert not are_there(Path(place.path)) and stat.S_IMODE(os.stat(place.path).st_mode) == 0o640


def test_what_takes_the_place_of_a_new_file_is_not_given_anything(place: FileSlot, tmp_path: Path) -> None:
    """The owner of the directory could put a second name of somebody else's file there."""
    place.stage(b"secret", PRIVATE).commit()
    (tmp_path / "secret").rename(tmp_path / "mine")
    (tmp_path / "secret").write_bytes(b"another")
    for do in (lambda: place.set_attributes(Attributes(0o640)), lambda: place.read(100)):
        with pytest.raises(KeysmithError, match="was replaced while it was read"):
            do()
    with pytest.raises(KeysmithError, match="was replaced while it was read"), place.opened():
        pass


def test_what_is_cleared_away_may_be_gone(place: FileSlot, tmp_path: Path, monkeypatch: t.Any) -> None:
    calls = Calls(monkeypatch)
    place.clear()
    (tmp_path / "secret").touch()
    place.clear()
    assert [call.name for call in calls.made][-2:] == ["unlink", "fsync"] and not (tmp_path / "secret").exists()


def test_the_order_of_the_calls(place: FileSlot, monkeypatch: t.Any) -> None:
    Path(place.path).write_bytes(b"old")
    calls = Calls(monkeypatch)
    staged = place.stage(b"new", Attributes(0o640))
    assert content(place) == b"old"
    staged.commit()
    temporary, folder = staged.temporary, os.path.basename(place.folder.path)
    assert [str(call) for call in calls.made] == [
        "open " + temporary,
        "fchmod " + temporary,
        "write " + temporary,
        "fsync " + temporary,
        "rename %s secret" % temporary,
        "fsync " + folder,
    ]
    assert content(place) == b"new"


@pytest.mark.parametrize("answer", [None, errno.ENOSYS, errno.EPERM, errno.EINVAL, errno.EOPNOTSUPP])
@pytest.mark.parametrize("mode", [0o640, -1])
def test_no_octet_is_written_where_modes_are_not_kept(
    place: FileSlot, tmp_path: Path, monkeypatch: t.Any, answer: t.Optional[int], mode: int
) -> None:
    """A file is born there as the mount says, and stays so."""
    written, really = [], os.open
    monkeypatch.setattr(os, "open", lambda path, flags, mode=0, **more: really(path, flags, mode | 0o044, **more))
    monkeypatch.setattr(os, "fchmod", answering(answer))
    monkeypatch.setattr(os, "write", lambda _fd, octets: written.append(octets))
    with pytest.raises(KeysmithError) as caught:
        place.stage(b"secret", Attributes(mode))
    assert str(caught.value) == (
        "path: the file system of %s does not keep the owners and modes of files, so others could read or replace what "
        "is put there; name a path on another file system." % place.path
    )
    assert not written and not os.listdir(str(tmp_path))


def test_short_writes_go_on(place: FileSlot, monkeypatch: t.Any) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, view: write(fd, view[: max(1, len(view) // 2)]))
    place.stage(b"0123456789" * 1000, PRIVATE).commit()
    assert content(place) == b"0123456789" * 1000


@pytest.mark.parametrize("damage", [lambda view: view[::-1], lambda view: view + view])
def test_a_disk_that_lies_is_found_out_before_anything_is_replaced(
    place: FileSlot, tmp_path: Path, monkeypatch: t.Any, damage: t.Callable[[bytes], bytes]
) -> None:
    Path(place.path).write_bytes(b"old")
    write = os.write

    def lying(fd: int, view: t.Any) -> int:
        write(fd, damage(bytes(view)))
        return len(view)

    monkeypatch.setattr(os, "write", lying)
    with pytest.raises(KeysmithError, match="^path: .*/secret (does not hold what was written|is larger than)"):
        place.stage(b"new content", PRIVATE)
    assert content(place) == b"old" and [path.name for path in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("call", ["open", "fchmod", "write", "fsync"])
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    place: FileSlot, tmp_path: Path, monkeypatch: t.Any, call: str, error: int
) -> None:
    Path(place.path).write_bytes(b"old")
    before = picture(tmp_path)
    with monkeypatch.context() as patch:
        Calls(patch, 0, error, [call])
        with pytest.raises(KeysmithError) as raised:
            place.stage(b"canary content", Attributes(0o640))
    assert str(raised.value) == "path: cannot write %s: %s." % (place.path, os.strerror(error))
    assert raised.value.__cause__ is None
    assert picture(tmp_path) == before


@pytest.mark.parametrize(("call", "renamed"), [("rename", False), ("fsync", True)])
def test_whether_a_failed_commit_has_renamed(place: FileSlot, monkeypatch: t.Any, call: str, renamed: bool) -> None:
    staged = place.stage(b"new", PRIVATE)
    with monkeypatch.context() as patch:
        Calls(patch, 0, errno.EIO, [call])
        with pytest.raises(KeysmithError, match="path: cannot replace .*/secret: Input/output error"):
            staged.commit()
    assert staged.renamed is renamed is os.path.exists(place.path)


@pytest.mark.parametrize("error", [errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_that_cannot_sync_directories_is_enough(
    place: FileSlot, tmp_path: Path, monkeypatch: t.Any, error: int
) -> None:
    staged = place.stage(b"new", PRIVATE)
    Calls(monkeypatch, 0, error, ["fsync"])
    staged.commit()
    assert content(place) == b"new"


def _fifo(path: Path) -> None:
    os.mkfifo(str(path))


def _socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(str(path.parent))
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (_fifo, "a FIFO"),
        (_socket, "a socket"),
        (lambda path: path.mkdir(), "a directory"),
        (lambda path: path.symlink_to("elsewhere"), "a symbolic link"),
        (lambda path: path.symlink_to(path.name), "a symbolic link"),
        (lambda path: path.symlink_to("/dev/null"), "a symbolic link"),
    ],
    ids=["FIFO", "socket", "directory", "dangling link", "loop", "link to a device"],
)
def test_what_is_no_regular_file_is_refused(place: FileSlot, make: t.Callable[[Path], None], what: str) -> None:
    make(Path(place.path))
    with pytest.raises(KeysmithError, match="^path: %s is %s" % (place.path, what)):
        place.look()
    for open_it in (lambda: place.read(10), lambda: place.set_attributes(PRIVATE)):
        with not_waiting(), pytest.raises(KeysmithError, match="^path: "):
            open_it()


def test_another_file_than_the_one_that_was_looked_at_is_refused(place: FileSlot, tmp_path: Path) -> None:
    path, other = Path(place.path), tmp_path / "other"
    path.write_bytes(b"ours")
    place.look()
    other.write_bytes(b"a stranger's")
    os.replace(str(other), place.path)
    before = picture(tmp_path)
    for open_it in (lambda: place.read(100), lambda: place.set_attributes(Attributes(0o640))):
        with pytest.raises(KeysmithError, match="^path: %s was replaced while it was read; run again" % path):
            open_it()
    assert picture(tmp_path) == before
    place.look()
    assert place.read(100) == b"a stranger's"


def test_devices_are_refused() -> None:
    folder = directory.open_directory("/dev", "path")
    try:
        with pytest.raises(KeysmithError, match="path: /dev/null is a character device; name a file"):
            FileSlot(folder, "null", "path").look()
    finally:
        folder.close()


def test_reading_is_bounded(place: FileSlot) -> None:
    Path(place.path).write_bytes(b"x" * 100)
    assert place.read(100) == b"x" * 100
    with pytest.raises(KeysmithError, match="is larger than 99 bytes"):
        place.read(99)


def test_of_what_is_too_large_no_more_is_read_than_shows_it(place: FileSlot) -> None:
    with open(place.path, "wb") as file:
        file.truncate(256 * 1024 * 1024)
    tracemalloc.start()
    try:
        with pytest.raises(KeysmithError, match="is larger than 1000 bytes"):
            place.read(1000)
        assert tracemalloc.get_traced_memory()[1] < 1024 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "do",
    [lambda place: place.rename("other"), lambda place: place.link("other"), lambda place: place.remove()],
    ids=["rename", "link", "remove"],
)
def test_each_change_of_a_name_is_durable(
    place: FileSlot, monkeypatch: t.Any, do: t.Callable[[FileSlot], None]
) -> None:
    Path(place.path).write_bytes(b"old")
    calls = Calls(monkeypatch)
    do(place)
    assert len(calls.made) == 2 and str(calls.made[1]) == "fsync " + os.path.basename(place.folder.path)


def test_a_second_name_is_never_one_of_what_a_link_leads_to(place: FileSlot, tmp_path: Path) -> None:
    """Whoever owns the directory can put a link there between look and link, and have root keep somebody's file."""
    (tmp_path / "theirs").write_bytes(b"theirs")
    os.symlink("theirs", place.path)
    place.link("backup")
    assert (tmp_path / "backup").is_symlink() and (tmp_path / "theirs").stat().st_nlink == 1


def test_no_descriptor_stays_open(place: FileSlot, monkeypatch: t.Any) -> None:
    before = os.listdir("/proc/self/fd")
    place.stage(b"first", PRIVATE).commit()
    place.set_attributes(Attributes(0o640))
    with pytest.raises(KeysmithError):
        place.read(3)
    place.look()
    Path(place.path + ".other").touch()
    os.rename(place.path + ".other", place.path)
    with pytest.raises(files.Replaced), place.opened():
        pass
    with monkeypatch.context() as patch:
        Calls(patch, 1)
        with pytest.raises(KeysmithError):
            place.stage(b"second", PRIVATE)
    assert os.listdir("/proc/self/fd") == before


def test_the_name_of_a_staged_file_is_not_told(place: FileSlot) -> None:
    staged = place.stage(b"too large", PRIVATE)
    with pytest.raises(KeysmithError) as raised:
        staged.read(3)
    assert str(raised.value) == "path: %s is larger than 3 bytes." % place.path and raised.value.__suppress_context__


def test_of_a_copy_that_cannot_have_its_place_nothing_is_left(
    place: FileSlot, tmp_path: Path, monkeypatch: t.Any
) -> None:
    staged = place.stage(b"canary content", PRIVATE)
    with monkeypatch.context() as patch:
        Calls(patch, 0, errno.EIO, ["rename"])
        with pytest.raises(KeysmithError, match="cannot replace"):
            staged.commit_or_drop()
    assert picture(tmp_path) == {}


def test_a_staged_file_is_not_renamed_over_what_appeared_under_its_name(place: FileSlot) -> None:
    Path(place.folder.path, ".secret.staged").write_bytes(b"somebody else's")
    with pytest.raises(KeysmithError, match="path: cannot write .*/secret: File exists"):
        place.stage(b"new", PRIVATE, ".secret.staged")
    assert Path(place.folder.path, ".secret.staged").read_bytes() == b"somebody else's"


def test_a_backup_link_is_no_copy(place: FileSlot) -> None:
    Path(place.path).write_bytes(b"old")
    place.link("backup")
    assert os.stat(place.path).st_ino == os.stat(place.sibling("backup").path).st_ino


def test_mending_changes_the_attributes_alone(place: FileSlot) -> None:
    Path(place.path).write_bytes(b"old")
    os.chmod(place.path, 0o666)
    place.set_attributes(PRIVATE)
    assert (content(place), stat.S_IMODE(os.stat(place.path).st_mode)) == (b"old", 0o600)


def test_temporaries_are_found_again_and_others_are_not(place: FileSlot, tmp_path: Path) -> None:
    ours = [temporaries.temporary_name("secret"), temporaries.temporary_name("other")]
    for name in [
        *ours,
        temporaries.temporary_name("third"),
        ".ks-secret.tmp",
        "secret.tmp",
        temporaries.temporary_name("secret") + ".of-mine",
        ".ks-secret.0123456789abcdeg.tmp",
    ]:
        (tmp_path / name).touch()
    assert temporaries.leftovers(place.folder, ["secret", "other"]) == sorted(ours)


@pytest.mark.parametrize("name", ["x" * 255, "\u00e9" * 100, "a b", "a[0-9]*", ".hidden"])
def test_odd_names_of_files(tmp_path: Path, name: str) -> None:
    folder = directory.open_directory(str(tmp_path), "path")
    try:
        place = FileSlot(folder, name, "path")
        place.stage(b"new", PRIVATE).commit()
        assert (content(place), temporaries.leftovers(folder, [name])) == (b"new", [])
    finally:
        folder.close()


def test_a_link_is_switched_by_one_rename(place: FileSlot, tmp_path: Path, monkeypatch: t.Any) -> None:
    link = place.sibling("current")
    assert links.link_target(link) is None
    links.switch_link(link, "v1")
    calls = Calls(monkeypatch)
    links.switch_link(link, "v2")
    assert [call.name for call in calls.made] == ["symlink", "rename", "fsync"]
    assert links.link_target(link) == os.readlink(str(tmp_path / "current")) == "v2"
    Calls(monkeypatch, 0, errno.EIO, ["rename"])
    with pytest.raises(KeysmithError, match="cannot switch .*/current"):
        links.switch_link(link, "v3")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["current"]


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.touch()], ids=["directory", "file"])
def test_what_is_no_link_is_not_switched(place: FileSlot, make: t.Callable[[Path], None]) -> None:
    make(Path(place.path))
    with pytest.raises(KeysmithError, match="is not a symbolic link"):
        links.link_target(place)
    if os.path.isdir(place.path):
        with pytest.raises(KeysmithError, match="cannot switch"):
            links.switch_link(place, "v1")
        assert os.path.isdir(place.path)


@pytest.mark.parametrize(
    ("wanted", "differs"),
    [
        (Attributes(), False),
        (Attributes(0o640), False),
        (Attributes(0o600), True),
        (Attributes(-1, os.getuid()), False),
        (Attributes(-1, os.getuid() + 1), True),
        (Attributes(-1, -1, os.getgid()), False),
        (Attributes(-1, -1, os.getgid() + 1), True),
    ],
)
def test_what_differs(place: FileSlot, wanted: Attributes, differs: bool) -> None:
    Path(place.path).touch()
    os.chmod(place.path, 0o640)
    os.chown(place.path, os.getuid(), os.getgid())
    assert attributes.differs(os.stat(place.path), wanted) is differs


def test_the_context_is_set_before_the_content_and_only_where_it_differs(place: FileSlot, monkeypatch: t.Any) -> None:
    """On a kernel without SELinux the attribute cannot be set: which calls are made is what can be seen."""
    made = []
    monkeypatch.setattr(attributes, "get_context", lambda _fd: "u:r:there:s0")
    monkeypatch.setattr(os, "setxattr", lambda fd, name, value: made.append((name, value, os.fstat(fd).st_size)))
    for context in ("", "u:r:there:s0", "u:r:new:s0"):
        place.stage(b"content", Attributes(0o600, context=context)).commit()
    assert made == [("security.selinux", b"u:r:new:s0\0", 0)]
    place.set_attributes(Attributes(context="u:r:other:s0"))
    assert made[1:] == [("security.selinux", b"u:r:other:s0\0", len(b"content"))]


@pytest.mark.parametrize("name", ["secret", "x" * 255])
def test_a_temporary_of_any_name_is_found_again(tmp_path: Path, name: str) -> None:
    folder = directory.open_directory(str(tmp_path), "path")
    try:
        left = FileSlot(folder, name, "path").stage(b"half", PRIVATE).temporary
        assert temporaries.leftovers(folder, [name]) == [left]
    finally:
        folder.close()


def test_a_run_that_is_broken_off_leaves_no_half(place: FileSlot, tmp_path: Path, monkeypatch: t.Any) -> None:
    def broken_off(_fd: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken_off)
        with pytest.raises(KeyboardInterrupt):
            place.stage(b"canary content", PRIVATE)
    assert picture(tmp_path) == {}


def test_a_link_above_a_directory_that_is_missing_is_another(tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to("v1")
    folder = directory.open_directory(str(tmp_path / "missing"), "active_link")
    assert links.link_target(FileSlot(folder, "current", "active_link")) is None
    folder.close()


def test_a_place_is_known_by_every_way_to_it(tmp_path: Path) -> None:
    (tmp_path / "v1").mkdir()
    (tmp_path / "current").symlink_to("v1")
    folder = opened(tmp_path / "v1")
    place = files.FileSlot(folder, "key", "path")
    for way in ("v1/key", "current/key", "v1/../current/./key"):
        assert place.is_at(str(tmp_path / way)), way
    for other in ("v1/other", "key", "gone/key", "key/key"):
        assert not place.is_at(str(tmp_path / other)), other
    folder.close()
