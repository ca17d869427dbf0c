# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_filter: template values in, plain values and one kind of error out."""

from __future__ import annotations

import enum
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.plugin_utils._filter import as_filter, flag, octets, plain, text
from jinja2 import Undefined


class Text(str):
    """Text with something attached, as ansible-core tags it."""


class Mapping(dict):
    """A dictionary whose values come to life when they are taken, as ansible-core's lazy ones."""

    def __getitem__(self, name: str) -> t.Any:
        return "made " + super().__getitem__(name)

    def items(self) -> t.Any:
        return [(name, self[name]) for name in self]


class EncryptedString:
    """Vaulted text that nothing has opened yet."""

    def __str__(self) -> str:
        return "opened"


class AnsibleUndefined(Undefined):
    """As ansible-core calls it."""


class Level(enum.IntEnum):
    """An int that is more than an int."""

    HIGH = 3


@pytest.mark.parametrize("value", [Text("made a"), EncryptedString(), "x"])
def test_text_is_plain(value: object) -> None:
    result = text(value, "pem")
    assert result.__class__ is str
    assert result in ("made a", "opened", "x")


def test_everything_inside_is_plain() -> None:
    given = {Text("a"): [Text("b"), {"c": (Level.HIGH, 1.5, True, None)}], "lazy": Mapping(d="e")}
    result = plain(dict(given, v=EncryptedString()))
    assert result == {"a": ["b", {"c": [3, 1.5, True, None]}], "lazy": {"d": "made e"}, "v": "opened"}
    assert next(iter(result)).__class__ is result["a"][0].__class__ is str
    assert result["a"][1]["c"][0].__class__ is int
    assert result["lazy"].__class__ is dict


@pytest.mark.parametrize("value", [b"x", {1, 2}, object(), [AnsibleUndefined()], {"a": 1j}])
def test_what_json_does_not_know_is_refused(value: object) -> None:
    with pytest.raises(KeysmithError, match="^input: it holds .*, which is not JSON; put it in quotes"):
        plain(value)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "None"),
        (5, "an integer"),
        (1.5, "a number"),
        (True, "a boolean"),
        ([], "a list"),
        ({}, "a dictionary"),
        (b"", "bytes"),
        (AnsibleUndefined(name="x"), "an undefined variable"),
    ],
)
def test_other_types_are_named(value: object, name: str) -> None:
    with pytest.raises(KeysmithError) as caught:
        text(value, "passphrase")
    assert str(caught.value) == "passphrase has to be a string, not %s." % name


def test_a_flag_is_true_or_false() -> None:
    assert flag(True, "private") is True
    assert flag(False, "private") is False
    for value in ("false", "yes", 1, None):
        with pytest.raises(KeysmithError, match="^private has to be true or false, not "):
            flag(value, "private")


@pytest.mark.parametrize(
    ("value", "result"), [("\u00fc", b"\xc3\xbc"), ("a\udcff", b"a\xff"), ("\ud800", b"?"), ("\ud800\udcff", b"??")]
)
def test_octets(value: str, result: bytes) -> None:
    assert octets(value) == result


SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQ"


def _clear(secret: str) -> None:
    try:
        raise ValueError(secret)
    except ValueError:
        raise KeysmithError("the key is damaged.") from None


def _fault(secret: str) -> None:
    raise ValueError(secret)


def _deep(secret: str) -> None:
    _deep(secret)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (_clear, "name: the key is damaged."),
        (_fault, "name: this is a fault in the filter (ValueError at line "),
        (_deep, "name: the input is nested too deeply."),
    ],
)
def test_errors_are_one_sentence_without_a_chain(function: t.Callable[[str], None], message: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        as_filter("name", function)(SECRET)
    error = caught.value
    assert str(error).startswith(message)
    assert SECRET not in repr(error) + str(error)
    assert error.__cause__ is None
    assert error.__context__ is None


def test_an_argument_that_is_missing_is_named() -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        as_filter("name", lambda keys, shape, directory="": None)([SECRET], directory=SECRET)
    assert str(caught.value) == "name: shape is missing; the arguments are keys, shape, directory."


@pytest.mark.parametrize(("args", "kwargs"), [((1, 2), {}), ((1,), {"passphrse": SECRET})])
def test_unknown_arguments_are_answered_with_the_known_ones(args: t.Any, kwargs: t.Any) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        as_filter("name", _clear)(*args, **kwargs)
    assert str(caught.value) == "name: the only arguments are secret."


class MarkerError(Exception):
    """As ansible-core raises it where something undefined is touched."""


def test_what_ansible_says_of_the_undefined_is_its_own() -> None:
    def touched(_value: t.Any) -> t.NoReturn:
        raise MarkerError("'nope' is undefined")

    with pytest.raises(MarkerError, match="'nope' is undefined"):
        as_filter("f", touched)(1)
