# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs steps, a few at a time, and says how each went."""

from __future__ import annotations

import concurrent.futures
import fcntl
import os
import resource
import shutil
import signal
import sys
import threading
import time
import traceback
import typing as t
from pathlib import Path

from ci.step import Failed, NotRun, Run, Step, end
from ci.workspace import CACHE, LOGS, ROOT

TAIL = 25  # lines of a failed step's log that are shown
# How ansible-test, Ansible, pytest and our own programs begin lines that matter, which may stand far above.
ERRORS = ("ERROR", "FATAL", "FAILED", "fatal: ")

_printing = threading.Lock()


class Outcome(t.NamedTuple):
    name: str
    word: str  # ok, FAILED or not run
    reason: str = ""


def run(steps: t.Sequence[Step], jobs: int) -> int:
    """Run the steps in their order, ``jobs`` at a time; returns the exit status of the program."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended from outside, as by Ctrl-C
    CACHE.mkdir(exist_ok=True)
    with open(CACHE / "lock", "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("Another run is going on in this checkout.")
        shutil.rmtree(LOGS, ignore_errors=True)
        LOGS.mkdir(parents=True)
        started = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            try:
                outcomes = list(pool.map(_one, steps))
            except KeyboardInterrupt:
                for child in list(Run.children):
                    end(child)
                os._exit(130)  # the steps' threads would go on with their next program
    return _summary(outcomes, time.monotonic() - started)


def _one(step: Step) -> Outcome:
    started = time.monotonic()
    path = LOGS / f"{step.name}.log"
    with open(path, "w+b") as log:
        this = Run(step.name, log)
        outcome = _outcome(step, this)
    with _printing:
        took = f"{time.monotonic() - started:6.0f} s {this.processors:6.0f} s of processors"
        print(f"{outcome.word:<8} {step.name:<22} {took}  {outcome.reason}".rstrip())
        if outcome.word == "FAILED":
            print(*(f"    {line}" for line in _gist(path)), f"    (all of it: {path.relative_to(ROOT)})", sep="\n")
        sys.stdout.flush()
    return outcome


def _gist(log: Path) -> list[str]:
    """The end of a log, and the first errors above it."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line for line in lines[:-TAIL] if line.startswith(ERRORS)][:TAIL] + lines[-TAIL:]


def _outcome(step: Step, this: Run) -> Outcome:
    try:
        step.run(this)
    except NotRun as reason:
        return Outcome(step.name, "not run", str(reason))
    except Failed as reason:
        this.say(str(reason))
        return Outcome(step.name, "FAILED")
    except Exception:  # a defect of the step itself: it fails, the others go on
        this.say(traceback.format_exc())
        return Outcome(step.name, "FAILED")
    return Outcome(step.name, "ok")


def _summary(outcomes: t.Sequence[Outcome], seconds: float) -> int:
    passed = sum(outcome.word == "ok" for outcome in outcomes)
    failed = [outcome for outcome in outcomes if outcome.word == "FAILED"]
    missing = [outcome for outcome in outcomes if outcome.word == "not run"]
    print()
    for outcome in missing:
        print(f"not run: {outcome.name}: {outcome.reason}")
    for outcome in failed:
        print(f"failed: {outcome.name}: see {(LOGS / outcome.name).relative_to(ROOT)}.log")
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"took {seconds:.0f} s, and {usage.ru_utime + usage.ru_stime:.0f} s of processors")
    skipped = f", {len(missing)} skipped" if missing else ""
    print(f"{passed} passed, {len(failed)} failed{skipped}", flush=True)
    return 1 if failed or not passed else 0
