# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan which files change, and to what, so that all files of a key pair describe the same key."""

from __future__ import annotations

import os
import stat
import typing as t

from .._disk import attributes, directory, owner_mode, path_walk, system_errors, xattrs
from .._disk.attributes import Attributes
from .._disk.files import FileSlot
from .._disk.managed_files import ManagedFiles
from .._env_files import edit
from .._errors import KeysmithError
from . import decide, outputs
from . import values as keypair_values
from .outputs import UNKNOWN, Output, Source
from .request import Wanted
from .state import FoundEnvironment, FoundFile, State

#: A placeholder for the key ID of a key that is not made yet: as long as a thumbprint, and never written.
UNKNOWN_KEY_ID = "_" * 43


class Step(t.NamedTuple):
    """A file that changes. Its content may be a secret: never shown."""

    output: Output
    file: FoundFile
    #: None: the attributes alone.
    content: t.Optional[bytes]
    attributes: Attributes

    @property
    def place(self) -> FileSlot:
        """Return where the file is."""
        return self.file.place

    def __repr__(self) -> str:
        return "<%s of %s>" % ("content" if self.content is not None else "attributes", self.place.path)


class Made(t.NamedTuple):
    """What the files of a key pair are made from. Holds secrets: never shown."""

    #: None if the key is not made yet: its files will change, but to what is not known.
    key: t.Optional[decide.FoundKey]
    passphrase: bytes
    #: The content of the private key file; empty if it is not known yet.
    private_key: bytes
    #: What the derived files are made of.
    source: Source

    def __repr__(self) -> str:
        return "<what files are to say>"


def of_set(wanted: Wanted, state: State, made: Made) -> t.List[Step]:
    """Return the steps for all files but the private key, in the order in which they are committed."""
    steps = [_environment_step(wanted, item, made) for item in state.environment]
    for output, file in state.derived:
        content = output.render(made.source) if output.render and made.key else b""
        steps.append(_step(output, file, content or UNKNOWN, wanted.private if output.is_secret else wanted.public))
    return [step for step in steps if step]


def of_private(wanted: Wanted, state: State, changes: bool) -> t.Optional[Step]:
    """Return the step for the private key; its content is filled in later."""
    return _step(outputs.PRIVATE_KEY, state.private, UNKNOWN if changes else None, wanted.private)


def _environment_step(wanted: Wanted, item: FoundEnvironment, made: Made) -> t.Optional[Step]:
    key_id = wanted.key_id_of(made.key.thumbprint if made.key else UNKNOWN_KEY_ID)
    passphrase = made.passphrase
    values: t.Dict[str, t.Optional[str]] = {name: None for name in item.former.values()}
    values.update(item.wanted.values(key_id, passphrase, wanted.path, made.private_key or UNKNOWN))
    name = "environment: %s" % item.wanted.path
    content = edit.change(item.file.content, values, item.wanted.format, name=name)
    mode, info = item.wanted.attributes.mode, item.file.info
    if mode & 0o037 and passphrase and passphrase in content:
        # Under a name of its own, or one that it had before: our variables are looked at with the options.
        raise KeysmithError(
            "environment: mode: %s holds the passphrase, and %04o is too open for a secret; take its "
            "line out, or use '0600'." % (item.wanted.path, mode)
        )
    if info and mode & 0o037 & ~info.st_mode and not edit.is_empty(without_ours(item)):
        raise KeysmithError(
            "environment: mode: %s has other lines in it, which may be secrets, and %04o would let more people "
            "read them; use '0600', or chmod it by hand if that is intended." % (item.wanted.path, mode)
        )
    return _step(outputs.ENVIRONMENT, item.file, content, item.wanted.attributes)


def without_ours(item: FoundEnvironment) -> bytes:
    """Return an environment file without our variables."""
    name = "environment: %s" % item.wanted.path
    return edit.without(item.file.content, item.variables, item.wanted.format, name=name)


def _step(output: Output, file: FoundFile, content: t.Optional[bytes], wanted: Attributes) -> t.Optional[Step]:
    place = file.place
    if content is not None and (not file.info or output is outputs.PRIVATE_KEY or content != file.content):
        step = Step(output, file, content, kept(file.info, wanted) if file.info else wanted)
        if file.info and closed(step):
            owner_mode.check_may_change(place.option, place.path, file.info)
        owner_mode.check_may_give(place.option, place.path, step.attributes.owner)
        return step
    if not file.info:
        return None
    is_open = file.has_list and output.is_secret
    if is_open or attributes.differs(file.info, wanted) or _context_differs(place, wanted):
        owner_mode.check_may_change(place.option, place.path, file.info)
        return Step(output, file, None, wanted)
    return None


