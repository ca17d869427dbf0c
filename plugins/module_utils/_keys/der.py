# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and write the part of DER (X.690) that keys need, strictly.

Keys are read here and not by the library for two reasons. What a key asks for (the rounds of a key derivation, the
size of its numbers) has to be known before the library acts on it; and what counts as a key must not depend on the
version of the library. There is no recursion: nesting costs nothing until somebody asks for the inner part.
"""

from __future__ import annotations

import functools
import typing as t

INTEGER, BIT_STRING, OCTET_STRING, NULL, OID, SEQUENCE = 0x02, 0x03, 0x04, 0x05, 0x06, 0x30
#: Longer than the identifier of any key; bounds what an identifier can cost.
LONGEST_OID = 32


class Malformed(ValueError):
    """The octets are not the expected structure. The message never says which octets."""


class Reader:
    """Reads elements one after the other; every method raises Malformed if the next one is not the expected one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def peek(self) -> int:
        """Return the tag of the next element, -1 at the end."""
        return self._data[self._at] if self._at < len(self._data) else -1

    def end(self) -> None:
        """Check that nothing is left."""
        if self._at != len(self._data):
            raise Malformed("there is data after the end")

    def _length(self) -> int:
        data, at = self._data, self._at + 1
        if at >= len(data):
            raise Malformed("cut short")
        first = data[at]
        count = first & 0x7F if first & 0x80 else 0
        self._at = at + 1 + count
        if not first & 0x80:
            return first
        octets = data[at + 1 : self._at]
        length = int.from_bytes(octets, "big")
        # DER: definite and as short as can be. One length for one content leaves no two readings of a key.
        if not 1 <= count <= 4 or len(octets) < count or octets[0] == 0 or length < 0x80:
            raise Malformed("a length is not DER")
        return length

    def take(self, tag: int) -> bytes:
        """Return the content of the next element, which must have this tag."""
        if self.peek() != tag:
            raise Malformed("not the expected element")
        length = self._length()
        content = self._data[self._at : self._at + length]
        if len(content) < length:
            raise Malformed("cut short")
        self._at += length
        return content

    def skip(self) -> None:
        """Skip the next element, whatever it is."""
        if self.peek() < 0 or self.peek() & 0x1F == 0x1F:
            raise Malformed("not an element")
        self.take(self.peek())

    def optional(self, tag: int) -> t.Optional[bytes]:
        """Return the content if the next element has this tag, else None."""
        return self.take(tag) if self.peek() == tag else None

    def sequence(self) -> Reader:
        """Return a reader of the next element, a SEQUENCE."""
        return Reader(self.take(SEQUENCE))

    def integer(self) -> int:
        """Read an INTEGER that is not negative."""
        content = self.take(INTEGER)
        if not content or content[0] & 0x80 or (len(content) > 1 and content[0] == 0 and not content[1] & 0x80):
            raise Malformed("an INTEGER is negative or not DER")
        return int.from_bytes(content, "big")

    def oid(self) -> str:
        """Read an OBJECT IDENTIFIER, in dotted form."""
        content = self.take(OID)
        if not content or len(content) > LONGEST_OID or content[-1] & 0x80:
            raise Malformed("not an OBJECT IDENTIFIER")
        return _dotted(content)

    def bit_string(self, tag: int = BIT_STRING) -> bytes:
        """Read a BIT STRING of whole octets."""
        content = self.take(tag)
        if not content or content[0] != 0:
            raise Malformed("a BIT STRING is not made of octets")
        return content[1:]


def whole(data: bytes) -> Reader:
    """Return a reader of the SEQUENCE that ``data`` is, from its first octet to its last."""
    outer = Reader(data)
    inner = outer.sequence()
    outer.end()
    return inner


@functools.lru_cache(maxsize=64)
def _dotted(content: bytes) -> str:
    """Return the dotted form (X.690 section 8.19); the content ends where an arc ends."""
    arcs: t.List[int] = []
    arc = 0
    for octet in content:
        if arc == 0 and octet == 0x80:
            raise Malformed("not an OBJECT IDENTIFIER")
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(number) for number in [first, arcs[0] - 40 * first, *arcs[1:]])


def element(tag: int, content: bytes) -> bytes:
    """Write one element."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE of elements."""
    return element(SEQUENCE, b"".join(parts))


def integer(number: int) -> bytes:
    """An INTEGER that is not negative."""
    return element(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def bit_string(content: bytes) -> bytes:
    """A BIT STRING of whole octets."""
    return element(BIT_STRING, b"\0" + content)


@functools.lru_cache(maxsize=64)
def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER from its dotted form."""
    arcs = [int(arc) for arc in dotted.split(".")]
    content = b""
    for arc in [arcs[0] * 40 + arcs[1], *arcs[2:]]:
        octets = [arc & 0x7F]
        while arc > 0x7F:
            arc >>= 7
            octets.append(arc & 0x7F | 0x80)
        content += bytes(reversed(octets))
    return element(OID, content)
