# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide what goes of a key pair that is to be absent: what the module made at its paths and nothing else.

The host is inspected and nothing on it is changed.
"""

from __future__ import annotations

import functools
import json
import os
import typing as t

from .._disk import directory, locked_directories
from .._disk.files import FileSlot
from .._errors import KeysmithError, MissingLibrary
from .._jose import jwk as jose_jwk
from . import decide as keypair_decide
from . import former_names, inspect, open_key, other_keys, outputs, private_flags, record_writing, recovery
from . import state as keypair_state
from .plan import Known
from .removal import Removal
from .request import THUMBPRINT, Wanted
from .state import FoundEnvironment, State


def decide(_name: str, wanted: Wanted, folders: locked_directories.LockedDirectories, _known: Known) -> Removal:
    """Inspect the host and decide; KeysmithError where the key pair is in use, or was not made here."""
    state = inspect.look(wanted, folders)
    place, ids = state.private.place, _ids(wanted, state)
    own = former_names.Own(place.is_at, ids, functools.partial(_opens, state), lambda _octets: False)
    environment = [item.with_former(former_names.ours(item, own)) for item in state.environment]
    state = state._replace(environment=environment)
    cleared = [item for item in environment if _is_ours(item, own, state, folders)]
    for item in cleared:
        other_keys.check_removed(wanted, item, place, ids, {item.passphrase})
    is_active, is_used, has_key = _is_active(state), folders.managed.stays_in(place.folder), bool(state.private.info)
    is_linked_alone = is_active and not is_used and not folders.managed.stays(wanted.active_link)
    removal = Removal(
        wanted=wanted,
        state=state,
        cleared=cleared,
        flags=private_flags.plan(wanted, state, True) if has_key else None,
        record=record_writing.file_of(place),
        takes_link=wanted.regenerate == "always" and is_linked_alone and bool(has_key or state.recovery),
        has_own_directory=wanted.base_directory not in ("", os.path.dirname(wanted.path)) and not is_used,
    )
    removal = removal._replace(empties_directory=_empties_directory(removal))
    _check_writable(removal)
    _refuse_strangers(removal)
    _refuse(removal, is_active)
    return removal


def _refuse(removal: Removal, is_active: bool) -> None:
    """KeysmithError for a key that is in use, and for what is no key, unless ``regenerate: always`` is given."""
    wanted, private = removal.wanted, removal.state.private
    if wanted.regenerate == "always":
        return
    if removal.changes and is_active:
        raise KeysmithError(
            "path: %s is active (%s leads to it), so it is not removed; make another one active and remove this "
            "one in a later run, or set regenerate: always." % (wanted.path, wanted.active_link)
        )
    if private.info and not is_private_key(private.place):
        raise KeysmithError(
            "path: %s holds no private key, so it was not made here and is not removed; remove it by hand, or "
            "set regenerate: always." % wanted.path
        )


def is_private_key(place: FileSlot) -> bool:
    """Whether a file holds what looks like a private key."""
    return outputs.is_private_key(place.read(keypair_state.LARGEST_KEY))


def thumbprint(state: State) -> str:
    """Of the JWK beside the key, as a key is not opened to remove it; empty where there is none."""
    try:
        return jose_jwk.thumbprint(json.loads(state.jwk)) if state.jwk else ""
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _ids(wanted: Wanted, state: State) -> t.Set[str]:
    """The key IDs of the key, as far as they are known without opening it."""
    given = {wanted.key_id} - {THUMBPRINT}
    try:
        jwk = json.loads(state.jwk) if state.jwk else {}
        return given | {str(jwk["kid"]), jose_jwk.thumbprint(jwk)}
    except (ValueError, KeyError, TypeError, RecursionError):
        return given


def _is_ours(
    item: FoundEnvironment,
    own: former_names.Own,
    state: State,
    folders: locked_directories.LockedDirectories,
) -> bool:
    """Whether our variables are in an environment file, and are not another key's by now.

    By the path of a key that is needed, else by the key ID, else by whether the passphrase opens our key.
    """
    if not set(item.values) & set(item.variables):
        return False
    path = item.key_path
    if path and own.path(path):
        return True
    if os.path.isabs(path) and other_keys.is_needed(path):
        return False
    if item.key_id and own.key_ids:
        return item.key_id in own.key_ids
    if item.passphrase:
        return own.passphrase(item.passphrase)
    # Where nothing tells whose they are: not those of a key that is not there, when another key can have them.
    return bool(state.private.info) and not folders.managed.stays(item.wanted.path)


def _opens(state: State, passphrase: bytes) -> bool:
    """Whether it is the passphrase of the key; False, too, where that cannot be found out."""
    if not state.private.info:
        return False
    try:
        tried = [open_key.Candidate(keypair_decide.ENVIRONMENT, passphrase)]
        opened, _problem = inspect.open_private(state.private, tried, ())
    except MissingLibrary:
        return False
    return opened is not None and opened.passphrase == passphrase


def _is_active(state: State) -> bool:
    """Whether the link leads to the directory of the private key, over other links, too."""
    link, folder = state.link, state.private.place.folder
    if not link or not folder.exists:
        return False
    try:
        return os.path.samestat(os.stat(link.by_descriptor), os.fstat(folder.fd))
    except OSError:
        return False


def _empties_directory(removal: Removal) -> bool:
    wanted, state = removal.wanted, removal.state
    folder = state.private.place.folder
    if not folder.exists or not removal.has_own_directory or (wanted.backup and state.private.info):
        return False
    ours = {os.path.basename(path) for path in wanted.paths - removal.staying if os.path.dirname(path) == folder.path}
    others = recovery.remains(state) + ([removal.record] if removal.record else [])
    return set(folder.entries()) <= ours | {one.name for one in others if one.folder is folder}


def _check_writable(removal: Removal) -> None:
    """Of what is there and its directories, before the key goes; which of it goes is known when the key is."""
    from .._disk import removable

    state = removal.state
    files = [state.private, *(item.file for item in removal.cleared), *(item.file for item in removal.derived)]
    for file in files:
        # What the request says of the private key's attributes is checked with them.
        if file.info and not (removal.flags and file is state.private):
            removable.check(file.place, file.info)
    folders = [file.place.folder for file in files if file.info]
    folders += [one.folder for one in recovery.remains(state)]
    folders += [state.link.folder] if state.link and removal.takes_link else []
    for folder in {id(folder): folder for folder in folders}.values():
        folder.check_writable()
    if removal.empties_directory:
        above = directory.open_directory(os.path.dirname(state.private.place.folder.path), "path")
        try:
            above.check_writable()
        finally:
            above.close()


def _refuse_strangers(removal: Removal) -> None:
    """KeysmithError for a PKCS#12 file that was not made here, as far as can be seen without its passphrase."""
    name = removal.wanted.certificate.pkcs12_name
    for item in removal.derived:
        if item.output.kind == "pkcs12" and item.file.content.strip():
            from .._keys import pkcs12

            if not pkcs12.has_name(item.file.content, name):
                raise KeysmithError(
                    "pkcs12_path: %s has no entry of the name %s, so it was not made here and is not removed; give its "
                    "name in pkcs12_name, or remove it by hand." % (removal.wanted.derived["pkcs12_path"], name)
                )
