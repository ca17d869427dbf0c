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
    with pytest.raises(KeysmithError, match="is a name reserved for temporary files and backups; choose another"):
        values.absolute("path", "/srv/" + name)
    assert values.absolute("path", "/srv/%s/key" % name.strip(".")) and values.absolute("path", "/srv/x" + name[:5])


def test_a_name_has_room_for_those_that_are_made_of_it() -> None:
    assert values.absolute("path", "/srv/" + "k" * values.LONGEST_NAME)
    for name in ("k" * (values.LONGEST_NAME + 1), "\u00fc" * 101):
        with pytest.raises(KeysmithError, match="^path: the name of the file is longer than 200 octets"):
            values.absolute("path", "/srv/" + name)


def test_a_path_that_the_locale_cannot_say(monkeypatch: t.Any) -> None:
    monkeypatch.setattr(os, "fsencode", lambda text: text.encode("ascii"))
    with pytest.raises(
        KeysmithError, match="^path: holds characters that the host's locale does not allow in file names"
    ):
        values.absolute("path", "/srv/\u00fc")


@pytest.mark.parametrize("path", ["/", "/etc", "/usr", "//var/lib", "/etc/ssl/private", "/home"])
def test_directories_of_the_system_stay_as_they_are(path: str) -> None:
    with pytest.raises(KeysmithError, match="^directory: .* is a system directory|^directory: give an absolute path"):
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


SECRET, PUBLIC, DIRECTORY = values.SECRET, values.PUBLIC, values.DIRECTORY


@pytest.mark.parametrize(
    ("rule", "given", "number"),
    [
        (SECRET, "0600", 0o600),
        (SECRET, "600", 0o600),
        (SECRET, 0o600, 0o600),
        (SECRET, "0640", 0o640),
        (SECRET, "0400", 0o400),
        (PUBLIC, "0644", 0o644),
        (PUBLIC, 0o644, 0o644),
        (PUBLIC, "0444", 0o444),
        (PUBLIC, "0664", 0o664),
        (PUBLIC, "0600", 0o600),
        (DIRECTORY, "0700", 0o700),
        (DIRECTORY, 0o755, 0o755),
    ],
)
def test_modes(rule: values.Mode, given: t.Any, number: int) -> None:
    assert values.mode("mode", given, rule) == number


@pytest.mark.parametrize(
    ("rule", "given", "why"),
    [
        (SECRET, "0644", "0644 is too open for a secret"),
        (SECRET, 0o644, "0644 is too open for a secret"),
        (SECRET, "0700", "0700 is too open"),
        (SECRET, "0200", "0200 is too open for a secret, or its owner cannot read it"),
        (SECRET, "4600", "4600 is too open"),
        (SECRET, 600, "600 is not in quotes, .* write '0600'"),
        (SECRET, 400, "400 is not in quotes, .* write '0400'"),
        (SECRET, 660, "660 is not in quotes, .* write '0660'"),
        (PUBLIC, "0666", "0666 is too open"),
        (PUBLIC, "0645", "0645 is too open"),
        (PUBLIC, "0755", "0755 is too open"),
        (PUBLIC, "0044", "0044 is too open for a public file, or its owner cannot read it"),
        (PUBLIC, 444, "444 is not in quotes, .* write '0444'"),
        (PUBLIC, 644, "644 is not in quotes, .* write '0644'"),
        (PUBLIC, "2644", "2644 is"),
        (DIRECTORY, "0777", "0777 has to give the owner all permissions and no other user write permission"),
        (DIRECTORY, "0500", "0500 has to"),
        (DIRECTORY, 700, "700 is not in quotes, .* write '0700'"),
        *((PUBLIC, given, "has to be octal digits in quotes") for given in ("", "8", "u=rw", None, True, 8.5, 9999)),
        *((PUBLIC, given, "has to be octal digits in quotes") for given in ("0x1a4", "64400", "\u0666", [420], -1)),
    ],
)
def test_modes_that_are_refused(rule: values.Mode, given: t.Any, why: str) -> None:
    with pytest.raises(KeysmithError, match="^option: %s" % why):
        values.mode("option", given, rule)


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
