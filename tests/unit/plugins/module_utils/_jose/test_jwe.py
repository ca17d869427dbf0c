# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key on its way: what only its recipient opens, and jwcrypto reads as the JWE that it is."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwe as jose_jwe
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk

SECRET = b"-----BEGIN PRIVATE KEY-----\ncanary in the mine\n-----END PRIVATE KEY-----\n"
NAME = "orders/v1"


def sealed_for(recipient: bytes, secret: bytes = SECRET, name: str = NAME) -> str:
    return jose_jwe.seal(secret, jose_jwe.public_of(recipient), name)


@pytest.mark.parametrize("secret", [b"", b"x", SECRET, SECRET * 150])
def test_only_the_recipient_opens_it(secret: bytes) -> None:
    recipient, other = jose_jwe.new_recipient(), jose_jwe.new_recipient()
    text = sealed_for(recipient, secret)
    assert jose_jwe.open(text, recipient, NAME) == secret
    with pytest.raises(KeysmithError, match="^sealed: orders/v1: is not for this host"):
        jose_jwe.open(text, other, NAME)


def test_it_opens_as_what_it_was_sealed_for_alone() -> None:
    recipient = jose_jwe.new_recipient()
    with pytest.raises(KeysmithError, match="^sealed: orders/v2: is not for this host"):
        jose_jwe.open(sealed_for(recipient), recipient, "orders/v2")


def test_nothing_of_the_secret_shows_and_no_two_are_alike() -> None:
    recipient = jose_jwe.new_recipient()
    first, second = sealed_for(recipient), sealed_for(recipient)
    octets = [base64.urlsafe_b64decode(part + "===") for text in (first, second) for part in text.split(".")]
    assert not any(b"canary" in one for one in octets)
    assert [one != other for one, other in zip(first.split("."), second.split("."))] == [True, False, True, True, True]


def test_whatever_is_changed_on_the_way_is_refused() -> None:
    recipient = jose_jwe.new_recipient()
    text = sealed_for(recipient)
    for at in range(0, len(text), 7):
        changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        with pytest.raises(KeysmithError, match="^sealed: "):
            jose_jwe.open(changed, recipient, NAME)


@pytest.mark.parametrize("text", [None, 7, "", ".", "....", "a.b.c.d.e", "x" * 70000, "é....", ["."], {"a": 1}])
def test_what_is_no_jwe_is_refused(text: t.Any) -> None:
    with pytest.raises(KeysmithError, match="^sealed: orders/v1: is not for this host"):
        jose_jwe.open(text, jose_jwe.new_recipient(), NAME)


JWK = jose_jwe.public_of(b"\1" * 32)


@pytest.mark.parametrize(
    "recipient",
    [
        None,
        "text",
        {},
        {**JWK, "d": "AQ"},
        {**JWK, "crv": "P-384"},
        {**JWK, "x": JWK["y"]},
        {**JWK, "x": "A" + JWK["x"][1:], "y": JWK["x"]},
        {**JWK, "x": JWK["x"] + "="},
        {**JWK, "x": JWK["x"][:-2]},
        {**JWK, "y": 7},
    ],
)
def test_what_cannot_receive_is_refused(recipient: t.Any) -> None:
    with pytest.raises(KeysmithError, match="^recipients: orders/v1: has to be a P-256 public JWK"):
        jose_jwe.seal(SECRET, recipient, NAME)


def test_jwcrypto_opens_what_we_seal_and_we_open_what_it_seals() -> None:
    jwe, jwk = pytest.importorskip("jwcrypto.jwe"), pytest.importorskip("jwcrypto.jwk")
    recipient = jose_jwe.new_recipient()
    private = jwk.JWK(**jose_jwe.public_of(recipient), d=jose_jwk.base64url(recipient))
    theirs = jwe.JWE()
    theirs.deserialize(sealed_for(recipient), private)
    assert theirs.payload == SECRET
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "apv": jose_jwk.base64url(NAME.encode())}
    made = jwe.JWE(SECRET, protected=json.dumps(header))
    made.add_recipient(jwk.JWK(**jose_jwe.public_of(recipient)))
    assert jose_jwe.open(made.serialize(compact=True), recipient, NAME) == SECRET


