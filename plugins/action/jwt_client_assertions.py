# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module jwt_client_assertions, asked by the controller."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.plugin_utils import _oauth_answers, _services_action, _shapes


class ActionModule(_services_action.ServicesAction):
    """What a task with keysmith.jwt.jwt_client_assertions does."""

    def shapes(self) -> t.Dict[str, _shapes.Shape]:
        """The proofs of the services that were asked about."""
        return _oauth_answers.proofs(self.asked)
