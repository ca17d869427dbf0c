# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of the module jwt_client_assertion: open the key, sign, ask for a token, and report the verdict."""

from __future__ import annotations

import time
import typing as t

from .._errors import KeysmithError
from .._jose import assertion as jose_assertion
from .._keypair.values import absolute
from . import credentials, exchange, host_key, token
from . import options as oauth_options
from .exchange import Connection
from .url import host_of

Options = t.Mapping[str, t.Any]
Result = t.Dict[str, t.Any]


def run(options: Options, check_mode: bool) -> t.Tuple[Result, t.List[str]]:
    """Return the result, a failure if the server refused the assertion, and warnings.

    In check mode the key is opened and signs, and nobody is asked. KeysmithError for everything else that is wrong.
    """
    endpoint = options["token_endpoint"]
    warnings = oauth_options.endpoint("token_endpoint", endpoint) if endpoint is not None else []
    connection = oauth_options.connection(options)
    request = jose_assertion.Request(
        _client_id(options),
        _audience(options),
        options["lifetime"],
        options["not_before"],
        options["headers"],
        options["claims"],
    )
    jose_assertion.check(request)
    if options["return_token"] and endpoint is None:
        raise KeysmithError("return_token: needs token_endpoint; give the URL of the server's token endpoint.")
    key = host_key.find(options)
    text = jose_assertion.sign(key.private, key.algorithm, key.key_id, request, time.time())
    result: Result = {
        "changed": False,
        "client_id": request.client_id,
        "kid": key.key_id,
        "algorithm": key.algorithm.jwk_alg,
        "thumbprint": key.thumbprint,
        "path": key.path,
    }
    if options["return_assertion"]:
        result["assertion"] = text
    form = token.form(request.client_id, text, options["scope"], options["form"])
    if endpoint is not None and not check_mode:
        result.update(_asked(options, form, connection, key))
    return result, warnings


def _client_id(options: Options) -> str:
    if options["credentials"] is None:
        return str(options["client_id"])
    return credentials.client_id(absolute("credentials", options["credentials"]), "credentials")


def _audience(options: Options) -> t.Any:
    audience = options["token_endpoint"] if options["audience"] is None else options["audience"]
    if audience is None:
        raise KeysmithError("audience: is needed without token_endpoint; usually it is the server's issuer.")
    return audience


def _asked(options: Options, form: t.Mapping[str, str], connection: Connection, key: host_key.HostKey) -> Result:
    """Ask the server, and return its verdict."""
    url = options["token_endpoint"]
    # What a user adds to the form can be a secret as well, and servers repeat what they were sent.
    secrets = [form["client_assertion"], *map(str, options["form"].values())]
    answer = exchange.ask("token_endpoint", "POST", url, connection, form=form, secrets=secrets)
    found, refusal = token.verdict(answer, url)
    if refusal:
        found["failed"] = True
        found["msg"] = "%s refused the client assertion of %s, signed with %s (kid %s): it answered %s." % (
            host_of(url),
            form["client_id"],
            key.path,
            key.key_id,
            refusal,
        )
    elif options["return_token"] and answer.document:
        found["access_token"] = answer.document["access_token"]
    return found
