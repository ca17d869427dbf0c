# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the options of a service, and of two together; KeysmithError names the option."""

from __future__ import annotations

import os
import typing as t

from .._errors import KeysmithError
from .._keypair import request
from . import call
from .service import Options, Service

_LETTERS = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def is_name(name: str) -> bool:
    """Check whether it can be the name of a service or of a version, which is part of paths."""
    return name[:1] in _LETTERS and set(name) <= _LETTERS | set("._-") and name != call.LINK


def names(options: Options) -> None:
    """Check the names, which are parts of paths."""
    for option, given in (
        ("name", [options["name"]]),
        ("versions", options["versions"]),
        ("retired", options["retired"]),
    ):
        for name in given:
            if not is_name(name):
                raise KeysmithError(
                    "%s: has to begin with a letter or a digit, to consist of letters, digits, '.', '_' and "
                    "'-', and not to be '%s'." % (option, call.LINK)
                )


def unit(unit: t.Optional[str]) -> None:
    """Check the name of a unit, which is part of a path (systemd.unit(5))."""
    if unit and (len(unit) > 200 or not set(unit) <= _LETTERS | set(":-_.\\@") or unit[0] in ".-"):
        raise KeysmithError("systemd_unit: has to be the name of a unit, such as orders or orders@1.service.")


def shared(service: Service) -> None:
    """Check the options of a shared key. The controller checks which hosts share it."""
    if service.is_shared and service.options["regenerate"] in ("mismatch", "always"):
        raise KeysmithError(
            "regenerate: a shared key is not replaced, because the other hosts still have it; add a version."
        )
    if service.is_shared and service.options["jwk_x5c"]:
        raise KeysmithError("jwk_x5c: each of the hosts that share a key has its own certificate; leave jwk_x5c out.")


def versions(service: Service) -> None:
    options = service.options
    versions, retired, key_id = options["versions"], options["retired"], options["key_id"]
    if not versions:
        raise KeysmithError("versions: one is needed; to remove the service, set state: absent.")
    if len(set(versions)) < len(versions):
        raise KeysmithError("versions: one of them is listed twice.")
    if options["active"] and service.active not in versions:
        raise KeysmithError("active: %s is not one of versions, %s." % (service.active, ", ".join(versions)))
    for version in retired:
        if version in versions:
            raise KeysmithError("retired: %s is one of versions, too; remove it from versions first." % version)
    if isinstance(key_id, dict):
        for version in versions:
            if version not in key_id:
                raise KeysmithError("key_id: has no key ID for %s; add it." % version)
    elif key_id != request.THUMBPRINT and len(versions) > 1:
        raise KeysmithError(
            "key_id: each version is another key; give a dictionary with a key ID for each, or thumbprint."
        )


def clashes(services: t.Sequence[Service]) -> t.Dict[str, str]:
    """Return by name what is wrong with services that use the same directory or unit as another one."""
    wrong = {}
    named: t.Dict[str, Service] = {}
    places: t.Dict[t.Tuple[str, str], Service] = {}
    for service in services:
        if named.setdefault(service.name, service) is not service:
            wrong[service.name] = "name: two services have this name; give each a name of its own."
        for option, value in (("directory", service.options["directory"]), ("systemd_unit", service.unit)):
            other = places.setdefault((option, value), service) if value else service
            if other.name != service.name:
                for one, its in ((service, other), (other, service)):
                    wrong[one.name] = "%s: %s also belongs to %s; give each its own." % (option, value, its.name)
    for service in services:
        directory = above = service.options["directory"]
        while above != "/":
            above = os.path.dirname(above)
            other = places.get(("directory", above), service)
            if other is not service:
                wrong[service.name] = "directory: %s is inside that of %s; give each its own." % (directory, other.name)
    return wrong
