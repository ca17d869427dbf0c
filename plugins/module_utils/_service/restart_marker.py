# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The restart marker: a file that exists while a service has to be restarted for a change.

A play can end between the change and the restart, and the next one finds nothing to change. So before the change a mark
is put into the directory of the service. It holds a text of its own, by which it is taken away: what was done for one
change says nothing of a later one.
"""

from __future__ import annotations

import os
import typing as t

from .._disk import locked_directories
from .._disk.attributes import Attributes
from .._disk.files import FileSlot
from .._disk.temporaries import temporary_name
from .._keypair.values import RESTART_DUE

_LENGTH = 16
#: Seconds to wait for another run.
_PATIENCE = 60


def leave(link: str, folders: locked_directories.LockedDirectories) -> None:
    """Write a new marker beside the link to the active version, durably."""
    place = _place(link, folders)
    place.look()
    # What a killed run leaves of it is cleared away with what it leaves of the link.
    temporary = temporary_name(os.path.basename(link))
    place.stage(os.urandom(_LENGTH // 2).hex().encode(), Attributes(0o600), temporary).commit_or_drop()


def found(link: str) -> str:
    """Return the text of the marker; empty if no restart is due."""
    with locked_directories.LockedDirectories() as folders:
        return _read(_place(link, folders))


def forget(link: str, mark: str) -> bool:
    """Remove that marker, not a newer one; return whether it existed."""
    with locked_directories.LockedDirectories() as folders:
        place = _place(link, folders)
        if place.folder.exists:
            place.folder.lock(_PATIENCE)
        if _read(place) == mark:
            place.remove()
            return True
    return False


def _place(link: str, folders: locked_directories.LockedDirectories) -> FileSlot:
    return FileSlot(folders.get(os.path.dirname(link), "directory"), RESTART_DUE, "directory")


def _read(place: FileSlot) -> str:
    """Return the text of our marker; anything else that the owner of the directory put there reads as empty."""
    info = place.look()
    if not info or info.st_size > _LENGTH:
        return ""
    infos: t.List[os.stat_result] = []
    text = place.read(_LENGTH, also=lambda fd, _content: infos.append(os.fstat(fd))).decode("ascii", "replace")
    is_ours = infos[0].st_uid in (0, os.geteuid()) and infos[0].st_nlink == 1
    return text if is_ours and len(text) == _LENGTH and set(text) <= set("0123456789abcdef") else ""
