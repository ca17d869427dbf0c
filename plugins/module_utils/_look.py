# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""What is on the host for one key pair: its files, its key, and what an interrupted run left."""

from __future__ import annotations

import os
import re
import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils import (
    _environment,
    _files,
    _folders,
    _jwk,
    _open,
    _owners,
    _plan,
    _proof,
)
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, MissingLibrary
from ansible_collections.keysmith.jwt.plugins.module_utils._files import Place
from ansible_collections.keysmith.jwt.plugins.module_utils._wanted import THUMBPRINT, EnvironmentFile, Wanted

#: A private key of 8192 bits is 6.5 KiB; a public file is smaller.
LARGEST_KEY = 64 * 1024

FORWARD, DROP = "forward", "drop"


class FoundFile(t.NamedTuple):
    """A file that we manage, as it is."""

    place: Place
    info: t.Optional[os.stat_result]
    #: Empty where there is no file, and for the private key, which is read where it is opened.
    content: bytes

    def __repr__(self) -> str:
        return "<file %s>" % self.place.path


class FoundEnvironment(t.NamedTuple):
    """An environment file and what our variables are in it."""

    wanted: EnvironmentFile
    file: FoundFile
    values: t.Dict[str, str]

    def __repr__(self) -> str:
        return "<environment file %s>" % self.wanted.path

    @property
    def passphrase(self) -> bytes:
        """The passphrase that it holds, empty for none."""
        return self.values.get(self.wanted.passphrase_variable, "").encode("utf-8", "surrogateescape")

    @property
    def key_id(self) -> str:
        """The key ID that it holds, empty for none."""
        return self.values.get(self.wanted.key_id_variable, "")


class State(t.NamedTuple):
    """All that is there for one key pair. Holds secrets: never shown."""

    private: FoundFile
    #: The private key: as it is in place, or as an interrupted run had staged it. None where none could be opened.
    opened: t.Optional[_open.Opened]
    #: Why not, where there is a file.
    problem: t.Optional[KeysmithError]
    #: What to do with a staged private key: FORWARD (it is the one that the environment file names), DROP, or empty.
    recovery: str
    #: Hard links to the live private key that an interrupted run had made as backups.
    unused_backups: t.List[Place]
    leftovers: t.List[Place]
    environment: t.List[FoundEnvironment]
    public: t.Optional[FoundFile]
    jwk: t.Optional[FoundFile]
    link: t.Optional[Place]
    #: Where the link leads, None for no link.
    link_target: t.Optional[str]

    @property
    def passphrase(self) -> bytes:
        """The passphrase in the first environment file, empty for none."""
        return self.environment[0].passphrase if self.environment else b""

    @property
    def exists(self) -> bool:
        """Whether there is a private key file, staged ones that are to be rolled forward included."""
        return self.private.info is not None or self.recovery == FORWARD

    def __repr__(self) -> str:
        return "<state of %s>" % self.private.place.path


def staged_name(name: str) -> str:
    """The fixed name under which a private key waits for the commit of its set."""
    return ".%s.staged" % name


def look(wanted: Wanted, folders: _folders.Folders) -> State:
    """Look at everything, change nothing. KeysmithError where something is there that may not be written to."""
    private = _private(wanted, folders)
    owners = wanted.owners
    environment = [_environment_file(item, folders, owners) for item in wanted.environment]
    public = _public_file(wanted.public_path, "public_path", folders, owners)
    jwk = _public_file(wanted.jwk_path, "jwk_path", folders, owners)
    link = place_of(wanted.active_link, "active_link", folders)
    if link:
        link.folder.judge(owners)
    hard_links = _hard_links(private)
    staged = _staged(private, wanted.private.owner)
    opened, problem, recovery = None, None, DROP if staged else ""
    if wanted.state == "present":
        tried = _open.candidates(wanted, environment[0].passphrase if environment else b"")
        published = [file.content for file in (public, jwk) if file and file.content]
        opened, problem = _open_private(private, tried, published)
        successor = _successor(opened, staged, environment, wanted) if staged else None
        if successor:
            opened, problem, recovery = successor, None, FORWARD
    unused_backups = hard_links + (copies(private.place, opened.content) if opened and not hard_links else [])
    return State(
        private=private,
        opened=opened,
        problem=problem,
        recovery=recovery,
        unused_backups=unused_backups if recovery != FORWARD else [],
        leftovers=_leftovers(private, environment, public, jwk, link),
        environment=environment,
        public=public,
        jwk=jwk,
        link=link,
        link_target=_files.link_target(link) if link else None,
    )


