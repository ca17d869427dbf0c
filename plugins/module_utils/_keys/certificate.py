# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Self-signed X.509 certificates (RFC 5280), for servers that accept a public key in no other form.

They are read here and not by the library, as keys are: whether one stays must not depend on its version.
"""

from __future__ import annotations

import base64
import binascii
import calendar
import re
import time
import typing as t

from .._errors import KeysmithError
from . import der
from .key_types import KeyType

_COMMON_NAME, _SET, _UTF8_STRING, _UTC_TIME, _GENERALIZED_TIME, _VERSION = "2.5.4.3", 0x31, 0x0C, 0x17, 0x18, 0xA0
_DAY = 24 * 60 * 60
#: Clocks differ, and some hosts take their local time for UTC: a certificate is valid from a day before it is made.
_BACKDATED = _DAY
#: RFC 5280 appendix A.1: the upper bound of a common name.
LONGEST_NAME = 64
#: Only the block: any other text in a file was put there by somebody else.
_PEM = re.compile(rb"\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*")


class Certificate(t.NamedTuple):
    """The content of a certificate. Names and keys are DER, times are seconds since 1970."""

    der: bytes
    #: What is signed, and the signature.
    signed: bytes
    signature: bytes
    issuer: bytes
    subject: bytes
    not_before: int
    not_after: int
    spki: bytes

    @property
    def is_plain(self) -> bool:
        """Check that the certificate has the form of those made here: self-signed, with a subject of one name."""
        name = der.Reader(self.subject)
        name.take(_SET)
        return self.issuer == self.subject and name.peek() < 0

    @property
    def days(self) -> float:
        """Return for how many days it is valid."""
        return (self.not_after - self.not_before) / _DAY

    @property
    def renewal(self) -> int:
        """Return from when on it is replaced: in the last tenth of its life."""
        return self.not_after - (self.not_after - self.not_before) // 10


def read(pem: bytes) -> Certificate:
    """Read the certificate in a PEM text with nothing else in it; der.Malformed for anything else."""
    block = _PEM.fullmatch(pem)
    try:
        octets = base64.b64decode(b"".join(block[1].split()), validate=True) if block else b""
    except binascii.Error:
        octets = b""
    outer = der.whole(octets)
    body = outer.take(der.SEQUENCE)
    outer.skip()
    signature = outer.bit_string()
    outer.end()
    inner = der.Reader(body)
    inner.optional(_VERSION)
    inner.take(der.INTEGER)
    inner.skip()
    issuer = inner.take(der.SEQUENCE)
    validity = inner.sequence()
    subject = inner.take(der.SEQUENCE)
    spki = der.element(der.SEQUENCE, inner.take(der.SEQUENCE))
    times = _time(validity), _time(validity)
    return Certificate(octets, der.element(der.SEQUENCE, body), signature, issuer, subject, *times, spki)


def _time(validity: der.Reader) -> int:
    """Read a time (RFC 5280 section 4.1.2.5), in whole seconds of UTC."""
    short = validity.optional(_UTC_TIME)
    text = (short if short is not None else validity.take(_GENERALIZED_TIME)).decode("ascii", "replace")
    if short is not None:
        text = ("19" if text >= "50" else "20") + text
    try:
        return calendar.timegm(time.strptime(text, "%Y%m%d%H%M%SZ"))
    except ValueError:
        raise der.Malformed("not a time") from None


def name_of(common_name: str) -> bytes:
    """Return a subject with only a common name, in the form of ``Certificate``."""
    attribute = der.sequence(der.oid(_COMMON_NAME), der.element(_UTF8_STRING, common_name.encode("utf-8")))
    return der.element(_SET, attribute)


def pem(octets: bytes) -> bytes:
    """Return a certificate in DER as a PEM file."""
    text = base64.b64encode(octets)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join([b"-----BEGIN CERTIFICATE-----", *lines, b"-----END CERTIFICATE-----", b""])


def is_signed_by(certificate: Certificate, public: t.Any, row: KeyType) -> bool:
    """Check that the signature is one that ``make`` would have made with the private half of this key."""
    from cryptography.exceptions import InvalidSignature

    try:
        public.verify(certificate.signature, certificate.signed, *_how(row))
    except InvalidSignature:
        return False
    return True


def make(private: t.Any, row: KeyType, common_name: str, days: int, now: int) -> bytes:
    """Make a new certificate in PEM; KeysmithError if the library cannot sign one with such a key."""
    import datetime

    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509.oid import NameOID

    begin = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=now - _BACKDATED)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    try:
        made = (
            x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + datetime.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(digital_signature=True, **usage), critical=True)
            .sign(private, getattr(hashes, row.digest)() if row.digest else None)
        )
    except (TypeError, UnsupportedAlgorithm):
        raise KeysmithError(
            "certificate_path: the cryptography library of this host cannot sign a certificate with an %s key; leave "
            "certificate_path out, or use another algorithm." % row.name
        ) from None
    return pem(made.public_bytes(serialization.Encoding.DER))


def _how(row: KeyType) -> t.Tuple[t.Any, ...]:
    """Return the arguments that the library needs besides signature and message."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding

    if row.type == "RSA":
        return padding.PKCS1v15(), getattr(hashes, row.digest)()
    return (ec.ECDSA(getattr(hashes, row.digest)()),) if row.type == "EC" else ()
