# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host is asked by one short command whether all is as it was; in every unusual case, the module does it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import types
import typing as t
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.keysmith.jwt.plugins.action import jwt_keypair, jwt_keypairs
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import answer, record
from ansible_collections.keysmith.jwt.plugins.module_utils._service import call
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _asked, _host_action, _unchanged
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, SECOND
from ansible_collections.keysmith.jwt.tests.unit.plugins.module_utils._jose.test_private_jwk import jwk_of
from ansible_collections.keysmith.jwt.tests.unit.settled_hosts import Host, Services, facts, put, records

INTERPRETER = {"ansible_python_interpreter": sys.executable}
SHOWING = {**INTERPRETER, "ansible_inject_invocation": True}
MODULE = {"asked": "the module"}


class OnThisMachine:
    """An action plugin on a host that is this machine: its commands are run here."""

    def __init__(self, arguments: t.Mapping[str, t.Any], **task: t.Any) -> None:
        usual = {"async_val": 0, "environment": [], "delegate_to": None, "become": False, "check_mode": False}
        self._task = types.SimpleNamespace(**{"diff": False, "args": dict(arguments), **usual, **task})
        shell = types.SimpleNamespace(SHELL_FAMILY="sh")
        self._connection = types.SimpleNamespace(
            transport="ssh",
            _shell=shell,
            become=None,
            has_pipelining=True,
            always_pipeline_modules=False,
            pipelines=True,
            # Of newer versions, and of older ones.
            is_pipelining_enabled=lambda _wraps: self._connection.pipelines,
            get_option=lambda _name: self._connection.pipelines,
        )
        self._play_context = types.SimpleNamespace(pipelining=True, become_method="")
        names = [one.get("name") for one in arguments.get("services") or () if isinstance(one, dict)]
        self.asked = _asked.Asked(frozenset(), {str(name): _asked.Service(None, None) for name in names}, {})
        self._templar = Templar(DataLoader())
        self.commands: t.List[str] = []
        self.sent = b""
        #: What the host says in the place of what it has to say.
        self.says: t.Optional[t.Callable[[str], str]] = None

    def _low_level_execute_command(self, cmd: str, in_data: t.Optional[bytes] = None, **_more: t.Any) -> t.Any:
        self.commands.append(cmd)
        self.sent = in_data or b""
        done = subprocess.run(
            ["/bin/sh", "-c", cmd], input=in_data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False
        )
        self.printed = (done.stdout + done.stderr).decode()
        text = done.stdout.decode()
        return {"rc": done.returncode, "stdout": self.says(text) if self.says else text}


class Action(OnThisMachine, jwt_keypairs.ActionModule):
    """That of the batch module."""


class Single(OnThisMachine, jwt_keypair.ActionModule):
    """That of the module for one key pair."""


@pytest.fixture(name="services")
def _services(tmp_path: Path, monkeypatch: t.Any, capsys: t.Any) -> Services:
    """Two services that are settled, one of them with two versions and a passphrase that is given."""
    monkeypatch.setattr(_host_action.HostAction, "ask", lambda _action, _task_vars: dict(MODULE))
    services = Services(Host(tmp_path / "jwt", monkeypatch, capsys), "orders", "billing")
    services.options["services"][1].update(
        versions=["v1", "v2"],
        active="v2",
        passphrase=FIRST,
        previous_passphrases=[SECOND],
        key_id={"v1": "a", "v2": "b c"},
    )
    assert services.run()["changed"] and not services.run()["looked"]
    return services


def ask(services: Services, task_vars: t.Any = None, **task: t.Any) -> t.Tuple[t.Any, Action]:
    action = Action(services.options, **task)
    return action.ask(INTERPRETER if task_vars is None else task_vars), action


