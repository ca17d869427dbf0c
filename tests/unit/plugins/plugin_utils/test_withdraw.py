# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_withdraw: what goes on the controller when hosts have a service no more, in check mode and really."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _version_files, _withdraw

HOSTS = _version_files.Hosts(["a", "b"])


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """The files of two hosts, and their set."""
    (tmp_path / "orders").mkdir()
    for host in "ab":
        for kind in ("jwk", "jwks"):
            (tmp_path / "orders" / ("%s.%s.json" % (host, kind))).write_text("{}")
    (tmp_path / "orders.jwks.json").write_text(json.dumps({"keys": []}))
    return tmp_path


def left(output: Path) -> t.Set[str]:
    return {str(path.relative_to(output)) for path in output.rglob("*")}


@pytest.mark.parametrize("check", [True, False])
def test_one_host_s_files_go_and_the_set_is_made_of_the_others(output: Path, check: bool) -> None:
    before, withdrawal = left(output), _withdraw.Withdrawal(str(output), check, HOSTS)
    withdrawal.withdraw("orders", ["a"], comes=False)
    gone = {"orders/a.jwk.json", "orders/a.jwks.json"}
    assert left(output) == (before if check else before - gone)
    assert {one["path"] for one in withdrawal.files} == {str(output / name) for name in gone}
    assert [one["after"] for one in withdrawal.diffs] == ["", ""]
    others = [str(output / "orders" / ("b.%s.json" % kind)) for kind in ("jwk", "jwks")]
    assert withdrawal.sources == {"orders": others if check else [str(output / "orders")]}


def test_with_the_last_host_the_set_goes(output: Path) -> None:
    withdrawal = _withdraw.Withdrawal(str(output), False, HOSTS)
    withdrawal.withdraw("orders", ["a", "b"], comes=False)
    assert left(output) == set() and withdrawal.sources == {} and len(withdrawal.files) == 5
    again = _withdraw.Withdrawal(str(output), False, HOSTS)
    again.withdraw("orders", ["a", "b"], comes=False)
    assert again.files == []


def test_the_set_stays_for_a_host_that_comes(output: Path) -> None:
    withdrawal = _withdraw.Withdrawal(str(output), False, HOSTS)
    withdrawal.withdraw("orders", ["a", "b"], comes=True)
    assert left(output) == {"orders", "orders.jwks.json"}


def test_what_others_have_put_there_stays(output: Path) -> None:
    (output / "orders" / "notes.txt").write_text("mine")
    _withdraw.Withdrawal(str(output), False, HOSTS).withdraw("orders", ["a", "b"], comes=False)
    assert left(output) == {"orders", "orders/notes.txt"}
    (output / "orders" / "a.jwk.json").symlink_to("/etc/passwd")
    with pytest.raises(KeysmithError, match="symbolic link"):
        _withdraw.Withdrawal(str(output), False, HOSTS).withdraw("orders", ["a"], comes=False)
