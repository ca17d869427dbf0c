# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a call of the batch module before it is looked into: where its record is, and what may be shown."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair.remembered import Remembered
from ansible_collections.keysmith.jwt.plugins.module_utils._service import call
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, SECOND

NOTHING: t.Dict[str, t.Any] = dict.fromkeys(
    ("keypairs", "secrets", "services", "defaults", "make", "recipients", "sealed")
)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, True),
        ({"make": [], "recipients": {}, "sealed": {}}, True),
        ({"make": ["orders/v1"]}, False),
        ({"recipients": {"orders/v1": {}}}, False),
        ({"sealed": {"orders/v1": "x"}}, False),
    ],
)
def test_calls_with_which_hosts_share_keys_are_made_once(options: t.Dict[str, t.Any], expected: bool) -> None:
    assert call.is_routine({**NOTHING, **options}) is expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, None),
        ({"keypairs": []}, []),
        ({"keypairs": [{"name": "a", "path": "~/x/a.key"}, {"name": "b", "path": "/b"}]}, ["~/x/a.key", "/b"]),
        ({"keypairs": [{"name": "a"}]}, None),
        ({"keypairs": [{"path": "/a"}]}, None),
        ({"keypairs": [{"name": "a", "path": "/a"}], "secrets": [1]}, None),
        ({"services": []}, []),
        ({"services": [{"name": "a"}, {"name": "b"}]}, ["/etc/a/jwt", "/etc/b/jwt"]),
        ({"services": [{"name": "a"}, {"name": "a", "directory": "/b"}]}, None),
        ({"services": [{"name": "a"}], "defaults": {"directory": "/srv/{name}/"}}, ["/srv/a"]),
        ({"services": [{"name": "a", "directory": "/a"}], "defaults": {"directory": "/srv/{name}"}}, ["/a"]),
        ({"services": [{"name": "a", "directory": "~/$WHERE/{name}"}]}, ["~/$WHERE/a"]),
        ({"services": [{"name": "a", "size": {1}}]}, None),
    ],
)
def test_where_a_record_can_be(options: t.Dict[str, t.Any], expected: t.Optional[t.List[str]]) -> None:
    asked = call.asked({**NOTHING, **options})
    links = [one + "/current/private.key" for one in expected or ()] if "services" in options else expected
    assert (None if asked is None else [one[0] for one in asked]) == (None if expected is None else links)


def test_a_change_of_one_service_is_none_of_another() -> None:
    def texts(**second: t.Any) -> t.List[str]:
        options = {**NOTHING, "services": [{"name": "a"}, {"name": "b", **second}], "defaults": {"size": 2048}}
        return [one[1] for one in call.asked(options) or ()]

    before, after = texts(), texts(size=4096)
    assert before[0] == after[0] and before[1] != after[1] and len(set(before)) == 2


def test_names_that_hosts_resolve_are_those_of_the_service() -> None:
    services = [{"name": "a", "owner": "{name}", "environment": {"group": "web", "path": "~/x"}}]
    (asked,) = call.asked({**NOTHING, "services": services, "defaults": {"group": "$x"}}) or ()
    assert sorted(asked[2]) == [("group", "$x"), ("group", "web"), ("owner", "a"), ("path", "~/x")]


ACTIVE = Remembered({"jwk": {"kid": "2"}}, ["one"], {"pairs": ["a/v2", "a/v1"], "retired": {"a/v0": {"path": "/0"}}})
OTHER = Remembered({"jwk": {"kid": "1"}}, ["one", "two"], {"shared": {"kind": "EC"}})


def test_a_call_is_recalled_of_its_records() -> None:
    result, texts = call.recalled({**NOTHING, "services": [{"name": "a"}]}, [[ACTIVE, OTHER]]) or ({}, [])
    assert texts == ["a/v2, a/v1: one", "a/v1: two"]
    assert result == {
        "changed": False,
        "keypairs": {"a/v2": ACTIVE.result, "a/v1": OTHER.result, "a/v0": {"path": "/0"}},
        "jwks": {"a": {"keys": [{"kid": "2"}, {"kid": "1"}]}},
        "restart": [],
        "restart_due": {},
        "units": [],
        "shared": {"a/v1": {"kind": "EC"}},
    }
    keypairs = {**NOTHING, "keypairs": [{"name": "k"}]}
    texts = ["k: one", "k: two"]
    assert call.recalled(keypairs, [[OTHER]]) == ({"changed": False, "keypairs": {"k": OTHER.result}}, texts)


@pytest.mark.parametrize(
    "found", [[], [[OTHER]], [[ACTIVE]], [[OTHER, ACTIVE]], [[ACTIVE, OTHER], [ACTIVE, OTHER]], [[]]]
)
def test_records_of_another_call_are_not_taken(found: t.List[t.List[Remembered]]) -> None:
    assert call.recalled({**NOTHING, "services": [{"name": "a"}]}, found) is None


def test_services_are_shown_without_their_secrets() -> None:
    secrets = {"passphrase": FIRST, "previous_passphrases": [SECOND]}
    services, defaults = [{"name": "a", **secrets}, {"name": "b"}], {"size": 4096, **secrets}
    shown = call.shown({**NOTHING, "services": services, "defaults": defaults})
    assert shown == {"services": [{"name": "a"}, {"name": "b"}], "defaults": {"size": 4096}, "keypairs": None}
    assert call.shown(NOTHING) == {"services": None, "defaults": None, "keypairs": None}