@pytest.mark.parametrize(("check", "diff"), [(False, False), (True, False), (False, True), (True, True)])
def test_the_result_is_the_module_s(services: Services, check: bool, diff: bool) -> None:
    found, action = ask(
        services, check_mode=check, diff=diff, task_vars={**INTERPRETER, "ansible_inject_invocation": True}
    )
    said = services.run(check=check, diff=diff)
    assert not said["looked"] and len(action.commands) == 1
    said = json.loads(said["_text"])
    # The action plugin says so itself.
    said.pop("check_mode", None)
    found = json.loads(json.dumps(found))
    assert found.pop("invocation") == said.pop("invocation")
    # Newer versions return more of a warning than its text.
    warnings = [one if isinstance(one, str) else one["event"]["msg"] for one in said.pop("warnings")]
    assert found.pop("warnings") == warnings != []
    assert found == said


def test_the_invocation_is_shown_where_it_is_asked_for(services: Services) -> None:
    is_new = "INJECT_INVOCATION" in _unchanged.constants.config.get_configuration_definitions()
    for asked_for in (False, True):
        found, _action = ask(services, task_vars={**INTERPRETER, "ansible_inject_invocation": asked_for})
        assert ("invocation" in found) is (asked_for or not is_new)


def test_secrets_are_on_standard_input_alone(services: Services) -> None:
    found, action = ask(services)
    assert found != MODULE and FIRST.encode() in action.sent
    for shown in (action.commands[0], action.printed, str(found)):
        assert FIRST not in shown and SECOND not in shown


def test_secrets_of_key_pairs_are_hidden_as_the_module_hides_them(
    tmp_path: Path, monkeypatch: t.Any, capsys: t.Any, services: Services
) -> None:
    item = {
        "name": "one",
        "path": str(tmp_path / "one.key"),
        "algorithm": "ES256",
        "jwk_path": str(tmp_path / "one.jwk"),
    }
    services.options = {"keypairs": [item], "secrets": {"one": {"passphrase": FIRST}}}
    services.run()
    said = json.loads(services.run()["_text"])
    found, action = ask(services, task_vars=SHOWING)
    assert found["keypairs"] == said["keypairs"] and found["invocation"] == said["invocation"]
    assert FIRST not in str(found) and FIRST.encode() in action.sent


def test_of_a_private_jwk_no_more_is_hidden_than_by_the_module(tmp_path: Path, services: Services) -> None:
    jwk = jwk_of("ES256")
    item = {"name": "one", "path": str(tmp_path / "one.key"), "algorithm": "ES256"}
    services.options = {"keypairs": [item], "secrets": {"one": {"private_key": jwk}}}
    services.run()
    said = json.loads(services.run()["_text"])
    found, _action = ask(services, task_vars=SHOWING)
    assert found["keypairs"] == said["keypairs"] and found["keypairs"]["one"]["jwk"]["x"] == jwk["x"]
    assert jwk["d"] not in str(found)


def _damage(services: Services) -> None:
    path = services.top / "orders" / "v1" / "private.key"
    (found,) = records(path)
    put(path, found[:-1] + bytes([found[-1] ^ 1]))


