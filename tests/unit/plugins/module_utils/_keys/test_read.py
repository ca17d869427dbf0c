# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys as the rest of the collection meets them: read, described, compared with the RFCs and with other encoders."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, NotAKey
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk, public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read as keys_read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ALGORITHMS
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.key_types import KEY_TYPES
from ansible_collections.keysmith.jwt.tests.unit.made_keys import (
    HAD,
    VERSION,
    pkcs8,
    private,
    rough,
    rsa_from,
    rsa_numbers,
    rsa_private,
    rsa_public,
    spki,
)
from ansible_collections.keysmith.jwt.tests.unit.throw_away_key import FORMS, PASSPHRASE

try:
    from jwcrypto import jwk as jwcrypto
except ImportError:
    jwcrypto = None  # type: ignore[assignment]


#: RFC 7638 section 3.1.
RFC7638_N = (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhM"
    "stn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5"
    "hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
)
#: RFC 8037 appendix A.1 to A.3.
RFC8037_D = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
RFC8037_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"

THUMBPRINT = "ro8ozJzvL3xmCEv7g7XkLIVNXVOiLwijisRJrVJDmmw"
#: Not what is refused (PBES1, Camellia, trusted certificate), nor what takes bcrypt, which hosts need not have.
READ_EVERYWHERE = [
    name for name in FORMS if not name.startswith(("PBES1", "DEK-Info, Camellia", "OpenSSH, ", "trusted"))
]


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _facts(text: t.Union[str, bytes]) -> public_facts.Facts:
    key = keys_read.read(text.encode() if isinstance(text, str) else text, [PASSPHRASE], name="pem")
    return public_facts.facts(key.public, key.restriction)


def test_the_key_of_rfc_7638_has_its_thumbprint() -> None:
    members = _facts(rsa_public(int.from_bytes(_decoded(RFC7638_N), "big"))).members
    assert members == {"kty": "RSA", "n": RFC7638_N, "e": "AQAB"}
    assert list(members) == ["kty", "n", "e"]
    assert jwk.thumbprint(members) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_key_of_rfc_8037_has_its_public_half_and_thumbprint() -> None:
    for text in (
        pkcs8("1.3.101.112", b"\4\x20" + _decoded(RFC8037_D)),
        spki("1.3.101.112", _decoded(RFC8037_X)),
    ):
        members = _facts(text).members
        assert members == {"kty": "OKP", "crv": "Ed25519", "x": RFC8037_X}
        assert jwk.thumbprint(members) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize("name", HAD)
def test_the_facts_are_those_of_the_library(name: str) -> None:
    from cryptography.hazmat.primitives import serialization

    public = private(name).public_key()
    facts = public_facts.facts(public)
    formats = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert facts.pem == public.public_bytes(*formats).decode()
    assert tuple(facts.members) == jwk.REQUIRED[ALGORITHMS[name].type]
    assert facts.members["kty"] == ALGORITHMS[name].type
    assert jwk.curve(facts.members) == ALGORITHMS[name].curve
    assert _facts(facts.pem) == facts


def _second_opinion(text: str) -> t.Dict[str, str]:
    """The members as jwcrypto sees them."""
    exported = json.loads(jwcrypto.JWK.from_pem(text.encode()).export_public())
    return {member: exported[member] for member in jwk.REQUIRED[exported["kty"]]}


def _leading_zeros(algorithm: str, most: int) -> t.List[t.Any]:
    """Keys of which x, and y, starts with a zero octet: one in 256 of P-256."""
    from cryptography.hazmat.primitives.asymmetric import ec

    kind = ALGORITHMS[algorithm].curve
    width = KEY_TYPES[kind].width
    curve = private(algorithm).curve
    wanted: t.Dict[str, t.Any] = {"x": None, "y": None}
    for scalar in range(1, most):
        public = ec.derive_private_key(scalar, curve).public_key()
        numbers = public.public_numbers()
        for coordinate in wanted:
            if getattr(numbers, coordinate).bit_length() <= 8 * (width - 1):
                wanted[coordinate] = wanted[coordinate] or public
        if all(wanted.values()):
            return list(wanted.values())
    raise ValueError("look further")


@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "ES512", "ES256K"])
def test_coordinates_have_their_full_width(algorithm: str) -> None:
    width = KEY_TYPES[ALGORITHMS[algorithm].curve].width
    for public in _leading_zeros(algorithm, 4000):
        facts = public_facts.facts(public)
        numbers = public.public_numbers()
        for coordinate in ("x", "y"):
            octets = _decoded(facts.members[coordinate])
            assert len(octets) == width
            assert int.from_bytes(octets, "big") == getattr(numbers, coordinate)
        assert _facts(facts.pem) == facts
        if jwcrypto is not None:
            assert facts.members == _second_opinion(facts.pem)


@pytest.mark.skipif(jwcrypto is None, reason="jwcrypto is the second opinion on controllers, and is not on hosts")
@pytest.mark.parametrize("name", [name for name in HAD if ALGORITHMS[name].type != "AKP"])
def test_jwcrypto_agrees(name: str) -> None:
    for number in range(3):
        facts = public_facts.facts(private(name, number).public_key())
        assert facts.members == _second_opinion(facts.pem)
        assert jwk.thumbprint(facts.members) == jwcrypto.JWK(**facts.members).thumbprint()


@pytest.mark.parametrize("name", READ_EVERYWHERE)
def test_the_form_does_not_matter(name: str) -> None:
    """The thumbprint is what jwcrypto made of the same key: one key ID, whatever the form, the host and the library."""
    assert jwk.thumbprint(_facts(FORMS[name]).members) == THUMBPRINT
    assert _facts(FORMS[name]).pem.split() == FORMS["SPKI"].split()


