# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of all hosts: what it writes and reads on the controller is not for the first host to choose."""

from __future__ import annotations

import types
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.action import signing_key_report
from ansible_collections.keysmith.jwt.tests.unit.plugins.plugin_utils.test_own_facts import hostvars


@pytest.mark.parametrize(
    ("role", "said"), [("keysmith.jwt.signing_key", "/srv"), ("of.somebody.else", "/given"), (None, "/given")]
)
def test_in_the_role_a_fact_of_the_first_host_says_nothing(role: t.Optional[str], said: str) -> None:
    action = object.__new__(signing_key_report.ActionModule)
    of_a_role = types.SimpleNamespace(get_name=lambda: role) if role else None
    action._task = types.SimpleNamespace(args={"directory": "/given"}, _role=of_a_role)
    action._loader = None
    facts = {"signing_key_report_directory": "/evil"}
    everybody = hostvars(**facts)
    everybody.raw_get = {"m": facts, "a": {"signing_key_report_directory": "/srv"}}.get
    play = {"inventory_hostname": "m", "ansible_play_hosts_all": ["m", "a"], "hostvars": everybody}
    variables = {**play, **facts, "ansible_facts": facts}
    assert action._said("directory", "signing_key_report_directory", variables) == said
