# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_own_facts: which variables have their value from what the host has returned."""

from __future__ import annotations

import types
import typing as t

import pytest
from ansible.template import Templar
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _own_facts

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core 2.18 trusts what is not marked.

    def trust_as_template(value: str) -> str:  # type: ignore[misc]
        return value


def template(value: t.Any, variables: t.Mapping[str, t.Any]) -> t.Any:
    return Templar(loader=None, variables=dict(variables)).template(value)


def decided(variables: t.Dict[str, t.Any], **facts: t.Any) -> t.List[str]:
    """Which variables a host with these facts decides, which Ansible sets above the variables of the inventory."""
    names = {name: held for name, held in variables.items() if name != "ansible_facts"}
    trusted = {name: trust_as_template(held) if isinstance(held, str) else held for name, held in names.items()}
    prefix = "ansible_"
    stored = {name[len(prefix) :] if name.startswith(prefix) else name: held for name, held in facts.items()}
    return _own_facts.decided({**trusted, **facts, "ansible_facts": stored}, facts, list(names), template)


OURS = {"signing_key_services": [{"name": "orders"}], "signing_key_directory": "{{ base }}/{name}", "base": "/srv"}


def test_without_facts_nothing_is_decided_by_them() -> None:
    assert decided(OURS) == [] and decided(OURS, ansible_distribution="Debian", other=7) == []


def test_a_fact_with_the_name_of_a_variable_decides_it() -> None:
    assert decided(OURS, signing_key_services=[{"name": "bills"}]) == ["signing_key_services"]
    assert decided(OURS, ansible_base="/x") == []


def test_a_fact_with_the_name_of_what_a_variable_is_made_of_decides_it() -> None:
    assert decided(OURS, base="/root/.ssh") == ["signing_key_directory", "base"]


@pytest.mark.parametrize(
    "value",
    [
        "{{ ansible_facts.x }}",
        "{{ ansible_facts['x'] | default('y') }}",
        "{{ ansible_x }}",
        "{{ ansible_x | default('y') }}",
        "{{ 'z' if ansible_x is defined else 'y' }}",
        "{{ inventory_dir }}/keys",
    ],
)
def test_what_is_made_of_facts_is_decided_by_them(value: str) -> None:
    variables = {"ours": value, "inventory_dir": "/here"}
    assert "ours" in decided(variables, ansible_x="z", inventory_dir="/there")


def test_what_only_looks_like_it_is_not() -> None:
    assert decided({"ours": "{{ 1 + 1 }} {{ other }}", "other": "y"}, ansible_x="z") == []


def test_what_cannot_be_evaluated_is_for_the_task_to_say() -> None:
    assert decided({"ours": "{{ nowhere }}"}, x=1) == []


def test_in_lists_and_dictionaries_too() -> None:
    services = [{"name": trust_as_template("{{ mine }}")}]
    facts = {"mine": "orders"}
    assert _own_facts.decided({"s": services, **facts, "ansible_facts": facts}, facts, ["s"], template) == ["s"]


def test_a_number_that_is_not_itself_is_a_fact() -> None:
    """JSON of Python has NaN; two that were read one by one are not equal, wherever they are."""
    one, same = ({"mine": [float("nan")]} for _number in range(2))
    ours = {"ours": trust_as_template("{{ 'orders' if mine is defined else 'bills' }}")}
    assert _own_facts.decided({**ours, **one}, same, ["ours"], template) == ["ours"]


def test_a_variable_that_outranks_a_fact_is_not_one() -> None:
    assert _own_facts.decided({"ours": "/srv"}, {"ours": "/root"}, ["ours"], template) == []


def hostvars(**facts: t.Any) -> t.Any:
    """What Ansible gives an action plugin, with facts of the host m."""
    return types.SimpleNamespace(_variable_manager=types.SimpleNamespace(_fact_cache={"m": facts}))


def test_a_fact_hides_behind_no_other() -> None:
    """In ansible_facts, x and ansible_x have one place."""
    facts = {"signing_key_services": ["orders"], "ansible_signing_key_services": "decoy"}
    variables = {**facts, "ansible_facts": {"signing_key_services": "decoy"}}
    assert _own_facts.returned(hostvars(**facts), "m", variables) == facts
    assert _own_facts.returned(hostvars(**facts), "a", {}) == {}
    of_the_play = {**variables, "signing_key_services": ["bills"]}
    known = _own_facts.returned(hostvars(**facts), "m", of_the_play)
    assert _own_facts.decided(of_the_play, known, ["signing_key_services"], template) == []
    # Where they are not found, whatever may be one is one.
    unknown = _own_facts.returned(object(), "m", {**variables, "other": 1})
    assert unknown == facts and _own_facts.decided(variables, unknown, list(facts), template) == list(facts)


@pytest.mark.parametrize("more", [{}, {"inventory_hostname": "a"}])
def test_what_runs_once_is_not_chosen_by_the_first_host(more: t.Dict[str, t.Any]) -> None:
    """Also where it calls itself another one, of which no facts are known."""
    facts = {"where": "/evil", **more}
    everybody = hostvars(**facts)
    of_m = {"inventory_hostname": "m", **facts, "ansible_facts": facts}
    everybody.raw_get = {"m": of_m, "a": {"where": trust_as_template("{{ base }}/out"), "base": "/srv"}, "b": {}}.get
    play = {"ansible_play_hosts_all": ["m", "b", "a"], "hostvars": everybody}
    assert _own_facts.once({**of_m, **play}, "where", template) == "/srv/out"
    said = _own_facts.once({**of_m, **play, "where": "/of the play"}, "where", template)
    assert said == ("/srv/out" if more else "/of the play")
    assert _own_facts.once({**of_m, **play, "ansible_play_hosts_all": ["m", "b"]}, "where", template) is None


def test_a_fact_for_the_host_s_name_ends_it() -> None:
    assert _own_facts.problem({"ansible_facts": {"distribution": "Debian"}}) == "" == _own_facts.problem({})
    assert "inventory_hostname" in _own_facts.problem({"ansible_facts": {"inventory_hostname": "a"}})


def test_the_warning_names_host_and_variables() -> None:
    assert _own_facts.warning("m", ["signing_key_services"]).startswith(
        "m: facts that this host has returned decide signing_key_services, because they override"
    )
