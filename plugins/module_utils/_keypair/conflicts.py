# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find conflicts between the key pairs of one run: files that two of them want, compared by inode, not by spelling."""

from __future__ import annotations

import os
import typing as t

from .._disk import make_directories
from .._disk.directory import Directory
from .._disk.locked_directories import Identity, LockedDirectories
from .._errors import KeysmithError
from . import outputs
from .request import Wanted


class _Claim(t.NamedTuple):
    """A file, or one variable in a file, that a key pair uses."""

    option: str
    path: str
    #: Empty for the whole file.
    variable: str = ""

    def __str__(self) -> str:
        return "%s in %s" % (self.variable, self.path) if self.variable else self.path


class _Owned(t.NamedTuple):
    """The directories of a key pair, and their owners."""

    name: str
    #: Whose directories it can have its files in.
    owners: t.AbstractSet[int]
    #: Who gets its own directories; and which those are, with their paths.
    owner: int
    #: All directories that its files are in.
    ways: t.Set[t.Any]
    directories: t.Dict[t.Any, str]


def problems(wanted: t.Mapping[str, Wanted], folders: LockedDirectories) -> t.Dict[str, KeysmithError]:
    """Return what is wrong, by the names of the key pairs that conflict with others."""
    found: t.Dict[str, KeysmithError] = {}
    taken: t.Dict[Identity, t.Dict[str, str]] = {}
    manners: t.Dict[t.Any, t.Tuple[str, t.Any]] = {}
    ways = _Ways()
    inside = {above: path for one in wanted.values() for path in _kept(one) for above in _above(path)}
    for name, one in wanted.items():
        try:
            _refuse_twice(one, folders)
            _refuse_inside(one, inside)
            for claim in _claims(one):
                # Of an environment file, what goes goes first or last; what is another key's by then stays.
                if claim.variable and one.state == "absent":
                    continue
                other = _other(taken.setdefault(folders.identity(claim.path), {}), claim, name)
                if other:
                    if wanted[other].state != one.state:
                        # It is not known which of them is meant, and a key would be gone.
                        both = (name, other) if one.state == "present" else (other, name)
                        found[other] = _contradiction(claim, *both)
                        raise found[other]
                    raise _taken(claim)
            for option, path, what, key, manner in _manners(one, folders):
                first, same = manners.setdefault((what, key), (name, manner))
                if manner != same:
                    raise KeysmithError(
                        "%s: %s has a different %s for %s; give both the same." % (option, path, what, first)
                    )
            ways.add(_owned_by(name, one, folders))
        except KeysmithError as error:
            found[name] = error
    return found


def _manners(one: Wanted, folders: LockedDirectories) -> t.Iterator[t.Tuple[str, str, str, t.Any, t.Any]]:
    """List the required mode, owner and group of files and directories that several key pairs can share.

    With an environment file at 0600 for one and 0644 for another, a passphrase of the first would be open to all.
    """
    for item in one.environment:
        identity = folders.identity(item.path)
        yield "environment", item.path, "format", identity, item.format
        if one.state == "present":
            yield "environment", item.path, "mode, owner or group", identity, item.attributes
    for identity, path in _directories(one, folders).items():
        yield "base_directory", path, "mode, owner or group (of the directory)", identity, one.directory


def _directories(one: Wanted, folders: LockedDirectories) -> t.Dict[t.Any, str]:
    """Return all directories that get the mode and owner of a key pair, with their paths."""
    found: t.Dict[t.Any, str] = {}
    for directory in {os.path.dirname(claim.path) for claim in _claims(one)} if one.state == "present" else ():
        for path, identity in _own_directories(folders.get(directory, "path"), one.base_directory):
            found[identity] = path
    return found


def _own_directories(folder: Directory, base: str) -> t.Iterator[t.Tuple[str, t.Any]]:
    """Return the directories of a key pair's own: those below its base, and those that are made for it."""
    for path, info in folder.within(base) if base else ():
        yield path, (info.st_dev, info.st_ino, ())
    count = len(folder.missing)
    for number in range(max(0, count - make_directories.depth(folder.path, base)) + 1, count + 1):
        steps = folder.missing[:number]
        yield folder.path.rsplit("/", count - number)[0], (*folder.inode, steps)


