# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a task of many key pairs: one bad item does not stop the others."""

from __future__ import annotations

import typing as t

from .. import _module
from .._errors import KeysmithError, MissingLibrary
from .._keypair import given as keypair_given
from .._keypair import options as keypair_options
from .._keypair.record_writing import Bound
from .._keypair.request import Wanted
from . import absent, active, call, drop_in, layout, rotating
from . import options as service_options
from .batch_run import Batch
from .service import Service

_NAME: t.Dict[str, t.Dict[str, t.Any]] = {"name": {"type": "str", "required": True}}


def read(module: _module.QuietModule, options: t.Dict[str, t.Any]) -> Batch:
    """Read all options; KeysmithError if the whole task is affected."""
    services, refused = _given_services(module, options)
    gone = absent.Absent([service for service in services or () if service.is_absent])
    services = services and [service for service in services if not service.is_absent]
    if services is None:
        keypairs = options["keypairs"]
        keypair_given.hide(module, keypairs, {**_NAME, **keypair_options.PUBLIC})
        secrets = _secrets(options["secrets"])
    is_sealing = options["recipients"] is not None
    shared = [name for option in ("make", "sealed", "recipients") for name in options[option] or ()]
    ages = {name: one["created"] for name, one in (options["sealed"] or {}).items() if _has_age(one)}
    rotations = rotating.Rotations(options["clock"], options["confirmed"], shared, ages)
    if services is not None:
        services, unknown = rotations.planned(services)
        refused.update(unknown)
    kept = {} if is_sealing else layout.kept(services or ())
    if services is not None and not is_sealing:
        unable = drop_in.refused(services)
        services = [service for service in services if service.name not in unable]
        refused.update(unable)
        services, unclear = active.settled(services, kept)
        refused.update(unclear)
    ready = [service for service in services or () if service.name not in kept]
    if services is not None:
        keypairs, secrets = layout.keypairs(ready, module.check_mode)
        keypairs += [] if is_sealing else gone.items
    sharing = _sharing(options, services or (), refused)
    if is_sealing:
        keypairs = [item for item in keypairs if item["name"] in sharing]
        secrets = {name: secrets[name] for name in sharing}
    restarts = {} if is_sealing else layout.restarts(ready)
    names = _names(keypairs, secrets)
    bounds = _bounds(module, options)
    wanted, wrong = _requests(module, dict(zip(names, keypairs)), secrets)
    refused.update(wrong)
    return Batch(names, wanted, refused, services, sharing, restarts, kept, is_sealing, bounds, rotations, gone)


def _requests(
    module: _module.QuietModule, items: t.Mapping[str, t.Dict[str, t.Any]], secrets: t.Mapping[str, t.Dict[str, t.Any]]
) -> t.Tuple[t.Dict[str, Wanted], t.Dict[str, str]]:
    """Return the request for each key pair, and by name why others are wrong."""
    wanted: t.Dict[str, Wanted] = {}
    refused: t.Dict[str, str] = {}
    for name, item in items.items():
        try:
            wanted[name] = _wanted(module, item, secrets.get(name, {}))
        except MissingLibrary:
            raise
        except KeysmithError as error:
            refused[name] = str(error)
    return wanted, refused


def _bounds(module: _module.QuietModule, options: t.Mapping[str, t.Any]) -> t.Optional[t.Dict[str, Bound]]:
    """Return by the names of services or key pairs what their records are bound to.

    None where the call is not one that is made again and again.
    """
    asked = call.asked(options) if call.is_routine(options) else None
    items = options["keypairs"] if options["services"] is None else options["services"]
    if asked is None:
        return None
    return {str(item.get("name")): keypair_given.bound(module, one) for item, one in zip(items, asked)}


