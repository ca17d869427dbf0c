# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""How a POSIX shell reads a file of assignments: where each stands, and what its value is.

Follows quotes, substitutions, here-documents and blocks of other people's commands just far enough to know where they
end. Values that the shell would have to compute are not computed, and where shells differ the file is refused.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._dialects import Assignment, in_doubt

#: Word that opens a block -> word that closes it. Inside one, an assignment may or may not be carried out.
BLOCKS = {"if": "fi", "case": "esac", "for": "done", "select": "done", "while": "done", "until": "done", "{": "}"}
#: Words behind which the next one is the start of a command again.
LEADING = frozenset(("if", "then", "else", "elif", "while", "until", "do", "!", "time", "{"))
#: Commands that change a variable that they are given by name.
CHANGING = frozenset(("unset", "read", "readonly", "declare", "typeset", "local", "for", "select", "getopts"))
#: So deep no environment file nests its substitutions; a limit of Python's own would be a crash.
DEEPEST = 30

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\+?)=")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class _Word(t.NamedTuple):
    """A word of a command: as written (without continued lines), and what it stands for, or why that isn't known."""

    start: int
    raw: str
    value: t.Optional[str]
    rule: str
    #: Has an unquoted character that makes file names of an argument, but not of an assignment.
    pattern: bool


