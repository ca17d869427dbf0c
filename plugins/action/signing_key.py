# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the answers of a batch's hosts on the controller: keys to share, files to publish, a report."""

from __future__ import annotations

import typing as t

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, refused_by_system
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _arguments, _batch, _ending, _own_facts

_DECOMMISSION = "signing_key_decommission"


class ActionModule(ActionBase):
    """The action of keysmith.jwt.signing_key, on the controller only."""

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> t.Dict[str, t.Any]:
        """Compare and publish. Nothing comes from the variables of the host for which it happens to run."""
        result: t.Dict[str, t.Any] = super().run(tmp, task_vars)
        hostvars = task_vars["hostvars"].raw_get
        # With strategy free, each host numbers the use for all others anew.
        host, groups = task_vars["inventory_hostname"], task_vars["groups"]
        # A fact of that name would be the first host's word on which host it is, and end the play for all.
        is_host = isinstance(host, str) and host in groups["all"]
        variables = hostvars(host) if is_host else {}
        if self._task.args.get("tell"):
            return {**result, **self._told(variables, host)}
        use = _batch.use_of(variables) or str(self._task.args.get("use") or "")
        if self._task.args.get("only_diff"):
            diffs = _batch.diffs_of(host, variables, use) if is_host else []
            return {**result, "use": use, "changed": bool(diffs), "diff": diffs}
        batch = _batch.Batch(
            hostvars=hostvars,
            groups=groups,
            hosts=task_vars["ansible_play_batch"],
            well=task_vars["ansible_play_hosts"],
            everybody=task_vars["ansible_play_hosts_all"],
            use=use,
            is_check=bool(self._task.check_mode),
            is_last=bool(self._task.args.get("last")),
            gone=_arguments.names_of(_own_facts.once(task_vars, _DECOMMISSION, _own_facts.evaluator(self._loader))),
            # As it is written: it can hold what is only known where the tasks are.
            registers=_own_facts.once(task_vars, _batch.REGISTER, lambda value, _variables: value) is not None,
        )
        try:
            return {**result, "use": use, **batch.result(bool(self._task.diff), task_vars)}
        except KeysmithError as error:
            return {**result, "failed": True, "msg": str(error)}
        except OSError as error:
            return {**result, "failed": True, "msg": str(refused_by_system(error))}

    def _told(self, variables: t.Mapping[str, t.Any], host: str) -> t.Dict[str, t.Any]:
        """Which services of a host were restarted, or a failure that says why the host fails."""
        if self._task.args["tell"] == "restarted":
            return {"restarted": _ending.restarted(variables)}
        text = _ending.failure(variables, host)
        if self._task.args["tell"] == "unrestarted":
            text = _ending.unrestarted(variables, text if boolean(self._task.args.get("besides")) else "")
        return {"failed": True, "msg": text}
