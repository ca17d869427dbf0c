# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client assertions (RFC 7523 section 3): the JWT with which a client proves who it is to an authorization server."""

from __future__ import annotations

import secrets
import typing as t

from .._errors import KeysmithError
from .._keys.algorithms import Algorithm
from . import jws

#: Seconds. Servers take a minute (Keycloak) to an hour; an assertion is used at once.
SHORTEST, LONGEST = 5, 86400
#: What an extra header parameter or claim cannot be: these are decided here.
_OWN_HEADERS = frozenset(("alg", "kid", "crit", "b64"))
_OWN_CLAIMS = frozenset(("aud", "exp", "iat", "jti", "nbf"))


class Request(t.NamedTuple):
    """The content of an assertion."""

    client_id: str
    audience: t.Union[str, t.Sequence[str]]
    #: Seconds from ``iat`` to ``exp``.
    lifetime: int = 60
    #: Whether there is an ``nbf`` beside ``iat``.
    not_before: bool = False
    #: Header parameters beside ``alg`` and ``kid``; ``typ`` is JWT where it is not among them.
    headers: t.Mapping[str, t.Any] = {}
    #: Claims beside those of RFC 7523; ``iss`` and ``sub`` replace the client ID.
    claims: t.Mapping[str, t.Any] = {}


def check(request: Request) -> None:
    """Refuse an assertion that no server could accept; the message names the option."""
    if not request.client_id:
        raise KeysmithError("client_id: is empty; give the client ID that the server knows.")
    audiences = request.audience if isinstance(request.audience, (list, tuple)) else [request.audience]
    if not audiences or not all(isinstance(one, str) and one for one in audiences):
        raise KeysmithError(
            "audience: has to be a string or a list of strings, such as the server's issuer or token endpoint."
        )
    if not SHORTEST <= request.lifetime <= LONGEST:
        raise KeysmithError("lifetime: has to be from %d to %d seconds." % (SHORTEST, LONGEST))
    for option, given, own in (("headers", request.headers, _OWN_HEADERS), ("claims", request.claims, _OWN_CLAIMS)):
        found = sorted(own.intersection(given))
        if found:
            raise KeysmithError("%s: %s cannot be given here; the module decides it." % (option, found[0]))


def sign(private: t.Any, algorithm: Algorithm, key_id: str, request: Request, now: float) -> str:
    """Sign the assertion, a JWS in compact form. It is a secret until it expires: whoever has it is the client.

    ``now`` is in seconds since 1970. KeysmithError as in :func:`check`, and for an algorithm that does not sign.
    """
    check(request)
    if algorithm.use != "sig":
        raise KeysmithError("algorithm: %s is for encryption; it does not sign." % algorithm.name)
    issued = int(now)
    claims = {
        "iss": request.client_id,
        "sub": request.client_id,
        "aud": request.audience,
        "jti": secrets.token_urlsafe(24),
        "iat": issued,
        "exp": issued + request.lifetime,
    }
    if request.not_before:
        claims["nbf"] = issued
    header = {"alg": algorithm.jwk_alg, "kid": key_id, "typ": "JWT", **request.headers}
    return jws.compact(private, algorithm, header, {**claims, **request.claims})
