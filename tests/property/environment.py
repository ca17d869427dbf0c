# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random values and files: what the collection writes is what the programs themselves read.

    python tests/property/environment.py                        a sample, some seconds
    python tests/property/environment.py --number 10000 --all   10,000 values and files a dialect, some minutes

For each program that is installed (see readers.py; ``--all`` fails where one is missing):
values    each value that check_value lets through is read back exactly, and no further variable appears
change    in a file of other people's lines, our variables are read as wanted and all others as before
agree     where values() gives an answer for a file of random characters, the program has the same
portable  a value in single quotes or none is read the same by every program but docker
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import typing as t
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))
# Makes the collection importable.
import conftest  # noqa: F401  # pylint: disable=unused-import
import readers
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files import edit as environment
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from samples import HOSTILE, OTHERS, OURS, SOUP

#: Few enough files a run of a program that a failure is found soon, enough that its start does not count.
BATCH = 100
#: Programs that ``--all`` asks for.
WANTED = (
    "systemd", "dash", "bash", "docker", "compose", "kubectl", "python-dotenv", "node", "dotenv", "ruby-dotenv",
    "phpdotenv", "godotenv", "envdir", "chpst", "s6-envdir",
)  # fmt: skip

#: The dialects that a value in single quotes, or in none, is not for.
NOT_PORTABLE = ("docker", "python-dotenv", "godotenv", "ruby-dotenv", "phpdotenv")
ALPHABETS = (
    "'\"\\$`# \n",
    "'\"\\$ax\\\\\\'",
    "".join(map(chr, range(32, 127))),
    "".join(map(chr, range(32, 127))) + "\t\n\u00a0\u0085\u2028é漢\U0001f511\ufffd\ufffe",
    "".join(map(chr, (*range(0xA0, 0x250), *range(0x2000, 0x2070), *range(0x4E00, 0x4E40), *range(0x1F510, 0x1F530)))),
    "abcXYZ019+/=_-.",
)

Check = t.Tuple[bytes, t.Callable[[t.Dict[bytes, bytes]], bool]]


def random_value(source: random.Random) -> str:
    if source.random() < 0.1:
        return source.choice(HOSTILE)
    return "".join(source.choices(source.choice(ALPHABETS), k=source.randrange(24)))


def carried(variable: str, value: str, dialect: str) -> bool:
    try:
        environment.check_value(variable, value, dialect)
    except KeysmithError:
        return False
    return True


def octets(values: t.Mapping[str, t.Optional[str]]) -> t.Dict[bytes, bytes]:
    return {name.encode(): value.encode() for name, value in values.items() if value is not None}


def new_file(source: random.Random, dialect: str) -> Check:
    """A file of our variables alone."""
    wanted = {"V%d" % number: random_value(source) for number in range(1 if dialect == environment.ENVDIR else 10)}
    wanted = {name: value for name, value in wanted.items() if carried(name, value, dialect)}
    expected = octets(wanted)
    return environment.change(b"", wanted, dialect), lambda seen: seen == expected


def random_file(source: random.Random, dialect: str) -> bytes:
    """Other people's lines and ours, with LF or CRLF, with a BOM or none, with a last line end or none."""
    lines = source.choices(OTHERS[dialect], k=source.randrange(6)) + source.choices(
        OURS[dialect], k=source.randrange(3)
    )
    source.shuffle(lines)
    text = "".join(line + "\n" for line in lines)
    if dialect != "shell" and source.random() < 0.3:
        text = text.replace("\n", "\r\n")
    if source.random() < 0.3:
        text = text[:-1]
    return (source.choice(("", "", "", "\ufeff")) + text).encode("utf-8", "surrogateescape")


def wanted_changes(source: random.Random, dialect: str) -> t.Dict[str, t.Optional[str]]:
    wanted: t.Dict[str, t.Optional[str]] = {}
    for name in source.sample(("X", "Y", "Z"), source.randrange(1, 4)):
        value = random_value(source)
        wanted[name] = None if source.random() < 0.2 or not carried(name, value, dialect) else value
    return wanted


def soup(source: random.Random, dialect: str) -> bytes:
    """Random characters, or a file of whole lines with one of them added, lost or exchanged."""
    if source.random() < 0.5:
        return "".join(source.choices(SOUP[dialect], k=source.randrange(1, 14))).encode()
    text = random_file(source, dialect).decode()
    place = source.randrange(len(text) + 1)
    added = source.choice(("", source.choice(SOUP[dialect])))
    return (text[:place] + added + text[place + source.randrange(2) :]).encode()


