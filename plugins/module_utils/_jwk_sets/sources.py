# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys for a JWK Set file: given ones, and those of other files, all checked in the same way."""

from __future__ import annotations

import contextlib
import hashlib
import os
import typing as t

from .._disk import bounded_read
from .._disk import system_errors as disk_system_errors
from .._errors import KeysmithError
from .._jose import jwk_checks, jwk_set
from .._jose.jwk_set import Entry


class Wanted(t.NamedTuple):
    """The request for one file."""

    path: str
    #: present, absent or exact
    state: str
    #: JWKs and JWK Sets as they were given.
    jwks: t.Sequence[t.Any]
    key_ids: t.FrozenSet[str] = frozenset()
    #: Files, and directories of ``*.json`` files, whose keys are added to ``jwks``.
    sources: t.Tuple[str, ...] = ()
    #: The file holds one bare JWK.
    single: bool = False
    #: How messages call these options: empty, or the item of a list.
    option: str = ""


class Coming(t.NamedTuple):
    """The content of a file after the run."""

    content: bytes
    entries: t.Sequence[Entry]


class Ahead:
    """What a run is about to write before the present file, and which files failed."""

    def __init__(self) -> None:
        self.files: t.Dict[str, Coming] = {}
        self.missing: t.Set[str] = set()
        self._folders: t.Dict[str, t.List[str]] = {}

    def add(self, path: str, content: bytes, entries: t.Sequence[Entry]) -> None:
        """A file, with what it is going to hold."""
        self.files[path] = Coming(content, entries)
        self._folders.setdefault(os.path.dirname(path), []).append(path)

    def inside(self, folder: str) -> t.List[str]:
        """The files in a directory."""
        return self._folders.get(folder, [])


#: The files that a set was made of, each with a digest of what it held.
Read = t.Tuple[t.Tuple[str, bytes], ...]


def gather(item: Wanted, ahead: Ahead) -> t.Tuple[t.List[Entry], Read]:
    """Return the requested entries, and the files that they come from."""
    # What is taken out may be weak or damaged; what is put in is always checked.
    check = jwk_checks.check_public if item.state == "absent" else jwk_checks.check_form
    entries, read = jwk_set.given(item.jwks, item.option + "jwks", check=check), []
    for path in _paths(item, ahead):
        coming = ahead.files.get(path)
        content = coming.content if coming else _content(path, item.option)
        read.append((path, _digest(content)))
        if coming:
            entries += [_copied(entry, check) for entry in coming.entries]
        else:
            name = "%ssources: %s" % (item.option, path)
            entries += jwk_set.given(jwk_set.parse(content, name), name, ": ", check)
    return entries if item.state == "absent" else jwk_set.unite(entries), tuple(read)


def _copied(entry: Entry, check: jwk_set.Check) -> Entry:
    """Return an entry of another file of this run. Entries of others, which that file keeps, are not checked yet."""
    return entry if entry.at < 0 else entry._replace(jwk=check(entry.jwk, entry.name), at=-1, is_changed=False)


def are_as_read(item: Wanted, read: Read) -> bool:
    """Check that the files are the same, with the same content."""
    return tuple((path, _digest(_content(path, item.option))) for path in _paths(item, Ahead())) == read


def _paths(item: Wanted, ahead: Ahead) -> t.Iterator[str]:
    """Return the files that the sources name, with those that are about to be written there."""
    for source in item.sources:
        for path in ahead.missing:
            # Its keys are not known, and without them they would be taken out of this file. If it is there, it stays.
            if source in (path, os.path.dirname(path)) and not os.path.lexists(path):
                raise KeysmithError(
                    "%ssources: %s could not be made, so its keys would be missing in %s, which was left unchanged."
                    % (item.option, path, item.path)
                )
        inside = set(ahead.inside(source))
        if os.path.isdir(source) or inside:
            with disk_system_errors.reporting_errors(item.option + "sources", source, "read"), contextlib.suppress(
                FileNotFoundError
            ):
                inside.update(os.path.join(source, found) for found in os.listdir(source))
            yield from sorted(
                path
                for path in inside
                if path.endswith(".json") and not os.path.basename(path).startswith(".") and path != item.path
            )
        else:
            yield source


def _content(path: str, option: str) -> bytes:
    with disk_system_errors.reporting_errors(option + "sources", path, "read"):
        # Without waiting: a FIFO must not hang us.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            content = bounded_read.read(fd, jwk_set.MOST_OCTETS + 1)
        finally:
            os.close(fd)
    if len(content) > jwk_set.MOST_OCTETS:
        raise KeysmithError("%ssources: %s is larger than %d bytes." % (option, path, jwk_set.MOST_OCTETS))
    return content


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
