# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a set: ours as we write it, that of others as it stands."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import json_text, jwk_set
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.set_text import render
from ansible_collections.keysmith.jwt.tests.unit.plugins.module_utils._jose.test_jwk_set import A, B, C, entries, held

LONG = "9" * 5000
#: Entries of others, as their programs may have written them.
FOREIGN = [
    '{"kty":"XYZ","kid":"\\u0061\\/b","n":%s,"e":1E400,"f":0.10000000000000000555,"g":-0.0}' % LONG,
    '{ "kid" : "\u00fc\\ud83d\\udd11\U0001f511" , "kty" : "OKP" }',
    '{"b":1,"a":2,"b":3}',
    '{\r\n\t"kty":\t"RSA",\r\n\t"n": "Ag==", "x": [1,\t{"y":"]}"}]\r\n}',
    "null",
    '"]"',
    "[ ]",
    "-1.50e+07",
]


def file(*parts: str, frame: str = '{"keys":[%s]}') -> bytes:
    """A file as somebody else may have written it."""
    return (frame % " ,".join(parts)).encode()


def test_a_new_set_is_what_json_dumps_makes_of_it() -> None:
    for jwks in ([], [A], [A, B], [dict(A, x5c=["z", {"a": [1]}], f=1, u="\u00fc"), B]):
        assert render(entries(*jwks)) == jose_jwk.render({"keys": jwks})


@pytest.mark.parametrize(
    "frame",
    [
        '{"keys":[%s]}',
        '\ufeff{\n "issuer" : "https:\\/\\/x", "keys" :\t[ %s\n\n] , "version": 3.10\n}\n\n',
        '{"a":{"keys":[{"kty":"RSA"}]},"\\u006beys":[%s],"b":[[]]}',
    ],
)
def test_entries_of_others_stay_byte_for_byte(frame: str) -> None:
    before = file(*FOREIGN, json.dumps(A), frame=frame)
    there = jwk_set.held(jwk_set.parse(before, "path"), "path")
    for after in (
        jwk_set.present(there, entries(B)),
        jwk_set.present(there, entries(dict(A, use="sig", x5t="t"))),
        jwk_set.absent(there, (), ["key-1"]),
    ):
        text = render(after, before)
        spans = stands(text.decode())
        assert [span.of(text.decode()) for span in spans][: len(FOREIGN)] == FOREIGN
        parsed = jwk_set.parse(text, "path")
        assert all(
            json_text.same(value, entry.jwk) for value, entry in zip(parsed["keys"], after) if not entry.is_changed
        )
        old = jwk_set.parse(before, "path")
        assert {name: value for name, value in parsed.items() if name != "keys"} == {
            name: value for name, value in old.items() if name != "keys"
        }
        assert list(parsed) == list(old)


def stands(text: str) -> list[json_text.Span]:
    """Where the entries of a set stand."""
    (keys,) = (member for member in json_text.members(text, json_text.begin(text)) if member.name == "keys")
    return json_text.items(text, keys.span.start)


def test_members_of_the_set_keep_their_text() -> None:
    before = b'{"version": 3.10, "keys": [], "issuer":"https:\\/\\/x"}'
    assert render(entries(A), before) == (
        b'{\n  "version": 3.10,\n  "keys": [\n    %s\n  ],\n  "issuer": "https:\\/\\/x"\n}\n'
        % json.dumps(A, indent=2).replace("\n", "\n    ").encode()
    )


def test_of_an_entry_that_is_changed_the_other_members_stay() -> None:
    own = '{ "kty":"EC" , "use":"enc","n":1.50, "crv":"P-256","x":"%s","y":"%s", "kid":"key-1", "alg":"ES256" }' % (
        A["x"],
        A["y"],
    )
    own = own.replace('"use":"enc",', '"key_ops":["verify"],')
    before = file(own)
    after = jwk_set.present(held_of(before), entries(dict(A, key_ops=["sign", "verify"], x5t="t")))
    expected = own.replace('["verify"]', '["sign", "verify"]').replace(
        '"alg":"ES256" }', '"alg":"ES256", "use": "sig", "x5t": "t" }'
    )
    text = render(after, before).decode()
    assert stands(text)[0].of(text) == expected
    again = text.encode()
    assert all(entry.is_kept for entry in jwk_set.present(held_of(again), entries(dict(A, x5t="t"))))


def held_of(text: bytes) -> list[jwk_set.Entry]:
    """The entries of a file."""
    return jwk_set.held(jwk_set.parse(text, "path"), "path")


def test_the_order_is_that_of_the_entries() -> None:
    before = file(json.dumps(A), FOREIGN[0], json.dumps(B))
    there = held_of(before)
    text = render([there[2], *entries(C), there[0]], before).decode()
    assert [json.loads(span.of(text)) for span in stands(text)] == [B, C, A]
    assert held(B, C, A)[1].jwk == C


def test_an_entry_with_one_member_can_be_changed() -> None:
    entry = held_of(b'{"keys": [{"a":1}]}')[0]._replace(jwk={"a": 1, "b": "c"}, is_changed=True)
    assert b'{"a":1, "b": "c"}' in render([entry], b'{"keys": [{"a":1}]}')


def test_what_is_written_is_what_was_meant() -> None:
    jwk: dict[str, t.Any] = dict(A, **{"\u00fc\n": "\ud800", "z": [True, None, -1.5e300]})
    assert json.loads(render(entries(jwk))) == {"keys": [jwk]}
