# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One file under two names, and one file that two key pairs want in two ways."""

from __future__ import annotations

import stat
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils import _run
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, picture, run, wanted


@pytest.mark.parametrize(
    "second",
    [
        {"public_path": "link/env"},
        {"jwk_path": "link/key"},
        {"active_link": "link/key"},
        {"public_path": "real/jwk", "jwk_path": "link/jwk"},
        {"environment": [{"path": "real/env"}, {"path": "link/env"}]},
    ],
)
def test_one_file_under_two_names_is_refused(tmp_path: Path, second: t.Dict[str, t.Any]) -> None:
    """The public key would take the place of the private one, or of the only copy of its passphrase."""
    (tmp_path / "real").mkdir(0o700)
    (tmp_path / "link").symlink_to("real")
    given: t.Dict[str, t.Any] = {"environment": [{"path": tmp_path / "real" / "env"}], "generate_passphrase": True}
    path = tmp_path / "real" / "key"
    run(path, **given)
    before = picture(tmp_path)
    for option, value in second.items():
        if isinstance(value, list):
            given[option] = [dict(item, path=tmp_path / item["path"]) for item in value]
        else:
            given[option] = tmp_path / value
    for check in (True, False):
        with pytest.raises(KeysmithError, match="are the same file; give each its own"):
            run(path, check, **given)
    assert picture(tmp_path) == before


@pytest.mark.parametrize("other", [{"mode": "0644"}, {"mode": "0640"}, {"owner": "0"}])
def test_one_environment_file_has_one_mode_and_owner(tmp_path: Path, other: t.Dict[str, str]) -> None:
    def pair(name: str, passphrase: t.Optional[str], **attributes: str) -> t.Any:
        variables = {"passphrase_variable": name + "_P", "key_id_variable": name + "_I", "key_path_variable": ""}
        item = {"path": tmp_path / "env", **variables, **attributes}
        return wanted(tmp_path / name, environment=[item], passphrase=passphrase)

    pairs = {"a": pair("a", FIRST, mode="0600"), "b": pair("b", None, **{"mode": "0600", **other})}
    made = _run.run(pairs, False, False)
    assert made["a"].result["changed"] and "gets another mode, owner or group for a" in str(made["b"].error)
    assert stat.S_IMODE((tmp_path / "env").stat().st_mode) == 0o600


def test_an_environment_file_of_one_that_goes_says_nothing_of_its_mode(tmp_path: Path) -> None:
    def pair(name: str, state: str, mode: str) -> t.Any:
        variables = {"passphrase_variable": "", "key_id_variable": name, "key_path_variable": ""}
        return wanted(tmp_path / name, environment=[{"path": tmp_path / "env", "mode": mode, **variables}], state=state)

    _run.run({name: pair(name, "present", "0640") for name in "ab"}, False, False)
    made = _run.run({"a": pair("a", "present", "0640"), "b": pair("b", "absent", "0600")}, False, False)
    assert [made[name].error for name in "ab"] == [None, None] and made["b"].result["changed"]


def test_a_passphrase_under_a_name_that_is_no_longer_ours_is_not_let_out(tmp_path: Path) -> None:
    env = tmp_path / "env"
    run(tmp_path / "key", passphrase=FIRST, environment=[{"path": env}])
    before = picture(tmp_path)
    for check in (True, False):
        with pytest.raises(KeysmithError, match="^environment: mode: .*/env holds the passphrase, and 0644 lets in"):
            item = {"path": env, "mode": "0644", "passphrase_variable": ""}
            run(tmp_path / "key", check, passphrase=FIRST, environment=[item])
    assert picture(tmp_path) == before
