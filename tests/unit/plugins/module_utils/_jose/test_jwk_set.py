# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_jwk_set: what a set takes in, merges and refuses."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk_set
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.public_facts import facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import named
from ansible_collections.keysmith.jwt.tests.unit.made_keys import private, rsa_numbers


def jwk(number: int, **more: t.Any) -> dict[str, t.Any]:
    """The public JWK of the key of that number."""
    members = facts(private("ES256", number).public_key()).members
    return dict(jose_jwk.build(members, named("ES256"), "key-%d" % number), **more)


A, B, C = jwk(1), jwk(2), jwk(3)
PRINT = {key["kid"]: jose_jwk.thumbprint(key) for key in (A, B, C)}


def keys(*jwks: dict[str, t.Any]) -> jwk_set.Keys:
    """The keys as the functions pass them on."""
    return jwk_set.merge(jwks)


@pytest.mark.parametrize(
    ("given", "result"),
    [
        ([], []),
        (A, [A]),
        ([A, B], [A, B]),
        ([B, A, B], [B, A]),
        ({"keys": [A, B]}, [A, B]),
        ([{"keys": [A]}, C, {"keys": [B, C]}], [A, C, B]),
        ([[A], [[B]]], [A, B]),
        ((A, B), [A, B]),
        ([dict(A, kid="first"), dict(A, kid="second", x5t="y")], [dict(A, kid="first", x5t="y")]),
    ],
)
def test_gather_takes_jwks_sets_and_lists_of_them(given: object, result: list[object]) -> None:
    assert list(jwk_set.gather(given, "jwks").values()) == result


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([A, [5]], "jwks[1][0]: a JWK is a dictionary, not an integer."),
        ([{"keys": [A, {"keys": []}]}], "jwks[0].keys[1]: the JWK's kty has to be one of"),
        ([{"keys": A}], "jwks[0]: keys of a JWK Set is a list, not a dictionary."),
        ([A, dict(B, d="AA")], "jwks[1]: the JWK holds private members (d)"),
        ([A, dict(B, kid="key-1")], "jwks: two different keys have the kid key-1;"),
        ([A, dict(B, kid=PRINT["key-1"]), dict(C, kid=PRINT["key-1"])], "two different keys have the kid %s...;"),
    ],
)
def test_gather_names_what_it_refuses(given: object, message: str) -> None:
    with pytest.raises(KeysmithError) as caught:
        jwk_set.gather(given, "jwks")
    assert message.replace("%s", PRINT["key-1"][:17]) in str(caught.value)


def test_keys_without_kid_do_not_collide() -> None:
    bare = [{name: value for name, value in key.items() if name != "kid"} for key in (A, B)]
    assert list(jwk_set.gather(bare, "jwks").values()) == bare


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        ([], [A], [A]),
        ([A, B], [B], [A, B]),
        ([A, B], [C, A], [A, B, C]),
        ([dict(A, x5c=["z"], kid="old"), B], [A], [dict(A, x5c=["z"]), B]),
    ],
)
def test_present_leaves_others_and_their_order(before: list[t.Any], wanted: list[t.Any], after: list[t.Any]) -> None:
    result = list(jwk_set.present(keys(*before), keys(*wanted), "path").values())
    assert result == after
    assert [list(entry) for entry in result[: len(before)]] == [list(entry) for entry in before]


def test_present_refuses_a_kid_that_another_key_has() -> None:
    with pytest.raises(KeysmithError, match="path: two different keys have the kid key-1"):
        jwk_set.present(keys(A), keys(dict(B, kid="key-1")), "path")


@pytest.mark.parametrize(
    ("wanted", "key_ids", "after"),
    [
        ([], [], [A, B, C]),
        ([B], [], [A, C]),
        ([], ["key-1", "key-9"], [B, C]),
        ([], [PRINT["key-3"]], [A, B]),
        ([A], ["key-2", PRINT["key-3"]], []),
        ([dict(B, kid="other")], [], [A, C]),
    ],
)
def test_absent_takes_out_by_thumbprint_and_by_kid(wanted: list[t.Any], key_ids: list[str], after: list[t.Any]) -> None:
    assert list(jwk_set.absent(keys(A, B, C), keys(*wanted), key_ids).values()) == after


@pytest.mark.parametrize("document", [{"keys": []}, {"keys": [A, B], "issuer": "x"}, A])
def test_parse_takes_what_it_renders(document: dict[str, t.Any]) -> None:
    parsed = jwk_set.parse(jose_jwk.render(document), "path: /x")
    assert parsed == document
    assert list(parsed) == list(document)


