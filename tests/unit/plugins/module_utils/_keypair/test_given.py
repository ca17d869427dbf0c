# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run leaves a record where it changes nothing any more, of all its files; a check leaves none."""

from __future__ import annotations

import os
import types
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import given
from ansible_collections.keysmith.jwt.tests.unit.settled_hosts import NAMES, Host, flip, records, settled

CANARY = "canary-in-the-mine"


@pytest.fixture(name="host")
def _host(tmp_path: Path, monkeypatch: t.Any, capsys: t.Any) -> Host:
    return settled(tmp_path / "jwt", monkeypatch, capsys)


def test_every_file_is_of_the_record(host: Host) -> None:
    for name in NAMES:
        assert not host.run(check=True)["looked"]
        flip(host.folder / name)
        assert host.run(check=True)["looked"]
        flip(host.folder / name)
    os.unlink(host.options["active_link"])
    assert host.run(check=True)["looked"]


def test_where_no_record_can_be_kept_everything_is_looked_into(host: Host, monkeypatch: t.Any) -> None:
    host.forget()

    def refuse(*_given: t.Any) -> t.NoReturn:
        raise OSError(28, "injected")

    for call in ("setxattr", "pwrite", "ftruncate"):
        monkeypatch.setattr(os, call, refuse)
    for _number in range(2):
        result = host.run()
        assert result["looked"] and not result["changed"] and records(host.options["path"]) == []


def test_secrets_under_a_wrong_name_are_hidden(host: Host) -> None:
    result = host.run(
        environment={"path": str(host.folder / "env"), "passphras": CANARY, "more": [{"deep": CANARY + "2"}]}
    )
    assert result["failed"] and "no option passphras" in result["msg"] or "no option more" in result["msg"]
    assert CANARY not in result["_text"]


def test_checked_gives_defaults_and_names_what_is_wrong() -> None:
    specification: t.Dict[str, t.Any] = {"a": {"type": "int", "default": 3}, "b": {"type": "str", "aliases": ["c"]}}
    assert given.checked({"c": "x"}, specification, "it") == {"a": 3, "b": "x", "c": "x"}
    for options, message in (({"d": 1}, "it: there is no option d; the options are a, b, c."), ({"a": "x"}, "it: ")):
        with pytest.raises(KeysmithError, match="^" + message):
            given.checked(options, specification, "it")
    with pytest.raises(KeysmithError, match="^it: there is no option of that name; the options are a, b, c"):
        given.checked({"a b": 1}, specification, "it")


@pytest.mark.parametrize("value", ["8 chars.", {"a": {"b": "8 chars."}}, [["8 chars."]]])
def test_what_is_under_a_wrong_name_is_hidden_however_deep(value: t.Any) -> None:
    module: t.Any = types.SimpleNamespace(no_log_values=set())
    given.hide_unknown(module, {"passfrase": value, "path": "/etc/orders/key"}, {"path": {}})
    assert module.no_log_values == {"8 chars."}


def test_a_list_where_a_text_belongs_is_not_shown() -> None:
    module = types.SimpleNamespace(no_log_values=set())
    given.hide_unknown(t.cast(t.Any, module), {"owner": [CANARY]}, {"owner": {"type": "str"}})
    assert module.no_log_values == {CANARY}
