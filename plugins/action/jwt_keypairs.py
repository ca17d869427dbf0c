# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module jwt_keypairs, asked by the controller."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.plugin_utils import _answers, _arguments, _host_action, _shapes


class ActionModule(_host_action.HostAction):
    """What a task with keysmith.jwt.jwt_keypairs does."""

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> _host_action.Result:
        """Ask about the services in full."""
        if "services" in self._task.args:
            self._task.args["services"] = _arguments.in_full(self._task.args["services"])
        return super().run(tmp, task_vars)

    def shapes(self) -> t.Dict[str, _shapes.Shape]:
        """The key pairs and services that were asked for."""
        return _answers.keypairs(asked(self._task.args))


def asked(arguments: t.Mapping[str, t.Any]) -> _answers.Asked:
    """What a task with these arguments asks about."""
    return _answers.Asked(_names(arguments.get("keypairs")), _names(arguments.get("services")))


def _names(items: t.Any) -> t.FrozenSet[str]:
    """The names of items; one that has none is refused on the host."""
    items = items if isinstance(items, list) else []
    return frozenset(str(item["name"]) for item in items if isinstance(item, dict) and "name" in item)
