# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of a service on its host."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._service import history, host_history
from ansible_collections.keysmith.jwt.plugins.module_utils._service.history import Found, Version

X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
JWK = {"kty": "OKP", "use": "sig", "alg": "EdDSA", "kid": "a", "crv": "Ed25519", "x": X}
#: Of the key in RFC 8037 appendix A.
FOUND = Found("a", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "EdDSA")
HISTORY = (Version("v1", *FOUND, created=1_800_000_000),)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "orders"
    version(path, "v1")
    (path / "current").symlink_to("v1")
    return path


def version(directory: Path, name: str, jwk: t.Any = None) -> None:
    folder = directory / name
    folder.mkdir(parents=True)
    (folder / "private.key").touch()
    (folder / "jwk.json").write_text(json.dumps(JWK if jwk is None else jwk))


def test_what_is_there(directory: Path) -> None:
    assert host_history.look(str(directory)) == (b"", {"v1": FOUND}, "v1", frozenset())
    assert host_history.look(str(directory / "nothing")) == host_history.Contents()


def test_what_is_no_complete_version(directory: Path) -> None:
    version(directory, "no-key")
    (directory / "no-key" / "private.key").unlink()
    version(directory, "no-jwk")
    (directory / "no-jwk" / "jwk.json").unlink()
    for number, jwk in enumerate(
        ({}, [], 5, {"kty": "RSA"}, {**JWK, "kty": 1}, {**JWK, "kid": 1}, {**JWK, "x": None}, "\ud800")
    ):
        version(directory, "wrong-%d" % number, jwk)
    version(directory, "deep")
    (directory / "deep" / "jwk.json").write_text("[" * 50_000)
    version(directory, "pipe")
    (directory / "pipe" / "jwk.json").unlink()
    os.mkfifo(directory / "pipe" / "jwk.json")
    (directory / "file").touch()
    (directory / "link").symlink_to("v1")
    contents = host_history.look(str(directory))
    assert set(contents.found) == {"v1"}
    assert contents.unclear == {"no-jwk", "deep", "pipe", *("wrong-%d" % number for number in range(8))}


def test_a_key_without_its_jwk_is_the_one_that_the_history_knows(directory: Path) -> None:
    """Else a rotation would take it for gone, and have the service use a key that nobody knows."""
    (directory / "v1" / "jwk.json").unlink()
    contents = host_history.look(str(directory))
    assert (contents.found, contents.active, contents.unclear) == ({}, "v1", {"v1"})
    assert contents.known(HISTORY) == (b"", {"v1": FOUND}, "v1", frozenset())
    assert contents.known(()) == contents


def test_no_history_is_begun_where_there_is_nothing(directory: Path) -> None:
    assert not host_history.keep_at_once(str(directory), ())
    assert not (directory / "history.json").exists()


@pytest.mark.parametrize("name", ["a\nb", ".hidden", "-rf", " x ", "{{ x }}", "\x1b[2J", b"\xff"])
def test_a_directory_that_no_version_is_called_like_is_none(directory: Path, name: t.Any) -> None:
    """In the history, it would be a name that is refused, and end all later runs."""
    path = os.path.join(os.fsencode(directory), os.fsencode(name))
    os.rename(directory / "v1", path)
    assert not host_history.look(str(directory)).found


@pytest.mark.parametrize("target", ["v2", "..", "../orders/v1", "/etc", ""])
def test_a_link_that_leads_to_no_version(directory: Path, target: str) -> None:
    (directory / "current").unlink()
    if target:
        (directory / "current").symlink_to(target)
    assert host_history.look(str(directory)).active == ""


def test_it_is_read_as_it_was_kept(directory: Path) -> None:
    assert host_history.keep_at_once(str(directory), HISTORY)
    contents = host_history.look(str(directory))
    assert contents.text == history.render(HISTORY)
    assert host_history.read(contents, str(directory)) == HISTORY
    assert (directory / "history.json").stat().st_mode & 0o7777 == 0o644
    assert {path.name for path in directory.iterdir()} == {"v1", "current", "history.json"}


def test_what_is_as_it_was_is_not_written(directory: Path) -> None:
    host_history.keep_at_once(str(directory), HISTORY)
    before = (directory / "history.json").stat()
    assert not host_history.keep_at_once(str(directory), HISTORY)
    assert (directory / "history.json").stat() == before


def test_there_is_no_history_of_no_directory(tmp_path: Path) -> None:
    assert not host_history.keep_at_once(str(tmp_path / "nothing"), HISTORY)
    assert not list(tmp_path.iterdir())


def test_another_file_of_that_name_is_not_replaced(directory: Path) -> None:
    (directory / "history.json").write_text('{"mine": 1}')
    with pytest.raises(KeysmithError, match="^%s/history.json: this is not a history" % directory):
        host_history.read(host_history.look(str(directory)), str(directory))
    (directory / "history.json").unlink()
    (directory / "history.json").symlink_to("/etc/passwd")
    with pytest.raises(KeysmithError, match="symbolic link"):
        host_history.look(str(directory))
