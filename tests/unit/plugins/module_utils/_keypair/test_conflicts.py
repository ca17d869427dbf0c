# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One file under two names, and one file that two key pairs want in two ways."""

from __future__ import annotations

import os
import shutil
import stat
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import run as keypair_run
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
    made = keypair_run.run(pairs, False, False)
    assert made["a"].result["changed"] and "has a different mode, owner or group for a" in str(made["b"].error)
    assert stat.S_IMODE((tmp_path / "env").stat().st_mode) == 0o600


def by_name(**pairs: t.Any) -> t.Dict[str, str]:
    """What is wrong with each, in check mode and in a real run, which are the same; empty for nothing."""
    found = [keypair_run.run(pairs, check, False) for check in (True, False)]
    told = [{name: str(one.error or "") for name, one in outcomes.items()} for outcomes in found]
    assert told[0] == told[1]
    return told[1]


@pytest.mark.parametrize("first", ["present", "absent"])
def test_a_key_that_is_to_be_there_and_gone_stays(tmp_path: Path, first: str) -> None:
    path = tmp_path / "v1" / "key"
    run(path)
    before = picture(tmp_path)
    other = {"present": "absent", "absent": "present"}[first]
    errors = by_name(a=wanted(path, state=first, backup=False), b=wanted(path, state=other, backup=False))
    creating, removing = "ab" if first == "present" else "ba"
    sentence = "path: %s creates %s and %s removes it; remove one of the two items." % (creating, path, removing)
    assert errors == {"a": sentence, "b": sentence}
    assert picture(tmp_path) == before


def test_a_link_is_one_key_pair_s(tmp_path: Path) -> None:
    link = tmp_path / "current"
    errors = by_name(**{name: wanted(tmp_path / name / "key", active_link=link) for name in "ab"})
    assert errors == {"a": "", "b": "active_link: %s is already used by another key pair; give each its own." % link}
    assert os.readlink(str(link)) == "a"
    gone = wanted(tmp_path / "old" / "key", active_link=link, state="absent")
    assert by_name(a=wanted(tmp_path / "a" / "key", active_link=link), b=gone) == {"a": "", "b": ""}
    errors = by_name(a=wanted(tmp_path / "a" / "key", active_link=link), b=wanted(link))
    assert errors["a"] == "" and "is already used by another key pair" in errors["b"]


def test_one_environment_file_is_for_one_program(tmp_path: Path) -> None:
    def pair(name: str, program: str) -> t.Any:
        item = {"path": tmp_path / "env", "format": program, "key_id_variable": name, "key_path_variable": ""}
        return wanted(tmp_path / name, environment=[dict(item, passphrase_variable="")])

    errors = by_name(a=pair("a", "docker"), b=pair("b", "shell"))
    assert errors["a"] == "" and "has a different format for a" in errors["b"]
    # What goes is read as well.
    gone = wanted(tmp_path / "c", state="absent", environment=[{"path": tmp_path / "env", "format": "shell"}])
    assert "has a different format for a" in by_name(a=pair("a", "docker"), c=gone)["c"]


@pytest.mark.parametrize(
    "options",
    [
        {"environment": [{"path": "v1"}]},
        {"public_path": "v1/key/public.pem"},
        {"jwk_path": "v1/jwk", "environment": [{"path": "v1/jwk/env"}]},
    ],
)
def test_a_file_is_no_directory_of_another(tmp_path: Path, options: t.Dict[str, t.Any]) -> None:
    given: t.Dict[str, t.Any] = {
        name: [dict(item, path=tmp_path / item["path"]) for item in value]
        if name == "environment"
        else tmp_path / value
        for name, value in options.items()
    }
    errors = by_name(a=wanted(tmp_path / "v1" / "key", **given))
    assert "is the path of a file, and " in errors["a"] and not list(tmp_path.iterdir())
    below = wanted(tmp_path / "v1" / "key" / "other")
    assert "is the path of a file, and " in by_name(a=wanted(tmp_path / "v1" / "key"), b=below)["a"]


def test_lines_of_others_are_not_let_out(tmp_path: Path) -> None:
    """Whatever became of the key pair whose they are: it may be gone from the play, or refused."""
    env = tmp_path / "env"
    names = {"passphrase_variable": "P", "key_id_variable": "I", "key_path_variable": ""}
    for mode in ("0644", "0604", "0660"):
        run(tmp_path / "a", generate_passphrase=True, environment=[{"path": env}])
        item = {"path": env, "mode": mode, **names}
        errors = by_name(
            a=wanted(tmp_path / "a", state="absent", environment=[{"path": env}], active_link=tmp_path / "no"),
            b=wanted(tmp_path / "b", environment=[item]),
        )
        assert "has other lines in it, which may be secrets, and %s" % mode in errors["b"]
        assert not (tmp_path / "a").exists() and not env.exists()
    env.write_bytes(b"OTHER=1\n")
    env.chmod(0o600)
    run(tmp_path / "b", environment=[{"path": env, "mode": "0640", **names}])
    env.chmod(0o644)
    assert run(tmp_path / "b", environment=[{"path": env, "mode": "0644", **names}])["changed"] is False