def test_a_private_key_may_be_asked_for() -> None:
    assert keys_read.read_private(FORMS["PKCS#8"].encode(), name="private_key").private is not None
    for name in ("SPKI", "certificate", "OpenSSH line"):
        with pytest.raises(KeysmithError, match="private_key: the input is a public key; the private key is needed"):
            keys_read.read_private(FORMS[name].encode(), name="private_key")


def test_a_public_key_may_be_asked_for() -> None:
    for name in ("SPKI", "certificate", "OpenSSH line"):
        assert keys_read.read_public_only(FORMS[name].encode(), name="public_key").private is None
    for name in ("PKCS#8", "SEC 1", "OpenSSH", "PBES2, scrypt, AES-256", "OpenSSH, aes256-ctr"):
        with pytest.raises(KeysmithError, match="public_key: the input is a private key; a public key is needed"):
            keys_read.read_public_only(FORMS[name].encode(), name="public_key")


def test_a_passphrase_that_is_not_needed_is_not_used() -> None:
    for name in ("PKCS#8", "SPKI", "OpenSSH"):
        key = keys_read.read(FORMS[name].encode(), [PASSPHRASE], name="pem")
        assert (key.encrypted, key.opened_by) == (False, -1)


def test_the_prime_test_of_the_library_is_left_out_for_a_key_of_our_own() -> None:
    """Factors that are no primes show it: only the full check minds them."""
    text = rsa_private(rsa_from(rough(1024, 8), rough(1024, 9)))
    with pytest.raises(KeysmithError, match="do not fit together"):
        keys_read.read(text, name="pem")
    if VERSION >= (39, 0):
        assert keys_read.read(text, name="pem", trusted=True).private is not None
    else:
        with pytest.raises(KeysmithError, match="do not fit together"):
            keys_read.read(text, name="pem", trusted=True)


def test_a_key_of_our_own_that_is_damaged_is_still_found_out() -> None:
    numbers = list(rsa_numbers())
    numbers[5] += 2
    with pytest.raises(KeysmithError, match="contradict"):
        keys_read.read(rsa_private(numbers), name="pem", trusted=True)


def test_a_key_that_is_expected_is_known_by_all_its_numbers() -> None:
    n, e, d, p, q, dp, dq, _inverse = rsa_numbers()
    swapped = rsa_private((n, e, d, q, p, dq, dp, pow(p, -1, q)))
    known = private("RS256")
    for text in (keys_read.private_pem(known, "pkcs8"), keys_read.private_pem(known, "traditional", PASSPHRASE)):
        assert keys_read.read(text, [PASSPHRASE], name="pem", known=known).private is known
        for other in (private("RS256", 1), private("ES256"), None):
            read = keys_read.read(text, [PASSPHRASE], name="pem", known=other)
            assert read.private not in (known, other) and public_facts.facts(read.public) == public_facts.facts(
                known.public_key()
            )
    read = keys_read.read(swapped, name="pem", known=known)
    assert read.private is not known and read.private.private_numbers().p == q
    forged = rsa_private(rsa_from(rough(1024, 8), rough(1024, 9)))
    with pytest.raises(KeysmithError, match="do not fit together"):
        keys_read.read(forged, name="pem", known=known)


REFUSED: t.Dict[str, bytes] = {
    "not PEM": b"canary-secret " * 20,
    "base64 damaged": FORMS["PKCS#8"].replace("MI", "M!").encode(),
    "inside damaged": FORMS["PKCS#8"].replace("MIGH", "MIGG").encode(),
    "not UTF-8": b"\xff" + FORMS["PKCS#8"].encode(),
    "wrong passphrase": FORMS["PBES2, scrypt, AES-256"].encode(),
    "wrong passphrase, traditional": FORMS["DEK-Info, AES-256"].encode(),
    "wrong numbers": rsa_private([*rsa_numbers()[:7], 5]),
    "no primes": rsa_private(rsa_from(rough(1024, 8), rough(1024, 9))),
    "bad point": spki("1.2.840.10045.2.1", b"\4" + bytes(63) + b"\1", bytes.fromhex("06082a8648ce3d030107")),
    "two keys": (FORMS["PKCS#8"] + FORMS["SEC 1"]).encode(),
}


@pytest.mark.parametrize("name", REFUSED)
def test_no_error_holds_a_part_of_the_input(name: str) -> None:
    text, secret = REFUSED[name], b"canary-passphrase"
    with pytest.raises(KeysmithError) as raised:
        keys_read.read(text, [secret], name="pem")
    packed = b"".join(text.split()).decode("latin-1")
    pieces = [packed[at : at + 20] for at in range(0, len(packed) - 20, 5) if "KEY" not in packed[at : at + 20]]
    error: t.Optional[BaseException] = raised.value
    while error is not None:
        assert error.__suppress_context__ or error.__context__ is None
        shown = "".join((str(error) + repr(error) + repr(error.__dict__)).split())
        assert secret.decode() not in shown
        assert not [piece for piece in pieces if piece in shown]
        error = error.__context__


def test_damage_is_told_from_policy() -> None:
    with pytest.raises(NotAKey):
        keys_read.read(FORMS["SPKI"].replace("MFkw", "MFkx").encode(), name="pem")
    with pytest.raises(KeysmithError) as raised:
        keys_read.read(rsa_public(rsa_numbers()[0], 3), name="pem")
    assert not isinstance(raised.value, NotAKey)
