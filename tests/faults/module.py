# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the real modules, each time in a process of its own that is forked from one that has imported all."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import signal
import sys
import types
import typing as t

import tracer

#: The tree whose code is tested; the mutation run points it at a patched copy.
ROOT = os.environ.get("KEYSMITH_TREE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
#: Seconds after which a run counts as hung, such as one that waits for the other end of a FIFO; it has no result then.
#: A machine that does much else meanwhile takes a tenth of this for a crowd of runs.
LIMIT = 300


class Result(t.NamedTuple):
    """What a run of a module ended in."""

    values: t.Dict[str, t.Any]
    killed: bool
    #: All that was printed.
    text: str

    @property
    def changed(self) -> bool:
        return bool(self.values.get("changed"))

    @property
    def failed(self) -> bool:
        return bool(self.values.get("failed")) or not self.values

    @property
    def message(self) -> str:
        return str(self.values.get("msg", self.text[-400:]))


class Task(t.NamedTuple):
    """A module and its arguments."""

    arguments: t.Dict[str, t.Any]
    module: str = "jwt_keypair"

    def but(self, **changes: t.Any) -> "Task":
        """The same with other arguments."""
        return self._replace(arguments={**self.arguments, **changes})


def prepare() -> None:
    """Import the modules and all that they import when they work."""
    sys.dont_write_bytecode = True
    for name in ("ansible_collections", "ansible_collections.keysmith", "ansible_collections.keysmith.jwt"):
        package = types.ModuleType(name)
        package.__path__ = [ROOT] if name.endswith(".jwt") else []
        sys.modules[name] = package
    for name in ("jwt_keypair", "jwt_keypairs", "client_registration"):
        importlib.import_module("ansible_collections.keysmith.jwt.plugins.modules." + name)
    for name in ("ec", "ed25519", "rsa", "padding", "utils"):
        importlib.import_module("cryptography.hazmat.primitives.asymmetric." + name)
    for folder in ("_disk", "_keys", "_env_files", "_keypair", "_service", "_oauth"):
        for name in sorted(os.listdir(os.path.join(ROOT, "plugins/module_utils", folder))):
            if name.endswith(".py"):
                package = "ansible_collections.keysmith.jwt.plugins.module_utils." + folder
                importlib.import_module(package + "." + name[:-3])


class NotRun(Exception):
    """The machine, or the user, cannot try this; the text says what is missing."""


def need_root() -> None:
    """NotRun for everybody but root."""
    if os.geteuid() != 0:
        raise NotRun("only root can be another user, or mount")


#: Called in the child before the module begins: to take a protection out, to set a limit.
Hook = t.Callable[[], t.Any]


def run(
    task: Task,
    check: bool = False,
    umask: int = 0o022,
    hook: t.Optional[Hook] = None,
    diff: bool = True,
    **tracing: t.Any,
) -> Result:
    """Run to the end, or to where ``tracing`` (see tracer.follow) has it killed."""
    receive, send = os.pipe()

    def child() -> None:
        _become(task, check, umask, send, hook, diff)

    if tracing:
        ended = tracer.follow(child, **tracing)
        killed = ended.killed
        os.close(send)
    else:
        pid = os.fork()
        if pid == 0:
            child()
        killed = False
        os.close(send)
    with os.fdopen(receive, "rb") as pipe:
        text = pipe.read().decode("utf-8", "replace")
    if not tracing:
        os.waitpid(pid, 0)
    return Result({} if killed else _json(text), killed, text)


def start(task: Task, umask: int = 0o022) -> t.Tuple[int, int]:
    """Run it beside us; the process ID and a pipe for :func:`finish`."""
    receive, send = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(receive)
        _become(task, False, umask, send, None)
    os.close(send)
    return pid, receive


def finish(started: t.Tuple[int, int]) -> Result:
    """Wait for what :func:`start` began."""
    with os.fdopen(started[1], "rb") as pipe:
        text = pipe.read().decode("utf-8", "replace")
    os.waitpid(started[0], 0)
    return Result(_json(text), False, text)


def _json(text: str) -> t.Dict[str, t.Any]:
    try:
        # What Ansible prints of a warning comes behind the result.
        return dict(json.JSONDecoder().raw_decode(text.lstrip())[0])
    except ValueError:
        return {}


def _become(task: Task, check: bool, umask: int, send: int, hook: t.Optional[Hook], diff: bool = True) -> None:
    """The child: be the module, with its output in the pipe."""
    from ansible.module_utils import basic

    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(LIMIT)
        os.umask(umask)
        os.dup2(send, 1)
        os.dup2(send, 2)
        sys.stdout = os.fdopen(1, "w", closefd=False)
        sys.stderr = os.fdopen(2, "w", closefd=False)
        arguments = {**task.arguments, "_ansible_check_mode": check, "_ansible_diff": diff, "_ansible_no_log": False}
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
        basic._ANSIBLE_PROFILE = "legacy"
        if hook:
            hook()
        try:
            sys.modules["ansible_collections.keysmith.jwt.plugins.modules." + task.module].main()
        except SystemExit:
            pass
        except BaseException as error:
            print("Traceback: %s escaped from the module" % type(error).__name__)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(0)