CHANGED: t.Dict[str, t.Callable[[Services], t.Any]] = {
    "a key": lambda services: (services.top / "billing" / "v1" / "private.key").open("ab").write(b"\n"),
    "a mode": lambda services: (services.top / "orders" / "v1" / "env").chmod(0o640),
    "a link": lambda services: (services.top / "orders" / "current").unlink(),
    "another version's link": lambda services: (
        (services.top / "billing" / "current").unlink(),
        (services.top / "billing" / "current").symlink_to("v1"),
    ),
    "a restart is due": lambda services: (services.top / "orders" / ".restart-due").write_text("0" * 16),
    "a record is damaged": _damage,
    "a service more": lambda services: services.options["services"].append({"name": "more"}),
    "an option": lambda services: services.options["services"][0].update(key_id="mine"),
    "a passphrase": lambda services: services.options["services"][1].update(passphrase=SECOND),
    "a default": lambda services: services.options["defaults"].update(mode="0640"),
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_where_anything_has_changed_the_module_looks(services: Services, change: t.Callable[[Services], t.Any]) -> None:
    assert ask(services)[0] != MODULE
    change(services)
    found, action = ask(services)
    assert found == MODULE and len(action.commands) == 1, "one command more, and no second one"


def test_another_version_of_the_collection_is_another_program(services: Services, monkeypatch: t.Any) -> None:
    other = _unchanged._PROGRAM.replace('VERSION = "%s"' % record.VERSION, 'VERSION = "0.0.0"')
    assert other != _unchanged._PROGRAM
    monkeypatch.setattr(_unchanged, "_PROGRAM", other)
    assert ask(services)[0] == MODULE


UNUSUAL: t.Dict[str, t.Callable[[Action], t.Any]] = {
    "async": lambda action: setattr(action._task, "async_val", 60),
    "environment": lambda action: setattr(action._task, "environment", [{}, {"LC_ALL": "C"}]),
    "delegated": lambda action: setattr(action._task, "delegate_to", "other"),
    "no pipelining": lambda action: setattr(action._connection, "pipelines", False),
    "local": lambda action: setattr(action._connection, "transport", "local"),
    "Windows": lambda action: setattr(action._connection, "transport", "winrm"),
    "Windows over SSH": lambda action: setattr(action._connection._shell, "SHELL_FAMILY", "powershell"),
    "a network device": lambda action: setattr(action._connection, "transport", "ansible.netcommon.network_cli"),
    "su": lambda action: setattr(action._connection, "become", _become("su")),
    "sudo with a password": lambda action: setattr(action._connection, "become", _become("sudo", FIRST)),
    "a become plugin that is not there": lambda action: setattr(action._task, "become", True),
}


def _become(name: str, password: t.Optional[str] = None) -> t.Any:
    return types.SimpleNamespace(name=name, get_option=lambda _name, playcontext: password)


@pytest.mark.parametrize("change", UNUSUAL.values(), ids=UNUSUAL)
def test_what_is_unusual_is_the_module_s_alone(services: Services, change: t.Callable[[Action], t.Any]) -> None:
    action = Action(services.options)
    change(action)
    assert action.ask(INTERPRETER) == MODULE and action.commands == []


def test_sudo_without_a_password_is_usual(services: Services) -> None:
    action = Action(services.options, become=True)
    action._connection.become = _become("sudo")
    assert action.ask(INTERPRETER) != MODULE


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ("/usr/bin/python3.11", "/usr/bin/python3.11 -I -S -"),
        ("/usr/{{ 'bin' }}/python3", "/usr/bin/python3 -I -S -"),
        ("auto", "python3 -I -S -"),
        ("auto_silent", "python3 -I -S -"),
        (None, "python3 -I -S -"),
        ("/usr/bin/env python3", None),
        ("python3", None),
        ("/usr/bin/python3; id", None),
        ("/opt/py thon/bin/python", None),
    ],
)
def test_the_interpreter_is_the_one_that_was_named(
    services: Services, said: t.Optional[str], command: t.Optional[str]
) -> None:
    found = {"ansible_python_interpreter": trusted(said)} if said else {}
    _found, action = ask(services, task_vars=found)
    assert action.commands == ([command] if command else [])


def trusted(text: str) -> str:
    """As it comes from an inventory: newer versions make a template of no other text."""
    try:
        from ansible.template import trust_as_template
    except ImportError:
        return text
    return str.__str__(text) if "{" not in text else trust_as_template(text)


@pytest.mark.parametrize("python", ["/nowhere/python3", "/bin/true", "/bin/false", "/bin/cat"])
def test_a_host_without_that_python_is_the_module_s(services: Services, python: str) -> None:
    found, action = ask(services, task_vars={"ansible_python_interpreter": python})
    assert found == MODULE and len(action.commands) == 1


def test_a_python_that_does_not_understand_it_says_nothing_of_it(services: Services, tmp_path: Path) -> None:
    """What an old one prints of a program that it cannot read is no line of ours."""
    old = tmp_path / "python"
    old.write_text("#!%s\nimport sys\ncompile(sys.stdin.read(), 'stdin', 'exec', feature_version=4)\n" % sys.executable)
    old.write_text("#!/bin/sh\nsed 's/^class Record:/class Record:::/' | exec %s \"$@\"\n" % sys.executable)
    old.chmod(0o700)
    found, action = ask(services, task_vars={"ansible_python_interpreter": str(old)})
    assert found == MODULE and "SyntaxError" in action.printed and FIRST not in action.printed


