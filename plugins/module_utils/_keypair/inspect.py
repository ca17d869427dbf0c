# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out what is on the host for one key pair: its files, its key, and what an interrupted run left."""

from __future__ import annotations

import os
import typing as t

from .._disk import links, locked_directories, owner_mode, xattrs
from .._disk.files import FileSlot
from .._env_files import edit
from .._errors import CannotOpen, KeysmithError, MissingLibrary
from . import file_kinds, former_names, open_key, outputs
from . import recovery as keypair_recovery
from .outputs import Output
from .request import THUMBPRINT, EnvironmentFile, Wanted
from .state import (
    DROP,
    FORWARD,
    LARGEST_KEY,
    FoundDerived,
    FoundEnvironment,
    FoundFile,
    State,
    linked,
)


def look(
    wanted: Wanted, folders: locked_directories.LockedDirectories, known: t.Optional[open_key.OpenedKey] = None
) -> State:
    """Look at everything, change nothing. KeysmithError where something is there that may not be written to.

    ``known``: the key as this run has opened it before.
    """
    private = _private(wanted, folders)
    names = former_names.former(wanted) if wanted.environment and private.info else {}
    environment = [
        _environment_file(item, folders, wanted.owners, names.get(item.path, {})) for item in wanted.environment
    ]
    named = [(output, path) for output, path in wanted.files if output.option in wanted.derived]
    derived = [FoundDerived(output, _derived_file(output, path, folders, wanted.owners)) for output, path in named]
    link = _link(wanted, folders)
    hard_links = keypair_recovery.hard_links(private)
    staged = keypair_recovery.staged_key(private, wanted.private.owner)
    opened, problem, recovery = None, None, DROP if staged else ""
    if wanted.state == "present":
        opened, problem = _opened(wanted, private, environment, derived, known)
        successor = keypair_recovery.successor(opened, staged, environment, wanted) if staged else None
        if successor:
            opened, problem, recovery = successor, None, FORWARD
        environment = [_own(item, private.place, opened, wanted) for item in environment]
    # A run that makes a backup has staged the next key. Without a staged key, somebody made the copy on purpose.
    copies = keypair_recovery.copies(private.place, opened.content) if staged and opened and not hard_links else []
    files = [private, *(item.file for item in environment), *(item.file for item in derived)]
    return State(
        private=private,
        opened=opened,
        problem=problem,
        recovery=recovery,
        unused_backups=hard_links + copies if recovery != FORWARD else [],
        leftovers=keypair_recovery.leftovers(files, link),
        environment=environment,
        derived=derived,
        link=link,
        link_target=links.link_target(link) if link else None,
    )


def _link(wanted: Wanted, folders: locked_directories.LockedDirectories) -> t.Optional[FileSlot]:
    link = place_of(wanted.active_link, "active_link", folders) if wanted.active_link else None
    if link:
        link.folder.judge(wanted.owners)
    return link


def _opened(
    wanted: Wanted,
    private: FoundFile,
    environment: t.Sequence[FoundEnvironment],
    derived: t.Sequence[FoundDerived],
    known: t.Optional[open_key.OpenedKey],
) -> t.Tuple[t.Optional[open_key.OpenedKey], t.Optional[KeysmithError]]:
    """Return the key, or why it cannot be opened; neither if there is none."""
    tried = open_key.candidates(wanted, environment[0].passphrase if environment else b"")
    published = [item.file.content for item in derived if item.file.content]
    opened, problem = open_private(private, tried, published, known)
    if isinstance(problem, CannotOpen) and not tried and wanted.generate_passphrase:
        problem = _without_variable(problem, environment[0])
    return opened, problem


def _without_variable(problem: KeysmithError, first: FoundEnvironment) -> KeysmithError:
    """Say where a passphrase is missing: a generated one is only in a file, and nobody can give it."""
    if not first.file.content.strip():
        return KeysmithError(
            "%s If it was generated, it was in %s, %s; restore that file, or give the passphrase in "
            "previous_passphrases."
            % (problem, first.wanted.path, "which is empty" if first.file.info else "which is not there")
        )
    return KeysmithError(
        "%s %s does not set %s. If the file holds the passphrase under another name, use that name again, or rename "
        "the variable in the file by hand; otherwise give the passphrase in previous_passphrases."
        % (problem, first.wanted.path, first.wanted.passphrase_variable)
    )


def place_of(path: str, option: str, folders: locked_directories.LockedDirectories) -> FileSlot:
    """Return the slot of a path."""
    folder, name = os.path.split(path)
    return FileSlot(folders.get(folder, option), name, option)


