# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made of a task's arguments, and refused of them, before anything is sent."""

from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _arguments

DATE = datetime.date(2024, 6, 1)
QUOTES = "; put the name in quotes"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"services": [{"name": "orders", "versions": ["v1"], "key_id": {"v1": "x"}}]}, ""),
        ({"services": [{"name": "orders", "active": None}], "defaults": {"versions": None}}, ""),
        ({"path": "/k", "key_id": "1000"}, ""),
        ({"services": {"name": "a"}, "defaults": ["no dictionary"]}, "services: has to be a list"),
        ({"services": [{"name": "a"}, 7]}, "services: number 2 has to be a dictionary with a name and options"),
        ({"keypairs": ["a"]}, "keypairs: number 1 has to be a dictionary with a name and options"),
        ({"services": None, "keypairs": []}, ""),
        (
            {"services": [{"name": "a"}, {"name": "orders", "versions": ["v1", 2024.1]}]},
            "orders: versions: YAML reads a name in it as the number 2024.1" + QUOTES,
        ),
        (
            {"services": [{"name": "orders", "key_id": {DATE: "x"}}]},
            "orders: key_id: YAML reads a name in it as the date 2024-06-01" + QUOTES,
        ),
        (
            {"services": [{"name": 7}]},
            "number 1 of services: name: YAML reads a name in it as the number 7" + QUOTES,
        ),
        (
            {"defaults": {"retired": False}},
            "defaults: retired: YAML reads a name in it as false, a truth value" + QUOTES,
        ),
        ({"path": "/k", "key_id": 1000}, "key_id: YAML reads a name in it as the number 1000" + QUOTES),
        (
            {"sets": [{"path": "/srv/a.json", "key_ids": ["a"]}, {"path": "/srv/b.json", "key_ids": [True]}]},
            "/srv/b.json: key_ids: YAML reads a name in it as true, a truth value" + QUOTES,
        ),
        ({"path": "/srv/a.json", "key_ids": 1.5}, "key_ids: YAML reads a name in it as the number 1.5" + QUOTES),
        (
            {"keypairs": [{"name": "a", "key_id": DATE}, {"name": "b", "key_id": 8}]},
            "a: key_id: YAML reads a name in it as the date 2024-06-01%s; b: key_id: YAML reads a name in it as the "
            "number 8%s" % (QUOTES, QUOTES),
        ),
    ],
)
def test_names(arguments: t.Dict[str, t.Any], message: str) -> None:
    assert _arguments.wrong(arguments) == (message and message + ".")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"services": []}, ""),
        ({"restarted": {}}, ""),
        ({"services": None}, "signing_key_services: is not set; list the services of this host in it, "),
        ({"services": 7}, "signing_key_services: has to be a list."),
        ({"services": [], "defaults": {"active": 1}}, "signing_key_active: YAML reads a name in it as the number 1"),
    ],
)
def test_in_the_role_its_variables_are_named(arguments: t.Dict[str, t.Any], message: str) -> None:
    said = _arguments.wrong(arguments, is_role=True)
    assert said.startswith(message) and bool(said) == bool(message)


@pytest.mark.parametrize(
    ("given", "services"),
    [
        (["orders"], [{"name": "orders"}]),
        ("orders", [{"name": "orders"}]),
        ("orders, bills", [{"name": "orders"}, {"name": "bills"}]),
        ([{"name": "orders", "size": 2048}, "bills"], [{"name": "orders", "size": 2048}, {"name": "bills"}]),
        ([], []),
        ([7], [7]),
        (None, None),
        ({"name": "orders"}, {"name": "orders"}),
    ],
)
def test_a_text_is_the_name_of_a_service(given: t.Any, services: t.Any) -> None:
    assert _arguments.in_full(given) == services


@pytest.mark.parametrize("names", ["orders,bills", ["orders", "bills"], "orders, bills "])
def test_those_services_alone_that_are_taken_away(names: t.Any) -> None:
    services = ["orders", {"name": "bills", "owner": "b"}, "other"]
    found = _arguments.without_others({"services": services, "absent": names, "defaults": {}})
    absent = [{"name": "orders", "state": "absent"}, {"name": "bills", "owner": "b", "state": "absent"}]
    assert found == {"services": absent, "defaults": {}}
    assert _arguments.without_others({"services": services}) == {"services": services}
