# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of the filter client_registration: from the template's input to what a server expects."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwcrypto_check, public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.jwk_checks import Jwk
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read as keys_read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import chosen_for
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _registration_shapes as shapes
from ansible_collections.keysmith.jwt.plugins.plugin_utils._filter import kind, octets, plain, text
from ansible_collections.keysmith.jwt.plugins.plugin_utils._given_jwk import set_of
from ansible_collections.keysmith.jwt.plugins.plugin_utils._registered_key import Given, Key


def registration(keys: t.Any, shape: t.Any, certificates: t.Any = None, **options: t.Any) -> t.Any:
    """Return what the server of that shape expects; KeysmithError for what it would refuse, and for unused options."""
    row = shapes.SHAPES.get(text(shape, "shape"))
    if row is None:
        raise KeysmithError("shape has to be one of %s." % ", ".join(shapes.SHAPES))
    said = {option: text(value, option) for option, value in options.items() if value is not None}
    named = [*said, *(["certificates"] if certificates is not None else [])]
    _check_options(row, named, said)
    by_thumbprint = {} if certificates is None else _certificates(certificates)
    given = [_key(jwk, by_thumbprint, row) for jwk in set_of(keys)["keys"]]
    if by_thumbprint:
        raise KeysmithError("certificates: one of them is for a key that is not in the input.")
    shapes.check(row, given)
    return row.render(Given(given, **said))


def _check_options(row: shapes.Shape, named: t.Sequence[str], said: t.Mapping[str, str]) -> None:
    for option in row.needs:
        if option not in named:
            raise KeysmithError("%s is needed for %s." % (option, row.server))
    for option in named:
        if option not in row.needs + row.takes:
            raise KeysmithError("%s is not used for %s; leave it out." % (option, row.server))
    for option, value in said.items():
        if not value or not value.isprintable():
            raise KeysmithError("%s is empty or holds a control character." % option)


def _key(jwk: Jwk, certificates: t.Dict[str, str], row: shapes.Shape) -> Key:
    """Return the key in all its forms; its certificate is removed from ``certificates``."""
    if "kid" not in jwk:
        raise KeysmithError("a JWK of the input has no kid, which servers need to choose the key; give it one.")
    algorithm = jwk.get("alg") or chosen_for(jwk["kty"], jose_jwk.curve(jwk)).jwk_alg
    certificate = certificates.pop(jose_jwk.thumbprint(jwk), "")
    if "certificates" in row.needs and not certificate:
        raise KeysmithError("certificates: none of them is for the key %s." % jwk["kid"])
    return Key(jwk, str(algorithm), jwcrypto_check.public_pem(jwk), certificate)


def _certificates(given: t.Any) -> t.Dict[str, str]:
    """Return the certificates as PEM, by the thumbprints of their keys."""
    found = {}
    values = plain(given) if isinstance(given, (list, tuple)) else [given]
    for at, value in enumerate(values):
        name = "certificates[%d]" % at if len(values) > 1 else "certificates"
        if not isinstance(value, str):
            raise KeysmithError("%s has to be a certificate in PEM, not %s." % (name, kind(value)))
        key = keys_read.read_public_only(octets(text(value, name)), name=name)
        if key.container != "certificate":
            raise KeysmithError("%s: the input is a public key; a certificate of it is needed." % name)
        facts = public_facts.facts(key.public, key.restriction)
        found[jose_jwk.thumbprint(facts.members)] = text(value, name).strip() + "\n"
    return found
