# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role's specification, its defaults, its README and what the module takes say the same."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml
from ansible_collections.keysmith.jwt.plugins.module_utils._service import options as service_options
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _report

ROOT = Path(__file__).resolve().parents[3]
ROLE = ROOT / "roles" / "signing_key"
ENTRY_POINTS = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]
SPEC, INFO = ENTRY_POINTS["main"]["options"], ENTRY_POINTS["info"]["options"]
SERVICE = SPEC["signing_key_services"]["options"]
SECRETS = {"passphrase", "previous_passphrases"}
#: What each service has of its own.
OWN = {"name", "hosts", "state"}
#: What the controller decides: the module hears whether a key is shared.
CONTROLLER_S = {"hosts", "shared"}
#: The variables that are not about a service.
OTHERS = {"register_tasks", "decommission", "services", "output_directory", "show", "install_packages", "async"}


#: Of these, Ansible takes any value: it would print the whole specification for each host with a wrong one.
HARMLESS = {"raw", "str", "path"}


def test_no_value_fails_in_ansible_s_own_check() -> None:
    said = [*SPEC.values(), *INFO.values(), *SERVICE.values(), *SERVICE["environment"]["options"].values()]
    assert {option["type"] for option in said} <= HARMLESS
    assert not any({"choices", "elements", "required"} & set(option) for name, option in SPEC.items())


def test_no_host_is_called_as_it_says() -> None:
    """A fact can have the place of inventory_hostname; one variable says what the name is then."""
    files = [*(ROLE / "tasks").glob("*.yml"), *(ROLE / "handlers").glob("*.yml"), *(ROLE / "vars").rglob("*.yml")]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    (only,) = [line for line in lines if "inventory_hostname" in line]
    assert only.startswith("signing_key__name: ") and "'' if 'inventory_hostname' in ansible_facts" in only


def test_each_key_of_a_service_has_its_variable() -> None:
    assert {name[len("signing_key_") :] for name in SPEC} == set(SERVICE) - OWN | OTHERS
    for name in set(SERVICE) - OWN:
        common = {key: value for key, value in SPEC["signing_key_" + name].items() if key != "default"}
        assert common == SERVICE[name]


def test_the_report_knows_all_variables() -> None:
    assert _report.known_variables() == {*SPEC, *INFO}


def test_the_module_takes_what_the_role_describes() -> None:
    assert set(SERVICE) - SECRETS - {"hosts"} == set(service_options.SERVICE)
    for name, option in service_options.SERVICE.items():
        if name in CONTROLLER_S:
            continue
        described: t.Dict[str, t.Any] = SERVICE[name]
        assert described["type"] in ("raw", option["type"])
        if name != "algorithm":
            text = str(described["description"])
            assert all("V(%s)" % choice in text for choice in option.get("choices", ()))
        if "default" in option:
            described = described if name in OWN else SPEC["signing_key_" + name]
            assert described.get("default") == option["default"]


def test_no_secret_is_converted_or_shown() -> None:
    for options in (SERVICE, {name: SPEC["signing_key_" + name] for name in SECRETS}):
        for name in SECRETS:
            assert (options[name]["type"], options[name]["no_log"]) == ("raw", True)


def test_each_task_that_is_handed_secrets_hides_them() -> None:
    tasks = _all_tasks()
    handed = [task for task in tasks if "keysmith.jwt.jwt_keypairs" in task or "signing_key__defaults" in str(task)]
    assert handed and all(task.get("no_log") is True for task in handed)


def test_what_one_host_says_is_no_other_host_s() -> None:
    """No task is delegated, and what is run once is the controller's alone; what other hosts say is in no template."""
    controller_s = {"include_vars", "set_fact", "debug", "include_tasks", "signing_key", "signing_key_report"}
    for task in _all_tasks():
        assert not {"delegate_to", "delegate_facts", "local_action"} & set(task)
        if task.get("run_once"):
            assert {name.rpartition(".")[2] for name in task} & controller_s, task["name"]
    for file in [*ROLE.rglob("*.yml"), *ROLE.rglob("*.j2")]:
        assert "hostvars" not in file.read_text(), file


def test_a_drop_in_has_its_mode() -> None:
    (drop_in,) = [task for task in _all_tasks() if "ansible.builtin.blockinfile" in task]
    assert drop_in["ansible.builtin.blockinfile"]["mode"] == "0644"


def _all_tasks() -> t.List[t.Dict[str, t.Any]]:
    files = [*ROLE.glob("tasks/*.yml"), *ROLE.glob("handlers/*.yml")]
    return [task for file in files for task in _tasks(yaml.safe_load(file.read_text()))]


def _tasks(listed: t.Any) -> t.Iterator[t.Dict[str, t.Any]]:
    for task in listed:
        inner = [key for key in ("block", "rescue", "always") if key in task]
        for key in inner:
            yield from _tasks(task[key])
        if not inner:
            yield task
