# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of the module jwt_keypairs, for the services that a host may have."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._service import call
from ansible_collections.keysmith.jwt.plugins.plugin_utils import (
    _answers,
    _arguments,
    _asked,
    _host_action,
    _key_ids,
    _play_hosts,
    _record,
    _rotations,
    _services_action,
    _shapes,
    _todo,
    _unchanged,
)


class ActionModule(_services_action.ServicesAction):
    """The action of keysmith.jwt.jwt_keypairs."""

    #: What the role says of where public keys go.
    _publishes: t.Any = None

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> _host_action.Result:
        """Ask the host, and store beside its answer what it was asked."""
        controller = self._task.args.get("controller")
        given = self._task.args
        told, refused = self._confirmed(given, controller or {})
        self._task.args = _arguments.without_others({**given, **told})
        self._publishes = controller
        try:
            answer = _record.with_refusals(super().run(None, task_vars), refused)
        finally:
            self._task.args = given
        if not controller:
            return answer
        answer["asked"] = _record.written(controller, self.asked, self.facts)
        whole = _record.held_back(_record.merged(controller.get("earlier"), answer))
        return {**whole, "todo": _todo.of(whole, bool(self._task.check_mode))}

    @staticmethod
    def _confirmed(given: t.Mapping[str, t.Any], controller: t.Mapping[str, t.Any]) -> t.Any:
        """Return what a host with rotations is sent besides: the time, and what was done since its earlier answer."""
        if not _rotations.rotated(given):
            return {}, {}
        told: t.Dict[str, t.Any] = {} if "clock" in given else {"clock": int(time.time())}
        if controller.get("begin"):
            return {**told, "confirmed": {name: {"create": one} for name, one in controller["begin"].items()}}, {}
        if controller.get("restarted"):
            return {**told, "confirmed": {name: {"restarted": True} for name in controller["restarted"]}}, {}
        if "proofs" not in controller:
            return told, {}
        earlier = controller.get("earlier") or {}
        confirmed, refused = _rotations.confirmed(
            earlier.get("rotation") or {},
            controller.get("switch") or {},
            controller["proofs"] or {},
            _rotations.verified(given),
            earlier.get("keypairs") or {} if earlier.get("check_mode") else None,
        )
        return {**told, "confirmed": confirmed}, refused

    def problem(self) -> str:
        """Return what is wrong with the directory for public keys."""
        return _record.problem(self._publishes)

    def refusals(self, task_vars: t.Any) -> t.Dict[str, str]:
        """Return the key IDs with which no set could be published."""
        output = _record.directory((self._task.args.get("controller") or {}).get("output"))
        if not output or not self._is_in_role():
            return {}
        others = _play_hosts.PlayHosts(self._task, self._loader, task_vars, output)
        inventory = _asked.Inventory(task_vars["groups"])
        return _key_ids.refusals(task_vars["inventory_hostname"], self.asked.services, others, inventory)

    def shapes(self) -> t.Dict[str, _shapes.Shape]:
        """Return the shape of the result for the key pairs and services that were asked for."""
        recipients, rotated = self._task.args.get("recipients"), _rotations.rotated(self._task.args)
        return _answers.keypairs(self.asked, recipients if isinstance(recipients, dict) else {}, rotated)

    def ask(self, task_vars: t.Any) -> _host_action.Result:
        """Return what the host recorded, if nothing has changed there; otherwise run the module."""
        arguments = dict(self._task.args)
        if str(arguments.get("clock")).isdecimal():
            # Older versions make a text of all that comes of a template.
            arguments["clock"] = int(arguments["clock"])
        is_new = _record.is_new(self._publishes, self.asked, str(task_vars.get("inventory_hostname")))
        questions = call.asked(arguments) if not is_new and call.may_be_settled(arguments) else None
        found = _unchanged.ask(self, task_vars, questions) if questions else None
        recalled = call.recalled(arguments, found) if found else None
        if not recalled:
            return super().ask(task_vars)
        result, warnings = recalled
        if self._task.diff:
            result = {**result, "diff": []}
        shown = {**dict.fromkeys(call.ARGUMENTS), **arguments, **call.shown(arguments)}
        return _unchanged.as_module(task_vars, {**result, "warnings": warnings}, call.ARGUMENTS, shown)
