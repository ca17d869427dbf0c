# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys as files for programs that verify signatures, with the values of their configuration."""

from __future__ import annotations

import hashlib
import re
import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk
from ansible_collections.keysmith.jwt.plugins.plugin_utils._registered_key import Given, Key


def kubernetes(given: Given) -> t.Any:
    return [
        {
            "file": _path(given, "%s.pub" % _file_name(key)),
            "content": key.pem,
            # pkg/serviceaccount: the key ID is made of the public key; nobody chooses it.
            "kid": jose_jwk.base64url(hashlib.sha256(key.spki).digest()),
        }
        for key in given.keys
    ]


def dovecot(given: Given) -> t.Any:
    names = [(given.client_id or "default", key.algorithm, key.kid) for key in given.keys]
    return [
        {"file": _path(given, "/".join(map(_escaped, name))), "content": key.pem}
        for name, key in zip(names, given.keys)
    ]


def haproxy(given: Given) -> t.Any:
    return [
        {"file": _path(given, "%s.pem" % _file_name(key)), "content": key.pem, "alg": key.algorithm}
        for key in given.keys
    ]


def mod_auth_openidc(given: Given) -> t.Any:
    files = [_path(given, "%s.pem" % _file_name(key)) for key in given.keys]
    return [
        {"file": file, "content": key.pem, "verify_cert_file": "%s#%s" % (key.kid, file)}
        for file, key in zip(files, given.keys)
    ]


def _path(given: Given, name: str) -> str:
    return "%s/%s" % (given.directory.rstrip("/"), name) if given.directory else name


def _file_name(key: Key) -> str:
    """Return the key ID if every file system accepts it as a name, else the thumbprint."""
    return key.kid if re.fullmatch("[A-Za-z0-9_-]{1,100}", key.kid) else jose_jwk.thumbprint(key.jwk)


def _escaped(part: str) -> str:
    """Escape as Dovecot does (its src/lib-oauth2): first the percent sign, then the slash."""
    if part in (".", ".."):
        raise KeysmithError("Dovecot cannot find a key under the name %s; set another key_id or client_id." % part)
    return part.replace("%", "%25").replace("/", "%2f")
