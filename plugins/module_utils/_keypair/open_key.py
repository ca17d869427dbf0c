# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Open the private key that is on the host: at most once a run, as long as its file is the same."""

from __future__ import annotations

import typing as t

from .._errors import CannotOpen
from .._jose import jwk
from . import decide
from .request import Wanted

#: How messages name a passphrase, by its source.
_LABELS = {
    decide.PASSPHRASE: "passphrase",
    decide.ENVIRONMENT: "the passphrase in the environment file",
    decide.PREVIOUS: "previous_passphrases",
}


class Candidate(t.NamedTuple):
    """A passphrase to try, and its source."""

    origin: str
    passphrase: bytes

    def __repr__(self) -> str:
        return "<passphrase from %s>" % self.origin


class OpenedKey(t.NamedTuple):
    """A private key that could be opened. Holds secrets: never shown."""

    key: decide.FoundKey
    content: bytes
    #: What opened it, empty for an unencrypted one.
    passphrase: bytes
    #: The key of the library.
    private: t.Any

    def __repr__(self) -> str:
        return "<private key %s>" % self.key.thumbprint


def candidates(wanted: Wanted, in_environment: bytes) -> t.List[Candidate]:
    """Return the passphrases to try, the likeliest first.

    The one in the environment file counts only where something is said about passphrases: a task from which the
    passphrase was forgotten must not read as one that wants the key unencrypted.
    """
    tried = []
    if wanted.passphrase:
        tried.append(Candidate(decide.PASSPHRASE, wanted.passphrase))
    if in_environment and (wanted.generate_passphrase or wanted.passphrase is not None):
        tried.append(Candidate(decide.ENVIRONMENT, in_environment))
    return tried + [Candidate(decide.PREVIOUS, secret) for secret in wanted.previous_passphrases]


def again(content: bytes, tried: t.Sequence[Candidate], known: t.Optional[OpenedKey]) -> t.Optional[OpenedKey]:
    """Return the key that this run opened before, if file and passphrase are unchanged; None: open it."""
    if known and known.content == content:
        for candidate in [Candidate(decide.NONE, b""), *tried]:
            if candidate.passphrase == known.passphrase:
                return known._replace(key=known.key._replace(opened_by=candidate.origin))
    return None


def open_key(
    content: bytes,
    tried: t.Sequence[Candidate],
    name: str,
    published: t.Sequence[bytes] = (),
    trusted: bool = False,
    known: t.Any = None,
    is_file: bool = True,
) -> OpenedKey:
    """Read a private key and prove that it signs what its public half verifies.

    ``published`` are the public files beside it: where one of them is this key's, the key has been through our hands
    and is spared the library's primality test. ``known``: the key that it is expected to be, as the library has it.
    ``name`` is what messages call it. ``is_file``: nothing else may be in it, as it may be written anew.
    """
    opened = _read(content, tried, name, trusted=True, known=known, is_file=is_file)
    if not trusted and not _is_published(opened.key, published):
        opened = _read(content, opener(opened), name, trusted=False, is_file=is_file)
    from .._keys import read as keys_read

    keys_read.prove(opened.private, opened.private.public_key())
    return opened


def opener(opened: OpenedKey) -> t.List[Candidate]:
    """Return what opened the key, so that opening it again costs only one key derivation."""
    return [Candidate(opened.key.opened_by, opened.passphrase)]


def _read(content: bytes, tried: t.Sequence[Candidate], name: str, **options: t.Any) -> OpenedKey:
    """Read the key. ``options`` are those of keys_read.read_private."""
    from .._keys import read as keys_read

    keys_read.check_library()
    try:
        passphrases = [candidate.passphrase for candidate in tried]
        read = keys_read.read_private(content, passphrases, name=name, **options)
    except CannotOpen:
        raise _cannot_open(name, tried) from None
    from .._jose import public_facts

    facts = public_facts.facts(read.public, read.restriction)
    used = tried[read.opened_by] if read.opened_by >= 0 else Candidate(decide.NONE, b"")
    key = decide.FoundKey(
        dict(facts.members), facts.restriction, facts.pem, read.container, read.encrypted, used.origin, read.fault
    )
    return OpenedKey(key, content, used.passphrase, read.private)


def _is_published(key: decide.FoundKey, published: t.Iterable[bytes]) -> bool:
    """Check whether a public file that we write exists for this key: its PEM, or a JWK with its members."""
    for content in published:
        if content == key.pem.encode("ascii"):
            return True
        text = content.decode("ascii", "replace")
        if all('"%s": "%s"' % (name, key.members[name]) in text for name in jwk.REQUIRED[key.type]):
            return True
    return False


def _cannot_open(name: str, tried: t.Sequence[Candidate]) -> CannotOpen:
    if not tried:
        return CannotOpen(
            "%s is encrypted, and no passphrase was given; give its passphrase in passphrase or, if it should get "
            "another one, in previous_passphrases." % name
        )
    labels = list(dict.fromkeys(_LABELS[candidate.origin] for candidate in tried))
    then = "give the present one in previous_passphrases"
    if _LABELS[decide.PASSPHRASE] in labels:
        # A mistyped one that is taken for the new one becomes it.
        then = "correct passphrase; or, to give the key a new passphrase, %s" % then
    return CannotOpen(
        "%s is encrypted, and the passphrases that were tried do not open it (%s); %s."
        % (name, ", ".join(labels), then)
    )