def _owned_by(name: str, one: Wanted, folders: LockedDirectories) -> "_Owned":
    claims = _claims(one) if one.state == "present" else []
    ways = {
        identity for claim in claims for identity in _passed(folders.get(os.path.dirname(claim.path), claim.option))
    }
    return _Owned(
        name, frozenset(one.owners | {-1, 0, os.geteuid()}), one.directory.owner, ways, _directories(one, folders)
    )


class _Ways:
    """The directories of all key pairs, by which they are: who gets them, and whose can have files in them."""

    def __init__(self) -> None:
        #: The owner that a directory gets, with the name of the key pair and the path.
        self._given: t.Dict[t.Any, t.Dict[int, t.Tuple[str, str]]] = {}
        #: Whose directories the files in it can be in, with the name of the key pair.
        self._putting: t.Dict[t.Any, t.Dict[t.AbstractSet[int], str]] = {}

    def add(self, mine: "_Owned") -> None:
        """KeysmithError where something is put into a directory that is somebody else's by then."""
        for identity, path in mine.directories.items():
            for owners, name in self._putting.get(identity, {}).items():
                if mine.owner not in owners:
                    raise _given_away(path, mine.name, name)
        for identity in mine.ways:
            for owner, (name, path) in self._given.get(identity, {}).items():
                if owner not in mine.owners:
                    raise _given_away(path, name, mine.name)
        for identity, path in mine.directories.items():
            self._given.setdefault(identity, {}).setdefault(mine.owner, (mine.name, path))
        for identity in mine.ways:
            self._putting.setdefault(identity, {}).setdefault(mine.owners, mine.name)


def _given_away(path: str, giving: str, putting: str) -> KeysmithError:
    return KeysmithError(
        "base_directory: %s will belong to the owner of %s, who could replace the files of %s; name a directory "
        "elsewhere, or give both the same owner." % (path, giving, putting)
    )


def _passed(folder: Directory) -> t.Iterator[t.Any]:
    """Return the directories on the way, both existing and planned ones."""
    for _path, info in folder.within("/"):
        yield info.st_dev, info.st_ino, ()
    for number in range(1, len(folder.missing) + 1):
        yield (*folder.inode, folder.missing[:number])


def _other(users: t.Dict[str, str], claim: _Claim, name: str) -> str:
    """Return the name of the key pair that claimed it before, empty if none did; then claim it for this one.

    A file that is one pair's altogether is nobody else's; of an environment file each takes its variables.
    """
    having = [users[one] for one in (users if not claim.variable else (claim.variable, "")) if one in users]
    others = [one for one in having if one != name]
    if not others:
        users[claim.variable] = name
    return others[0] if others else ""


def _claims(wanted: Wanted) -> t.List[_Claim]:
    claims = [_Claim(output.option, path) for output, path in wanted.files if output is not outputs.ENVIRONMENT]
    if wanted.active_link and wanted.state == "present":
        claims.append(_Claim("active_link", wanted.active_link))
    return claims + [_Claim("environment", item.path, name) for item in wanted.environment for name in item.variables]


def _kept(wanted: Wanted) -> t.Set[str]:
    """Return the paths of the files that exist after the run."""
    return {claim.path for claim in _claims(wanted)} if wanted.state == "present" else set()


def _above(path: str) -> t.Iterator[str]:
    """Return the directories above a path."""
    at = path.rfind("/")
    while at > 0:
        yield path[:at]
        at = path.rfind("/", 0, at)


def _taken(claim: _Claim) -> KeysmithError:
    return KeysmithError("%s: %s is already used by another key pair; give each its own." % (claim.option, claim))


def _contradiction(claim: _Claim, creating: str, removing: str) -> KeysmithError:
    return KeysmithError(
        "%s: %s creates %s and %s removes it; remove one of the two items." % (claim.option, creating, claim, removing)
    )


def _refuse_inside(wanted: Wanted, inside: t.Mapping[str, str]) -> None:
    for claim in _claims(wanted) if wanted.state == "present" else ():
        if claim.path in inside:
            raise KeysmithError(
                "%s: %s is the path of a file, and %s is below it; name another path."
                % (claim.option, claim.path, inside[claim.path])
            )


def _refuse_twice(wanted: Wanted, folders: LockedDirectories) -> None:
    """Refuse one file under two names, through a link on the way: the second content would replace the first."""
    seen: t.Dict[Identity, str] = {}
    for option, path in wanted.named:
        first = seen.setdefault(folders.identity(path), path)
        if first != path:
            raise KeysmithError("%s: %s and %s are the same file; give each its own." % (option, path, first))
