# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps, in their order: quick ones first."""

from __future__ import annotations

import typing as t
from functools import partial

from ci import package, repository, site, static, tests
from ci.pythons import CORES, NEXT, Core
from ci.step import Step

# Python and cryptography of managed hosts. The libraries are those of Ubuntu 22.04, RHEL 9, Debian 12, Ubuntu 24.04
# and Debian 13.
HOSTS = (("3.8", "3.4.8"), ("3.9", "36.0.2"), ("3.10", "38.0.4"), ("3.12", "41.0.7"), ("3.13", "43.0.3"))
OLDEST, NEWEST = CORES[0], CORES[-1]
# Those of them that the integration targets of every test run use, with the ansible-core that manages them; the newest
# ansible-core manages the hosts of the fleet.
INTEGRATION = {HOSTS[0]: OLDEST}
# And the unit tests, which the newest library has in a step of its own.
UNITS = (HOSTS[0], HOSTS[1])


def _integration(python: str, library: str, core: Core = NEWEST) -> Step:
    return Step(
        f"integration-{python}-{library}",
        f"integration targets, ansible-core {core.version}, hosts with Python {python}, cryptography {library}",
        partial(tests.integration, core=core, python=python, cryptography=library),
    )


def _unit(python: str, library: str) -> Step:
    return Step(
        f"unit-{python}-{library}",
        f"unit tests of what runs on hosts, Python {python}, cryptography {library}",
        partial(
            tests.unit_on_host,
            python=python,
            cryptography=library,
            what=tests.ON_HOSTS if (python, library) == HOSTS[0] else tests.MEET_LIBRARY,
        ),
    )


def _sanity(core: Core) -> Step:
    return Step(
        f"sanity-{core.version}",
        f"ansible-test sanity, ansible-core {core.version}",
        partial(tests.sanity, core=core),
    )


STEPS: t.Sequence[Step] = (
    Step(
        "repository",
        "no private keys, caches or unfinished notes; licence headers; each requirement has its test",
        repository.check,
    ),
    Step("ruff", "style and format of Python files", static.ruff),
    Step("yamllint", "style of YAML files", static.yamllint),
    Step("mypy", "types, strictly", static.mypy),
    Step("changelog", "changelog fragments", static.changelog),
    Step(
        "role-files",
        "the role's README and defaults are those of its argument specification, the README's versions those of CI",
        static.written_files,
    ),
    Step("unit", "unit tests, newest ansible-core and libraries", tests.unit),
    Step(
        "property",
        "random environment files, the same each time, as the programs of this machine read them",
        partial(tests.script, path="tests/property/environment.py", arguments=("--seed", "1")),
    ),
    Step("ansible-lint", "roles and playbooks, production profile", static.ansible_lint),
    Step("docs-lint", "documentation of plugins and roles, every reference", static.docs_lint),
    Step("docs-site", "the documentation site builds, and each of its links leads somewhere", site.build),
    # The longest begins first, beside the others.
    Step("fleet", "roles and playbooks on real hosts over SSH", partial(tests.script, path="tests/fleet/run.py")),
    *(_unit(python, library) for python, library in HOSTS if (python, library) in UNITS),
    Step(f"units-{OLDEST.version}", "ansible-test units, oldest ansible-core", partial(tests.units, core=OLDEST)),
    Step("demo", "the README's command, in a fresh copy and an empty home", package.demo),
    # The fleet has made the file systems of these releases by now.
    Step(
        "makers",
        "private keys of programs of this machine and of Debian 11 and 13: adopted, converted, or refused with advice",
        partial(tests.script, path="tests/makers/run.py"),
    ),
    Step("faults", "kills, errors, watchers, crowds and attackers, on the real modules", tests.faults),
    Step(
        "leaks",
        "secrets appear where they belong and nowhere else",
        partial(tests.script, path="tests/leaks/run.py"),
    ),
    Step(
        "servers",
        "keys that real authorization servers and verifiers are told of, and what they make of them",
        partial(tests.script, path="tests/servers/run.py"),
    ),
    Step(
        "hostile",
        "plays with hosts that answer what they like, oldest and newest ansible-core",
        partial(tests.script, path="tests/hostile/run.py", cores=(OLDEST, NEWEST)),
    ),
    Step(
        "browser",
        "the report in Chromium: sorting, searching, accessibility, hostile texts",
        partial(tests.script, path="tests/browser/run.py"),
    ),
    Step(
        "examples",
        "the plays of the documents run as they stand there",
        partial(tests.script, path="tests/examples/run.py"),
    ),
    Step("slices", "the fleet example with ansible-runner, ansible-pull and ansible-builder", tests.slices),
    Step("benchmark", "the benchmark works, at its smallest; its figures say nothing", tests.benchmark),
    Step("galaxy-importer", "the built collection passes Galaxy's checks", package.importer),
    *(_integration(python, library, core) for (python, library), core in INTEGRATION.items()),
    *(
        Step(
            f"install-{core.version}",
            f"install and use of the built collection, ansible-core {core.version}",
            partial(package.install, core=core),
        )
        for core in (*CORES, NEXT)
    ),
    _sanity(OLDEST),
    _sanity(NEWEST),
)

#: Run where they are named alone: they take long, and differ little from others.
MORE: t.Sequence[Step] = (
    Step(
        "release",
        "the next release can be prepared",
        partial(tests.script, path="tests/release.py", arguments=("--try",)),
    ),
    Step("molecule", "the molecule scenario, twice on this machine", tests.molecule),
    *(
        Step(
            f"leaks-{core.version}",
            f"secrets appear nowhere else with ansible-core {core.version} either",
            partial(tests.script, path="tests/leaks/run.py", cores=(core,)),
        )
        for core in (OLDEST, NEXT)
    ),
    *(_sanity(core) for core in CORES if core not in (OLDEST, NEWEST)),
    *(_unit(python, library) for python, library in HOSTS if (python, library) not in UNITS),
    *(
        _integration(python, library)
        for python, library in (*HOSTS, ("3.13", "newest"))
        if (python, library) not in INTEGRATION
    ),
)
