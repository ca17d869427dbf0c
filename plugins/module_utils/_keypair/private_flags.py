# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inode flags of a private key: what chattr sets, such as immutable."""

from __future__ import annotations

import typing as t

from .request import Wanted
from .state import State

if t.TYPE_CHECKING:
    from .._disk import inode_flags


def plan(wanted: Wanted, state: State, is_touched: bool) -> t.Optional[inode_flags.Plan]:
    """Plan the private key's inode flags; None, at no cost, if no option sets them."""
    if not wanted.attributes:
        return None
    from .._disk import inode_flags

    return inode_flags.plan(state.private.place, bool(state.private.info), wanted.attributes, is_touched)


def clear_immutable(flags: t.Optional[inode_flags.Plan], state: State) -> None:
    """Remove the inode flags that prevent a change of the private key, if the user asked for that."""
    if flags:
        from .._disk import inode_flags

        inode_flags.clear_immutable(state.private.place, flags)


def set_flags(flags: t.Optional[inode_flags.Plan], state: State) -> None:
    """Set the inode flags of the private key."""
    if flags:
        from .._disk import inode_flags

        inode_flags.set_flags(state.private.place, flags)
