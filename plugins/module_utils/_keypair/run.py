# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One or many key pairs in one run: all are inspected before anything is changed, keys are generated side by side.

What only some runs need is imported where it is used: a module is compiled anew on the host in each run.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._disk import locked_directories
from .._errors import KeysmithError
from . import conflicts, outputs, put_in_place, returned
from .pairs import ATTEMPTS, KeyPairs, Outcome, Result, generator_request, in_order
from .plan import Applied, Known
from .records import Records

if t.TYPE_CHECKING:
    from .plan import AnyPlan, Kind, Plan
    from .request import Wanted


class Restart(t.NamedTuple):
    """Of a key pair that a service reads when it starts."""

    #: Remembers on the host that the restart is due.
    mark: t.Callable[[locked_directories.LockedDirectories], None]
    #: Whether it is due for another reason than the files of the key pair.
    is_due: bool


class _Run(KeyPairs):
    """What is done with the key pairs of one run, step by step."""

    def __init__(
        self,
        wanted: t.Mapping[str, Wanted],
        folders: locked_directories.LockedDirectories,
        check_mode: bool,
        with_diff: bool = False,
        kinds: t.Optional[t.Mapping[str, Kind]] = None,
        restarts: t.Optional[t.Mapping[str, Restart]] = None,
        records: t.Optional[Records] = None,
    ) -> None:
        super().__init__(wanted, folders)
        self.check_mode = check_mode
        self.with_diff = with_diff
        self.kinds = {name: (kinds or {}).get(name) or _kind(one) for name, one in wanted.items()}
        self.restarts = restarts or {}
        self.records = records or Records()
        #: The names of those that get a record.
        self.recorded: t.Set[str] = set()
        self.applied: t.Dict[str, Applied] = {}
        self.confirmed: t.Dict[str, t.Optional[Plan]] = {}

    def decide(self, name: str) -> None:
        """Inspect the host and decide, unless the record of the key pair holds."""
        remembered = self.records.recall(name, self.wanted[name].path)
        if remembered:
            self.settled.add(name)
            self.outcomes[name] = Outcome(remembered)
            return
        self.settled.discard(name)
        plan = self.inspect(name)
        # To say that a key is not here, and has to be sent, takes none.
        if plan.needs.library and not (plan.needs.other_host and self.check_mode):
            from .._keys import generate

            generate.check([generator_request(plan.wanted)] if plan.needs.key else [])
        self.outcomes[name] = Outcome(self.diffed(name, plan, plan.result()))

    def inspect(self, name: str) -> AnyPlan:
        """Inspect the host and decide, with what is known by now."""
        before = self.plans.get(name)
        known = before.known if before else Known()
        plan = self.plans[name] = self.kinds[name].decide(name, self.wanted[name], self.folders, known)
        return plan

    def decide_again(self, name: str) -> None:
        """Inspect once more, after something was done, and decide as at first."""
        if name in self.settled:
            self.decide(name)
        else:
            self.inspect(name)

    def diffed(self, name: str, plan: AnyPlan, result: Result) -> Result:
        """The result with its diff, where one is asked for."""
        if not self.with_diff:
            return result
        shown = plan.diff()
        first = self.outcomes.get(name, Outcome({})).result.get("diff")
        if first:
            # What was there at first; and of what is settled by now (directories, leftovers) what was said then.
            shown = {"before": first["before"], "after": {**first["after"], **shown["after"]}}
        return dict(result, diff=shown)

    def settle(self) -> None:
        """Make missing directories and finish what an interrupted run had begun."""
        done: t.Dict[str, t.List[str]] = {}
        inspected_again = False
        for _attempt in range(ATTEMPTS):
            missing = [name for name, plan in self.plans.items() if plan.needs.folders]
            if not missing:
                break
            done.update({name: ["directory"] for name in missing})
            self.each(self.make_folders)
            if self.lock_made():
                break
            # With the new ones among them, all are locked in order again, and what others did meanwhile is inspected:
            # a run that removes key pairs may have removed a directory that was empty still.
            self.folders.unlock()
            self.lock()
            self.each(self.decide_again, also_settled=True)
            inspected_again = True
        self.each(lambda name: self.recover(name, done.get(name, []), inspected_again))

    def recover(self, name: str, done: t.List[str], inspected_again: bool) -> None:
        """Finish what an interrupted run had begun, and say with the result what was ``done`` so far."""
        if self.plans[name].needs.recovery:
            done.append("leftovers")
            self.kinds[name].recover(self.plans[name])
            self.inspect(name)
            inspected_again = True
        if inspected_again:
            # Another run may have been quicker: what is left to change is what this look says.
            plan = self.plans[name]
            changes = in_order(done, plan.changes)
            result = dict(plan.result(), changes=changes, changed=bool(changes))
            self.outcomes[name] = Outcome(self.diffed(name, plan, result))

    def remember_restart(self, name: str) -> None:
        """Where a restart is due for what is going to be done, or for another reason, have the next run know it."""
        restart, plan = self.restarts.get(name), self.plans[name]
        if restart and not plan.needs.other_host and (restart.is_due or outputs.READ_AT_START & set(plan.changes)):
            restart.mark(self.folders)

    def apply(self, made: t.Mapping[str, t.Any], touched: t.Set[locked_directories.Identity], name: str) -> None:
        """Put one pair in place. ``touched``: what those before it changed; what is removed follows from any of it."""
        places = {self.folders.identity(path) for path in self.wanted[name].paths}
        if touched & places or (touched and self.wanted[name].state == "absent"):
            self.inspect(name)
        self.check_made(name)
        self.remember_restart(name)
        plan = self.plans[name]
        if plan.changes:
            touched |= places
            self.applied[name] = self.kinds[name].apply(plan, made.get(name))

    def put_in_place(self) -> None:
        """Do what was decided; what fails leaves no empty directories behind."""
        self.settle()
        made = self.generated()
        touched: t.Set[locked_directories.Identity] = set()
        self.each(lambda name: self.apply(made, touched, name))
        for wanted in self.failed:
            self.unmake_folders(wanted)

    def read_back(self, name: str) -> None:
        """Return what is on the disk once all are in place."""
        result = self.outcomes[name].result
        applied = self.applied.get(name) or Applied(self.plans[name])
        if result["changed"] and not self.check_mode:
            facts, self.confirmed[name] = self.kinds[name].read_back(applied)
            self.outcomes[name] = Outcome(self.diffed(name, applied.plan, dict(result, **facts)))
        elif name in self.recorded:
            # Nothing was to be done, and is said to be so. If somebody else is at work, it is for the next run to see.
            with contextlib.suppress(KeysmithError):
                _facts, self.confirmed[name] = self.kinds[name].read_back(applied)

    def confirm(self) -> None:
        """Inspect all once more, for what is returned and for what is recorded."""
        keeping = [name for name, one in self.wanted.items() if one.state == "present"]
        # Those that were settled come last: what was put in place can be in a file or directory of theirs.
        for name in sorted(keeping, key=self.settled.__contains__):
            if name in self.settled:
                self.unsettle(name)
            if name in self.settled or self.plans[name].needs.other_host:
                continue
            is_open = self.check_mode and self.outcomes[name].result["changed"]
            if not is_open and self.records.make_room(name, self.wanted[name], self.folders):
                self.recorded.add(name)
        self.records.begin()
        if not self.check_mode or self.recorded:
            self.each(self.read_back)
        confirmed = {name: plan for name, plan in self.confirmed.items() if plan and name in self.wanted}
        self.records.end(confirmed, {name: one.result for name, one in self.outcomes.items() if not one.error})

    def unsettle(self, name: str) -> None:
        """Inspect a key pair whose record does not hold any more, now that others are in place."""
        if self.records.recall(name, self.wanted[name].path):
            return
        with contextlib.suppress(KeysmithError):
            self.inspect(name)
            self.settled.discard(name)


