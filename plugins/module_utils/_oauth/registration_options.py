# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the module client_registration: their specification, and the request that follows from them."""

from __future__ import annotations

import os
import typing as t

from .._disk.attributes import Attributes
from .._disk.directory import open_directory
from .._disk.files import FileSlot
from .._errors import KeysmithError
from .._jose import jwk as jose_jwk
from .._jose import jwk_checks, jwk_set
from .._keypair import values
from .._keypair.values import absolute, ids, seconds
from . import options as oauth_options
from .credentials import Manner
from .metadata import Wanted

_Spec = t.Dict[str, t.Dict[str, t.Any]]

#: A secret is ``raw``: a conversion that fails would print it.
REGISTRATION: _Spec = {
    "path": {"type": "path", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "registration_endpoint": {"type": "str"},
    "initial_access_token": {"type": "raw", "no_log": True},
    "metadata": {"type": "dict", "default": {}},
    "jwks": {"type": "list", "elements": "dict"},
    "sources": {"type": "list", "elements": "path"},
    "retired": {"type": "list", "elements": "str", "default": []},
    "exact": {"type": "bool", "default": False},
    "owner": {"type": "str"},
    "group": {"type": "str"},
    "mode": {"type": "raw", "default": "0600"},
    "directory_mode": {"type": "raw", "default": "0700"},
    "lock_timeout": {"type": "int", "default": 60},
}

RULES: t.Dict[str, t.Any] = {"required_if": [("state", "present", ["registration_endpoint"])]}


def wanted(options: t.Mapping[str, t.Any]) -> Wanted:
    """Return the wanted registration; KeysmithError names the option."""
    return Wanted(options["metadata"], _keys(options), frozenset(options["retired"]), options["exact"])


def manner(options: t.Mapping[str, t.Any]) -> Manner:
    """Return mode and owner of the file; KeysmithError names the option."""
    owner, group = ids(options["owner"], options["group"])
    return Manner(
        Attributes(values.mode("mode", options["mode"], values.SECRET), owner, group),
        Attributes(values.mode("directory_mode", options["directory_mode"], values.DIRECTORY), owner, group),
        seconds("lock_timeout", options["lock_timeout"]),
    )


def endpoint(options: t.Mapping[str, t.Any]) -> t.Tuple[str, t.List[str]]:
    """Return the URL, empty for none, and warnings about it."""
    url = options["registration_endpoint"]
    return (url, oauth_options.endpoint("registration_endpoint", url)) if url is not None else ("", [])


def initial_access_token(options: t.Mapping[str, t.Any]) -> str:
    """Return the token, empty for none."""
    token = options["initial_access_token"]
    if token is None:
        return ""
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        raise KeysmithError(
            "initial_access_token: has to be a string, exactly as the server gave it; leave it out if there is none."
        )
    return token


def _keys(options: t.Mapping[str, t.Any]) -> t.Optional[t.Dict[str, jwk_checks.Jwk]]:
    """Return the given keys by thumbprint; None if no option gives keys."""
    if options["jwks"] is None and options["sources"] is None:
        return None
    entries = jwk_set.given(options["jwks"] or [], "jwks", check=jwk_checks.check)
    for path in options["sources"] or []:
        name = "sources: %s" % path
        content = _read(absolute("sources", path))
        entries += jwk_set.given(jwk_set.parse(content, name), name, ": ", jwk_checks.check)
    # Of a key that is there under two kids, the first: a server has it once.
    keys: t.Dict[str, jwk_checks.Jwk] = {}
    for entry in jwk_set.unite(entries):
        keys.setdefault(jose_jwk.thumbprint(entry.jwk), entry.jwk)
    return keys


def _read(path: str) -> bytes:
    if not path:
        raise KeysmithError("sources: one of them is empty; give absolute paths.")
    folder = open_directory(os.path.dirname(path), "sources")
    try:
        place = FileSlot(folder, os.path.basename(path), "sources")
        if place.look() is None:
            raise KeysmithError("sources: %s is not there." % path)
        return place.read(jwk_set.MOST_OCTETS)
    finally:
        folder.close()
