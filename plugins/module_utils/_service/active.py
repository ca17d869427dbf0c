# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the active version of a service: the requested one, else the one that the link leads to.

A version that is added is never active by being there, and the one that is active when a run starts is not removed in
it: the service goes on with that key until it is restarted.
"""

from __future__ import annotations

import os
import typing as t

from .service import Service


def settled(services: t.Iterable[Service], kept: t.Container[str]) -> t.Tuple[t.List[Service], t.Dict[str, str]]:
    """Return the services, each with its active version after the run; and by name why others have none.

    ``kept`` holds the names of those of which nothing is changed in this run.
    """
    found: t.List[Service] = []
    refused: t.Dict[str, str] = {}
    for service in services:
        chosen, problem = _chosen(service)
        if problem and service.name in kept:
            chosen, problem = service.options["versions"][0], ""
        if problem:
            refused[service.name] = problem
        else:
            found.append(service._replace(options=dict(service.options, active=chosen)))
    return found, refused


def current(service: Service) -> str:
    """Return the version that the link leads to; empty if there is no link, or it leads to nothing."""
    try:
        target = os.readlink(service.link)
        info = os.stat(service.link)
    except OSError:
        return ""
    directory = service.options["directory"]
    for version in [*service.options["versions"], *service.options["retired"]]:
        try:
            if os.path.samestat(info, os.stat("%s/%s" % (directory, version))):
                return str(version)
        except OSError:
            continue
    return target


def _chosen(service: Service) -> t.Tuple[str, str]:
    """Return the active version, or why there is none."""
    versions, asked = service.options["versions"], service.options["active"]
    if asked:
        return str(asked), ""
    active = current(service)
    if active in versions:
        return active, ""
    if active and os.path.lexists(service.link + "/private.key"):
        return "", (
            "active: %s leads to %s, which versions does not list; list it there, or name another active version."
            % (service.link, active)
        )
    if len(versions) == 1:
        return str(versions[0]), ""
    return "", "active: none of %s is active yet; name the one to make active." % ", ".join(versions)
