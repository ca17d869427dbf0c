# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugins: every module that runs on hosts has one, and a job's answer is measured as any other."""

from __future__ import annotations

import importlib
import json
import types
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.action import jwt_keypair
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _host_action

PLUGINS = Path(__file__).resolve().parents[4] / "plugins"
#: Its module is documentation: it runs on the controller.
ON_THE_CONTROLLER = {"signing_key", "signing_key_report"}
Result = t.Dict[str, t.Any]


class Asked(jwt_keypair.ActionModule):
    """A task whose host has answered: at once, or when it is asked what became of a job."""

    def __init__(self, answer: Result, job: t.Sequence[Result] = (), **task: t.Any) -> None:
        said = {"async_val": 0, "poll": 1, "check_mode": False, "run_once": False, "args": {}, "_role": None}
        self._task = types.SimpleNamespace(**{**said, **task})
        self._connection: t.Any = None
        self._discovered_interpreter_key: t.Any = None
        self._discovered_interpreter: t.Any = None
        self._answer, self._job_answers = answer, list(job)
        self.asked: t.List[Result] = []

    def ask(self, task_vars: t.Any) -> Result:
        return self._answer

    def get_shell_option(self, _name: str, default: str = "") -> str:
        return default

    def _remote_expand_user(self, path: str) -> str:
        return path

    def _execute_module(self, module_name: str, module_args: Result, task_vars: t.Any = None) -> Result:
        self.asked.append(module_args)
        return self._job_answers.pop(0)


def run(asked: Asked) -> Result:
    return asked.run(None, {"inventory_hostname": "m"})


def test_each_module_has_an_action_plugin() -> None:
    modules = {path.stem for path in (PLUGINS / "modules").glob("*.py")}
    assert modules == {path.stem for path in (PLUGINS / "action").glob("*.py")}
    for name in modules - ON_THE_CONTROLLER:
        action = importlib.import_module("ansible_collections.keysmith.jwt.plugins.action.%s" % name)
        assert issubclass(action.ActionModule, _host_action.HostAction), name


def test_what_was_not_documented_is_dropped_with_a_warning(capfd: t.Any) -> None:
    answer = {"changed": True, "ansible_facts": {"x": 1}, "path": "/k", "add_host": {}}
    assert run(Asked(answer)) == {"changed": True, "path": "/k"}
    printed = "".join(capfd.readouterr()).replace("\n", " ")
    assert "m: This host returned unexpected values" in printed and "ansible_facts, add_host." in printed


def test_an_answer_that_is_too_deep_to_read_is_told_in_a_sentence() -> None:
    class Deep(Asked):
        def ask(self, task_vars: t.Any) -> Result:
            return t.cast(Result, json.loads("[" * 200000))

    assert run(Deep({})) == {"failed": True, "msg": "This host has returned lists that are nested too deeply."}


@pytest.mark.parametrize("said", [True, False, "x"])
def test_check_mode_is_what_the_controller_knows(said: t.Any) -> None:
    assert "check_mode" not in run(Asked({"changed": True, "check_mode": said}))
    assert run(Asked({"changed": True, "check_mode": said}, check_mode=True))["check_mode"] is True


def test_the_interpreter_that_ansible_has_found_is_its_own() -> None:
    for more, kept in (({}, True), ({"run_once": True}, False)):
        for facts in ({"discovered_interpreter_python": "/py"}, {"discovered_interpreter_python": "/py", "x": 1}, {}):
            asked = Asked({"changed": False, "ansible_facts": facts}, **more)
            asked._discovered_interpreter_key, asked._discovered_interpreter = "discovered_interpreter_python", "/py"
            found = run(asked).get("ansible_facts")
            assert found == ({"discovered_interpreter_python": "/py"} if kept else None)


def test_a_job_is_waited_for_here() -> None:
    """Ansible would take its answer past the action plugin."""
    begun = {"started": 1, "finished": 0, "ansible_job_id": "j12.34", "results_file": "/f"}
    done = {"finished": 1, "ansible_job_id": "j12.34", "changed": True, "path": "/k", "ansible_facts": {"x": 1}}
    asked = Asked(begun, [begun, done, {}], async_val=10, poll=0.01)
    assert run(asked) == {"changed": True, "path": "/k"} and asked._task.async_val == 0
    assert [one.get("mode") for one in asked.asked] == [None, None, "cleanup"]
    assert {one["jid"] for one in asked.asked} == {"j12.34"}


@pytest.mark.parametrize("job", [None, "", "../../x", 7, "j12.34; rm", "{{ x }}", ["j12.34"]])
def test_a_job_has_a_number(job: t.Any) -> None:
    asked = Asked({"ansible_job_id": job}, async_val=10, poll=0.01)
    assert "did not return the ID of its job" in run(asked)["msg"] and not asked.asked


def test_a_job_that_is_not_done_in_time_is_a_failure() -> None:
    begun = {"started": 1, "finished": 0, "ansible_job_id": "j12.34"}
    found = run(Asked(begun, [begun] * 99, async_val=0.05, poll=0.01))
    assert found == {"failed": True, "msg": "async: the time ran out before the host was done. Run again."}


def test_a_job_without_an_answer_that_can_be_read_is_told_in_a_sentence() -> None:
    begun = {"started": 1, "finished": 0, "ansible_job_id": "j12.34"}
    done = {
        "finished": 1,
        "failed": True,
        "cmd": "x",
        "data": "noise",
        "msg": "Traceback\n  File\nValueError: No json\n",
    }
    found = run(Asked(begun, [done, {}], async_val=10, poll=0.01))
    assert found == {
        "failed": True,
        "msg": "What the job of this host has answered cannot be read: ValueError: No json",
    }


def test_a_job_that_nobody_waits_for_says_how_to_ask_for_it() -> None:
    begun = {"started": 1, "finished": 0, "ansible_job_id": "j12.34", "results_file": "/f", "ansible_facts": {"x": 1}}
    found = run(Asked(begun, async_val=10, poll=0))
    assert found == {"started": 1, "finished": 0, "ansible_job_id": "j12.34", "results_file": "/f"}


def test_a_job_is_refused_where_mitogen_would_let_it_wait_without_end() -> None:
    made = type("Connection", (), {"__module__": "ansible_mitogen.connection"})
    loaded = type("Connection", (made,), {"__module__": "ansible.plugins.connection.mitogen_ssh"})
    for seconds, poll in ((20, 1), (20, 0)):
        asked = Asked({"changed": True}, async_val=seconds, poll=poll)
        asked._connection = loaded()
        assert run(asked) == {"failed": True, "msg": _host_action.NO_JOBS}
    at_once = Asked({"changed": True, "path": "/k"})
    at_once._connection = loaded()
    assert run(at_once) == {"changed": True, "path": "/k"}
