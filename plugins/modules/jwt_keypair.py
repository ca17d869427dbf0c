#!/usr/bin/python
# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate or keep a key pair for signing JSON Web Tokens."""

from __future__ import annotations

DOCUMENTATION = r"""
module: jwt_keypair
short_description: Generate or keep a key pair for signing JSON Web Tokens
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.keysmith.jwt.plugins.module_utils import _module, _options


def main() -> t.NoReturn:
    """Options in, one key pair, its public facts out."""
    module = AnsibleModule(argument_spec={**_options.PUBLIC, **_options.SECRETS}, supports_check_mode=True)

    def do() -> t.NoReturn:
        result = _module.outcome_of(module, module.params)
        _module.leave(module, result, result.pop("warnings", ()))

    _module.guard(module, do)


if __name__ == "__main__":
    main()
