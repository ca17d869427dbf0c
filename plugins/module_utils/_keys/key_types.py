# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of keys: one table, one row for RSA and for each curve or parameter set.

A row says all that differs from key to key. To add a curve is to add a row here, and one in ``algorithms`` that says
what its keys are for. Sources: RFC 3279 and 5480 (RSA, EC), RFC 8410 (Ed25519 and its like), RFC 9881 (ML-DSA), SEC 2,
SP 800-186 and FIPS 186-5 (curves), RFC 7748 and 8032 (their other forms).
"""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError
from . import proofs
from .points import Edwards, Group, Montgomery, Weierstrass

_P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1
_P384 = 2**384 - 2**128 - 2**96 + 2**32 - 1
_P521 = 2**521 - 1
_P256K1 = 2**256 - 2**32 - 977
_P25519 = 2**255 - 19
_P448 = 2**448 - 2**224 - 1


class KeyType(t.NamedTuple):
    """One row: the keys of RSA, of a curve or of a parameter set."""

    #: RSA, or what JWK ``crv``, of an AKP key ``alg``, says.
    name: str
    #: JWK ``kty``: RSA, EC, OKP or AKP.
    type: str
    #: In an AlgorithmIdentifier; of an EC key, its curve.
    oid: str
    #: Where cryptography has it, under hazmat.primitives.asymmetric: the class of the private key, for EC of the curve.
    library: str
    #: How a private key shows that a public key is its own.
    proof: proofs.Proof
    #: Octets of the private part (for EC, of a coordinate, too), and of the public part; RSA keys have none.
    width: int = 0
    public: int = 0
    #: Where public keys are points of a curve, which.
    group: t.Optional[Group] = None
    #: What OpenSSH calls it, where it has such keys.
    ssh: str = ""
    #: The hash with which its keys sign certificates; empty where the signature has its own.
    digest: str = ""
    #: The first cryptography that has it, where that is newer than what the collection asks for.
    needs: str = ""

    @property
    def order(self) -> int:
        """Return the number that EC scalars are below; 0 for other keys, whose private parts are all valid."""
        return self.group.order if isinstance(self.group, Weierstrass) else 0

    def check(self, public: bytes) -> None:
        """Refuse a public key of the right length that is not a point of the curve, or a point of low order."""
        fault = self.group.fault(public) if self.group else ""
        if fault:
            raise KeysmithError(fault % self.name)


def _ec(name: str, oid: str, width: int, library: str, curve: Weierstrass, ssh: str = "") -> KeyType:
    # As strong as the curve, SHA-512 for all that is wider than SHA-384.
    digest = {32: "SHA256", 48: "SHA384"}.get(width, "SHA512")
    return KeyType(name, "EC", oid, library, proofs.by_ecdsa, width, 2 * width + 1, curve, ssh, digest)


def _ml_dsa(number: int, oid: str, public: int) -> KeyType:
    library = "mldsa.MLDSA%dPrivateKey" % number
    return KeyType("ML-DSA-%d" % number, "AKP", oid, library, proofs.by_signature, 32, public, needs="48.0")


KEY_TYPES: t.Dict[str, KeyType] = {
    row.name: row
    for row in (
        KeyType(
            "RSA", "RSA", "1.2.840.113549.1.1.1", "rsa.RSAPrivateKey", proofs.by_rsa, ssh="ssh-rsa", digest="SHA256"
        ),
        _ec(
            "P-256",
            "1.2.840.10045.3.1.7",
            32,
            "ec.SECP256R1",
            Weierstrass(
                _P256,
                -3,
                0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
                0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
            ),
            "ecdsa-sha2-nistp256",
        ),
        _ec(
            "P-384",
            "1.3.132.0.34",
            48,
            "ec.SECP384R1",
            Weierstrass(
                _P384,
                -3,
                0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
                2**384 - 0x389CB27E0BC8D220A7E5F24DB74F58851313E695333AD68D,
            ),
            "ecdsa-sha2-nistp384",
        ),
        _ec(
            "P-521",
            "1.3.132.0.35",
            66,
            "ec.SECP521R1",
            Weierstrass(
                _P521,
                -3,
                0x51953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00,
                2**521 - 0x5AE79787C40D069948033FEB708F65A2FC44A36477663B851449048E16EC79BF7,
            ),
            "ecdsa-sha2-nistp521",
        ),
        _ec(
            "secp256k1",
            "1.3.132.0.10",
            32,
            "ec.SECP256K1",
            Weierstrass(_P256K1, 0, 7, 2**256 - 0x14551231950B75FC4402DA1732FC9BEBF),
        ),
        KeyType(
            "Ed25519",
            "OKP",
            "1.3.101.112",
            "ed25519.Ed25519PrivateKey",
            proofs.by_signature,
            32,
            32,
            Edwards(_P25519, -1, -121665 * pow(121666, -1, _P25519), doublings=3),
            "ssh-ed25519",
        ),
        KeyType(
            "Ed448",
            "OKP",
            "1.3.101.113",
            "ed448.Ed448PrivateKey",
            proofs.by_signature,
            57,
            57,
            Edwards(_P448, 1, -39081, doublings=2),
        ),
        KeyType(
            "X25519",
            "OKP",
            "1.3.101.110",
            "x25519.X25519PrivateKey",
            proofs.by_agreement,
            32,
            32,
            Montgomery(_P25519, 486662, bits=255, doublings=3),
        ),
        _ml_dsa(44, "2.16.840.1.101.3.4.3.17", 1312),
        _ml_dsa(65, "2.16.840.1.101.3.4.3.18", 1952),
        _ml_dsa(87, "2.16.840.1.101.3.4.3.19", 2592),
    )
}


def of_oid(oid: str) -> t.Optional[KeyType]:
    """Return the row with that object identifier; None for an unsupported key."""
    return next((row for row in KEY_TYPES.values() if row.oid == oid), None)


def of_type(type: str) -> t.List[str]:
    """Return the names of the curves or parameter sets of a JWK ``kty``."""
    return [row.name for row in KEY_TYPES.values() if row.type == type]
