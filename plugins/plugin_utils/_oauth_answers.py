# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept of a host's answer about authorization servers: what its modules document, and no unexpected secret.

What a server says goes through a host before it is here, so it is bounded like everything that a host says. A token
or an assertion is kept where it was asked for.
"""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.plugin_utils import _shapes
from ansible_collections.keysmith.jwt.plugins.plugin_utils._answers import COMMON, of_services
from ansible_collections.keysmith.jwt.plugins.plugin_utils._asked import Asked
from ansible_collections.keysmith.jwt.plugins.plugin_utils._shapes import each, fields, flag, text

_line, _path, _words = text(1024), text(4096), _shapes.words(1024)
#: What came of one proof.
_PROOF: t.Dict[str, _shapes.Shape] = {
    "accepted": flag,
    "status": _shapes.whole(100, 599),
    "error": _words,
    "error_description": _words,
    "expires_in": _shapes.whole(0, 1 << 53),
    "token_type": _words,
    "scope": _words,
    "client_id": _line,
    "kid": _line,
    "algorithm": _line,
    "thumbprint": _line,
    "path": _path,
}


def proof(arguments: t.Mapping[str, t.Any]) -> t.Dict[str, _shapes.Shape]:
    """Return the shape of an answer of the module jwt_client_assertion; the arguments decide whether it may hold a
    secret.
    """
    secrets = {"return_assertion": "assertion", "return_token": "access_token"}
    asked = [name for option, name in secrets.items() if arguments.get(option) not in (None, False)]
    return {**COMMON, **_PROOF, **dict.fromkeys(asked, text(1 << 20))}


def proofs(asked: Asked) -> t.Dict[str, _shapes.Shape]:
    """Return the shape of an answer of the module jwt_client_assertions about these services."""
    shape = fields(**_PROOF, msg=_shapes.words(64 * 1024))
    return {**COMMON, "proofs": of_services(asked, shape)}


def registration() -> t.Dict[str, _shapes.Shape]:
    """Return the shape of an answer of the module client_registration."""
    return {
        **COMMON,
        "path": _path,
        "client_id": _line,
        "changes": each(_line, 16),
        "key_ids": each(_line, 10000),
        "metadata": _shapes.shown(1 << 20),
    }
