#!/usr/bin/python
# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate or keep any number of key pairs for signing JSON Web Tokens, in one task."""

from __future__ import annotations

DOCUMENTATION = r"""
module: jwt_keypairs
short_description: Generate or keep many key pairs for signing JSON Web Tokens in one task
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.keysmith.jwt.plugins.module_utils import _batch, _module


def main() -> t.NoReturn:
    """Options in, all key pairs, their public facts out."""
    module = AnsibleModule(
        argument_spec={
            "keypairs": {"type": "list", "elements": "dict", "required": True, "no_log": False},
            "secrets": {"type": "raw", "no_log": True},
        },
        supports_check_mode=True,
        # The options of the items are checked by us, so nothing of them is to be in the system log before that.
        no_log=True,
    )
    _module.guard(module, lambda: _batch.run(module))


if __name__ == "__main__":
    main()
