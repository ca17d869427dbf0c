# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key pairs of one run, by name: one that fails does not stop the others, and the directories of all are held."""

from __future__ import annotations

import os
import typing as t

from .._disk import locked_directories
from .._errors import KeysmithError, MissingLibrary, refused_by_system

if t.TYPE_CHECKING:
    from .._keys import generate
    from . import absent, present

    Pair = t.Union[present.KeyPair, absent.Removal]

#: How often directories are made again that other runs take away meanwhile, or locked again that they replace.
ATTEMPTS = 20
Result = t.Dict[str, t.Any]


class Outcome(t.NamedTuple):
    """What became of one key pair: its result, or why there is none."""

    result: Result
    error: t.Optional[KeysmithError] = None


def request_of(pair: Pair) -> generate.Request:
    """The key that has to be made for it."""
    from .._keys import generate

    return generate.Request(pair.wanted.algorithm, pair.wanted.size)


class KeyPairs:
    """Those that have not failed, and what became of all."""

    def __init__(self, folders: locked_directories.LockedDirectories) -> None:
        self.folders = folders
        self.pairs: t.Dict[str, Pair] = {}
        self.outcomes: t.Dict[str, Outcome] = {}
        #: Those that have failed.
        self.failed: t.List[Pair] = []
        #: The names of those whose records hold, so that nothing is looked into.
        self.settled: t.Set[str] = set()

    def each(self, do: t.Callable[[str, Pair], None], also_settled: bool = False) -> None:
        """Do it for every pair that has not failed; one that fails does not stop the others."""
        for name, pair in list(self.pairs.items()):
            if name in self.settled and not also_settled:
                continue
            try:
                do(name, pair)
            except MissingLibrary:
                raise
            except KeysmithError as error:
                self.fail(name, error)
            except OSError as error:
                self.fail(name, refused_by_system(error))

    def fail(self, name: str, error: KeysmithError) -> None:
        """Record why a pair has no result."""
        self.outcomes[name] = Outcome({}, error)
        if name in self.pairs:
            self.failed.append(self.pairs.pop(name))

    def fail_all(self, names: t.Iterable[str], error: KeysmithError) -> None:
        """Record the same of all those that have not failed before."""
        for name in names:
            if name in self.pairs:
                self.fail(name, error)

    def lock(self) -> None:
        """Hold the directories of all pairs, in one order, so that two runs cannot wait for each other."""
        while self.pairs:
            for _attempt in range(ATTEMPTS):
                moved = self._lock_all()
                if not moved:
                    return
                self.folders.unlock()
            # Runs that come and go do not do that so often, but its owner can, for as long as we let them.
            for path, names in moved.items():
                self.fail_all(
                    names, KeysmithError("path: %s is replaced again and again; run again when it is not." % path)
                )

    def _lock_all(self) -> t.Dict[str, t.List[str]]:
        """The directories that were made or replaced while others were waited for, and the pairs that are in them.

        The order is another one then.
        """
        users: t.Dict[str, t.List[str]] = {}

        def find(name: str, pair: Pair) -> None:
            for path in _locked(pair, self.folders):
                users.setdefault(path, []).append(name)

        self.each(find, also_settled=True)
        for path in self.folders.in_order(users):
            timeouts = [self.pairs[name].wanted.lock_timeout for name in users[path] if name in self.pairs]
            try:
                if not self.folders.lock(path, max(timeouts, default=0)):
                    return {path: users[path]}
            except KeysmithError as error:
                self.fail_all(users[path], error)
        # All of them are looked at again, whatever the first one says.
        return {path: users[path] for path in users if self.folders.appeared(path)}

    def generated(self) -> t.Dict[str, t.Any]:
        """New keys, by the names of the pairs that need one; those for which none can be made fail."""
        needing = [name for name, pair in self.pairs.items() if pair.needs_key]
        if not needing:
            return {}
        from .._keys import generate

        requests = [request_of(self.pairs[name]) for name in needing]
        made = dict(zip(needing, generate.generate(requests, self.folders.descriptors)))
        for name, key in made.items():
            if isinstance(key, KeysmithError):
                self.fail(name, key)
        return made


def _locked(pair: Pair, folders: locked_directories.LockedDirectories) -> t.List[str]:
    """The directories to hold: all in which something is written."""
    wanted = pair.wanted
    for option, path in wanted.named:
        folders.get(os.path.dirname(path), option)
    return [os.path.dirname(path) for _option, path in wanted.named]
