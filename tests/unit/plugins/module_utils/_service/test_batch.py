# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The batch module through AnsibleModule: results by name, one bad item among good ones, secrets apart."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible.module_utils import basic
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import make_directories
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import MissingLibrary
from ansible_collections.keysmith.jwt.plugins.module_utils._service import absent, batch_options, batch_run, rotating
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypairs
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, picture
from ansible_collections.keysmith.jwt.tests.unit.modules_run import Result, run_module
from ansible_collections.keysmith.jwt.tests.unit.settled_hosts import records

Run = t.Callable[..., Result]
CANARY = "canary-in-the-mine"


@pytest.fixture
def run(monkeypatch: t.Any, capsys: t.Any) -> Run:
    def call(keypairs: t.Any, secrets: t.Any = None, check: bool = False, diff: bool = False) -> Result:
        options = {"keypairs": keypairs, **({} if secrets is None else {"secrets": secrets})}
        return run_module(jwt_keypairs.main, monkeypatch, capsys, options, check, diff)

    return call


def item(tmp_path: Path, name: str, **options: t.Any) -> t.Dict[str, t.Any]:
    return {"name": name, "path": str(tmp_path / name / "private.key"), "algorithm": "ES256", **options}


def test_check_real_check_real(run: Run, tmp_path: Path) -> None:
    pairs = [item(tmp_path, "orders"), item(tmp_path, "billing", alg="EdDSA", algorithm=None)]
    del pairs[1]["algorithm"]
    secrets = {"orders": {"passphrase": FIRST}}
    made = [run(pairs, secrets, check) for check in (True, False, True, False)]
    assert [one["changed"] for one in made] == [True, True, False, False]
    assert [list(one["keypairs"]) for one in made] == [["orders", "billing"]] * 4
    assert made[1]["keypairs"]["orders"]["jwk"] == made[3]["keypairs"]["orders"]["jwk"]
    assert made[3]["keypairs"]["billing"]["algorithm"] == "EdDSA"
    assert b"ENCRYPTED" in (tmp_path / "orders" / "private.key").read_bytes()
    assert all(FIRST not in one["_text"] and "diff" not in one for one in made)


def test_one_diff_for_each_that_changes(run: Run, tmp_path: Path) -> None:
    run([item(tmp_path, "orders")])
    made = run([item(tmp_path, "orders"), item(tmp_path, "billing")], check=True, diff=True)
    folder = str(tmp_path / "billing")
    assert [(one["before_header"], one["before"]) for one in made["diff"]] == [
        (folder, ""),
        (folder + "/private.key", ""),
    ]
    assert "mode: 0600\n" in made["diff"][1]["after"]


def test_one_bad_item_among_good_ones(run: Run, tmp_path: Path) -> None:
    pairs = [
        item(tmp_path, "good", algorithm="RS256", size=2048),
        item(tmp_path, "bad", size=2048),
        item(tmp_path, "typo", sizee="AQAB", value="1"),
        item(tmp_path, "closed"),
    ]
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "private.key").write_bytes(b"junk")
    made = run(pairs)
    assert made["failed"] and made["msg"].startswith(
        "3 of 4 key pairs failed, the others are done: bad: size: only RSA"
    )
    assert set(made["failed_keypairs"]) == {"bad", "typo", "closed"} and list(made["keypairs"]) == ["good"]
    assert "there is no option" in made["failed_keypairs"]["typo"]
    # What the bad one held hides no part of the good one's key.
    assert "********" not in str(made["keypairs"]) and "VALUE_SPECIFIED" not in str(made["keypairs"])
    assert made["keypairs"]["good"]["jwk"]["e"] == "AQAB"
    assert run(pairs[:1])["keypairs"]["good"]["jwk"] == made["keypairs"]["good"]["jwk"]


def test_passphrases_that_are_too_short_hide_nothing(run: Run, tmp_path: Path) -> None:
    secrets = {"bad": {"passphrase": "A"}, "short": {"passphrase": "short"}, "good": {"previous_passphrases": ["RSA"]}}
    pairs = [item(tmp_path, name, algorithm="RS256", size=2048) for name in ("bad", "short", "fine")]
    made = run([*pairs, item(tmp_path, "good")], secrets)
    assert made["failed_keypairs"] == dict.fromkeys(("bad", "short"), "passphrase: is shorter than 8 characters.")
    assert made["keypairs"]["fine"]["jwk"]["kty"] == "RSA" and made["keypairs"]["fine"]["jwk"]["e"] == "AQAB"
    assert "********" not in made["_text"]


def test_a_passphrase_that_is_a_part_of_what_is_said_of_another_is_refused(run: Run, tmp_path: Path) -> None:
    made = run([item(tmp_path, "billing-service"), item(tmp_path, "b")], {"b": {"passphrase": "billing-service"}})
    assert made["failed_keypairs"]["b"].startswith("passphrase: is a part of the public output")
    assert list(made["keypairs"]) == ["billing-service"] or "********" in str(made["keypairs"])


