# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare published JWK Sets with the hosts: keys that are missing there, and keys that no host has."""

from __future__ import annotations

import typing as t
from urllib.parse import urlsplit

from ansible.module_utils.urls import open_url
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk_set
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.jwk import thumbprint
from ansible_collections.keysmith.jwt.plugins.plugin_utils._fleet import Fleet, Key

_OPTION, _PLACE = "signing_key_published", "{name}"
_ON_HOSTS = ("active", "inactive")
_SECONDS = 30


class Entry(t.NamedTuple):
    """An entry of a JWK Set."""

    kid: str
    #: Empty for a key of a type that is not known here.
    thumbprint: str


class Compared(t.NamedTuple):
    """A JWK Set compared with the hosts' keys."""

    where: str
    #: The services whose keys belong there; empty for all.
    services: t.Sequence[str]
    #: Why it could not be read; empty where it could.
    error: str = ""
    entries: int = 0
    #: Keys of hosts that are not in it.
    missing: t.Sequence[Key] = ()
    #: Entries that are no host's.
    stale: t.Sequence[Entry] = ()


def places(given: t.Any, services: t.Iterable[str]) -> t.Dict[str, t.List[str]]:
    """Return by the URL or path of each JWK Set the services whose keys belong there, empty for all.

    ``given`` is one text, in which ``{name}`` stands for each of the services, or a dictionary with one for each.
    """
    found: t.Dict[str, t.List[str]] = {}
    if not given:
        return found
    names = sorted(set(services))
    if isinstance(given, str):
        if _PLACE not in given:
            return {given: []}
        given = dict.fromkeys(names, given)
    if not isinstance(given, t.Mapping) or not all(isinstance(where, str) and where for where in given.values()):
        raise KeysmithError(
            "%s: has to be the URL or path of a JWK Set, with {name} for the name of a service, or a dictionary with "
            "one for each service." % _OPTION
        )
    for name, where in given.items():
        found.setdefault(str.__str__(where).replace(_PLACE, str(name)), []).append(str(name))
    return found


def compare(where: str, services: t.Sequence[str], entries: t.Sequence[Entry], fleet: Fleet) -> Compared:
    """Compare a JWK Set with the keys that belong there."""
    keys = [key for key in fleet.keys if not services or key.service in services]
    ours = [key for key in keys if key.state in _ON_HOSTS and not key.is_compromised and key.thumbprint]
    published = {entry.thumbprint for entry in entries}
    # What the role would not publish is on a host nevertheless.
    known = {key.thumbprint for key in keys if key.thumbprint}
    return Compared(
        where,
        services,
        "",
        len(entries),
        [key for key in ours if key.thumbprint not in published],
        [entry for entry in entries if entry.thumbprint not in known],
    )


def read(where: str) -> t.List[Entry]:
    """Return the entries of the JWK Set at a URL, or in a file of the controller; KeysmithError for anything else."""
    document = jwk_set.parse(_octets(where), where)
    held = jwk_set.held(document, where)
    return [Entry(str(entry.key_id)[:300], thumbprint(entry.jwk) if entry.key else "") for entry in held]


def _octets(where: str) -> bytes:
    most = jwk_set.MOST_OCTETS + 1
    kind = urlsplit(where).scheme
    try:
        if kind in ("http", "https"):
            with open_url(where, timeout=_SECONDS, http_agent="keysmith.jwt", headers={"Accept": "*/*"}) as answer:
                octets: bytes = answer.read(most)
                return octets
        if not where.startswith("/"):
            raise KeysmithError("%s: %s is neither an http or https URL nor an absolute path." % (_OPTION, where))
        with open(where, "rb") as file:
            return file.read(most)
    except (OSError, ValueError) as error:
        # Only the status: a server's own words are not shown.
        reason = getattr(error, "strerror", None) or getattr(error, "reason", None) or type(error).__name__
        status = getattr(error, "code", None)
        text = "status %s" % status if isinstance(status, int) else str(reason)[:200]
        raise KeysmithError("%s: %s cannot be read: %s." % (_OPTION, where, text)) from None