@pytest.mark.parametrize(("at", "part"), [(0, jose_jwk.base64url(b"[1]")), (1, "AA")])
def test_a_part_that_we_do_not_write_is_refused(at: int, part: str) -> None:
    recipient = jose_jwe.new_recipient()
    parts = sealed_for(recipient).split(".")
    parts[at] = part
    with pytest.raises(KeysmithError, match="^sealed: "):
        jose_jwe.open(".".join(parts), recipient, NAME)


def test_too_much_is_refused() -> None:
    recipient = jose_jwe.new_recipient()
    with pytest.raises(KeysmithError, match="^sealed: "):
        jose_jwe.open(sealed_for(recipient, bytes(64 * 1024)), recipient, NAME)


@pytest.mark.parametrize("width", [31, 33])
def test_a_recipient_key_has_its_width(width: int) -> None:
    with pytest.raises(jose_jwe._Malformed):
        jose_jwe.public_of(b"\1" * width)


def test_a_header_without_a_key_is_refused() -> None:
    recipient = jose_jwe.new_recipient()
    protected, *rest = sealed_for(recipient).split(".")
    header = json.loads(base64.urlsafe_b64decode(protected + "==="))
    del header["epk"]
    text = ".".join([jose_jwk.base64url(json.dumps(header).encode()), *rest])
    with pytest.raises(KeysmithError, match="^sealed: orders/v1: is not for this host"):
        jose_jwe.open(text, recipient, NAME)


def test_nothing_but_our_own_header_is_opened(monkeypatch: t.Any) -> None:
    recipient = jose_jwe.new_recipient()
    public = jose_jwe.public_of(recipient)
    with monkeypatch.context() as patch:
        patch.setitem(jose_jwe._HEADER, "zip", "DEF")
        sealed = jose_jwe.seal(b"secret", public, "orders/v1")
    with pytest.raises(KeysmithError, match="is not for this host"):
        jose_jwe.open(sealed, recipient, "orders/v1")


def test_the_tag_is_as_long_as_it_is_to_be() -> None:
    recipient = jose_jwe.new_recipient()
    parts = jose_jwe.seal(b"secret", jose_jwe.public_of(recipient), "orders/v1").split(".")
    content, tag = jose_jwe._octets(parts[3]), jose_jwe._octets(parts[4])
    parts[3:] = [jose_jwk.base64url(content + tag[:1]), jose_jwk.base64url(tag[1:])]
    with pytest.raises(KeysmithError, match="is not for this host"):
        jose_jwe.open(".".join(parts), recipient, "orders/v1")


def test_a_point_of_odd_halves_is_none() -> None:
    public = jose_jwe.public_of(jose_jwe.new_recipient())
    x, y = jose_jwe._octets(public["x"]), jose_jwe._octets(public["y"])
    odd = dict(public, x=jose_jwk.base64url(x[:-1]), y=jose_jwk.base64url(x[-1:] + y))
    with pytest.raises(KeysmithError):
        jose_jwe.seal(b"secret", odd, "orders/v1")


@pytest.mark.parametrize("octets", [b"[" * 40000, b'{"alg":' * 5000, b"1" * 30000])
def test_a_header_that_is_made_to_harm_is_not_what_was_sealed(octets: bytes) -> None:
    with pytest.raises(KeysmithError, match="^sealed: name: is not for this host"):
        jose_jwe.open("%s...." % jose_jwk.base64url(octets), jose_jwe.new_recipient(), "name")


@pytest.mark.parametrize("number", [0, 2**256 - 1])
def test_not_every_number_is_a_recipient(number: int) -> None:
    assert not jose_jwe.is_recipient(number.to_bytes(32, "big"))
    assert jose_jwe.is_recipient(jose_jwe.new_recipient()) and not jose_jwe.is_recipient(b"\1" * 31)