def test_a_quoted_passphrase_under_another_name_is_not_let_out(tmp_path: Path) -> None:
    item, passphrase = {"path": tmp_path / "env"}, 'it\'s "a" $ecret passphrase'
    run(tmp_path / "key", passphrase=passphrase, environment=[item])
    with pytest.raises(KeysmithError, match="has other lines in it"):
        run(
            tmp_path / "key",
            passphrase=passphrase,
            environment=[dict(item, passphrase_variable="", mode="0644")],
        )


def test_an_environment_file_of_one_that_goes_says_nothing_of_its_mode(tmp_path: Path) -> None:
    def pair(name: str, state: str, mode: str) -> t.Any:
        variables = {"passphrase_variable": "", "key_id_variable": name, "key_path_variable": ""}
        return wanted(tmp_path / name, environment=[{"path": tmp_path / "env", "mode": mode, **variables}], state=state)

    keypair_run.run({name: pair(name, "present", "0640") for name in "ab"}, False, False)
    made = keypair_run.run({"a": pair("a", "present", "0640"), "b": pair("b", "absent", "0600")}, False, False)
    assert [made[name].error for name in "ab"] == [None, None] and made["b"].result["changed"]


def test_a_passphrase_under_a_name_that_is_no_longer_ours_is_not_let_out(tmp_path: Path) -> None:
    env = tmp_path / "env"
    run(tmp_path / "key", passphrase=FIRST, environment=[{"path": env}])
    before = picture(tmp_path)
    for check in (True, False):
        with pytest.raises(
            KeysmithError, match="^environment: mode: .*/env holds the passphrase, and 0644 is too open"
        ):
            item = {"path": env, "mode": "0644", "passphrase_variable": ""}
            run(tmp_path / "key", check, passphrase=FIRST, environment=[item])
    assert picture(tmp_path) == before


@pytest.mark.parametrize(
    "other", [{"directory_mode": "0750"}, {"owner": "65534"}, {"group": "65534"}], ids=["mode", "owner", "group"]
)
@pytest.mark.parametrize("is_there", [True, False])
def test_one_directory_has_one_mode_and_owner(tmp_path: Path, other: t.Dict[str, str], is_there: bool) -> None:
    base = tmp_path / "jwt"
    if is_there:
        base.mkdir(0o700)
    errors = by_name(
        a=wanted(base / "v1" / "key", base_directory=base), b=wanted(base / "v2" / "key", base_directory=base, **other)
    )
    assert errors["a"] == "" and "jwt has a different mode, owner or group (of the directory) for a" in errors["b"]
    assert (base / "v1" / "key").exists() and not (base / "v2").exists()


def test_a_missing_directory_is_made_for_one_owner(tmp_path: Path) -> None:
    one, two = tmp_path / "keys" / "one", tmp_path / "keys" / "two"
    errors = by_name(a=wanted(one / "key", owner="65534"), b=wanted(two / "key"))
    assert errors["a"] == "" and "%s has a different mode, owner or group" % one.parent in errors["b"]
    # What is above both is nobody's own.
    bases = {name: wanted(tmp_path / "x" / name / "key", base_directory=tmp_path / "x" / name) for name in "ab"}
    bases["c"] = wanted(tmp_path / "x" / "c" / "key", owner="65534", base_directory=tmp_path / "x" / "c")
    assert by_name(**bases) == dict.fromkeys("abc", "")


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("order", ["ab", "ba"])
def test_nothing_is_put_where_the_run_lets_another_owner_in(tmp_path: Path, is_there: bool, order: str) -> None:
    place = tmp_path / "keys"
    if is_there:
        place.mkdir(0o755)
    own = {"base_directory": place / "b"}
    pairs = {
        "a": wanted(place / "a" / "key", owner="65534", base_directory=place),
        "b": wanted(place / "b" / "key", **own),
    }
    errors = by_name(**{name: pairs[name] for name in order})
    assert errors[order[0]] == "" and "keys will belong to the owner of a, who" in errors[order[1]]
    assert not (place / order[1]).exists()
    pairs["b"] = wanted(place / "b" / "key", owner="65534", **own)
    shutil.rmtree(str(place))
    assert by_name(**{name: pairs[name] for name in order}) == {"a": "", "b": ""}
