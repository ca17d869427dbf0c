# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prove the keys of services at their authorization servers, with ``verify`` of each service. Changes nothing."""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError, MissingLibrary
from .._keypair import given as keypair_given
from .._oauth import assertion_run
from .._oauth import options as oauth_options
from . import options as service_options
from . import rotation_policy
from .service import Options, Service

#: What ``verify`` can say: who asks whom and for what. Which key it is, the service says.
VERIFY = {
    name: one
    for name, one in {**oauth_options.ASSERTION, **oauth_options.CONNECTION}.items()
    if not name.startswith("return_")
}
#: Of what is wrong with many services.
_MOST_SHOWN = 5


def run(options: t.Mapping[str, t.Any], check_mode: bool) -> t.Tuple[Options, t.List[str]]:
    """Return the result, a failure if a key was not accepted, and warnings. KeysmithError if all are affected."""
    services, refused = service_options.read(options["services"], options["defaults"] or {}, keypair_given.checked)
    versions = options["versions"]
    unknown = sorted(set(versions) - {service.name for service in services} - set(refused))
    if unknown:
        raise KeysmithError("versions: there is no service %s." % unknown[0])
    proofs: t.Dict[str, Options] = {name: {"failed": True, "msg": why} for name, why in refused.items()}
    warnings: t.List[str] = []
    for service in services:
        if service.options["verify"] and (not versions or service.name in versions):
            proofs[service.name], more = _proof(service, versions.get(service.name), check_mode)
            warnings += ["%s: %s" % (service.name, text) for text in more]
    wrong = ["%s: %s" % (name, proof["msg"]) for name, proof in proofs.items() if proof.pop("failed", False)]
    result: Options = {"changed": False, "proofs": proofs}
    if wrong:
        more_wrong = len(wrong) - _MOST_SHOWN
        rest = " %d more were not accepted either." % more_wrong if more_wrong > 0 else ""
        result.update(failed=True, msg=" ".join(wrong[:_MOST_SHOWN]) + rest)
    return result, warnings


def hidden(options: t.Mapping[str, t.Any]) -> t.Iterator[t.Tuple[t.Mapping[str, t.Any], t.Mapping[str, t.Any]]]:
    """Return the parts of a service, or of the common options, that may hold a misplaced secret."""
    yield from service_options.parts(options)
    verify = options.get("verify")
    yield (verify, VERIFY) if isinstance(verify, dict) else ({"": verify}, {})


def _proof(service: Service, version: t.Any, check_mode: bool) -> t.Tuple[Options, t.List[str]]:
    """Return the server's verdict on one service's key, ``failed`` if it was not accepted; and warnings."""
    try:
        options = keypair_given.checked(service.options["verify"], VERIFY, "verify")
        rotation_policy.check_proof(options)
        proof, warnings = assertion_run.run({**options, **_key(service, version)}, check_mode)
    except MissingLibrary:
        raise
    except KeysmithError as error:
        return {"failed": True, "msg": str(error)}, []
    del proof["changed"]
    return proof, warnings


def _key(service: Service, version: t.Any) -> Options:
    """Return the options of jwt_client_assertion for a version of the service's key, by default the active one."""
    environment = service.options["environment"]
    variables = environment["variables"]
    return {
        **dict.fromkeys(oauth_options.KEY),
        "directory": service.options["directory"],
        "version": version,
        # What the service itself reads is in its environment file; only what is not there has to be given.
        "passphrase": None if variables["passphrase"] else service.secrets.get("passphrase"),
        "environment": {
            "path": None,
            "format": environment["format"],
            "passphrase_variable": variables["passphrase"],
            "key_id_variable": variables["key_id"],
        },
        "return_assertion": False,
        "return_token": False,
    }
