# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The RFCs' own examples: with the public key that the filter makes of a JWK, the example's signature is right."""

from __future__ import annotations

import base64
import typing as t

import pytest
from ansible_collections.keysmith.jwt.tests.unit.plugins.filter.filters import load
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.serialization import load_pem_public_key

Jwk = t.Dict[str, str]
jwk_to_pem = load("jwk_to_pem")

#: RFC 7515 appendix A.3.
ES256: Jwk = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
#: RFC 7520 section 3.3, the public half.
RS256: Jwk = {
    "kty": "RSA",
    "n": "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRB"
    "SFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD"
    "1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_"
    "qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw",
    "e": "AQAB",
}
#: RFC 8037 appendix A.2.
ED25519: Jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}

EXAMPLES: t.Dict[str, t.Tuple[Jwk, str]] = {
    "RFC 7515 appendix A.3": (
        ES256,
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
        "fQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    ),
    "RFC 7520 section 4.1": (
        RS256,
        "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBG"
        "cm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdG"
        "hlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHox"
        "nW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_"
        "qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0K"
        "LUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg",
    ),
    "RFC 8037 appendix A.4": (
        ED25519,
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4"
        "iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
    ),
}


def verify(jwk: Jwk, token: str) -> None:
    """InvalidSignature where the signature is not that of the key that the filter makes of the JWK."""
    signed, _dot, encoded = token.rpartition(".")
    signature = base64.urlsafe_b64decode(encoded + "==")
    public: t.Any = load_pem_public_key(jwk_to_pem(jwk).encode())
    if jwk["kty"] == "RSA":
        public.verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    elif jwk["kty"] == "EC":
        numbers = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        public.verify(utils.encode_dss_signature(*numbers), signed.encode(), ec.ECDSA(hashes.SHA256()))
    else:
        public.verify(signature, signed.encode())


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_signature_of_an_rfc_s_example_is_right_with_the_key_of_its_jwk(name: str) -> None:
    jwk, token = EXAMPLES[name]
    verify(jwk, token)
    with pytest.raises(InvalidSignature):
        verify(jwk, "e" + token)
