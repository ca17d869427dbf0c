# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JWK Set files, edited by content: any number of them in one run, all inspected first and then written one by one.

Everything is read and judged before the first file changes, so a bad one changes nothing. A file is then written under
the lock of its directory, from what it holds at that moment: two controllers can merge into the same set. What was
judged once is not judged again, and a directory is synced once for all its files: a set may be that of thousands of
hosts.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

from .._disk import make_directories, xattrs
from .._disk.attributes import Attributes, differs
from .._disk.current_directory import CurrentFolder
from .._disk.files import FileSlot, Replaced
from .._disk.temporaries import leftovers
from .._errors import KeysmithError
from .._jose import jwcrypto_check, jwk_checks, jwk_set, set_text
from .._jose import jwk as jose_jwk
from .._jose.jwk_set import Entry
from . import sources
from .sources import Ahead, Wanted

#: How often a file is read anew that is replaced meanwhile.
_ATTEMPTS = 20


class Manner(t.NamedTuple):
    """Mode and owner of files and missing directories."""

    file: Attributes
    directory: Attributes
    lock_timeout: float = 60.0


class Change(t.NamedTuple):
    """The present and the future content of one file."""

    wanted: Wanted
    before: t.Optional[bytes]
    after: t.Optional[bytes]
    #: The future entries.
    entries: t.Sequence[Entry] = ()
    #: The earlier entries.
    held: t.Sequence[Entry] = ()
    #: What the JWK Set holds besides its keys.
    members: t.Mapping[str, t.Any] = {}
    #: Only the mode or owner changes.
    is_attributes: bool = False
    read: sources.Read = ()

    @property
    def changed(self) -> bool:
        """Check whether the file differs from the wanted one."""
        return self.is_attributes or self.before != self.after


Refused = t.Callable[[KeysmithError], None]


def _raised(error: KeysmithError) -> t.NoReturn:
    raise error


def plan(wanted: t.Sequence[Wanted], manner: Manner, refused: Refused = _raised) -> t.List[Change]:
    """Plan the change of each file, in the order given; nothing is written. ``refused`` gets failures by file."""
    ahead, changes = Ahead(), t.cast(t.Dict[str, Change], {})
    confirmed: _Confirmed = {}
    with CurrentFolder() as folders:
        for item in wanted:
            if item.path in changes:
                raise KeysmithError(
                    "%spath: %s is named twice; give all its keys in one item." % (item.option, item.path)
                )
            try:
                place = _place(folders, item)
                change = changes[item.path] = _change(item, place, manner, ahead, confirmed)
                if change.before != change.after:
                    place.folder.check_writable()
            except KeysmithError as error:
                changes.pop(item.path, None)
                ahead.missing.add(item.path)
                refused(error)
            else:
                if change.after is not None:
                    ahead.add(item.path, change.after, change.entries)
    return list(changes.values())


def apply(changes: t.Sequence[Change], manner: Manner, refused: Refused = _raised) -> t.List[Change]:
    """Write what the plan says; return what was done, which is more if others wrote since."""
    done = []
    names: t.Dict[str, t.List[str]] = {}
    for change in changes:
        names.setdefault(os.path.dirname(change.wanted.path), []).append(os.path.basename(change.wanted.path))
    with CurrentFolder() as folders:
        for change in changes:
            try:
                done.append(_write(folders, change, manner, names) if change.changed else change)
            except KeysmithError as error:
                refused(error)
    return done


def _write(folders: CurrentFolder, change: Change, manner: Manner, names: t.Mapping[str, t.Sequence[str]]) -> Change:
    place = _place(folders, change.wanted)
    if not place.folder.exists:
        make_directories.make(place.folder, manner.directory.mode, manner.directory.owner, manner.directory.group)
        if not place.folder.exists:
            raise KeysmithError("%s: %s was removed during the run; run again." % (place.option, place.folder.path))
    if folders.first_use():
        place.folder.lock(manner.lock_timeout)
        for name in leftovers(place.folder, names[place.folder.path]):
            place.sibling(name).remove()
    if _read(place, change.wanted) != change.before or not sources.are_as_read(change.wanted, change.read):
        # Others wrote since: from what is there now, on the disk alone.
        change = _change(change.wanted, place, manner, Ahead(), {})
    if change.after is not None and change.after != change.before:
        context = xattrs.get_context(place.by_descriptor) if change.before is not None else ""
        place.stage(change.after, manner.file._replace(context=context)).commit(durable=False)
        folders.renamed()
    elif change.is_attributes:
        place.set_attributes(manner.file)
    return change


def _place(folders: CurrentFolder, item: Wanted) -> FileSlot:
    option = item.option + "path"
    folder = folders.open(os.path.dirname(item.path), option)
    return FileSlot(folder, os.path.basename(item.path), option)


