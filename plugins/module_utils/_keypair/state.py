# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values that describe what was found on the host for one key pair."""

from __future__ import annotations

import os
import stat
import typing as t

from .._disk.files import FileSlot
from .._errors import KeysmithError
from . import open_key
from .outputs import Output
from .request import EnvironmentFile

#: A private key of 8192 bits is 6.5 KiB; a public file is smaller.
LARGEST_KEY = 64 * 1024

FORWARD, DROP = "forward", "drop"


class FoundFile(t.NamedTuple):
    """An existing file that we manage."""

    place: FileSlot
    info: t.Optional[os.stat_result]
    #: Empty where there is no file, and for the private key, which is read where it is opened.
    content: bytes
    #: Where an access control list lets in others, what the file's own group may: the mode says another thing then.
    group_rights: t.Optional[int] = None

    @property
    def has_list(self) -> bool:
        """Check whether an access control list gives others more access than the mode shows."""
        return self.group_rights is not None

    @property
    def mode(self) -> int:
        """Who is let in, but for those whom an access control list names. -1 where there is no file."""
        if not self.info:
            return -1
        mode = stat.S_IMODE(self.info.st_mode)
        return mode if self.group_rights is None else mode & ~0o070 | self.group_rights << 3 & mode

    def __repr__(self) -> str:
        return "<file %s>" % self.place.path


class FoundEnvironment(t.NamedTuple):
    """An environment file and our variables in it."""

    wanted: EnvironmentFile
    file: FoundFile
    values: t.Dict[str, str]
    #: By the options that name variables, names that the last run has set and that are not to be there any more.
    former: t.Mapping[str, str] = {}

    def __repr__(self) -> str:
        return "<environment file %s>" % self.wanted.path

    @property
    def variables(self) -> t.List[str]:
        """The names that are ours in it."""
        return [*self.wanted.variables, *self.former.values()]

    @property
    def passphrase(self) -> bytes:
        """The passphrase that it holds, empty for none."""
        return self._value("passphrase_variable").encode("utf-8", "surrogateescape")

    @property
    def key_id(self) -> str:
        """The key ID that it holds, empty for none."""
        return self._value("key_id_variable")

    @property
    def key_base64(self) -> str:
        """The private key file in base64 that it holds, empty for none."""
        return self._value("key_base64_variable")

    @property
    def key_path(self) -> str:
        """The path of the key that it speaks of, empty for none."""
        return self._value("key_path_variable")

    def with_former(self, former: t.Mapping[str, str]) -> "FoundEnvironment":
        """Return the same without the other former names, which are no longer ours."""
        names = {*self.wanted.variables, *former.values()}
        return self._replace(former=former, values={name: one for name, one in self.values.items() if name in names})

    def _value(self, option: str) -> str:
        """Return the value of a variable, under its present or former name."""
        before = self.values.get(self.former.get(option, ""), "")
        return self.values.get(str(getattr(self.wanted, option)), before)


class FoundDerived(t.NamedTuple):
    """A file that is made from the public key."""

    output: Output
    file: FoundFile


class State(t.NamedTuple):
    """All that was found for one key pair. Holds secrets: never shown."""

    private: FoundFile
    #: The private key: as it is in place, or as an interrupted run had staged it. None where none could be opened.
    opened: t.Optional[open_key.OpenedKey]
    #: Why not, where there is a file.
    problem: t.Optional[KeysmithError]
    #: What to do with a staged private key: FORWARD (it is the one that the environment file names), DROP, or empty.
    recovery: str
    #: Hard links to the live private key that an interrupted run had made as backups.
    unused_backups: t.List[FileSlot]
    leftovers: t.List[FileSlot]
    environment: t.List[FoundEnvironment]
    derived: t.List[FoundDerived]
    link: t.Optional[FileSlot]
    #: Where the link leads, None for no link.
    link_target: t.Optional[str]

    @property
    def passphrase(self) -> bytes:
        """The passphrase in the first environment file, empty for none."""
        return self.environment[0].passphrase if self.environment else b""

    @property
    def files(self) -> t.List[FoundFile]:
        """All files."""
        return [self.private, *(item.file for item in self.environment), *(item.file for item in self.derived)]

    @property
    def jwk(self) -> bytes:
        """The content of the file with the JWK, empty for none."""
        return b"".join(item.file.content for item in self.derived if item.output.kind == "jwk")

    @property
    def exists(self) -> bool:
        """Check for a private key file, including a staged one that will be put in place."""
        return self.private.info is not None or self.recovery == FORWARD

    def __repr__(self) -> str:
        return "<state of %s>" % self.private.place.path


def linked(place: FileSlot, links: int) -> KeysmithError:
    """Make the error for a file with a second name."""
    return KeysmithError(
        "%s: %s has %d names (hard links), and only one of them would get the new content; remove the others."
        % (place.option, place.path, links)
    )
