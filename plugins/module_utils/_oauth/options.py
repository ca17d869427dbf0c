# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the modules that use an authorization server."""

from __future__ import annotations

import typing as t

from .._env_files.edit import DIALECTS
from .._errors import KeysmithError
from .._keys.algorithms import ALGORITHMS
from .exchange import Connection
from .url import check_url, is_open

_Spec = t.Dict[str, t.Dict[str, t.Any]]

#: How the server is reached: as ansible.builtin.uri names it.
CONNECTION: _Spec = {
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path", "no_log": False},
    "use_proxy": {"type": "bool", "default": True},
    "timeout": {"type": "int", "default": 30},
}

#: The key that is on the host. A secret is ``raw``: a conversion that fails would print it.
KEY: _Spec = {
    "path": {"type": "path"},
    "jwk_path": {"type": "path"},
    "directory": {"type": "path"},
    "version": {"type": "raw"},
    "passphrase": {"type": "raw", "no_log": True},
    "environment": {
        "type": "dict",
        "apply_defaults": True,
        "options": {
            "path": {"type": "path"},
            "format": {"type": "str", "choices": list(DIALECTS), "default": "systemd"},
            "passphrase_variable": {"type": "str", "default": "PRIVATE_KEY_PASSWORD", "no_log": False},
            "key_id_variable": {"type": "str", "default": "PRIVATE_RSA_KEY_ID", "no_log": False},
        },
    },
    "key_id": {"type": "raw", "no_log": False},
    "algorithm": {
        "type": "str",
        "choices": [row.name for row in ALGORITHMS.values() if row.use == "sig"],
        "aliases": ["alg"],
    },
}

#: The assertion, and the token that is asked for with it.
ASSERTION: _Spec = {
    "client_id": {"type": "str"},
    "credentials": {"type": "path"},
    "audience": {"type": "raw"},
    "lifetime": {"type": "int", "default": 60},
    "not_before": {"type": "bool", "default": False},
    "headers": {"type": "dict", "default": {}},
    "claims": {"type": "dict", "default": {}},
    "token_endpoint": {"type": "str", "no_log": False},
    "scope": {"type": "str"},
    "form": {"type": "dict", "default": {}},
    "return_assertion": {"type": "bool", "default": False},
    "return_token": {"type": "bool", "default": False, "no_log": False},
}

ASSERTION_RULES: t.Dict[str, t.Any] = {
    "mutually_exclusive": [("path", "directory"), ("jwk_path", "directory"), ("client_id", "credentials")],
    "required_one_of": [("path", "directory"), ("client_id", "credentials")],
    "required_by": {"version": ("directory",)},
}


def connection(options: t.Mapping[str, t.Any]) -> Connection:
    """Return how to reach the server; KeysmithError names the option."""
    if not 1 <= options["timeout"] <= 3600:
        raise KeysmithError("timeout: has to be from 1 to 3600 seconds.")
    if options["client_key"] and not options["client_cert"]:
        raise KeysmithError("client_key: belongs to a certificate; give client_cert, too.")
    return Connection(
        options["validate_certs"],
        options["ca_path"] or "",
        options["client_cert"] or "",
        options["client_key"] or "",
        options["use_proxy"],
        options["timeout"],
    )


def endpoint(option: str, url: str) -> t.List[str]:
    """Return warnings about a server's URL; KeysmithError if it is no URL."""
    check_url(option, url)
    if not is_open(url):
        return []
    return ["%s: is not https, so others on the network could read and use what is sent and answered." % option]
