# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""Where the keys of a service are: a directory for it, a folder for each version, a link to the active one.

Services are turned into key pairs here, on the host: in templates it would cost the controller more for each host than
all the rest of the role.
"""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._services import Options, Service

#: What a service that reads its key has to be restarted for.
_READ_AT_START = {"private_key", "environment", "active_link"}


def keypairs(services: t.Iterable[Service]) -> t.Tuple[t.List[Options], t.Dict[str, Options]]:
    """The key pairs of the services as the batch takes them, and their secrets by name."""
    items: t.List[Options] = []
    secrets: t.Dict[str, Options] = {}
    for service in services:
        for version in service.versions:
            items.append(_present(service, version))
            secrets[service.pair(version)] = service.secrets
        items += [dict(_item(service, version), state="absent", backup=False) for version in service.options["retired"]]
    return items, secrets


def shared(services: t.Iterable[Service]) -> t.List[str]:
    """The names of the key pairs that other hosts have, too."""
    return [service.pair(version) for service in services if service.is_shared for version in service.versions]


def _item(service: Service, version: str) -> Options:
    """What is said of the key pair of a version, whether it is kept or retired."""
    options = service.options
    folder = "%s/%s" % (options["directory"], version)
    paths = [folder + "/env"]
    if version == service.active and service.options["environment"]["path"]:
        paths.append(service.options["environment"]["path"])
    return {
        "name": service.pair(version),
        "path": folder + "/private.key",
        "public_path": folder + "/public.key",
        "jwk_path": folder + "/jwk.json",
        "environment": [dict(_variables(service), path=path) for path in paths],
        "active_link": service.link,
        "base_directory": options["directory"],
        "directory_mode": "0750" if options["group"] else "0700",
        "owner": options["owner"],
        "group": options["group"],
        "mode": options["mode"],
    }


def _variables(service: Service) -> Options:
    environment = service.options["environment"]
    return {
        **{name: environment[name] for name in ("format", "owner", "group", "mode")},
        **{name + "_variable": value for name, value in environment["variables"].items()},
    }


def _present(service: Service, version: str) -> Options:
    options = service.options
    key_id = options["key_id"]
    return dict(
        _item(service, version),
        active_link=service.link if version == service.active else None,
        algorithm=options["algorithm"],
        size=options["size"],
        format=options["format"],
        key_id=str(key_id[version] if isinstance(key_id, dict) else key_id),
        regenerate=options["regenerate"],
        generate_passphrase="passphrase" not in service.secrets,
    )


def outcome(services: t.Iterable[Service], results: t.Mapping[str, Options]) -> Options:
    """What became of the services: their public keys, and what has to be restarted or told where the keys are."""
    jwks: Options = {}
    restart: t.List[str] = []
    units: t.List[Options] = []
    for service in services:
        active = results.get(service.pair(service.active))
        found = [results.get(service.pair(version), {}).get("jwk") for version in service.versions]
        # With half a set, the missing key would be taken out of what is published.
        if all(found):
            jwks[service.name] = {"keys": found}
        if active and _READ_AT_START & set(active["changes"]):
            restart += service.options["restart"]
        if active and service.options["systemd_unit"]:
            units.append(_unit(service))
    return {"jwks": jwks, "restart": list(dict.fromkeys(restart)), "units": units}


def _unit(service: Service) -> Options:
    name = service.options["systemd_unit"]
    return {
        "unit": name[: -len(".service")] if name.endswith(".service") else name,
        "environment_file": service.link + "/env",
        "restart": service.options["restart"],
    }
