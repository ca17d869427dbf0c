# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers a module's calls with errors: one call, all from one on, or one and then a kill on the way back."""

from __future__ import annotations

import errno
import re
import typing as t

import cases
import judge
import tracer
from cases import Case
from kills import Judge, calls_of
from module import Result, run
from place import Place
from tracer import Call

#: What a call can fail with, the likeliest first: a sample takes them in turn.
_ERRORS = {
    "openat": (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT, errno.EIO),
    "write": (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG),
    "renameat": (errno.EIO, errno.EBUSY, errno.EROFS, errno.EACCES, errno.ENOSPC),
    "fsync": (errno.EIO, errno.ENOSPC, errno.EDQUOT),
    "linkat": (errno.EPERM, errno.EMLINK, errno.ENOSPC, errno.EROFS),
    "fchown": (errno.EPERM, errno.EROFS),
    "fchmod": (errno.EPERM, errno.EROFS),
    "unlinkat": (errno.EIO, errno.EACCES, errno.EROFS),
    "mkdirat": (errno.ENOSPC, errno.EROFS, errno.EACCES),
    "symlinkat": (errno.ENOSPC, errno.EROFS),
    "flock": (errno.EIO, errno.ENOLCK),
}
_OTHERWISE = (errno.EIO, errno.EACCES)
_NAMED = {tracer.SHORT: "half a write", tracer.LIE: "a disk that loses half a write"}
_SPACE = ("openat", "write", "mkdirat", "linkat", "symlinkat")
#: A sentence or two for a person; in a batch, sentences by names.
_SENTENCE = re.compile(r"[A-Za-z0-9][^\n]{20,900}\.\Z")

_OWN = re.compile(r"/[^ ]*/\.ks-[^ :]*\.tmp")


def told_well(result: Result, there: t.Collection[str]) -> t.List[str]:
    """What is wrong with how a run that failed says so; ``there``: the files that were there before it."""
    message, own = result.message, _OWN.findall(result.message)
    wrong = [] if _SENTENCE.match(message) else ["the message is no sentence: %r" % message[:300]]
    if "Traceback" in result.text or "has an internal error" in message:
        wrong.append("an error was not foreseen: %s" % message[:300])
    if any(path not in there for path in own) or cases.FIRST in result.text or cases.SECOND in result.text:
        wrong.append("the message names what is nobody's business: %s" % message[:300])
    return wrong


def one(case: Case, place: Place, every: int, offset: int) -> t.Tuple[int, t.List[str]]:
    """One call fails, looks included; the run says so or does without it, and all is whole."""
    judged = Judge(case, place, cases.build(case, place))
    calls, _result = calls_of(case, place, looks=True)
    tried = [
        (number, error)
        for number, call in enumerate(calls)
        for error in (
            *_ERRORS.get(call.name, _OTHERWISE),
            *((tracer.SHORT, tracer.LIE) if call.name == "write" else ()),
        )
    ]
    tried = [one_try for index, one_try in enumerate(tried) if (index + offset) % every == 0]
    wrong: t.List[str] = []
    for number, error in tried:
        place.restore()
        result = run(case.task, roots=place.roots, decide=_at(number, error), looks=True)
        name = _NAMED.get(error) or errno.errorcode[error]
        where = "%s: %s at %d, %s" % (case.name, name, number, calls[number])
        found = _judged(judged, result, window=False)
        if error in (tracer.SHORT, tracer.LIE) and result.failed != (error == tracer.LIE):
            found.append("failed is %s: %s" % (result.failed, result.message))
        if result.failed and calls[number].name != "unlinkat":
            known = [case.waits, *judge.leftovers(judged.before)]
            found += [what for what in judge.leftovers(judged.disk()) if what not in known]
        found += judged.after_next_run()
        wrong += ["%s: %s" % (where, what) for what in found]
    return len(tried), wrong


def from_one_on(case: Case, place: Place, every: int, offset: int) -> t.Tuple[int, t.List[str]]:
    """The file system becomes read-only, or full, in the middle."""
    judged = Judge(case, place, cases.build(case, place))
    calls, _result = calls_of(case, place)
    tried = [(number, error) for number in range(len(calls)) for error in (errno.EROFS, errno.ENOSPC)]
    tried = [one_try for index, one_try in enumerate(tried) if (index + offset) % every == 0]
    wrong: t.List[str] = []
    for number, error in tried:
        place.restore()
        result = run(case.task, roots=place.roots, decide=_from(number, error))
        where = "%s: %s from %d on, %s" % (case.name, errno.errorcode[error], number, calls[number])
        # All is in place when a run removes its temporaries: what it cannot remove, the next run does.
        left = judge.leftovers(judged.disk()) if calls[number].name == "unlinkat" else []
        found = [what for what in _judged(judged, result, case.window) if what not in left] + judged.after_next_run()
        wrong += ["%s: %s" % (where, what) for what in found]
    return len(tried), wrong


def and_killed(case: Case, place: Place, every: int, offset: int) -> t.Tuple[int, t.List[str]]:
    """A rename or its sync fails, and the run is killed at each call on its way back."""
    judged = Judge(case, place, cases.build(case, place))
    calls, _result = calls_of(case, place)
    tried, wrong = 0, []
    committing = [number for number, call in enumerate(calls) if call.name in ("renameat", "fsync")]
    first = next((number for number in committing if calls[number].name == "renameat"), len(calls))
    for index, number in enumerate(one_of for one_of in committing if one_of >= first):
        if (index + offset) % every:
            continue
        place.restore()
        made: t.List[Call] = []
        run(case.task, roots=place.roots, decide=_at(number, errno.EIO, made))
        for later in range(number + 1, len(made)):
            place.restore()
            run(case.task, roots=place.roots, decide=_at(number, errno.EIO, kill=later))
            where = "%s: EIO at %d, %s, then killed before %s" % (case.name, number, calls[number], made[later])
            found = judged.interrupted(case.window) + judged.after_next_run()
            wrong += ["%s: %s" % (where, what) for what in found]
            tried += 1
    return tried, wrong


def _judged(judged: Judge, result: Result, window: bool) -> t.List[str]:
    if result.failed:
        return told_well(result, judged.before) + judged.interrupted(window)
    return judged.interrupted(False) + judged.settled(judged.before)


def _at(number: int, error: int, made: t.Optional[t.List[Call]] = None, kill: int = -1) -> tracer.Decide:
    seen = -1

    def decide(call: Call) -> t.Optional[int]:
        nonlocal seen
        if (kill >= 0 or made is not None) and not call.changes:
            return None
        seen += 1
        if made is not None:
            made.append(call)
        return tracer.KILL if seen == kill else error if seen == number else None

    return decide


def _from(number: int, error: int) -> tracer.Decide:
    seen = -1

    def decide(call: Call) -> t.Optional[int]:
        nonlocal seen
        if not call.changes:
            return None
        seen += 1
        fails = seen >= number and (error == errno.EROFS or call.name in _SPACE)
        return error if fails else None

    return decide
