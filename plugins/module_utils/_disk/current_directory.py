# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep one directory at a time open and locked, for many files that follow each other, and sync it once for all of
them.
"""

from __future__ import annotations

import typing as t

from . import directory, system_errors


class CurrentFolder:
    """The directory of the file that is being written."""

    def __init__(self) -> None:
        self._folder: t.Optional[directory.Directory] = None
        self._used = self._unsynced = False

    def __enter__(self) -> "CurrentFolder":
        return self

    def __exit__(self, *error: object) -> None:
        self._leave()

    def open(self, path: str, option: str) -> directory.Directory:
        """Open the directory of that path, and leave the one before."""
        if self._folder is None or self._folder.path != path:
            self._leave()
            self._folder = directory.open_directory(path, option)
        return self._folder

    def first_use(self) -> bool:
        """Check whether this is the first question since the directory was opened."""
        first, self._used = not self._used, True
        return first

    def renamed(self) -> None:
        """Note that a file has been renamed into place: it is durable once the directory is left."""
        self._unsynced = True

    def _leave(self) -> None:
        """Sync the directory if files were renamed in it, and unlock it."""
        folder, unsynced = self._folder, self._unsynced
        self._folder, self._used, self._unsynced = None, False, False
        if folder:
            try:
                if unsynced:
                    with system_errors.reporting_errors(folder.option, folder.path, "write to"):
                        folder.sync()
            finally:
                folder.close()
