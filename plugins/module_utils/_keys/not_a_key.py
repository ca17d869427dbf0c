# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Say what a text is that is not a key: one sentence with what to do, and no part of the text."""

from __future__ import annotations

import base64
import binascii
import re
import typing as t

from . import advice
from . import der as keys_der

_TPM = "the input is a key that only the TPM that made it can use; a key file is needed."
_PEM_WANTED = "the input is not a PEM key: it needs a block that starts with -----BEGIN and ends with -----END."

#: Labels of PEM blocks that are not keys, and the message for each.
_LABELS: t.Dict[str, str] = {
    "EC PARAMETERS": "the input holds EC parameters alone; the key is the block EC PRIVATE KEY.",
    "DSA PRIVATE KEY": "the key is DSA, which no JWT algorithm uses.",
    "CERTIFICATE REQUEST": "the input is a certificate request, not a key; give the key or its certificate.",
    "NEW CERTIFICATE REQUEST": "the input is a certificate request, not a key; give the key or its certificate.",
    "X509 CRL": "the input is a certificate revocation list, not a key.",
    "TRUSTED CERTIFICATE": "the input is an OpenSSL trusted certificate; convert it with '%s'."
    % advice.TRUSTED_CERTIFICATE,
    "DH PARAMETERS": "the input holds Diffie-Hellman parameters, not a key.",
    "PKCS7": "the input is PKCS#7; give the certificate or key in it as a PEM block of its own.",
    "PKCS12": "the input is PKCS#12 in PEM; take the key out with '%s'." % advice.PKCS12_IN_PEM,
    "PKCS#11 PROVIDER URI": "the input is a reference to a key in a PKCS#11 module, which stays there; a key file is "
    "needed.",
    "TSS2 PRIVATE KEY": _TPM,
    "TSS2 KEY BLOB": _TPM,
    "PGP PUBLIC KEY BLOCK": "the input is a PGP key, which JWT does not use.",
    "PGP PRIVATE KEY BLOCK": "the input is a PGP key, which JWT does not use.",
    "PGP MESSAGE": "the input is a PGP message, not a key.",
    "AGE ENCRYPTED FILE": "the input is a file encrypted with age; decrypt it first.",
}

#: What follows the first SEQUENCE: in SPKI, and in an encrypted PKCS#8.
_DER_BY_SECOND = {keys_der.BIT_STRING: advice.DER_PUBLIC, keys_der.OCTET_STRING: advice.DER_ENCRYPTED}

#: In this order: how the text begins, without white space, and the message. Each pattern is linear in the input.
_SHAPES: t.Tuple[t.Tuple[str, str], ...] = (
    (r"\Z", "the input is empty."),
    (
        r"\$ANSIBLE_VAULT;",
        "the input is Ansible Vault text that was not decrypted; load it as a vaulted variable "
        "or with lookup('ansible.builtin.file').",
    ),
    (
        r"(None|null|undefined|True|False|omit)\Z",
        "the input is a word that stands for 'no value'; a variable is probably not set.",
    ),
    (r"__omit_place_holder__", "the input is Ansible's omit; a variable is probably not set."),
    (r"\{\{|\{%", "the input is a template that was not rendered."),
    (r"[\[{].*\"keys\"\s*:", "the input is a JWK Set, not PEM."),
    (
        r"\{(?=.*\"kty\"\s*:).*\"(d|priv)\"\s*:",
        "the input is a private JWK, not PEM; give it to jwt_keypair as private_key, which imports it.",
    ),
    (r"\{.*\"kty\"\s*:", "the input is a JWK, not PEM; jwk_to_pem turns a public one into PEM."),
    (r"[\[{\"'].*-----BEGIN ", "the PEM key is inside quotes or JSON; give the text alone."),
    (
        r"---- BEGIN SSH2 PUBLIC KEY",
        "the input is an SSH2 public key (RFC 4716); convert it with '%s'." % advice.SSH2_PUBLIC,
    ),
    (r"---- BEGIN SSH2 ", "the input is a private key of ssh.com; convert it with '%s'." % advice.PUTTY),
    (r"PuTTY-User-Key-File-", "the input is a PuTTY key; convert it with '%s'." % advice.PUTTY),
    (r"pkcs11:", "the input is the URI of a key in a PKCS#11 module, which stays there; a key file is needed."),
    (r"AGE-SECRET-KEY-", "the input is an age key, which JWT does not use."),
    (r"ssh-dss\s", "the key is DSA, which no JWT algorithm uses."),
    (r"(sk-ssh-|sk-ecdsa-)", "the key lives in a security token (sk-...); its signatures are not valid in a JWT."),
    (r"[a-z0-9-]+-cert-v01@openssh\.com\s", "the input is an OpenSSH certificate; give the public key itself."),
    (
        r".*\b(ssh-rsa|ssh-ed25519|ecdsa-sha2-nistp\d+)\s+AAAA",
        "the OpenSSH key has other text before it or other lines around it; give the key line alone.",
    ),
    (
        r"(file|https?|s3|vault)://",
        "the input is a URL, not a key; read it first, for example with "
        "lookup('ansible.builtin.url') or lookup('ansible.builtin.file').",
    ),
    (
        r"(~?/|\.{1,2}/|[A-Za-z]:\\)[^\n]{0,4000}\Z",
        "the input is a path, not a key; read the file with lookup('ansible.builtin.file', PATH).",
    ),
    (
        r"[\w.-]{1,200}\.(pem|key|pub|crt|cer|der)\Z",
        "the input is a file name, not a key; read the file with lookup('ansible.builtin.file', PATH).",
    ),
    (r"<", "the input is XML or HTML, not PEM."),
)


