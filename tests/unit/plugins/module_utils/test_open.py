# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which passphrases are tried, what is opened, and what is said where nothing opens it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils import _jwk, _keys, _library, _open, _plan, _proof
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, MissingLibrary
from ansible_collections.keysmith.jwt.plugins.module_utils._open import Candidate
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, SECOND, wanted
from ansible_collections.keysmith.jwt.tests.unit.made_keys import private

PATH, ENV = "/etc/orders/private.key", [{"path": "/etc/orders/env"}]
INSIDE = b"inside the file of settings"


@pytest.mark.parametrize(
    ("options", "origins"),
    [
        ({}, []),
        ({"passphrase": FIRST}, [_plan.PASSPHRASE, _plan.ENVIRONMENT]),
        ({"passphrase": ""}, [_plan.ENVIRONMENT]),
        ({"generate_passphrase": True}, [_plan.ENVIRONMENT]),
        ({"previous_passphrases": [SECOND]}, [_plan.PREVIOUS]),
        (
            {"passphrase": FIRST, "previous_passphrases": [SECOND, "third passphrase"]},
            [_plan.PASSPHRASE, _plan.ENVIRONMENT, _plan.PREVIOUS, _plan.PREVIOUS],
        ),
    ],
)
def test_the_passphrases_that_are_tried_and_their_order(options: t.Dict[str, t.Any], origins: t.List[str]) -> None:
    given = wanted(PATH, environment=ENV, **options)
    assert [one.origin for one in _open.candidates(given, INSIDE)] == origins
    assert _plan.ENVIRONMENT not in [one.origin for one in _open.candidates(given, b"")]


def sealed(passphrase: t.Optional[str] = FIRST, algorithm: str = "ES256", format: str = "pkcs8") -> bytes:
    return _keys.private_pem(private(algorithm), format, passphrase.encode() if passphrase else None)


@pytest.mark.parametrize("origin", [_plan.PASSPHRASE, _plan.ENVIRONMENT, _plan.PREVIOUS])
@pytest.mark.parametrize("format", ["pkcs8", "traditional"])
def test_what_opened_it_is_said(origin: str, format: str) -> None:
    tried = [Candidate(_plan.PREVIOUS, SECOND.encode()), Candidate(origin, FIRST.encode())]
    opened = _open.open_key(sealed(format=format), tried, "it")
    assert (opened.key.opened_by, opened.passphrase, opened.proved) == (origin, FIRST.encode(), False)
    assert (opened.key.container, opened.key.encrypted) == (format, True)


def test_an_unencrypted_key_needs_none() -> None:
    opened = _open.open_key(sealed(None), [Candidate(_plan.PASSPHRASE, FIRST.encode())], "it")
    assert (opened.key.opened_by, opened.passphrase, opened.key.encrypted) == (_plan.NONE, b"", False)


@pytest.mark.parametrize(
    ("tried", "sentence"),
    [
        ([], "it is encrypted, and no passphrase was given; give the one that it has in passphrase, or in "),
        ([Candidate(_plan.PASSPHRASE, SECOND.encode())], r"it is encrypted, .* \(passphrase\); give"),
        (
            [
                Candidate(_plan.PASSPHRASE, SECOND.encode()),
                Candidate(_plan.ENVIRONMENT, INSIDE),
                Candidate(_plan.PREVIOUS, b"third passphrase"),
                Candidate(_plan.PREVIOUS, b"fourth passphrase"),
            ],
            r"\(passphrase, the passphrase in the environment file, previous_passphrases\); give",
        ),
    ],
)
def test_where_nothing_opens_it_the_options_are_named(tried: t.List[Candidate], sentence: str) -> None:
    with pytest.raises(KeysmithError, match=sentence) as raised:
        _open.open_key(sealed(), tried, "it")
    assert raised.value.__cause__ is None
    assert not any(one.passphrase.decode() in str(raised.value) for one in tried)


@pytest.mark.parametrize(
    ("published", "openings"),
    [
        (lambda key: [], 2),
        (lambda key: [key.pem.encode()], 1),
        (lambda key: [b"", _jwk.render(dict(key.members))], 1),
        (lambda key: [key.pem.encode() + b"\n"], 2),
        (lambda key: [_jwk.render(dict(key.members, n="AQAB"))], 2),
        (lambda key: [b"\xff\xfe"], 2),
    ],
)
def test_only_a_key_that_was_published_before_is_spared_the_full_check(
    published: t.Callable[[_plan.FoundKey], t.List[bytes]], openings: int, monkeypatch: t.Any
) -> None:
    key = _open.open_key(sealed(None, "RS256"), [], "it", trusted=True).key
    trusted = []
    read = _keys.read_private
    monkeypatch.setattr(_keys, "read_private", lambda *a, **k: (trusted.append(k["trusted"]), read(*a, **k))[1])
    _open.open_key(sealed(None, "RS256"), [], "it", published(key))
    assert trusted == [True, False][:openings]


def test_a_proof_is_enough_until_the_key_itself_is_needed(monkeypatch: t.Any) -> None:
    opened = _open.open_key(sealed(), [Candidate(_plan.PASSPHRASE, FIRST.encode())], "it")
    again = opened._replace(private=None, proved=True)
    numbers = _open.private_of(again).private_numbers()
    assert numbers == private("ES256").private_numbers()
    assert _open.private_of(opened) is opened.private


def test_facts_of_a_proof_make_the_same_key() -> None:
    key = _open.open_key(sealed(), [Candidate(_plan.PREVIOUS, FIRST.encode())], "it").key
    assert _plan.FoundKey(opened_by=key.opened_by, **_open.proof_facts(key)) == key


@pytest.mark.parametrize("record", [b"{}", b"junk"])
def test_without_a_good_proof_it_is_opened(record: bytes) -> None:
    assert _open.by_proof(sealed(), [Candidate(_plan.PASSPHRASE, FIRST.encode())], [record]) is None
    assert _open.by_proof(sealed(), [], []) is None


def test_no_secret_in_any_representation() -> None:
    candidate = Candidate(_plan.PASSPHRASE, FIRST.encode())
    opened = _open.open_key(sealed(), [candidate], "it")
    for shown in (repr(opened), str(opened), "%s" % (opened,), repr(candidate), repr([candidate])):
        assert FIRST not in shown and "PRIVATE" not in shown


def test_a_key_is_proved_to_sign_whenever_it_is_opened(monkeypatch: t.Any) -> None:
    def refuse(_private: t.Any, _public: t.Any) -> None:
        raise KeysmithError("it does not sign.")

    monkeypatch.setattr(_keys, "prove", refuse)
    for trusted in (True, False):
        with pytest.raises(KeysmithError, match="^it does not sign"):
            _open.open_key(sealed(None), [], "it", trusted=trusted)


def test_a_library_that_cannot_be_used_is_named_before_a_key_is_read(monkeypatch: t.Any) -> None:
    def missing() -> t.Any:
        raise MissingLibrary("The Python package cryptography is missing on this host.")

    monkeypatch.setattr(_library, "_version", missing)
    for content in (sealed(), b"junk"):
        with pytest.raises(MissingLibrary):
            _open.open_key(content, [], "it")


def test_a_proof_of_other_facts_is_none(monkeypatch: t.Any) -> None:
    """Such as another version of the collection left."""
    monkeypatch.setattr(_proof, "facts_of", lambda *_given: {"members": {}, "colour": "red"})
    assert _open.by_proof(sealed(None), [], [b"a record"]) is None
