# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what the collection is tested with into the README: ``python tests/compatibility.py``.

The versions are those of the steps in tests/ci. With ``--check`` nothing is written, and the status is 1 when the
README says something else.
"""

from __future__ import annotations

import argparse
import re
import sys
import typing as t
from pathlib import Path

from ci import table
from ci.pythons import CORES, NEXT

README = Path(__file__).resolve().parents[1] / "README.md"
PART = re.compile(r"(<!-- compatibility: begin -->\n).*?(<!-- compatibility: end -->)", re.DOTALL)


class Distribution(t.NamedTuple):
    """A distribution, with the Python and library that it packages, and the fleet's name of it where it is one."""

    name: str
    python: str
    library: str
    suite: str = ""


DISTRIBUTIONS = (
    Distribution("Debian 11", "3.9", "3.3", "bullseye"),
    Distribution("Debian 12", "3.11", "38.0", "bookworm"),
    Distribution("Debian 13", "3.13", "43.0", "trixie"),
    Distribution("Ubuntu 22.04", "3.10", "3.4"),
    Distribution("RHEL 9", "3.9", "36.0"),
    Distribution("Ubuntu 24.04", "3.12", "41.0"),
    Distribution("RHEL 10", "3.12", "43.0"),
)


def text() -> str:
    """The tables."""
    cores = ", ".join(core.version for core in CORES)
    lines = [
        "| managed host | Python | cryptography | tested |",
        "|---|---|---|---|",
        *(f"| {one.name} | {one.python} | {one.library} | {_tested(one)} |" for one in DISTRIBUTIONS),
        "",
        "| controller | |",
        "|---|---|",
        f"| ansible-core | {cores}; {NEXT.version.partition('rc')[0].rpartition('.')[0]} is tried as a candidate |",
        f"| Python | those that this ansible-core takes: {', '.join(_pythons())} |",
        *(f"| {name} | {least} or later |" for name, least in _requirements()),
    ]
    return "\n".join(lines) + "\n"


def _pythons() -> list[str]:
    found = {one for core in CORES for one in core.controllers}
    return sorted(found, key=lambda version: int(version.partition(".")[2]))


def _requirements() -> list[tuple[str, str]]:
    """The packages of requirements.txt and the least versions of them."""
    found = re.findall(r"^([\w-]+)>=(\S+)$", (README.parent / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    return [(name, least) for name, least in found if name != "ansible-core"]


def _tested(one: Distribution) -> str:
    """How: by real hosts, by the library alone in each run, or by the library where that is asked for."""
    # Read, not imported: the program needs the fleet's own folder on its path.
    fleet = re.search(
        r"^SUITES = (\(.*\))$", (README.parent / "tests/fleet/userland.py").read_text("utf-8"), re.MULTILINE
    )
    if one.suite and fleet and f'"{one.suite}"' in fleet[1]:
        return "hosts over SSH"
    libraries = [library for _python, library in table.HOSTS if library.startswith(one.library + ".")]
    in_each_run = [library for _python, library in table.UNITS]
    if not libraries:
        return "not tested"
    return "its library" if set(libraries) & set(in_each_run) else "its library, before releases"


def main() -> int:
    parser = argparse.ArgumentParser(description="Write what the collection is tested with into the README.")
    parser.add_argument("--check", action="store_true", help="write nothing, and fail where the README differs")
    content = README.read_text("utf-8")
    wanted, count = PART.subn(rf"\1\n{text()}\n\2", content)
    if not count:
        print("README.md: the marks of the compatibility tables are missing", file=sys.stderr)
        return 1
    if not parser.parse_args().check:
        README.write_text(wanted, "utf-8")
    elif wanted != content:
        print("README.md: run python tests/compatibility.py, which writes the tables anew", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
