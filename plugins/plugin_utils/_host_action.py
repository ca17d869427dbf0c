# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of a module that runs on hosts: send the request, keep the documented part of the answer."""

from __future__ import annotations

import contextlib
import re
import time
import typing as t

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.utils.display import Display
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _answers, _arguments, _shapes

Result = t.Dict[str, t.Any]
#: A job there is detached from what hands out the code that it imports: it would wait until its time is over.
NO_JOBS = (
    "async: with Mitogen, a job never gets the code that this module imports, and waits until its time runs out. "
    "Nothing was changed; leave async (signing_key_async of the role) at 0, or set strategy: linear for this play."
)


def _is_mitogen_s(connection: t.Any) -> bool:
    """Check whether one of Mitogen's strategies has made the connection."""
    return any(one.__module__.partition(".")[0] == "ansible_mitogen" for one in type(connection).__mro__)


class HostAction(NormalAction):
    """The base class of actions for our modules."""

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> Result:
        """Ask the host, and keep what is documented."""
        wrong = _arguments.wrong(self._task.args, self._is_in_role())
        if wrong:
            return {"failed": True, "msg": wrong}
        if self._task.async_val and _is_mitogen_s(self._connection):
            return {"failed": True, "msg": NO_JOBS}
        try:
            answer = self.ask(task_vars)
        except RecursionError:
            # Of the parser of JSON, which lets no module say how deep an answer may be.
            return {"failed": True, "msg": "This host has returned lists that are nested too deeply."}
        if self._task.async_val and self._task.poll and not answer.get("failed"):
            answer = self._job(answer, task_vars)
        is_left_alone = self._task.async_val and not self._task.poll
        shapes = {**self.shapes(), **(_answers.JOB if is_left_alone else {})}
        kept, dropped = _answers.believed(self._without_own(answer), shapes)
        kept.pop("check_mode", None)
        if self._task.check_mode:
            # A keyword of a play or a task shows nowhere else.
            kept["check_mode"] = True
        if dropped:
            # Not a part of the result, which is not shown where a task hides its secrets.
            Display().warning("%s: %s" % ((task_vars or {}).get("inventory_hostname"), _answers.warning(dropped)))
        if self._discovered_interpreter_key and not self._task.run_once:
            # Ansible looks for the interpreter once; after run_once, this would be that of all hosts.
            kept["ansible_facts"] = {self._discovered_interpreter_key: self._discovered_interpreter}
        return kept

    def _is_in_role(self) -> bool:
        """Check whether the task belongs to our role."""
        role = getattr(self._task, "_role", None)
        return role is not None and role.get_name() == "keysmith.jwt.signing_key"

    def ask(self, task_vars: t.Any) -> Result:
        """Return the host's raw answer; no other code sees it."""
        return dict(super().run(None, task_vars))

    def shapes(self) -> t.Dict[str, _shapes.Shape]:
        """Return the shape of the module's result for these arguments."""
        raise NotImplementedError

    def _without_own(self, answer: Result) -> Result:
        """Return the answer without the fact that Ansible itself has put into it."""
        if answer.get("ansible_facts") == {self._discovered_interpreter_key: self._discovered_interpreter}:
            return {name: held for name, held in answer.items() if name != "ansible_facts"}
        return answer

    def _job(self, begun: Result, task_vars: t.Any) -> Result:
        """Return the answer of a job that outlives the connection.

        To wait for it is Ansible's own part of ``async``; it would take the job's answer past us.
        """
        job = begun.get("ansible_job_id")
        if not isinstance(job, str) or not re.fullmatch(_answers.JOB_ID, job):
            return {"failed": True, "msg": "This host did not return the ID of its job. Run again."}
        seconds, self._task.async_val = self._task.async_val, 0
        folder = self._remote_expand_user(self.get_shell_option("async_dir", default="~/.ansible_async"))
        answer = self._waited_for({"jid": job, "_async_dir": folder}, seconds, task_vars)
        if not answer.get("finished"):
            return {"failed": True, "msg": "async: the time ran out before the host was done. Run again."}
        self._status({"jid": job, "_async_dir": folder, "mode": "cleanup"}, task_vars)
        if answer.get("failed") and "data" in answer:
            # Of async_wrapper, which has not found an answer in what the module has printed.
            why = str(answer.get("msg", "")).strip().rpartition("\n")[2]
            return {"failed": True, "msg": "What the job of this host has answered cannot be read: %s" % why}
        return {name: held for name, held in answer.items() if name not in _answers.JOB}

    def _waited_for(self, arguments: Result, seconds: int, task_vars: t.Any) -> Result:
        """Return the last known state of a job."""
        answer: Result = {}
        while seconds > 0 and not answer.get("finished"):
            time.sleep(self._task.poll)
            seconds -= self._task.poll
            try:
                answer = self._status(arguments, task_vars)
            except AnsibleConnectionFailure:
                if seconds <= 0:
                    raise
                with contextlib.suppress(AttributeError):
                    self._connection.reset()
        return answer

    def _status(self, arguments: Result, task_vars: t.Any) -> Result:
        return dict(self._execute_module("ansible.legacy.async_status", arguments, task_vars=task_vars))
