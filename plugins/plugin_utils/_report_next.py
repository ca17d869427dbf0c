# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The next steps for a person after a run: which keys to register, and what comes next for each service."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import few
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _version_files
from ansible_collections.keysmith.jwt.plugins.plugin_utils._report_rows import Play, Row, told_of

#: So many files are named, and so many hosts.
_FILES, _HOSTS = 5, 10
#: What a host says of the next step of a rotation; and the steps, in words.
_STEP = ("step", "version", "at")
STEPS = {
    "create": "%s is created",
    "publish": "%s is published",
    "switch": "%s becomes active",
    "restart": "what uses %s is restarted",
    "retire": "%s is removed",
}
_NEXT, _NOW, _GONE = "next", "would follow in this run", "; after the restart, these are removed: %s"


def to_register(play: Play, service: str, rows: t.Sequence[Row]) -> t.Iterator[str]:
    """Return those of the written files that hold new keys."""
    new = [row for row in rows if row.is_new and "jwk" in row.keypair]
    if not play.output or play.is_check or (play.registers and _is_rotated(play, service)):
        return
    places = [(_version_files.path(play.output, service, row.host, row.version), row.keypair["jwk"]) for row in new]
    paths = [path for path, jwk in places if _version_files.holds(path, jwk)]
    if not paths:
        return
    if len(paths) > _FILES:
        yield "%s: register the %d new keys, such as %s" % (service, len(paths), paths[0])
    else:
        yield "%s: register the new key%s: %s" % (service, "s" if paths[1:] else "", ", ".join(paths))


def _is_rotated(play: Play, service: str) -> bool:
    return any(service in (play.answer_of(host).get("rotation") or {}) for host in told_of(play))


def next_steps(play: Play, service: str, rows: t.Sequence[Row]) -> t.Iterator[str]:
    """Return the next step of a rotation, on how many hosts and when at the earliest; else new versions."""
    steps = list(_rotation(play, service))
    yield from steps
    yield from _compromised(play, service, rows)
    # Where the active key is new, too, the other one is not there to replace it.
    first = {row.host for row in rows if row.is_new and row.role == "active"}
    new = [row.version for row in rows if row.is_new and row.role == "inactive" and row.host not in first]
    for version in [] if steps else dict.fromkeys(new):
        yield "%s: next: register %s, then make it the active version (active: %s)" % (service, version, version)


def _compromised(play: Play, service: str, rows: t.Sequence[Row]) -> t.Iterator[str]:
    """Return the compromised keys that hosts still have after the run."""
    kept = {(row.host, row.version) for row in rows if row.role != "retired"}
    found: t.Dict[str, t.List[str]] = {}
    for host in [] if play.is_check else told_of(play):
        rotation = (play.answer_of(host).get("rotation") or {}).get(service) or {}
        versions = [version for version in rotation.get("compromised") or () if (host, version) in kept]
        if versions:
            found.setdefault(", ".join(versions), []).append(host)
    for names, hosts in sorted(found.items()):
        text = "%s: somebody else may have the key of %s on %s; restart what uses it, and run again to have it removed"
        yield text % (service, names, few(hosts, _HOSTS))


def _rotation(play: Play, service: str) -> t.Iterator[str]:
    """Return the steps of rotations."""
    steps: t.Dict[t.Tuple[str, str, str], t.List[str]] = {}
    for host in told_of(play):
        rotation = (play.answer_of(host).get("rotation") or {}).get(service) or {}
        step = rotation.get("next")
        if step and len(step) == len(_STEP):
            # What the real run does itself, and what it does then with keys that somebody else may have.
            is_now = play.is_check and step["step"] == "switch" and rotation.get("switch") == step["version"]
            gone = rotation.get("compromised", ()) if is_now else ()
            what = STEPS[step["step"]] % step["version"] + (_GONE % ", ".join(gone) if gone else "")
            steps.setdefault((_NOW if is_now else _NEXT, step["step"], what), []).append(step["at"])
    for (when, _step, what), times in sorted(steps.items()):
        hosts = "%d hosts" % len(times) if len(times) > 1 else "one host"
        at = ", %s at the earliest" % min(times) if when == _NEXT else ""
        yield "%s: %s on %s: %s%s" % (service, when, hosts, what, at)
