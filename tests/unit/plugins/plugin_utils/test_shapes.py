# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_shapes: what is kept of a value."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _shapes as shapes

WORD = shapes.text(5, "[a-z]*")
_REFUSED = object()


class Tagged(str):
    """A text of which ansible-core remembers something."""


def kept(shape: shapes.Shape, value: t.Any) -> t.Any:
    try:
        return shape(value, "", shapes.nowhere)
    except shapes.Wrong:
        return _REFUSED


@pytest.mark.parametrize(
    ("shape", "good", "bad"),
    [
        (WORD, ["", "abc", "abcde"], ["abcdef", "A", "a\n", None, 1, True, b"a", ["a"]]),
        (shapes.text(9), ["a {b} %", "{", "}}"], ["{{", "{%", "{#", "a\nb", "\x7f", "\x00"]),
        (shapes.flag, [True, False], [0, 1, "true", None, []]),
        (shapes.whole(-1, 3), [-1, 3], [-2, 4, True, 1.0, "1", None]),
        (shapes.each(WORD, 2), [[], ["a", "b"]], [["a"] * 3, "ab", {"a": 1}, ("a",)]),
        (shapes.fields(a=WORD), [{}, {"a": "b"}], [[], "a", None]),
        (shapes.naming(WORD, WORD, 1), [{"a": "b"}], [{"a": "b", "c": "d"}, [], None]),
        (shapes.either(shapes.flag, WORD), [True, "a"], [1, "A", None]),
    ],
)
def test_what_is_of_a_shape(shape: shapes.Shape, good: t.List[t.Any], bad: t.List[t.Any]) -> None:
    assert [kept(shape, value) for value in good] == good
    assert [kept(shape, value) for value in bad] == [_REFUSED] * len(bad)


def test_a_part_that_is_not_of_its_shape_is_left_out_and_named() -> None:
    dropped: t.List[str] = []
    shape = shapes.fields(a=shapes.each(shapes.fields(b=WORD), 9), c=shapes.named({"d": WORD}.get))
    value = {"a": [{"b": "x", "y": 1}, {"b": 7}, 7], "c": {"d": "x", "e": "x"}, "f": 1, 5: 1}
    assert shape(value, "", dropped.append) == {"a": [{"b": "x"}, {}], "c": {"d": "x"}}
    assert dropped == ["a[0].y", "a[1].b", "a[2]", "c.e", "f", "5"]


def test_a_name_that_is_not_of_its_shape_is_left_out() -> None:
    assert kept(shapes.naming(WORD, WORD, 9), {"a": "b", "A": "b", "c": 1}) == {"a": "b"}


def test_what_is_kept_is_of_python_s_own_types() -> None:
    for shape in (shapes.text(9), shapes.words(9), shapes.shown(9)):
        assert type(kept(shape, Tagged("x"))) is str  # pylint: disable=unidiomatic-typecheck
    found = kept(shapes.fields(a=WORD), {Tagged("a"): Tagged("b")})
    assert [type(one) for item in found.items() for one in item] == [str, str]


def test_words_for_people_are_cut_and_begin_no_template() -> None:
    assert kept(shapes.words(4), "abcdef") == "abcd..." and kept(shapes.words(4), "abcd") == "abcd"
    assert kept(shapes.words(99), "{{ {% {# {{{ {") == "{ { { % { # { { { {"
    assert kept(shapes.words(99), 1) is _REFUSED


def test_words_for_people_move_no_cursor() -> None:
    assert kept(shapes.words(99), "a\x1b[2J\rb\x9b\x00\ud800\tc\r\nd\n") == "a?[2J?b???\tc\r\nd\n"
    line = shapes.text(99)
    assert kept(line, "a\x9bb") is kept(line, "a\ud800") is _REFUSED and kept(line, "\u00e9") == "\u00e9"


def test_what_is_shown_is_neither_large_nor_deep() -> None:
    good = {"a": [1, 1.5, None, True, {"b": "x"}]}
    assert kept(shapes.shown(9), good) == good
    deep: t.Any = 1
    for _level in range(9):
        deep = [deep]
    for bad in (deep, [1] * 10001, {1: 2}, b"x", {"a": object()}):
        assert kept(shapes.shown(9), bad) is _REFUSED
    assert kept(shapes.shown(9), {"{{": "{{"}) == {"{ {": "{ {"}


def test_what_ansible_makes_of_errors_stays() -> None:
    base = type("Summary", (), {"__module__": "ansible.module_utils._internal._messages"})
    for kind in (base, type("Derived", (base,), {"__module__": "elsewhere"})):
        one = kind()
        assert kept(shapes.summary, one) is one
    # A host can send texts and dictionaries with Ansible's tags; they are none.
    tagged = type("Tagged", (str,), {"__module__": "ansible.module_utils._internal._datatag"})
    for bad in ("x", object(), tagged("{{ x }}")):
        assert kept(shapes.summary, bad) is _REFUSED
