# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form in which each server expects a client's public keys: one row a server.

A row says which keys the server takes, so that what it would refuse, or keep and never use, is refused here by name.
The documentation of the filter client_registration says where each row is from.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _registration_bodies as bodies
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _registration_files as files
from ansible_collections.keysmith.jwt.plugins.plugin_utils._registered_key import Given, Key

_RS = ("RS256", "RS384", "RS512")
_PS = ("PS256", "PS384", "PS512")
_ES = ("ES256", "ES384", "ES512")


class Shape(t.NamedTuple):
    """The form that one server expects."""

    #: What messages call the server.
    server: str
    render: t.Callable[[Given], t.Any]
    #: Algorithms that it takes; empty for all.
    algorithms: t.Tuple[str, ...] = ()
    #: Keys that it holds for a client; 0 for any number.
    most: int = 0
    #: What a key ID has to match there.
    key_id: str = ".+"
    #: Bits of an RSA key at most; 0 for no limit of its own.
    most_bits: int = 0
    #: Options that it needs, and those that it also has a place for.
    needs: t.Tuple[str, ...] = ()
    takes: t.Tuple[str, ...] = ()


def check(shape: Shape, keys: t.Sequence[Key]) -> None:
    """Refuse keys that the server would not accept."""
    if not keys:
        raise KeysmithError("there is no key in the input.")
    if shape.most and len(keys) > shape.most:
        raise KeysmithError(
            "%s holds %s a client, and the input has %d; %s."
            % (
                shape.server,
                "one key" if shape.most == 1 else "%d keys" % shape.most,
                len(keys),
                "register a second client for the successor" if shape.most == 1 else "leave out retired ones",
            )
        )
    for key in keys:
        if key.jwk.get("use", "sig") != "sig":
            raise KeysmithError("the key %s is for encryption; a client signs with its key." % key.kid)
        if shape.algorithms and key.algorithm not in shape.algorithms:
            raise KeysmithError(
                "%s does not accept %s (the key %s); it accepts %s."
                % (shape.server, key.algorithm, key.kid, ", ".join(shape.algorithms))
            )
        if not re.fullmatch(shape.key_id, key.kid):
            raise KeysmithError(
                "%s does not accept the key ID %s; it has to match %s. Set key_id of the key pair, or use the "
                "thumbprint." % (shape.server, key.kid, shape.key_id)
            )
        bits = jose_jwk.size(key.jwk)
        if shape.most_bits and bits > shape.most_bits:
            raise KeysmithError(
                "%s accepts RSA keys of at most %d bits, and the key %s has %d."
                % (shape.server, shape.most_bits, key.kid, bits)
            )


SHAPES: t.Dict[str, Shape] = {
    "rfc7591": Shape("RFC 7591", bodies.rfc7591, takes=("name",)),
    "mia_register": Shape("Mia-Platform", bodies.mia_register, ("RS256",), 1, needs=("name",), takes=("alg",)),
    "mia_console": Shape("Mia-Platform", bodies.mia_console, ("RS256",), 1, needs=("name",), takes=("alg",)),
    "auth0": Shape(
        "Auth0", bodies.auth0, ("RS256", "RS384", "PS256"), 2, "[0-9a-zA-Z_-]{10,64}", most_bits=4096, takes=("name",)
    ),
    "okta": Shape("Okta", bodies.okta, _RS + _ES),
    "keycloak": Shape("Keycloak", bodies.keycloak, needs=("client_id",), takes=("name",)),
    "hydra": Shape("Ory Hydra", bodies.hydra, _RS + _PS + _ES, takes=("name", "client_id")),
    "entra": Shape("Entra ID", bodies.entra, ("PS256", "RS256"), needs=("certificates",), takes=("name",)),
    "google": Shape("Google Cloud", bodies.google, ("RS256",), needs=("certificates",)),
    "maskinporten": Shape("Maskinporten", bodies.maskinporten, _RS, 5, "[0-9a-zA-Z._-]+"),
    "snowflake": Shape("Snowflake", bodies.snowflake, _RS, 2),
    "vault": Shape("Vault", bodies.vault, _RS + _PS + _ES + ("EdDSA",)),
    "kubernetes": Shape("Kubernetes", files.kubernetes, ("RS256",) + _ES, takes=("directory",)),
    "dovecot": Shape("Dovecot", files.dovecot, _RS + _PS + _ES, takes=("client_id", "directory")),
    "haproxy": Shape("HAProxy", files.haproxy, _RS + _PS + _ES, takes=("directory",)),
    "mod_auth_openidc": Shape(
        "mod_auth_openidc", files.mod_auth_openidc, _RS + _PS + _ES, key_id="[^\\s#\"']+", takes=("directory",)
    ),
}
