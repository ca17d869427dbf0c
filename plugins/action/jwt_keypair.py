# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module jwt_keypair, asked by the controller."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.plugin_utils import _answers, _host_action, _shapes


class ActionModule(_host_action.HostAction):
    """What a task with keysmith.jwt.jwt_keypair does."""

    def shapes(self) -> t.Dict[str, _shapes.Shape]:
        """One key pair, whatever was asked of it."""
        return _answers.keypair()
