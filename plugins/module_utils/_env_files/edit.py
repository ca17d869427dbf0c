# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment files: read our variables, set or remove them, and keep every other byte.

A file is read the way the program reads it that uses it, its dialect. What :func:`change` returns has been read again
before it is handed out: our variables have the wanted values, everybody else's have what they had.
"""

from __future__ import annotations

import re
import typing as t

from .._errors import KeysmithError
from . import dialects, one_value
from .assignments import Assignment, in_doubt
from .dialects import ROWS, Dialect, in_the_way, written

#: Octets. A file of settings is far smaller; a limit keeps reading one a matter of milliseconds.
LARGEST_FILE = 64 * 1024
#: Octets. docker reads lines of up to 64 KiB, the kernel takes variables of up to 128 KiB.
LARGEST_VALUE = 60000

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
#: What a person calls an assignment, or a name that is handed on.
_ASSIGNMENT = re.compile(r"[\s\ufeff]*(?:export\s+)?[\w.-][\w.\[\]-]*[^\S\n]*(=|:|\n|\Z)")
#: A line that is neither blank nor a comment.
_OTHER_LINE = re.compile(r"(?<![^\r\n])[ \t]*[^\s#;]")

#: The names of the dialects of files with assignments, and of all.
DIALECTS = tuple(name for name, row in ROWS.items() if row.readers)
FORMATS = tuple(ROWS)
ENVDIR = dialects.ENVDIR


def is_name(name: t.Any) -> bool:
    """Check whether every dialect accepts it as the name of a variable."""
    return isinstance(name, str) and bool(_NAME.match(name))


def check_name(option: str, name: str) -> None:
    """Refuse the name of a variable that not every dialect can hold."""
    if not is_name(name):
        raise KeysmithError(
            "%s: the name of a variable is made of letters, digits and _, and does not start with a digit." % option
        )


def check_value(variable: str, value: str, dialect: str) -> None:
    """Refuse a value that the dialect cannot hold; the message names variable and character, not the value."""
    # Older systemd drops variables that have other control characters than these two.
    refused = re.search("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff%s]" % ROWS[dialect].refused, value)
    if refused:
        character = {"\x00": "a NUL", "\n": "a newline", "\r": "a carriage return"}
        raise KeysmithError(
            "%s: its value has %s in it, which an environment file for %s cannot carry."
            % (variable, character.get(refused.group(), "the character U+%04X" % ord(refused.group())), dialect)
        )
    if written(value, ROWS[dialect]) is None:
        raise KeysmithError(
            "%s: its value has %s in it, which an environment file for %s cannot carry."
            % (variable, in_the_way(value, ROWS[dialect]), dialect)
        )
    if len(value.encode("utf-8")) > LARGEST_VALUE:
        raise KeysmithError(
            "%s: its value is longer than the %d octets that an environment file can carry." % (variable, LARGEST_VALUE)
        )


def is_empty(text: bytes) -> bool:
    """Check whether the file has only blank lines."""
    return not (text[3:] if text.startswith(b"\xef\xbb\xbf") else text).strip()


def strange_line(text: bytes, dialect: str) -> int:
    """Return the number of the first line that is no assignment, no comment and not blank; 0 if there is none.

    KeysmithError where the program that reads the file would refuse it.
    """
    if dialect == ENVDIR:
        return 2 if one_value.has_more_lines(text) else 0
    source = _decoded(text)
    found = ROWS[dialect].readers[0](source)
    # Programs take nearly anything for a name, such as a line of JSON, and compose takes YAML for assignments.
    shapes = [_ASSIGNMENT.match(source[each.start : each.end]) for each in found]
    has_equals = any(shape and shape.group(1) == "=" for shape in shapes)
    at = int(source.startswith("\ufeff"))
    for each, shape in zip(found, shapes):
        other = _OTHER_LINE.search(source[at : each.start])
        if other or not shape or (shape.group(1) == ":" and not has_equals):
            return _line_number(source, at + other.start() if other else each.start)
        at = max(at, each.end)
    other = _OTHER_LINE.search(source[at:])
    return _line_number(source, at + other.start()) if other else 0


def _line_number(source: str, offset: int) -> int:
    return 1 + len(re.findall(r"\r\n|\r|\n", source[:offset]))


def values(text: bytes, names: t.Iterable[str], dialect: str, *, name: str = "environment") -> t.Dict[str, str]:
    """Return what the program that reads the file sees for these variables, without those that are not set.

    ``name`` is how messages call the file. KeysmithError where a value would have to be computed, or the file is in a
    state in which it cannot be told.
    """
    return _named(name, _values, text, tuple(names), dialect)


def change(text: bytes, wanted: t.Mapping[str, t.Optional[str]], dialect: str, *, name: str = "environment") -> bytes:
    """Set these variables in the file, or remove those with the value None; every other byte stays.

    A variable keeps the place of its first line, and further lines of it go; a new one is added at the end. A line
    that says already what is wanted stays as it is. KeysmithError as in :func:`values`, and from :func:`check_value`.
    """
    for variable, value in wanted.items():
        check_name(name, variable)
        if value is not None:
            check_value(variable, value, dialect)
    return _named(name, _change, text, wanted, dialect)


def without(text: bytes, names: t.Iterable[str], dialect: str, *, name: str = "environment") -> bytes:
    """Remove these variables from the file. KeysmithError as in :func:`change`."""
    return change(text, dict.fromkeys(names), dialect, name=name)


_T = t.TypeVar("_T")


def _named(name: str, function: t.Callable[..., _T], *arguments: t.Any) -> _T:
    """Call the function; an error names the file."""
    try:
        return function(*arguments)
    except KeysmithError as error:
        raise KeysmithError("%s: %s" % (name, error)) from None


def _decoded(text: bytes) -> str:
    """Decode the file; octets that are not UTF-8 become surrogates, and are written back as they were."""
    if b"\x00" in text:
        raise KeysmithError("it has a NUL in it, so it is not an environment file; check the path.")
    if len(text) > LARGEST_FILE:
        raise KeysmithError(
            "it is larger than %d octets, so it is not an environment file; check the path." % LARGEST_FILE
        )
    return text.decode("utf-8", "surrogateescape")


def _values(text: bytes, names: t.Sequence[str], dialect: str) -> t.Dict[str, str]:
    if dialect == ENVDIR:
        value = one_value.value(text)
        return {} if value is None else dict.fromkeys(names, value)
    result = {}
    for each in _agreed(_decoded(text), names, ROWS[dialect]):
        result[each.name] = each
    for each in result.values():
        if each.value is None:
            raise KeysmithError("%s %s, which is not done here; give it a plain value." % (each.name, each.rule))
        if re.search("[\ud800-\udfff]", each.value):
            raise KeysmithError("%s has a value that is not UTF-8." % each.name)
    return {each.name: str(each.value) for each in result.values()}


def _agreed(source: str, names: t.Container[str], dialect: Dialect) -> t.List[Assignment]:
    """Return the assignments of these variables if all versions of the program agree on them."""
    read = [[each for each in reader(source) if each.name in names] for reader in dialect.readers]
    if any(other != read[0] for other in read):
        comment = re.search(r"(?<![^\r\n])[ \t]*[#;][^\r\n]*\\[\r\n]", source)
        raise in_doubt(
            source,
            comment.start() if comment else 0,
            "is a comment that ends in a backslash, and systemd before 254 then skips the next line",
        )
    return read[0]


def _change(text: bytes, wanted: t.Mapping[str, t.Optional[str]], dialect_name: str) -> bytes:
    if dialect_name == ENVDIR:
        for value in wanted.values():
            text = one_value.changed(text, value)
        return text
    dialect = ROWS[dialect_name]
    source = _decoded(text)
    found = _agreed(source, wanted, dialect)
    edits: t.List[t.Tuple[int, int, str]] = []
    added = ""
    newline = "\r\n" if dialect.crlf and source[: source.rfind("\n") + 1].endswith("\r\n") else "\n"
    for variable, value in wanted.items():
        own = [each for each in found if each.name == variable]
        if value is not None and not own:
            added += dialect.prefix + _assignment(variable, value, dialect) + newline
        elif value is None or len(own) > 1 or own[0].value != value:
            edits += _edits(source, own, value, dialect)
    source = _edited(source, edits)
    if not added:
        return _proved(_decoded(text), source, wanted, dialect)
    if source and not source.endswith("\n"):
        source += newline
    try:
        return _proved(_decoded(text), source + added, wanted, dialect)
    except KeysmithError:
        # A last line that goes on (by a backslash) into what is added: a blank line ends it.
        return _proved(_decoded(text), source + newline + added, wanted, dialect)


def _edited(source: str, edits: t.Iterable[t.Tuple[int, int, str]]) -> str:
    parts, offset = [], 0
    for start, end, line in sorted(edits):
        parts += [source[offset:start], line]
        offset = end
    return "".join(parts) + source[offset:]


def _assignment(variable: str, value: str, dialect: Dialect) -> str:
    return "%s=%s" % (variable, written(value, dialect))


def _edits(
    source: str, own: t.List[Assignment], value: t.Optional[str], dialect: Dialect
) -> t.Iterator[t.Tuple[int, int, str]]:
    """Return start, end and new text for each line of a variable: the first gets the value, the others are removed."""
    for each in own:
        if not each.alone:
            raise in_doubt(source, each.start, "sets %s together with something else" % each.name)
        line = ""
        if value is not None and each is own[0]:
            line = source[each.start : each.end]
            if each.value != value:
                ending = re.search(r"(\r\n|\n|\r)?\Z" if dialect.crlf else r"\n?\Z", line)
                line = each.prefix + _assignment(each.name, value, dialect) + (ending.group() if ending else "")
        yield each.start, each.end, line


def _proved(before: str, after: str, wanted: t.Mapping[str, t.Optional[str]], dialect: Dialect) -> bytes:
    """Return the new text once each reader has found our values in it, once, and all else as it was."""
    expected = sorted((variable, value) for variable, value in wanted.items() if value is not None)
    for reader in dialect.readers:
        read = reader(after)
        own = sorted(((each.name, each.value) for each in read if each.name in wanted), key=lambda pair: pair[0])
        others = [(each.name, each.value, each.rule) for each in read if each.name not in wanted]
        kept = [(each.name, each.value, each.rule) for each in reader(before) if each.name not in wanted]
        if own != expected or others != kept:
            raise KeysmithError("it cannot be changed without changing lines of others; set the variables by hand.")
    text = after.encode("utf-8", "surrogateescape")
    if len(text) > LARGEST_FILE:
        raise KeysmithError("it would be larger than %d octets, the most for such a file." % LARGEST_FILE)
    return text
