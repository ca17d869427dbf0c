# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a key pair, for both the single module and the batch module."""

from __future__ import annotations

import typing as t

from .._env_files.edit import FORMATS
from .._keys.algorithms import ALGORITHMS

#: Secrets are ``raw``: a conversion that fails would print the value, and YAML's 0123 must not become 83.
SECRETS: t.Dict[str, t.Dict[str, t.Any]] = {
    "passphrase": {"type": "raw", "no_log": True},
    "previous_passphrases": {"type": "raw", "no_log": True},
    "private_key": {"type": "raw", "no_log": True},
}

#: All options but the secrets.
PUBLIC: t.Dict[str, t.Dict[str, t.Any]] = {
    "path": {"type": "path", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "algorithm": {"type": "str", "choices": list(ALGORITHMS), "default": "RS256", "aliases": ["alg"]},
    "size": {"type": "int"},
    "format": {"type": "str", "choices": ["pkcs8", "traditional", "keep"], "default": "pkcs8"},
    "encrypted": {"type": "bool"},
    "generate_passphrase": {"type": "bool", "default": False, "no_log": False},
    # Of a dictionary or a list, a string would be made, and a key ID of that.
    "key_id": {"type": "raw", "default": "thumbprint", "no_log": False},
    "public_path": {"type": "path"},
    "jwk_path": {"type": "path"},
    "public_base64_path": {"type": "path"},
    "certificate_path": {"type": "path"},
    "certificate_name": {"type": "str"},
    "certificate_days": {"type": "int", "default": 3650},
    "jwk_x5c": {"type": "bool", "default": False},
    "pkcs12_path": {"type": "path"},
    "pkcs12_name": {"type": "str", "default": "jwt"},
    "environment": {"type": "raw"},
    "active_link": {"type": "path"},
    "regenerate": {"type": "str", "choices": ["fail", "never", "mismatch", "always"], "default": "fail"},
    "backup": {"type": "bool", "default": True},
    "base_directory": {"type": "path"},
    "directory_mode": {"type": "raw", "default": "0700"},
    "mode": {"type": "raw", "default": "0600"},
    "owner": {"type": "str"},
    "group": {"type": "str"},
    "attributes": {"type": "str", "aliases": ["attr"]},
    "public_mode": {"type": "raw", "default": "0644"},
    "seuser": {"type": "str"},
    "serole": {"type": "str"},
    "setype": {"type": "str"},
    "selevel": {"type": "str"},
    "lock_timeout": {"type": "int", "default": 60},
}

#: One environment file.
ENVIRONMENT: t.Dict[str, t.Dict[str, t.Any]] = {
    "path": {"type": "path", "required": True},
    "format": {"type": "str", "choices": list(FORMATS), "default": "systemd"},
    "key_id_variable": {"type": "str", "default": "PRIVATE_RSA_KEY_ID", "no_log": False},
    "passphrase_variable": {"type": "str", "default": "PRIVATE_KEY_PASSWORD", "no_log": False},
    "key_path_variable": {"type": "str", "default": "PRIVATE_RSA_KEY_FILE_PATH", "no_log": False},
    "key_base64_variable": {"type": "str", "no_log": False},
    "removed_variables": {"type": "list", "elements": "str", "default": []},
    "owner": {"type": "str"},
    "group": {"type": "str"},
    "mode": {"type": "raw", "default": "0600"},
}
