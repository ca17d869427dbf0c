# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a set takes in, keeps, merges and refuses."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import json_text, jwk_set
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.jwk_checks import check_public
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.public_facts import facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import named
from ansible_collections.keysmith.jwt.tests.unit.made_keys import private, rsa_numbers


def jwk(number: int, **more: t.Any) -> dict[str, t.Any]:
    """The public JWK of the key of that number."""
    members = facts(private("ES256", number).public_key()).members
    return dict(jose_jwk.build(members, named("ES256"), "key-%d" % number), **more)


A, B, C = jwk(1), jwk(2), jwk(3)
PRINT = {key["kid"]: jose_jwk.thumbprint(key) for key in (A, B, C)}


def entries(*jwks: t.Any) -> list[jwk_set.Entry]:
    """New entries, as they are given."""
    return jwk_set.given(list(jwks), "jwks")


def held(*jwks: t.Any) -> list[jwk_set.Entry]:
    """The entries of a file that is there."""
    return jwk_set.held({"keys": list(jwks)}, "path: /x")


def jwks(result: t.Iterable[jwk_set.Entry]) -> list[t.Any]:
    """What the entries say."""
    return [entry.jwk for entry in result]


OTHER_KID, OTHER_ALG = dict(A, kid="older"), dict(A, alg="ES256-of-others")
BARE = {name: value for name, value in A.items() if name not in ("kid", "alg")}
#: What stays in a file, whoever wrote it: unknown, weak, damaged, with another spelling, or no JWK at all.
STRANGE: list[t.Any] = [
    {"kty": "XYZ", "kid": "of-tomorrow", "nested": {"deep": [1, 2.50, None]}},
    {"kty": "RSA", "n": "Ag", "e": "Aw", "kid": "weak"},
    {"kty": "RSA", "n": "AA", "e": "AQAB", "kid": "nothing"},
    {"kty": "EC", "crv": "P-224", "x": "AA", "y": "AA"},
    dict(B, use="enc", alg="ES256", kid="contradiction"),
    dict(C, kid=7),
    json_text.Repeated(dict(A, kid="twice")),
    {"kid": "no kty"},
    None,
    "text",
    dict(C, kid=[7]),
    dict(C, kid="listed", alg={"a": []}),
]


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
        ([dict(A, x5t="x"), dict(A, x5t="y", x5u="z")], [dict(A, x5t="x", x5u="z")]),
        # One key under two kids, or for two algorithms, is two entries.
        ([A, OTHER_KID], [A, OTHER_KID]),
        ([A, OTHER_ALG, A], [A, OTHER_ALG]),
        ([BARE, A], [BARE, A]),
    ],
)
def test_jwks_sets_and_lists_of_them_are_taken(given: object, result: list[object]) -> None:
    assert jwks(jwk_set.unite(jwk_set.given(given, "jwks"))) == result


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([A, [5]], "jwks[1][0]: a JWK has to be a dictionary, but this is an integer."),
        ([{"keys": [A, {"keys": []}]}], "jwks[0].keys[1]: the JWK's kty has to be one of"),
        ([{"keys": A}], "jwks[0]: keys of a JWK Set has to be a list, but is a dictionary."),
        ([A, dict(B, d="AA")], "jwks[1] (kid key-2): the JWK holds private members (d)"),
        ([A, dict(B, kid="key-1")], "jwks[0] and jwks[1]: two different keys have the kid key-1;"),
        ([A, dict(B, kid="x" * 50), dict(C, kid="x" * 50)], "two different keys have the kid %s...;" % ("x" * 40)),
        ([BARE, dict(B, kid=PRINT["key-1"])], "two different keys have the kid %s;" % PRINT["key-1"]),
        (
            [dict(BARE, use="enc"), {"kty": "EC", **BARE, "key_ops": ["verify"], "use": "sig"}],
            "jwks[0]: the JWK's key_ops names an operation that is not for use enc",
        ),
    ],
)
def test_what_is_refused_is_named(given: object, message: str) -> None:
    with pytest.raises(KeysmithError) as caught:
        jwk_set.unite(jwk_set.given(given, "jwks"))
    assert message in str(caught.value)


