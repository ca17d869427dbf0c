# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a hostile host makes of an honest answer: each part of it replaced, renamed, left out, or joined by others.

Nothing but the standard library: the Python of a hostile host uses it, too.
"""

from __future__ import annotations

import copy
import typing as t

Answer = t.Dict[str, t.Any]
Lie = t.Callable[[], Answer]
Path = t.Tuple[t.Any, ...]
#: A template that leaves a trace where it is evaluated; %s is the path of the trace.
TEMPLATE = "{{ lookup('ansible.builtin.pipe', 'touch %s') }}"


def values(trace: str) -> t.List[t.Any]:
    """What a part of an answer can be instead of what it should."""
    template = TEMPLATE % trace
    deep: t.Any = "x"
    for _level in range(60):
        deep = [deep]
    return [
        *(None, True, False, 0, -1, 1 << 70, 1.5, "", "x", "a", "orders", "orders/v1", "true"),
        *(template, "{% raw %}", "{# #}", "#jinja2: variable_start_string:'['", "a\nb", "\x00", "\x1b[2J", "\ud800"),
        *("../../x", "/etc/passwd", "~root", "-rf", "$(id)", "x" * 200000),
        *([], {}, [template], {template: template}, {"ansible_facts": {"x": template}}, deep, list(range(20000))),
        {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]},
    ]


def names(trace: str) -> t.List[str]:
    """What a part of an answer can be called instead."""
    return ["orders", "orders/v1", "orders/a", "../../x", "/etc/passwd", "..", "", "a", TEMPLATE % trace, "x" * 3000]


def additions(trace: str) -> t.List[Answer]:
    """What an answer can have besides."""
    template = TEMPLATE % trace
    results = ("signing_key__result", "signing_key__sealing", "signing_key__together")
    facts = {
        **dict.fromkeys(results, {"asked": {"use": ""}}),
        **dict.fromkeys(("signing_key_output_directory", "health_check", "inventory_hostname", "x"), template),
        "signing_key_services": [{"name": "orders"}],
        "ansible_python_interpreter": "/bin/false",
    }
    return [
        {"ansible_facts": facts},
        {"ansible_stats": {"data": facts, "per_host": False, "aggregate": True}},
        {"add_host": {"host_name": "x", "groups": ["orders_servers"]}, "add_group": "orders_servers"},
        {"asked": {"use": "", "services": {"orders": [None, ["a", "b", "m"], []]}, "facts": [], "sources": {}}},
        {"ansible_included_var_files": ["/etc/passwd"], "include": "/etc/passwd", "include_args": facts},
        {"results": [{"ansible_facts": facts, "changed": True}], "ansible_loop_var": "x", "notify": ["x"]},
        {"_ansible_no_log": False, "_ansible_delegated_vars": facts, "_ansible_item_label": template},
        {"check_mode": True, "echo": template, "registered_values": facts},
        {"skipped": True, "skip_reason": template},
        {"failed": True, "msg": template, "exception": template},
        {"failed": True, "msg": {"x": template}, "failed_keypairs": {template: template, "orders": "x"}},
        {"unreachable": True, "msg": template},
        {"rc": 1, "stdout": template, "stderr": template, "stdout_lines": [template]},
        {"warnings": [template], "deprecations": [{"msg": template, "version": template}]},
        {"diff": [template, {"before_header": template, "before": template, "after": deep_of(template)}]},
        {"ansible_job_id": "../../x", "started": 1, "finished": 0, "results_file": "/etc/passwd"},
    ]


def deep_of(value: t.Any) -> t.Any:
    """A value far inside of lists and dictionaries."""
    for level in range(40):
        value = [value] if level % 2 else {"x": value}
    return value


def lies(answer: Answer, trace: str) -> t.Iterator[t.Tuple[str, Lie]]:
    """Answers like that one, each with what is done to it, and made when it is called."""
    others, called = values(trace), names(trace)
    for path in _paths(answer):
        for number, value in enumerate(others):
            yield "%s is value %d" % (_called(path), number), _lie(_changed, answer, path, value)
        yield "%s is left out" % _called(path), _lie(_without, answer, path)
        yield "%s is a list of itself" % _called(path), _lie(_doubled, answer, path)
        if isinstance(path[-1], str):
            for name in called:
                yield "%s is called %.40s" % (_called(path), name), _lie(_renamed, answer, path, name)
    for number, more in enumerate(additions(trace)):
        yield "with addition %d" % number, _lie(_added, answer, more)


def _lie(make: t.Callable[..., Answer], answer: Answer, *how: t.Any) -> Lie:
    return lambda: make(answer, *how)


def _added(answer: Answer, more: Answer) -> Answer:
    return {**copy.deepcopy(answer), **copy.deepcopy(more)}


def _paths(value: t.Any, path: Path = ()) -> t.Iterator[Path]:
    inner: t.Iterable[t.Tuple[t.Any, t.Any]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for name, held in inner:
        yield (*path, name)
        yield from _paths(held, (*path, name))


def _called(path: Path) -> str:
    return ".".join(map(str, path))


def _holder(answer: Answer, path: Path) -> t.Tuple[Answer, t.Any]:
    copied = copy.deepcopy(answer)
    holder: t.Any = copied
    for name in path[:-1]:
        holder = holder[name]
    return copied, holder


def _changed(answer: Answer, path: Path, value: t.Any) -> Answer:
    copied, holder = _holder(answer, path)
    holder[path[-1]] = value
    return copied


def _doubled(answer: Answer, path: Path) -> Answer:
    copied, holder = _holder(answer, path)
    holder[path[-1]] = [holder[path[-1]]] * 2
    return copied


def _without(answer: Answer, path: Path) -> Answer:
    copied, holder = _holder(answer, path)
    del holder[path[-1]]
    return copied


def _renamed(answer: Answer, path: Path, name: str) -> Answer:
    copied, holder = _holder(answer, path)
    holder[name] = holder.pop(path[-1])
    return copied
