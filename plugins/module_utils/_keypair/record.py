# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a key pair: whether everything is still as the run that left it found it to be right.

A run after which nothing is left to do leaves a record with each key pair (see ``record_writing``): which files it is
about, what the public ones do not say, and a digest of what was asked for and of all that the result depends on. A run
that asks for the same and finds the same has its result; in any doubt there is no record. Nothing here knows what is
right: this compares.
The controller sends this file to hosts, and what it loads is what an unchanged host costs: no typing, json or hashlib.
"""

from __future__ import annotations

import fcntl
import grp
import os
import pwd
import stat
import sys
import zlib

try:  # hashlib loads OpenSSL, which takes longer than all the rest. Some builds of Python have neither of these.
    if sys.version_info >= (3, 12):
        from _sha2 import sha256  # type: ignore[import-not-found, unused-ignore]
    else:
        from _sha256 import sha256
except ImportError:
    from hashlib import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    import typing as t

    #: Tells the SELinux context that a file at a path is to have, empty without SELinux.
    Context = t.Callable[[str], str]
    #: The private key as it was asked for, all that was asked for, and the names and paths in it that a host resolves.
    Asked = t.Tuple[str, str, t.Sequence[t.Sequence[str]]]

#: Of the collection (galaxy.yml): another version may want something else.
VERSION = "0.2.0"
ATTRIBUTE = "trusted.keysmith.record"
#: The first octet of a record: whether a secret could be guessed from its digest, which is slow to make then.
SLOW, QUICK = b"\x02", b"\x01"
SALT = 16
HEAD = 1 + SALT + 32
#: As many as derive the key of an encrypted PKCS#8 file.
_ROUNDS = 2048
#: More than any file that we manage may have.
LARGEST = 1024 * 1024
#: As in _disk/xattrs.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
#: The file that says that a restart is due, which is no part of a key pair.
RESTART_DUE = ".restart-due"


class Doubt(ValueError):
    """Something is of a kind that a run always inspects."""


class Record:
    """What was recorded about a key pair, and its public files as they were when they were compared."""

    def __init__(self, payload: bytes) -> None:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(payload, LARGEST)
        if not unpacker.eof or unpacker.unused_data:
            raise Doubt
        paths, more, rest = text.decode("utf-8", "surrogateescape").split("\n")
        #: The files: private key, public key, JWK (empty for none), and the others.
        self.paths = paths.split("\0")
        #: The private keys of the same service that have records of their own.
        self.more = more.split("\0") if more else []
        #: What the public files hold; and, in JSON, what cannot be read from them.
        self.public_key, self.jwk, self.rest = "", "", rest


def recall(asked: Asked, context: Context, is_locked: bool = False) -> t.Optional[Record]:
    """Return the record if nothing has changed, else None. ``is_locked``: this run has locked the directories."""
    try:
        path = resolved(asked[0])
        octets, is_file = found(path)
        record = Record(octets[HEAD:])
        if not os.path.samestat(os.stat(path), os.stat(record.paths[0])):
            return None
        contents: t.Dict[str, bytes] = {"": b""}
        seen = look(asked, record.paths, context, is_file, is_locked, contents)
        if octets[1 + SALT : HEAD] != digest(octets[:1], octets[1 : 1 + SALT], octets[HEAD:], seen):
            return None
        record.public_key, record.jwk = (contents[name].decode("ascii") for name in record.paths[1:3])
        return record
    except (OSError, ValueError, LookupError, zlib.error):
        return None


def name_of(name: str) -> str:
    """Return the name of the file beside a private key that holds its record if an attribute cannot."""
    return ".%s.record" % name


def found(path: str) -> t.Tuple[bytes, bool]:
    """Return the record of a private key, and whether it is in a file."""
    if os.geteuid() == 0:
        fd = os.open(path, _READ)
        try:
            return os.getxattr(fd, ATTRIBUTE), False
        except OSError:
            pass
        finally:
            os.close(fd)
    folder, name = os.path.split(path)
    info, octets, _context, others = _read(os.path.join(folder, name_of(name)))
    if info.st_uid != os.geteuid() or info.st_nlink != 1 or info.st_mode & 0o077 or others:
        raise Doubt
    return octets, True


def digest(manner: bytes, salt: bytes, payload: bytes, seen: bytes) -> bytes:
    """Return the digest that binds a record to what was seen."""
    text = sha256(payload).digest() + seen
    if manner == QUICK:
        return bytes(sha256(salt + text).digest())
    if manner != SLOW:
        raise Doubt
    from hashlib import pbkdf2_hmac

    return pbkdf2_hmac("sha256", text, salt, _ROUNDS)


def look(
    asked: Asked,
    paths: t.Sequence[str],
    context: Context,
    is_file: bool,
    is_locked: bool,
    contents: t.Optional[t.Dict[str, bytes]] = None,
) -> bytes:
    """Read the options and everything else that the result depends on. Holds secrets: never shown.

    ``paths`` are those of a Record; ``contents`` gets what the files hold. ``is_file``: the record is a file, and knows
    when all of them were last changed. OSError or ValueError where there is something to look into.
    """
    files = sorted(path for path in paths if path)
    who, info = [os.geteuid(), os.getegid(), sorted(os.getgroups())], os.lstat(paths[0])
    locks: t.List[int] = []
    try:
        entries = {folder: _entries(folder, locks, is_locked) for folder in {os.path.dirname(path) for path in files}}
        seen = [
            [VERSION, asked[1], meanings(asked), who, paths[0], info.st_ino],
            [_folder(folder, entries) for folder in folders(files)],
            [[*_file(path, contents), context(path)] for path in files],
            [(_info(path) or info).st_ctime_ns for path in [os.path.dirname(paths[0]), *files] if is_file],
        ]
    finally:
        for fd in locks:
            os.close(fd)
    return ascii(seen).encode("ascii")


def folders(paths: t.Iterable[str]) -> t.List[str]:
    """Return all directories above these paths."""
    found = {os.path.dirname(path) for path in paths}
    while not found >= {os.path.dirname(path) for path in found}:
        found |= {os.path.dirname(path) for path in found}
    return sorted(found)


def _entries(folder: str, locks: t.List[int], is_locked: bool) -> t.List[str]:
    """The names in a directory, which is held against other runs; Doubt while one of them holds it."""
    try:
        fd = os.open(folder, _READ | os.O_DIRECTORY)
    except FileNotFoundError:
        return []
    locks.append(fd)
    if not is_locked:
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Doubt from None
    names = [name for name in os.listdir(fd) if name != RESTART_DUE]
    return sorted(name for name in names if not name.startswith(".") or not name.endswith(".record"))


def _info(path: str) -> t.Optional[os.stat_result]:
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None


def _folder(path: str, entries: t.Mapping[str, t.List[str]]) -> t.List[t.Any]:
    info = _info(path)
    if not info:
        return [path]
    # With links, or where others can write, the result depends on more than is compared here.
    if not stat.S_ISDIR(info.st_mode) or (info.st_mode & 0o022 and not info.st_mode & stat.S_ISVTX):
        raise Doubt
    return [path, info.st_mode, info.st_uid, info.st_gid, entries.get(path)]


def _file(path: str, contents: t.Optional[t.Dict[str, bytes]]) -> t.List[t.Any]:
    info = _info(path)
    if not info:
        return [path]
    if stat.S_ISLNK(info.st_mode):
        return [path, info.st_uid, os.readlink(path)]
    info, content, label, others = _read(path)
    if contents is not None:
        contents[path] = content
    proof = sha256(content).hexdigest()
    return [path, info.st_mode, info.st_uid, info.st_gid, info.st_nlink, proof, label, others]


def _read(path: str) -> t.Tuple[os.stat_result, bytes, bytes, bytes]:
    """Read a file: content, SELinux context, and the access control list that gives more access than the mode."""
    fd = os.open(path, _READ)
    try:
        info = os.fstat(fd)
        if not stat.S_ISREG(info.st_mode) or info.st_size > LARGEST:
            raise Doubt
        # One octet more than there is, so that what is written meanwhile shows.
        content = os.read(fd, info.st_size + 1)
        others = _attribute(fd, "system.posix_acl_access") if info.st_mode & 0o070 else b""
        return info, content, _attribute(fd, "security.selinux"), others
    finally:
        os.close(fd)


def _attribute(fd: int, name: str) -> bytes:
    try:
        return os.getxattr(fd, name)
    except OSError:
        return b""


def resolved(path: str) -> str:
    """Return a path as Ansible resolves it."""
    return os.path.expanduser(os.path.expandvars(path))


def meanings(asked: Asked) -> t.List[t.List[t.Any]]:
    """Return the host's meaning of strings that differs between hosts: owners, groups, ~ and $ in paths."""
    return [[kind, text, resolved(text) if kind == "path" else _number(kind, text)] for kind, text in asked[2]]


def _number(kind: str, name: str) -> int:
    try:
        return pwd.getpwnam(name).pw_uid if kind == "owner" else grp.getgrnam(name).gr_gid
    except KeyError:  # A number, or an error that is told where the options are looked into.
        return -1