def test_parse_forgives_a_byte_order_mark() -> None:
    assert jwk_set.parse(b'\xef\xbb\xbf{"keys": []}', "path") == {"keys": []}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "is not JSON"),
        (b"root:x:0:0::/root:/bin/sh", "is not JSON"),
        (b'{"keys": [', "is not JSON"),
        (b'{"keys": []} x', "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b'{"keys":' * 200000, "is not JSON"),
        (b"[" * 200000, "is not JSON"),
        (b"[]", "neither a JWK Set nor a JWK"),
        (b'"keys"', "neither a JWK Set nor a JWK"),
        (b"{}", "neither a JWK Set nor a JWK"),
        (b'{"keys": [], "kty": "RSA"}', "neither a JWK Set nor a JWK"),
        (b'{"keys": [], "keys": []}', "a member is there twice"),
        (b'{"keys": [{"kty": "EC", "kty": "RSA"}]}', "a member is there twice"),
        (b'{"keys": [], "x": NaN}', "NaN and Infinity are not JSON"),
        (b'{"keys": [], "x": -Infinity}', "NaN and Infinity are not JSON"),
        (b'{"keys": [], "x": %s}' % (b"9" * 100000), "a number in it is too long"),
        (b" " * (jwk_set.MOST_OCTETS + 1), "is larger than 16777216 bytes"),
    ],
)
def test_parse_refuses_in_one_sentence(text: bytes, message: str) -> None:
    with pytest.raises(KeysmithError) as caught:
        jwk_set.parse(text, "path: /x")
    assert str(caught.value).startswith("path: /x")
    assert message in str(caught.value)
    # The parser's own error holds the text.
    assert caught.value.__context__ is None


def test_keys_that_are_there_may_be_weak_but_not_private() -> None:
    weak = {"kty": "RSA", "n": "Ag", "e": "Aw"}
    assert list(jwk_set.kept({"keys": [weak]}, "path").values()) == [weak]
    with pytest.raises(KeysmithError, match=r"path\.keys\[1\]: the JWK holds private members \(d\)"):
        jwk_set.kept({"keys": [weak, dict(A, d="AA")]}, "path")


def test_a_shared_prime_is_found_among_new_keys_and_against_old_ones() -> None:
    p, r = rsa_numbers(0)[3], rsa_numbers(1)[3]
    one, other = (
        {"kty": "RSA", "n": jose_jwk.base64url_uint(n), "e": "AQAB", "kid": kid}
        for n, kid in ((rsa_numbers(0)[0], "one"), (p * r, "other"))
    )
    for new, known in (([one, A, other], []), ([one], [A, other]), ([other], [one])):
        with pytest.raises(KeysmithError) as caught:
            jwk_set.check_primes(keys(*new), keys(*known), "jwks")
        assert "share a prime" in str(caught.value)
        assert "one" in str(caught.value)
        assert "other" in str(caught.value)
    jwk_set.check_primes(keys(A), keys(one, other), "jwks")
    jwk_set.check_primes(keys(one), keys(one, A), "jwks")


def test_numbers_survive_a_round_trip() -> None:
    text = json.dumps({"keys": [dict(A, exp=1700000000, x=A["x"], f=1.5, b=True, n=None)]}).encode()
    assert jwk_set.parse(text, "path") == json.loads(text)


def test_the_thumbprint_of_another_key_is_no_kid() -> None:
    bare = {name: value for name, value in A.items() if name != "kid"}
    with pytest.raises(KeysmithError, match="two different keys"):
        jwk_set.gather([bare, dict(B, kid=jose_jwk.thumbprint(bare))], "jwks")


def test_a_long_kid_is_not_shown() -> None:
    p, q = rsa_numbers()[3:5]
    numbers = ((p * q, "a"), (p * rsa_numbers(1)[3], "b"))
    jwks = [{"kty": "RSA", "n": jose_jwk.base64url_uint(n), "e": "AQAB", "kid": kid * 21} for n, kid in numbers]
    with pytest.raises(KeysmithError) as raised:
        jwk_set.check_primes(jwk_set.merge(jwks), {}, "jwks")
    assert "a" * 20 in str(raised.value) and "a" * 21 not in str(raised.value)


def test_a_jwk_with_a_member_keys_is_a_jwk() -> None:
    jwk = dict(A, keys=[B])
    assert list(jwk_set.gather(jwk, "jwks").values()) == [jwk]
