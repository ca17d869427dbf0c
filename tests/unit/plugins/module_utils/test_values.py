# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of options one by one."""

from __future__ import annotations

import grp
import os
import pwd
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils import _values
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError


@pytest.mark.parametrize("path", ["", "relative", "~/key", "/", "/etc/", "/etc/../key", "/etc/\0", "/etc/k\u202eey"])
def test_paths_that_are_refused(path: str) -> None:
    with pytest.raises(KeysmithError, match="^path: give an absolute path|^path: is needed"):
        if _values.absolute("path", path) == "":
            raise KeysmithError("path: is needed.")


@pytest.mark.parametrize(
    ("path", "normal"),
    [("/a//b", "/a/b"), ("//a/b", "/a/b"), ("/a/./b", "/a/b"), ("/a/b c", "/a/b c"), ("/a/...", "/a/..."), ("", "")],
)
def test_each_file_has_one_spelling(path: str, normal: str) -> None:
    assert _values.absolute("path", path) == normal


@pytest.mark.parametrize(
    ("mode", "number"), [("0600", 0o600), ("600", 0o600), (0o600, 0o600), ("0640", 0o640), ("0400", 0o400)]
)
def test_modes_of_secrets(mode: t.Any, number: int) -> None:
    assert _values.secret_mode("mode", mode) == number


def test_owners_by_name_and_number() -> None:
    me, mine = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    assert _values.ids(me, mine) == _values.ids(str(os.geteuid()), str(os.getegid())) == (os.geteuid(), os.getegid())
    assert _values.ids(None, "") == (-1, -1)


def test_what_only_root_can_give_is_refused_to_others_before_anything_is_done(monkeypatch: t.Any) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    monkeypatch.setattr(os, "getgroups", lambda: [4343])
    monkeypatch.setattr(os, "getegid", lambda: 4242)
    assert _values.ids("4242", "4343") == (4242, 4343)
    with pytest.raises(KeysmithError, match="^owner: only root can give a file to root; use become"):
        _values.ids("root", None)
    with pytest.raises(KeysmithError, match="^group: only root can give a file to group root; use become"):
        _values.ids(None, "root")