@pytest.mark.parametrize(
    ("pairs", "secrets", "message"),
    [
        ([{"path": "x"}], None, "keypairs: each needs a name, under which its result is returned; number 1 has none."),
        ([{"name": "", "path": "x"}], None, "keypairs: each needs a name"),
        ([{"name": 3, "path": "x"}], None, "keypairs: each needs a name"),
        ([{"name": "a", "path": "x"}] * 2, None, "keypairs: two have the name a; give each its own."),
        (
            [{"name": "a", "path": "x"}, {"name": "b", "path": "y"}],
            {CANARY: {}},
            "secrets: holds a name that no key pair has; the names are a, b.",
        ),
        ([], CANARY, "secrets: has to be a dictionary; for the name of each key pair it holds a dictionary with"),
        ([], [CANARY], "secrets: has to be a dictionary"),
        ([], {"a": CANARY}, "secrets: has to be a dictionary"),
    ],
)
def test_what_is_wrong_with_the_whole(run: Run, pairs: t.Any, secrets: t.Any, message: str) -> None:
    made = run(pairs, secrets)
    assert made["failed"] and made["msg"].startswith(message) and CANARY not in made["_text"]


@pytest.mark.parametrize(
    ("options", "secrets", "message"),
    [
        ({"passphrase": CANARY}, {}, "passphrase: belongs in secrets, under the name of the key pair."),
        (
            {"private_key": CANARY, "previous_passphrases": [CANARY]},
            {},
            "previous_passphrases, private_key: belongs in",
        ),
        ({"passphras": CANARY}, {}, "keypairs: there is no option passphras; the options are "),
        ({"environment": {"path": "/x", "password": CANARY}}, {}, "environment: there is no option password"),
        ({}, {"passphras": CANARY}, "secrets: there is no option passphras; the options are passphrase, "),
        ({}, {"passphrase": [CANARY]}, "passphrase: has to be a string, but YAML made it a list"),
        ({}, {"passphrase": {"x": CANARY}}, "passphrase: has to be a string, but YAML made it a dictionary"),
        ({}, {"previous_passphrases": [{"x": CANARY}]}, "previous_passphrases: has to be a string, but YAML made it a"),
        ({}, {"private_key": [CANARY]}, "private_key: has to be the text of a PEM file, or a private JWK."),
        ({"state": "gone"}, {}, "keypairs: value of state must be one of"),
        ({"path": None}, {}, "keypairs: missing required arguments: path"),
    ],
)
def test_what_is_wrong_with_an_item(
    run: Run, tmp_path: Path, options: t.Dict[str, t.Any], secrets: t.Dict[str, t.Any], message: str
) -> None:
    before = picture(tmp_path)
    for check in (True, False):
        made = run([item(tmp_path, "orders", **options)], {"orders": secrets} if secrets else None, check)
        assert made["failed"] and made["failed_keypairs"]["orders"].startswith(message), made["msg"]
        assert CANARY not in made["_text"] and "Traceback" not in made["_text"]
    assert picture(tmp_path) == before


def test_warnings_of_good_items_are_given_though_another_fails(run: Run, tmp_path: Path) -> None:
    pairs = [item(tmp_path, "small", algorithm="RS256", size=2048), item(tmp_path, "bad", size=1)]
    for given in (pairs[:1], pairs):
        (text,) = run(given, check=True)["warnings"]
        assert "small: The RSA key has fewer than 3072 bits" in str(text)


def test_a_warning_about_many_key_pairs_is_given_once(run: Run, tmp_path: Path) -> None:
    pairs = [item(tmp_path, "k%d" % number, algorithm="RS256", size=2048) for number in range(7)]
    (text,) = run(pairs, check=True)["warnings"]
    assert "k0, k1, k2, k3, k4 and 2 more: The RSA key has fewer than 3072 bits" in str(text)


def test_nothing_to_do(run: Run) -> None:
    made = run([])
    assert (made["changed"], made["keypairs"]) == (False, {})


def test_nothing_is_recorded_where_something_is_always_to_be_done(run: Run, tmp_path: Path) -> None:
    pairs = [item(tmp_path, "orders"), item(tmp_path, "billing", regenerate="always")]
    made = [run(pairs)["keypairs"] for _number in range(3)]
    assert len({one["billing"]["thumbprint"] for one in made}) == 3
    assert len({one["orders"]["thumbprint"] for one in made}) == 1


def test_nothing_is_recorded_where_others_are_waited_for(monkeypatch: t.Any, capsys: t.Any, tmp_path: Path) -> None:
    service = {"name": "orders", "directory": str(tmp_path / "orders"), "shared": True, "algorithm": "ES256"}
    for versions, make, is_recorded in (
        (["v1"], ["orders/v1"], False),
        (["v1", "v2"], [], False),
        (["v1", "v2"], ["orders/v2"], False),
        (["v1", "v2"], [], True),
    ):
        options = {"services": [{**service, "versions": versions}], "make": make}
        assert "failed" not in run_module(jwt_keypairs.main, monkeypatch, capsys, options)
        active = tmp_path / "orders" / versions[-1] / "private.key"
        assert (active.exists() and any(records(active))) is is_recorded


