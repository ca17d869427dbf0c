# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON text as it stands in a file (RFC 8259): its values, and where each part begins and ends.

A file that others write to is changed part by part: what stays keeps its octets, with its escapes, its blanks, and its
numbers that no program of ours could write again.
"""

from __future__ import annotations

import json
import math
import re
import typing as t

from .._errors import KeysmithError

#: The longest number that becomes one: Python takes quadratic time for those, and refuses very long ones.
_MOST_DIGITS = 400
_LARGEST = 10**_MOST_DIGITS - 1
#: Finds ends and is not asked for values, so no number is too long for it.
_ENDS = json.JSONDecoder(parse_int=len, parse_float=len)
#: Levels of objects and lists. Some versions of Python read ten thousand, and then fail at whatever looks at them.
_DEEPEST = 64
_BLANKS = re.compile(r"[ \t\n\r]*")


_TOO_DEEP = "is nested too deeply"


class Repeated(t.Dict[str, t.Any]):
    """An object that has a member name twice; programs differ in which one they use. This holds the last one."""


class LongNumber(t.NamedTuple):
    """A number that is too long to be read: only its text is kept."""

    text: str


class Span(t.NamedTuple):
    """The place of a value in a text: from ``start`` to before ``end``."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """Return the value as it stands in the text."""
        return text[self.start : self.end]


class Member(t.NamedTuple):
    """A member of an object: its name, and the places of name and value in the text."""

    name: str
    name_span: Span
    span: Span


def parse(octets: bytes) -> t.Any:
    """Return the value of a JSON text in UTF-8, with or without a byte order mark.

    Objects with a repeated name are ``Repeated``, numbers of more than 400 digits ``LongNumber``. KeysmithError has no
    part of the text and says nothing of where it is from.
    """
    try:
        value = _VALUES.decode(octets.decode("utf-8-sig"))
        if not _is_deep(value):
            return value
        message = _TOO_DEEP
    except _Constant:
        message = "holds NaN or Infinity, which are not JSON"
    except RecursionError:
        message = _TOO_DEEP
    except ValueError:
        message = "is not JSON"
    # Raised out here: the parser's error holds the whole text.
    raise KeysmithError(message)


def shown(value: t.Any) -> t.Any:
    """Return a value for results, in which the text stands for a number that Python cannot hold."""
    if isinstance(value, LongNumber):
        return value.text
    if isinstance(value, dict) and not all(type(inner) is str for inner in value.values()):  # pylint: disable=unidiomatic-typecheck
        return {name: shown(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shown(inner) for inner in value]
    return value


def members(text: str, start: int) -> t.List[Member]:
    """Return the members of the object that begins at ``start``, in a valid text."""
    found: t.List[Member] = []
    at = _skip(text, start + 1)
    while text[at] != "}":
        at = _skip(text, at + 1) if found else at
        name, end = _ENDS.raw_decode(text, at)
        value = _skip(text, _skip(text, end) + 1)
        span = Span(value, _end(text, value))
        found.append(Member(name, Span(at, end), span))
        at = _skip(text, span.end)
    return found


def items(text: str, start: int) -> t.List[Span]:
    """Return the places of the elements of the array that begins at ``start``, in a valid text."""
    found: t.List[Span] = []
    at = _skip(text, start + 1)
    while text[at] != "]":
        at = _skip(text, at + 1) if found else at
        found.append(Span(at, _end(text, at)))
        at = _skip(text, found[-1].end)
    return found


def begin(text: str) -> int:
    """Return the offset at which the value of a text begins."""
    return _skip(text, 0)


def check(value: t.Any) -> None:
    """Refuse a value of a member that cannot be published, because programs read it differently or not at all."""
    if isinstance(value, LongNumber) or (isinstance(value, int) and abs(value) > _LARGEST):
        raise KeysmithError("a number in it has more than %d digits." % _MOST_DIGITS)
    if isinstance(value, Repeated):
        raise KeysmithError("a member occurs twice, and programs differ in which one they use.")
    if isinstance(value, dict):
        if not all(isinstance(name, str) for name in value):
            raise KeysmithError("the name of a member is not a string.")
        for inner in value.values():
            check(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            check(inner)
    elif isinstance(value, float) and not math.isfinite(value):
        raise KeysmithError("NaN and Infinity are not JSON.")
    elif not isinstance(value, (str, int, float, type(None))):
        raise KeysmithError("it holds a value of type %s, which is not JSON." % type(value).__name__)


def same(one: t.Any, other: t.Any) -> bool:
    """Check whether two values are the same JSON: 1, 1.0 and true are three, though Python calls them equal."""
    if one is other:
        return True
    if type(one) is not type(other) or one != other:
        return False
    if isinstance(one, dict):
        return all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list):
        return all(map(same, one, other))
    return True


def _is_deep(value: t.Any) -> bool:
    """Check whether lists and objects are nested deeper than any JWK needs; level by level, without recursion."""
    level, depth = [value], 0
    while level and depth <= _DEEPEST:
        held = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, (dict, list)))
        level = [inner for values in held for inner in values if isinstance(inner, (dict, list))]
        depth += 1
    return bool(level)


def _object(pairs: t.List[t.Tuple[str, t.Any]]) -> t.Dict[str, t.Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Repeated(found)


def _integer(text: str) -> t.Any:
    return int(text) if len(text) <= _MOST_DIGITS else LongNumber(text)


def _float(text: str) -> t.Any:
    number = float(text)
    return LongNumber(text) if number in (float("inf"), float("-inf")) else number


class _Constant(Exception):
    """NaN or Infinity."""


def _no_constant(_text: str) -> t.NoReturn:
    raise _Constant


_VALUES = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_no_constant
)


def _skip(text: str, at: int) -> int:
    """Return the first offset that is not blank."""
    return t.cast("re.Match[str]", _BLANKS.match(text, at)).end()


def _end(text: str, at: int) -> int:
    return _ENDS.raw_decode(text, at)[1]
