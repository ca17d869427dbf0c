# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a call of the batch module before it is looked into: where its record is, and what may be shown."""

from __future__ import annotations

import typing as t

import pytest
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
        ({"keypairs": []}, []),
        ({"keypairs": [{"name": "a", "path": "/x/a.key"}, {"name": "b"}]}, ["/x/a.key", "None"]),
        ({"services": []}, []),
        ({"services": [{"name": "a"}, {"name": "b"}]}, ["/etc/a/jwt", "/etc/b/jwt"]),
        ({"services": [{"name": "a"}], "defaults": {"directory": "/srv/{name}/"}}, ["/srv/a"]),
        ({"services": [{"name": "a", "directory": "/a"}], "defaults": {"directory": "/srv/{name}"}}, ["/a"]),
        ({"services": [{}]}, ["/etc/None/jwt"]),
        ({"services": [{"name": "a", "directory": "~/$WHERE/{name}"}]}, ["/home/me/keys/a"]),
        ({"keypairs": [{"name": "a", "path": "~/a.key"}]}, ["/home/me/a.key"]),
    ],
)
def test_where_a_record_can_be(monkeypatch: t.Any, options: t.Dict[str, t.Any], expected: t.List[str]) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("WHERE", "keys")
    assert call.anchors({**NOTHING, **options}) == expected


def test_services_are_shown_without_their_secrets() -> None:
    secrets = {"passphrase": FIRST, "previous_passphrases": [SECOND]}
    services, defaults = [{"name": "a", **secrets}, {"name": "b"}], {"size": 4096, **secrets}
    shown = call.shown({**NOTHING, "services": services, "defaults": defaults})
    assert shown == {"services": [{"name": "a"}, {"name": "b"}], "defaults": {"size": 4096}, "keypairs": None}
    assert call.shown(NOTHING) == {"services": None, "defaults": None, "keypairs": None}
