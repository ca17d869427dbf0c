# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories as the collection opens them."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._disk import directory


def opened(path: t.Any) -> directory.Directory:
    """The directory, for somebody who closes it."""
    return directory.open_directory(str(path), "path")
