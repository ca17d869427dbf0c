# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JWK Set files kept by content: any number of them in one go, looked at first and then written one by one.

Everything is read and judged before the first file changes, so a bad one changes nothing. A file is then written under
the lock of its directory, from what it holds at that moment: two controllers can merge into the same set. What was
judged once is not judged again, and a directory is synced once for all its files: a set may be that of thousands of
hosts.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

from .._disk import directory as disk_directory
from .._disk import make_directories, xattrs
from .._disk.current_directory import CurrentFolder
from .._disk.files import (
    Attributes,
    Place,
    Replaced,
    differs,
    leftovers,
)
from .._errors import KeysmithError
from .._jose import jwcrypto_check, jwk_set
from .._jose import jwk as jose_jwk

#: How often a file is read anew that is replaced meanwhile.
_ATTEMPTS = 20


class Wanted(t.NamedTuple):
    """What one file is to hold."""

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


class Manner(t.NamedTuple):
    """How files are written, and how missing directories are made."""

    file: Attributes
    directory: Attributes
    lock_timeout: float = 60.0


class Change(t.NamedTuple):
    """What one file holds and is going to hold."""

    wanted: Wanted
    before: t.Optional[bytes]
    after: t.Optional[bytes]
    document: t.Dict[str, t.Any]
    #: The keys of the document by their thumbprints.
    keys: jwk_set.Keys
    #: Only the mode or owner is to be mended.
    mend: bool

    @property
    def changed(self) -> bool:
        """Whether the file is not as it is wanted."""
        return self.mend or self.before != self.after


Refused = t.Callable[[KeysmithError], None]


def _raised(error: KeysmithError) -> t.NoReturn:
    raise error


def plan(wanted: t.Sequence[Wanted], manner: Manner, refused: Refused = _raised) -> t.List[Change]:
    """What each file needs, in the order given; nothing is written. ``refused`` gets what is wrong with one."""
    seen = _Seen({}, {}, set())
    with CurrentFolder() as folders:
        for item in wanted:
            if item.path in seen.changes:
                raise KeysmithError(
                    "%spath: %s is named twice; give all its keys in one item." % (item.option, item.path)
                )
            try:
                seen.changes[item.path] = _change(item, _place(folders, item), manner, seen)
            except KeysmithError as error:
                seen.refused.add(item.path)
                refused(error)
    return list(seen.changes.values())


def apply(changes: t.Sequence[Change], manner: Manner, refused: Refused = _raised) -> t.List[Change]:
    """Write what the plan says; returns what was done, which is more where others wrote since."""
    done = []
    seen = _Seen({change.wanted.path: change for change in changes}, {}, set(), written=True)
    names: t.Dict[str, t.List[str]] = {}
    for change in changes:
        names.setdefault(os.path.dirname(change.wanted.path), []).append(os.path.basename(change.wanted.path))
    with CurrentFolder() as folders:
        for change in changes:
            try:
                done.append(_write(folders, change, manner, seen, names) if change.changed else change)
            except KeysmithError as error:
                refused(error)
    return done


class _Seen(t.NamedTuple):
    """What need not be looked at twice."""

    #: What was planned for a path.
    changes: t.Dict[str, Change]
    #: The keys that jwcrypto has confirmed, by their thumbprints.
    confirmed: jwk_set.Keys
    #: The paths of files that cannot be what they are to be.
    refused: t.Set[str]
    #: Sources are read from the disk: the plan has been carried out, and others may have written since.
    written: bool = False


def _write(
    folders: CurrentFolder, change: Change, manner: Manner, seen: _Seen, names: t.Dict[str, t.List[str]]
) -> Change:
    place = _place(folders, change.wanted)
    if not place.folder.exists:
        make_directories.make(place.folder, manner.directory.mode, manner.directory.owner, manner.directory.group)
        if not place.folder.exists:
            raise KeysmithError("%s: %s was taken away meanwhile; run again." % (place.option, place.folder.path))
    if folders.first_use():
        place.folder.lock(manner.lock_timeout)
        for name in leftovers(place.folder, names[place.folder.path]):
            place.beside(name).remove()
    if change.wanted.sources or _read(place, change.wanted) != change.before:
        change = _change(change.wanted, place, manner, seen)
    if change.after is not None and change.after != change.before:
        context = xattrs.get_context(place.by_descriptor) if change.before is not None else ""
        place.stage(change.after, manner.file._replace(context=context)).commit(durable=False)
        folders.renamed()
    elif change.mend:
        place.mend(manner.file)
    return change


def _place(folders: CurrentFolder, item: Wanted) -> Place:
    option = item.option + "path"
    folder = folders.open(os.path.dirname(item.path), option)
    return Place(folder, os.path.basename(item.path), option)


def _read(place: Place, item: Wanted) -> t.Optional[bytes]:
    for _attempt in range(_ATTEMPTS):
        # To look takes no lock, and another run may be putting its set in place.
        with contextlib.suppress(Replaced):
            return None if place.look() is None else place.read(jwk_set.MOST_OCTETS)
    raise KeysmithError("%s: %s is replaced again and again; run again when it is not." % (place.option, place.path))


