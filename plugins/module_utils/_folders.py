# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""Directories as the writer needs them: opened once, judged once, then used by descriptor alone.

A path is walked from the root, a component at a time and without following links blindly, so whoever swaps a parent
for a link while the module runs changes nothing: everything after the walk goes through the descriptor.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import grp
import os
import pwd
import stat
import time
import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError

#: O_PATH: to pass through a directory takes search permission, not read permission.
_PASS = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_LINKS = 40
#: How a directory is born: nobody else's, with the sticky bit as the sign that it has its owner and mode yet to get.
_BORN = 0o1700
#: The mode of directories that are made above those that belong to a key.
ABOVE = 0o755
#: File systems that cannot lock or sync a directory say so with these.
_UNSUPPORTED = (errno.EINVAL, errno.ENOTSUP, errno.ENOLCK, errno.EBADF, errno.ENOSYS)


@contextlib.contextmanager
def said(option: str, path: str, doing: str) -> t.Iterator[None]:
    """Turn an OSError into one sentence with the user's own path: temporary names mean nothing to a user."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "input/output error"
        raise KeysmithError("%s: cannot %s %s: %s." % (option, doing, path, reason)) from None


class Folder:
    """A directory: its path as the user wrote it and its descriptor, or what of it is missing."""

    def __init__(
        self, path: str, option: str, fd: int, missing: t.Tuple[str, ...], visited: t.List[t.Tuple[str, os.stat_result]]
    ) -> None:
        self.path = path
        self.option = option
        #: Descriptor of the directory, or of the deepest parent that exists where ``missing`` is not empty.
        self.fd = fd
        #: The components that are not there yet.
        self.missing = missing
        self._visited = visited

    def within(self, base: str) -> t.List[t.Tuple[str, os.stat_result]]:
        """The directories on the way that exist from ``base`` on downwards."""
        return [
            (path, info)
            for path, info in self._visited
            if (path + "/").startswith(base.rstrip("/") + "/") and stat.S_ISDIR(info.st_mode)
        ]

    @property
    def exists(self) -> bool:
        """Whether the directory is there."""
        return not self.missing

    @property
    def is_shared(self) -> bool:
        """Whether others can put files there, though not replace ours: a sticky directory such as /tmp."""
        return bool(os.fstat(self.fd).st_mode & (stat.S_IWGRP | stat.S_IWOTH))

    def is_unfinished(self, owner: int) -> bool:
        """Whether a run that made the directory was killed before it gave it its owner and mode."""
        return self.exists and _unfinished(self.fd, owner)

    def close(self) -> None:
        """Give back the descriptor, and the lock with it."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def refresh(self) -> None:
        """Look again at the way to the directory; KeysmithError where it no longer leads to the one that is open."""
        with said(self.option, self.path, "open"):
            fd, missing, self._visited = _walk(self.option, self.path)
        try:
            same = not missing and os.path.samestat(os.fstat(fd), os.fstat(self.fd))
        finally:
            os.close(fd)
        if not same and self.exists:
            raise KeysmithError("%s: %s was replaced while it was worked in." % (self.option, self.path))

    def find(self) -> None:
        """Walk to what is there of it now."""
        again = open_folder(self.path, self.option)
        self.close()
        self.fd, self.missing, self._visited = again.fd, again.missing, again._visited

    def judge(self, owners: t.Container[int]) -> None:
        """Refuse a path on which somebody else could replace what we put there.

        ``owners`` are the uids that the files have or get. Each directory on the way must belong to root, to us or to
        one of them, and nobody else may write to it, unless it is sticky.
        """
        for path, info in self._visited:
            if stat.S_ISLNK(info.st_mode):
                # Not even the file's owner: a link of theirs would lead root to any directory.
                if info.st_uid not in (0, os.geteuid()):
                    raise KeysmithError(
                        "%s: %s is a symbolic link of %s, who could lead it elsewhere; name the directory itself."
                        % (self.option, path, user_name(info.st_uid))
                    )
                continue
            if info.st_uid not in (0, os.geteuid()) and info.st_uid not in owners:
                raise KeysmithError(
                    "%s: %s belongs to %s, who could replace what is put there; it has to belong to root or to the "
                    "owner of the file." % (self.option, path, user_name(info.st_uid))
                )
            if info.st_mode & stat.S_ISVTX:
                continue
            if info.st_mode & stat.S_IWOTH or (info.st_mode & stat.S_IWGRP and not _private_group(info)):
                raise KeysmithError(
                    "%s: others can write to %s (mode %04o) and replace what is put there; take that away, for "
                    "example with chmod go-w." % (self.option, path, stat.S_IMODE(info.st_mode))
                )

    def lock(self, timeout: float) -> None:
        """Hold the directory against other runs of this collection; wait up to ``timeout`` seconds.

        The lock is on the directory itself: there is no lock file to leave behind, and a killed run holds nothing.
        """
        end = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if error.errno in _UNSUPPORTED:
                    break
                if error.errno not in (errno.EAGAIN, errno.EACCES, errno.EINTR):
                    raise KeysmithError("%s: cannot lock %s: %s." % (self.option, self.path, error.strerror)) from None
            if time.monotonic() > end:
                raise KeysmithError(
                    "%s: another run has held %s for %d seconds; run again when it is done."
                    % (self.option, self.path, timeout)
                )
            time.sleep(0.02)

    def sync(self) -> None:
        """Make renames and new names in the directory durable."""
        _sync(self.fd)

    def entries(self) -> t.List[str]:
        """The names in the directory; none where it is missing."""
        return os.listdir(self.fd) if self.exists else []


