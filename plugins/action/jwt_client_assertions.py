# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module jwt_client_assertions, asked by the controller."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.action import jwt_keypairs
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _arguments, _host_action, _oauth_answers, _shapes


class ActionModule(_host_action.HostAction):
    """What a task with keysmith.jwt.jwt_client_assertions does."""

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> _host_action.Result:
        """Ask about the services in full."""
        if "services" in self._task.args:
            self._task.args["services"] = _arguments.in_full(self._task.args["services"])
        return super().run(tmp, task_vars)

    def shapes(self) -> t.Dict[str, _shapes.Shape]:
        """The proofs of the services that were asked about."""
        return _oauth_answers.proofs(jwt_keypairs.asked(self._task.args))
