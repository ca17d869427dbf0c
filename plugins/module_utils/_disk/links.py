# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Symbolic links: read one, and switch one by a single rename."""

from __future__ import annotations

import os
import typing as t

from .._errors import KeysmithError
from .files import FileSlot
from .system_errors import reporting_errors
from .temporaries import temporary_name


def switch_link(place: FileSlot, target: str) -> None:
    """Make the name a symbolic link to ``target``, by one rename."""
    temporary = temporary_name(place.name)
    with reporting_errors(place.option, place.path, "switch"):
        os.symlink(target, temporary, dir_fd=place.folder.fd)
        try:
            os.rename(temporary, place.name, src_dir_fd=place.folder.fd, dst_dir_fd=place.folder.fd)
        except BaseException:  # An interrupt, too: nothing is left behind, and it goes on its way.
            place.sibling(temporary)._unlink(temporary)
            raise
        place.folder.sync()


def link_target(place: FileSlot) -> t.Optional[str]:
    """Return where the link leads, None if nothing is there; KeysmithError if the name is not a symbolic link."""
    if not place.folder.exists:
        return None
    try:
        return os.readlink(place.name, dir_fd=place.folder.fd)
    except FileNotFoundError:
        return None
    except OSError:
        raise KeysmithError(
            "%s: %s is not a symbolic link; remove it or name another link." % (place.option, place.path)
        ) from None
