# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether everything is still as an earlier run with the same options found it to be right: then that is the result.

Nearly all runs change nothing, and most of what such a run costs on a host is Python compiling the code that would
find out. So a run that ends with everything in place leaves a record (see ``record_writing``): its result, a digest of
the options and of all that they depend on: each file's content, owner, mode and names, each directory above it, the
names in the directories, where links lead, what names of users and variables in paths mean. A run that finds the same
returns that result. What differs, what cannot be read and what is in any doubt is looked into, as if there were no
record.

Nothing here knows what is right, so nothing here can be wrong about it: this compares. The digest is slow to make
(PBKDF2-HMAC-SHA256, 2048 rounds), as a passphrase could be guessed from it.
"""

from __future__ import annotations

import contextlib
import fcntl
import grp
import hashlib
import hmac
import json
import os
import pwd
import stat
import typing as t
import zlib

from .._disk import xattrs

#: Of the collection: another version may want something else. The tests compare it with galaxy.yml.
VERSION = "0.1.0"
#: Count it up where what is right becomes another thing between two versions.
_FORM = 2
ATTRIBUTE = "settled"
SALT, DIGEST = 16, 32
_ROUNDS = 2048
#: More than any file that we manage may have.
_LARGEST = 1024 * 1024

Context = t.Callable[[str], str]


class Doubt(Exception):
    """Something is of a kind that is always looked into."""


def recall(options: t.Mapping[str, t.Any], anchors: t.Iterable[str], context: Context) -> t.Any:
    """What was remembered for these options, if everything is as it was then; else None.

    ``anchors`` are the files or directories that each have a part of the record. ``context`` tells the SELinux context
    that a file at a path is to have, empty without SELinux.
    """
    try:
        parts = [part_of(anchor) for anchor in anchors]
        head, record = parts[0][: SALT + DIGEST], b"".join(part[SALT + DIGEST :] for part in parts)
        if any(not part.startswith(head) for part in parts):
            return None
        remembered = json.loads(zlib.decompress(record))
        seen = look(options, remembered["paths"], context)
        if hmac.compare_digest(head[SALT:], digest(head[:SALT], record, seen)):
            return remembered["result"]
    except (OSError, ValueError, LookupError, TypeError, zlib.error, Doubt):
        pass
    return None


def part_of(anchor: str) -> bytes:
    """The part of a record that is with a file or directory; LookupError for none."""
    fd = os.open(anchor, xattrs.READ)
    try:
        return xattrs.found(fd, ATTRIBUTE)[0]
    finally:
        os.close(fd)


def digest(salt: bytes, record: bytes, seen: bytes) -> bytes:
    """What proves a record to be of what was seen."""
    return hashlib.pbkdf2_hmac("sha256", hashlib.sha256(record).digest() + seen, salt, _ROUNDS)


def look(options: t.Mapping[str, t.Any], paths: t.Iterable[str], context: Context) -> bytes:
    """The options and all that they depend on. Holds secrets: never shown.

    ``paths`` are the files that are managed. OSError, ValueError or Doubt where there is something to look into.
    """
    paths = sorted(paths)
    who = [os.geteuid(), os.getegid(), sorted(os.getgroups())]
    with contextlib.ExitStack() as locks:
        entries = {folder: _entries(folder, locks) for folder in {os.path.dirname(path) for path in paths}}
        seen = [
            [VERSION, _FORM, options, who, sorted(_meanings(options, _services(options)))],
            [_folder(folder, entries) for folder in folders(paths)],
            [[*_file(path), context(path)] for path in paths],
        ]
    return json.dumps(seen, sort_keys=True).encode()


def folders(paths: t.Iterable[str]) -> t.List[str]:
    """All directories above them."""
    return sorted({folder for path in paths for folder in _above(path)})


def _above(path: str) -> t.Iterator[str]:
    while os.path.dirname(path) != path:
        path = os.path.dirname(path)
        yield path


def _entries(folder: str, locks: contextlib.ExitStack) -> t.List[str]:
    """The names in a directory, which is held against other runs; Doubt while one of them holds it."""
    try:
        fd = os.open(folder, xattrs.READ | os.O_DIRECTORY)
    except FileNotFoundError:
        return []
    locks.callback(os.close, fd)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Doubt from None
    return sorted(os.listdir(fd))


def _folder(path: str, entries: t.Mapping[str, t.List[str]]) -> t.List[t.Any]:
    try:
        info = os.lstat(path)
    except FileNotFoundError:
        return [path]
    # Through links, and where others can write, more counts than is looked at here.
    if not stat.S_ISDIR(info.st_mode) or (info.st_mode & 0o022 and not info.st_mode & stat.S_ISVTX):
        raise Doubt
    return [path, info.st_mode, info.st_uid, info.st_gid, entries.get(path)]


def _file(path: str) -> t.List[t.Any]:
    try:
        info = os.lstat(path)
    except FileNotFoundError:
        return [path]
    if stat.S_ISLNK(info.st_mode):
        return [path, info.st_uid, os.readlink(path)]
    if not stat.S_ISREG(info.st_mode):
        raise Doubt
    fd = os.open(path, xattrs.READ)
    try:
        info = os.fstat(fd)
        if info.st_size > _LARGEST:
            raise Doubt
        # One octet more than there is, so that what is written meanwhile shows.
        content = os.read(fd, info.st_size + 1)
        label = xattrs.get_context(fd)
        others = xattrs.get_list(fd).hex() if info.st_mode & 0o070 else ""
    finally:
        os.close(fd)
    proof = hashlib.sha256(content).hexdigest()
    return [path, info.st_mode, info.st_uid, info.st_gid, info.st_nlink, proof, label, others]


def _services(options: t.Any) -> t.List[str]:
    """The names of the services in a call, which other options can hold as {name}."""
    return [str(service.get("name")) for service in options.get("services") or ()]


def _meanings(options: t.Any, services: t.Sequence[str]) -> t.Iterator[t.List[t.Any]]:
    """What texts mean on this host that mean something else on another: owners and groups, ~ and $ in paths."""
    if isinstance(options, dict):
        for name, value in options.items():
            if name in ("owner", "group") and isinstance(value, str) and value:
                for whole in [value.replace("{name}", service) for service in services] or [value]:
                    yield [name, whole, _number(name, whole)]
            else:
                yield from _meanings(value, services)
    elif isinstance(options, list):
        for value in options:
            yield from _meanings(value, services)
    elif isinstance(options, str) and (options.startswith("~") or "$" in options):
        yield ["", options, os.path.expanduser(os.path.expandvars(options))]


def _number(kind: str, name: str) -> int:
    try:
        return pwd.getpwnam(name).pw_uid if kind == "owner" else grp.getgrnam(name).gr_gid
    except KeyError:
        # A number, or an error that is told where the options are looked into.
        return -1
