# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of a module that is about services: a host is asked about those alone that it may have."""

from __future__ import annotations

import typing as t

from ansible.utils.display import Display
from ansible_collections.keysmith.jwt.plugins.plugin_utils import (
    _arguments,
    _asked,
    _host_action,
    _own_facts,
    _record,
)

_SERVICES = "signing_key_services"
Variables = t.Mapping[str, t.Any]


class ServicesAction(_host_action.HostAction):
    """What a task with such a module does."""

    #: What the host is asked about, and the role's variables that it has decided by what it returned as facts.
    asked: _asked.Asked
    facts: t.List[str]

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> _host_action.Result:
        """Ask the host about what it may have; it fails where its list has more."""
        given = self._task.args
        if "services" in given:
            given["services"] = _arguments.in_full(given["services"])
        self.asked, self.facts = _asked.NOTHING, []
        problem = _own_facts.problem(task_vars) or self.problem()
        if problem:
            return {"failed": True, "msg": problem}
        host, inventory = task_vars["inventory_hostname"], _asked.Inventory(task_vars["groups"])
        sent, self.asked = _asked.ask(given, host, inventory)
        self.facts = self._from_facts(task_vars) if self._is_in_role() else []
        if self.facts:
            Display().warning(_own_facts.warning(host, self.facts))
            limits = self._limits(inventory, task_vars["hostvars"])
            sent, self.asked = _asked.without(sent, self.asked, limits.refusals(host, self.asked.services))
        sent, self.asked = _asked.without(sent, self.asked, self.refusals(task_vars))
        self._task.args = sent
        try:
            return _record.with_refusals(super().run(None, task_vars), self.asked.refused)
        finally:
            self._task.args = given

    def problem(self) -> str:
        """Why the host is not asked at all, for reasons of one module; empty for none."""
        return ""

    def refusals(self, task_vars: Variables) -> t.Dict[str, str]:
        """For the names of services about which the host is not asked, for reasons of one module, why."""
        return {}

    def _from_facts(self, variables: Variables) -> t.List[str]:
        facts = _own_facts.returned(variables["hostvars"], variables["inventory_hostname"], variables)
        names = [name for name in variables if name.startswith("signing_key_") and name not in _own_facts.NOT_SAID]
        return _own_facts.decided(variables, facts, names, _own_facts.evaluator(self._loader))

    def _limits(self, inventory: _asked.Inventory, hostvars: t.Any) -> _asked.Limits:
        """Who may have a service by the items of all hosts, in the run or not, that are not made of facts."""
        limits, evaluate = _asked.Limits(inventory), _own_facts.evaluator(self._loader)
        for host in inventory.order:
            variables = hostvars.raw_get(host)
            facts = _own_facts.returned(hostvars, host, variables)
            if _SERVICES in variables and not _own_facts.decided(variables, facts, [_SERVICES], evaluate):
                try:
                    listed = evaluate(variables[_SERVICES], variables)
                except Exception:  # What cannot be evaluated for another host says nothing here.
                    continue
                limits.add(host, _asked.listed(_arguments.in_full(listed), inventory))
        return limits
