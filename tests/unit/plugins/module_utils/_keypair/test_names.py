# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names as YAML hands them over."""

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import names

#: What a person writes for a name, and what YAML 1.1 makes of it.
WRITTEN = {
    "2024.10": "the number 2024.1",
    "1_000": "the number 1000",
    "1": "the number 1",
    "010": "the number 8",
    "0x10": "the number 16",
    "12:30": "the number 750",
    "1e3_": "",
    "2024-06-01": "the date 2024-06-01",
    "2024-06-01 10:00:00": "the date 2024-06-01T10:00:00",
    "no": "false, a truth value",
    "on": "true, a truth value",
    "~": "no value",
    ".inf": "the number inf",
    "'2024.10'": "",
    "v1": "",
}


@pytest.mark.parametrize(("written", "meant"), WRITTEN.items())
@pytest.mark.parametrize(
    "place",
    [
        lambda it: names.name("active", it),
        lambda it: names.listed("active", [it])[0],
        lambda it: names.by_version("active", it),
        lambda it: names.by_version("active", {"v1": it})["v1"],
        lambda it: next(iter(names.by_version("active", {it: "x"}))),
    ],
    ids=["name", "list", "text", "value", "key"],
)
def test_only_texts_are_names(written: str, meant: str, place: t.Callable[[t.Any], t.Any]) -> None:
    value = yaml.safe_load(written)
    if not meant:
        assert place(value) == written.strip("'")
        return
    with pytest.raises(KeysmithError, match="^active: YAML reads a name in it as %s; put the name in quotes" % meant):
        place(value)


@pytest.mark.parametrize("value", [["a"], {"a": "b"}, [["a"]]])
def test_what_is_no_name_at_all(value: t.Any) -> None:
    with pytest.raises(KeysmithError, match="^name: has to be a string, not a list or a dictionary"):
        names.name("name", value)


def test_texts_that_are_not_python_s() -> None:
    class Vaulted:
        def __str__(self) -> str:
            return "decrypted"

    assert names.name("key_id", Vaulted()) == "decrypted"


def test_a_list_of_names() -> None:
    assert names.listed("versions", "v1") == ["v1"]
    assert names.listed("versions", "v1, v2,") == ["v1", "v2"]
    assert names.listed("versions", ("v1",)) == ["v1"] and names.listed("versions", []) == []
    for value in (2024.1, [None], {"v1": "x"}, [["v1"]]):
        with pytest.raises(KeysmithError, match="^versions: "):
            names.listed("versions", value)


def test_what_is_null_says_nothing_and_other_options_stay() -> None:
    options = {"name": "orders", "active": None, "size": 2048, "versions": "v1"}
    assert names.checked(options, names.SERVICE) == dict(options, versions=["v1"])
