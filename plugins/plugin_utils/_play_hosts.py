# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the other hosts of a play are going to be asked by the same task, as the inventory and the play say.

What a host has returned as facts decides nothing here, and what cannot be evaluated without them says nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import typing as t

from ansible import constants
from ansible.playbook.conditional import Conditional
from ansible.template import Templar
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _arguments, _asked, _own_facts, _publish, _record

Services = t.Dict[str, _asked.Service]
#: The variables of the role that say which key IDs a host has where.
_SERVICES, _OUTPUT = "signing_key_services", "signing_key_output_directory"
_DEFAULTS = {"key_id": "signing_key_key_id", "shared": "signing_key_shared"}


class PlayHosts:
    """The hosts of the play that a task is in, as far as they publish in one directory."""

    def __init__(self, task: t.Any, loader: t.Any, task_vars: t.Mapping[str, t.Any], output: str) -> None:
        self._task, self._loader, self._output = task, loader, output
        self._hostvars, self._hosts = task_vars["hostvars"], task_vars["ansible_play_hosts_all"]
        self._inventory = _asked.Inventory(task_vars["groups"])

    def published(self, name: str, only: str = "") -> t.Dict[str, t.Set[str]]:
        """By what a host's files are called after, the key IDs in them."""
        found = _publish.published(self._output, name, only)
        return {host: {str(key.get("kid")) for key in keys} for host, keys in found.items()}

    def in_run(self) -> t.Dict[str, Services]:
        """By host, its services that have public files in the directory.

        Each host's task runs in a process of its own. The first one evaluates all hosts, and the others read it.
        """
        path = os.path.join(t.cast(t.Any, constants).DEFAULT_LOCAL_TMP, "keysmith-%s.json" % self._task._uuid)
        with open(path, "a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            text = file.read()
            if not text:
                text = json.dumps({host: self._evaluated(host) for host in self._hosts})
                file.write(text)
        found = json.loads(text).items()
        return {host: _record.services(services) for host, (output, services) in found if output == self._output}

    def _evaluated(self, host: str) -> t.Tuple[str, Services]:
        """The directory for the public files of a host, and its services."""
        manager, inventory = self._hostvars._variable_manager, self._hostvars._inventory
        with contextlib.suppress(Exception):  # What cannot be evaluated for another host says nothing here.
            found = manager.get_vars(
                play=self._task.get_play(), host=inventory.get_host(host), task=self._task, include_hostvars=False
            )
            variables = _own_facts.without(found, _own_facts.returned(self._hostvars, host, found))
            templar = Templar(loader=self._loader, variables=variables)
            if all(self._holds(condition, templar) for condition in _conditions(self._task)):
                defaults = {option: templar.template(variables[name]) for option, name in _DEFAULTS.items()}
                services = _arguments.in_full(templar.template(variables[_SERVICES]))
                output = _record.directory(templar.template(variables[_OUTPUT]))
                _sent, asked = _asked.ask({"services": services, "defaults": defaults}, host, self._inventory)
                return output, asked.services
        return "", {}

    def _holds(self, condition: t.Any, templar: Templar) -> bool:
        if hasattr(templar, "evaluate_conditional"):
            return bool(templar.evaluate_conditional(condition))
        # ansible-core 2.18
        conditional: t.Any = t.cast(t.Any, Conditional)(loader=self._loader)
        conditional.when = [condition]
        return bool(conditional.evaluate_conditional(templar, templar.available_variables))


def _conditions(task: t.Any) -> t.List[t.Any]:
    """What has to hold for a host to get to a task, by the keyword ``when`` of the task and all that it is in."""
    found: t.List[t.Any] = []
    while task is not None:
        found += [condition for condition in task.when if condition not in found]
        task = task._parent
    return found
