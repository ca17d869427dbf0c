# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates: made with every key that signs, read back, and told from those of other keys."""

from __future__ import annotations

import time
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, MissingLibrary
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import certificate, der, generate
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ALGORITHMS
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.key_types import KEY_TYPES
from cryptography import x509
from cryptography.hazmat.primitives import serialization

NOW = int(time.time())
SIGNING = {row.key: row for row in ALGORITHMS.values() if row.use == "sig"}


def made(name: str) -> t.Any:
    """A private key of that type, where the library has such keys."""
    requests = [generate.Request(SIGNING[name], 2048 if name == "RSA" else 0)]
    try:
        generate.check(requests)
    except (KeysmithError, MissingLibrary) as error:
        pytest.skip(str(error))
    return generate.generate(requests, ())[0]


@pytest.mark.parametrize("name", SIGNING)
def test_made_read_and_signed(name: str) -> None:
    private, row = made(name), KEY_TYPES[name]
    try:
        pem = certificate.make(private, row, "orders", 400, NOW)
    except KeysmithError as error:
        # The library signs none with ML-DSA keys before some version.
        assert row.type == "AKP" and str(error).startswith("certificate_path: ")
        return
    found = certificate.read(pem)
    assert found.issuer == found.subject == certificate.name_of("orders") and found.is_plain
    assert found.not_before < NOW < found.not_after and found.days == 400
    assert found.renewal == found.not_before + 360 * 24 * 60 * 60
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    assert found.spki == private.public_key().public_bytes(*form)
    assert certificate.is_signed_by(found, private.public_key(), row)
    assert not certificate.is_signed_by(found._replace(signed=found.signed + b"\0"), private.public_key(), row)
    # As the library reads it.
    assert x509.load_pem_x509_certificate(pem).issuer.rfc4514_string() == "CN=orders"
    assert certificate.pem(found.der) == pem


def test_what_is_no_certificate_alone_is_malformed() -> None:
    pem = certificate.make(made("P-256"), KEY_TYPES["P-256"], "orders", 30, NOW)
    octets = certificate.read(pem).der
    for content in (
        b"",
        pem + pem,
        b"# mine\n" + pem,
        pem.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE"),
        certificate.pem(octets[:-1]),
        certificate.pem(octets + b"\0"),
        certificate.pem(b"\x30\x00"),
        b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
    ):
        with pytest.raises(der.Malformed):
            certificate.read(content)
    for end in range(0, len(octets), 7):
        with pytest.raises(der.Malformed):
            certificate.read(certificate.pem(octets[:end]))


@pytest.mark.parametrize("year", [2026, 2049, 2050, 2126])
def test_times_are_read_in_both_forms(year: int) -> None:
    """RFC 5280 section 4.1.2.5: two digits of the year until 2049, four from 2050 on."""
    begin = int(time.mktime((year, 12, 31, 12, 0, 0, 0, 0, 0)))
    found = certificate.read(certificate.make(made("P-256"), KEY_TYPES["P-256"], "orders", 30, begin))
    assert found.not_before == begin - 24 * 60 * 60 and found.days == 30


def test_a_subject_of_more_than_a_name_is_not_plain() -> None:
    found = certificate.read(certificate.make(made("P-256"), KEY_TYPES["P-256"], "orders", 30, NOW))
    more = found.subject * 2
    assert not found._replace(subject=more, issuer=more).is_plain
    assert not found._replace(issuer=certificate.name_of("An authority")).is_plain
