# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which program reads which format of environment files, measured with the programs, as the page docs/readers.md.

python3 tests/property/table.py             as root: with Debian's packages, which are fetched once into .cache
python3 tests/property/table.py --here      what the programs of this machine read, as JSON
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "unit"), str(ROOT / "tests" / "fleet")]
import conftest  # noqa: F401  # pylint: disable=unused-import
import readers
import userland
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files import edit
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError

PAGE = ROOT / "docs" / "readers.md"
SUITE = "trixie"
#: What reads environment files in Debian 13, and what these programs need.
PACKAGES = (
    "python3", "python3-cryptography", "python3-dotenv", "ruby-dotenv", "php-cli", "php-vlucas-phpdotenv", "golang-go",
    "golang-github-joho-godotenv-dev", "nodejs", "node-dotenv", "docker-cli", "docker-compose", "busybox",
    "libsystemd-shared", "kubernetes-client",
)  # fmt: skip
#: Values read in one start of a program; all are wrong where the first few are.
BATCH, FIRST = 250, 12
#: Of programs that read one file at a time, or refuse all files for one, every twentieth value is tried.
SLOW, SLOW_PROGRAMS = 20, ("kubectl", "docker", "compose")
Cell = t.Tuple[int, int, str]
Rows = t.Dict[str, t.Dict[str, Cell]]


def values() -> t.List[str]:
    """Each printable character at each place that matters, pairs of special ones, and all of them in many orders."""
    printable = "".join(map(chr, range(32, 127)))
    places = ("%s", "abcdefg%s", "%sabcdefg", "ab'c%sdefg", "ab\\c%sdefg", "ab$%scdefg", "abc%sdefg")
    found = [place.replace("%s", each) for place in places for each in printable]
    found += ["a%sb%sc" % (one, two) for one in "'\"`\\$# " for two in "'\"`\\$#{}() "]
    found += [printable[step:] + printable[:step] for step in range(0, 95, 2)]
    return sorted({value for value in found if value == value.strip()}, key=lambda value: (len(value), value))


def carried(dialect: str) -> t.List[t.Tuple[str, bytes]]:
    """The values that the format can carry, each with its file."""
    found = []
    for value in values():
        try:
            edit.check_value("V", value, dialect)
        except KeysmithError:
            continue
        found.append((value, edit.change(b"", {"V": value}, dialect)))
    return found


def measure(reader: readers.Reader) -> t.Dict[str, Cell]:
    """For each format: how many values are read wrong, of how many, and the shortest of them."""
    found = {}
    for dialect in edit.DIALECTS:
        cases = carried(dialect)[:: SLOW if reader.name.split()[0] in SLOW_PROGRAMS else 1]
        wrong = _wrong(reader, cases[:FIRST])
        if len(wrong) < FIRST:
            wrong += [
                each
                for start in range(FIRST, len(cases), BATCH)
                for each in _wrong(reader, cases[start : start + BATCH])
            ]
        else:
            wrong = [value for value, _text in cases]
        found[dialect] = (len(wrong), len(cases), wrong[0] if wrong else "")
    return found


def _wrong(reader: readers.Reader, cases: t.Sequence[t.Tuple[str, bytes]]) -> t.List[str]:
    # A shell that reads the values of another format redirects into files.
    seen = reader([text for _value, text in cases], may_leave_files=True)
    return [value for (value, _text), each in zip(cases, seen) if each != {b"V": value.encode()}]


def here(only: str) -> Rows:
    """What the programs of this machine read."""
    with tempfile.TemporaryDirectory() as compiled:
        found = [reader for reader in readers.installed(compiled) if reader.dialect in edit.DIALECTS]
        rows = {}
        for reader in found:
            if any(word in reader.name for word in only.split(",")):
                sys.stderr.write("%s\n" % reader.name)
                rows[reader.name] = measure(reader)
        return rows


def in_debian(only: str) -> Rows:
    """What those of Debian read, in a file system of their own."""
    recipe = hashlib.sha256(repr(PACKAGES).encode()).hexdigest()[:10]
    root = ROOT / ".cache" / "readers" / (SUITE + "-" + recipe)
    if not root.exists():
        unfinished = root.with_name(root.name + ".unfinished")
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        say = sys.stderr.write
        userland.bootstrap(say, SUITE, PACKAGES, unfinished, userland.mirror_of([SUITE], say))
        unfinished.rename(root)
    script = (
        'mkdir -p "$1/srv/checkout" && mount --bind "$2" "$1/srv/checkout" && mount -t proc proc "$1/proc" && '
        'exec chroot "$1" env NODE_PATH=/usr/share/nodejs PYTHONDONTWRITEBYTECODE=1 '
        'python3 /srv/checkout/tests/property/table.py --here --only="$3"'
    )
    command = ["unshare", "--mount", "sh", "-c", script, "sh", str(root), str(ROOT), only]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return t.cast(Rows, json.loads(run.stdout))


def _cell(cell: Cell) -> str:
    wrong, tried, shortest = cell
    if not wrong:
        return "**0**"
    return "all" if wrong == tried else "%d of %d: %s" % (wrong, tried, _code(shortest))


def _code(value: str) -> str:
    fence = "``" if "`" in value else "`"
    pad = " " if "`" in value else ""
    return fence + pad + value.replace("|", "\\|") + pad + fence


def page(rows: Rows) -> str:
    """The page, with its table between the two marks."""
    head, rest = PAGE.read_text("utf-8").split("<!-- measured -->\n")
    tail = rest.split("<!-- end -->\n")[1]
    number = len(values())
    lines = ["| program | %s |" % " | ".join(edit.DIALECTS), "|---|%s" % ("---|" * len(edit.DIALECTS))]
    lines += [
        "| %s | %s |" % (name, " | ".join(_cell(row[each]) for each in edit.DIALECTS)) for name, row in rows.items()
    ]
    lines += ["| *carries, of %d* | %s |" % (number, " | ".join(str(len(carried(each))) for each in edit.DIALECTS))]
    return head + "<!-- measured -->\n" + "\n".join(lines) + "\n<!-- end -->\n" + tail


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--here", action="store_true", help="print what the programs of this machine read")
    parser.add_argument("--only", default="", help="programs whose names contain one of these words")
    options = parser.parse_args()
    if options.here:
        json.dump(here(options.only), sys.stdout)
        return 0
    PAGE.write_text(page(in_debian(options.only)), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
