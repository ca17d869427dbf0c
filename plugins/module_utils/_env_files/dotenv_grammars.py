# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each reader of ``.env`` files reads a value: one row a program. See ``dotenv`` for how a row is used."""

from __future__ import annotations

import re
import typing as t

#: What is in no value: control characters, and octets that are not UTF-8.
NO_TEXT = "\x00-\x08\x0b-\x1f\x7f\ud800-\udfff"


class Grammar(t.NamedTuple):
    """How one program reads a value, as far as that is certain."""

    #: Quotes, each with the pattern of what is between two of them and what that stands for (None: cannot be told).
    quotes: t.Mapping[str, t.Tuple[t.Pattern[str], t.Callable[[str], t.Optional[str]]]]
    #: The special characters that are escaped with a backslash in new values, by quote.
    escaped: t.Mapping[str, str] = {}
    #: Where the comment behind an unquoted value starts.
    comment: t.Pattern[str] = re.compile(r"#.*")
    #: Unquoted values about which there is doubt.
    unclear: t.Optional[t.Pattern[str]] = None
    #: Whether something is expanded, by quote; "" for none.
    expanded: t.Mapping[str, t.Callable[[str], t.Any]] = {}
    #: Whether ``export`` may stand before the name.
    takes_export: bool = True
    #: Whether blanks are skipped everywhere: on a line of their own, before a comment, as a value, and tabs, too.
    takes_blanks: bool = True
    #: Whether a comment may hold the quote that closed the value before it.
    takes_quotes_in_comment: bool = True


def _up_to(quote: str, *, lines: bool = True) -> t.Pattern[str]:
    """Build the pattern of what is between two quotes, up to the first."""
    return re.compile("%s([^%s%s]*)%s" % (quote, quote + ("" if lines else "\n"), NO_TEXT, quote))


def _up_to_free(quote: str, *, lines: bool = True) -> t.Pattern[str]:
    """Build the pattern of what is between two quotes, up to the first without a backslash before it."""
    odd = NO_TEXT + ("" if lines else "\n")
    part = r"[^%s\\%s]*" % (quote, odd)
    return re.compile(r"%s(%s(?:\\+[^\\%s]%s)*)%s" % (quote, part, odd, part, quote))


def _same(text: str) -> t.Optional[str]:
    return text


def _escapes(meaning: t.Mapping[str, str], *, others: t.Optional[str] = None) -> t.Callable[[str], t.Optional[str]]:
    r"""Build a reader of pairs of a backslash and a character; ``others`` replaces pairs that are not listed."""

    def read(text: str) -> t.Optional[str]:
        pairs = re.findall(r"\\([\s\S])", text)
        if others is None and not set(pairs) <= set(meaning):
            return None
        return re.sub(r"\\([\s\S])", lambda pair: meaning.get(pair.group(1), pair.expand(others or "")), text)

    return read


def _newlines(text: str) -> t.Optional[str]:
    r"""Reads each ``\n`` as a newline, also behind a backslash; None with the escape of a carriage return."""
    return None if "\\r" in text else text.replace("\\n", "\n")


def _ruby_double(text: str) -> t.Optional[str]:
    r"""The same, and then each backslash goes."""
    lines = _newlines(text)
    return lines if lines is None else re.sub(r"\\([\s\S])", r"\1", lines)


def _go_single(text: str) -> t.Optional[str]:
    """A quote behind a backslash closes nothing, and is trimmed at the end."""
    return None if "'" in text else text


def _go_double(text: str) -> t.Optional[str]:
    """A quote at the end is trimmed with the quote that closes."""
    return None if text.endswith('\\"') else _escapes(_LINE_ESCAPES, others=r"\1")(text)


def _braces(text: str) -> bool:
    """``${NAME}``"""
    return text.find("}", text.find("${")) >= 0 if "${" in text else False


#: A dollar sign that has no backslash of its own before it.
_free_dollar = re.compile(r"(?<!\\)(?:\\\\)*\$").search
_dollar = re.compile(r"\$").search
_PYTHON = {"\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LINE_ESCAPES = {"n": "\n", "r": "\r"}

GRAMMARS: t.Dict[str, Grammar] = {
    # A backslash escapes no quote; in double quotes, a backslash and an n are a newline. To Node 20, a blank line with
    # blanks and an indented comment belong to the next name, and tabs are no blanks.
    "node": Grammar(
        quotes={
            "'": (_up_to("'"), _same),
            "`": (_up_to("`"), _same),
            '"': (_up_to('"'), _newlines),
        },
        takes_blanks=False,
    ),
    # A quote behind a backslash closes nothing, and the backslash stays.
    "dotenv": Grammar(
        quotes={
            "'": (_up_to_free("'"), _same),
            "`": (_up_to_free("`"), _same),
            '"': (_up_to_free('"'), _newlines),
        },
    ),
    # ${NAME} is expanded even in single quotes.
    "python-dotenv": Grammar(
        quotes={
            "'": (_up_to_free("'"), _escapes({"\\": "\\", "'": "'"}, others=r"\\\1")),
            '"': (_up_to_free('"'), _escapes(_PYTHON, others=r"\\\1")),
        },
        escaped={"'": "\\'", '"': '\\"'},
        comment=re.compile(r"(?<=[ \t])#.*"),
        expanded=dict.fromkeys(("'", '"', ""), _braces),
    ),
    # A quote behind a backslash closes nothing. The last of several signs of a comment counts.
    "godotenv": Grammar(
        quotes={
            "'": (_up_to_free("'"), _go_single),
            '"': (_up_to_free('"'), _go_double),
        },
        escaped={'"': '\\"$'},
        comment=re.compile(r"(?<=[ \t])#.*"),
        unclear=re.compile(r"[ \t]#.*[ \t]#"),
        expanded={"": _dollar, '"': _free_dollar},
    ),
    # A value in quotes goes up to the last quote of its line. Outside of single quotes, $(COMMAND) is run.
    "ruby-dotenv": Grammar(
        quotes={
            "'": (_up_to("'", lines=False), _same),
            '"': (_up_to_free('"', lines=False), _ruby_double),
        },
        escaped={'"': '\\"$'},
        expanded={"": _dollar, '"': re.compile(r"\$\(|(?<!\\)(?:\\\\)*\$").search},
        takes_quotes_in_comment=False,
    ),
    "phpdotenv": Grammar(
        quotes={
            "'": (_up_to("'", lines=False), _same),
            '"': (re.compile(r'"([^"\\\n%s]*(?:\\.[^"\\\n%s]*)*)"' % (NO_TEXT, NO_TEXT)),
                  _escapes({**_LINE_ESCAPES, "\\": "\\", '"': '"', "$": "$", "f": "\f", "t": "\t", "v": "\v"})),
        },
        escaped={'"': '\\"$'},
        unclear=re.compile(r"[^\s#][ \t]+[^\s#]|[\\'\"]"),
        expanded={"": _dollar, '"': _free_dollar},
        takes_export=False,
    ),
}  # fmt: skip