def kept(info: os.stat_result, wanted: Attributes) -> Attributes:
    """Return the attributes of a new file that replaces this one: the wanted ones, else the present ones."""
    return wanted._replace(
        mode=stat.S_IMODE(info.st_mode) if wanted.mode < 0 else wanted.mode,
        owner=info.st_uid if wanted.owner < 0 else wanted.owner,
        group=info.st_gid if wanted.group < 0 else wanted.group,
    )


def as_it_is(file: FoundFile) -> Attributes:
    """Return the attributes of a copy, which is never more open than the file itself."""
    return kept(file.info, Attributes(file.mode)) if file.info else Attributes()


def closed(step: Step) -> t.Optional[Attributes]:
    """Return the attributes that a file with a secret, and its copies, can have at once: the present ones without what
    has to be closed.

    None where that is what it has. Where it gets another owner, too, its reader may be one of those who lose it.
    """
    info, wanted = step.file.info, step.attributes
    if not info or step.content is None or not step.output.is_secret:
        return None
    now = as_it_is(step.file)
    if (now.owner, now.group) != (wanted.owner, wanted.group):
        return None
    if not now.mode & ~wanted.mode and not step.file.has_list:
        return None
    return now._replace(mode=now.mode & wanted.mode)


def _context_differs(place: FileSlot, wanted: Attributes) -> bool:
    if not wanted.context:
        return False
    return xattrs.get_context(place.by_descriptor) != wanted.context


def directories(
    wanted: Wanted, folder: directory.Directory, managed: ManagedFiles
) -> t.List[t.Tuple[str, os.stat_result]]:
    """Return the directories from ``base_directory`` down whose mode or owner differs from the wanted one.

    ``managed`` are the files of all key pairs of the run. KeysmithError where others would be locked out.
    """
    if not wanted.base_directory:
        return []
    found = folder.within(wanted.base_directory)
    differing = [(path, info) for path, info in found if attributes.differs(info, wanted.directory)]
    for path, info in differing:
        # Through a link on the way, perhaps.
        keypair_values.own_directory("base_directory", path)
        owner_mode.check_may_change("base_directory", path, info)
        _refuse_lock_out(wanted, path, info, managed)
    return differing


def _refuse_lock_out(wanted: Wanted, path: str, info: os.stat_result, managed: ManagedFiles) -> None:
    """Refuse to close a directory to others, or to give it away, while it holds files of others."""
    if not _shuts_out(info, wanted.directory):
        return
    if info.st_mode & stat.S_IWOTH:
        raise KeysmithError(
            "base_directory: everybody can create files in %s; name a directory for the key alone." % path
        )
    foreign = _foreign(path, managed)
    if foreign:
        raise KeysmithError(
            "base_directory: %s also holds other files (such as %s), whose users the mode %04o or the owner would lock "
            "out; name a directory of the key's own, or give it that mode and owner by hand."
            % (path, foreign[0] if foreign[0].isprintable() else "one without a name", wanted.directory.mode)
        )


def _foreign(path: str, managed: ManagedFiles) -> t.List[str]:
    """Return the names in a directory that do not belong to a key pair."""
    ours, option = managed.within(path), "base_directory"
    with system_errors.reporting_errors(option, path, "read"), directory.open_directory(path, option) as it, os.scandir(
        it.fd
    ) as entries:
        return sorted(one.name for one in entries if one.name not in ours and not _is_ours(one, it.fd, managed.names))


def _shuts_out(info: os.stat_result, later: Attributes) -> bool:
    """Check whether somebody who can enter a directory now no longer can afterwards."""
    if info.st_mode & ~later.mode & 0o077:
        return True
    if later.mode & 0o005 == 0o005:
        return False
    loses_owner = later.owner not in (-1, info.st_uid) and info.st_uid != 0
    return loses_owner or (later.group not in (-1, info.st_gid) and bool(info.st_mode & 0o070))


def _is_ours(entry: "os.DirEntry[str]", above: int, names: t.Container[str]) -> bool:
    """Check whether we can have made it: another version, a link to one, leftovers of a run; or it is private to its
    owner.
    """
    info = entry.stat(follow_symlinks=False)
    if not info.st_mode & 0o077:
        return True
    if not stat.S_ISDIR(info.st_mode):
        return stat.S_ISLNK(info.st_mode) or keypair_values.is_ours(entry.name)
    # Not by its path, on which somebody could put another directory meanwhile.
    fd = os.open(entry.name, path_walk.OPEN, dir_fd=above)
    try:
        return all(name in names or keypair_values.is_ours(name) for name in os.listdir(fd))
    finally:
        os.close(fd)
