# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a POSIX shell reads a file of assignments: where each stands, and what its value is.

Follows quotes, substitutions, here-documents and blocks of other people's commands just far enough to know where they
end. Values that the shell would have to compute are not computed, and where shells differ the file is refused.
"""

from __future__ import annotations

import re
import typing as t

from .dialects import Assignment, in_doubt
from .shell_words import Script, Word, find
from .shell_words import word as read_word

#: Word that opens a block -> word that closes it. Inside one, an assignment may or may not be carried out.
BLOCKS = {"if": "fi", "case": "esac", "for": "done", "select": "done", "while": "done", "until": "done", "{": "}"}
#: Word of a block -> word that closes it.
INSIDE = {"then": "fi", "elif": "fi", "else": "fi", "do": "done"}
#: Words behind which the next one is the start of a command again.
LEADING = frozenset(("if", "then", "else", "elif", "while", "until", "do", "!", "time", "{"))
#: Commands that change a variable that they are given by name.
CHANGING = frozenset(("unset", "read", "readonly", "declare", "typeset", "local", "for", "select", "getopts"))

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\+?)=")
#: ${NAME:=value}; and in $((...)) also NAME=1, NAME+=1, NAME++ and ++NAME.
_DEFAULT = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*):?=")
_COUNTED = re.compile(
    r"(?:\+\+|--)\s*([A-Za-z_][A-Za-z0-9_]*)|([A-Za-z_][A-Za-z0-9_]*)\s*(?:[-+*/%&|^<>]*=(?!=)|\+\+|--)"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class _Lines(Script):
    """Also the blocks that are open at the offset, and what has been found up to it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.blocks: t.List[str] = []
        #: How many blocks have been opened so far, to know the lines that open and close one.
        self.opened = 0
        #: Whether the command goes on in the next line (behind |, || and &&).
        self.unfinished = False
        self.found: t.List[Assignment] = []


def read_shell(text: str) -> t.List[Assignment]:
    """All assignments in the order of the text; see the module on what is known about them."""
    script = _Lines(text)
    while script.offset < len(text):
        _line(script)
    if script.blocks or script.unfinished:
        raise in_doubt(text, len(text), "ends inside a block, bracket or command that is never closed")
    return script.found


def _line(script: _Lines) -> None:
    """Read one line with all that it goes on in, and note its assignments."""
    start, outside, opened = script.offset, not (script.blocks or script.unfinished), script.opened
    commands: t.List[t.List[Word]] = [[]]
    documents: t.List[_Document] = []
    plain = True
    #: The operator before, or what else was there; empty at the start.
    before = ""
    while script.at() not in ("", "\n"):
        character = script.at()
        if character in " \t":
            script.offset += 1
            continue
        if script.text.startswith("\\\n", script.offset):
            script.offset += 2
            continue
        if character == "#":
            script.offset = find(script.text, "\n", script.offset)
        elif script.text.startswith("<<", script.offset) and not script.text.startswith("<<<", script.offset):
            documents.append(_document(script))
            plain = False
        elif character in ";&|<>()":
            is_redirection = character == "&" and script.at(1) == ">"
            if character in ";&|" and not is_redirection and before in ("", ";") and script.blocks[-1:] != ["esac"]:
                raise in_doubt(script.text, script.offset, "has an operator without a command before it")
            plain = plain and character == ";"
            script.unfinished = character == "|" or (character == "&" and script.at(-1) in ("&", "|"))
            _bracket(script, character)
            script.offset += 3 if script.text.startswith("<<<", script.offset) else 1
            if character not in "<>":
                commands.append([])
        else:
            script.unfinished = False
            _keyword(script, commands, read_word(script))
        before = character
    script.offset = min(script.offset + 1, len(script.text))
    for document in documents:
        _skip_document(script, document)
    _note(script, start, [words for words in commands if words], plain and outside and script.opened == opened)


def _bracket(script: _Lines, character: str) -> None:
    if character == "(":
        script.blocks.append(")")
    elif character == ")" and script.blocks[-1:] == [")"]:
        script.blocks.pop()
    elif character == ")" and script.blocks[-1:] != ["esac"]:
        raise in_doubt(script.text, script.offset, "closes a bracket that was not opened")


