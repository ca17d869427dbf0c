# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which passphrases are tried, what is opened, and what is said where nothing opens it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, MissingLibrary
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import decide, open_key
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair.open_key import Candidate
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import cryptography_keys
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read as keys_read
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, SECOND, wanted
from ansible_collections.keysmith.jwt.tests.unit.made_keys import private

PATH, ENV = "/etc/orders/private.key", [{"path": "/etc/orders/env"}]
INSIDE = b"inside the file of settings"


@pytest.mark.parametrize(
    ("options", "origins"),
    [
        ({}, []),
        ({"passphrase": FIRST}, [decide.PASSPHRASE, decide.ENVIRONMENT]),
        ({"encrypted": False}, [decide.ENVIRONMENT]),
        ({"generate_passphrase": True}, [decide.ENVIRONMENT]),
        ({"previous_passphrases": [SECOND]}, [decide.PREVIOUS]),
        (
            {"passphrase": FIRST, "previous_passphrases": [SECOND, "third passphrase"]},
            [decide.PASSPHRASE, decide.ENVIRONMENT, decide.PREVIOUS, decide.PREVIOUS],
        ),
    ],
)
def test_the_passphrases_that_are_tried_and_their_order(options: t.Dict[str, t.Any], origins: t.List[str]) -> None:
    given = wanted(PATH, environment=ENV, **options)
    assert [one.origin for one in open_key.candidates(given, INSIDE)] == origins
    assert decide.ENVIRONMENT not in [one.origin for one in open_key.candidates(given, b"")]


def sealed(passphrase: t.Optional[str] = FIRST, algorithm: str = "ES256", format: str = "pkcs8") -> bytes:
    return keys_read.private_pem(private(algorithm), format, passphrase.encode() if passphrase else None)


@pytest.mark.parametrize("origin", [decide.PASSPHRASE, decide.ENVIRONMENT, decide.PREVIOUS])
@pytest.mark.parametrize("format", ["pkcs8", "traditional"])
def test_what_opened_it_is_said(origin: str, format: str) -> None:
    tried = [Candidate(decide.PREVIOUS, SECOND.encode()), Candidate(origin, FIRST.encode())]
    opened = open_key.open_key(sealed(format=format), tried, "it")
    assert (opened.key.opened_by, opened.passphrase) == (origin, FIRST.encode())
    assert (opened.key.container, opened.key.encrypted) == (format, True)


def test_an_unencrypted_key_needs_none() -> None:
    opened = open_key.open_key(sealed(None), [Candidate(decide.PASSPHRASE, FIRST.encode())], "it")
    assert (opened.key.opened_by, opened.passphrase, opened.key.encrypted) == (decide.NONE, b"", False)


@pytest.mark.parametrize(
    ("tried", "sentence"),
    [
        ([], "it is encrypted, and no passphrase was given; give its passphrase in passphrase or, if "),
        (
            [Candidate(decide.PASSPHRASE, SECOND.encode())],
            r"it is encrypted, .* \(passphrase\); correct passphrase; or,",
        ),
        (
            [
                Candidate(decide.PASSPHRASE, SECOND.encode()),
                Candidate(decide.ENVIRONMENT, INSIDE),
                Candidate(decide.PREVIOUS, b"third passphrase"),
                Candidate(decide.PREVIOUS, b"fourth passphrase"),
            ],
            r"\(passphrase, the passphrase in the environment file, previous_passphrases\); correct passphrase; or,",
        ),
    ],
)
def test_where_nothing_opens_it_the_options_are_named(tried: t.List[Candidate], sentence: str) -> None:
    with pytest.raises(KeysmithError, match=sentence) as raised:
        open_key.open_key(sealed(), tried, "it")
    assert raised.value.__cause__ is None
    assert not any(one.passphrase.decode() in str(raised.value) for one in tried)


@pytest.mark.parametrize(
    ("published", "openings"),
    [
        (lambda key: [], 2),
        (lambda key: [key.pem.encode()], 1),
        (lambda key: [b"", jwk.render(dict(key.members))], 1),
        (lambda key: [key.pem.encode() + b"\n"], 2),
        (lambda key: [jwk.render(dict(key.members, n="AQAB"))], 2),
        (lambda key: [b"\xff\xfe"], 2),
    ],
)
def test_only_a_key_that_was_published_before_is_spared_the_full_check(
    published: t.Callable[[decide.FoundKey], t.List[bytes]], openings: int, monkeypatch: t.Any
) -> None:
    key = open_key.open_key(sealed(None, "RS256"), [], "it", trusted=True).key
    trusted = []
    read = keys_read.read_private
    monkeypatch.setattr(keys_read, "read_private", lambda *a, **k: (trusted.append(k["trusted"]), read(*a, **k))[1])
    open_key.open_key(sealed(None, "RS256"), [], "it", published(key))
    assert trusted == [True, False][:openings]


def test_a_key_that_was_opened_before_is_known_while_its_file_and_passphrase_are_the_same() -> None:
    content = sealed()
    opened = open_key.open_key(content, [Candidate(decide.PASSPHRASE, FIRST.encode())], "it")
    tried = [Candidate(decide.PASSPHRASE, SECOND.encode()), Candidate(decide.PREVIOUS, FIRST.encode())]
    again = open_key.again(content, tried, opened)
    assert again and again.private is opened.private and again.key.opened_by == decide.PREVIOUS
    assert again._replace(key=opened.key) == opened
    assert open_key.again(content, tried[:1], opened) is None and open_key.again(content, [], opened) is None
    assert open_key.again(sealed(), tried, opened) is None, "encrypted anew"
    assert open_key.again(content, tried, None) is None


def test_an_unencrypted_key_that_was_opened_before_needs_none() -> None:
    content = sealed(None)
    opened = open_key.open_key(content, [], "it")
    assert open_key.again(content, [Candidate(decide.PASSPHRASE, FIRST.encode())], opened) == opened


def test_no_secret_in_any_representation() -> None:
    candidate = Candidate(decide.PASSPHRASE, FIRST.encode())
    opened = open_key.open_key(sealed(), [candidate], "it")
    for shown in (repr(opened), str(opened), "%s" % (opened,), repr(candidate), repr([candidate])):
        assert FIRST not in shown and "PRIVATE" not in shown


def test_a_key_is_proved_to_sign_whenever_it_is_opened(monkeypatch: t.Any) -> None:
    def refuse(_private: t.Any, _public: t.Any) -> None:
        raise KeysmithError("it does not sign.")

    monkeypatch.setattr(keys_read, "prove", refuse)
    for trusted in (True, False):
        with pytest.raises(KeysmithError, match="^it does not sign"):
            open_key.open_key(sealed(None), [], "it", trusted=trusted)


def test_a_library_that_cannot_be_used_is_named_before_a_key_is_read(monkeypatch: t.Any) -> None:
    def missing() -> t.Any:
        raise MissingLibrary("The Python package cryptography is missing on this host.")

    monkeypatch.setattr(cryptography_keys, "_version", missing)
    for content in (sealed(), b"junk"):
        with pytest.raises(MissingLibrary):
            open_key.open_key(content, [], "it")
