# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate of a key, and the PKCS#12 file of both: keep the existing ones, or make new ones."""

from __future__ import annotations

import base64
import time
import typing as t

from .._errors import KeysmithError
from .._jose import public_facts
from .._keys import certificate, der, pkcs12
from .._keys.key_types import KEY_TYPES, KeyType
from . import decide
from .remembered import RENEWAL
from .request import Wanted
from .state import State

_OPTION = "pkcs12_path"


def kept(wanted: Wanted, key: decide.FoundKey, public: t.Any, content: bytes, now: float) -> bytes:
    """Return the existing certificate in PEM if it stays; empty if a new one has to be made.

    ``public`` is the key of the library, ``content`` the file. A certificate of a time that is yet to come stays: it is
    the clock that is wrong, now or when it was made.
    """
    try:
        found = certificate.read(content)
    except der.Malformed:
        return b""
    name = certificate.name_of(_common_name(wanted, key))
    is_asked_for = (found.issuer, found.subject, found.days) == (name, name, wanted.certificate.days)
    is_of_key = found.spki == _spki(key) and certificate.is_signed_by(found, public, _row(key))
    return certificate.pem(found.der) if is_asked_for and is_of_key and now < found.renewal else b""


def make(wanted: Wanted, key: decide.FoundKey, private: t.Any) -> bytes:
    """Make a new certificate in PEM. ``private`` is the key of the library."""
    name = _common_name(wanted, key)
    return certificate.make(private, _row(key), name, wanted.certificate.days, int(time.time()))


def check(wanted: Wanted, key: t.Optional[decide.FoundKey]) -> None:
    """Refuse if the key can have no certificate."""
    if key and key.restriction:
        raise KeysmithError(
            "certificate_path: the key for %s is restricted to RSASSA-PSS, and the library would sign a certificate "
            "without that restriction; leave certificate_path out." % wanted.path
        )
    _common_name(wanted, key)


def keystore(wanted: Wanted, state: State, key: t.Optional[decide.FoundKey], passphrase: bytes, made: bytes) -> bytes:
    """Return the existing PKCS#12 file if it holds the key and its certificate ``made`` (PEM); empty if it does not.

    KeysmithError where it may hold a key that is neither this one nor the one that was in place, and would be lost.
    """
    content = _found(state)
    if not content.strip():
        return b""
    tried = [passphrase, *wanted.previous_passphrases, *(item.passphrase for item in state.environment)]
    for secret in filter(None, dict.fromkeys([*tried, state.opened.passphrase if state.opened else b""])):
        opened = pkcs12.open_file(content, secret)
        if opened:
            break
    else:
        raise _refused(wanted, "none of the passphrases that are given opens it")
    held = public_facts.members(opened.private.public_key())
    is_named = pkcs12.has_name(content, wanted.certificate.pkcs12_name)
    if key and held == key.members:
        is_same = secret == passphrase and certificate.pem(opened.certificate) == made
        return content if is_same and is_named else b""
    if state.opened and held == state.opened.key.members:
        return b""
    # It may be of a key that was replaced earlier, if a run was killed in between.
    if not is_named or not certificate.read(certificate.pem(opened.certificate)).is_plain:
        raise _refused(wanted, "it holds another key")
    return b""


def new_keystore(wanted: Wanted, private: t.Any, made: bytes, passphrase: bytes) -> bytes:
    """Make a new PKCS#12 file."""
    return pkcs12.make(wanted.certificate.pkcs12_name, private, certificate.read(made).der, passphrase)


def facts(pem: bytes) -> t.Dict[str, t.Any]:
    """Return the public facts of a certificate: times in UTC (RFC 3339), fingerprints as servers show them."""
    found = certificate.read(pem)
    return {
        "certificate": pem.decode("ascii"),
        "certificate_not_after": _shown(found.not_after),
        RENEWAL: _shown(found.renewal),
    }


def warnings(wanted: Wanted, pem: bytes) -> t.List[str]:
    """Return warnings about a certificate."""
    if certificate.read(pem).not_before <= time.time():
        return []
    return [
        "The certificate %s is not valid yet, so the clock of this host is wrong, or was when it was made; set the "
        "clock, or remove the file to have a new one made." % wanted.derived["certificate_path"]
    ]


def x5c(pem: bytes) -> t.List[str]:
    """Return the JWK member x5c (RFC 7517 section 4.7)."""
    return [base64.b64encode(certificate.read(pem).der).decode("ascii")]


def _common_name(wanted: Wanted, key: t.Optional[decide.FoundKey]) -> str:
    name = wanted.certificate.name or wanted.key_id_of(key.thumbprint if key else "")
    if len(name) > certificate.LONGEST_NAME:
        raise KeysmithError(
            "certificate_name: the common name of a certificate has at most %d characters, and key_id is longer; give "
            "a name." % certificate.LONGEST_NAME
        )
    return name


def _found(state: State) -> bytes:
    return b"".join(item.file.content for item in state.derived if item.output.option == _OPTION)


def _refused(wanted: Wanted, why: str) -> KeysmithError:
    return KeysmithError(
        "%s: %s exists, but %s, so nothing was changed; give its passphrase in previous_passphrases if it holds this "
        "key, or name another file." % (_OPTION, wanted.derived[_OPTION], why)
    )


def _spki(key: decide.FoundKey) -> bytes:
    return base64.b64decode("".join(key.pem.split("\n")[1:-2]))


def _row(key: decide.FoundKey) -> KeyType:
    return KEY_TYPES[key.curve or key.type]


def _shown(moment: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