def place_of(path: str, option: str, folders: _folders.Folders) -> t.Optional[Place]:
    """The place that a path names; None for no path."""
    if not path:
        return None
    folder, name = os.path.split(path)
    return Place(folders.get(folder, option), name, option)


def _file(
    path: str, option: str, folders: _folders.Folders, owners: t.FrozenSet[int], limit: int = LARGEST_KEY
) -> t.Optional[FoundFile]:
    """The file at a path, in a directory of ours or of one of the ``owners`` that files of the key pair are to have."""
    place = place_of(path, option, folders)
    if place is None:
        return None
    info = place.look()
    place.folder.judge(owners if owners or not info else (info.st_uid,))
    if info and place.folder.is_shared and info.st_uid not in owners | {0, os.geteuid()}:
        raise KeysmithError(
            "%s: %s belongs to %s, and everybody can put files into its directory; name a file elsewhere."
            % (option, path, _owners.user_name(info.st_uid))
        )
    if info and info.st_nlink > 1 and option != "path":
        raise _linked(place, info.st_nlink)
    content = place.read(limit) if info and option != "path" else b""
    return FoundFile(place, info, content)


def _public_file(path: str, option: str, folders: _folders.Folders, owners: t.FrozenSet[int]) -> t.Optional[FoundFile]:
    """A public file. It is derived from the key and written anew at will, so a private key is not to be in it."""
    file = _file(path, option, folders, owners)
    if file and is_private(file.content):
        raise KeysmithError(
            "%s: there is a private key in %s, and it would be overwritten; name another file." % (option, path)
        )
    return file


def is_private(content: bytes) -> bool:
    """Whether the content of a public file is a private key, as PEM or as JWK."""
    if b"PRIVATE KEY-----" in content:
        return True
    members = "|".join(sorted(_jwk.PRIVATE)).encode("ascii")
    return bool(re.search(b'"(?:%s)"\\s*:' % members, content))


def _linked(place: Place, links: int) -> KeysmithError:
    return KeysmithError(
        "%s: %s has %d names (hard links), and a new content would reach one of them only; remove the others."
        % (place.option, place.path, links)
    )


def _private(wanted: Wanted, folders: _folders.Folders) -> FoundFile:
    found = _file(wanted.path, "path", folders, wanted.owners)
    if found is None:
        raise KeysmithError("path: is needed.")
    return found


def _environment_file(item: EnvironmentFile, folders: _folders.Folders, owners: t.FrozenSet[int]) -> FoundEnvironment:
    file = _file(item.path, "environment", folders, owners, _environment.LARGEST_FILE)
    if file is None:
        raise KeysmithError("environment: path is needed.")
    name = "environment: %s" % item.path
    values = _environment.values(file.content, item.variables, item.format, name=name) if file.content else {}
    return FoundEnvironment(item, file, values)


def _hard_links(private: FoundFile) -> t.List[Place]:
    """The backups that are still the live key: a run was killed between backing up and replacing."""
    if not private.info or private.info.st_nlink == 1:
        return []
    place = private.place
    same = [other for other in _backups(place) if _is_same(other, private.info)]
    if private.info.st_nlink != 1 + len(same) + _is_same(place.beside(staged_name(place.name)), private.info):
        raise _linked(place, private.info.st_nlink)
    return same


def copies(place: Place, content: bytes) -> t.List[Place]:
    """The backups that hold what the file itself holds: a killed run's, like the hard links, but for a copied file."""
    size = len(content)
    return [
        other
        for other, info in ((other, other.look()) for other in _backups(place))
        if info and info.st_size == size and other.read(LARGEST_KEY) == content
    ]


