# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The link to the directory of the active key pair."""

from __future__ import annotations

import os
import typing as t

from .._disk import files, links
from .._errors import KeysmithError
from . import values
from .request import Wanted
from .state import State


def leads_to(state: State, wanted: Wanted) -> bool:
    """Check whether ``active_link`` leads to the directory of ``path``."""
    if state.link is None or state.link_target is None:
        return False
    target = os.path.join(os.path.dirname(wanted.active_link), state.link_target)
    return os.path.normpath(target) == os.path.normpath(os.path.dirname(wanted.path))


def check(link: files.FileSlot, ours: t.Container[str]) -> None:
    """Refuse if the link leads to a directory without files of a key pair, such as a release of an application."""
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
    """Return the target of the link: relative if it is beside the key's directory, so that both can move together."""
    directory, parent = os.path.dirname(wanted.path), os.path.dirname(wanted.active_link)
    return os.path.basename(directory) if os.path.dirname(directory) == parent else directory
