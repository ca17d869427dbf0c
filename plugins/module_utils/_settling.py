# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""Leave a record for runs to come, of a run after which there is nothing to do (see ``_settled``)."""

from __future__ import annotations

import json
import os
import typing as t
import zlib

from ansible_collections.keysmith.jwt.plugins.module_utils import _beside, _folder, _settled
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError


def leave(
    options: t.Mapping[str, t.Any],
    anchors: t.Sequence[str],
    paths: t.Iterable[str],
    context: _settled.Context,
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
        room = b"\0" * (_settled.SALT + _settled.DIGEST + len(_record(paths, result)))
        if not anchors or not _put(anchors, room):
            return
        before = _seen(options, paths, context)
        result = again()
        if result is None or _seen(options, paths, context) != before:
            return
        record, salt = _record(paths, result), os.urandom(_settled.SALT)
        _put(anchors, salt + _settled.digest(salt, record, before[0]) + record)
    except (OSError, ValueError, TypeError, KeysmithError, _settled.Doubt):
        return


def _record(paths: t.List[str], result: t.Any) -> bytes:
    return zlib.compress(json.dumps({"paths": paths, "result": result}).encode(), 9)


def _seen(
    options: t.Mapping[str, t.Any], paths: t.List[str], context: _settled.Context
) -> t.Tuple[bytes, t.List[t.Any]]:
    """What is recorded, and that nothing was something else for a moment, which the owner of a directory can do."""
    return _settled.look(options, paths, context), [
        _moment(path, is_file) for is_file, some in ((False, _settled.folders(paths)), (True, paths)) for path in some
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
    head, record = whole[: _settled.SALT + _settled.DIGEST], whole[_settled.SALT + _settled.DIGEST :]
    size = -(-len(record) // len(anchors))
    parts = [head + record[at * size : (at + 1) * size] for at in range(len(anchors))]
    left = [_leave(anchor, part) for anchor, part in zip(anchors, parts)]
    return all(left)


def _leave(anchor: str, part: bytes) -> bool:
    folder = _folder.open_folder(os.path.dirname(anchor), "path")
    try:
        fd = os.open(os.path.basename(anchor), _beside.READ, dir_fd=folder.fd)
        try:
            return _beside.leave(fd, _settled.ATTRIBUTE, part)
        finally:
            os.close(fd)
    finally:
        folder.close()
