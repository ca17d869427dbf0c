# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out whether every common program reads a private key file.

We forgive what pasting and YAML do to a key, and forms that few programs write; other programs forgive less, each
another part of it. A file is in order only if all of these read it: OpenSSL 1.1.1 to 3.5 and what is built on it (node,
PHP, Ruby), ssh-keygen 8.4 to 10.0, Go, and cryptography 3.4 to 50. What each of them does not read is measured.
"""

from __future__ import annotations

import re

from . import der as keys_der
from .key_numbers import Material
from .key_types import KEY_TYPES
from .pem import Block

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
#: RFC 1421 headers as OpenSSL and Go compare them, and the empty line after them.
_HEADERS = re.compile(rb"Proc-Type: ?4,ENCRYPTED[ \t]*\nDEK-Info: ?[A-Z0-9-]+,[0-9A-Fa-f]+\n\n")
#: After such headers, OpenSSL takes the first line that is shorter for the last one, and none that is longer.
_COLUMNS = 64


def fault(text: bytes, block: Block, material: Material, der: bytes) -> str:
    """Say why other programs do not read a private key file; empty if they do.

    ``block`` is the one in ``text``, ``der`` what is in it, decrypted; empty for OpenSSH's own format.
    """
    if block.container == "openssh":
        return _openssh(text, block.label)
    return _layout(text, block) or _structure(block.container, material, der)


def _openssh(text: bytes, label: str) -> str:
    """Check for the exact lines that ssh-keygen expects, with the first one at the start (sshkey.c of OpenSSH)."""
    begin, end = (b"-----%s %s-----\n" % (word, label.encode()) for word in (b"BEGIN", b"END"))
    if text.startswith(begin) and b"\n" + end in text:
        return ""
    return "has text before it, or line ends that ssh-keygen does not read"


def _layout(text: bytes, block: Block) -> str:
    content = text.replace(b"\r\n", b"\n")
    if content.startswith(_BYTE_ORDER_MARK):
        return "begins with a byte order mark, which Go and OpenSSL 1.1 do not read"
    if b"\r" in content:
        return "has lines that end with a carriage return alone, which no other program reads"
    label = block.label.encode()
    start = content.index(b"-----BEGIN %s-----" % label)
    before, inside = content[:start], content[start:].partition(b"-----END %s-----" % label)[0]
    first, _newline, body = inside.partition(b"\n")
    if before[-1:] not in (b"", b"\n") or inside[-1:] != b"\n" or not first.strip(b" \t").endswith(b"-----"):
        return "has joined or indented lines, which OpenSSL, node, Go and ssh-keygen do not read"
    lines = body[:-1].split(b"\n")
    if block.headers:
        headers = _HEADERS.match(body)
        lines = body[headers.end() : -1].split(b"\n") if headers else []
        if not lines or any(len(line.rstrip()) != _COLUMNS for line in lines[:-1]) or len(lines[-1]) > _COLUMNS:
            return "has header lines or columns that OpenSSL, Go, ssh-keygen or cryptography do not read"
    if not all(line.strip() for line in lines):
        return "has empty lines inside, which OpenSSL, node and ssh-keygen do not read"
    return ""


def _structure(container: str, material: Material, der: bytes) -> str:
    row = KEY_TYPES[material.kind]
    if row.type == "EC" and len(material.private) != row.width:
        return "lacks leading zeros in its private number, so newer versions of cryptography refuse it"
    if container != "pkcs8":
        return ""
    reader = keys_der.whole(der)
    version = reader.integer()
    reader.skip()
    private = reader.take(keys_der.OCTET_STRING)
    reader.optional(0xA0)
    if version or reader.peek() != -1:
        return "is of the newer form of PKCS#8 (RFC 5958), which OpenSSL before 3.5, node and cryptography do not read"
    # RFC 9881: a seed, or a seed with the expanded key.
    if row.type == "AKP" and private[0] == keys_der.SEQUENCE:
        return "holds the expanded key beside its seed, which cryptography does not read"
    return ""
