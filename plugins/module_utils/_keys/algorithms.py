# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The algorithms of keys: one table, one row an algorithm.

A row says which keys the algorithm takes, and what their JWK says. Which keys there are, and all that differs between
them, says the table in ``key_types``. Options, generation, matching and JWKs follow from the two; the documentation
lists the names, and a test compares. Sources: RFC 7518 (RS, PS, ES, RSA-OAEP-256, ECDH-ES), RFC 8037 (EdDSA), RFC 8812
(ES256K), RFC 9864 (Ed25519, Ed448), RFC 9964 (ML-DSA).
"""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError
from .key_types import KEY_TYPES

#: The restriction of an RSA key to RSASSA-PSS, whatever its hash: what the names of such algorithms begin with.
ANY_PSS = "PS"


class Algorithm(t.NamedTuple):
    """One row: an algorithm and the keys that it takes."""

    #: The name that the option takes.
    name: str
    #: The key that is generated for it, a name in KEY_TYPES.
    key: str
    #: Others that it takes when they exist already.
    also: t.Tuple[str, ...] = ()
    #: JWK ``use``: sig or enc.
    use: str = "sig"
    #: JWK ``alg`` where the option's name says more than it.
    alg: str = ""

    @property
    def jwk_alg(self) -> str:
        """Return the JWK member ``alg``."""
        return self.alg or self.name

    @property
    def type(self) -> str:
        """Return the JWK ``kty`` of its keys: RSA, EC, OKP or AKP."""
        return KEY_TYPES[self.key].type

    @property
    def curve(self) -> str:
        """Return the JWK ``crv`` of a generated key (EC, OKP), or the parameter set of an AKP key; empty for RSA."""
        return "" if self.type == "RSA" else self.key

    @property
    def needs(self) -> str:
        """Return the oldest cryptography that supports its keys, if that is newer than the collection's minimum."""
        return KEY_TYPES[self.key].needs

    def takes(self, type: str, curve: str, restriction: str = "") -> bool:
        """Check whether a key of this type and curve can be used with it.

        ``restriction`` of an RSA-PSS key: ANY_PSS, or the name of the only algorithm that its file allows.
        """
        if not self.name.startswith(restriction):
            return False
        return type == self.type and (curve == self.curve or curve in self.also)


ALGORITHMS: t.Dict[str, Algorithm] = {
    row.name: row
    for row in (
        # The first row that takes a key is what ``auto`` chooses for it.
        Algorithm("RS256", "RSA"),
        Algorithm("RS384", "RSA"),
        Algorithm("RS512", "RSA"),
        Algorithm("PS256", "RSA"),
        Algorithm("PS384", "RSA"),
        Algorithm("PS512", "RSA"),
        Algorithm("ES256", "P-256"),
        Algorithm("ES384", "P-384"),
        Algorithm("ES512", "P-521"),
        Algorithm("ES256K", "secp256k1"),
        Algorithm("EdDSA", "Ed25519", also=("Ed448",)),
        Algorithm("Ed25519", "Ed25519"),
        Algorithm("Ed448", "Ed448"),
        Algorithm("ML-DSA-44", "ML-DSA-44"),
        Algorithm("ML-DSA-65", "ML-DSA-65"),
        Algorithm("ML-DSA-87", "ML-DSA-87"),
        Algorithm("RSA-OAEP-256", "RSA", use="enc"),
        Algorithm("ECDH-ES", "P-256", use="enc"),
        Algorithm("ECDH-ES-X25519", "X25519", use="enc", alg="ECDH-ES"),
    )
}


def named(name: str) -> Algorithm:
    """Return the row of that name; KeysmithError lists all names."""
    try:
        return ALGORITHMS[name]
    except KeyError:
        raise KeysmithError("algorithm: there is no such algorithm; it is one of %s." % ", ".join(ALGORITHMS)) from None


def chosen_for(type: str, curve: str, restriction: str = "") -> Algorithm:
    """Return the default algorithm for a key: the first row that takes it."""
    for row in ALGORITHMS.values():
        if row.takes(type, curve, restriction):
            return row
    raise KeysmithError("The key is %s, which no supported algorithm uses." % (curve or type))


def restriction_name(restriction: str) -> str:
    """Return the restriction of a key in words."""
    return "RSASSA-PSS" if restriction == ANY_PSS else restriction
