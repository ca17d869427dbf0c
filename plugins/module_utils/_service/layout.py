# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layout of a service: one directory, one folder for each version, one link to the active version.

Services are turned into key pairs here, on the host: in templates it would cost the controller more for each host than
all the rest of the role.
"""

from __future__ import annotations

import functools
import os
import typing as t

from .._errors import KeysmithError
from .._keypair import outputs
from .._keypair.request import LONGEST_COMMON_NAME
from .._keypair.run import Restart
from .._keypair.values import RESTART_DUE
from . import drop_in
from .active import current
from .options import OUTPUTS
from .service import Options, Service

if t.TYPE_CHECKING:
    from .._disk import locked_directories


def keypairs(services: t.Iterable[Service], check_mode: bool) -> t.Tuple[t.List[Options], t.Dict[str, Options]]:
    """Return the key pairs of the services as items of the batch, and their secrets by name.

    ``check_mode``: what is done in several steps is looked at as a whole.
    """
    items: t.List[Options] = []
    secrets: t.Dict[str, Options] = {}
    for service in services:
        for version in service.versions:
            takes_over = version == service.active and not check_mode and drop_in.takes_over(service)
            items.append(_present(service, version, keeps_path=takes_over))
            secrets[service.pair(version)] = service.secrets
        items += [removed(service, version) for version in service.options["retired"]]
    return items, secrets


def _folder(service: Service, version: str) -> str:
    return "%s/%s" % (service.options["directory"], version)


def _item(service: Service, version: str, keeps_path: bool = False) -> Options:
    """Return the item for the key pair of a version, whether it is kept or retired.

    ``keeps_path``: in the environment, even though the unit has credentials.
    """
    options = service.options
    folder = _folder(service, version)
    paths = [folder + "/env"]
    if version == service.active and service.options["environment"]["path"]:
        paths.append(service.options["environment"]["path"])
    return {
        "name": service.pair(version),
        "path": folder + "/private.key",
        "public_path": folder + "/public.key",
        "jwk_path": folder + "/jwk.json",
        "environment": [dict(_variables(service, keeps_path), path=path) for path in paths],
        "active_link": service.link,
        "base_directory": options["directory"],
        "directory_mode": "0750" if options["group"] else "0700",
        "owner": options["owner"],
        "group": options["group"],
        "mode": options["mode"],
    }


def removed(service: Service, version: str, backup: bool = False) -> Options:
    """Return the item with all outputs that it may have had before."""
    return {
        **_item(service, version, keeps_path=True),
        **_outputs(service, version, OUTPUTS),
        "state": "absent",
        "backup": backup,
    }


def _outputs(service: Service, version: str, kinds: t.Iterable[str]) -> Options:
    """Return the files that a service asks for, by their options."""
    rows = [OUTPUTS[kind] for kind in kinds]
    return {row.option: "%s/%s" % (_folder(service, version), row.file_name) for row in rows}


def _variables(service: Service, keeps_path: bool) -> Options:
    environment, variables = service.options["environment"], dict(service.options["environment"]["variables"])
    removed = []
    if service.options["systemd_credentials"] and not keeps_path and variables["key_path"]:
        removed, variables["key_path"] = [variables["key_path"]], ""
    return {
        **{name: environment[name] for name in ("format", "owner", "group", "mode")},
        **{name + "_variable": value for name, value in variables.items()},
        "removed_variables": removed,
    }


def _present(service: Service, version: str, keeps_path: bool) -> Options:
    options = service.options
    key_id = options["key_id"]
    return dict(
        _item(service, version, keeps_path),
        active_link=service.link if version == service.active else None,
        algorithm=options["algorithm"],
        size=options["size"],
        format=options["format"],
        key_id=str(key_id[version] if isinstance(key_id, dict) else key_id),
        regenerate=options["regenerate"],
        encrypted=options["encrypted"],
        generate_passphrase="passphrase" not in service.secrets and options["encrypted"] is not False,
        certificate_name=service.name[:LONGEST_COMMON_NAME],
        certificate_days=options["certificate_days"],
        jwk_x5c=options["jwk_x5c"],
        **_outputs(service, version, options["outputs"]),
    )


def restarts(services: t.Iterable[Service]) -> t.Dict[str, Restart]:
    """Return by the names of key pairs the services to restart, or whose unit needs a drop-in."""
    found = {}
    for service in services:
        is_untold = drop_in.is_missing(service)
        if service.options["restart"] or is_untold:
            found[service.pair(service.active)] = Restart(functools.partial(_mark, service.link), is_untold)
    return found


def _mark(link: str, folders: "locked_directories.LockedDirectories") -> None:
    from . import restart_marker

    restart_marker.leave(link, folders)


def due(services: t.Iterable[Service], always: bool = False) -> t.Tuple[t.Dict[str, str], t.Dict[str, str]]:
    """Return by the names of services the markers of due restarts, and why others cannot be inspected.

    Those that nothing is restarted for have none of this run; ``always``, because they can have one of an earlier run.
    """
    marks: t.Dict[str, str] = {}
    wrong: t.Dict[str, str] = {}
    for service in services:
        if always or service.options["restart"] or service.options["systemd_unit"]:
            from . import restart_marker

            try:
                marks[service.name] = restart_marker.found(service.link)
            except KeysmithError as error:
                wrong[service.name] = str(error)
    return marks, wrong


def kept(services: t.Iterable[Service]) -> t.Dict[str, str]:
    """Return why nothing changes for services of which a key to be retired may still be in use."""
    found = {}
    for service in services:
        there = [one for one in service.options["retired"] if os.path.lexists(_folder(service, one) + "/private.key")]
        marks, wrong = due([service], always=True) if there else ({}, {})
        in_use = current(service) if there else ""
        if marks.get(service.name) or wrong:
            found[service.name] = _restart_first(service, ", ".join(there))
        elif in_use in there:
            found[service.name] = (
                "retired: %s is active when this run starts, and its key is used until the restart, so nothing of this "
                "service was changed; list it under versions in this run, and retire it in a later one." % in_use
            )
    return found


def _restart_first(service: Service, there: str) -> str:
    units, mark = ", ".join(service.options["restart"]), os.path.join(service.options["directory"], RESTART_DUE)
    return "retired: a restart%s is due, and until then %s may be in use; nothing of this service was changed. %s" % (
        " of " + units if units else "",
        there,
        "Run again after the restart."
        if units
        else "Set restart to what uses the key; if that was restarted, remove %s." % mark,
    )


def outcome(
    services: t.Iterable[Service],
    results: t.Mapping[str, Options],
    due: t.Mapping[str, str],
    kept: t.Container[str],
) -> Options:
    """Return the result for the services: their public keys, what to restart, and missing drop-ins.

    ``due`` holds for the names of services the marks by which a restart is due for them, of this run or an earlier one;
    ``kept`` the names of services of which nothing is changed before a restart.
    """
    jwks: Options = {}
    restart: t.List[str] = []
    marks: Options = {}
    units: t.List[Options] = []
    for service in services:
        pair = service.pair(service.active)
        active = results.get(pair)
        found = [results.get(service.pair(version), {}).get("jwk") for version in service.versions]
        # With half a set, the missing key would be taken out of what is published.
        pairs = [service.pair(version) for version in service.versions + service.options["retired"]]
        missing = [one for one in pairs if one not in results]
        if all(found) and not missing:
            jwks[service.name] = {"keys": found}
        mark = due.get(service.name)
        if mark and service.name in kept:
            restart += service.options["restart"]
            marks[service.name] = _due_of(service, mark)
        if not active or "waiting" in active:
            continue
        is_untold = drop_in.is_missing(service)
        units += [drop_in.unit(service)] if is_untold else []
        # What is not published is not to sign: while a part of the service fails, the mark stays.
        if not missing and (mark or is_untold or outputs.READ_AT_START & set(active["changes"])):
            restart += service.options["restart"]
            if mark:
                marks[service.name] = _due_of(service, mark)
    return {"jwks": jwks, "restart": list(dict.fromkeys(restart)), "restart_due": marks, "units": units}


def _due_of(service: Service, mark: str) -> Options:
    """Return the value that a run returns for a due restart, and gets back after the restart."""
    return {"mark": mark, "link": service.link, "units": service.options["restart"]}