def _change(item: Wanted, place: Place, manner: Manner, seen: _Seen) -> Change:
    before = _read(place, item)
    info = place.look()
    name = "%spath: %s" % (item.option, item.path)
    held = _held(before, name, item.single)
    known = jwk_set.kept(held, name)
    wanted = jwk_set.gather(item.jwks, item.option + "jwks")
    for path in _sources(item, seen):
        jwk_set.add(wanted, _source(path, item, seen))
    if item.sources and known and not wanted and item.state == "exact":
        # A store that is not mounted looks like one in which nobody has put anything.
        raise KeysmithError(
            "%ssources: hold no key, and %s holds %d, which would be taken out; to have it empty, say jwks: [] alone."
            % (item.option, item.path, len(known))
        )
    keys = _after(item, known, wanted, name)
    document = _document(item, held, keys, name)
    after = before
    if before is None and item.state == "absent":
        after = None
    elif before is None or document != held:
        planned = seen.changes.get(item.path)
        if not planned or planned.keys != keys:
            _judge({print_: jwk for print_, jwk in keys.items() if known.get(print_) != jwk}, keys, name, seen)
        after = jose_jwk.render(document)
        # What is written here is read again here, and by others: no NaN, no number without an end.
        jwk_set.parse(after, name)
    if before != after and not seen.written:
        place.folder.check_writable()
    mend = before is not None and before == after and info is not None and differs(info, manner.file)
    return Change(item, before, after, document, keys, mend)


def _judge(new: jwk_set.Keys, keys: jwk_set.Keys, name: str, seen: _Seen) -> None:
    """KeysmithError where new keys must not be published together with the others."""
    jwcrypto_check.confirm_if_there(jwk for print_, jwk in new.items() if seen.confirmed.get(print_) != jwk)
    seen.confirmed.update(new)
    jwk_set.check_primes(new, keys, name)


def _held(before: t.Optional[bytes], name: str, single: bool) -> t.Dict[str, t.Any]:
    if before is None:
        return {"keys": []}
    document = jwk_set.parse(before, name)
    if ("kty" in document) != single:
        raise KeysmithError(
            "%s holds %s; name another file." % (name, "a JWK Set, not a JWK" if single else "a JWK, not a JWK Set")
        )
    return document


def _after(item: Wanted, known: jwk_set.Keys, wanted: jwk_set.Keys, name: str) -> jwk_set.Keys:
    if item.state == "absent":
        return jwk_set.absent(known, wanted, item.key_ids)
    if item.state == "present" and not item.single:
        return jwk_set.present(known, wanted, name)
    jwk_set.check_key_ids(wanted, name)
    # An entry that says the same keeps the order of its members: the file stays as it is, byte for byte.
    return {print_: known[print_] if known.get(print_) == jwk else jwk for print_, jwk in wanted.items()}


def _document(item: Wanted, held: t.Dict[str, t.Any], keys: jwk_set.Keys, name: str) -> t.Dict[str, t.Any]:
    if not item.single:
        return dict(held, keys=list(keys.values()))
    if len(keys) != 1:
        raise KeysmithError("%s takes one JWK, and jwks holds %d." % (name, len(keys)))
    return next(iter(keys.values()))


def _sources(item: Wanted, seen: _Seen) -> t.Iterator[str]:
    """The files that the sources name, with those that are about to be written there."""
    coming = {} if seen.written else seen.changes
    for source in item.sources:
        for path in seen.refused:
            # Its keys are not known, and without them they would be taken out of this file. If it is there, it stays.
            if source in (path, os.path.dirname(path)) and not os.path.lexists(path):
                raise KeysmithError(
                    "%ssources: %s could not be made, and its keys would be missing in %s, which stays as it is."
                    % (item.option, path, item.path)
                )
        inside = {path for path, change in coming.items() if change.after and os.path.dirname(path) == source}
        if os.path.isdir(source) or inside:
            with disk_directory.said(item.option + "sources", source, "read"), contextlib.suppress(FileNotFoundError):
                inside.update(os.path.join(source, found) for found in os.listdir(source))
            yield from sorted(
                path
                for path in inside
                if path.endswith(".json") and not os.path.basename(path).startswith(".") and path != item.path
            )
        else:
            yield source


def _source(path: str, item: Wanted, seen: _Seen) -> jwk_set.Keys:
    name = "%ssources: %s" % (item.option, path)
    planned = seen.changes.get(path)
    if planned and planned.after is not None and not seen.written:
        return planned.keys
    with disk_directory.said(item.option + "sources", path, "read"), open(path, "rb", opener=_patient) as file:
        content = file.read(jwk_set.MOST_OCTETS + 1)
    if planned and planned.after == content:
        return planned.keys
    return jwk_set.kept(jwk_set.parse(content, name), name)


def _patient(path: str, flags: int) -> int:
    """Open without waiting: a FIFO must not hang us."""
    return os.open(path, flags | os.O_NONBLOCK)
