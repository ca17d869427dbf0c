# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove a service: all of its key pairs, and then what was made for the service itself.

Everything that is there is found on the disk, so a run goes on where one that was killed has ended.
"""

from __future__ import annotations

import os
import re
import stat
import typing as t

from .._disk.attributes import Attributes
from .._disk.directory import Directory, open_directory
from .._disk.files import FileSlot
from .._disk.links import link_target
from .._disk.system_errors import reporting_errors
from .._disk.temporaries import leftovers
from .._errors import KeysmithError
from .._keypair.values import HISTORY, RESTART_DUE
from . import call, drop_in, history, layout
from .options import OUTPUTS
from .service import Options, Service

_OPTION = "directory"
#: Seconds to wait for another run.
_PATIENCE = 60
_LARGEST = 64 * 1024
_FILES = ("private.key", "public.key", "jwk.json", "env", *(row.file_name for row in OUTPUTS.values()))
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}", re.ASCII)
_BLOCK = re.compile(
    r"^# BEGIN keysmith\.jwt\.signing_key\n.*?^# END keysmith\.jwt\.signing_key\n?", re.MULTILINE | re.DOTALL
)
Diff = t.Dict[str, str]


class Outcome(t.NamedTuple):
    """What happened to one service besides its key pairs."""

    #: Which of active_link, restart_due, history, directory and drop_in are removed.
    changes: t.List[str]
    diffs: t.List[Diff]


def keypairs(service: Service) -> t.List[Options]:
    """Return the key pairs of all existing versions, listed or not, as items of the batch."""
    found = []
    for version in _versions(service.options["directory"]):
        # Our lines in the service's own environment file are those of the version whose key they name.
        as_active = service._replace(options={**service.options, "active": version})
        found.append({**layout.removed(as_active, version, service.options["backup"]), "active_link": None})
    return found


def finish(service: Service, results: t.Mapping[str, Options], check_mode: bool) -> Outcome:
    """Remove what is left once the key pairs are gone. ``results`` are those of the key pairs.

    KeysmithError where something is in the way.
    """
    changes: t.List[str] = []
    diffs: t.List[Diff] = []
    _take_drop_in(service, changes, diffs, check_mode)
    with open_directory(service.options["directory"], _OPTION) as folder:
        if folder.exists:
            if not check_mode:
                folder.lock(_PATIENCE)
            going = {name.rpartition("/")[2] for name, one in results.items() if "directory" in one["changes"]}
            _take_files(folder, going, changes, diffs, check_mode)
            if "directory" in changes and not check_mode:
                _remove(folder)
    return Outcome(changes, diffs)


def _versions(directory: str) -> t.List[str]:
    """Return the folders with files of a key pair, and empty ones, which a killed run may leave."""
    found = []
    with open_directory(directory, _OPTION) as folder:
        for name in sorted(filter(_NAME.fullmatch, folder.entries()), key=history.number):
            if not _is_folder(folder, name):
                continue
            with open_directory(os.path.join(directory, name), _OPTION) as version:
                names = version.entries()
            if _are_ours(names):
                found.append(name)
    return found


def _are_ours(names: t.Sequence[str]) -> bool:
    """Check whether a file of a key pair is among the names in a folder, or the folder is empty."""
    return not names or any(one in _FILES or one.startswith((".ks-", ".private.key.")) for one in names)


def has_remains(directory: str, version: str) -> bool:
    """Check whether there is more than backups of a version whose private key is gone."""
    try:
        with open_directory(os.path.join(directory, version), _OPTION) as folder:
            names = folder.entries() if folder.exists else [call.PRIVATE_KEY]
    except KeysmithError:
        return False
    return call.PRIVATE_KEY not in names and _are_ours(names)


def _is_folder(folder: Directory, name: str) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=folder.fd, follow_symlinks=False).st_mode)


def _take_files(
    folder: Directory, going: t.AbstractSet[str], changes: t.List[str], diffs: t.List[Diff], check_mode: bool
) -> None:
    """Remove the link, the restart marker, the history if nothing else is left, and then the directory."""
    left = set(folder.entries()) - going
    link, mark, past = (FileSlot(folder, name, _OPTION) for name in (call.LINK, RESTART_DUE, HISTORY))
    for name in leftovers(folder, [call.LINK, HISTORY]):
        left.discard(name)
        if not check_mode:
            FileSlot(folder, name, _OPTION).clear()
    # A link that leads elsewhere is somebody else's.
    target = link_target(link) if call.LINK in left else None
    if target and _NAME.fullmatch(target):
        left.discard(call.LINK)
        changes.append("active_link")
        if not check_mode:
            link.remove()
    if mark.look():
        left.discard(RESTART_DUE)
        changes.append("restart_due")
        if not check_mode:
            mark.remove()
    if left <= {HISTORY}:
        if past.look():
            changes.append("history")
            diffs.append(_diff(past.path, past.read(history.LARGEST), b""))
            if not check_mode:
                past.remove()
        changes.append("directory")


def _remove(folder: Directory) -> None:
    name = os.path.basename(folder.path)
    with reporting_errors(_OPTION, folder.path, "remove"), open_directory(
        os.path.dirname(folder.path), _OPTION
    ) as parent:
        parent.judge(frozenset())
        os.rmdir(name, dir_fd=parent.fd)
        parent.sync()


def _take_drop_in(service: Service, changes: t.List[str], diffs: t.List[Diff], check_mode: bool) -> None:
    """Remove our block from the drop-in of the unit, and the file if nothing else is in it."""
    path = drop_in.path(service)
    if not path:
        return
    with open_directory(os.path.dirname(path), "systemd_unit") as folder:
        place = FileSlot(folder, os.path.basename(path), "systemd_unit")
        info = place.look()
        if not info:
            return
        before = place.read(_LARGEST)
        after = _BLOCK.sub("", before.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        if after == before:
            return
        folder.judge(frozenset())
        changes.append("drop_in")
        diffs.append(_diff(path, before, after))
        if check_mode:
            return
        if after.strip():
            attributes = Attributes(stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid)
            place.stage(after, attributes).commit_or_drop()
            return
        place.remove()
        if not folder.entries():
            _remove(folder)


def _diff(path: str, before: bytes, after: bytes) -> Diff:
    sides = {"before": before.decode("utf-8", "replace"), "after": after.decode("utf-8", "replace")}
    return {"before_header": path, "after_header": path, **sides}


def returned(service: Service, outcome: Outcome, results: t.Iterable[Options]) -> Options:
    """What the module returns of it."""
    units = list(service.options["restart"])
    if service.unit and not {service.unit, service.unit + ".service"} & set(units):
        units.append(service.unit)
    return {
        "changed": bool(outcome.changes),
        "changes": outcome.changes,
        "directory": service.options["directory"],
        "units": list(dict.fromkeys(units)),
        "drop_in": drop_in.path(service),
        "backups": [one["backup_file"] for one in results if "backup_file" in one],
    }


class Absent:
    """The services that a run removes."""

    def __init__(self, services: t.Sequence[Service]) -> None:
        self.services: t.List[Service] = []
        #: By name, why other services cannot be inspected or removed.
        self.failed: t.Dict[str, str] = {}
        self.items: t.List[Options] = []
        self.diffs: t.List[Diff] = []
        self._pairs: t.Dict[str, t.List[str]] = {}
        self._returned: Options = {}
        for service in services:
            try:
                items = keypairs(service)
                self._pairs[service.name] = [item["name"] for item in items]
                self.items += items
                self.services.append(service)
            except KeysmithError as error:
                self.failed[service.name] = str(error)

    def finish(self, results: t.Mapping[str, Options], failed: t.Container[str], check_mode: bool) -> None:
        """Finish the services of which no key pair has failed."""
        for service in self.services:
            names = self._pairs[service.name]
            if any(name in failed for name in names):
                continue
            own = {name: results[name] for name in names}
            try:
                outcome = finish(service, own, check_mode)
            except KeysmithError as error:
                self.failed[service.name] = str(error)
                continue
            self.diffs += outcome.diffs
            self._returned[service.name] = returned(service, outcome, own.values())

    @property
    def changed(self) -> bool:
        """Check whether anything is removed besides key pairs."""
        return any(one["changed"] for one in self._returned.values())

    def returned(self) -> Options:
        """Return the part of the result about these services; empty if there are none."""
        return {"absent": self._returned} if self.services or self.failed else {}
