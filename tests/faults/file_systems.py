# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same operations on the file systems that hosts have, each made for that: on loop devices, in memory, layered."""

from __future__ import annotations

import os
import shutil
import subprocess
import typing as t

import cases
from kills import Judge
from module import NotRun, run
from place import Place
from real import Mounts, judged_as

#: What makes each, and MiB of the smallest that it makes. Blocks of 1 KiB have the least room for extended attributes.
_MADE: t.Dict[str, t.Tuple[t.Tuple[str, ...], int]] = {
    "ext4 with blocks of 1 KiB": (("mkfs.ext4", "-q", "-b", "1024"), 32),
    "xfs": (("mkfs.xfs", "-q"), 320),
    "btrfs": (("mkfs.btrfs", "-q"), 128),
}
_OPERATIONS = ("create", "mend everything", "rotation, switch")


def each(place: Place, exhaustive: bool) -> t.Tuple[int, t.List[str]]:
    """A first run is right and durable, and the next one changes nothing, whatever the file system."""
    wrong: t.List[str] = []
    kinds: t.Dict[str, t.Callable[[], None]] = {
        "tmpfs": lambda: Mounts.mount("-t", "tmpfs", "none", place.root),
        "overlay": lambda: _overlay(place),
        **{
            name: lambda made=made: _loop(place, *made)  # type: ignore[misc]
            for name, made in _MADE.items()
            if shutil.which(made[0][0])
        },
    }
    for name, mount in kinds.items():
        wrong += Mounts.alone(lambda name=name, mount=mount: _tried(place, name, mount))  # type: ignore[misc]
    if "ext4 with blocks of 1 KiB" not in kinds:
        raise NotRun("mkfs.ext4 is not here")
    return len(kinds) * len(_OPERATIONS), wrong


def _tried(place: Place, name: str, mount: t.Callable[[], None]) -> t.List[str]:
    mount()
    os.chmod(place.root, 0o755)
    by_name = {case.name: case for case in cases.cases(place)}
    wrong = []
    for operation in _OPERATIONS:
        case = by_name[operation]
        judged = Judge(case, place, cases.build(case, place))
        what = "%s on %s" % (operation, name)
        result = run(case.task)
        wrong += ["%s: %s" % (what, result.message)] if result.failed else judged_as(judged, result, what)
        again = run(case.task)
        wrong += ["%s: the next run says %s" % (what, again.message or "changed")] * (again.failed or again.changed)
    return wrong


def _loop(place: Place, command: t.Sequence[str], mebibytes: int) -> None:
    image = os.path.join(place.other, "image")
    with open(image, "wb") as file:
        file.truncate(mebibytes << 20)
    subprocess.run((*command, image), check=True, stdout=subprocess.DEVNULL)
    Mounts.mount("-o", "loop", image, place.root)
    os.unlink(image)


def _overlay(place: Place) -> None:
    folders = {name: os.path.join(place.other, name) for name in ("lowerdir", "upperdir", "workdir")}
    Mounts.mount("-t", "tmpfs", "none", place.other)
    for folder in folders.values():
        os.mkdir(folder)
    options = ",".join("%s=%s" % one for one in folders.items())
    # The tests empty both directories, so the layers are moved out of sight.
    Mounts.mount("-t", "overlay", "-o", options, "none", place.root)
    Mounts.mount("-t", "tmpfs", "none", place.other)