def what(text: bytes) -> str:
    """Return one sentence about ``text``, which is not a key block."""
    if text[:2] in (b"\xff\xfe", b"\xfe\xff") or (text and text.count(b"\0") * 3 > len(text)):
        return "the input is UTF-16; convert it to UTF-8."
    if text[:1] == b"\x30" and len(text) > 2 and (text[1] & 0x80 or b"\0" in text):
        return _binary(text)
    if b"\0" in text:
        return "the input has NUL characters in it, which no PEM key has."
    try:
        content = text.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return "the input holds octets that are not UTF-8; give the PEM text alone."
    content = content.strip()
    for shape, sentence in _SHAPES:
        if re.match(shape, content, re.DOTALL):
            return sentence
    if "-----BEGIN " in content:
        return _escaped(content) or _block(content)
    return _encoded(content)


def _binary(text: bytes) -> str:
    """Describe DER by its first two elements."""
    if b"\x02\x01\x03" in text[:9]:
        return "the input is PKCS#12; %s." % advice.unpack_pkcs12()
    try:
        reader = keys_der.whole(text)
        if reader.peek() == keys_der.INTEGER:
            # PKCS#1: the modulus of a public key; all private ones begin with their version, 0 or 1.
            command = advice.DER_PRIVATE if reader.integer() <= 1 else advice.DER_PUBLIC
        else:
            reader.skip()
            command = _DER_BY_SECOND.get(reader.peek(), advice.DER_CERTIFICATE)
    except keys_der.Malformed:
        return "the input is binary, and not a complete key; give the PEM text."
    return "the input is DER; convert it to PEM with '%s'." % command


def _escaped(content: str) -> str:
    """Check for a PEM key whose line breaks are two characters each, as in JSON and environment files."""
    if "-----\\n" not in content and "-----\\r\\n" not in content:
        return ""
    return (
        "the line breaks of the PEM key are written as backslash and n; turn them into real ones, for example with "
        "replace('\\\\n', '\\n')."
    )


def _block(content: str) -> str:
    """Describe a text with a BEGIN line that is not a readable block."""
    label = re.search(r"-----BEGIN ([^\n]*?)-----", content)
    if label is None:
        return "the first line of the PEM block is incomplete: it needs five dashes on both sides."
    if label.group(1) in _LABELS:
        return _LABELS[label.group(1)]
    if label.group(1) in ("ED25519 PRIVATE KEY", "X25519 PRIVATE KEY"):
        command = advice.RELABEL_ENCRYPTED if "Proc-Type:" in content else advice.RELABEL
        return 'CryptX wrote the key with the label %s, where others say PRIVATE KEY; convert it with "%s".' % (
            label.group(1), command,
        )  # fmt: skip
    if not re.search(r"^[ \t]*-----BEGIN ", content, re.MULTILINE):
        return "there is other text on the line of -----BEGIN; it has to be a line of its own."
    if re.search(r"[^\x20-\x7e]|[a-z]", label.group(1)):
        return "the label of the PEM block is misspelt: it is written in capital letters and plain spaces."
    if "-----END %s-----" % label.group(1) not in content:
        return "the PEM block is cut short: it does not end with the -----END line of its -----BEGIN."
    if content.partition("-----END %s-----" % label.group(1))[2].partition("\n")[0].strip(" \t"):
        return "there is other text on the line of -----END; it has to be a line of its own."
    if content.count("-----BEGIN ") + content.count("-----END ") > 2:
        return "the input holds more than one block, or one that is cut short; give only the right one."
    return "the PEM block holds no key: its label is not that of a key."


def _encoded(content: str) -> str:
    """Describe a text without a BEGIN line: perhaps an encoding of one."""
    if re.match(r"-{2,}\s*BEGIN ", content, re.IGNORECASE):
        return "the first line of the PEM block is misspelt: it is -----BEGIN, five dashes and capital letters."
    packed = re.sub(r"\s", "", content)
    if re.match(r"([0-9A-Fa-f]{2}){16,}\Z", packed):
        return "the input is hexadecimal; " + _PEM_WANTED[len("the input is not a PEM key: ") :]
    try:
        octets = base64.b64decode(packed[: len(packed) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        return _PEM_WANTED
    if octets.lstrip()[:10] == b"-----BEGIN":
        return "the input is base64 of a PEM key (as in a Kubernetes secret); decode it with b64decode."
    if len(octets) > 32 and octets[0] == 0x30:
        return "the input is the inside of a PEM block; its -----BEGIN and -----END lines are missing."
    return _PEM_WANTED