def _read(place: FileSlot, item: Wanted) -> t.Optional[bytes]:
    for _attempt in range(_ATTEMPTS):
        # To look takes no lock, and another run may be putting its set in place.
        with contextlib.suppress(Replaced):
            return None if place.look() is None else place.read(jwk_set.MOST_OCTETS)
    raise KeysmithError("%s: %s keeps being replaced; run again when that has stopped." % (place.option, place.path))


_Confirmed = t.Dict[jose_jwk.Key, t.Any]


def _change(item: Wanted, place: FileSlot, manner: Manner, ahead: Ahead, confirmed: _Confirmed) -> Change:
    before, info = _read(place, item), place.look()
    wanted, read = sources.gather(item, ahead)
    if before is None and item.state == "absent":
        return Change(item, None, None, read=read)
    found = (_one if item.single else _set)(item, before, wanted)
    if len(found.after) > jwk_set.MOST_OCTETS:
        raise KeysmithError(
            "%spath: %s would hold %d keys and be larger than %d bytes; split it into several sets."
            % (item.option, item.path, len(found.entries), jwk_set.MOST_OCTETS)
        )
    if found.after != before:
        kept = [entry for entry in found.entries if entry.is_kept]
        _judge([entry for entry in found.entries if not entry.is_kept], kept, confirmed)
    is_attributes = before == found.after and info is not None and differs(info, manner.file)
    return Change(item, before, found.after, found.entries, found.held, found.members, is_attributes, read)


def _judge(new: t.Sequence[Entry], kept: t.Sequence[Entry], confirmed: _Confirmed) -> None:
    """Refuse new entries that must not be published, or not together with the others."""
    unknown = [entry for entry in new if confirmed.get(entry.key) != entry.jwk]
    for entry in unknown:
        jwk_checks.check_strength(entry.jwk, entry.name)
    jwcrypto_check.confirm_if_there([(entry.jwk, entry.name) for entry in unknown])
    confirmed.update((entry.key, entry.jwk) for entry in unknown)
    jwk_set.check_primes(new, kept)


class _Contents(t.NamedTuple):
    """The entries of a file, its future entries, and its future text."""

    held: t.List[Entry]
    entries: t.List[Entry]
    after: bytes
    #: Of a JWK Set: its members besides the keys.
    members: t.Mapping[str, t.Any] = {}


def _set(item: Wanted, before: t.Optional[bytes], wanted: t.List[Entry]) -> _Contents:
    if item.state == "exact" and before is not None and set_text.render(wanted) == before:
        return _Contents(wanted, wanted, before)
    document = _document(item, before)
    held = jwk_set.held(document, _name(item))
    members = {name: value for name, value in document.items() if name != "keys"}
    if item.state == "present":
        entries = jwk_set.present(held, wanted)
    elif item.state == "exact":
        entries = jwk_set.exact(held, wanted)
    else:
        entries = jwk_set.absent(held, wanted, item.key_ids)
    if held and not entries:
        _check_emptied(item, len(held))
    after = before if before is not None and entries == held else set_text.render(entries, before)
    return _Contents(held, entries, after, members)


def _one(item: Wanted, before: t.Optional[bytes], wanted: t.List[Entry]) -> _Contents:
    held = [] if before is None else jwk_set.held(_document(item, before), _name(item))
    if len(wanted) != 1:
        raise KeysmithError("%s is for one JWK, but jwks and sources hold %d." % (_name(item), len(wanted)))
    entries = jwk_set.exact(held, wanted)
    after = before if before is not None and entries == held else jose_jwk.render(entries[0].jwk)
    return _Contents(held, entries, after)


def _check_emptied(item: Wanted, held: int) -> None:
    """Refuse an empty set unless the user asked for it: verifiers would refuse everything."""
    if item.state == "absent":
        raise KeysmithError(
            "%spath: %s would be left without a key, and verifiers would get an empty set; to empty it, set state: "
            "exact and jwks: []." % (item.option, item.path)
        )
    if item.sources or item.jwks:
        # A store that is not mounted looks like one in which nobody has put anything.
        raise KeysmithError(
            "%s%s: hold no key, but %s holds %d, which would be removed; to empty it, set jwks: [] alone."
            % (item.option, "sources" if item.sources else "jwks", item.path, held)
        )


def _name(item: Wanted) -> str:
    return "%spath: %s" % (item.option, item.path)


def _document(item: Wanted, before: t.Optional[bytes]) -> t.Dict[str, t.Any]:
    if before is None:
        return {"keys": []}
    document = jwk_set.parse(before, _name(item))
    if ("kty" in document) != item.single:
        kinds = ("a JWK Set, not a JWK", "without") if item.single else ("a JWK, not a JWK Set", "with")
        raise KeysmithError("%s holds %s; name another file, or call the module %s single." % (_name(item), *kinds))
    return document
