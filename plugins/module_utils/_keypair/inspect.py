# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on the host for one key pair: its files, its key, and what an interrupted run left."""

from __future__ import annotations

import os
import re
import typing as t

from .._disk import files, locked_directories, owner_mode, xattrs
from .._disk.files import Place
from .._env_files import edit
from .._errors import CannotOpen, KeysmithError, MissingLibrary
from .._jose import jwk as jose_jwk
from . import open_key, proof
from . import recovery as keypair_recovery
from .request import EnvironmentFile, Wanted
from .state import (
    DROP,
    FORWARD,
    LARGEST_KEY,
    FoundEnvironment,
    FoundFile,
    State,
    linked,
)


def look(wanted: Wanted, folders: locked_directories.Folders) -> State:
    """Look at everything, change nothing. KeysmithError where something is there that may not be written to."""
    private = _private(wanted, folders)
    owners = wanted.owners
    environment = [_environment_file(item, folders, owners) for item in wanted.environment]
    public = _public_file(wanted.public_path, "public_path", folders, owners)
    jwk = _public_file(wanted.jwk_path, "jwk_path", folders, owners)
    link = place_of(wanted.active_link, "active_link", folders)
    if link:
        link.folder.judge(owners)
    hard_links = keypair_recovery.hard_links(private)
    staged = keypair_recovery.staged_key(private, wanted.private.owner)
    opened, problem, recovery = None, None, DROP if staged else ""
    if wanted.state == "present":
        tried = open_key.candidates(wanted, environment[0].passphrase if environment else b"")
        published = [file.content for file in (public, jwk) if file and file.content]
        opened, problem = open_private(private, tried, published)
        if isinstance(problem, CannotOpen) and not tried and wanted.generate_passphrase:
            problem = _without_variable(problem, environment[0])
        successor = keypair_recovery.successor(opened, staged, environment, wanted) if staged else None
        if successor:
            opened, problem, recovery = successor, None, FORWARD
    # A run that makes a backup has staged the key that is to come. Without one, a copy is somebody's who wants it.
    copies = keypair_recovery.copies(private.place, opened.content) if staged and opened and not hard_links else []
    unused_backups = hard_links + copies
    return State(
        private=private,
        opened=opened,
        problem=problem,
        recovery=recovery,
        unused_backups=unused_backups if recovery != FORWARD else [],
        leftovers=keypair_recovery.leftovers(private, environment, public, jwk, link),
        environment=environment,
        public=public,
        jwk=jwk,
        link=link,
        link_target=files.link_target(link) if link else None,
    )


def _without_variable(problem: KeysmithError, first: FoundEnvironment) -> KeysmithError:
    """A passphrase that was generated is nowhere but in a file, and nobody can give it."""
    if not first.file.content.strip():
        return KeysmithError(
            "%s If it was generated, it was in %s, %s; put that file back, or give the passphrase under "
            "previous_passphrases."
            % (problem, first.wanted.path, "which is empty" if first.file.info else "which is not there")
        )
    return KeysmithError(
        "%s %s does not set %s. If the passphrase is there under another name, give that variable its old name again, "
        "or rename it there by hand; else give the passphrase under previous_passphrases."
        % (problem, first.wanted.path, first.wanted.passphrase_variable)
    )


def place_of(path: str, option: str, folders: locked_directories.Folders) -> t.Optional[Place]:
    """The place that a path names; None for no path."""
    if not path:
        return None
    folder, name = os.path.split(path)
    return Place(folders.get(folder, option), name, option)


def _file(
    path: str, option: str, folders: locked_directories.Folders, owners: t.FrozenSet[int], limit: int = LARGEST_KEY
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
            % (option, path, owner_mode.user_name(info.st_uid))
        )
    if info and info.st_nlink > 1 and option != "path":
        raise linked(place, info.st_nlink)
    content = place.read(limit) if info and option != "path" else b""
    # Its rights are bounded by the group's in the mode.
    rights = xattrs.group_rights(place.by_descriptor) if info and info.st_mode & 0o070 else None
    return FoundFile(place, info, content, rights)


def _public_file(
    path: str, option: str, folders: locked_directories.Folders, owners: t.FrozenSet[int]
) -> t.Optional[FoundFile]:
    """A public file. It is derived from the key and written anew at will, so a private key is not to be in it."""
    file = _file(path, option, folders, owners)
    if file and is_private(file.content):
        raise KeysmithError(
            "%s: there is a private key in %s, and it would be overwritten; name another file." % (option, path)
        )
    if file and file.info and not file.info.st_mode & 0o044 and not is_public(file.content):
        raise KeysmithError(
            "%s: %s holds no public key and is closed to others, so it can be somebody's secret, and it would be lost; "
            "name another file, or remove it." % (option, path)
        )
    return file


def is_public(content: bytes) -> bool:
    """Whether the content of a public file looks like a public key, as PEM or as JWK, or is nothing at all."""
    return b"PUBLIC KEY-----" in content or b'"kty"' in content or not content.strip()


def is_private(content: bytes) -> bool:
    """Whether the content of a public file is a private key, as PEM or as JWK."""
    if b"PRIVATE KEY-----" in content:
        return True
    members = "|".join(sorted(jose_jwk.PRIVATE)).encode("ascii")
    return bool(re.search(b'"(?:%s)"\\s*:' % members, content))


def _private(wanted: Wanted, folders: locked_directories.Folders) -> FoundFile:
    found = _file(wanted.path, "path", folders, wanted.owners)
    if found is None:
        raise KeysmithError("path: is needed.")
    return found


def _environment_file(
    item: EnvironmentFile, folders: locked_directories.Folders, owners: t.FrozenSet[int]
) -> FoundEnvironment:
    file = _file(item.path, "environment", folders, owners, edit.LARGEST_FILE)
    if file is None:
        raise KeysmithError("environment: path is needed.")
    name = "environment: %s" % item.path
    values = edit.values(file.content, item.variables, item.format, name=name) if file.content else {}
    return FoundEnvironment(item, file, values)


def open_private(
    private: FoundFile, tried: t.Sequence[open_key.Candidate], published: t.Sequence[bytes]
) -> t.Tuple[t.Optional[open_key.Opened], t.Optional[KeysmithError]]:
    """The key in place, or why it cannot be had. A missing library ends the run: it says nothing about the key."""
    if not private.info:
        return None, None
    records: t.List[bytes] = []
    content = private.place.read(LARGEST_KEY, also=lambda fd, _content: records.extend(proof.records_of(fd)))
    try:
        proved = open_key.by_proof(content, tried, records)
        return proved or open_key.open_key(content, tried, "path: %s" % private.place.path, published), None
    except MissingLibrary:
        raise
    except KeysmithError as error:
        return None, error
