# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes of values that come from a host: a shape returns what it keeps of a value, as Python's own types.

A part of a value that is not of its shape is left out and named; a value that is not of its shape at all is refused.
No text that a shape keeps begins a template: ansible-core 2.18 forgets which values come from hosts when they pass
through an expression, and would evaluate them.
"""

from __future__ import annotations

import re
import typing as t

Mapping = t.Mapping[str, t.Any]
#: Takes the name of a part that was left out.
Drop = t.Callable[[str], None]
#: ``shape(value, where, drop)`` returns what is kept; ``where`` is the name of the value.
Shape = t.Callable[[t.Any, str, Drop], t.Any]


def nowhere(_name: str) -> None:
    """Where it does not matter what is left out."""


_TEMPLATE = re.compile(r"\{(?=[{%#])")
#: What moves a terminal's cursor or has no place in UTF-8; a line may end in CR LF.
_UNSHOWN = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff"
_NOT_FOR_PEOPLE = re.compile("[%s]|\r(?!\n)" % _UNSHOWN)
_MOST_ENTRIES, _DEEPEST = 10000, 8


class Wrong(Exception):
    """The value is not of this shape."""


def text(most: int, form: str = r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]*") -> Shape:
    """A text of that form and at most so many characters."""
    pattern = re.compile(form)

    def keep(value: t.Any, _where: str, _drop: Drop) -> str:
        plain = _plain(value)
        if len(plain) > most or not pattern.fullmatch(plain) or _TEMPLATE.search(plain):
            raise Wrong
        return plain

    return keep


def words(most: int) -> Shape:
    """Any text for people: cut where it is too long, a blank where a template would begin, no control characters."""

    def keep(value: t.Any, _where: str, _drop: Drop) -> str:
        plain = _plain(value)
        cut = plain[:most] + ("..." if len(plain) > most else "")
        return _TEMPLATE.sub("{ ", _NOT_FOR_PEOPLE.sub("?", cut))

    return keep


def flag(value: t.Any, _where: str, _drop: Drop) -> bool:
    """True or false."""
    if value is not True and value is not False and type(value).__name__ != "_AnsibleTaggedBool":
        raise Wrong
    return bool(value)


def whole(least: int, most: int) -> Shape:
    """A whole number from ``least`` to ``most``."""

    def keep(value: t.Any, _where: str, _drop: Drop) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Wrong
        return int(value)

    return keep


def fields(**shapes: Shape) -> Shape:
    """A dictionary with any of these."""
    return named(shapes.get)


def named(shape_of: t.Callable[[str], t.Optional[Shape]]) -> Shape:
    """A dictionary, each entry of the shape that ``shape_of`` gives for its name; None leaves it out."""

    def keep(value: t.Any, where: str, drop: Drop) -> t.Dict[str, t.Any]:
        if not isinstance(value, t.Mapping):
            raise Wrong
        kept = {}
        for name, held in value.items():
            shape = shape_of(str.__str__(name)) if isinstance(name, str) else None
            inner = "%s.%s" % (where, name) if where else str(name)
            if shape is None:
                drop(inner)
                continue
            try:
                kept[str.__str__(name)] = shape(held, inner, drop)
            except Wrong:
                drop(inner)
        return kept

    return keep


def naming(name_shape: Shape, shape: Shape, most: int) -> Shape:
    """A dictionary of at most so many entries of a shape, under names of a shape."""

    def shape_of(name: str) -> t.Optional[Shape]:
        try:
            name_shape(name, "", nowhere)
        except Wrong:
            return None
        return shape

    def keep(value: t.Any, where: str, drop: Drop) -> t.Dict[str, t.Any]:
        if not isinstance(value, t.Mapping) or len(value) > most:
            raise Wrong
        return t.cast("t.Dict[str, t.Any]", named(shape_of)(value, where, drop))

    return keep


def each(shape: Shape, most: int) -> Shape:
    """A list of at most so many entries of a shape."""

    def keep(value: t.Any, where: str, drop: Drop) -> t.List[t.Any]:
        if not isinstance(value, list) or len(value) > most:
            raise Wrong
        kept = []
        for number, held in enumerate(value):
            inner = "%s[%d]" % (where, number)
            try:
                kept.append(shape(held, inner, drop))
            except Wrong:
                drop(inner)
        return kept

    return keep


def either(*shapes: Shape) -> Shape:
    """The first of the shapes that the value has."""

    def keep(value: t.Any, where: str, drop: Drop) -> t.Any:
        for shape in shapes:
            try:
                return shape(value, where, drop)
            except Wrong:
                continue
        raise Wrong

    return keep


def shown(most: int) -> Shape:
    """Whatever JSON can say, for people alone: texts as :func:`words`, and neither large nor deep."""
    word = words(most)

    def keep(value: t.Any, where: str, drop: Drop, depth: int = 0) -> t.Any:
        if isinstance(value, str):
            return word(value, where, drop)
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if depth == _DEEPEST or not isinstance(value, (t.Mapping, list)) or len(value) > _MOST_ENTRIES:
            raise Wrong
        if isinstance(value, list):
            return [keep(held, where, drop, depth + 1) for held in value]
        return {word(name, where, drop): keep(held, where, drop, depth + 1) for name, held in value.items()}

    return keep


def summary(value: t.Any, _where: str, _drop: Drop) -> t.Any:
    """What ansible-core 2.19 and later makes of errors and warnings; it shows them, and evaluates nothing of them.

    Of the error of a module it makes an object of a class derived from these.
    """
    if not any(kind.__module__ == "ansible.module_utils._internal._messages" for kind in type(value).__mro__):
        raise Wrong
    return value


def _plain(value: t.Any) -> str:
    """A text without what ansible-core remembers of it."""
    if not isinstance(value, str):
        raise Wrong
    return str.__str__(value)
