# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask a host by one short command whether everything is unchanged, before anything else is sent there.

Nearly all runs change nothing. To find that out by a module costs what every module costs: hundreds of kilobytes to
send, and a Python that imports them. This asks with two files of ours that need the standard library alone. What is
asked, secrets included, goes to the standard input of a Python, and is in no argument and no file. Where the host says
nothing, or anything is unusual about the connection or the task, the module does all of it.
"""

from __future__ import annotations

import binascii
import inspect
import re
import secrets
import shlex
import typing as t

from ansible import constants
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import answer, record
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair.asked import HIDDEN, hidden_texts
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair.remembered import Remembered, unpack
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.passphrase import LEAST

Mapping = t.Mapping[str, t.Any]
#: Made once, before Ansible forks for the hosts.
_PROGRAM = "".join(
    line
    for module in (record, answer)
    for line in inspect.getsource(module).splitlines(keepends=True)
    if not line.startswith(("from .record ", "from __future__ ")) and line.strip()
)
#: Isolated from the user's environment, and without packages: nothing of theirs is loaded.
_COMMAND = "%s -I -S -"
_AUTOMATIC = ("", "auto", "auto_legacy", "auto_silent", "auto_legacy_silent")
#: More than thousands of key pairs say.
_LONGEST = 32 * 1024 * 1024
_FIELDS = 6


def ask(
    action: ActionBase, task_vars: Mapping, questions: t.Sequence[record.Asked]
) -> t.Optional[t.List[t.List[Remembered]]]:
    """Return what was recorded of all that is asked for, if nothing has changed; None: run the module."""
    python = _python(action, task_vars) if questions and _is_usual(action) else ""
    if not python:
        return None
    mark = secrets.token_hex(8)
    said = action._low_level_execute_command(_COMMAND % shlex.quote(python), in_data=program(questions, mark))
    try:
        return _read(str(said.get("stdout", "")), mark)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


def as_module(
    task_vars: Mapping,
    result: Mapping,
    specification: t.Mapping[str, Mapping],
    arguments: Mapping,
) -> t.Dict[str, t.Any]:
    """Return a result as the module would have given it, with its shown arguments, and without a secret."""
    hidden: t.Set[str] = set()
    shown = dict(arguments)
    for name, one in specification.items():
        if one.get("no_log") and arguments.get(name) is not None:
            hidden.update(text for text in hidden_texts(arguments[name]) if len(text) >= LEAST)
            shown[name] = HIDDEN
    whole = dict(result)
    if not whole["warnings"]:
        del whole["warnings"]
    if _shows_invocation(task_vars):
        whole["invocation"] = {"module_args": shown}
    return dict(remove_values(whole, hidden))


def _shows_invocation(task_vars: Mapping) -> bool:
    """Check whether results show the arguments: since ansible-core 2.21, if that is asked for."""
    name = "INJECT_INVOCATION"
    if not constants.config.get_configuration_definition(name):
        return True
    return bool(constants.config.get_config_value(name, variables=task_vars))


def program(questions: t.Sequence[record.Asked], mark: str) -> bytes:
    """Return the program for the host's Python. Holds secrets: never shown."""
    # Whatever goes wrong there, Python quotes no line of it.
    asked = ascii([(path, text, [list(name) for name in names]) for path, text, names in questions])
    call = "try:\n    show(%s, %r)\nexcept Exception:\n    pass\n" % (asked, mark)
    return ("from __future__ import annotations\n%s%s" % (_PROGRAM, call)).encode("utf-8")


def _is_usual(action: ActionBase) -> bool:
    """Check that the command runs where, and as whom, the module would, with no further settings."""
    task, connection = action._task, action._connection
    return (
        connection.transport == "ssh"
        and getattr(connection._shell, "SHELL_FAMILY", "") == "sh"
        and action._is_pipelining_enabled("new")
        and not task.async_val
        and not task.delegate_to
        and not any(task.environment or ())
        and _becomes_quietly(action)
    )


def _becomes_quietly(action: ActionBase) -> bool:
    """Check that the user is the one who logs in, or becomes another by sudo without a password."""
    become = action._connection.become
    if become is None:
        return not action._task.become
    return become.name == "sudo" and not become.get_option("become_pass", playcontext=action._play_context)


def _python(action: ActionBase, task_vars: Mapping) -> str:
    """Return the host's Python, empty for an unusual one. It is not searched for, because that costs more."""
    said = action._templar.template(constants.config.get_config_value("INTERPRETER_PYTHON", variables=task_vars))
    if not isinstance(said, str):
        return ""
    return "python3" if said.strip() in _AUTOMATIC else said if re.fullmatch(r"/[\w./+-]+", said) else ""


def _read(text: str, mark: str) -> t.Optional[t.List[t.List[Remembered]]]:
    """Return what a host has printed; None if that is nothing. ValueError and others for invalid output."""
    lines = [line for line in text.splitlines() if line.startswith(mark + " ")] if len(text) <= _LONGEST else []
    if len(lines) != 1:
        return None
    octets = binascii.a2b_base64(lines[0][len(mark) + 1 :])
    found = []
    for records in octets.decode("utf-8", "surrogateescape").split("\2"):
        fields = [one.split("\0") for one in records.split("\1")]
        if any(len(one) != _FIELDS for one in fields):
            raise ValueError
        found.append([unpack(one[:3], one[3], one[4], one[5]) for one in fields])
    return found
