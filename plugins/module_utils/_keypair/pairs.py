# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key pairs of one run, by name: one that fails does not stop the others, and the directories of all are held."""

from __future__ import annotations

import contextlib
import os
import typing as t

from .._disk import directory, locked_directories, make_directories
from .._errors import KeysmithError, MissingLibrary, refused_by_system
from . import changes

if t.TYPE_CHECKING:
    from .._disk.directory import Directory
    from .._keys import generate
    from .plan import AnyPlan
    from .request import Wanted

#: How often directories are made again that other runs take away meanwhile, or locked again that they replace.
ATTEMPTS = 20
Result = t.Dict[str, t.Any]


class Outcome(t.NamedTuple):
    """What became of one key pair: its result, or why there is none."""

    result: Result
    error: t.Optional[KeysmithError] = None


def generator_request(wanted: Wanted) -> generate.Request:
    """The key that has to be generated for a key pair."""
    from .._keys import generate

    return generate.Request(wanted.algorithm, wanted.size)


def in_order(done: t.Sequence[str], changes: t.Sequence[str]) -> t.List[str]:
    """What was done already, and what changes besides, by kind."""
    both = dict.fromkeys([*done, *changes])
    first = [kind for kind in ("directory", "leftovers") if done and kind in both]
    return first + [kind for kind in both if kind not in first]


class KeyPairs:
    """Those that have not failed, and what became of all."""

    def __init__(self, wanted: t.Mapping[str, Wanted], folders: locked_directories.LockedDirectories) -> None:
        self.folders = folders
        #: The requests of those that have not failed, by name.
        self.wanted = dict(wanted)
        #: What becomes of them, once that is decided.
        self.plans: t.Dict[str, AnyPlan] = {}
        self.outcomes: t.Dict[str, Outcome] = {}
        #: The requests of those that have failed.
        self.failed: t.List[Wanted] = []
        #: The names of those whose records hold, so that nothing is inspected.
        self.settled: t.Set[str] = set()

    def each(self, do: t.Callable[[str], None], also_settled: bool = False) -> None:
        """Do it for every pair that has not failed; one that fails does not stop the others."""
        for name in list(self.wanted):
            if name in self.settled and not also_settled:
                continue
            try:
                do(name)
            except MissingLibrary:
                raise
            except KeysmithError as error:
                self.fail(name, error)
            except OSError as error:
                self.fail(name, refused_by_system(error))

    def fail(self, name: str, error: KeysmithError) -> None:
        """Record why a pair has no result."""
        self.outcomes[name] = Outcome({}, error)
        if name in self.wanted:
            self.failed.append(self.wanted.pop(name))
            self.plans.pop(name, None)

    def fail_all(self, names: t.Iterable[str], error: KeysmithError) -> None:
        """Record the same of all those that have not failed before."""
        for name in names:
            if name in self.wanted:
                self.fail(name, error)

    def lock(self) -> None:
        """Hold the directories of all pairs, in one order, so that two runs cannot wait for each other."""
        while self.wanted:
            for _attempt in range(ATTEMPTS):
                moved = self._lock_all()
                if not moved:
                    return
                self.folders.unlock()
            # Runs that come and go do not do that so often, but its owner can, for as long as we let them.
            for path, names in moved.items():
                self.fail_all(
                    names, KeysmithError("path: %s keeps being replaced; run again when that has stopped." % path)
                )

    def _lock_all(self) -> t.Dict[str, t.List[str]]:
        """The directories that were made or replaced while others were waited for, and the pairs that are in them.

        The order is another one then.
        """
        users: t.Dict[str, t.List[str]] = {}

        def find(name: str) -> None:
            for path in _locked(self.wanted[name], self.folders):
                users.setdefault(path, []).append(name)

        self.each(find, also_settled=True)
        for path in self.folders.in_order(users):
            timeouts = [self.wanted[name].lock_timeout for name in users[path] if name in self.wanted]
            try:
                if not self.folders.lock(path, max(timeouts, default=0)):
                    return {path: users[path]}
            except KeysmithError as error:
                self.fail_all(users[path], error)
        # All of them are looked at again, whatever the first one says.
        return {path: users[path] for path in users if self.folders.appeared(path)}

    def make_folders(self, name: str) -> None:
        """Make the directories that a key pair misses."""
        wanted = self.wanted[name]
        attributes, base = wanted.directory, wanted.base_directory
        for folder in self.plans[name].needs.folders:
            if make_directories.is_due(folder, attributes.owner):
                try:
                    make_directories.make(folder, attributes.mode, attributes.owner, attributes.group, base)
                except directory.Replaced:
                    # A run that removes key pairs found it empty. The next attempt makes it again.
                    folder.find()
                    if folder.exists:
                        raise

    def lock_made(self) -> bool:
        """Hold the directories that were made, without letting go of the others; False where something else happened.

        True: nothing is in them but one another, and nobody but this run puts anything there, so what was decided
        holds. Whoever has one of them is not waited for: only in the one order can no two runs wait for each other.
        """
        new = [(folder, plan.wanted) for plan in self.plans.values() for folder in plan.needs.folders]
        made = {path for folder, _wanted in new for path in folder.made}
        held = set(self.folders.held)
        try:
            return all(folder.inode not in held and self._holds_only(folder, made, wanted) for folder, wanted in new)
        except (KeysmithError, OSError):
            return False

    def _holds_only(self, folder: Directory, made: t.Container[str], wanted: Wanted) -> bool:
        """Whether a new directory is held, has only ``made`` ones in it, and all are as this key pair wants them."""
        folder.judge(wanted.owners)
        if not folder.exists or not self.folders.lock(folder.path, 0):
            return False
        if not all(os.path.join(folder.path, name) in made for name in folder.entries()):
            return False
        private = self.folders.get(os.path.dirname(wanted.path), "path")
        return not changes.directories(wanted, private, self.folders.managed)

    def check_made(self, name: str) -> None:
        """KeysmithError where a directory is missing still: files would be put into the one above, over others."""
        for folder in self.plans[name].needs.folders:
            if not folder.exists:
                raise KeysmithError("path: %s keeps being removed; run again when that has stopped." % folder.path)

    def unmake_folders(self, wanted: Wanted) -> None:
        """Remove the directories that this run has made for a key pair that has failed, and that are empty."""
        for path in sorted(wanted.paths, reverse=True) if wanted.state == "present" else ():
            # Where one cannot even be inspected, its own failure has said why.
            with contextlib.suppress(KeysmithError):
                make_directories.unmake(self.folders.get(os.path.dirname(path), "path"), self.folders.held)

    def generated(self) -> t.Dict[str, t.Any]:
        """New keys, by the names of the pairs that need one; those for which none can be made fail."""
        needing = [name for name, plan in self.plans.items() if plan.needs.key]
        if not needing:
            return {}
        from .._keys import generate

        requests = [generator_request(self.wanted[name]) for name in needing]
        made = dict(zip(needing, generate.generate(requests, self.folders.descriptors)))
        for name, key in made.items():
            if isinstance(key, KeysmithError):
                self.fail(name, key)
        return made


def _locked(wanted: Wanted, folders: locked_directories.LockedDirectories) -> t.List[str]:
    """The directories to hold: all in which something is written."""
    for option, path in wanted.named:
        folders.get(os.path.dirname(path), option)
    return [os.path.dirname(path) for _option, path in wanted.named]
