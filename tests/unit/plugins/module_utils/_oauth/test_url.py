# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""URLs of servers."""

from __future__ import annotations

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._oauth import url


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("", "begins with https://"),
        ("login.example.com/token", "begins with https://"),
        ("ftp://login.example.com/", "begins with https://"),
        ("file:///etc/passwd", "begins with https://"),
        ("https://", "begins with https://"),
        ("https:///token", "begins with https://"),
        ("https://h:0/", "begins with https://"),
        ("https://h:99999/", "begins with https://"),
        ("https://[::1/", "begins with https://"),
        ("https://h/a b", "begins with https://"),
        ("https://h/\r\nX: y", "begins with https://"),
        ("https://zürich.example/", "begins with https://"),
        ("https://user:canary@h/", "without a user, a password or a fragment"),
        ("https://h/#canary", "without a user, a password or a fragment"),
    ],
)
def test_urls_that_are_none(given: str, message: str) -> None:
    with pytest.raises(KeysmithError, match="^token_endpoint: has to be a URL .*" + message) as error:
        url.check_url("token_endpoint", given)
    assert "canary" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "open"),
    [
        ("https://h/", False),
        ("http://h/", True),
        ("http://localhost:8080/", False),
        ("http://127.0.0.2/", False),
        ("http://[::1]:7/", False),
        ("http://10.0.0.1/", True),
        ("http://localhost.example/", True),
    ],
)
def test_what_others_on_the_way_can_read(given: str, open: bool) -> None:
    url.check_url("token_endpoint", given)
    assert url.is_open(given) is open
