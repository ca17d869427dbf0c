# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a service, in the words of the role: defaults filled in, wrong options refused."""

from __future__ import annotations

import re
import typing as t

from .._env_files.edit import DIALECTS, ENVDIR, check_name
from .._errors import KeysmithError
from .._keypair import names, outputs, request, values
from .._keypair import options as keypair_options
from .._keypair.outputs import Output
from .._keys.algorithms import ALGORITHMS
from . import call, option_checks, rotation_policy
from .service import Options, Service

#: The files beside those that every version has, by their names in ``outputs``.
OUTPUTS: t.Dict[str, Output] = {row.kind: row for row in outputs.DERIVED if row.file_name}
#: The keys of a service but for its secrets.
SERVICE: t.Dict[str, t.Dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "backup": {"type": "bool", "default": True},
    "directory": {"type": "path", "default": call.DIRECTORY},
    "versions": {"type": "list", "elements": "str", "default": ["v1"]},
    "active": {"type": "str"},
    "retired": {"type": "list", "elements": "str", "default": []},
    "algorithm": {"type": "str", "choices": list(ALGORITHMS), "default": "RS256"},
    "size": {"type": "int"},
    "format": {"type": "str", "choices": ["traditional", "pkcs8", "keep"]},
    "key_id": {"type": "raw", "default": request.THUMBPRINT, "no_log": False},
    "regenerate": keypair_options.PUBLIC["regenerate"],
    "encrypted": keypair_options.PUBLIC["encrypted"],
    "owner": {"type": "str"},
    "group": {"type": "str"},
    "mode": {"type": "raw", "default": "0600"},
    "rotation": {"type": "dict"},
    "rotate": {"type": "str", "choices": list(rotation_policy.ROTATE)},
    "environment": {"type": "dict", "default": {}},
    "outputs": {"type": "list", "elements": "str", "choices": list(OUTPUTS), "default": []},
    "certificate_days": keypair_options.PUBLIC["certificate_days"],
    "jwk_x5c": keypair_options.PUBLIC["jwk_x5c"],
    "shared": {"type": "bool", "default": False},
    "systemd_unit": {"type": "str"},
    "systemd_credentials": {"type": "bool", "default": False},
    "restart": {"type": "list", "elements": "str", "default": []},
    "verify": {"type": "dict", "default": {}},
}
#: As they are named where one of them is misspelt.
#: With the options that are evaluated elsewhere: the controller decides who may have a service.
_SPOKEN: t.Dict[str, t.Dict[str, t.Any]] = {**SERVICE, **{name: {"type": "raw"} for name in (*call.SECRETS, "hosts")}}
_ENVIRONMENT: t.Dict[str, t.Dict[str, t.Any]] = {
    # A version has one file.
    "format": dict(keypair_options.ENVIRONMENT["format"], choices=list(DIALECTS)),
    **{name: keypair_options.ENVIRONMENT[name] for name in ("owner", "group", "mode")},
    "path": {"type": "path"},
    "variables": {"type": "dict", "default": {}},
}
_VARIABLES: t.Dict[str, t.Dict[str, t.Any]] = {
    name: {"type": "str", "default": keypair_options.ENVIRONMENT[name + "_variable"].get("default"), "no_log": False}
    for name in ("passphrase", "key_id", "key_path", "key_base64")
}
_VERIFY: t.Dict[str, t.Dict[str, t.Any]] = {name: {"type": "raw"} for name in rotation_policy.PROOF}
#: What would be a directory of that name, and is not meant to.
_PLACEHOLDER = re.compile(r"\{\w*\}")
#: How an inventory in INI form, or -e, says true and false.
_TRUTH = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0", ""), False),
}
_Check = t.Callable[[t.Mapping[str, t.Any], t.Dict[str, t.Dict[str, t.Any]], str], Options]


def read(given: t.Sequence[Options], defaults: Options, check: _Check) -> t.Tuple[t.List[Service], t.Dict[str, str]]:
    """Return the services, completed by ``defaults``, and by name why others are wrong.

    ``check(options, specification, where)`` gives options their types. One without a name is told by its number.
    KeysmithError for what is wrong with all of them.
    """
    unknown = set(defaults) - set(SERVICE) - set(call.SECRETS)
    if unknown:
        check(dict.fromkeys(unknown, ""), _SPOKEN, "defaults")
    services: t.List[Service] = []
    refused: t.Dict[str, str] = {}
    for number, item in enumerate(given, 1):
        name = str(item.get("name") or "")
        try:
            services.append(_service(_said(item), _said(defaults), check))
        except KeysmithError as error:
            refused[name if option_checks.is_name(name) else "number %d of services" % number] = str(error)
    refused.update(option_checks.clashes(services))
    return [service for service in services if service.name not in refused], refused


