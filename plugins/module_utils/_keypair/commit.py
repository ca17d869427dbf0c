# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a set of files so that it is consistent at every moment, or the next run makes it consistent.

The environment file is the commit point. Everything is staged first, so a full disk ends the run before the first
rename. Then the environment file is renamed (a generated passphrase is durable before a key that needs it can be
found), then the private key, then what is derived from it. A run that is killed between the two leaves the private
key staged under a fixed name, and the next run finds that the environment file names it and puts it in place.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

from .._disk import files
from .._disk.attributes import Attributes
from .._disk.files import Seen, Staged
from .._disk.system_errors import reporting_errors
from .._errors import KeysmithError
from . import changes, outputs, recovery
from .changes import Step

_LARGEST = 1024 * 1024


class _Pending(t.NamedTuple):
    """A step whose new content is staged beside its place."""

    step: Step
    new: Staged
    #: The old content, staged too; None if there is none, or if it never has to be restored.
    old: t.Optional[Staged]


def commit(steps: t.Sequence[Step], prove: t.Optional[Seen], backup: str) -> None:
    """Carry out the steps of one key pair, in this order: first environment file, private key, the rest.

    ``prove`` raises where the staged private key is not what it is to be; None where none is written. ``backup`` is
    the name under which a replaced private key stays, empty for none.
    """
    pending: t.List[_Pending] = []
    private = next((step for step in steps if step.output is outputs.PRIVATE_KEY and step.content is not None), None)
    backed_up = False
    try:
        for step in _in_order(steps):
            pending.append(_stage(step, prove, going_back=private is not None))
        if private and backup and private.file.info:
            back_up(private, backup)
            backed_up = True
        for folder in {id(item.step.place.folder): item.step.place.folder for item in pending}.values():
            with reporting_errors(folder.option, folder.path, "write to"):
                folder.sync()
    except BaseException:  # An interrupt, too: nothing is left behind, and it goes on its way.
        _drop(pending)
        if backed_up and private:
            with contextlib.suppress(KeysmithError):
                private.place.sibling(backup).remove()
        raise
    _rename(pending, private.place.sibling(backup) if private and backed_up else None)


def back_up(step: Step, name: str) -> None:
    """Keep the private key under another name: a second name (hard link) of the same file, so that there is no copy.

    Where its mode lets a group read it, or the file system has no hard links, it is a copy, born 0600.
    """
    info = step.file.info
    if info and not info.st_mode & 0o077:
        try:
            step.place.link(name)
            return
        except KeysmithError:
            pass
    content = step.place.read(_LARGEST)
    copy = step.place.stage(content, Attributes(0o600))
    Staged(step.place.sibling(name), copy.temporary).commit_or_drop()


def _in_order(steps: t.Sequence[Step]) -> t.List[Step]:
    """Return the steps in the order of the renames: the first environment file is the commit point."""
    with_content = [step for step in steps if step.content is not None]
    first = [step for step in with_content if step.output is outputs.ENVIRONMENT][:1]
    others = [step for step in with_content if step not in first]
    return first + sorted(others, key=lambda step: step.output.commit_order)


def _stage(step: Step, prove: t.Optional[Seen], going_back: bool) -> _Pending:
    """Stage the new content, and the old one if the set may have to go back to it."""
    place, content = step.place, step.content or b""
    is_key = step.output is outputs.PRIVATE_KEY
    name = recovery.staged_name(place.name) if is_key else ""
    new = place.stage(content, step.attributes, name, prove if is_key else None)
    old = None
    try:
        if going_back and step.file.info:
            attributes = changes.closed(step) or changes.as_it_is(step.file)
            old = place.stage(place.read(_LARGEST), attributes)
    except BaseException:  # An interrupt, too: nothing is left behind, and it goes on its way.
        new.drop()
        raise
    return _Pending(step, new, old)


def _rename(pending: t.Sequence[_Pending], backup: t.Optional[files.FileSlot]) -> None:
    """Do the renames. If one fails, restore the old files, as long as all of them can be restored."""
    try:
        for item in pending:
            item.new.commit()
    except BaseException:  # An interrupt, too: the set goes back, and it goes on its way.
        # The user sees the first error. What could not be restored is left for the next run.
        with contextlib.suppress(KeysmithError):
            _go_back(pending, backup)
            _drop(pending)
        raise
    for item in pending:
        if item.old:
            item.old.drop()


def _go_back(pending: t.Sequence[_Pending], backup: t.Optional[files.FileSlot]) -> None:
    """Restore the old contents.

    Without a private key among them each file is whole by itself, and the next run writes the rest. Once a private
    key is in place where there was none, the environment file and it are a working set: the same.
    """
    private = next((item for item in pending if item.step.output is outputs.PRIVATE_KEY), None)
    if private is None or (private.new.renamed and not private.old):
        return
    if private.new.renamed:
        # A kill on the way back must still find the key that the environment file names.
        _also_staged(private)
    for item in reversed([item for item in pending if item.new.renamed]):
        _restore(item)
    if private.new.renamed:
        private.step.place.sibling(recovery.staged_name(private.step.place.name)).remove()
    if backup:
        backup.remove()


def _restore(item: _Pending) -> None:
    if item.old is None:
        item.step.place.remove()
        return
    try:
        item.old.commit()
    except KeysmithError:
        # Not durable, but in place: the files before it are still to follow.
        if not item.old.renamed:
            raise


def _also_staged(private: _Pending) -> None:
    """Give the key in place a second name; a copy if the file system has no hard links."""
    place, name = private.step.place, recovery.staged_name(private.step.place.name)
    try:
        with reporting_errors(place.option, place.path, "restore"):
            os.link(place.name, name, src_dir_fd=place.folder.fd, dst_dir_fd=place.folder.fd, follow_symlinks=False)
    except KeysmithError:
        place.stage(private.step.content or b"", Attributes(0o600), name)
    with reporting_errors(place.option, place.path, "restore"):
        place.folder.sync()


def _drop(pending: t.Sequence[_Pending]) -> None:
    for item in pending:
        item.new.drop()
        if item.old:
            item.old.drop()
