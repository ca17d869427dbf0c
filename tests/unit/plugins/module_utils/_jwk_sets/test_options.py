# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options ask for, and which of them contradict each other."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.attributes import Attributes
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jwk_sets.options import arguments, manner, wanted
from ansible_collections.keysmith.jwt.plugins.module_utils._jwk_sets.sources import Wanted

FILE = {"path": None, "jwks": None, "key_ids": None, "sources": None, "single": None, "state": None}


def options(**given: t.Any) -> dict[str, t.Any]:
    """The options as AnsibleModule fills them up."""
    defaults = {name: spec.get("default") for name, spec in arguments().items()}
    return dict(defaults, **given)


def test_one_file() -> None:
    given = options(path="/x", jwks=[{}], state="absent", key_ids=["a", "b"], sources=["/s"])
    assert wanted(given) == [Wanted("/x", "absent", [{}], frozenset("ab"), ("/s",), False, "")]
    assert wanted(options(path="/x")) == [Wanted("/x", "present", [])]


def test_many_files_take_the_state_of_all() -> None:
    sets = [dict(FILE, path="/x", single=True, jwks=[{}]), dict(FILE, path="/y", state="present")]
    assert wanted(options(sets=sets, state="exact")) == [
        Wanted("/x", "exact", [{}], single=True, option="sets[0]."),
        Wanted("/y", "present", [], option="sets[1]."),
    ]
    assert wanted(options(sets=[])) == []


@pytest.mark.parametrize(
    ("sets", "reason"),
    [
        ("", "sets_json: has to be JSON."),
        ("[" * 100000, "sets_json: has to be JSON."),
        ("{}", "sets_json: has to be a list of dictionaries."),
        ("[7]", "sets_json: has to be a list of dictionaries."),
        ('[{"path": "/x"}, {}]', "sets_json: missing required arguments: path"),
        ('[{"path": null}]', "sets_json: missing required arguments: path"),
        ('[{"path": "/x", "mode": "0644"}]', "sets_json: sets.mode. Supported parameters include: "),
        ('[{"path": "/x", "state": "gone"}]', "sets_json: value of state must be one of: present, absent, exact"),
        ('[{"path": "/x", "single": "perhaps"}]', "sets_json: "),
        ('[{"path": ""}]', "sets[0].path: is empty"),
        ('[{"path": 7}]', "sets[0].path: give an absolute path"),
        ('[{"path": "x"}]', "sets[0].path: give an absolute path"),
        ('[{"path": "/x", "sources": [7]}]', "sets[0].sources: give an absolute path"),
        ('[{"path": "/x", "jwks": 7}]', "sets[0].jwks: has to be a list of JWKs and JWK Sets"),
        ('[{"path": "/x", "jwks": ""}]', "sets[0].jwks: has to be a list of JWKs and JWK Sets"),
        ('[{"path": "/x", "jwks": ["{"]}]', "sets[0].jwks[0] is not JSON."),
    ],
)
def test_json_that_is_refused(sets: str, reason: str) -> None:
    with pytest.raises(KeysmithError) as caught:
        wanted(options(sets_json=sets))
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"path": "x"}, "path: give an absolute path"),
        ({"path": "/a/../x"}, "path: give an absolute path"),
        ({"path": "/x", "sources": ["y"]}, "sources: give an absolute path"),
        ({"path": "/x", "key_ids": ["a"]}, "key_ids: names keys to remove"),
        ({"path": "/x", "state": "absent", "single": True}, "single: a key cannot be removed from a file with one JWK"),
        ({"sets": [dict(FILE, path="/x"), dict(FILE, path="y")]}, "sets[1].path: give an absolute path"),
        ({"sets": [dict(FILE, path="/x", jwks=[], key_ids=["a"])], "state": "exact"}, "sets[0].key_ids: names keys"),
        ({"path": "/x", "state": "exact"}, "state: exact needs jwks or sources"),
        ({"sets": [dict(FILE, path="/x", state="exact")]}, "sets[0].state: exact needs jwks or sources"),
    ],
)
def test_what_does_not_go_together(given: dict[str, t.Any], reason: str) -> None:
    with pytest.raises(KeysmithError) as caught:
        wanted(options(**given))
    assert str(caught.value).startswith(reason)


def test_how_files_are_written() -> None:
    assert manner(options()) == (Attributes(0o644), Attributes(0o755), 60)
    assert manner(options(mode="0664", directory_mode=0o750, lock_timeout=1)) == (
        Attributes(0o664),
        Attributes(0o750),
        1,
    )


@pytest.mark.parametrize("mode", ["0666", "u=rw", "", 8, True, None, "4644", [420]])
def test_modes_that_are_refused(mode: object) -> None:
    with pytest.raises(KeysmithError, match="^mode: "):
        manner(options(mode=mode))


@pytest.mark.parametrize(
    ("given", "option"),
    [({"lock_timeout": -1}, "lock_timeout"), ({"owner": "no-such-user"}, "owner"), ({"group": "no-such"}, "group")],
)
def test_what_else_is_refused_by_name(given: dict[str, t.Any], option: str) -> None:
    with pytest.raises(KeysmithError, match="^%s: " % option):
        manner(options(**given))


#: Items, each with something that Ansible makes another thing of.
FREE: list[dict[str, t.Any]] = [
    {"path": "~/x.json"},
    {"path": "$HOME/x.json", "sources": ["~/s", "${HOME}/t.json"]},
    {"path": "/x", "single": "yes"},
    {"path": "/x", "single": 1},
    {"path": "/x", "state": "absent", "key_ids": [7, 1.5, "a"]},
    {"path": "/x", "state": "absent", "key_ids": "a,b"},
    {"path": "/x", "sources": "/a,/b"},
    {"path": "/x", "jwks": None, "single": None, "key_ids": None, "sources": None},
    {"path": "/x", "jwks": {"keys": []}},
    {"path": "/x", "jwks": ['{"kty": "EC"}', {"kty": "RSA"}]},
    {"path": "/x", "jwks": '[{"kty": "EC"}]'},
]


@pytest.mark.parametrize("item", FREE, ids=str)
def test_two_ways_to_say_one_thing_give_one_result(item: dict[str, t.Any]) -> None:
    def as_ansible_does(**given: t.Any) -> list[Wanted]:
        validated = ArgumentSpecValidator(arguments()).validate(given)
        assert not validated.error_messages
        return wanted(validated.validated_parameters)

    (one,) = as_ansible_does(sets=[item])
    assert as_ansible_does(sets_json=json.dumps([item])) == [one]
    assert as_ansible_does(sets_json=json.dumps([{"path": "/y"}, item]))[1] == one._replace(option="sets[1].")
    (alone,) = as_ansible_does(**{name: value for name, value in item.items() if value is not None})
    assert alone == one._replace(option="")


def test_what_is_no_dictionary_is_not_quoted() -> None:
    with pytest.raises(KeysmithError) as caught:
        wanted(options(sets_json='["canary", {"path": "/x"}]'))
    assert "canary" not in str(caught.value)
