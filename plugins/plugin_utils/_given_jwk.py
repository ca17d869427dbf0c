# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read JWKs as templates give them: one, a set, or a list, mixed with PEM texts."""

from __future__ import annotations

import typing as t

from ansible.utils.display import Display
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwcrypto_check, jwk_set, key_types_in_set
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.jwk_checks import Jwk, check
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.wording import hint
from ansible_collections.keysmith.jwt.plugins.plugin_utils._filter import kind, plain
from ansible_collections.keysmith.jwt.plugins.plugin_utils._pem_to_jwk import jwk_of


def public_half(jwk: t.Any) -> t.Any:
    """Return the JWK without its private members; the check decides whether it is one of a key pair."""
    if not isinstance(jwk, dict):
        raise KeysmithError("jwk has to be a dictionary, not %s.%s" % (kind(jwk), _advice(jwk) or hint(jwk)))
    given = plain(jwk, "jwk")
    if "keys" in given and "kty" not in given:
        raise KeysmithError("jwk: this is a JWK Set; give one of its keys, such as SET['keys'][0].")
    return {name: value for name, value in given.items() if name not in jose_jwk.PRIVATE}


def set_of(given: t.Any) -> t.Dict[str, t.List[Jwk]]:
    """Return the JWK Set of JWKs, JWK Sets and keys in PEM: one, or a nested list of them."""
    if not isinstance(given, (dict, list, tuple, str)):
        raise KeysmithError("the input has to be a list, a dictionary or a string, not %s." % kind(given))
    entries = jwk_set.unite(_entries(plain(given), "input"))
    jwk_set.check_primes(entries, ())
    warning = key_types_in_set.warning([("The JWK Set", (), entries)])
    if warning:
        Display().warning(warning)
    return {"keys": [entry.jwk for entry in entries]}


def _entries(given: t.Any, name: str) -> t.Iterator[jwk_set.Entry]:
    """Return the keys, each confirmed by jwcrypto."""
    if isinstance(given, list):
        for at, item in enumerate(given):
            yield from _entries(item, "%s[%d]" % (name, at))
    elif isinstance(given, str):
        jwk = _of_text(given, name)
        yield jwk_set.Entry(jwk, jose_jwk.key_of(jwk), name)
    else:
        entries = jwk_set.given(given, name, check=check)
        jwcrypto_check.confirm_all((entry.jwk, entry.name) for entry in entries)
        yield from entries


def _of_text(text: str, name: str) -> Jwk:
    try:
        return jwk_of(text, name=name)
    except KeysmithError as error:
        message = "%s%s" % (error, _advice(text))
    raise KeysmithError(message)


def _advice(value: t.Any) -> str:
    looks_like_json = isinstance(value, str) and value.lstrip()[:1] in ("{", "[")
    return " Turn JSON text into a dictionary with from_json first." if looks_like_json else ""
