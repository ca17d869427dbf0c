# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths on the controller as people write them."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _controller_directory


@pytest.mark.parametrize(
    "written, meant",
    [
        ("/srv/jwks", "/srv/jwks"),
        ("/srv//jwks/", "/srv/jwks"),
        ("/srv/./inventory/../jwks", "/srv/jwks"),
        ("/..", "/"),
        ("/", "/"),
        ("~/jwks", "/home/operator/jwks"),
        ("jwks", "jwks"),
        ("", ""),
    ],
)
def test_a_path_means_one_directory(written: str, meant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/operator")
    assert _controller_directory.plain(written) == meant


def test_the_parent_of_a_link_is_that_of_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "projects" / "inventory").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "projects" / "inventory")
    assert _controller_directory.plain(f"{tmp_path}/link/../jwks") == f"{tmp_path}/projects/jwks"
    assert _controller_directory.plain(f"{tmp_path}/link/jwks") == f"{tmp_path}/link/jwks"


@pytest.mark.parametrize("path", ["jwks", "../jwks", "/srv/\njwks", "", None, ["/srv"]])
def test_what_is_no_absolute_path_is_not_usable(path: t.Any) -> None:
    assert not _controller_directory.usable(path)
