# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The algorithms that a key can be for: one table, a row an algorithm.

A row says which key type the algorithm needs, how one is generated, and what its JWK says. Everything else in the
collection (options, generation, matching, JWK, documentation tests) reads the table; to add an algorithm is to add a
row. Sources: RFC 7518 (RS, PS, ES, RSA-OAEP-256, ECDH-ES), RFC 8037 (EdDSA), RFC 8812 (ES256K), RFC 9864 (Ed25519,
Ed448), RFC 9964 (ML-DSA).
"""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError

#: The restriction of an RSA key to RSASSA-PSS, whatever its hash: what the names of such algorithms begin with.
ANY_PSS = "PS"


class Algorithm(t.NamedTuple):
    """One row: an algorithm and the keys it takes."""

    #: The name that the option takes.
    name: str
    #: JWK ``kty``: RSA, EC, OKP or AKP.
    type: str
    #: JWK ``crv`` of a generated key (EC, OKP), or the parameter set of an AKP key; empty for RSA.
    curve: str = ""
    #: Where cryptography has it, under hazmat.primitives.asymmetric: the class of the curve, or of the private key.
    library: str = ""
    #: Other curves whose keys the algorithm takes when they exist already.
    also: t.Tuple[str, ...] = ()
    #: JWK ``use``: sig or enc.
    use: str = "sig"
    #: JWK ``alg`` where the option's name says more than it.
    alg: str = ""
    #: The first cryptography that can do it, where that is newer than what the collection asks for.
    needs: str = ""

    @property
    def jwk_alg(self) -> str:
        """What the JWK says under ``alg``."""
        return self.alg or self.name

    @property
    def key(self) -> str:
        """The kind of key, for people: RSA, P-256, Ed25519, ML-DSA-44."""
        return self.curve or self.type

    def takes(self, type: str, curve: str, restriction: str = "") -> bool:
        """Whether a key of this type and curve can be used with it.

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
        Algorithm("ES256", "EC", "P-256", "ec.SECP256R1"),
        Algorithm("ES384", "EC", "P-384", "ec.SECP384R1"),
        Algorithm("ES512", "EC", "P-521", "ec.SECP521R1"),
        Algorithm("ES256K", "EC", "secp256k1", "ec.SECP256K1"),
        Algorithm("EdDSA", "OKP", "Ed25519", "ed25519.Ed25519PrivateKey", also=("Ed448",)),
        Algorithm("Ed25519", "OKP", "Ed25519", "ed25519.Ed25519PrivateKey"),
        Algorithm("Ed448", "OKP", "Ed448", "ed448.Ed448PrivateKey"),
        Algorithm("ML-DSA-44", "AKP", "ML-DSA-44", "mldsa.MLDSA44PrivateKey", needs="48.0"),
        Algorithm("ML-DSA-65", "AKP", "ML-DSA-65", "mldsa.MLDSA65PrivateKey", needs="48.0"),
        Algorithm("ML-DSA-87", "AKP", "ML-DSA-87", "mldsa.MLDSA87PrivateKey", needs="48.0"),
        Algorithm("RSA-OAEP-256", "RSA", use="enc"),
        Algorithm("ECDH-ES", "EC", "P-256", "ec.SECP256R1", use="enc"),
        Algorithm("ECDH-ES-X25519", "OKP", "X25519", "x25519.X25519PrivateKey", use="enc", alg="ECDH-ES"),
    )
}


def named(name: str) -> Algorithm:
    """The row of that name; KeysmithError lists the names there are."""
    try:
        return ALGORITHMS[name]
    except KeyError:
        raise KeysmithError("algorithm: there is no such algorithm; it is one of %s." % ", ".join(ALGORITHMS)) from None


def chosen_for(type: str, curve: str, restriction: str = "") -> Algorithm:
    """The algorithm that a key is for when nobody says: the first row that takes it."""
    for row in ALGORITHMS.values():
        if row.takes(type, curve, restriction):
            return row
    raise KeysmithError("The key is %s, which no algorithm here uses." % (curve or type))


def restriction_name(restriction: str) -> str:
    """The restriction of a key, for people."""
    return "RSASSA-PSS" if restriction == ANY_PSS else restriction
