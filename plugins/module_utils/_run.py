# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""One or many key pairs in one run: all looked at before anything is changed, keys generated side by side."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils import _diff, _folders, _generate, _keypair, _removal
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, MissingLibrary
from ansible_collections.keysmith.jwt.plugins.module_utils._wanted import Wanted

_Pair = t.Union[_keypair.KeyPair, _removal.Removal]


class Outcome(t.NamedTuple):
    """What became of one key pair: its result, or why there is none."""

    result: t.Dict[str, t.Any]
    error: t.Optional[KeysmithError] = None


class _Run:
    """The key pairs of one run, by name; those that fail leave it."""

    def __init__(self, folders: _folders.Folders) -> None:
        self.folders = folders
        self.pairs: t.Dict[str, _Pair] = {}
        self.outcomes: t.Dict[str, Outcome] = {}
        #: Where active links lead once the key pairs before are done.
        self.links: t.Dict[str, str] = {}

    def each(self, do: t.Callable[[str, _Pair], None]) -> None:
        """Do it for every pair that has not failed; one that fails does not stop the others."""
        for name, pair in list(self.pairs.items()):
            try:
                do(name, pair)
            except MissingLibrary:
                raise
            except KeysmithError as error:
                self.fail(name, error)

    def fail(self, name: str, error: KeysmithError) -> None:
        """Record why a pair has no result."""
        self.outcomes[name] = Outcome({}, error)
        self.pairs.pop(name, None)

    def plan(self, name: str, pair: _Pair) -> None:
        """Look and decide; in order, so that a later pair sees where an earlier one's link will lead."""
        pair.plan(self.links)
        if pair.needs_key:
            _generate.check([_request(pair)])
        link = pair.wanted.active_link
        if link and pair.wanted.state == "present":
            self.links[link] = os.path.dirname(pair.wanted.path)
        self.outcomes[name] = Outcome(dict(pair.result(), diff=_diff.of(pair)))

    def settle(self, _name: str, pair: _Pair) -> None:
        """Make missing directories and finish what an interrupted run had begun, then look again."""
        if isinstance(pair, _removal.Removal):
            return
        missing = pair.missing_folders
        if missing:
            pair.make_folders()
            self.folders.lock((folder.path for folder in missing), pair.wanted.lock_timeout)
            pair.plan(self.links)
        if pair.must_recover:
            pair.recover()
            pair.plan(self.links)

    def apply(self, made: t.Mapping[str, t.Any], touched: t.Set[str], name: str, pair: _Pair) -> None:
        """Put one pair in place, and return what is on the disk then."""
        before = self.outcomes[name].result
        if touched & pair.paths:
            pair.plan(self.links)
        touched |= pair.paths
        if not pair.changes:
            pair.remember()
        else:
            pair.apply(made.get(name))
        if before["changed"]:
            after = dict(before, **pair.read_back())
            after["diff"] = dict(before["diff"], after=_diff.of(pair)["after"])
            self.outcomes[name] = Outcome(after)


def run(wanted: t.Mapping[str, Wanted], check_mode: bool) -> t.Dict[str, Outcome]:
    """What is wanted, done; the outcomes by name. MissingLibrary where the host cannot do any of it."""
    with _folders.Folders() as folders:
        it = _Run(folders)
        for name, one in wanted.items():
            it.pairs[name] = (_keypair.KeyPair if one.state == "present" else _removal.Removal)(one, folders)
        it.each(_refuse_overlap())
        it.each(lambda _name, pair: folders.lock(_locked(pair, folders), pair.wanted.lock_timeout))
        it.each(it.plan)
        if not check_mode:
            it.each(it.settle)
            made = _generated(it)
            touched: t.Set[str] = set()
            it.each(lambda name, pair: it.apply(made, touched, name, pair))
        return it.outcomes


def _request(pair: _Pair) -> _generate.Request:
    return _generate.Request(pair.wanted.algorithm, pair.wanted.size)


def _generated(it: _Run) -> t.Dict[str, t.Any]:
    """The new keys, by the names of their pairs."""
    needing = [name for name, pair in it.pairs.items() if pair.needs_key]
    if not needing:
        return {}
    return dict(zip(needing, _generate.generate([_request(it.pairs[name]) for name in needing])))


def _locked(pair: _Pair, folders: _folders.Folders) -> t.List[str]:
    """The directories to hold: where the private key is, and where files are that others write to as well."""
    paths = [("path", pair.wanted.path)] + [("environment", item.path) for item in pair.wanted.environment]
    for option, path in paths:
        folders.get(os.path.dirname(path), option)
    return [os.path.dirname(path) for _option, path in paths]


def _refuse_overlap() -> t.Callable[[str, _Pair], None]:
    """A check that no two key pairs want the same file, or the same variable of one."""
    taken: t.Dict[t.Tuple[str, str], str] = {}

    def check(pair_name: str, pair: _Pair) -> None:
        wanted = pair.wanted
        files = (("path", wanted.path), ("public_path", wanted.public_path), ("jwk_path", wanted.jwk_path))
        claims = [(option, path, "") for option, path in files if path]
        claims += [("environment", item.path, name) for item in wanted.environment for name in item.variables]
        for option, path, variable in claims:
            other = taken.setdefault((path, variable), pair_name)
            if other != pair_name:
                what = "%s in %s" % (variable, path) if variable else path
                raise KeysmithError("%s: %s is another key pair's already; give each its own." % (option, what))

    return check
