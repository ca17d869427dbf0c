# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_play_hosts: what is known of the other hosts of a play. Real plays are in the fleet tests."""

from __future__ import annotations

import json
import types
import typing as t
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.jwk import base64url_uint
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _asked, _play_hosts
from ansible_collections.keysmith.jwt.tests.unit import made_keys

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core 2.18 trusts what is not marked.

    def trust_as_template(value: str) -> str:  # type: ignore[misc]
        return value


ROLE = {"signing_key_key_id": "thumbprint", "signing_key_shared": False, "signing_key_output_directory": "/out"}
MINE = {"signing_key_services": [{"name": "orders", "key_id": "mine"}]}


class Play:
    """A task of a play; the variables of its hosts, and how often they were asked for."""

    def __init__(self, hosts: t.Mapping[str, t.Mapping[str, t.Any]], *conditions: t.Sequence[str]) -> None:
        self.hosts, self.looks = hosts, 0
        self.task = None
        for when in conditions or ([],):
            self.task = types.SimpleNamespace(
                _uuid="1", _parent=self.task, when=list(map(trust_as_template, when)), get_play=lambda: None
            )

    def get_vars(self, play: t.Any, host: str, task: t.Any, include_hostvars: bool) -> t.Dict[str, t.Any]:
        assert task is self.task and not include_hostvars
        self.looks += 1
        return {**ROLE, **self.hosts[host], "inventory_hostname": host}

    def in_run(self, output: str = "/out") -> t.Dict[str, t.Dict[str, _asked.Service]]:
        inventory = types.SimpleNamespace(get_host=lambda host: host)
        hostvars = types.SimpleNamespace(_variable_manager=self, _inventory=inventory)
        names = list(self.hosts)
        variables = {"hostvars": hostvars, "ansible_play_hosts_all": names, "groups": {"all": names}}
        return _play_hosts.PlayHosts(self.task, DataLoader(), variables, output).in_run()


@pytest.fixture(autouse=True)
def local_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_play_hosts.constants, "DEFAULT_LOCAL_TMP", str(tmp_path))


def test_services_with_what_they_have_in_common() -> None:
    both = {"signing_key_services": ["orders", "bills"], "signing_key_key_id": trust_as_template("{{ name }}-{name}")}
    assert Play({"a": MINE, "b": {**both, "name": "b"}}).in_run() == {
        "a": {"orders": _asked.Service(None, (), ("mine",))},
        "b": {"orders": _asked.Service(None, (), ("b-orders",)), "bills": _asked.Service(None, (), ("b-bills",))},
    }


def test_all_are_looked_at_once_for_all() -> None:
    play = Play({"a": MINE, "b": MINE})
    assert play.in_run() == play.in_run() and play.looks == 2


@pytest.mark.parametrize(
    "other",
    [
        {**MINE, "signing_key_output_directory": "/elsewhere/"},
        {"signing_key_services": trust_as_template("{{ missing }}")},
        {"signing_key_services": 7},
        {},
        {"signing_key_services": [{"name": "orders", "key_id": "mine", "hosts": ["a"]}]},
        # What it has returned as a fact.
        {**MINE, "ansible_facts": MINE},
        {"signing_key_services": trust_as_template("{{ ansible_facts.said }}"), "ansible_facts": {"said": ["orders"]}},
    ],
)
def test_who_says_nothing(other: t.Mapping[str, t.Any]) -> None:
    found = Play({"a": MINE, "b": other}).in_run()
    assert list(found["a"]) == ["orders"] and not found.get("b")


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ([["inventory_hostname == 'a'"]], {"a"}),
        ([["inventory_hostname == 'a'"], ["true"]], {"a"}),
        ([["true"], ["inventory_hostname != 'a'", "wanted"]], {"b"}),
        ([["ansible_facts.wanted"]], set()),
    ],
)
def test_for_whom_the_role_is(conditions: t.Any, found: t.Set[str]) -> None:
    said = {**MINE, "wanted": True, "ansible_facts": {"wanted": True}}
    play = Play({"a": MINE, "b": {**MINE, "wanted": True}, "c": said}, *conditions)
    assert {host for host, services in play.in_run().items() if services} == found


def test_key_ids_in_published_files(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    for number, host in enumerate(("a", "b")):
        numbers = made_keys.private("ES256", number).public_key().public_numbers()
        x, y = (base64url_uint(one, 32) for one in (numbers.x, numbers.y))
        entry = {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "of-" + host}
        (tmp_path / "orders" / (host + ".jwks.json")).write_text(json.dumps({"keys": [entry]}))
    (tmp_path / "orders" / "c.jwks.json").write_text("junk")
    hosts = {"hostvars": None, "ansible_play_hosts_all": [], "groups": {}}
    play = _play_hosts.PlayHosts(None, None, hosts, str(tmp_path))
    assert play.published("orders") == {"a": {"of-a"}, "b": {"of-b"}}
    assert play.published("orders", "b") == {"b": {"of-b"}} and not play.published("bills")
