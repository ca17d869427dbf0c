# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many key pairs in one task: one bad item does not stop the others, and is reported by its name."""

from __future__ import annotations

import typing as t

from .. import _module
from .._errors import KeysmithError
from . import call
from .batch_options import read
from .batch_run import Batch, Results


def run(module: _module.QuietModule, options: t.Dict[str, t.Any]) -> t.NoReturn:
    """Do what all items ask for, and end the module with their results by name."""
    batch = read(module, options)
    if options["restarted"] is not None:
        _restarted(module, options, batch)
    done = batch.run(module.check_mode, module._diff)
    found = batch.returned(done)
    texts = call.warnings_of((name, result.get("warnings", ())) for name, result in done.results.items())
    texts += batch.rotations.warnings
    returned = {**found, **_module.common_result(module)}
    if module._diff:
        returned["diff"] = _diffs(done.results) + batch.absent.diffs
    if done.failed:
        what = "key pairs" if set(done.failed) <= set(batch.names) else "services or key pairs"
        message = _told(done.failed, len(done.results), what, module.check_mode)
        for text in texts:
            module.warn(text)
        module.fail_json(msg=message, failed_keypairs=done.failed, **returned)
    _module.leave(module, returned, texts)


def _diffs(results: Results) -> t.List[t.Dict[str, str]]:
    """Return one diff for each changed file; for a file that two key pairs share, one for each of them."""
    changing = [result for result in results.values() if result["changed"]]
    if not changing:
        return []
    from .._keypair import diff_text

    return [one for result in changing for one in diff_text.files(result["diff"])]


def _restarted(module: _module.QuietModule, options: t.Dict[str, t.Any], batch: Batch) -> t.NoReturn:
    """Remove the restart markers of what was restarted, and end the module; no key pair is touched."""
    forgotten = _forget(options["restarted"], module.check_mode)
    if not module.check_mode:
        batch.run(False, False, only_record=True)
    _module.leave(module, {"changed": forgotten}, ())


def _forget(told: t.Mapping[str, t.Any], check_mode: bool) -> bool:
    """Remove restart markers, of services of this call or of others; return whether one existed.

    KeysmithError for what is in the place of one, once all the others are done.
    """
    from . import restart_marker

    there, wrong = False, []
    for name, due in told.items():
        if not isinstance(due, dict) or not all(isinstance(due.get(part), str) for part in ("link", "mark")):
            raise KeysmithError("restarted: %s: has to be the value that was returned as its restart_due." % name)
        try:
            link, mark = due["link"], due["mark"]
            if mark and (restart_marker.found(link) == mark if check_mode else restart_marker.forget(link, mark)):
                there = True
        except KeysmithError as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]
    return there


def _told(failed: t.Mapping[str, str], done: int, what: str, check_mode: bool) -> str:
    """Return one sentence about a failure, and how many others failed."""
    sentences = "; ".join("%s: %s" % (name, failed[name].rstrip(".")) for name in failed)
    others = ", the others are done" if done and not check_mode else ""
    return "%d of %d %s failed%s: %s." % (len(failed), done + len(failed), what, others, sentences)
