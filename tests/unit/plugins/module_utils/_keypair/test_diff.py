# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a diff shows: public facts, and of anything that can be a secret only whether it is there."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, SECOND, run


def files(folder: Path) -> t.Dict[str, t.Any]:
    return {
        "public_path": folder / "public.pem",
        "jwk_path": folder / "jwk.json",
        "environment": [{"path": folder / "env"}],
        "active_link": folder.parent / "current",
    }


def diffed(folder: Path, check: bool = False, **options: t.Any) -> t.Tuple[t.Dict[str, t.Any], t.Dict[str, t.Any]]:
    """Before and after, by the names of the files."""
    diff = run(folder / "private.key", check, **files(folder), **options)["diff"]
    json.dumps(diff)
    return tuple(  # type: ignore[return-value]
        {Path(name).name: shown for name, shown in diff[side].items()} for side in ("before", "after")
    )


@pytest.mark.parametrize("check", [True, False])
def test_a_new_key_pair(tmp_path: Path, check: bool) -> None:
    before, after = diffed(tmp_path / "v1", check, passphrase=FIRST, directory_mode="0750")
    assert all(shown == "(absent)" for shown in before.values()) and set(before) == set(after)
    assert after["v1"] == {"mode": "0750"} and after["current"] == "v1"
    assert after["private.key"]["key"] == "P-256" and after["private.key"]["passphrase"] == "passphrase"
    assert after["env"]["PRIVATE_KEY_PASSWORD"] == "(a passphrase)"
    if check:
        assert after["private.key"]["thumbprint"] == after["jwk.json"]["content"] == "(of the new key)"
    else:
        assert json.loads(after["jwk.json"]["content"])["kid"] == after["private.key"]["thumbprint"]
        assert after["env"]["PRIVATE_RSA_KEY_ID"] == after["private.key"]["thumbprint"]


def test_a_change_of_the_passphrase_is_seen_and_not_shown(tmp_path: Path) -> None:
    diffed(tmp_path / "v1", passphrase=FIRST)
    before, after = diffed(tmp_path / "v1", passphrase=SECOND, previous_passphrases=[FIRST])
    assert before["env"]["PRIVATE_KEY_PASSWORD"] == "(a passphrase)"
    assert after["env"]["PRIVATE_KEY_PASSWORD"] == "(another passphrase)"
    assert (before["private.key"]["passphrase"], after["private.key"]["passphrase"]) == ("environment", "passphrase")
    assert before["jwk.json"] == after["jwk.json"]


def test_a_replaced_key(tmp_path: Path) -> None:
    diffed(tmp_path / "v1")
    before, after = diffed(tmp_path / "v1", algorithm="EdDSA", regenerate="mismatch")
    assert (before["private.key"]["key"], after["private.key"]["key"]) == ("P-256", "Ed25519")
    assert before["private.key"]["thumbprint"] != after["private.key"]["thumbprint"]


def test_modes(tmp_path: Path) -> None:
    diffed(tmp_path / "v1")
    before, after = diffed(tmp_path / "v1", mode="0640")
    assert (before["private.key"]["mode"], after["private.key"]["mode"]) == ("0600", "0640")
    assert before["env"] == after["env"]


def test_what_was_in_an_environment_file_before_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "env").write_bytes(b"OTHER_SECRET=canary-canary\nPRIVATE_KEY_PASSWORD=canary-canary\n")
    for check in (True, False):
        shown = diffed(tmp_path / "v1", check, previous_passphrases=["canary-canary"])
        assert "canary" not in json.dumps(shown)


def test_a_variable_that_was_set_twice(tmp_path: Path) -> None:
    diffed(tmp_path / "v1")
    env = tmp_path / "v1" / "env"
    env.write_bytes(b"PRIVATE_RSA_KEY_ID=first\n" + env.read_bytes())
    before, after = diffed(tmp_path / "v1")
    assert after["env"] == dict(before["env"], lines="(each variable once)")


def test_no_secret_in_any_diff(tmp_path: Path) -> None:
    shown = []
    for options in (
        {"passphrase": FIRST},
        {"passphrase": SECOND, "previous_passphrases": [FIRST], "format": "traditional"},
        {"encrypted": False, "previous_passphrases": [SECOND]},
        {"state": "absent", "regenerate": "always"},
    ):
        for check in (True, False):
            shown.append(json.dumps(diffed(tmp_path / "v1", check, **options)))
    text = "".join(shown)
    assert FIRST not in text and SECOND not in text and "PRIVATE KEY-----" not in text


def test_a_link_that_is_right_is_shown_as_it_is(tmp_path: Path) -> None:
    path, link = tmp_path / "v1" / "private.key", tmp_path / "current"
    run(path)
    link.symlink_to(str(tmp_path / "v1"))
    diff = run(path, True, active_link=link, mode="0640")["diff"]
    assert diff["before"][str(link)] == diff["after"][str(link)] == str(tmp_path / "v1")
