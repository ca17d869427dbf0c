# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON as it stands in a file: values, places, and what cannot be published."""

from __future__ import annotations

import json
import random
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import json_text
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.json_text import LongNumber, Repeated, same

CHANCE = random.Random(5)


def any_value(depth: int = 3) -> t.Any:
    """Some JSON value."""
    kind = CHANCE.randrange(8 if depth else 6)
    if kind == 6:
        return [any_value(depth - 1) for _item in range(CHANCE.randrange(4))]
    if kind == 7:
        return {
            CHANCE.choice('abcdef}]\\"\u00fc\n') * 2: any_value(depth - 1) for _member in range(CHANCE.randrange(4))
        }
    text = "".join(CHANCE.choice('a\\"/{}[],: \n\u00fc\u2028\U0001f511') for _character in range(CHANCE.randrange(9)))
    return [text, CHANCE.randrange(-(10**30), 10**30), CHANCE.random() * 10**9, True, None, ""][kind]


def written(value: t.Any) -> str:
    """The value as somebody may have written it."""
    blanks = CHANCE.choice(["", " ", "\n", "\r\n\t"])
    text = json.dumps(
        value,
        ensure_ascii=CHANCE.random() < 0.5,
        indent=CHANCE.choice([None, 0, 3, "\t"]),
        separators=(CHANCE.choice([",", " , "]), CHANCE.choice([":", " :  "])),
    )
    return blanks + text + blanks


def test_each_part_stands_where_it_is_said_to_stand() -> None:
    for _attempt in range(2000):
        value = {"m%d" % number: any_value() for number in range(CHANCE.randrange(5))}
        text = written(value)
        found = json_text.members(text, json_text.begin(text))
        assert {member.name: json.loads(member.span.of(text)) for member in found} == value
        assert [json.loads(member.name_span.of(text)) for member in found] == list(value)
        text = written(list(value.values()))
        assert [json.loads(span.of(text)) for span in json_text.items(text, json_text.begin(text))] == list(
            value.values()
        )


@pytest.mark.parametrize("pair", ["[]", ('{"a":', "}")])
def test_what_is_nested_deeply_is_refused_whatever_python_reads(pair: t.Sequence[str]) -> None:
    """Python 3.12 and later read a thousand levels and more, and fail at what is done with them."""
    for levels, is_read in ((60, True), (70, False), (1200, False), (100000, False)):
        text = ('{"x": 1, "keys": %s1%s}' % (pair[0] * levels, pair[1] * levels)).encode()
        if is_read:
            json_text.parse(text)
            continue
        with pytest.raises(KeysmithError, match="^is nested too deeply$"):
            json_text.parse(text)


def test_a_number_of_any_length_has_a_place() -> None:
    text = '{"a": %s , "b": -1e%s}' % ("9" * 100000, "9" * 10)
    assert [len(member.span.of(text)) for member in json_text.members(text, 0)] == [100000, 13]


def test_values_are_those_of_json() -> None:
    for _attempt in range(500):
        value = any_value()
        assert json_text.parse(written(value).encode()) == value
    assert json_text.parse(b"\xef\xbb\xbf[1]") == [1]


def test_what_python_would_lose_is_kept_apart() -> None:
    long = "9" * 401
    assert json_text.parse(long.encode()) == LongNumber(long)
    assert json_text.parse(b"[1e999, -1E+400, 1e308]") == [LongNumber("1e999"), LongNumber("-1E+400"), 1e308]
    assert json_text.parse(("9" * 400).encode()) == 10**400 - 1
    found = json_text.parse(b'{"a": {"b": 1, "b": 2}}')
    assert found == {"a": {"b": 2}} and type(found["a"]) is Repeated and type(found) is dict  # pylint: disable=unidiomatic-typecheck
    value = json_text.parse(b'[%s, {"a": [1e999], "b": "c"}, 5, 0.5, {"b": "c"}]' % long.encode())
    assert json_text.shown(value) == [long, {"a": ["1e999"], "b": "c"}, 5, 0.5, {"b": "c"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[1] 2", "is not JSON"),
        (b"[NaN]", "holds NaN or Infinity, which are not JSON"),
        (b"[-Infinity]", "holds NaN or Infinity, which are not JSON"),
        (b"[" * 200000, "is nested too deeply"),
    ],
)
def test_what_is_no_json(text: bytes, message: str) -> None:
    with pytest.raises(KeysmithError) as caught:
        json_text.parse(text)
    assert str(caught.value) == message
    assert caught.value.__context__ is None


@pytest.mark.parametrize("value", ["", "text", 5, -(10**400) + 1, 1.5, True, None, [], {}, {"a": [{"b": ("c",)}]}])
def test_what_can_be_published(value: t.Any) -> None:
    json_text.check(value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Repeated(a=1), "a member occurs twice"),
        (float("nan"), "NaN and Infinity are not JSON"),
        (float("-inf"), "NaN and Infinity are not JSON"),
        (10**400, "more than 400 digits"),
        (-(10**400), "more than 400 digits"),
        (LongNumber("1"), "more than 400 digits"),
        ({1: 2}, "the name of a member is not a string"),
        (b"x", "a value of type bytes, which is not JSON"),
    ],
    ids=str,
)
def test_what_cannot_be_published(value: t.Any, message: str) -> None:
    for inside in (value, [value], {"a": ({"b": value},)}):
        with pytest.raises(KeysmithError, match=message):
            json_text.check(inside)


def test_what_is_the_same_json() -> None:
    for value in (1, 1.0, True, "1", None, [1], {"a": 1}, LongNumber("1"), Repeated(a=1)):
        for other in (1, 1.0, True, "1", None, [1], {"a": 1}, LongNumber("1"), Repeated(a=1)):
            assert same(value, other) is (repr(value) == repr(other) and type(value) is type(other))
    assert same({"a": [{"b": 1}], "c": 2}, {"c": 2, "a": [{"b": 1}]})
    assert not same({"a": [{"b": 1}]}, {"a": [{"b": True}]})
