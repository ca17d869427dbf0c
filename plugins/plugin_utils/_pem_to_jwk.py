# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a key's text to its JWK, as the filters hand it out: made here, confirmed by jwcrypto."""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwcrypto_check, public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.jwk_checks import check_key_id
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read as keys_read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import (
    ALGORITHMS,
    Algorithm,
    named,
    restriction_name,
)
from ansible_collections.keysmith.jwt.plugins.plugin_utils._filter import octets

AUTO, THUMBPRINT = "auto", "thumbprint"
_USES = ("sig", "enc")


def jwk_of(
    pem: str,
    passphrase: str = "",
    key_id: str = THUMBPRINT,
    algorithm: str = AUTO,
    use: str = AUTO,
    private: bool = False,
    name: str = "pem",
) -> t.Dict[str, str]:
    """The JWK of a key in any text that people have: kty, use, alg, kid, then the key's own members.

    Public members only, unless ``private``. ``name`` is how messages call the text. KeysmithError for a text that is no
    key, an algorithm or use that does not fit the key, and a JWK that jwcrypto does not read as the same key.
    """
    check_key_id(key_id, "key_id")
    read = keys_read.read_private if private else keys_read.read
    key = read(octets(pem), [octets(passphrase)] if passphrase else [], name=name)
    members = public_facts.members(key.public)
    row = _algorithm(algorithm, use, members["kty"], jose_jwk.curve(members), key.restriction)
    jwk = jose_jwk.build(members, row, jose_jwk.thumbprint(members) if key_id == THUMBPRINT else key_id)
    if private:
        jwk.update(jwcrypto_check.private_members(key.private))
    jwcrypto_check.confirm(jwk, name, key.public)
    return jwk


@functools.lru_cache(maxsize=64)
def _algorithm(name: str, use: str, kind: str, curve: str, restriction: str) -> Algorithm:
    """The row that was asked for, or the first that takes the key."""
    if use != AUTO and use not in _USES:
        raise KeysmithError("use has to be one of auto, %s." % ", ".join(_USES))
    rows = list(ALGORITHMS.values()) if name == AUTO else [named(name)]
    fitting = [row for row in rows if row.takes(kind, curve, restriction)]
    what = (curve or kind) + (" for %s alone" % restriction_name(restriction) if restriction else "")
    if not fitting:
        raise KeysmithError(
            "algorithm: the key is %s, which %s."
            % (what, "no supported algorithm uses" if name == AUTO else "%s does not accept" % rows[0].name)
        )
    for row in fitting:
        if use in (AUTO, row.use):
            return row
    if name != AUTO:
        raise KeysmithError("use: %s is for keys with use %s." % (name, fitting[0].use))
    raise KeysmithError("use: no supported algorithm uses a key that is %s for %s." % (what, use))
