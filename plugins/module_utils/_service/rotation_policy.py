# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long keys live: the option ``rotation`` of a service, as numbers of seconds."""

from __future__ import annotations

import re
import typing as t

from .._errors import KeysmithError

_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_DURATION = re.compile(r"([1-9][0-9]{0,5})([mhdw])")
#: A hundred years: longer is a slip, and dates that far ahead are not numbers that every system has.
_LONGEST = 36525 * 86400


class Policy(t.NamedTuple):
    """How long a key is used, published before its use, and kept after its use."""

    every: int
    publish: int
    keep: int


#: The option's keys; ``token_lifetime`` is only compared with ``keep``.
OPTIONS = ("every", "publish", "keep", "token_lifetime")


#: What ``verify`` can say. The module that proves keys has it with its types; the others send no more than this.
PROOF = (
    "token_endpoint", "client_id", "credentials", "audience", "scope", "form", "claims", "headers", "lifetime",
    "not_before", "validate_certs", "ca_path", "client_cert", "client_key", "use_proxy", "timeout",
)  # fmt: skip

#: What the option ``rotate`` asks for: begin a rotation early, or replace keys that somebody else may have.
NOW, COMPROMISED = ROTATE = ("now", "compromised")


def check(options: t.Mapping[str, t.Any]) -> None:
    """Refuse options of a service that contradict its rotation."""
    if not options["rotation"]:
        if options["rotate"]:
            raise KeysmithError("rotate: this service has no rotation; add one, or add a version by hand.")
        return
    policy(options["rotation"])
    if options["verify"]:
        # Before a rotation waits for a proof that cannot be made.
        check_proof(options["verify"])
    if options["versions"] != ["v1"] or options["active"] or options["retired"]:
        raise KeysmithError("rotation: versions, active and retired follow from it; leave them out.")
    if options["key_id"] != "thumbprint":
        raise KeysmithError("key_id: a rotation makes new keys, each with a key ID of its own; leave it out.")


def check_proof(verify: t.Mapping[str, t.Any]) -> None:
    """Refuse ``verify`` without a server to ask, or without a client."""
    if verify.get("token_endpoint") is None:
        raise KeysmithError("verify: token_endpoint is missing; give the URL of the server's token endpoint.")
    if (verify.get("client_id") is None) == (verify.get("credentials") is None):
        raise KeysmithError("verify: give client_id or credentials, and not both.")


def policy(given: t.Any) -> Policy:
    """Return the policy in ``{every: 90d, publish: 24h, keep: 25h}``; KeysmithError names the wrong key."""
    if not isinstance(given, dict):
        raise KeysmithError("rotation: give a dictionary such as {every: 90d, publish: 24h, keep: 25h}.")
    unknown = sorted(str(name) for name in given if name not in OPTIONS)
    if unknown:
        raise KeysmithError("rotation: there is no key of that name; the keys are %s." % ", ".join(OPTIONS))
    for name in ("every", "publish", "keep"):
        if given.get(name) is None:
            raise KeysmithError("rotation: %s is missing; give a duration such as 90d, 24h or 30m." % name)
    seconds = {name: _seconds(name, value) for name, value in given.items() if value is not None}
    if seconds["every"] <= seconds["publish"] + seconds["keep"]:
        raise KeysmithError("rotation: every has to be longer than publish and keep together.")
    if seconds["keep"] < seconds.get("token_lifetime", 0):
        raise KeysmithError(
            "rotation: keep is shorter than token_lifetime, so tokens would outlive the key that verifies them; "
            "give at least the lifetime of a token and the time for which verifiers cache keys."
        )
    return Policy(seconds["every"], seconds["publish"], seconds["keep"])


def _seconds(name: str, value: t.Any) -> int:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    seconds = int(found.group(1)) * _SECONDS[found.group(2)] if found else 0
    if not 0 < seconds <= _LONGEST:
        raise KeysmithError(
            "rotation: %s has to be a whole number with a unit, m, h, d or w, such as 90d or 24h." % name
        )
    return seconds
