# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find variables of a host whose value comes from what the host has returned as facts.

Ansible sets facts as variables, above those of the inventory: a host that returns a fact with the name of a variable,
or of one that a variable is made of, decides its value.
"""

from __future__ import annotations

import typing as t

from ansible.template import Templar

Variables = t.Mapping[str, t.Any]
#: What is called like a variable of the role, and is made by it.
NOT_SAID = ("signing_key_jwks",)
Template = t.Callable[[t.Any, Variables], t.Any]


def returned(hostvars: t.Any, host: str, variables: Variables) -> Variables:
    """Return a host's facts, under the names of the variables that Ansible makes of them.

    They are read where Ansible keeps them: in ``ansible_facts``, a fact ``x`` has the place of a fact ``ansible_x``, so
    a host could hide the one behind the other. Where they are kept elsewhere, each variable that may be one counts.
    """
    try:
        cache = hostvars._variable_manager._fact_cache
    except AttributeError:
        facts = variables.get("ansible_facts") or {}
        both = (name for fact in facts for name in (fact, "ansible_%s" % fact))
        return {name: variables[name] for name in both if name in variables}
    try:
        return t.cast("Variables", cache.get(host) or {})
    except KeyError:
        return {}


def evaluator(loader: t.Any) -> Template:
    """What evaluates a value as it was written, with a host's variables; ``loader`` is that of the action."""
    return lambda value, variables: Templar(loader=loader, variables=dict(variables)).template(value)


def once(task_vars: Variables, name: str, template: Template) -> t.Any:
    """A variable for a task that runs once: the host for which it runs does not decide it by its facts.

    Where it would, the first host of the play that does not decide its own has it from the inventory; None for none.
    One of the facts can be the host's name; then each variable that may be a fact of it is taken for one.
    """
    hostvars = task_vars["hostvars"]
    facts = returned(None if problem(task_vars) else hostvars, task_vars["inventory_hostname"], task_vars)
    if not decided(task_vars, facts, [name], template):
        return template(task_vars.get(name), task_vars)
    for host in task_vars["ansible_play_hosts_all"]:
        variables = hostvars.raw_get(host)
        facts = returned(hostvars, host, variables)
        if name in variables and not problem(variables) and not decided(variables, facts, [name], template):
            return template(variables[name], variables)
    return None


def decided(variables: Variables, facts: Variables, names: t.Iterable[str], template: Template) -> t.List[str]:
    """The names of those variables whose value would be another, or none, without these facts of the host.

    ``template(value, variables)`` evaluates a value as it was written.
    """
    if not facts:
        return []
    others = without(variables, facts)
    return [name for name in names if name not in others or _differs(variables, others, name, template)]


def without(variables: Variables, facts: Variables) -> t.Dict[str, t.Any]:
    """The variables that are not these facts."""
    own = {name for name in facts if name in variables and _is_same(variables[name], facts[name])}
    return {**{name: value for name, value in variables.items() if name not in own}, "ansible_facts": {}}


def problem(variables: Variables) -> str:
    """Why nothing can be asked of a host; empty for nothing."""
    if "inventory_hostname" in (variables.get("ansible_facts") or {}):
        return (
            "This host has returned a fact called inventory_hostname, which Ansible uses as the host's name. The host "
            "was not asked anything. Clear its facts (meta: clear_facts), and find out what returns that one."
        )
    return ""


def warning(host: str, names: t.Sequence[str]) -> str:
    """The sentence about variables that a host decides by its facts."""
    return (
        "%s: facts that this host has returned decide %s, because they override the inventory. Set these in the play, "
        "or use other names in the inventory than the facts have." % (host, ", ".join(names))
    )


def _is_same(value: t.Any, fact: t.Any) -> bool:
    """Whether a variable is a fact. JSON has a number that is not equal to itself, NaN."""
    return bool(value == fact) or repr(value) == repr(fact)


def _differs(variables: Variables, without: Variables, name: str, template: Template) -> bool:
    value = without.get(name)
    if not _has_template(value):
        return False
    try:
        found = template(value, variables)
    except Exception:  # The task that uses it says what is wrong with it.
        return False
    try:
        return bool(found != template(value, without))
    except Exception:  # Whatever is missing without the facts is what they decide.
        return True


def _has_template(value: t.Any) -> bool:
    if isinstance(value, str):
        return "{{" in value or "{%" in value
    if isinstance(value, t.Mapping):
        return any(map(_has_template, value.values()))
    return isinstance(value, list) and any(map(_has_template, value))
