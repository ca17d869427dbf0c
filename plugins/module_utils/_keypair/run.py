# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One or many key pairs in one run: all looked at before anything is changed, keys generated side by side.

What only some runs need is imported where it is used: a module is compiled anew on the host in each run.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._disk import locked_directories
from .._errors import KeysmithError
from . import conflicts, outputs, present, returned
from .pairs import ATTEMPTS, KeyPairs, Outcome, Result, request_of
from .records import Records
from .request import Wanted

if t.TYPE_CHECKING:
    from .pairs import Pair

    #: Makes the pair of a run that is not kept or removed in the usual way, from its request, directories and name.
    Maker = t.Callable[[Wanted, locked_directories.LockedDirectories, str], Pair]


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
        folders: locked_directories.LockedDirectories,
        check_mode: bool,
        with_diff: bool,
        restarts: t.Mapping[str, Restart],
        records: Records,
    ) -> None:
        super().__init__(folders)
        self.records = records
        #: The names of those that get a record.
        self.recorded: t.Set[str] = set()
        self.check_mode = check_mode
        self.with_diff = with_diff
        self.restarts = restarts

    def plan(self, name: str, pair: Pair) -> None:
        """Look at the host and decide, unless the record of the key pair holds."""
        remembered = self.records.recall(name, pair.wanted.path)
        if remembered:
            self.settled.add(name)
            self.outcomes[name] = Outcome(remembered)
            return
        self.settled.discard(name)
        pair.plan()
        # To say that a key is not here, and has to be sent, takes none.
        if pair.needs_library and not (pair.is_waiting and self.check_mode):
            from .._keys import generate

            generate.check([request_of(pair)] if pair.needs_key else [])
        self.outcomes[name] = Outcome(self.diffed(pair, pair.result()))

    def plan_again(self, name: str, pair: Pair) -> None:
        """Look once more, after something was done, and decide as at first."""
        if name in self.settled:
            self.plan(name, pair)
        else:
            pair.plan()

    def diffed(self, pair: Pair, result: Result) -> Result:
        """The result with its diff, where one is asked for."""
        if not self.with_diff:
            return result
        from . import diff

        shown = diff.of(pair)
        if "diff" in self.outcomes.get(pair.name, Outcome({})).result:
            # What was there at first; and of what is settled by now (directories, leftovers) what was said then.
            first = self.outcomes[pair.name].result["diff"]
            shown = {"before": first["before"], "after": {**first["after"], **shown["after"]}}
        return dict(result, diff=shown)

    def settle(self) -> None:
        """Make missing directories and finish what an interrupted run had begun, then look again."""
        done: t.Dict[str, t.List[str]] = {name: [] for name in self.pairs}

        def make(name: str, pair: Pair) -> None:
            if pair.missing_folders:
                done[name].append("directory")

        self.each(make)
        looked_again = False
        for _attempt in range(ATTEMPTS):
            if not any(done[name] and pair.missing_folders for name, pair in self.pairs.items()):
                break
            self.each(lambda _name, pair: pair.make_folders())
            # With the new ones among them, all are locked in order again, and what others did meanwhile is looked at:
            # a run that removes key pairs may have taken a directory away that was empty still.
            self.folders.unlock()
            self.lock()
            self.each(self.plan_again, also_settled=True)
            looked_again = True
        self.each(lambda name, pair: self.recover(name, pair, done[name], looked_again))

    def recover(self, name: str, pair: Pair, done: t.List[str], looked_again: bool) -> None:
        """Finish what an interrupted run had begun, and say with the result what was ``done`` so far."""
        if pair.must_recover:
            done.append("leftovers")
            pair.recover()
            self.plan_again(name, pair)
        if done or looked_again:
            # Another run may have been quicker: what is left to change is what this look says.
            result = pair.result()
            both = dict.fromkeys(done + result["changes"])
            changes = [kind for kind in ("directory", "leftovers") if done and kind in both]
            changes += [kind for kind in both if kind not in changes]
            self.outcomes[name] = Outcome(self.diffed(pair, dict(result, changes=changes, changed=bool(changes))))

    def remember_restart(self, name: str, pair: Pair) -> None:
        """Where a restart is due for what is going to be done, or for another reason, have the next run know it."""
        restart = self.restarts.get(name)
        if restart and not pair.is_waiting and (restart.is_due or outputs.READ_AT_START & set(pair.changes)):
            restart.mark(self.folders)

    def apply(
        self, made: t.Mapping[str, t.Any], touched: t.Set[locked_directories.Identity], name: str, pair: Pair
    ) -> None:
        """Put one pair in place. ``touched``: what those before it changed."""
        places = {self.folders.identity(path) for path in pair.wanted.paths}
        if touched & places:
            self.plan_again(name, pair)
        self.remember_restart(name, pair)
        if pair.changes:
            touched |= places
            pair.apply(made.get(name))
        pair.set_flags()

    def put_in_place(self) -> None:
        """Do what was planned; what comes to nothing leaves no empty directories behind."""
        self.settle()
        made = self.generated()
        touched: t.Set[locked_directories.Identity] = set()
        self.each(lambda name, pair: self.apply(made, touched, name, pair))
        for pair in self.failed:
            # Where one cannot even be looked at, its own failure has said why.
            with contextlib.suppress(KeysmithError):
                pair.unmake_folders()

    def read_back(self, name: str, pair: Pair) -> None:
        """Return what is on the disk once all are in place."""
        result = self.outcomes[name].result
        if result["changed"] and not self.check_mode:
            self.outcomes[name] = Outcome(self.diffed(pair, dict(result, **pair.read_back())))
        elif name in self.recorded:
            # Nothing was to be done, and is said to be so. If somebody else is at work, it is for the next run to see.
            with contextlib.suppress(KeysmithError):
                pair.read_back()

    def confirm(self) -> None:
        """Look at all once more, for what is returned and for what is recorded."""
        keeping = {name: pair for name, pair in self.pairs.items() if isinstance(pair, present.KeyPair)}
        # Those that were settled come last: what was put in place can be in a file or directory of theirs.
        for name, pair in sorted(keeping.items(), key=lambda item: item[0] in self.settled):
            if name in self.settled:
                self.unsettle(name, pair)
            is_open = pair.is_waiting or (self.check_mode and self.outcomes[name].result["changed"])
            if name not in self.settled and not is_open and self.records.make_room(name, pair):
                self.recorded.add(name)
        self.records.begin()
        if not self.check_mode or self.recorded:
            self.each(self.read_back)
        confirmed = {name: pair.confirmed for name, pair in keeping.items() if pair.confirmed and name in self.pairs}
        self.records.end(confirmed, {name: one.result for name, one in self.outcomes.items() if not one.error})

    def unsettle(self, name: str, pair: Pair) -> None:
        """Look at a key pair whose record does not hold any more, now that others are in place."""
        if self.records.recall(name, pair.wanted.path):
            return
        with contextlib.suppress(KeysmithError):
            pair.plan()
            self.settled.discard(name)


