# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module jwt_keypairs, asked by the controller."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._service import call
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _answers, _host_action, _shapes, _unchanged


class ActionModule(_host_action.HostAction):
    """What a task with keysmith.jwt.jwt_keypairs does."""

    def shapes(self) -> t.Dict[str, _shapes.Shape]:
        """The key pairs and services that were asked for."""
        return _answers.keypairs(asked(self._task.args))

    def ask(self, task_vars: t.Any) -> _host_action.Result:
        """What the host remembers, if nothing has changed there; else what the module says."""
        arguments = dict(self._task.args)
        if str(arguments.get("clock")).isdecimal():
            # Older versions make a text of all that comes of a template.
            arguments["clock"] = int(arguments["clock"])
        questions = call.asked(arguments) if call.may_be_settled(arguments) else None
        found = _unchanged.ask(self, task_vars, questions) if questions else None
        recalled = call.recalled(arguments, found) if found else None
        if not recalled:
            return super().ask(task_vars)
        result, warnings = recalled
        if self._task.diff:
            result = {**result, "diff": []}
        if arguments.get("echo"):
            result = {**result, "echo": arguments["echo"]}
        shown = {**dict.fromkeys(call.ARGUMENTS), **arguments, **call.shown(arguments)}
        return _unchanged.as_module(self, task_vars, {**result, "warnings": warnings}, call.ARGUMENTS, shown)


def asked(arguments: t.Mapping[str, t.Any]) -> _answers.Asked:
    """What a task with these arguments asks about."""
    return _answers.Asked(_names(arguments.get("keypairs")), _names(arguments.get("services")))


def _names(items: t.Any) -> t.FrozenSet[str]:
    """The names of items; one that has none is refused on the host."""
    items = items if isinstance(items, list) else []
    return frozenset(str(item["name"]) for item in items if isinstance(item, dict) and "name" in item)
