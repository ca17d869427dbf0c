# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of the module jwt_keypair_info: each service of the list, and others on the host."""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError
from .._keypair import given as keypair_given
from .._service import call, rotation_plan
from .._service import options as service_options
from . import other_services, service_directory

#: The options of the module.
ARGUMENTS: t.Dict[str, t.Dict[str, t.Any]] = {
    "services": {"type": "list", "elements": "dict", "required": True},
    "defaults": {"type": "dict"},
    "search": {"type": "bool", "default": True},
    "clock": {"type": "int"},
}


def run(options: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    """Return the result, a failure if a service has a wrong option. KeysmithError if all of them are affected."""
    defaults = options["defaults"] or {}
    services, refused = service_options.read(options["services"], defaults, keypair_given.checked)
    at = rotation_plan.clock(options["clock"])
    found = {}
    for service in services:
        if service.is_absent:
            # What is left of it is in no list.
            continue
        try:
            found[service.name] = service_directory.listed(service, at)
        except KeysmithError as error:
            refused[service.name] = str(error)
    result: t.Dict[str, t.Any] = {"changed": False, "services": found, "unlisted": {}}
    if options["search"]:
        patterns = [_pattern(item, defaults) for item in [{}, *options["services"]]]
        known = [one["directory"] for one in found.values()]
        result["unlisted"] = other_services.find(patterns, known, at.now)
    if refused:
        sentences = "; ".join("%s: %s" % (name, text.rstrip(".")) for name, text in refused.items())
        result.update(failed=True, failed_services=refused, msg=sentences + ".")
    return result


def _pattern(item: t.Mapping[str, t.Any], defaults: t.Mapping[str, t.Any]) -> str:
    said = item.get("directory") or defaults.get("directory") or call.DIRECTORY
    return str(said).rstrip("/")
