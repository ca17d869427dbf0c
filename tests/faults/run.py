# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills, errors, power cuts, watchers, crowds and attackers, tried on the real modules.

``python3 tests/faults/run.py`` tries a sample, with ``--exhaustive`` every operation at every point. It needs an
interpreter with ansible-core and cryptography, x86_64 Linux, and root for what only root can try: what could not be
tried is listed as "not run" and fails, unless ``--unprivileged`` says that this is known.
"""

from __future__ import annotations

import argparse
import multiprocessing
import multiprocessing.util
import os
import resource
import sys
import time
import traceback
import typing as t

import attacks
import crowd
import errors
import exchanges
import file_systems
import kills
import module
import power
import races
import real
import registrations
import tracer
import watcher
from cases import cases
from place import Place

#: What is tried on every operation, and of how many points a sample takes one.
_EACH = {
    "kill points": (kills.of, 50),
    "disks that a power cut leaves": (power.of, 30),
    "errors at one call": (errors.one, 1500),
    "file systems that became full or read-only": (errors.from_one_on, 90),
    "kills on the way back from an error": (errors.and_killed, 60),
}
_ONCE = {
    "registrations that are killed": registrations.killed,
    "watcher opens": watcher.reads_nothing,
    "watcher opens by access control lists": watcher.reads_nothing_by_lists,
    "watchers that must read something": watcher.can_read,
    "watchers that must read something by access control lists": watcher.can_read_by_lists,
    "concurrent runs on one path": crowd.on_one_path,
    "concurrent plays": crowd.two_plays,
    "concurrent runs on one environment file": crowd.one_environment_file,
    "concurrent runs that disagree": crowd.that_disagrees,
    "things planted": attacks.planted,
    "directories of others": attacks.foreign_directories,
    "links of others": attacks.links_of_others,
    "files of strangers": attacks.strangers_files,
    "runs raced by swapped files": races.files,
    "runs before whose calls a directory is exchanged": exchanges.foreseen,
    "runs raced by exchanged directories": exchanges.by_chance,
    "file systems of many kinds": file_systems.each,
    "full file systems": real.full,
    "read-only file systems": real.read_only,
    "files that are mounts": real.mounted_file,
    "file systems that keep no modes": real.without_modes,
    "immutable files": real.immutable,
    "limits of file size": real.short_files,
    "limits of open files": real.few_descriptors,
    "core files": real.no_core,
    "umasks": real.narrow_umask,
}
_Job = t.Tuple[str, int, int, bool]
_place: Place


class Outcome(t.NamedTuple):
    """Of a job: how many were tried, what was wrong, and why it was not run."""

    what: str
    tried: int
    wrong: t.List[str]
    not_run: str = ""


def _jobs(chosen: t.Sequence[str], operation: str, one_in: int, exhaustive: bool) -> t.List[_Job]:
    """The long ones first, so that no worker is left with one when the others are done."""
    with Place() as place:
        names = [case.name for case in cases(place)]
    jobs = [(what, -1, 1, exhaustive) for what in _ONCE if _is_chosen(what, chosen)]
    for what, (_do, every) in _EACH.items():
        if _is_chosen(what, chosen):
            indexes = [index for index, name in enumerate(names) if operation in name]
            if what != "kill points" and not (exhaustive or one_in or operation):
                # To trace an operation takes longer than to try a few points of it: each third, others in each way.
                indexes = indexes[list(_EACH).index(what) % 3 :: 3]
            step = 1 if exhaustive else one_in or every
            jobs += [(what, index, step, exhaustive) for index in indexes]
    return jobs


def _is_chosen(what: str, chosen: t.Sequence[str]) -> bool:
    return not chosen or any(word in what for word in chosen)


def _begin() -> None:
    global _place
    _place = Place()
    multiprocessing.util.Finalize(None, _place.__exit__, (None, None, None), exitpriority=1)


def _do(job: _Job) -> Outcome:
    what, index, every, exhaustive = job
    name = what
    try:
        if index < 0:
            return Outcome(what, *_ONCE[what](_place, exhaustive))
        case = cases(_place)[index]
        name = case.name
        return Outcome(what, *_EACH[what][0](case, _place, every, index))
    except module.NotRun as reason:
        return Outcome(what, 0, [], str(reason))
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = "%s:%s" % (os.path.basename(place.filename), place.lineno)
        return Outcome(what, 1, ["%s: the test itself failed: %r at %s" % (name, error, where)])


def _tell(outcomes: t.Sequence[Outcome], unprivileged: bool) -> int:
    """The summary; returns the exit status."""
    tried: t.Dict[str, int] = {}
    for outcome in outcomes:
        tried[outcome.what] = tried.get(outcome.what, 0) + outcome.tried
    missing = {outcome.what: outcome.not_run for outcome in outcomes if outcome.not_run}
    for what in (*_EACH, *_ONCE):
        if what in missing:
            print("not run: %s: %s" % (what, missing[what]))
        elif what in tried:
            print("%8d %s" % (tried[what], what))
    failed = sum(len(outcome.wrong) for outcome in outcomes) + (0 if unprivileged else len(missing))
    total = sum(1 if what.startswith("watcher opens") else count for what, count in tried.items())
    for outcome in outcomes:
        for sentence in outcome.wrong:
            print("FAILED %s: %s" % (outcome.what, sentence))
    print("%d passed, %d failed" % (max(0, total - failed), failed))
    return 1 if failed or not total else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Try faults and attacks on the modules.")
    parser.add_argument("chosen", nargs="*", metavar="WORD", help="only what has this word in its name, such as kill")
    parser.add_argument("--exhaustive", action="store_true", help="every point of every operation")
    parser.add_argument("--operation", default="", metavar="WORD", help="only operations with this in their name")
    parser.add_argument("--one-in", type=int, default=0, metavar="N", help="one in N points of each operation")
    parser.add_argument("--unprivileged", action="store_true", help="do not fail for what could not be tried")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
    arguments = parser.parse_args()
    reason = tracer.possible()
    if reason:
        print("not run: everything: %s\n0 passed, 1 failed" % reason)
        return 1
    module.prepare()
    started, outcomes = time.monotonic(), []
    with multiprocessing.get_context("fork").Pool(arguments.jobs, _begin) as pool:
        for outcome in pool.imap_unordered(
            _do, _jobs(arguments.chosen, arguments.operation, arguments.one_in, arguments.exhaustive)
        ):
            outcomes.append(outcome)
            for sentence in outcome.wrong:
                print("FAILED %s: %s" % (outcome.what, sentence), flush=True)
        pool.close()
        pool.join()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print("took %.0f s, %.0f s of processors" % (time.monotonic() - started, used.ru_utime + used.ru_stime))
    return _tell(outcomes, arguments.unprivileged)


if __name__ == "__main__":
    sys.exit(main())
