# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The link to the directory of the key pair that is in use."""

from __future__ import annotations

import os
import typing as t

from .._disk import files, links
from .._errors import KeysmithError
from . import values
from .request import Wanted
from .state import State


def leads_to(state: State, wanted: Wanted) -> bool:
    """Whether ``active_link`` leads to the directory of ``path``."""
    if state.link is None or state.link_target is None:
        return False
    target = os.path.join(os.path.dirname(wanted.active_link), state.link_target)
    return os.path.normpath(target) == os.path.normpath(os.path.dirname(wanted.path))


def check(link: files.FileSlot, ours: t.Container[str]) -> None:
    """KeysmithError where it leads to a directory in which nothing is that a key pair has, such as a release."""
    try:
        names = os.listdir(link.by_descriptor)
    except OSError:
        return
    if names and not any(name in ours or values.is_ours(name) for name in names):
        raise KeysmithError(
            "active_link: %s leads to %s, which holds no file of a key pair; name another link, or remove that one."
            % (link.path, links.link_target(link))
        )


def text(wanted: Wanted) -> str:
    """What it says: relative where it is beside the directory of the key, so that the whole can be moved."""
    directory, parent = os.path.dirname(wanted.path), os.path.dirname(wanted.active_link)
    return os.path.basename(directory) if os.path.dirname(directory) == parent else directory
