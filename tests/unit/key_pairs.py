# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Key pairs on disk: options with their defaults, runs as the module does them, and pictures of a directory."""

from __future__ import annotations

import os
import stat
import typing as t
from pathlib import Path

from ansible_collections.keysmith.jwt.plugins.module_utils._disk.files import FileSlot
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import options as keypair_options
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import parse, recovery, request
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import run as keypair_run

#: Passphrases that no part of any output holds.
FIRST, SECOND = "correct horse battery", "staple umbrella nine"


def options(path: t.Any, **given: t.Any) -> t.Dict[str, t.Any]:
    """All options of a key pair: the defaults, with EC keys where nothing else is asked for, because they are quick."""
    specification = {**keypair_options.PUBLIC, **keypair_options.SECRETS}
    unknown = set(given) - set(specification)
    if unknown:
        raise TypeError("no such option: %s" % unknown)
    complete = {name: one.get("default") for name, one in specification.items()}
    complete.update({"algorithm": "ES256", "path": str(path)}, **given)
    complete = {name: str(value) if isinstance(value, Path) else value for name, value in complete.items()}
    complete["environment"] = [environment(**item) for item in complete["environment"] or ()]
    return complete


def environment(path: t.Any, **given: t.Any) -> t.Dict[str, t.Any]:
    """All options of an environment file."""
    defaults = {name: one.get("default") for name, one in keypair_options.ENVIRONMENT.items()}
    return {**defaults, **given, "path": str(path)}


def wanted(path: t.Any, **given: t.Any) -> request.Wanted:
    """The options, checked."""
    return parse.wanted(options(path, **given))


def run(path: t.Any, check: bool = False, **given: t.Any) -> t.Dict[str, t.Any]:
    """One run of the module, its result with its diff; raises the error that it ends with."""
    outcome = keypair_run.run({"it": wanted(path, **given)}, check, True)["it"]
    if outcome.error:
        raise outcome.error
    return outcome.result


def four_runs(path: t.Any, picture_of: Path, **given: t.Any) -> t.Dict[str, t.Any]:
    """Check, real, check, real: the result of the first real run, once all four are what they have to be."""
    before = picture(picture_of)
    predicted = run(path, True, **given)
    assert picture(picture_of) == before, "check mode changed something"
    done = run(path, **given)
    after = picture(picture_of)
    assert predicted["changed"] == done["changed"] == (after != before)
    assert predicted["changes"] == done["changes"]
    # What check mode cannot know it leaves out; what it says is so.
    assert {name: done[name] for name in predicted if name != "diff"} == {
        name: predicted[name] for name in predicted if name != "diff"
    }
    for result in (predicted, done):
        assert (result["diff"]["before"] != result["diff"]["after"]) == result["changed"]
    for check in (True, False):
        again = run(path, check, **given)
        assert not again["changed"], again["changes"]
        assert again["diff"]["before"] == again["diff"]["after"]
        assert picture(picture_of) == after
    return done


def picture(directory: Path) -> t.Dict[str, t.Tuple[t.Any, ...]]:
    """Everything below a directory: kind, content, mode, owner, inode and time of change of each name."""
    seen: t.Dict[str, t.Tuple[t.Any, ...]] = {}
    for path in sorted(directory.rglob("*")):
        info = path.lstat()
        content: t.Any = os.readlink(str(path)) if path.is_symlink() else None
        if stat.S_ISREG(info.st_mode):
            content = path.read_bytes()
        seen[str(path.relative_to(directory))] = (info.st_mode, content, info.st_uid, info.st_ino, info.st_mtime_ns)
    return seen


def staged(path: Path) -> Path:
    """Where a private key waits for the commit of its set."""
    return path.with_name(recovery.staged_name(path.name))


def let_be_a_stranger_s(monkeypatch: t.Any, name: str) -> None:
    """From now on, files of that name look as if a stranger had put them there."""
    look = FileSlot.look

    def of_a_stranger(place: FileSlot) -> t.Optional[os.stat_result]:
        info = look(place)
        return os.stat_result([*info[:4], 54321, *info[5:]]) if info and place.name == name else info

    monkeypatch.setattr(FileSlot, "look", of_a_stranger)


def backups(path: Path) -> t.List[Path]:
    """The backups beside a file."""
    return sorted(path.parent.glob(path.name + ".*.bak"))
