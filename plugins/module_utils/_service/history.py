# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of a service's keys: when each version was created, published, activated and retired.

It stands in ``history.json`` in the service's directory. What is on the disk is the truth; the history adds the times.
Public facts alone are in it.
"""

from __future__ import annotations

import calendar
import json
import re
import time
import typing as t

from .._errors import KeysmithError

#: Octets. A version takes about 400, and a service has a few a year.
LARGEST = 1024 * 1024
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}", re.ASCII)
_NUMBERED = re.compile(r"v([1-9][0-9]{0,8})", re.ASCII)
#: The events of a version, in the order in which they happen.
EVENTS = ("created", "published", "activated", "restarted", "compromised", "retired")
_TEXTS = ("kid", "thumbprint", "algorithm")
_FLAGS = ("adopted", "removal")


class Version(t.NamedTuple):
    """One version of a service's key. Times are seconds since 1970, 0 where the event has not happened."""

    name: str
    kid: str = ""
    thumbprint: str = ""
    algorithm: str = ""
    created: int = 0
    published: int = 0
    activated: int = 0
    #: When everything that uses the key had been restarted since it was activated.
    restarted: int = 0
    compromised: int = 0
    retired: int = 0
    #: The key was there before the history: ``created`` is when it was adopted.
    adopted: bool = False
    #: A rotation has begun to remove it: what is left once its private key is gone goes, too.
    removal: bool = False

    @property
    def is_live(self) -> bool:
        """Check whether it is on the disk and published."""
        return not self.retired


class Found(t.NamedTuple):
    """A version as it is on the disk."""

    kid: str
    thumbprint: str
    algorithm: str


History = t.Tuple[Version, ...]


def parse(text: bytes, name: str) -> History:
    """Read the history in a text; KeysmithError, with the file's ``name``, if it is none."""
    if not text:
        return ()
    try:
        document: t.Any = json.loads(text.decode("ascii")) if len(text) <= LARGEST else None
        versions = tuple(_version(item) for item in document["versions"])
        if len({version.name for version in versions}) < len(versions):
            raise ValueError
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        raise KeysmithError(
            "%s: this is not a history of keys that this collection wrote; move the file away to begin a new one."
            % name
        ) from None
    return versions


def render(history: t.Iterable[Version]) -> bytes:
    """Write the history: JSON with one newline at the end, without events that have not happened."""
    versions = [
        {
            "name": version.name,
            **{name: getattr(version, name) for name in _TEXTS},
            **{name: True for name in _FLAGS if getattr(version, name)},
            **{event: stamp(getattr(version, event)) for event in EVENTS if getattr(version, event)},
        }
        for version in history
    ]
    return (json.dumps({"versions": versions}, indent=2) + "\n").encode("ascii")


def stamp(seconds: int) -> str:
    """Write a time in RFC 3339, in UTC."""
    return time.strftime(_FORMAT, time.gmtime(seconds))


def _version(item: t.Any) -> Version:
    texts = {name: item[name] for name in ("name", *_TEXTS)}
    if not all(isinstance(value, str) for value in texts.values()) or not is_name(texts["name"]):
        raise ValueError
    times: t.Dict[str, t.Any] = {event: seconds(item[event]) for event in EVENTS if event in item}
    times.update({name: item.get(name) is True for name in _FLAGS})
    return Version(**texts, **times)


def seconds(text: t.Any) -> int:
    """Read the seconds since 1970 from what ``stamp`` writes; ValueError for anything else."""
    parts = _TIME.fullmatch(text) if isinstance(text, str) else None
    if not parts:
        raise ValueError
    found = calendar.timegm((*map(int, parts.groups()), 0, 0, 0))
    if stamp(found) != text:  # the 30th of February
        raise ValueError
    return found


def reconcile(
    history: History,
    found: t.Mapping[str, Found],
    active: str,
    now: int,
    restart_due: bool = False,
    adopted: t.Container[str] = (),
    listed: t.Container[str] = (),
) -> History:
    """Return the history as the disk has it: new, replaced and removed versions, and the active one.

    A run may have ended between a change and its record, so an event of which nothing is known happens ``now``: too
    late a time makes a key live longer, and never too short. ``restart_due``: what uses the active key may still use
    the one before it. ``adopted``: the versions that were there before this collection kept a history. ``listed``: the
    versions that the play names. Once there is a history, another directory is one only under a name that a rotation
    gives, or where the link leads to it: it may be what somebody has put aside.
    """
    versions = {version.name: _as_found(version, found.get(version.name), now) for version in history}
    for name in sorted(set(found) - set(versions), key=number):
        if history and not number(name)[0] and name not in listed and name != active:
            continue
        versions[name] = Version(name, *found[name], created=now, adopted=name in adopted)
    if active in found:
        one = versions[active]
        restarted = one.restarted or (0 if restart_due else now)
        versions[active] = one._replace(activated=one.activated or now, restarted=restarted)
    return tuple(versions.values())


def _as_found(version: Version, found: t.Optional[Found], now: int) -> Version:
    if found is None:
        return version if version.retired else version._replace(retired=now)
    if found.thumbprint != version.thumbprint:
        return Version(version.name, *found, created=now)
    return version._replace(kid=found.kid, algorithm=found.algorithm, retired=0, removal=False)


def is_name(name: str) -> bool:
    """Check whether a version can have that name."""
    return bool(_NAME.fullmatch(name))


def number(name: str) -> t.Tuple[int, str]:
    """Return the order of a version by its name: v2 before v10, and names without a number first."""
    match = _NUMBERED.fullmatch(name)
    return (int(match.group(1)) if match else 0, name)


def next_name(names: t.Iterable[str]) -> str:
    """Return the name of a new version: no name is used twice, not even that of a retired version."""
    return "v%d" % (max((number(name)[0] for name in names), default=0) + 1)


def removing(history: History, names: t.Container[str]) -> History:
    """Return the history with the removal of these versions begun."""
    return tuple(version._replace(removal=True) if version.name in names else version for version in history)


def happened(history: History, event: str, names: t.Container[str], now: int) -> History:
    """Return the history with an event for these versions; an event that has happened before keeps its time."""
    change: t.Dict[str, t.Any] = {event: now}
    return tuple(
        version._replace(**change) if version.name in names and not getattr(version, event) else version
        for version in history
    )