def _file(
    path: str,
    option: str,
    folders: locked_directories.LockedDirectories,
    owners: t.FrozenSet[int],
    limit: int = LARGEST_KEY,
) -> FoundFile:
    """Inspect the file at a path, in a directory of ours or of one of the future ``owners`` of the files."""
    place = place_of(path, option, folders)
    info = place.look()
    place.folder.judge(owners if owners or not info else (info.st_uid,))
    if info and place.folder.is_shared and info.st_uid not in owners | {0, os.geteuid()}:
        raise KeysmithError(
            "%s: %s belongs to %s, and everybody can create files in its directory; name a file elsewhere."
            % (option, path, owner_mode.user_name(info.st_uid))
        )
    if info and info.st_nlink > 1 and option != "path":
        raise linked(place, info.st_nlink)
    content = place.read(limit) if info and option != "path" else b""
    # Its rights are bounded by the group's in the mode.
    rights = xattrs.group_rights(place.by_descriptor) if info and info.st_mode & 0o070 else None
    return FoundFile(place, info, content, rights)


def _derived_file(
    output: Output, path: str, folders: locked_directories.LockedDirectories, owners: t.FrozenSet[int]
) -> FoundFile:
    """Inspect a public file; KeysmithError if a file of another kind is there, which would be lost."""
    file = _file(path, output.option, folders, owners)
    if file.content.strip() and not (output.may_replace and output.may_replace(file.content)):
        raise _of_another_kind(output, path, file_kinds.of(file.content))
    return file


def _of_another_kind(output: Output, path: str, kind: str) -> KeysmithError:
    return KeysmithError(
        "%s: %s is %s, not %s, so nothing was changed; name another file, or move that one away."
        % (output.option, path, kind, output.content)
    )


def _private(wanted: Wanted, folders: locked_directories.LockedDirectories) -> FoundFile:
    return _file(wanted.path, "path", folders, wanted.owners)


def _environment_file(
    item: EnvironmentFile,
    folders: locked_directories.LockedDirectories,
    owners: t.FrozenSet[int],
    former: former_names.Names,
) -> FoundEnvironment:
    file = _file(item.path, "environment", folders, owners, edit.LARGEST_FILE)
    if not file.content.strip():
        return FoundEnvironment(item, file, {})
    name = "environment: %s" % item.path
    _refuse_other_kind(file.content, item, name)
    found = FoundEnvironment(item, file, edit.values(file.content, item.variables, item.format, name=name))
    try:
        before = edit.values(file.content, former.values(), item.format, name=name)
    except KeysmithError:
        # Somebody has made something else of such a line, so it is theirs.
        return found
    return found._replace(former=former, values={**before, **found.values}) if before else found


def _own(
    item: FoundEnvironment, private: FileSlot, opened: t.Optional[open_key.OpenedKey], wanted: Wanted
) -> FoundEnvironment:
    """Return the file without variables under former names that are not ours."""
    own = former_names.Own(
        path=private.is_at,
        key_ids={wanted.key_id, opened.key.thumbprint if opened else ""} - {THUMBPRINT, ""},
        passphrase=lambda octets: bool(opened and octets == opened.passphrase),
        private_key=lambda octets: bool(opened and octets == opened.content),
    )
    return item.with_former(former_names.ours(item, own))


def _refuse_other_kind(content: bytes, item: EnvironmentFile, name: str) -> None:
    """Refuse a file that is not an environment file, because our variables would spoil it."""
    if item.format == edit.ENVDIR:
        if edit.strange_line(content, item.format):
            raise KeysmithError("%s: has more than one line, and only the first would be read; move it away." % name)
        return
    kind = file_kinds.of(content)
    try:
        line = edit.strange_line(content, item.format)
    except KeysmithError as error:
        if kind in (file_kinds.ENVIRONMENT, file_kinds.UNKNOWN):
            raise KeysmithError("%s: %s" % (name, error)) from None
        raise _of_another_kind(outputs.ENVIRONMENT, item.path, kind) from None
    if line and kind in (file_kinds.ENVIRONMENT, file_kinds.UNKNOWN):
        raise KeysmithError(
            "%s: line %d is not an assignment, so this is not an environment file for %s; name another file."
            % (name, line, item.format)
        )
    if line or kind in file_kinds.LIKE_ASSIGNMENTS:
        raise _of_another_kind(outputs.ENVIRONMENT, item.path, kind)


def open_private(
    private: FoundFile,
    tried: t.Sequence[open_key.Candidate],
    published: t.Sequence[bytes],
    known: t.Optional[open_key.OpenedKey] = None,
) -> t.Tuple[t.Optional[open_key.OpenedKey], t.Optional[KeysmithError]]:
    """Open the key in place, or return why that is impossible. A missing library ends the run."""
    if not private.info:
        return None, None
    content = private.place.read(LARGEST_KEY)
    try:
        opened = open_key.again(content, tried, known)
        return opened or open_key.open_key(content, tried, "path: %s" % private.place.path, published), None
    except MissingLibrary:
        raise
    except KeysmithError as error:
        return None, error
