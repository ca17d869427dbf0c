# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find what an interrupted run left of one key pair: a staged key, backups that are the key itself, temporary files."""

from __future__ import annotations

import os
import re
import time
import typing as t

from .._disk import temporaries
from .._disk.files import FileSlot
from .._errors import KeysmithError, MissingLibrary
from . import decide, open_key, values
from .request import THUMBPRINT, Wanted, base64_of
from .state import (
    LARGEST_KEY,
    FoundEnvironment,
    FoundFile,
    State,
    linked,
)


def staged_name(name: str) -> str:
    """Return the fixed name under which a private key waits for the commit of its set."""
    return ".%s.staged" % name


def hard_links(private: FoundFile) -> t.List[FileSlot]:
    """Return the backups that are still the live key, because a run was killed between backup and replacement."""
    if not private.info or private.info.st_nlink == 1:
        return []
    place = private.place
    same = [other for other in backups(place) if _is_same(other, private.info)]
    if private.info.st_nlink != 1 + len(same) + _is_same(place.sibling(staged_name(place.name)), private.info):
        raise linked(place, private.info.st_nlink)
    return same


_BACKUP = re.compile("(.+)" + values.BACKUP, re.DOTALL)


def backup_suffix(thumbprint: str) -> str:
    """Return the suffix of a backup: the start of the key's thumbprint, and the time in UTC (values.BACKUP)."""
    now = time.time()
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(now)) + "%06d" % int(now % 1 * 1000000)
    return ".%s.%sZ.bak" % (thumbprint[:8] or "unknown", stamp)


def copies(place: FileSlot, content: bytes) -> t.List[FileSlot]:
    """Return the backups with the file's present content: left by a killed run, like hard links, but copied."""
    size = len(content)
    return [
        other
        for other, info in ((other, other.look()) for other in backups(place))
        if info and info.st_size == size and other.read(LARGEST_KEY) == content
    ]


def backups(place: FileSlot) -> t.List[FileSlot]:
    """Return all backups of the file, from any run."""
    return [place.sibling(name) for name in place.folder.named(_BACKUP).get(place.name, ())]


def named_as_backup(name: str) -> "re.Pattern[str]":
    """Return the pattern of the names of backups of a file."""
    return re.compile(re.escape(name) + values.BACKUP)


def _is_same(place: FileSlot, info: t.Optional[os.stat_result]) -> bool:
    other = place.look()
    return bool(other and info and other.st_ino == info.st_ino)


def staged_key(private: FoundFile, owner: int) -> bytes:
    """Return a private key that an interrupted run had staged; empty for none. An invalid one reads as a NUL.

    ``owner``: the uid that the private key is to have. What another user put there is none of ours.
    """
    staged = private.place.sibling(staged_name(private.place.name))
    info = staged.look()
    if not info:
        return b""
    if _is_same(staged, private.info) or info.st_uid not in (0, os.geteuid(), owner):
        return b"\0"
    if info.st_nlink != 1:
        raise linked(staged, info.st_nlink)
    return staged.read(LARGEST_KEY) or b"\0"


def successor(
    opened: t.Optional[open_key.OpenedKey], staged: bytes, environment: t.List[FoundEnvironment], wanted: Wanted
) -> t.Optional[open_key.OpenedKey]:
    """Return the staged key if an interrupted run had committed to it: the environment file names it, not the old."""
    if not environment or not environment[0].file.info:
        return None
    # A file that says nothing of a key names none, unless that is how it says that the key is not encrypted.
    if opened and (not environment[0].values or _named(opened, environment[0], wanted)):
        return None
    tried = [open_key.Candidate(decide.ENVIRONMENT, environment[0].passphrase)] if environment[0].passphrase else []
    if not tried and wanted.passphrase:
        tried = [open_key.Candidate(decide.PASSPHRASE, wanted.passphrase)]
    try:
        successor = open_key.open_key(staged, tried, "path", trusted=True)
    except MissingLibrary:
        raise
    except KeysmithError:
        return None
    if successor.passphrase == wanted.passphrase and wanted.passphrase:
        successor = successor._replace(key=successor.key._replace(opened_by=decide.PASSPHRASE))
    return successor if _named(successor, environment[0], wanted) else None


def _named(opened: open_key.OpenedKey, first: FoundEnvironment, wanted: Wanted) -> bool:
    """Check whether the environment file names this key: by its passphrase and, if chosen, its key ID."""
    if first.wanted.passphrase_variable and opened.passphrase != first.passphrase:
        return False
    if first.wanted.key_base64_variable:
        return first.key_base64 == base64_of(opened.content)
    if not first.wanted.key_id_variable or wanted.key_id != THUMBPRINT:
        return True
    return first.key_id == opened.key.thumbprint


def leftovers(found: t.Iterable[FoundFile], link: t.Optional[FileSlot]) -> t.List[FileSlot]:
    """Return the temporary files of interrupted runs beside these files and the link."""
    by_folder: t.Dict[int, t.List[FileSlot]] = {}
    for place in [file.place for file in found] + ([link] if link else []):
        by_folder.setdefault(id(place.folder), []).append(place)
    return [
        same[0].sibling(name)
        for same in by_folder.values()
        for name in temporaries.leftovers(same[0].folder, [place.name for place in same])
    ]


def remains(state: State) -> t.List[FileSlot]:
    """Return everything that interrupted runs left: a staged key, temporary files, backups that are the key itself."""
    place = state.private.place
    staged = [place.sibling(staged_name(place.name))] if state.recovery else []
    return staged + state.leftovers + state.unused_backups