def test_keys_without_kid_do_not_collide() -> None:
    bare = [{name: value for name, value in key.items() if name != "kid"} for key in (A, B)]
    assert jwks(jwk_set.unite(entries(*bare))) == bare


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        ([], [A], [A]),
        ([A, B], [B], [A, B]),
        ([A, B], [C, A], [A, B, C]),
        ([dict(A, x5c=["z"]), B], [A], [dict(A, x5c=["z"]), B]),
        ([dict(A, use="enc", key_ops=[]), B], [dict(A, use="sig")], [dict(A, use="sig", key_ops=[]), B]),
        # Another kid, another alg or none: other entries, which stay.
        ([OTHER_KID], [A], [OTHER_KID, A]),
        ([OTHER_ALG, B], [A], [OTHER_ALG, B, A]),
        ([BARE], [A], [BARE, A]),
        ([OTHER_KID, A], [A], [OTHER_KID, A]),
        # What a JWK does not say may be anything.
        ([OTHER_KID, A], [BARE], [OTHER_KID, A]),
        ([B], [BARE], [B, BARE]),
        ([OTHER_KID, A], [dict(BARE, use="sig", x5t="t")], [dict(OTHER_KID, x5t="t"), dict(A, x5t="t")]),
        # The same twice is somebody's, too.
        ([A, A], [A], [A, A]),
        (STRANGE, [A], [*STRANGE, A]),
        ([*STRANGE, A], [B], [*STRANGE, A, B]),
    ],
)
def test_present_leaves_others_and_their_order(before: list[t.Any], wanted: list[t.Any], after: list[t.Any]) -> None:
    there = held(*before)
    result = jwk_set.present(there, entries(*wanted))
    assert jwks(result) == after
    assert [list(entry) for entry in jwks(result)[: len(before)] if entry] == [
        list(e) for e in after[: len(before)] if e
    ]
    assert [entry.is_kept for entry in result] == [entry in before for entry in after]
    assert not jwk_set.removed(there, result)
    again = held(*after)
    assert jwk_set.present(again, entries(*wanted)) == again


def test_a_key_that_is_spelt_in_another_way_is_the_same_key() -> None:
    n, e = rsa_numbers()[:2]
    padded = {"kty": "RSA", "n": jose_jwk.base64url(b"\0" + n.to_bytes(256, "big")), "e": "AAEAAQ==", "kid": "a"}
    plain = {"kty": "RSA", "n": jose_jwk.base64url_uint(n), "e": jose_jwk.base64url_uint(e), "kid": "a"}
    (result,) = jwk_set.present(held(padded), entries(plain))
    assert result.jwk == plain and result.is_changed
    assert jwk_set.absent(held(padded), entries(plain), ()) == []
    with pytest.raises(KeysmithError, match=r"jwks\[0\] \(kid a\): the JWK's e is not base64url"):
        entries(padded)


def test_present_refuses_a_kid_that_another_key_has() -> None:
    for before in (A, dict(STRANGE[0], kid="key-1"), {"kid": "key-1"}):
        with pytest.raises(
            KeysmithError, match=r"jwks\[0\] and path: /x: keys\[1\]: two different keys have the kid key"
        ):
            jwk_set.present(held(C, before), entries(dict(B, kid="key-1")))


def test_others_may_have_one_kid_for_two_keys() -> None:
    before = [A, dict(B, kid="key-1")]
    assert jwks(jwk_set.present(held(*before), entries(C))) == [*before, C]
    assert jwks(jwk_set.present(held(*before), entries(A))) == before


def test_members_that_come_together_agree() -> None:
    before = dict(BARE, kid="a", alg="ECDH-ES", use="enc")
    with pytest.raises(KeysmithError, match=r"path: /x: keys\[0\] \(kid a\): the JWK says use sig beside alg ECDH-ES"):
        jwk_set.present(held(before), entries(dict(BARE, kid="a", use="sig")))


@pytest.mark.parametrize(
    ("wanted", "key_ids", "stays"),
    [
        ([], ["older"], [A, OTHER_ALG, BARE]),
        # One kid for two algorithms is the kid of both.
        ([], ["key-1"], [OTHER_KID, BARE]),
        # A thumbprint is the kid of an entry that has none, not of the key's other entries.
        ([], [PRINT["key-1"]], [OTHER_KID, A, OTHER_ALG]),
        ([A], [], [OTHER_KID, OTHER_ALG, BARE]),
        ([dict(BARE, kid="key-1")], [], [OTHER_KID, BARE]),
        ([dict(BARE, alg="ES256")], [], [OTHER_ALG, BARE]),
    ],
)
def test_absent_takes_out_nothing_else(wanted: list[t.Any], key_ids: list[str], stays: list[t.Any]) -> None:
    before = held(OTHER_KID, A, OTHER_ALG, BARE, *STRANGE)
    after = jwk_set.absent(before, entries(*wanted), key_ids)
    assert jwks(after) == [*stays, *STRANGE]
    gone = jwk_set.removed(before, after)
    assert sorted(entry.at for entry in [*gone, *after]) == list(range(len(before)))


def test_what_we_would_not_publish_can_be_taken_out() -> None:
    before = held(A, *STRANGE)
    given = jwk_set.given([jwk for jwk in STRANGE if isinstance(jwk, dict)], "jwks", check=check_public)
    assert jwks(jwk_set.absent(before, given, ())) == [A, STRANGE[6], None, "text"]
    assert (
        len(jwk_set.absent(before, (), {"of-tomorrow", "weak", "contradiction", "twice", "no kty"})) == len(before) - 5
    )


