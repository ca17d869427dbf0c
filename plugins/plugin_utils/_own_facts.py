# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which variables of a host have their value from what that host has returned as facts.

Ansible sets facts as variables, above those of the inventory: a host that returns a fact with the name of a variable,
or of one that a variable is made of, decides its value.
"""

from __future__ import annotations

import typing as t

Variables = t.Mapping[str, t.Any]
#: What is called like a variable of the role, and is made by it.
NOT_SAID = ("signing_key_jwks",)
Template = t.Callable[[t.Any, Variables], t.Any]


def decided(variables: Variables, names: t.Iterable[str], template: Template) -> t.List[str]:
    """The names of those variables whose value would be another, or none, without the host's facts.

    ``template(value, variables)`` evaluates a value as it was written.
    """
    facts = variables.get("ansible_facts")
    if not isinstance(facts, t.Mapping) or not facts:
        return []
    own = {name for fact in facts for name in (fact, "ansible_%s" % fact) if _is_fact(variables, name, facts[fact])}
    without = {name: value for name, value in variables.items() if name not in own}
    without["ansible_facts"] = {}
    return [name for name in names if name in own or _differs(variables, without, name, template)]


def problem(variables: Variables) -> str:
    """Why nothing can be asked of a host; empty for nothing."""
    if "inventory_hostname" in (variables.get("ansible_facts") or {}):
        return (
            "This host has returned a fact called inventory_hostname, and Ansible takes it for the host's name. It was "
            "asked nothing. Clear its facts (meta: clear_facts), and find out what returns that one."
        )
    return ""


def warning(host: str, names: t.Sequence[str]) -> str:
    """The sentence about variables that a host decides by its facts."""
    return (
        "%s: what this host has returned as facts decides %s, over what the inventory says. Set them in the play, or "
        "have the inventory use other names than the facts have." % (host, ", ".join(names))
    )


def _is_fact(variables: Variables, name: str, fact: t.Any) -> bool:
    return name in variables and bool(variables[name] == fact)


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