#: Device and inode of a directory, and a name in it.
Identity = t.Tuple[int, int, str]


class Folders:
    """The directories of one run: each opened once, each inode locked once."""

    def __init__(self) -> None:
        self._folders: t.Dict[str, Folder] = {}
        self._locked: t.Set[t.Tuple[int, int]] = set()

    def __enter__(self) -> "Folders":
        return self

    def __exit__(self, *_exception: t.Any) -> None:
        for folder in self._folders.values():
            folder.close()

    def get(self, path: str, option: str) -> Folder:
        """The directory of that path, walked to on first use; ``option`` is named in messages about it."""
        if path not in self._folders:
            self._folders[path] = open_folder(path, option)
        return self._folders[path]

    @property
    def descriptors(self) -> t.List[int]:
        """Those that are open, and hold the locks."""
        return [folder.fd for folder in self._folders.values() if folder.fd >= 0]

    def in_order(self, paths: t.Iterable[str]) -> t.List[str]:
        """Those that exist, by their inodes: the order in which every run locks them."""
        return sorted((path for path in paths if self._folders[path].exists), key=self._inode)

    def lock(self, path: str, timeout: float) -> bool:
        """Hold one directory for the rest of the run; False where the path leads elsewhere by now.

        Another run, for which this one has waited, may have removed the directory; then it is walked to anew.
        """
        inode = self._inode(path)
        if inode in self._locked:
            return True
        folder = self._folders[path]
        folder.lock(timeout)
        again = open_folder(path, folder.option)
        if again.exists and os.path.samestat(os.fstat(again.fd), os.fstat(folder.fd)):
            again.close()
            self._locked.add(inode)
            return True
        folder.close()
        self._folders[path] = again
        return False

    def appeared(self, path: str) -> bool:
        """Whether a directory that was missing has been made by another run meanwhile; then it is walked to anew."""
        folder = self._folders[path]
        if folder.exists:
            return False
        try:
            again = open_folder(path, folder.option)
        except KeysmithError:
            # The look that follows says so, for those key pairs that it concerns.
            return False
        folder.close()
        self._folders[path] = again
        return again.exists

    def unlock(self) -> None:
        """Let go of all of them."""
        for folder in self._folders.values():
            # Those that were never locked include some that can't be.
            with contextlib.suppress(OSError):
                fcntl.flock(folder.fd, fcntl.LOCK_UN)
        self._locked.clear()

    def identity(self, path: str) -> Identity:
        """The same for every path that leads to the same file, whether it is there or not."""
        directory, name = os.path.split(path)
        return (*self._inode(directory), "/".join((*self._folders[directory].missing, name)))

    def _inode(self, path: str) -> t.Tuple[int, int]:
        info = os.fstat(self._folders[path].fd)
        return info.st_dev, info.st_ino


def _sync(fd: int) -> None:
    """fsync of a directory; not every file system has it."""
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise


def user_name(uid: int) -> str:
    """The name of a user, or the number where there is none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return "uid %d" % uid


def group_name(gid: int) -> str:
    """The name of a group, or the number where there is none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return "gid %d" % gid


def _private_group(info: os.stat_result) -> bool:
    """Whether the directory's group is its owner's own: same name, nobody else in it (umask 002 distributions)."""
    try:
        group = grp.getgrgid(info.st_gid)
        owner = pwd.getpwuid(info.st_uid)
    except KeyError:
        return False
    return group.gr_gid == owner.pw_gid and group.gr_name == owner.pw_name and set(group.gr_mem) <= {owner.pw_name}


def open_folder(path: str, option: str) -> Folder:
    """Walk to a directory; the parts that are missing are told, not made. KeysmithError where the way is barred."""
    if not path.startswith("/") or "\0" in path or ".." in path.split("/"):
        raise KeysmithError("%s: give an absolute path without '..'." % option)
    with said(option, path, "open"):
        fd, missing, visited = _walk(option, path)
        try:
            if not missing:
                reopened = os.open(".", _OPEN, dir_fd=fd)
                os.close(fd)
                fd = reopened
        except OSError:
            os.close(fd)
            raise
    return Folder(path, option, fd, missing, visited)