def run(
    wanted: t.Mapping[str, Wanted],
    check_mode: bool,
    with_diff: bool = False,
    kinds: t.Optional[t.Mapping[str, Kind]] = None,
    restarts: t.Optional[t.Mapping[str, Restart]] = None,
    records: t.Optional[Records] = None,
    only_record: bool = False,
    finish: t.Optional[t.Callable[[locked_directories.LockedDirectories], None]] = None,
) -> t.Dict[str, Outcome]:
    """Do what is wanted; the outcomes by name. MissingLibrary where the host cannot do any of it.

    ``kinds`` are those of key pairs that are shared with other hosts, by name, ``restarts`` of those for which
    something is restarted. ``only_record``: as in check mode, and leave records of those for which there is nothing to
    do. ``finish`` is called while the run holds its directories, once all is in place.
    """
    with locked_directories.LockedDirectories() as folders:
        it = _Run(wanted, folders, check_mode or only_record, with_diff, kinds, restarts, records)
        it.lock()
        for one in it.wanted.values():
            folders.managed.add(one.paths, one.state == "present")
        for name, error in conflicts.problems(it.wanted, folders).items():
            it.fail(name, error)
        it.each(_refuse_masking(dict(it.wanted)))
        it.each(it.decide)
        if not it.check_mode:
            it.put_in_place()
        if not check_mode:
            if finish:
                finish(folders)
            it.confirm()
        return it.outcomes


def _kind(wanted: Wanted) -> Kind:
    if wanted.state == "present":
        return put_in_place.PRESENT
    from . import remove

    return remove.ABSENT


def _refuse_masking(wanted: t.Mapping[str, Wanted]) -> t.Callable[[str], None]:
    """A check that no passphrase is a part of what is said of another key pair: Ansible hides it in all results."""
    said = {
        "names": list(wanted),
        "paths": [path for one in wanted.values() for path in one.paths],
        "key_ids": [one.key_id for one in wanted.values()],
    }
    public = ["\0".join(returned.texts_of(said))]
    return lambda name: returned.refuse_masking(wanted[name].secrets, public)
