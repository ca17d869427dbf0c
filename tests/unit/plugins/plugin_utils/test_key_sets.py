# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_key_sets: which files hold the public keys of which hosts."""

from __future__ import annotations

import os

import pytest
from ansible_collections.keysmith.jwt.plugins.plugin_utils._key_sets import key_sets

FIRST, SECOND = {"kid": "1"}, {"kid": "2"}


def test_a_service_has_the_files_of_its_hosts_and_the_set_of_them() -> None:
    answers = {
        "a": {"jwks": {"orders": {"keys": [FIRST, SECOND]}}},
        "b": {},
        "c": {"jwks": {"orders": {"keys": [FIRST]}}},
    }
    assert key_sets("/out", answers.items()) == [
        {"path": "/out/orders/a.jwk.json", "single": True, "jwks": [FIRST]},
        {"path": "/out/orders/a.jwks.json", "jwks": [FIRST, SECOND]},
        {"path": "/out/orders/c.jwk.json", "single": True, "jwks": [FIRST]},
        {"path": "/out/orders/c.jwks.json", "jwks": [FIRST]},
        {"path": "/out/orders.jwks.json", "sources": ["/out/orders"]},
    ]


@pytest.mark.parametrize("host", ["one/two", "../../x", "/etc/x"])
def test_the_name_of_a_host_leads_nowhere(host: str) -> None:
    sets = key_sets("/srv/keys", [(host, {"jwks": {"orders": {"keys": [FIRST]}}})])
    paths = [os.path.normpath(one["path"]) for one in sets]
    assert len(paths) == 3 and all(path.startswith("/srv/keys/orders") for path in paths)