def test_with_selinux_the_module_looks(services: Services, monkeypatch: t.Any, tmp_path: Path) -> None:
    (tmp_path / "enforce").write_text("0")
    there = _unchanged._PROGRAM.replace(answer._SELINUX, str(tmp_path / "enforce"))
    assert there != _unchanged._PROGRAM
    monkeypatch.setattr(_unchanged, "_PROGRAM", there)
    assert ask(services)[0] == MODULE


@pytest.mark.parametrize(
    "change",
    [
        {"services": []},
        {"services": None},
        {"services": [{"name": "orders"}, "billing"]},
        {"services": "orders"},
        {"services": ({"name": "orders"},)},
        {"services": [{"name": "orders", "regenerate": "always"}]},
        {"services": [{"name": "orders"}], "defaults": {"regenerate": "always"}},
        {"services": [{"name": "orders", "state": "absent"}]},
        {"services": [{"name": "orders", "size": {1, 2}}]},
        {"keypairs": [{"name": "a", "path": "/a"}]},
        {"make": []},
        {"make": ["orders/v1"]},
        {"recipients": {}},
        {"sealed": {"orders/v1": "x"}},
        {"restarted": {}},
        {"secrets": {}},
        {"secrets": None},
        {"controller": {}},
        {"defaults": "a=b"},
        {"unknown": 1},
    ],
)
def test_what_never_settles_or_is_another_type_costs_no_command(services: Services, change: t.Dict[str, t.Any]) -> None:
    services.options.update(change)
    found, action = ask(services)
    assert found == MODULE and action.commands == []


def line(text: str, mark: str = "mark") -> str:
    return "%s %s\n" % (mark, base64.b64encode(text.encode()).decode())


GOOD = "\0".join(["/k", "/p", "/j", "pem\n", '{"kty": "EC"}', "[{}, [], {}]"])
NESTED = "[" * 100000


@pytest.mark.parametrize(
    "said",
    [
        "",
        "mark",
        line(GOOD, "other"),
        line(GOOD) * 2,
        "mark !!!\n",
        line(""),
        line(GOOD + "\0more"),
        line(GOOD[:-1]),
        line(GOOD.replace("[{}, [], {}]", NESTED)),
        line(GOOD.replace("[{}, [], {}]", "[{}, 7, {}]")),
        line(GOOD.replace("[{}, [], {}]", "[[], [], []]")),
        line(GOOD.replace('{"kty": "EC"}', "7")),
        line(GOOD.replace('{"kty": "EC"}', NESTED)),
        "x" * 33 * 1024 * 1024 + line(GOOD),
    ],
    ids=range(14),
)
def test_what_no_host_of_ours_says_is_nothing(services: Services, monkeypatch: t.Any, said: str) -> None:
    monkeypatch.setattr(_unchanged.secrets, "token_hex", lambda _octets: "mark")
    action = Action(services.options)
    action.says = lambda _text: said
    assert action.ask(INTERPRETER) == MODULE


@pytest.mark.parametrize("around", ["%s", "a greeting\n%s", "%s\nand a farewell\n", "\r\n%s\r\n"])
def test_what_else_a_shell_prints_does_not_matter(services: Services, around: str) -> None:
    action = Action(services.options)
    action.says = lambda text: around % text
    assert action.ask(INTERPRETER) != MODULE


def test_records_of_other_services_are_not_taken(services: Services) -> None:
    """As many as were asked for."""
    other = {**services.options, "services": services.options["services"][:1]}
    questions = call.asked(other) or []
    action = Action(services.options)
    action._low_level_execute_command = lambda *_given, **_named: {  # type: ignore[method-assign]
        "stdout": Action(other)._low_level_execute_command(
            sys.executable + " -I -S -", in_data=_unchanged.program(questions, "mark")
        )["stdout"]
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_unchanged.secrets, "token_hex", lambda _octets: "mark")
        assert action.ask(INTERPRETER) == MODULE