def _backups(place: Place) -> t.List[Place]:
    pattern = re.compile(re.escape(place.name) + _BACKUP)
    return [place.beside(name) for name in place.folder.entries() if pattern.fullmatch(name)]


def _is_same(place: Place, info: t.Optional[os.stat_result]) -> bool:
    other = place.look()
    return bool(other and info and other.st_ino == info.st_ino)


#: What backup_name adds to a name.
_BACKUP = r"\.[A-Za-z0-9_-]{1,8}\.[0-9]{8}T[0-9]{12}Z\.bak"


def _staged(private: FoundFile, owner: int) -> bytes:
    """A private key that an interrupted run had staged; empty for none. What cannot be one reads as a NUL.

    ``owner``: the uid that the private key is to have. What another user put there is none of ours.
    """
    staged = private.place.beside(staged_name(private.place.name))
    info = staged.look()
    if not info:
        return b""
    if _is_same(staged, private.info) or info.st_uid not in (0, os.geteuid(), owner):
        return b"\0"
    if info.st_nlink != 1:
        raise _linked(staged, info.st_nlink)
    return staged.read(LARGEST_KEY) or b"\0"


def _open_private(
    private: FoundFile, tried: t.Sequence[_open.Candidate], published: t.Sequence[bytes]
) -> t.Tuple[t.Optional[_open.Opened], t.Optional[KeysmithError]]:
    """The key in place, or why it cannot be had. A missing library ends the run: it says nothing about the key."""
    if not private.info:
        return None, None
    records: t.List[bytes] = []
    content = private.place.read(LARGEST_KEY, also=lambda fd, _content: records.extend(_proof.records_of(fd)))
    try:
        proved = _open.by_proof(content, tried, records)
        return proved or _open.open_key(content, tried, "path: %s" % private.place.path, published), None
    except MissingLibrary:
        raise
    except KeysmithError as error:
        return None, error


def _successor(
    opened: t.Optional[_open.Opened], staged: bytes, environment: t.List[FoundEnvironment], wanted: Wanted
) -> t.Optional[_open.Opened]:
    """The staged key, if an interrupted run had committed to it: the environment file names it, and not the old one."""
    if not environment or not environment[0].file.info:
        return None
    # A file that says nothing of a key names none, unless that is how it says that the key is not encrypted.
    if opened and (not environment[0].values or _named(opened, environment[0], wanted)):
        return None
    tried = [_open.Candidate(_plan.ENVIRONMENT, environment[0].passphrase)] if environment[0].passphrase else []
    if not tried and wanted.passphrase:
        tried = [_open.Candidate(_plan.PASSPHRASE, wanted.passphrase)]
    try:
        successor = _open.open_key(staged, tried, "path", trusted=True)
    except MissingLibrary:
        raise
    except KeysmithError:
        return None
    if successor.passphrase == wanted.passphrase and wanted.passphrase:
        successor = successor._replace(key=successor.key._replace(opened_by=_plan.PASSPHRASE))
    return successor if _named(successor, environment[0], wanted) else None


def _named(opened: _open.Opened, first: FoundEnvironment, wanted: Wanted) -> bool:
    """Whether the environment file speaks of this key: with its passphrase and, if that is its own, its key ID."""
    if first.wanted.passphrase_variable and opened.passphrase != first.passphrase:
        return False
    if not first.wanted.key_id_variable or wanted.key_id != THUMBPRINT:
        return True
    return first.key_id == opened.key.thumbprint


def _leftovers(
    private: FoundFile,
    environment: t.List[FoundEnvironment],
    public: t.Optional[FoundFile],
    jwk: t.Optional[FoundFile],
    link: t.Optional[Place],
) -> t.List[Place]:
    places = [private.place] + [item.file.place for item in environment]
    places += [file.place for file in (public, jwk) if file] + ([link] if link else [])
    by_folder: t.Dict[int, t.List[Place]] = {}
    for place in places:
        by_folder.setdefault(id(place.folder), []).append(place)
    return [
        same[0].beside(name)
        for same in by_folder.values()
        for name in _files.leftovers(same[0].folder, [place.name for place in same])
    ]
