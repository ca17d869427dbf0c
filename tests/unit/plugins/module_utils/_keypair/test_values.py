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
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import values


@pytest.mark.parametrize("path", ["", "relative", "~/key", "/", "/etc/", "/etc/../key", "/etc/\0", "/etc/k\u202eey"])
def test_paths_that_are_refused(path: str) -> None:
    with pytest.raises(KeysmithError, match="^path: give an absolute path|^path: is needed"):
        if values.absolute("path", path) == "":
            raise KeysmithError("path: is needed.")


@pytest.mark.parametrize(
    "name",
    [".ks-env.0123456789abcdef.tmp", ".private.key.staged", ".restart-due", "k.AAAAAAAA.20261123T101500123456Z.bak"],
)
def test_names_of_our_own_are_nobody_else_s(name: str) -> None:
    with pytest.raises(KeysmithError, match="is a name that runs use for what they have not finished; take another"):
        values.absolute("path", "/srv/" + name)
    assert values.absolute("path", "/srv/%s/key" % name.strip(".")) and values.absolute("path", "/srv/x" + name[:5])


def test_a_name_has_room_for_those_that_are_made_of_it() -> None:
    assert values.absolute("path", "/srv/" + "k" * values.LONGEST_NAME)
    for name in ("k" * (values.LONGEST_NAME + 1), "\u00fc" * 101):
        with pytest.raises(KeysmithError, match="^path: the name of the file is longer than 200 octets"):
            values.absolute("path", "/srv/" + name)


def test_a_path_that_the_locale_cannot_say(monkeypatch: t.Any) -> None:
    monkeypatch.setattr(os, "fsencode", lambda text: text.encode("ascii"))
    with pytest.raises(KeysmithError, match="^path: holds characters that the host's locale cannot name files with"):
        values.absolute("path", "/srv/\u00fc")


@pytest.mark.parametrize("path", ["/", "/etc", "/usr", "//var/lib", "/etc/ssl/private", "/home"])
def test_directories_of_the_system_stay_as_they_are(path: str) -> None:
    with pytest.raises(KeysmithError, match="^directory: .* is the system's|^directory: give an absolute path"):
        values.own_directory("directory", path)


@pytest.mark.parametrize("path", ["/keys", "/etc/orders", "/var/lib/orders", "/etc/ssl/private/orders", ""])
def test_directories_of_one_s_own(path: str) -> None:
    assert values.own_directory("directory", path) == path


@pytest.mark.parametrize(
    ("path", "normal"),
    [("/a//b", "/a/b"), ("//a/b", "/a/b"), ("/a/./b", "/a/b"), ("/a/b c", "/a/b c"), ("/a/...", "/a/..."), ("", "")],
)
def test_each_file_has_one_spelling(path: str, normal: str) -> None:
    assert values.absolute("path", path) == normal


@pytest.mark.parametrize(
    ("mode", "number"), [("0600", 0o600), ("600", 0o600), (0o600, 0o600), ("0640", 0o640), ("0400", 0o400)]
)
def test_modes_of_secrets(mode: t.Any, number: int) -> None:
    assert values.secret_mode("mode", mode) == number


def test_owners_by_name_and_number() -> None:
    me, mine = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    assert values.ids(me, mine) == values.ids(str(os.geteuid()), str(os.getegid())) == (os.geteuid(), os.getegid())
    assert values.ids(None, "") == (-1, -1)


def test_what_only_root_can_give_is_refused_to_others_before_anything_is_done(monkeypatch: t.Any) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    monkeypatch.setattr(os, "getgroups", lambda: [4343])
    monkeypatch.setattr(os, "getegid", lambda: 4242)
    assert values.ids("4242", "4343") == (4242, 4343)
    with pytest.raises(KeysmithError, match="^owner: only root can give a file to root; use become"):
        values.ids("root", None)
    with pytest.raises(KeysmithError, match="^group: only root can give a file to group root; use become"):
        values.ids(None, "root")


def test_numbers_of_users_and_groups() -> None:
    for owner in ("\u0663", "4294967295"):
        with pytest.raises(KeysmithError, match="^owner: there is no user"):
            values.ids(owner, None)
        with pytest.raises(KeysmithError, match="^group: there is no group"):
            values.ids(None, owner)