def test_exact_keeps_what_says_the_same() -> None:
    before = held(dict(reversed(list(A.items()))), OTHER_KID, *STRANGE, B, C)
    after = jwk_set.exact(before, entries(C, A, A))
    assert [entry.at for entry in after] == [len(before) - 1, 0, -1]
    assert [entry.at for entry in jwk_set.removed(before, after)] == list(range(1, len(before) - 1))


def test_an_entry_with_other_members_is_changed_not_removed() -> None:
    before = held(dict(A, x5c=["z"]), B)
    assert jwk_set.removed(before, jwk_set.exact(before, entries(A, B))) == []
    assert jwks(jwk_set.removed(before, jwk_set.exact(before, entries(OTHER_KID)))) == [dict(A, x5c=["z"]), B]


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
        (b'{"keys":' * 200000, "is nested too deeply"),
        (b"[" * 200000, "is nested too deeply"),
        (b"[]", "neither a JWK Set nor a JWK"),
        (b'"keys"', "neither a JWK Set nor a JWK"),
        (b"{}", "neither a JWK Set nor a JWK"),
        (b'{"keys": [], "kty": "RSA"}', "neither a JWK Set nor a JWK"),
        (b'{"keys": [], "keys": []}', "a member occurs twice"),
        (b'{"keys": [], "x": NaN}', "holds NaN or Infinity"),
        (b'{"keys": [], "x": -Infinity}', "holds NaN or Infinity"),
        (b" " * (jwk_set.MOST_OCTETS + 1), "is larger than 67108864 bytes"),
    ],
)
def test_parse_refuses_in_one_sentence(text: bytes, message: str) -> None:
    with pytest.raises(KeysmithError) as caught:
        jwk_set.parse(text, "path: /x")
    assert str(caught.value).startswith("path: /x")
    assert message in str(caught.value)
    # The parser's own error holds the text.
    assert caught.value.__context__ is None or caught.value.__context__.__context__ is None


def test_keys_that_are_there_may_be_anything_but_private() -> None:
    assert jwks(held(*STRANGE)) == STRANGE
    with pytest.raises(
        KeysmithError, match=r"path: /x: keys\[1\] \(kid key-1\): this is a private or symmetric key \(d\)"
    ):
        held(STRANGE[1], dict(A, d="AA"))


def rsa(n: int, kid: str, **more: str) -> dict[str, str]:
    """A public JWK with that modulus."""
    return {"kty": "RSA", "n": jose_jwk.base64url_uint(n), "e": "AQAB", "kid": kid, **more}


def test_a_shared_prime_is_found_among_new_keys_and_against_old_ones() -> None:
    p, r = rsa_numbers(0)[3], rsa_numbers(1)[3]
    one, other = rsa(rsa_numbers(0)[0], "one"), rsa(p * r, "other")
    for new, known in (([one, A, other], []), ([one], [A, other]), ([other], [one])):
        with pytest.raises(KeysmithError) as caught:
            jwk_set.check_primes(entries(*new), held(*known))
        assert "share a prime" in str(caught.value)
        assert "(kid one)" in str(caught.value)
        assert "(kid other)" in str(caught.value)
    jwk_set.check_primes(entries(A), held(one, other))
    jwk_set.check_primes(entries(one), held(one, A, *STRANGE))


def test_one_key_under_two_kids_shares_nothing_with_itself() -> None:
    n = rsa_numbers()[0]
    jwk_set.check_primes(entries(rsa(n, "one"), rsa(n, "two")), held(rsa(n, "three")))
    with pytest.raises(KeysmithError, match="share a prime"):
        jwk_set.check_primes(entries(rsa(n, "one")), held(rsa(n, "two", e="AQAD")))


def test_numbers_survive_a_round_trip() -> None:
    text = json.dumps({"keys": [dict(A, exp=1700000000, x=A["x"], f=1.5, b=True, n=None)]}).encode()
    assert jwk_set.parse(text, "path") == json.loads(text)


def test_a_long_kid_is_not_shown() -> None:
    p, q = rsa_numbers()[3:5]
    with pytest.raises(KeysmithError) as raised:
        jwk_set.check_primes(entries(rsa(p * q, "a" * 44), rsa(p * rsa_numbers(1)[3], "b" * 44)), ())
    assert "a" * 40 in str(raised.value) and "a" * 41 not in str(raised.value)


def test_a_jwk_with_a_member_keys_is_a_jwk() -> None:
    jwk = dict(A, keys=[B])
    assert jwks(entries(jwk)) == [jwk]
