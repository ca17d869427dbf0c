# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second opinion agrees with good JWKs, disagrees with bad ones, and says when it cannot be asked."""

from __future__ import annotations

import sys
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, MissingLibrary
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwcrypto_check
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.public_facts import facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ALGORITHMS
from ansible_collections.keysmith.jwt.tests.unit.made_keys import private

pytest.importorskip("jwcrypto", reason="jwcrypto is for controllers")
NAMES = [name for name in ALGORITHMS if not name.startswith("ML-DSA")]


def jwk(name: str, number: int = 0) -> tuple[dict[str, str], t.Any]:
    """The JWK and the public key of a new key for the algorithm."""
    public = private(name, number).public_key()
    return jose_jwk.build(facts(public).members, ALGORITHMS[name], "x"), public


@pytest.mark.parametrize("name", NAMES)
def test_agreement_on_each_algorithm(name: str) -> None:
    public, key = jwk(name)
    jwcrypto_check.confirm(public, "jwk", key)
    assert jwcrypto_check.public_pem(public) == facts(key).pem


@pytest.mark.parametrize("name", ["RS256", "ES256", "EdDSA"])
def test_where_no_two_keys_of_the_library_are_equal_their_pem_tells(name: str) -> None:
    class Old:
        """A key of cryptography before its version 40."""

        def __init__(self, key: t.Any) -> None:
            self.public_bytes = key.public_bytes

    public, key = jwk(name)
    jwcrypto_check.confirm(public, "jwk", Old(key))
    with pytest.raises(KeysmithError, match="jwcrypto reads another key"):
        jwcrypto_check.confirm(public, "jwk", Old(jwk(name, 1)[1]))


@pytest.mark.parametrize("name", ["RS256", "ES256", "ES512", "EdDSA", "ECDH-ES-X25519"])
def test_another_key_is_not_agreed_on(name: str) -> None:
    public, _pem = jwk(name)
    _other, key = jwk(name, 1)
    with pytest.raises(KeysmithError, match="jwcrypto reads another key from the JWK"):
        jwcrypto_check.confirm(public, "jwk", key)


@pytest.mark.parametrize("member", ["x", "kty", "crv"])
def test_a_broken_jwk_is_not_agreed_on(member: str) -> None:
    public, key = jwk("ES256")
    with pytest.raises(KeysmithError, match="jwcrypto reads another key"):
        jwcrypto_check.confirm(
            dict(public, **{member: "!"}) if member != "kty" else dict(public, kty="RSA"), "jwk", key
        )


def test_what_jwcrypto_cannot_make_a_key_of_has_no_pem() -> None:
    public, _pem = jwk("ES256")
    with pytest.raises(KeysmithError, match="cannot make a key of this JWK"):
        jwcrypto_check.public_pem(dict(public, y=public["x"]))


@pytest.mark.parametrize(
    ("name", "members"),
    [("RS256", {"d", "p", "q", "dp", "dq", "qi"}), ("ES512", {"d"}), ("EdDSA", {"d"}), ("ECDH-ES-X25519", {"d"})],
)
def test_private_members(name: str, members: set[str]) -> None:
    assert set(jwcrypto_check.private_members(private(name))) == members


def test_no_private_members_of_something_else() -> None:
    with pytest.raises(KeysmithError, match="cannot make a private JWK"):
        jwcrypto_check.private_members(object())


def test_ml_dsa_is_asked_for_where_jwcrypto_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    akp = {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}
    monkeypatch.setattr(jwcrypto_check.library(), "ImplementedAKPAlgorithms", [], raising=False)
    jwcrypto_check.confirm(akp, "jwk")
    with pytest.raises(KeysmithError, match="cannot make a key"):
        jwcrypto_check.public_pem(akp)


@pytest.mark.parametrize(
    ("broken", "reason"), [(None, "jwcrypto is missing"), ("half", "does not work with the cryptography beside it")]
)
def test_a_missing_or_broken_jwcrypto_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: t.Any, broken: str | None, reason: str
) -> None:
    """Without it, and with one that dies as it is imported (1.5.7 beside cryptography 38)."""
    for name in [name for name in sys.modules if name.split(".")[0] == "jwcrypto"]:
        monkeypatch.delitem(sys.modules, name)
    if broken:
        (tmp_path / "jwcrypto").mkdir()
        (tmp_path / "jwcrypto" / "__init__.py").write_text("")
        (tmp_path / "jwcrypto" / "jwk.py").write_text("from cryptography import no_such_name\n")
        monkeypatch.syspath_prepend(str(tmp_path))
    else:
        monkeypatch.setitem(sys.modules, "jwcrypto", None)
    public, key = jwk("ES256")
    with pytest.raises(MissingLibrary, match=reason) as caught:
        jwcrypto_check.confirm(public, "jwk", key)
    assert sys.executable in str(caught.value)
    jwcrypto_check.confirm_if_there([(public, "jwk")])


def test_many_are_confirmed_where_jwcrypto_is_there() -> None:
    public, _pem = jwk("ES256")
    with pytest.raises(KeysmithError, match=r"^two \(kid x\): jwcrypto reads another key"):
        jwcrypto_check.confirm_if_there([(public, "one"), (dict(public, x="!"), "two")])
