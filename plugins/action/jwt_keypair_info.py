# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of the module jwt_keypair_info, for the services that a host may have."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.keysmith.jwt.plugins.plugin_utils import (
    _host_action,
    _info_answers,
    _services_action,
    _shapes,
)


class ActionModule(_services_action.ServicesAction):
    """The action of keysmith.jwt.jwt_keypair_info."""

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> _host_action.Result:
        """Ask the host, and store beside its answer what it was asked."""
        given = self._task.args
        self._task.args = {"clock": int(time.time()), **given}
        try:
            answer = super().run(None, task_vars)
        finally:
            self._task.args = given
        return {**answer, "asked": sorted(self.asked.services)}

    def shapes(self) -> t.Dict[str, _shapes.Shape]:
        """Return the shape of the result for the services that were asked about, and for others on the host."""
        return _info_answers.info(self.asked)