def test_secrets_under_a_wrong_name_are_nowhere(run: Run, tmp_path: Path, monkeypatch: t.Any) -> None:
    logged: t.List[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "log", lambda _module, text, **_more: logged.append(str(text)))
    result = run([item(tmp_path, "orders", pasphrase=CANARY, more={"deep": [CANARY + "2"]})])
    assert result["failed"] and CANARY not in result["_text"]
    assert not any(CANARY in text for text in logged)


def test_secrets_of_services_under_a_wrong_name_are_nowhere(monkeypatch: t.Any, capsys: t.Any) -> None:
    deep = {"environment": {"path": "/nowhere/env", "pasphrase": CANARY, "variables": {"pasphrase": CANARY + "3"}}}
    for services, defaults in (
        ([{"name": "orders", "pasphrase": CANARY}], {}),
        ([{"name": "orders"}], {"pasphrase": CANARY}),
        ([{"name": "orders", **deep}], {}),
        ([{"name": "orders"}], deep),
        ([{"name": "orders", "environment": CANARY}], {}),
        ([{"name": "orders", "environment": {"variables": [CANARY]}}], {}),
    ):
        options = {"services": services, "defaults": defaults}
        result = run_module(jwt_keypairs.main, monkeypatch, capsys, options)
        assert result["failed"] and CANARY not in result["_text"]


def test_secrets_under_a_wrong_name_are_nowhere_whatever_else_is_wrong(
    tmp_path: Path, monkeypatch: t.Any, capsys: t.Any
) -> None:
    deep = {"environment": {"path": "/nowhere/env", "pasphrase": CANARY}}
    listed = {"environment": [{"formt": 1}, {"path": "/nowhere/env", "pasphrase": CANARY}]}
    service, pair = {"name": "orders", "passphrase": CANARY}, item(tmp_path, "orders", **deep)
    both = {"services": [service], "defaults": {"previous_passphrases": [CANARY]}}
    for options in (
        {"keypairs": [dict(pair, algorithm="none")]},
        {"keypairs": [dict(pair, **listed)]},
        {"keypairs": [dict(pair, environment=CANARY)]},
        {"keypairs": [dict(pair, name=None)]},
        {"keypairs": [pair], "secrets": CANARY},
        {"keypairs": [pair], **both},
        {"secrets": {}, **both},
        {"pasphrase": CANARY, "keypairs": []},
        {"unknown": 1, **both},
        {"make": ["orders/v1"], **both},
        {"sealed": {"orders/v1": CANARY}, **both},
    ):
        result = run_module(jwt_keypairs.main, monkeypatch, capsys, options)
        assert result["failed"] and CANARY not in result["_text"], options


def test_a_batch_does_not_show_what_is_in_it() -> None:
    rotations, gone = rotating.Rotations(None, None), absent.Absent([])
    it = batch_run.Batch(["a"], {}, {}, None, {"a": CANARY}, {}, {}, False, None, rotations, gone)
    assert repr(it) == "<key pairs a>"


@pytest.mark.parametrize("check", [True, False])
def test_what_is_done_of_others_is_said_where_there_are_any(run: Run, tmp_path: Path, check: bool) -> None:
    bad, good = item(tmp_path, "bad", algorithm="none"), item(tmp_path, "good")
    assert run([bad], None)["msg"].startswith("1 of 1 key pairs failed: bad: ")
    others = "" if check else ", the others are done"
    assert run([bad, good], None, check=check)["msg"].startswith("1 of 2 key pairs failed%s: bad: " % others)


def test_a_library_that_is_missing_is_told_as_such(run: Run, tmp_path: Path, monkeypatch: t.Any) -> None:
    def missing(*_given: t.Any) -> t.NoReturn:
        raise MissingLibrary("The Python package cryptography is missing on this host.")

    monkeypatch.setattr(batch_options, "_wanted", missing)
    made = run([item(tmp_path, "a")], None)
    assert made["failed"] and made["missing_library"] == "cryptography"


def test_what_others_did_while_directories_were_made_is_told(run: Run, tmp_path: Path, monkeypatch: t.Any) -> None:
    """Where somebody was quicker in a new one, all locks are given back, and everything is inspected again."""
    (tmp_path / "there").mkdir()
    there = item(tmp_path / "there", "there", public_path=str(tmp_path / "there" / "public.key"))
    new = item(tmp_path / "new", "new")
    run([there])
    make = make_directories.make

    def and_remove(*args: t.Any) -> None:
        make(*args)
        Path(args[0].path, "somebody's").touch()
        (tmp_path / "there" / "public.key").unlink()

    monkeypatch.setattr(make_directories, "make", and_remove)
    made = run([there, new])["keypairs"]["there"]
    assert (made["changed"], made["changes"]) == (True, ["public_key"])
    assert (tmp_path / "there" / "public.key").exists()