class Tally:
    """What was tried, and what went wrong."""

    def __init__(self) -> None:
        self.tried = 0
        self.refused = 0
        self.wrong: t.List[str] = []

    def note(self, right: bool, *what: t.Any, count: int = 1) -> None:
        self.tried += count
        if not right:
            self.wrong.append(" ".join(map(repr, what)))


def values_hold(reader: readers.Reader, source: random.Random, number: int, tally: Tally) -> None:
    checks = [new_file(source, reader.dialect) for _each in range(max(1, number // 10))]
    for (text, right), seen in zip(checks, reader([text for text, _right in checks])):
        tally.note(seen is not None and right(seen), text, seen, count=10)


def change_holds(reader: readers.Reader, source: random.Random, number: int, tally: Tally) -> None:
    cases = []
    for _each in range(number):
        text, wanted = random_file(source, reader.dialect), wanted_changes(source, reader.dialect)
        try:
            cases.append((text, wanted, environment.change(text, wanted, reader.dialect)))
        except KeysmithError:
            tally.refused += 1
    before = reader([case[0] for case in cases])
    after = reader([case[2] for case in cases])
    for (text, wanted, changed), was, now in zip(cases, before, after):
        if was is None:
            tally.refused += 1
            continue
        kept = {name: value for name, value in was.items() if name.decode() not in wanted}
        # A comment without a line end is an assignment to Node 20, and a line end may be added to it.
        for seen in (kept, now or {}):
            for name in [name for name in seen if name[:1] == b"#"]:
                del seen[name]
        tally.note(now == {**kept, **octets(wanted)}, text, wanted, changed, was, now)


def readers_agree(reader: readers.Reader, source: random.Random, number: int, tally: Tally) -> None:
    cases = []
    for _each in range(number):
        text = soup(source, reader.dialect)
        try:
            cases.append((text, environment.values(text, ("X", "Y"), reader.dialect)))
        except KeysmithError:
            tally.refused += 1
    for (text, told), seen in zip(cases, reader([case[0] for case in cases])):
        if seen is None:
            tally.refused += 1
        else:
            tally.note(octets(told) == {name: seen[name] for name in (b"X", b"Y") if name in seen}, text, told, seen)


def portable_holds(reader: readers.Reader, source: random.Random, number: int, tally: Tally) -> None:
    texts, expected = [], []
    while len(texts) < number:
        value = random_value(source)
        if carried("V", value, "systemd"):
            text = environment.change(b"", {"V": value}, "compose")
            if not text.startswith(b'V="'):
                texts.append(text)
                expected.append({b"V": value.encode()})
    for text, right, seen in zip(texts, expected, reader(texts)):
        tally.note(seen == right, text, seen)


PROPERTIES = (("values", values_hold), ("change", change_holds), ("agree", readers_agree), ("portable", portable_holds))


def run(reader: readers.Reader, number: int, seed: int, show: int) -> t.List[bool]:
    """Try every property that is about this program: whether each holds."""
    held = []
    for name, holds in PROPERTIES:
        if (name == "portable" and reader.dialect in NOT_PORTABLE) or (name != "values" and reader.is_slow):
            continue
        tally, started, done = Tally(), time.monotonic(), 0
        source = random.Random("%d %s %s" % (seed, reader.name.split()[0], name))
        while done < number:
            holds(reader, source, min(BATCH, max(10, number - done)), tally)
            done += BATCH
        held.append(not tally.wrong)
        print(
            "%-18s %-9s %6d held  %5d refused  %3d wrong  %6.1f s"
            % (
                reader.name,
                name,
                tally.tried - len(tally.wrong),
                tally.refused,
                len(tally.wrong),
                time.monotonic() - started,
            ),
            flush=True,
        )
        for wrong in tally.wrong[:show]:
            print("   ", wrong)
    return held


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=200, help="values and files a program and property")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--only", default="", help="programs whose name contains this")
    parser.add_argument("--show", type=int, default=3, help="failures to print of each kind")
    parser.add_argument("--all", action="store_true", help="fail where one of the programs is not installed")
    options = parser.parse_args()
    print("seed %d, %d each" % (options.seed, options.number))
    with tempfile.TemporaryDirectory() as compiled:
        return _run(options, [reader for reader in readers.installed(compiled) if options.only in reader.name])


def _run(options: argparse.Namespace, found: t.Sequence[readers.Reader]) -> int:
    missing = [
        name for name in WANTED if options.only in name and not any(each.name.startswith(name) for each in found)
    ]
    for name in missing:
        print("%-18s is not installed" % name)
    held = [each for reader in found for each in run(reader, options.number, options.seed, options.show)]
    held += [False] * len(missing) * options.all
    print("%d passed, %d failed" % (held.count(True), held.count(False)))
    return 0 if held and all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
