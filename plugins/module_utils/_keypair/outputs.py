# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a key pair, one row each. A new public file is one row, and one function that renders it."""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError
from .._jose import jwk as jose_jwk
from .._keys import pem as keys_pem
from . import file_kinds

#: Stands for a content that is not known before the run has made it, and never written.
UNKNOWN = b"\0"


class Source(t.NamedTuple):
    """What files are made from; an empty field is made in this run. Can hold secrets: never shown."""

    #: SPKI.
    pem: str
    jwk: t.Mapping[str, t.Any]
    certificate: bytes
    keystore: bytes

    def __repr__(self) -> str:
        return "<what files are made of>"


class Output(t.NamedTuple):
    """A kind of file."""

    #: The option that names its path; the result returns the path under the same name.
    option: str
    #: What ``changes`` of the result calls it.
    kind: str
    #: What it holds, for messages.
    content: str
    is_secret: bool
    #: Files are put in place in this order, but for the first environment file, which comes before all others.
    commit_order: int
    #: Whether a content that is there is of this kind, so that it may be replaced or removed. That of an environment
    #: file depends on its format: ``edit.strange_line``.
    may_replace: t.Optional[t.Callable[[bytes], bool]] = None
    #: The content, empty where it is not known yet; None for files that others make.
    render: t.Optional[t.Callable[[Source], bytes]] = None
    #: Its name in the folder of a version of a service, where a service can ask for it.
    file_name: str = ""


def is_private_key(content: bytes) -> bool:
    """Check for the label of a private key, without opening it."""
    try:
        return "PRIVATE" in keys_pem.parse(content, "").label
    except KeysmithError:
        return False


def _base64(source: Source) -> bytes:
    """Return SPKI in base64 on one line: PEM without its first and last line, and without line breaks."""
    return ("".join(source.pem.split("\n")[1:-2]) + "\n").encode("ascii")


PRIVATE_KEY = Output("path", "private_key", "a private key", True, 1, is_private_key)
ENVIRONMENT = Output("environment", "environment", "an environment file", True, 2)
#: Made of the key, and made again at will.
DERIVED = (
    Output(
        "public_path", "public_key", "a public key", False, 3,
        file_kinds.is_public_key, lambda source: source.pem.encode("ascii"),
    ),
    Output(
        "jwk_path", "jwk", "a public JWK", False, 4,
        file_kinds.is_jwk, lambda source: jose_jwk.render(source.jwk) if source.jwk else b"",
    ),
    Output(
        "public_base64_path", "public_base64", "a public key in base64", False, 5,
        file_kinds.is_base64_public_key, _base64, "public.b64",
    ),
    Output(
        "certificate_path", "certificate", "a self-signed certificate with a common name alone", False, 6,
        file_kinds.is_plain_certificate, lambda source: source.certificate, "certificate.pem",
    ),
    Output(
        "pkcs12_path", "pkcs12", "a PKCS#12 file", True, 7,
        file_kinds.is_pkcs12, lambda source: source.keystore, "keystore.p12",
    ),
)  # fmt: skip

#: Of ``changes``: what a service that reads its key when it starts has to be started again for.
READ_AT_START = frozenset(("private_key", "environment", "certificate", "pkcs12", "active_link"))
