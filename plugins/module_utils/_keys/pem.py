# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the one key block in a text (RFC 7468, RFC 1421 headers of traditional keys, OpenSSH public key lines).

Forgives what pasting does to a key as long as one reading is left: line ends, indentation, a byte order mark, lines
that became one, text around the block. The library forgives less, and another amount in each version, so it never
sees the text. What is refused, is refused with a hint of what the text is instead.
"""

from __future__ import annotations

import base64
import binascii
import re
import typing as t

from .._errors import KeysmithError, NotAKey
from .key_types import KEY_TYPES

#: No key comes near; larger input is refused before anything looks into it.
LONGEST_TEXT = 64 * 1024
#: Labels that are read, and the container that each of them is.
LABELS: t.Dict[str, str] = {
    "PRIVATE KEY": "pkcs8",
    "ENCRYPTED PRIVATE KEY": "pkcs8",
    "RSA PRIVATE KEY": "traditional",
    "EC PRIVATE KEY": "traditional",
    "OPENSSH PRIVATE KEY": "openssh",
    "PUBLIC KEY": "spki",
    "RSA PUBLIC KEY": "pkcs1",
    "CERTIFICATE": "certificate",
    "X509 CERTIFICATE": "certificate",
}

_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}\Z")


class Block(t.NamedTuple):
    """One block, decoded. ``label`` is an OpenSSH key type for a public key line."""

    label: str
    headers: t.Dict[str, str]
    body: bytes

    @property
    def container(self) -> str:
        """pkcs8, traditional, openssh, spki, pkcs1, ssh or certificate."""
        return LABELS.get(self.label, "ssh")

    def __repr__(self) -> str:
        # A private key can be in it, and a repr ends up in logs.
        return "Block(%r)" % self.label


def parse(text: bytes, name: str) -> Block:
    """Return the one key block in ``text``. NotAKey says what the text is instead; messages call it ``name``."""
    blocks = parse_all(text, name)
    if len(blocks) > 1:
        raise several(blocks, name)
    return blocks[0]


def parse_all(text: bytes, name: str) -> t.List[Block]:
    """Return all key blocks in ``text``, each once and at least one; otherwise like ``parse``."""
    if len(text) > LONGEST_TEXT:
        raise NotAKey("%s: the input is larger than 64 KiB, which no key is." % name)
    content = _characters(text)
    if content is None or "-----BEGIN " not in content:
        line = _ssh_line(content or "", name)
        if line is None:
            raise _not_a_key(text, name)
        return [line]
    found = _find(content)
    if found is None:
        raise _not_a_key(text, name)
    blocks: t.List[Block] = []
    for label, inside in found:
        block = _block(label, inside, name)
        if block not in blocks:
            blocks.append(block)
    blocks = _without_parameters(blocks, name)
    if any(block.label not in LABELS for block in blocks):
        raise _not_a_key(text, name) if len(blocks) == 1 else several(blocks, name)
    return blocks


def several(blocks: t.Sequence[Block], name: str) -> NotAKey:
    """Make the error for blocks that are not of one key."""
    labels = dict.fromkeys(block.label if block.label in LABELS else "another" for block in blocks)
    return NotAKey(
        "%s: the input holds %d different blocks (%s); give only the right one."
        % (name, len(blocks), ", ".join(labels))
    )


def decode_base64(body: str) -> t.Optional[bytes]:
    """Decode base64 in its canonical form, white space aside; None for anything else."""
    packed = body.replace("\n", "").replace(" ", "").replace("\t", "")
    if not _BASE64.match(packed):
        return None
    try:
        octets = base64.b64decode(packed)
    except binascii.Error:
        return None
    # Unused bits that are set would give one key many texts.
    return octets if base64.b64encode(octets).decode("ascii") == packed else None


def _characters(text: bytes) -> t.Optional[str]:
    """Return the text without a byte order mark and with one kind of line end; None if it is not text."""
    try:
        content = text.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if "\0" in content:
        return None
    return content.replace("\r\n", "\n").replace("\r", "\n")


def _find(content: str) -> t.Optional[t.List[t.Tuple[str, str]]]:
    """Label and inside of each block. None when one is cut off, quoted or in the middle of a line: then there is a
    doubt about what is meant. Plain searches, no pattern: each octet is looked at a few times, whatever the input."""
    before, *pieces = content.split("-----BEGIN ")
    found = []
    for piece in pieces:
        label, _dashes, rest = piece.partition("-----")
        inside, end, after = rest.partition("-----END %s-----" % label)
        alone = not before.rpartition("\n")[2].strip(" \t") and not after.partition("\n")[0].strip(" \t")
        # A backslash there is the first half of a line break that is written as two characters.
        whole = end and not inside.startswith("\\")
        if not whole or not alone or "-----END " in before + after:
            return None
        found.append((label, inside))
        before = after
    return found


def _block(label: str, inside: str, name: str) -> Block:
    lines = inside.split("\n")
    headers: t.Dict[str, str] = {}
    while len(lines) > 1 and ":" in lines[1]:
        field, _colon, value = lines.pop(1).partition(":")
        headers[field.strip()] = value.strip()
    body = decode_base64("\n".join(lines))
    if label not in LABELS:
        return Block(label, headers, body or b"")
    if headers and (LABELS[label] != "traditional" or not set(headers) <= {"Proc-Type", "DEK-Info"}):
        raise NotAKey("%s: the block has header lines, which a key of this kind does not have." % name)
    if body is None and "Proc-Type:" in inside:
        raise NotAKey(
            "%s: the lines of the encrypted key were joined, as by YAML's '>', and its header lines with them; give it "
            "with its line breaks, in YAML after '|'." % name
        )
    if body is None:
        raise NotAKey("%s: the block %s is damaged: its text is not base64, or is cut short." % (name, label))
    return Block(label, headers, body)


def _without_parameters(blocks: t.List[Block], name: str) -> t.List[Block]:
    """Drop the block of EC parameters that openssl writes before a key, which names its curve itself (RFC 5915)."""
    keys = [block for block in blocks if block.label == "EC PRIVATE KEY"]
    parameters = [block for block in blocks if block.label == "EC PARAMETERS"]
    if len(keys) != 1 or len(parameters) != 1:
        return blocks
    body = parameters[0].body
    if not keys[0].headers and (not body or body not in keys[0].body):
        raise NotAKey("%s: the blocks EC PARAMETERS and EC PRIVATE KEY do not belong together." % name)
    return [block for block in blocks if block is not parameters[0]]


def _ssh_line(content: str, name: str) -> t.Optional[Block]:
    """Read an OpenSSH public key line (sshd(8), authorized_keys without options); None for other text."""
    lines = [line.strip() for line in content.strip().split("\n")]
    known = [row.ssh for row in KEY_TYPES.values() if row.ssh]
    found = []
    for line in lines:
        words = line.split(None, 2)
        if len(words) >= 2 and words[0] in known:
            found.append(words)
        elif line and not line.startswith("#"):
            return None
    if not found:
        return None
    if len({words[1] for words in found}) > 1:
        raise NotAKey("%s: the input holds %d different keys; give only the right one." % (name, len(found)))
    octets = decode_base64(found[0][1])
    if octets is None:
        raise NotAKey("%s: the %s key is damaged: its text is not base64, or is cut short." % (name, found[0][0]))
    return Block(found[0][0], {}, octets)


def _not_a_key(text: bytes, name: str) -> KeysmithError:
    from . import not_a_key

    return NotAKey("%s: %s" % (name, not_a_key.what(text)))
