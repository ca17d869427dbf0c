# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leave a record for runs to come, of a run after which there is nothing to do (see ``_keypair/record``)."""

from __future__ import annotations

import json
import os
import typing as t
import zlib

from .._disk import directory, xattrs
from .._errors import KeysmithError
from . import record as keypair_record


def leave(
    options: t.Mapping[str, t.Any],
    anchors: t.Sequence[str],
    paths: t.Iterable[str],
    context: keypair_record.Context,
    result: t.Any,
    again: t.Callable[[], t.Any],
) -> None:
    """Leave it with the anchors; where they cannot keep it, or something is in doubt, nothing is left and no harm done.

    ``again()`` looks into everything once more and gives the result of a run that changes nothing; None where this
    would not be one. What is recorded is what was there both before it looked and after. ``result`` is that of this
    run, which is about as long.
    """
    paths = sorted(paths)
    try:
        # What an earlier run left fits no longer; and whether there is room is known before anything is looked at.
        room = b"\0" * (keypair_record.SALT + keypair_record.DIGEST + len(_record(paths, result)))
        if not anchors or not _put(anchors, room):
            return
        before = _seen(options, paths, context)
        result = again()
        if result is None or _seen(options, paths, context) != before:
            return
        record, salt = _record(paths, result), os.urandom(keypair_record.SALT)
        _put(anchors, salt + keypair_record.digest(salt, record, before[0]) + record)
    except (OSError, ValueError, TypeError, KeysmithError, keypair_record.Doubt):
        return


def _record(paths: t.List[str], result: t.Any) -> bytes:
    return zlib.compress(json.dumps({"paths": paths, "result": result}).encode(), 9)


def _seen(
    options: t.Mapping[str, t.Any], paths: t.List[str], context: keypair_record.Context
) -> t.Tuple[bytes, t.List[t.Any]]:
    """What is recorded, and that nothing was something else for a moment, which the owner of a directory can do."""
    return keypair_record.look(options, paths, context), [
        _moment(path, is_file)
        for is_file, some in ((False, keypair_record.folders(paths)), (True, paths))
        for path in some
    ]


def _moment(path: str, is_file: bool) -> t.List[int]:
    """Which inode it is, and since when, where others than root and we ourselves can do something about that."""
    try:
        info = os.lstat(path)
    except FileNotFoundError:
        return []
    since = info.st_ctime_ns if is_file or info.st_uid not in (0, os.geteuid()) else 0
    return [info.st_dev, info.st_ino, since]


def _put(anchors: t.Sequence[str], whole: bytes) -> bool:
    """Divide a record among the anchors; each part begins with the head of the whole. False where one keeps none."""
    head, record = (
        whole[: keypair_record.SALT + keypair_record.DIGEST],
        whole[keypair_record.SALT + keypair_record.DIGEST :],
    )
    size = -(-len(record) // len(anchors))
    parts = [head + record[at * size : (at + 1) * size] for at in range(len(anchors))]
    left = [_leave(anchor, part) for anchor, part in zip(anchors, parts)]
    return all(left)


def _leave(anchor: str, part: bytes) -> bool:
    folder = directory.open_folder(os.path.dirname(anchor), "path")
    try:
        fd = os.open(os.path.basename(anchor), xattrs.READ, dir_fd=folder.fd)
        try:
            return xattrs.leave(fd, keypair_record.ATTRIBUTE, part)
        finally:
            os.close(fd)
    finally:
        folder.close()