def _walk(option: str, path: str) -> t.Tuple[int, t.Tuple[str, ...], t.List[t.Any]]:
    """Descriptor of the deepest directory that exists, the components beyond it, and each directory passed."""
    todo = [part for part in path.split("/") if part not in ("", ".")]
    fd, here, links = os.open("/", _PASS), "", 0
    visited: t.List[t.Tuple[str, os.stat_result]] = []
    try:
        while True:
            visited.append((here or "/", os.fstat(fd)))
            if not todo:
                return fd, (), visited
            part = todo.pop(0)
            try:
                deeper = os.open(part, _PASS, dir_fd=fd)
            except FileNotFoundError:
                return fd, (part,) + tuple(todo), visited
            except OSError as error:
                if error.errno not in (errno.ENOTDIR, errno.ELOOP):
                    raise
                links += 1
                target, link = _target(option, fd, here + "/" + part, part)
                visited.append((here + "/" + part, link))
                if links > _MOST_LINKS:
                    raise OSError(errno.ELOOP, "") from None
                todo[:0] = [step for step in target.split("/") if step not in ("", ".")]
                if target.startswith("/"):
                    os.close(fd)
                    fd, here = os.open("/", _PASS), ""
                continue
            os.close(fd)
            fd, here = deeper, os.path.dirname(here) if part == ".." else here + "/" + part
    except BaseException:
        os.close(fd)
        raise


def _target(option: str, fd: int, path: str, part: str) -> t.Tuple[str, os.stat_result]:
    """Where a link on the way leads, and whose it is."""
    try:
        return os.readlink(part, dir_fd=fd), os.stat(part, dir_fd=fd, follow_symlinks=False)
    except OSError:
        raise KeysmithError("%s: %s is not a directory." % (option, path)) from None


def make(folder: Folder, mode: int, owner: int, group: int, base: str = "") -> None:
    """Make what is missing of a directory, each part closed to others and then given its owner and mode (-1: 0700).

    Where ``base`` is given, this is for that directory and what is below it; what is above is ours, and anybody can
    pass. Another run may make it at the same time; then its directory is taken. One that a killed run had made but not
    finished is finished. Where a run that removes key pairs takes one away meanwhile, some may be missing still.
    """
    below = depth(folder.path, base)

    def attributes(remaining: int) -> t.Tuple[int, int, int]:
        return (mode, owner, group) if remaining < below else (ABOVE, -1, -1)

    with said(folder.option, folder.path, "make"):
        parent = os.open(".", _OPEN, dir_fd=folder.fd)
        try:
            if _unfinished(parent, owner):
                _finish(parent, *attributes(len(folder.missing)))
            for number, part in enumerate(folder.missing, 1):
                deeper, made = _make_one(parent, part)
                os.close(parent)
                parent = deeper
                if made or _unfinished(parent, owner):
                    _finish(parent, *attributes(len(folder.missing) - number))
        except FileNotFoundError:
            os.close(parent)
            folder.find()
            return
        except BaseException:
            os.close(parent)
            raise
    os.close(folder.fd)
    folder.fd, folder.missing = parent, ()
    # Where others could put directories, too, one of them may be theirs: it is judged before anything is put there.
    folder.refresh()


def depth(path: str, base: str) -> int:
    """How many directories there are from ``base`` down to ``path``; all where there is no base."""
    parts, above = ([part for part in one.split("/") if part not in ("", ".")] for one in (path, base))
    if base and parts[: len(above)] != above:
        return 0
    return len(parts) - len(above) + 1


def _make_one(parent: int, part: str) -> t.Tuple[int, bool]:
    """Descriptor of the new directory, and whether it was us who made it.

    What is not empty is not what we have made: the owner of the directory above was quicker to put another there.
    """
    made = True
    try:
        os.mkdir(part, _BORN, dir_fd=parent)
    except FileExistsError:
        made = False
    # Also where somebody else has just made it: what we put into it must not be lost with it.
    _sync(parent)
    fd = os.open(part, _OPEN, dir_fd=parent)
    return fd, made and not os.listdir(fd)


def _unfinished(fd: int, owner: int) -> bool:
    """Whether a killed run has left it so: given to its owner at most, with the sign on it, nothing in it."""
    info = os.fstat(fd)
    is_born = stat.S_IMODE(info.st_mode) & ~stat.S_ISGID == _BORN  # set-group-ID comes from the directory above
    return is_born and info.st_uid in (os.geteuid(), owner) and not os.listdir(fd)


def _finish(fd: int, mode: int, owner: int, group: int) -> None:
    """Give a directory that was just made its owner and then its mode, with which the sign goes."""
    if (owner, group) != (-1, -1):
        os.fchown(fd, owner, group)
    os.fchmod(fd, 0o700 if mode < 0 else mode)


def dress(fd: int, mode: int, owner: int, group: int) -> None:
    """Give an open file or directory its owner and mode (-1: leave it); at no instant wider than before or after."""
    info = os.fstat(fd)
    now = stat.S_IMODE(info.st_mode)
    wanted = now if mode < 0 else mode
    changes_owner = owner not in (-1, info.st_uid) or group not in (-1, info.st_gid)
    if changes_owner:
        if now & wanted != now:
            os.fchmod(fd, now & wanted)
        os.fchown(fd, owner, group)
    if stat.S_IMODE(os.fstat(fd).st_mode) != wanted:
        os.fchmod(fd, wanted)