def _said(options: t.Mapping[str, t.Any]) -> Options:
    """Return the options that are given; null counts as not given."""
    return {name: value for name, value in options.items() if value is not None}


def _service(item: Options, defaults: Options, check: _Check) -> Service:
    both = names.checked({**_applicable(defaults, item), **item}, names.SERVICE)
    secrets = {option: both.pop(option) for option in call.SECRETS if option in both}
    environment = _environment(defaults.get("environment"), item.get("environment"), check)
    both["verify"] = _verify(defaults.get("verify"), item.get("verify"), check)
    options = check({**both, "environment": environment}, SERVICE if set(both) <= set(SERVICE) else _SPOKEN, "")
    row = ALGORITHMS[options["algorithm"]]
    if row.type != "RSA" and "size" not in item:
        options["size"] = None
    if not options["format"]:
        options["format"] = "traditional" if row.type in ("RSA", "EC") else "pkcs8"
    option_checks.names(options)
    options = _named(options, options["name"])
    options["directory"] = values.own_directory("directory", options["directory"].rstrip("/") or "/")
    option_checks.unit(options["systemd_unit"])
    if options["systemd_credentials"] and not options["systemd_unit"]:
        raise KeysmithError("systemd_credentials: needs the unit that gets the key; set systemd_unit.")
    for option, needed in (("jwk_x5c", options["jwk_x5c"]), ("outputs", "pkcs12" in options["outputs"])):
        if needed and "certificate" not in options["outputs"]:
            raise KeysmithError("%s: needs a certificate; list certificate under outputs, too." % option)
    for option, path in (("directory", options["directory"]), ("environment: path", options["environment"]["path"])):
        unknown = _PLACEHOLDER.search(path or "")
        if unknown:
            raise KeysmithError(
                "%s: there is no placeholder %s; use {name}, the name of the service." % (option, unknown.group())
            )
    service = Service(options["name"], options, secrets)
    rotation_policy.check(options)
    option_checks.versions(service)
    option_checks.shared(service)
    return service


def _applicable(defaults: Options, item: Options) -> Options:
    """Return the defaults without those that the item contradicts: its passphrase, or that it has none."""
    opposite = "encrypted" if "passphrase" in item else ""
    if _TRUTH.get(str(item.get("encrypted")).lower()) is False:
        opposite = "passphrase"
    return {option: value for option, value in defaults.items() if option != opposite}


def parts(options: t.Mapping[str, t.Any]) -> t.Iterator[t.Tuple[t.Mapping[str, t.Any], t.Mapping[str, t.Any]]]:
    """Return the given options, and those inside them, each with the allowed names."""
    yield options, SERVICE
    environment = options.get("environment")
    if isinstance(environment, dict):
        yield environment, _ENVIRONMENT
        variables = environment.get("variables") or {}
        if isinstance(variables, dict):
            yield {"%s_variable" % name: value for name, value in variables.items()}, keypair_options.ENVIRONMENT
        else:
            yield {"variables": variables}, {}
    else:
        yield {"environment": environment}, {}


def _environment(common: t.Any, own: t.Any, check: _Check) -> Options:
    """Return the options of the environment file, over the common ones."""
    said: t.List[Options] = []
    for value in (common or {}, own or {}):
        if not isinstance(value, dict) or not isinstance(value.get("variables") or {}, dict):
            raise KeysmithError("environment: has to be a dictionary, and its variables, too.")
        said.append(_said(value))
    variables = {**said[0].get("variables", {}), **said[1].get("variables", {})}
    both = {**said[0], **said[1]}
    if both.get("format") == ENVDIR:
        raise KeysmithError(
            "environment: format envdir is a directory, and a version has one file, env; use shell, and let the script "
            "that starts the service read it with '. DIRECTORY/current/env', or use the module jwt_keypair."
        )
    options = check(both, _ENVIRONMENT, "environment")
    options["variables"] = check(variables, _VARIABLES, "environment: variables")
    for kind, name in options["variables"].items():
        if name:
            check_name("environment: variables: " + kind, name)
    return options


def _verify(common: t.Any, own: t.Any, check: _Check) -> Options:
    """Return how the service's key is proved, over the common options; the values are checked when it is proved."""
    for value in (common, own):
        if value is not None and not isinstance(value, dict):
            raise KeysmithError("verify: has to be a dictionary.")
    said = _said({**(common or {}), **(own or {})})
    check(said, _VERIFY, "verify")
    return said


def _named(value: t.Any, name: str) -> t.Any:
    """Return the options with the name of the service in the place of {name}."""
    if isinstance(value, dict):
        return {option: _named(one, name) for option, one in value.items()}
    if isinstance(value, list):
        return [_named(one, name) for one in value]
    return value.replace("{name}", name) if isinstance(value, str) else value
