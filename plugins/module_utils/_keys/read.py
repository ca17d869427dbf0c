# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read keys from any text, and describe them. All code that reads, makes, writes or proves keys starts here."""

from __future__ import annotations

import typing as t

from .._errors import CannotOpen, KeysmithError, NotAKey
from . import bundle, cryptography_keys, key_numbers, readers
from . import der as keys_der
from . import pem as keys_pem
from .cryptography_keys import check_library
from .key_numbers import Material
from .private_keys import generate, private_pem, prove

__all__ = [
    "CannotOpen",
    "Key",
    "NotAKey",
    "check_library",
    "generate",
    "private_pem",
    "prove",
    "read",
    "read_private",
    "read_public_only",
]

#: How much is tried on one key: as much as two derivations at their most, two seconds or less.
_MOST_COST = 2


class Key(t.NamedTuple):
    """A key that was read."""

    #: The library's private key, None in a public one.
    private: t.Any
    public: t.Any
    #: pkcs8, traditional, openssh, spki, pkcs1, ssh or certificate.
    container: str
    encrypted: bool
    #: Which of the passphrases opened it; -1 when none was needed.
    opened_by: int
    #: As in Material.
    restriction: str
    #: Why other programs do not read this private key (see ``readers``); empty if they do.
    fault: str


def read(
    text: bytes,
    passphrases: t.Sequence[bytes] = (),
    *,
    name: str,
    trusted: bool = False,
    known: t.Any = None,
    is_file: bool = False,
) -> Key:
    """Read any key in PEM or OpenSSH text, alone or with its certificate or public key. Messages call it ``name``.

    ``is_file``: it may be written anew, so nothing else may be in it.

    ``trusted``: the key was made and proved by this collection; the search for weaknesses and, from cryptography 39
    on, the library's prime test are left out. ``known``: a private key of the library that it is expected to be; where
    it is that RSA key, number for number, the prime test is left out with every version.

    CannotOpen when no passphrase opens it, NotAKey when it is no key or damaged, KeysmithError when it must not be
    used.
    """
    check_library()
    blocks = keys_pem.parse_all(text, name)
    if is_file:
        bundle.refuse(blocks, name)
    block = bundle.main_block(blocks, name)
    try:
        opened = _opened(block, passphrases)
        private, public = opened.keys(trusted, known)
    except keys_der.Malformed:
        raise NotAKey(
            "%s: the key (%s) is damaged: its content is not what its label says." % (name, block.label)
        ) from None
    except KeysmithError as error:
        raise type(error)("%s: %s" % (name, error)) from None
    bundle.check(blocks, block, public, name)
    fault = readers.fault(text, block, opened.material, opened.der) if private else ""
    return Key(private, public, block.container, opened.encrypted, opened.by, opened.material.restriction, fault)


def read_private(text: bytes, passphrases: t.Sequence[bytes] = (), *, name: str, **options: t.Any) -> Key:
    """Read as ``read``; KeysmithError if the text holds only a public key."""
    key = read(text, passphrases, name=name, **options)
    if key.private is None:
        raise KeysmithError("%s: the input is a public key; the private key is needed." % name)
    return key


def read_public_only(text: bytes, *, name: str) -> Key:
    """Read as ``read``; KeysmithError if the text holds a private key, which does not belong there."""
    if any("PRIVATE" in block.label for block in keys_pem.parse_all(text, name)):
        raise KeysmithError("%s: the input is a private key; a public key is needed." % name)
    return read(text, name=name)


class _Opened(t.NamedTuple):
    """The content of a block. Holds secrets: never shown."""

    material: Material
    #: Empty for OpenSSH's own format.
    der: bytes
    #: The private key of the library, where it has read the file.
    private: t.Any = None
    #: Which passphrase opened it; -1 when none was needed.
    by: int = -1

    @property
    def encrypted(self) -> bool:
        """Check whether a passphrase was needed."""
        return self.by >= 0

    def keys(self, trusted: bool, known: t.Any) -> t.Tuple[t.Any, t.Any]:
        """Return the library's private key (None for a public one) and public key."""
        if self.private:
            return self.private, self.private.public_key()
        return cryptography_keys.build(self.material, trusted, known)


def _opened(block: keys_pem.Block, passphrases: t.Sequence[bytes]) -> _Opened:
    if block.container == "ssh":
        from . import openssh

        return _Opened(openssh.public(block.body), b"")
    if block.container == "openssh":
        from . import openssh

        sealed = openssh.private(block.body)
        if not sealed.encrypted:
            return _Opened(sealed.public, b"", sealed.open())
        _check_cost(sealed.cost, passphrases)

        def unseal(passphrase: bytes) -> t.Optional[_Opened]:
            private = sealed.open(passphrase)
            return _Opened(sealed.public, b"", private) if private else None

        return _tried(unseal, passphrases)
    if block.label != "ENCRYPTED PRIVATE KEY" and not block.headers:
        return _Opened(key_numbers.from_der(block.label, block.body), block.body)
    from . import decrypt

    lock = decrypt.dek_info(block.headers, block.body) if block.headers else decrypt.pbes2(block.body)
    _check_cost(lock.cost, passphrases)

    def unlock(passphrase: bytes) -> t.Optional[_Opened]:
        plain = lock.open(passphrase)
        return None if plain is None else _Opened(key_numbers.from_der(block.label, plain), plain)

    return _tried(unlock, passphrases)


def _check_cost(cost: float, passphrases: t.Sequence[bytes]) -> None:
    """Refuse a cost that is acceptable for one passphrase but not for many: directories are locked meanwhile."""
    number = len(set(filter(None, passphrases)))
    if cost * number > _MOST_COST:
        raise KeysmithError(
            "the key is encrypted in a way that takes too long to try %d passphrases; give fewer." % number
        )


def _tried(open: t.Callable[[bytes], t.Optional[_Opened]], passphrases: t.Sequence[bytes]) -> _Opened:
    for index, passphrase in enumerate(passphrases):
        try:
            opened = open(passphrase) if passphrase else None
        except keys_der.Malformed:
            # A wrong passphrase decrypts to something. That it is nonsense says nothing about the file.
            continue
        if opened:
            return opened._replace(by=index)
    if not any(passphrases):
        raise CannotOpen("the key is encrypted and no passphrase is given.")
    raise CannotOpen("the key is encrypted and none of the given passphrases opens it.")
