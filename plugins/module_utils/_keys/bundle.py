# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key in one text with its public key, its certificate, or a certificate chain."""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError, NotAKey
from . import cryptography_keys, key_numbers
from . import der as keys_der
from .key_numbers import Material
from .pem import Block, several

_NAMES = {"certificate": "a certificate"}


def main_block(blocks: t.Sequence[Block], name: str) -> Block:
    """Return the block to read: the private key, or else the first one. NotAKey if there are two private keys."""
    private = [block for block in blocks if "PRIVATE" in block.label]
    if len(private) > 1:
        raise several(blocks, name)
    return private[0] if private else blocks[0]


def check(blocks: t.Sequence[Block], main: Block, public: t.Any, name: str) -> None:
    """Refuse unless all other blocks belong to the key in ``main``, whose public half is ``public``.

    Beside a private key and its own certificate there may be other certificates: those of whoever has signed it.
    """
    if len(blocks) == 1:
        return
    own = cryptography_keys.public_material(public)
    others = [block for block in blocks if block is not main]
    strangers = [block for block in others if _public(block) != own]
    is_chain = "PRIVATE" in main.label and all(block.container == "certificate" for block in strangers)
    has_certificate = any(block.container == "certificate" and block not in strangers for block in others)
    if strangers and not (is_chain and has_certificate):
        raise several(blocks, name)


def refuse(blocks: t.Sequence[Block], name: str) -> None:
    """Refuse a file that holds more than a key, because a rewrite would lose the rest."""
    rest = {_NAMES.get(block.container, "a public key") for block in blocks if "PRIVATE" not in block.label}
    if len(blocks) > 1 and sum("PRIVATE" in block.label for block in blocks) == 1:
        raise NotAKey(
            "%s: the file holds %s beside the private key, which would be lost when the key is written; move that to a "
            "file of its own." % (name, " and ".join(sorted(rest)))
        )


def _public(block: Block) -> t.Optional[Material]:
    """Return the public key in a block; None for a key of an unsupported kind."""
    try:
        material = key_numbers.from_der(block.label, block.body)
        return cryptography_keys.public_material(cryptography_keys.build(material, True)[1])
    except (KeysmithError, keys_der.Malformed):
        return None