def _keyword(script: _Lines, commands: t.List[t.List[Word]], word: Word) -> None:
    """Add a word to the command it belongs to; follow the blocks that it opens or closes."""
    words = commands[-1]
    first = not words or (word.raw == "{" and words[0].raw == "function")
    if first and word.raw in BLOCKS:
        script.blocks.append(BLOCKS[word.raw])
        script.opened += 1
    elif first and word.raw in BLOCKS.values():
        if script.blocks[-1:] != [word.raw]:
            raise in_doubt(script.text, word.start, "closes a block that was not opened")
        script.blocks.pop()
    elif first and word.raw in INSIDE and script.blocks[-1:] != [INSIDE[word.raw]]:
        raise in_doubt(script.text, word.start, "has a word of a block that was not opened")
    words.append(word)
    if first and word.raw in LEADING:
        commands.append([])


def _note(script: _Lines, start: int, commands: t.List[t.List[Word]], plain: bool) -> None:
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
            match = _ASSIGNMENT.match(word.raw) or _quoted_name(script, words[0], word)
            name = match.group(1) if match else word.raw
            if match and only:
                # Of a line with several, which is not changed, none needs to know what is before it.
                prefix = "" if len(script.found) > added else script.text[start : word.start].replace("\\\n", "")
                script.found.append(_plain(script, start, word, match, exported, prefix))
            elif match or words[0].raw in CHANGING:
                rule = "is set by a command that is more than an assignment"
                script.found.append(Assignment(name, start, script.offset, None, rule, alone=False))
            elif not (only and len(script.found) > added and script.found[-1].name == name):
                strangers = True
            else:
                # NAME=value; export NAME
                script.found[-1] = script.found[-1]._replace(prefix=_exporting(script.found[-1].prefix))
    # What is in quotes to the letter can look like one: '((a=1'.
    if not plain or any(word.value is None for words in commands for word in words):
        script.found += _in_expansions(script, start)
    if strangers or len(script.found) > added + 1:
        script.found[added:] = [each._replace(alone=False) for each in script.found[added:]]


def _in_expansions(script: _Lines, start: int) -> t.Iterator[Assignment]:
    """What the expansions of a line may assign; a comment's do not."""
    line = script.text[start : script.offset]
    if line.lstrip().startswith("#"):
        return
    counted = line.partition("((")[2]
    for name in _DEFAULT.findall(line) + ["".join(names) for names in _COUNTED.findall(counted)]:
        yield Assignment(name, start, script.offset, None, "is set inside an expansion", alone=False)


def _quoted_name(script: _Lines, command: Word, word: Word) -> t.Optional[t.Match[str]]:
    """The name in ``export "NAME=value"`` and its like; one that the shell would have to compute could be any."""
    if command.raw != "export" and command.raw not in CHANGING:
        return None
    match = _ASSIGNMENT.match(re.sub(r"""['"\\]""", "", word.raw))
    if match is None and word.value is None and command.raw not in ("for", "select"):
        raise in_doubt(script.text, word.start, "sets variables whose names are computed")
    return match


def _exporting(prefix: str) -> str:
    return prefix if "export" in prefix else prefix + "export "


def _plain(script: _Lines, start: int, word: Word, match: t.Match[str], exported: bool, prefix: str) -> Assignment:
    value, rule = word.value, word.rule
    if match.group(2):
        value, rule = None, "is appended to (+=)"
    elif exported and word.pattern:
        # dash makes file names of it, bash does not.
        value, rule = None, "has an unquoted pattern (*, ?, [ or {) behind export"
    elif value is not None:
        value = value[match.end() :]
    return Assignment(match.group(1), start, script.offset, value, rule, prefix)


class _Document(t.NamedTuple):
    """A here-document that starts behind the line: its end mark, and how its lines are compared with it."""

    mark: str
    #: Tabs before the mark do not count (``<<-``).
    tabs: bool
    #: A line that ends in a backslash goes on in the next one, which then cannot be the mark.
    joined: bool


def _document(script: _Lines) -> _Document:
    start = script.offset
    script.offset += 2
    tabs = script.at() == "-"
    script.offset += int(tabs)
    while script.at() and script.at() in " \t":
        script.offset += 1
    mark = read_word(script)
    if mark.value is None or not mark.raw:
        raise in_doubt(script.text, start, "has << without a plain word behind it")
    return _Document(mark.value, tabs, mark.value == mark.raw)


def _skip_document(script: _Lines, document: _Document) -> None:
    start, whole = script.offset, True
    while script.offset < len(script.text):
        end = find(script.text, "\n", script.offset)
        line = script.text[script.offset : end]
        script.offset = min(end + 1, len(script.text))
        if whole and (line.lstrip("\t") if document.tabs else line) == document.mark:
            return
        whole = not (document.joined and (len(line) - len(line.rstrip("\\"))) % 2)
    raise in_doubt(script.text, max(start - 1, 0), "starts a here-document that has no end")
