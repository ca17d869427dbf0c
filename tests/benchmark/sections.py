# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the sections that were chosen to what they measured, each labelled with where and how."""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import os
import platform
import re
import shlex
import subprocess
import sys
import typing as t
from pathlib import Path

import anatomy
import collecting
import community
import contestants
import hosts as fleet
import key_sets
import reporting
import results
import rounds
from ci import workspace
from contestants import Fleet
from hosts import STATE
from measure import Failed

ROOT = Path(__file__).resolve().parents[2]
ON_HOSTS: t.Mapping[str, t.Callable[..., list[dict[str, t.Any]]]] = {
    "daily": rounds.daily,
    "services": rounds.services,
    "changed": rounds.changed,
    "blocks": rounds.blocks,
    "first": rounds.first,
    "beginning": rounds.beginning,
}


def measure(chosen: argparse.Namespace, words: t.Sequence[str]) -> int:
    """Bring up the hosts, measure section by section, print, and write where that was asked for."""
    fleet.enter()
    installed = STATE / "collections"
    workspace.copy(installed / "ansible_collections" / "keysmith" / "jwt")
    if chosen.before:
        _unpack(chosen.before, contestants.OTHER / "ansible_collections" / "keysmith" / "jwt")
    environment = contestants.environment([installed, community.COLLECTIONS])
    programs = Path(sys.executable).parent
    needed = max([chosen.hosts if section in ON_HOSTS else 0 for section in chosen.sections])
    needed = max(needed, _for_module(chosen) if "module" in chosen.sections else 0)
    needed = max(needed, chosen.few if "algorithms" in chosen.sections else 0)
    hosts = fleet.up([f"host{number}" for number in range(1, needed + 1)], chosen.suites)
    found = results.load(chosen.write)
    for section in chosen.sections:
        count = {"algorithms": chosen.few, "module": _for_module(chosen)}.get(section, chosen.hosts)
        some = Fleet(programs, environment, hosts[:count])
        print(f"\n{section}: {results.SECTIONS[section]}", flush=True)
        samples = _samples(section, chosen, some, collecting.Controller(programs, environment))
        found[section] = {**_label(words), "suites": ", ".join(chosen.suites), "samples": samples}
        if chosen.write:
            results.write(found, chosen.write)
    print("\n" + results.markdown({section: found[section] for section in chosen.sections}))
    return 0


def _unpack(commit: str, folder: Path) -> None:
    """The collection as that commit has it."""
    folder.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    subprocess.run(["tar", "--extract", "--directory", folder], input=archive.stdout, check=True)


def _for_module(chosen: argparse.Namespace) -> int:
    """One host of each release."""
    return min(chosen.hosts, len(chosen.suites))


def _samples(
    section: str, chosen: argparse.Namespace, some: Fleet, controller: collecting.Controller
) -> list[dict[str, t.Any]]:
    runs, key = chosen.runs, chosen.key
    if section in ON_HOSTS:
        return ON_HOSTS[section](some, runs, key, _say)
    if section == "module":
        return anatomy.module(some, runs, _say)
    if section == "algorithms":
        return rounds.algorithms(some, runs, _say)
    if section == "collecting":
        return [sample for count in chosen.collect for sample in collecting.collecting(controller, count, runs, _say)]
    if section == "sets":
        bits = contestants.KEYS[key]["role"].get("signing_key_size")
        if not bits:
            raise Failed("the section sets is about RSA keys; choose one with --key")
        return key_sets.sets(controller, bits, chosen.sets, runs, _say)
    if section == "reporting":
        return reporting.reporting(contestants.environment([STATE / "collections"]), max(chosen.collect), runs, _say)
    return collecting.filtering(controller, chosen.filter, runs, _say)


def _say(text: str) -> None:
    print(f"  {text}", flush=True)


def _label(words: t.Sequence[str]) -> dict[str, str]:
    """Where, when, with what and by which command."""
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    processor = model[1] if model else platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("ansible-core", "cryptography", "jwcrypto")]
    return {
        "machine": f"{processor}, {os.cpu_count()} cores, {memory:.0f} GB, Linux {platform.release().split('-')[0]}",
        "versions": ", ".join(
            [*versions, f"community.crypto {community.version()}", f"Python {platform.python_version()}"]
        ),
        "date": f"{datetime.date.today():%Y-%m-%d}",
        "command": shlex.join(["python3", "tests/benchmark/run.py", *words]),
    }