def _sharing(
    options: t.Mapping[str, t.Any], services: t.Iterable[Service], refused: t.Container[str]
) -> t.Dict[str, t.Any]:
    """Return for each shared key pair, by name, what this run does about it; KeysmithError for wrong options.

    What is said of the key pairs of services that are ``refused`` is not looked at.
    """
    given = {option: options[option] for option in ("make", "recipients", "sealed")}
    names = [service.pair(version) for service in services if service.is_shared for version in service.versions]
    for option, value in given.items():
        if any(name not in names and str(name).rpartition("/")[0] not in refused for name in value or ()):
            raise KeysmithError(
                "%s: names key pairs that are not of services with shared; there are: %s."
                % (option, ", ".join(names) or "none")
            )
    if not names:
        return {}
    for option in ("recipients", "sealed"):
        for name, one in (given[option] or {}).items():
            if not isinstance(one, dict):
                raise KeysmithError(
                    "%s: %s: has to be a dictionary, with hosts, or with jwe and thumbprint." % (option, name)
                )
    from .shared_key import Sharing

    if given["recipients"] is not None:
        return {name: Sharing(recipients=hosts) for name, hosts in given["recipients"].items() if name in names}
    make, sealed = given["make"] or [], given["sealed"] or {}
    return {name: Sharing(may_make=name in make, sealed=sealed.get(name)) for name in names}


def _has_age(sealed: t.Any) -> bool:
    return isinstance(sealed, dict) and "created" in sealed


def _given_services(
    module: _module.QuietModule, options: t.Mapping[str, t.Any]
) -> t.Tuple[t.Optional[t.List[Service]], t.Dict[str, str]]:
    """Return the services, if they were given instead of key pairs, and by name why others are wrong."""
    given, defaults = options["services"], options["defaults"]
    # Remove the secrets from the invocation that the result shows, before anything is parsed.
    module.params["services"] = given and [_without_secrets(module, item) for item in given]
    module.params["defaults"] = defaults and _without_secrets(module, defaults)
    # What hosts tell each other is theirs alone: it would be shown as names that say nothing to anybody.
    module.unread = ("sealed", "recipients", "make", "restarted", "confirmed")
    for name in ("recipients", "restarted"):
        if options[name] is not None:
            module.params[name] = sorted(map(str, options[name]))
    return (None, {}) if given is None else service_options.read(given, defaults or {}, keypair_given.checked)


def _without_secrets(module: _module.QuietModule, options: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    for part, specification in service_options.parts(options):
        keypair_given.hide_unknown(module, part, specification)
    return {name: value for name, value in call.without_secrets(options).items() if name in service_options.SERVICE}


def _secrets(given: t.Any) -> t.Dict[str, t.Dict[str, t.Any]]:
    """Return the secrets by the names of their items."""
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(one, dict) for one in given.values()):
        raise KeysmithError(
            "secrets: has to be a dictionary; for the name of each key pair it holds a dictionary with %s."
            % ", ".join(keypair_options.SECRETS)
        )
    # Given, and empty: a lookup that found nothing.
    return {name: {one: "" if value is None else value for one, value in held.items()} for name, held in given.items()}


def _names(items: t.Sequence[t.Dict[str, t.Any]], secrets: t.Mapping[str, t.Any]) -> t.List[str]:
    """Return the names of the items; each must be given once, and each name in secrets must be one of them."""
    names = []
    for number, item in enumerate(items, 1):
        name = item.get("name")
        if not isinstance(name, str) or not name:
            raise KeysmithError(
                "keypairs: each needs a name, under which its result is returned; number %d has none." % number
            )
        if name in names:
            raise KeysmithError("keypairs: two have the name %s; give each its own." % name)
        names.append(name)
    if not set(secrets) <= set(names):
        raise KeysmithError(
            "secrets: holds a name that no key pair has; the names are %s." % (", ".join(names) or "none")
        )
    return names


def _wanted(module: _module.QuietModule, item: t.Mapping[str, t.Any], secrets: t.Mapping[str, t.Any]) -> Wanted:
    misplaced = sorted(set(item) & set(keypair_options.SECRETS))
    if misplaced:
        raise KeysmithError("%s: belongs in secrets, under the name of the key pair." % ", ".join(misplaced))
    options = keypair_given.checked(item, {**_NAME, **keypair_options.PUBLIC}, "keypairs")
    return keypair_given.wanted_of(
        module, {**options, **keypair_given.checked(secrets, keypair_options.SECRETS, "secrets")}
    )
