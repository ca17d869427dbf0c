# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognise the kind of a file by its content, so that a message can name what is not ours."""

from __future__ import annotations

import base64
import binascii
import json
import re
import typing as t

from .._jose import jwk as jose_jwk
from .._keys import der

#: The name of every other kind of file.
UNKNOWN, ENVIRONMENT = "something else", "an environment file"
PRIVATE_KEY, PUBLIC_KEY, PRIVATE_JWK, JWK = "a private key", "a public key", "a private JWK", "a public JWK"
_SSH_KEYS = "an OpenSSH public key, or a list of them such as authorized_keys"
_BASE64_SPKI, _BASE64_DER, _TOKEN = "a public key in base64", "a key or a certificate in base64", "a token"
#: Of these, each line can be read as an assignment, or as the name of a variable.
LIKE_ASSIGNMENTS = (_SSH_KEYS, _BASE64_SPKI, _BASE64_DER, _TOKEN)

_LABEL = re.compile(r"^-----BEGIN ([^\n]{1,60}?)-----", re.MULTILINE)
#: In this order: what is in a PEM label, and what a file with one or with several such blocks is.
_PEM: t.Tuple[t.Tuple[str, str, str], ...] = (
    ("PRIVATE KEY", PRIVATE_KEY, PRIVATE_KEY),
    ("CERTIFICATE REQUEST", "a certificate request", "a list of certificate requests"),
    ("CERTIFICATE", "a certificate", "a certificate chain"),
    ("PUBLIC KEY", PUBLIC_KEY, "a list of public keys"),
    ("CRL", "a certificate revocation list", "a list of certificate revocation lists"),
    ("", "a PEM file of another kind", "a PEM file of another kind"),
)
#: How the text begins, comments aside, and what it is. Each pattern is linear in the input.
_TEXT: t.Tuple[t.Tuple[str, str], ...] = (
    (r"\$ANSIBLE_VAULT;", "an encrypted file of Ansible Vault"),
    (r"PuTTY-User-Key-File-", PRIVATE_KEY),
    (r"AGE-SECRET-KEY-", PRIVATE_KEY),
    (r"---- BEGIN SSH2 ", "an SSH2 key"),
    (r"\[\[?[^\]\n]+\]\]?[ \t]*(?:\n|\Z)", "an INI or TOML file"),
    (r"[\[{]", "JSON"),
    (r"<", "XML or HTML"),
    (r"(?:---|%YAML)(?:[ \t]|\n|\Z)", "YAML"),
    (r"(?:- |[\w.\"'/-]+:(?:[ \t]|\n|\Z))", "YAML"),
)
_SSH_KEY = re.compile(
    r"^(?:[^#\n]*[ \t])?(?:ssh-[a-z0-9]+|ecdsa-sha2-nistp\d+|[a-z0-9-]+@openssh\.com)[ \t]+AAAA", re.MULTILINE
)
_COMPACT = re.compile(r"[\w-]{8,}(?:\.[\w-]*){2,4}\Z", re.ASCII)
_SETTING = re.compile(r"(?:export[ \t]+)?[A-Za-z_]\w*=", re.ASCII)
_BINARY: t.Tuple[t.Tuple[bytes, str], ...] = (
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"\xfe\xed\xfe\xed", "a Java keystore"),
    (b"\x30", "a binary file (DER)"),
)


def of(content: bytes) -> str:
    """Return the kind of a file for a message, such as 'a certificate'; UNKNOWN for an unknown kind."""
    text = _text(content)
    if text is None:
        return next((kind for start, kind in _BINARY if content.startswith(start)), "a binary file")
    document = _document(text)
    if document is not None:
        return _json_kind(document)
    labels = _LABEL.findall(text)
    for part, one, several in _PEM if labels else ():
        having = sum(part in label for label in labels)
        if having == 1 and one == PUBLIC_KEY and not is_public_key(content):
            return "text with a public key in it"
        if having:
            return one if having == 1 else several
    return _text_kind(text.strip())


def is_public_key(content: bytes) -> bool:
    """Check for one PEM block with a public key, SPKI or PKCS#1, and nothing else; it may be damaged."""
    text = (_text(content) or "").strip()
    return bool(re.fullmatch(r"-----BEGIN (?:RSA )?PUBLIC KEY-----[A-Za-z0-9+/=\s]*(?:-+(?:END[A-Z -]*)?)?", text))


def is_jwk(content: bytes) -> bool:
    """Check for one public JWK."""
    return _json_kind(_document(_text(content) or "")) == JWK


def is_base64_public_key(content: bytes) -> bool:
    """Check for an SPKI public key in base64, and nothing else."""
    return _is_spki(_base64(_text(content) or "") or b"")


def is_plain_certificate(content: bytes) -> bool:
    """Check for one self-signed certificate of a subject with one name, in PEM, and nothing else."""
    from .._keys import certificate

    try:
        return certificate.read(content).is_plain
    except der.Malformed:
        return False


def is_pkcs12(content: bytes) -> bool:
    """Check for the structure of a PKCS#12 file."""
    from .._keys import pkcs12

    return pkcs12.is_pkcs12(content)


def _text(content: bytes) -> t.Optional[str]:
    """Return the text with one kind of line end; None for a binary file."""
    if b"\0" in content:
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _document(text: str) -> t.Any:
    """Return a JSON object or array; None for anything else."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _json_kind(document: t.Any) -> str:
    if not isinstance(document, dict):
        return "JSON"
    if isinstance(document.get("keys"), list):
        return "a JWK Set"
    if not isinstance(document.get("kty"), str) or any(isinstance(value, dict) for value in document.values()):
        return "JSON"
    return PRIVATE_JWK if jose_jwk.PRIVATE & set(document) else JWK


def _text_kind(text: str) -> str:
    octets = _base64(text)
    if octets is not None and octets[:1] == b"\x30":
        return _BASE64_SPKI if _is_spki(octets) else _BASE64_DER
    if _SSH_KEY.search(text):
        return _SSH_KEYS
    if text.startswith("#!"):
        return "a script"
    lines = (line.strip() for line in text.split("\n"))
    start = next((line for line in lines if line and line[0] not in "#;"), "")
    whole = text[text.find(start) :]
    if _COMPACT.match(start) and start == whole:
        return _TOKEN
    if _SETTING.match(start):
        return ENVIRONMENT
    return next((kind for shape, kind in _TEXT if re.match(shape, whole)), UNKNOWN)


def _base64(text: str) -> t.Optional[bytes]:
    """Decode a base64 text with any line breaks; None for anything else."""
    try:
        return base64.b64decode("".join(text.split()).encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        return None


def _is_spki(octets: bytes) -> bool:
    """Check for the structure of a SubjectPublicKeyInfo (RFC 5280 section 4.1)."""
    reader = der.Reader(octets)
    try:
        inner = reader.sequence()
        reader.end()
        algorithm = inner.sequence()
        algorithm.take(der.OID)
        inner.take(der.BIT_STRING)
        inner.end()
    except der.Malformed:
        return False
    return True
