# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The public key of each version of a host's service, on the controller: SERVICE/versions/HOST.VERSION.jwk.json.

A person registers a key with such a file as soon as the version exists. Sets are not made of them, so nothing is
published by one that is left over.
"""

from __future__ import annotations

import json
import os
import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair.values import LONGEST_NAME
from ansible_collections.keysmith.jwt.plugins.plugin_utils._record import published_as

FOLDER = "versions"
_ENDING = ".jwk.json"
_LARGEST = 64 * 1024
Mapping = t.Mapping[str, t.Any]


def folder(output: str, service: str) -> str:
    """Return the directory of these files."""
    return "%s/%s/%s" % (output, service, FOLDER)


def path(output: str, service: str, host: str, version: str) -> str:
    """Return the path for one key."""
    return "%s/%s.%s%s" % (folder(output, service), published_as(host), version, _ENDING)


def keys(service: str, keypairs: Mapping, published: t.Sequence[Mapping]) -> t.Dict[str, Mapping]:
    """Return by version a host's published keys of a service, each once."""
    found: t.Dict[str, Mapping] = {}
    left = list(published)
    for name, keypair in keypairs.items():
        of, _slash, version = name.partition("/")
        if of == service and keypair.get("jwk") in left:
            found[version] = keypair["jwk"]
            left.remove(keypair["jwk"])
    return found


class Hosts:
    """The hosts of an inventory, by the beginning of their file names."""

    def __init__(self, names: t.Iterable[str]) -> None:
        self._names = frozenset(map(published_as, names))

    def owns(self, host: str, version: str) -> bool:
        """Whether there can be a file, and it is the host's: beside ``web.example.com``, ``web`` has no
        ``example.com.v1``."""
        if len(os.fsencode(os.path.basename(path("", "", host, version)))) > LONGEST_NAME:
            return False
        return self.owner("%s.%s" % (published_as(host), version)) == published_as(host)

    def owner(self, stem: str) -> str:
        """Return the host with the longest name with which a file name can begin; empty for none."""
        parts = stem.split(".")
        names = (".".join(parts[:count]) for count in range(len(parts) - 1, 0, -1))
        return next((name for name in names if name in self._names), "")

    def left_over(self, output: str, service: str, current: t.Mapping[str, t.Container[str]]) -> t.List[str]:
        """Return the files of versions that hosts no longer have. ``current``: the versions of the inspected hosts."""
        place = folder(output, service)
        versions = {published_as(host): some for host, some in current.items()}
        found = []
        for name in _listed(place):
            stem = name[: -len(_ENDING)] if name.endswith(_ENDING) else ""
            owner = self.owner(stem) if stem else ""
            version = stem[len(owner) + 1 :]
            # With a dot in it, it may be the file of a host that this inventory does not have.
            if owner in versions and version not in versions[owner] and "." not in version:
                found.append("%s/%s" % (place, name))
        return [path for path in found if _is_jwk(path)]


def holds(path: str, jwk: Mapping) -> bool:
    """Check whether the file exists and holds this key."""
    return bool(_read(path) == jwk)


def _is_jwk(path: str) -> bool:
    """Check for what is written here, not something that a person keeps beside it."""
    held = _read(path)
    return isinstance(held, dict) and "kty" in held


def _read(path: str) -> t.Any:
    try:
        with open(path, encoding="utf-8") as file:
            return json.loads(file.read(_LARGEST))
    except (OSError, ValueError, RecursionError):
        return None


def _listed(place: str) -> t.List[str]:
    try:
        return sorted(os.listdir(place))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        text = os.strerror(error.errno or 0)
        raise KeysmithError("signing_key_output_directory: cannot read %s: %s." % (place, text)) from None