def test_the_program_is_short_and_needs_nothing_but_python(services: Services) -> None:
    questions = call.asked(services.options) or []
    program = _unchanged.program(questions, "mark")
    assert len(program) < 20000 and b"import typing" in program
    code = program + b"\nimport sys\nprint(*sorted(sys.modules))\n"
    done = subprocess.run([sys.executable, "-I", "-S", "-"], input=code, stdout=subprocess.PIPE, check=True)
    *_lines, modules = done.stdout.decode().strip().splitlines()
    assert not {"typing", "json", "re", "contextlib", "site", "base64"} & set(modules.split())


def test_the_host_leaves_no_core_file(services: Services) -> None:
    program = _unchanged.program(call.asked(services.options) or [], "mark")
    code = program + b"\nprint(*resource.getrlimit(resource.RLIMIT_CORE))\n"
    done = subprocess.run([sys.executable, "-I", "-S", "-"], input=code, stdout=subprocess.PIPE, check=True)
    assert int(done.stdout.decode().split()[-2]) in (0, 1)


def test_many_key_pairs_are_one_command(tmp_path: Path, monkeypatch: t.Any, capsys: t.Any) -> None:
    monkeypatch.setattr(_host_action.HostAction, "ask", lambda _action, _task_vars: dict(MODULE))
    services = Services(Host(tmp_path / "jwt", monkeypatch, capsys), *("s%d" % number for number in range(30)))
    services.run()
    found, action = ask(services)
    assert len(found["jwks"]) == 30 and len(action.commands) == 1
    assert facts(services.run())["jwks"] == found["jwks"] and os.path.isdir(services.top)


@pytest.fixture(name="single")
def _single(tmp_path: Path, monkeypatch: t.Any, capsys: t.Any) -> Host:
    """One key pair that is settled."""
    monkeypatch.setattr(_host_action.HostAction, "ask", lambda _action, _task_vars: dict(MODULE))
    host = Host(tmp_path / "jwt", monkeypatch, capsys)
    host.options.update(previous_passphrases=[FIRST], alg=host.options.pop("algorithm"), backup="no", lock_timeout="9")
    assert host.run()["changed"] and not host.run()["looked"]
    return host


@pytest.mark.parametrize("check", [False, True])
def test_one_key_pair_is_asked_for_in_the_same_way(single: Host, check: bool) -> None:
    action = Single(single.options, check_mode=check)
    found = json.loads(json.dumps(action.ask(SHOWING)))
    said = json.loads(single.run(check=check)["_text"])
    assert found == said and len(action.commands) == 1
    assert FIRST.encode() in action.sent and FIRST not in str(found)


def test_a_diff_of_one_key_pair_is_the_module_s(single: Host) -> None:
    action = Single(single.options, diff=True)
    assert action.ask(INTERPRETER) == MODULE and action.commands == []


@pytest.mark.parametrize(
    "change",
    [
        {"regenerate": "always"},
        {"attributes": "+d"},
        {"state": "absent"},
        {"passphrase": None},
        {"path": "~/private.key"},
        {"jwk_path": "$HOME/jwk.json"},
        {"size": "many"},
        {"unknown": 1},
    ],
)
def test_what_one_key_pair_cannot_be_asked_for(single: Host, change: t.Dict[str, t.Any]) -> None:
    action = Single({**single.options, **change})
    assert action.ask(INTERPRETER) == MODULE and action.commands == []


@pytest.mark.parametrize(
    "change", [{"key_id": "mine"}, {"previous_passphrases": [SECOND]}, {"path": "/nowhere/at/all"}]
)
def test_another_question_about_one_key_pair_is_the_module_s(single: Host, change: t.Dict[str, t.Any]) -> None:
    action = Single({**single.options, **change})
    assert action.ask(INTERPRETER) == MODULE and len(action.commands) == 1


def test_a_host_that_was_never_published_is_not_asked(services: Services, tmp_path: Path) -> None:
    """It is new, and to ask it would cost a command for nothing."""
    output = tmp_path / "output"
    for names, is_asked in (((), False), (("orders",), False), (("orders", "billing"), True)):
        for name in names:
            (output / name).mkdir(parents=True, exist_ok=True)
            (output / name / "h_1.jwk.json").write_text("{}")
        action = Action(services.options)
        action._publishes = {"output": str(output)}
        action.ask({**INTERPRETER, "inventory_hostname": "h/1"})
        assert bool(action.commands) is is_asked