def run(
    wanted: t.Mapping[str, Wanted],
    check_mode: bool,
    with_diff: bool = False,
    makers: t.Optional[t.Mapping[str, Maker]] = None,
    restarts: t.Optional[t.Mapping[str, Restart]] = None,
    records: t.Optional[Records] = None,
    only_record: bool = False,
    finish: t.Optional[t.Callable[[locked_directories.LockedDirectories], None]] = None,
) -> t.Dict[str, Outcome]:
    """What is wanted, done; the outcomes by name. MissingLibrary where the host cannot do any of it.

    ``makers`` holds the names of key pairs that are shared with other hosts, ``restarts`` those for which something
    is restarted. ``only_record``: as in check mode, and leave records of those for which there is nothing to do.
    ``finish`` is called while the run holds its directories, once all is in place.
    """
    with locked_directories.LockedDirectories() as folders:
        it = _Run(folders, check_mode or only_record, with_diff, restarts or {}, records or Records())
        for name, one in wanted.items():
            it.pairs[name] = (makers or {}).get(name, _pair)(one, folders, name)
        it.lock()
        for pair in it.pairs.values():
            folders.managed.add(pair.wanted.paths, pair.wanted.state == "present")
        for name, error in conflicts.problems({name: pair.wanted for name, pair in it.pairs.items()}, folders).items():
            it.fail(name, error)
        it.each(_refuse_masking(dict(it.pairs)))
        it.each(it.plan)
        if not it.check_mode:
            it.put_in_place()
        if not check_mode:
            if finish:
                finish(folders)
            it.confirm()
        return it.outcomes


def _pair(wanted: Wanted, folders: locked_directories.LockedDirectories, name: str) -> Pair:
    if wanted.state == "present":
        return present.KeyPair(wanted, folders, name)
    from . import absent

    return absent.Removal(wanted, folders, name)


def _refuse_masking(pairs: t.Mapping[str, Pair]) -> t.Callable[[str, Pair], None]:
    """A check that no passphrase is a part of what is said of another key pair: Ansible hides it in all results."""
    said = {
        "names": list(pairs),
        "paths": [path for pair in pairs.values() for path in pair.wanted.paths],
        "key_ids": [pair.wanted.key_id for pair in pairs.values()],
    }
    public = ["\0".join(returned.texts_of(said))]
    return lambda _name, pair: returned.refuse_masking(pair.wanted.secrets, public)