class _Script:
    """The text, the offset that has been read up to, and the blocks that are open there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.offset = 0
        self.blocks: t.List[str] = []
        self.found: t.List[Assignment] = []

    def at(self, ahead: int = 0) -> str:
        """The character there; empty at the end."""
        return self.text[self.offset + ahead : self.offset + ahead + 1]


def read_shell(text: str) -> t.List[Assignment]:
    """All assignments in the order of the text; see the module on what is known about them."""
    script = _Script(text)
    while script.offset < len(text):
        _line(script)
    if script.blocks:
        raise in_doubt(text, len(text), "ends inside a block or bracket that is never closed")
    return script.found


def _line(script: _Script) -> None:
    """Read one line with all that it goes on in, and note its assignments."""
    start, outside = script.offset, not script.blocks
    commands: t.List[t.List[_Word]] = [[]]
    documents: t.List[t.Tuple[str, bool]] = []
    plain = True
    while script.at() not in ("", "\n"):
        character = script.at()
        if character in " \t":
            script.offset += 1
        elif script.text.startswith("\\\n", script.offset):
            script.offset += 2
        elif character == "#":
            script.offset = _find(script.text, "\n", script.offset)
        elif script.text.startswith("<<", script.offset) and not script.text.startswith("<<<", script.offset):
            documents.append(_document(script))
            plain = False
        elif character in ";&|<>()":
            plain = plain and character == ";"
            _bracket(script, character)
            script.offset += 3 if script.text.startswith("<<<", script.offset) else 1
            if character not in "<>":
                commands.append([])
        else:
            _keyword(script, commands, _word(script))
    script.offset = min(script.offset + 1, len(script.text))
    for delimiter, tabs in documents:
        _skip_document(script, delimiter, tabs)
    _note(script, start, [words for words in commands if words], plain and outside and not script.blocks)


def _bracket(script: _Script, character: str) -> None:
    if character == "(":
        script.blocks.append(")")
    elif character == ")" and script.blocks[-1:] == [")"]:
        script.blocks.pop()
    elif character == ")" and script.blocks[-1:] != ["esac"]:
        raise in_doubt(script.text, script.offset, "closes a bracket that was not opened")


def _keyword(script: _Script, commands: t.List[t.List[_Word]], word: _Word) -> None:
    """Add a word to the command it belongs to; follow the blocks that it opens or closes."""
    words = commands[-1]
    first = not words or (word.raw == "{" and words[0].raw == "function")
    if first and word.raw in BLOCKS:
        script.blocks.append(BLOCKS[word.raw])
    elif first and word.raw in BLOCKS.values():
        if script.blocks[-1:] != [word.raw]:
            raise in_doubt(script.text, word.start, "closes a block that was not opened")
        script.blocks.pop()
    words.append(word)
    if first and word.raw in LEADING:
        commands.append([])


def _note(script: _Script, start: int, commands: t.List[t.List[_Word]], plain: bool) -> None:
    """Note what the commands of a line assign. Plain: nothing but commands one after the other."""
    added = len(script.found)
    strangers = False
    for words in commands:
        exported = words[0].raw == "export"
        setting = words[1:] if exported else words
        only = plain and all(_ASSIGNMENT.match(word.raw) or (exported and _NAME.match(word.raw)) for word in setting)
        if plain and words[0].raw in ("exit", "return", "exec") and script.offset < len(script.text):
            raise in_doubt(script.text, start, "ends the script before its last line")
        for word in setting:
            match = _ASSIGNMENT.match(word.raw)
            name = match.group(1) if match else word.raw
            if match and only:
                script.found.append(_plain(script, start, word, match, exported))
            elif match or words[0].raw in CHANGING:
                rule = "is set by a command that is more than an assignment"
                script.found.append(Assignment(name, start, script.offset, None, rule, alone=False))
            elif not (only and script.found[added:] and script.found[-1].name == name):
                strangers = True
            else:
                # NAME=value; export NAME
                script.found[-1] = script.found[-1]._replace(prefix=_exporting(script.found[-1].prefix))
    if strangers or len(script.found) > added + 1:
        script.found[added:] = [each._replace(alone=False) for each in script.found[added:]]


def _exporting(prefix: str) -> str:
    return prefix if "export" in prefix else prefix + "export "


def _plain(script: _Script, start: int, word: _Word, match: t.Match[str], exported: bool) -> Assignment:
    value, rule = word.value, word.rule
    if match.group(2):
        value, rule = None, "is appended to (+=)"
    elif exported and word.pattern:
        # dash makes file names of it, bash does not.
        value, rule = None, "has an unquoted pattern (*, ?, [ or {) behind export"
    elif value is not None:
        value = value[match.end() :]
    prefix = script.text[start : word.start].replace("\\\n", "")
    return Assignment(match.group(1), start, script.offset, value, rule, prefix)


def _find(text: str, what: str, offset: int) -> int:
    """Offset of the next one, or of the end."""
    place = text.find(what, offset)
    return len(text) if place < 0 else place


def _word(script: _Script) -> _Word:
    text, start = script.text, script.offset
    value, rule, pattern = "", "", False
    while script.at() and script.at() not in " \t\n;&|<>()":
        character = script.at()
        if character == "\\":
            value += script.at(1).replace("\n", "")
            script.offset = min(script.offset + 2, len(text))
        elif character == "'":
            end = _single(text, script.offset)
            value += text[script.offset + 1 : end - 1]
            script.offset = end
        elif character == '"':
            quoted, why = _double(script)
            value, rule = value + quoted, rule or why
        elif character in "$`":
            literal, why = _dollar(script)
            value, rule = value + literal, rule or why
        else:
            if character == "~":
                rule = rule or "has an unquoted ~"
            pattern = pattern or character in "*?[{"
            value += character
            script.offset += 1
    return _Word(start, text[start : script.offset].replace("\\\n", ""), None if rule else value, rule, pattern)


def _single(text: str, offset: int) -> int:
    """Behind the single quotes that open at the offset."""
    end = text.find("'", offset + 1)
    if end < 0:
        raise in_doubt(text, offset, "opens a quote that is never closed")
    return end + 1


def _double(script: _Script) -> t.Tuple[str, str]:
    """What double quotes hold, and a rule where it would have to be computed."""
    text, start = script.text, script.offset
    value, rule = "", ""
    script.offset += 1
    while script.at() != '"':
        character = script.at()
        if character == "":
            raise in_doubt(text, start, "opens a quote that is never closed")
        if character == "\\" and script.at(1) in ("$", "`", '"', "\\", "\n"):
            value += script.at(1).replace("\n", "")
            script.offset += 2
        elif character in "$`":
            literal, why = _dollar(script, quoted=True)
            value, rule = value + literal, rule or why
        else:
            value += character
            script.offset += 1
    script.offset += 1
    return value, rule


def _dollar(script: _Script, quoted: bool = False) -> t.Tuple[str, str]:
    """A literal ``$``, or nothing and the rule by which the shell computes what stands there."""
    text, offset, ahead = script.text, script.offset, script.at(1)
    if script.at() == "`":
        script.offset = _inside(text, offset + 1, "`")
        return "", "has a command substitution (`...`)"
    if ahead == "(":
        script.offset = _inside(text, offset + 2, ")")
        return "", "has a command substitution ($(...))"
    if ahead == "{":
        script.offset = _inside(text, offset + 2, "}", quoted)
        return "", "has a variable in it (${...})"
    if ahead in ("'", '"') and not quoted:
        if ahead == "'":
            script.offset = _single(text, offset + 1)
            if text[script.offset - 2] == "\\":
                raise in_doubt(
                    text, offset, "has $'...' with a backslash before a quote, which shells read differently"
                )
            return "", "has $'...', which shells read differently"
        script.offset += 1
        return "", 'has $"...", which shells read differently'
    script.offset += 1
    if re.match(r"[A-Za-z0-9_@*#?$!-]", ahead):
        script.offset += 1
        return "", "has a variable in it ($)"
    return "$", ""


def _inside(text: str, offset: int, closer: str, quoted: bool = False, depth: int = 0) -> int:
    """Behind the closer of a substitution whose inside starts at the offset. Quoted: it stands in double quotes."""
    start = offset - 1
    if depth > DEEPEST:
        raise in_doubt(text, start, "nests substitutions too deeply")
    while offset < len(text) and text[offset] != closer:
        character, ahead = text[offset], text[offset + 1 : offset + 2]
        if character == "\\":
            offset += 2
        elif character == "'" and closer == "}" and quoted:
            raise in_doubt(text, start, "has a single quote in ${...} in double quotes, which shells read differently")
        elif character == "'" and closer != '"':
            offset = _single(text, offset)
        elif character == '"':
            offset = _inside(text, offset + 1, '"', True, depth + 1)
        elif character == "`":
            offset = _inside(text, offset + 1, "`", False, depth + 1)
        elif character == "$" and ahead and ahead in "({":
            offset = _inside(text, offset + 2, ")" if ahead == "(" else "}", quoted, depth + 1)
        elif character == "(" and closer == ")":
            offset = _inside(text, offset + 1, ")", False, depth + 1)
        elif character == "#" and closer in ")`" and text[offset - 1] in " \t\n;(":
            offset = _find(text, "\n", offset)
        elif character == "<" and ahead == "<" and closer in ")`":
            raise in_doubt(text, offset, "has << in a substitution")
        else:
            offset += 1
    if offset >= len(text):
        raise in_doubt(text, start, "opens a quote or substitution that is never closed")
    return offset + 1


def _document(script: _Script) -> t.Tuple[str, bool]:
    """The end mark of a here-document, and whether tabs before it do not count."""
    start = script.offset
    script.offset += 2
    tabs = script.at() == "-"
    script.offset += int(tabs)
    while script.at() and script.at() in " \t":
        script.offset += 1
    mark = _word(script)
    if mark.value is None or not mark.raw:
        raise in_doubt(script.text, start, "has << without a plain word behind it")
    return mark.value, tabs


def _skip_document(script: _Script, mark: str, tabs: bool) -> None:
    start = script.offset
    while script.offset < len(script.text):
        end = _find(script.text, "\n", script.offset)
        line = script.text[script.offset : end]
        script.offset = min(end + 1, len(script.text))
        if (line.lstrip("\t") if tabs else line) == mark:
            return
    raise in_doubt(script.text, max(start - 1, 0), "starts a here-document that has no end")
