# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time, processors, round trips and memory of the role, of other ways to the same result, and of one ``ping``.

    python3 tests/benchmark/run.py --sections daily --hosts 10 --runs 3        into the terminal
    python3 tests/benchmark/run.py --write docs                                all sections, and into the documentation

Needs root on Linux with namespaces, apt for the hosts' Debian releases, and a Python that the newest ansible-core runs
on; an environment with ansible-core, community.crypto and the hosts' file systems are made in .cache the first time.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent), str(HERE.parent / "fleet")]

import results
from ci import environments, pythons
from ci.step import Failed, NotRun, Run
from ci.workspace import CACHE


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").partition("\n")[0], epilog="Needs root, namespaces, and apt for the hosts."
    )
    parser.add_argument(
        "--sections", nargs="+", choices=results.SECTIONS, default=list(results.SECTIONS), metavar="SECTION",
        help="of " + "; ".join(f"{name}: {what}" for name, what in results.SECTIONS.items()),
    )  # fmt: skip
    parser.add_argument("--hosts", type=int, default=50, help="how many hosts (default: 50)")
    parser.add_argument("--few", type=int, default=5, help="how many for the section algorithms (default: 5)")
    parser.add_argument("--runs", type=int, default=5, help="how many times each is measured (default: 5)")
    parser.add_argument("--key", choices=results.KEYS, default="RSA 4096", help="in the other sections")
    parser.add_argument("--suites", nargs="+", choices=results.SUITES, default=results.SUITES, help="the hosts' Debian")
    parser.add_argument("--collect", type=int, nargs="+", default=[1000, 10000], help="hosts whose JWKs are collected")
    parser.add_argument("--sets", type=int, default=10000, help="keys that the module jwks gets in its option jwks")
    parser.add_argument("--filter", type=int, default=10000, help="keys that the filter converts")
    parser.add_argument("--before", metavar="COMMIT", help="measure the role of that commit in the same rounds, too")
    parser.add_argument("--write", type=Path, metavar="DIRECTORY", help="write figures and plots into the page there")
    parser.add_argument("--render", action="store_true", help="measure nothing, write what was measured before")
    chosen = parser.parse_args()
    if chosen.render and not chosen.write:
        parser.error("--render needs --write")
    return chosen


def main() -> int:
    chosen = arguments()
    if chosen.render:
        results.write(results.load(chosen.write), chosen.write)
        return 0
    with open(_log(), "w+b") as log:
        run = Run("benchmark", log)
        try:
            core = pythons.newest_core()
            if importlib.util.find_spec("ansible") is None:
                python = environments.core(run, core) / "python"
                os.execv(python, [str(python), str(HERE / "run.py"), *sys.argv[1:]])
            return _measured(run, chosen)
        except NotRun as reason:
            print(reason)
            return 77
        except Failed as error:
            sys.exit(f"{error}; see {log.name}")


def _log() -> Path:
    (CACHE / "benchmark").mkdir(parents=True, exist_ok=True)
    return CACHE / "benchmark" / "log"


def _measured(run: Run, chosen: argparse.Namespace) -> int:
    import anatomy
    import community
    import measure
    import sections
    import userland

    try:
        if not set(chosen.sections) <= set(results.ON_CONTROLLER):
            userland.prepare(run.say)
        if "module" in chosen.sections:
            anatomy.prepare(run.say)
    except userland.Unavailable as missing:
        raise NotRun(str(missing)) from None
    community.fetch(run, f"{sys.version_info.major}.{sys.version_info.minor}")
    try:
        return sections.measure(chosen, sys.argv[1:])
    except measure.Failed as error:
        sys.exit(f"A play did not do what it is for:\n{error}")


if __name__ == "__main__":
    sys.exit(main())
