# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a token endpoint for a token by a client assertion (RFC 6749 section 4.4, RFC 7523 section 2.2), and says
whether the server took it."""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError
from . import exchange
from .url import host_of

Result = t.Dict[str, t.Any]

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: What a form cannot say otherwise: it is the proof.
_OWN_FIELDS = frozenset(("client_assertion", "client_assertion_type"))
#: With these, a server judges the client (RFC 6749 section 5.2; some answer 403). Others say nothing about the key.
_REFUSED = frozenset((400, 401, 403))


def form(client_id: str, assertion: str, scope: t.Optional[str], fields: t.Mapping[str, t.Any]) -> t.Dict[str, str]:
    """Return the fields of the request; ``fields`` override ours, but not the assertion. KeysmithError names the
    option.
    """
    for name, value in fields.items():
        if name in _OWN_FIELDS:
            raise KeysmithError("form: %s cannot be given here; the module decides it." % name)
        if not isinstance(value, (str, int)) or isinstance(value, bool):
            raise KeysmithError("form: each field has to be a string or a number; put it in quotes.")
    return {
        "grant_type": "client_credentials",
        "client_id": client_id,
        **({"scope": scope} if scope else {}),
        **{str(name): str(value) for name, value in fields.items()},
        "client_assertion_type": _ASSERTION_TYPE,
        "client_assertion": assertion,
    }


def verdict(answer: exchange.Answer, url: str) -> t.Tuple[Result, str]:
    """Return what the answer says of the assertion, and why it was refused: empty if it was accepted.

    KeysmithError for an answer from which nothing follows for the key.
    """
    token = (answer.document or {}).get("access_token")
    if answer.status == 200:
        if not isinstance(token, str) or not token:
            raise _no_judgement("answered 200 without a token (%s)" % (answer.kind or "no access_token"), url)
        return {"accepted": True, "status": 200, **_about(answer)}, ""
    if answer.status not in _REFUSED:
        raise _no_judgement("answered %s" % answer.said(), url)
    return {
        "accepted": False,
        "status": answer.status,
        "error": answer.shown("error", 64),
        "error_description": answer.shown("error_description"),
    }, answer.said()


def _about(answer: exchange.Answer) -> Result:
    """Return the public facts about the token, if the server gives them in the right types."""
    found: Result = {}
    document = answer.document or {}
    expires = document.get("expires_in")
    if isinstance(expires, int) and not isinstance(expires, bool) and 0 <= expires < 2**53:
        found["expires_in"] = expires
    for name in ("token_type", "scope"):
        if isinstance(document.get(name), str):
            found[name] = answer.shown(name)
    return found


def _no_judgement(what: str, url: str) -> KeysmithError:
    return KeysmithError(
        "token_endpoint: %s %s; this says nothing about the key. Check the URL, and whether the server works."
        % (host_of(url), what)
    )
