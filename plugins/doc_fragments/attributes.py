# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules of the collection promise about check mode, diff mode and repeated runs."""

from __future__ import annotations


class ModuleDocFragment:
    """Use with C(extends_documentation_fragment: keysmith.jwt.attributes), or C(.attributes.info) for a reader."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what it would change, without changing anything.
    support: full
  diff_mode:
    description: Returns what has changed, or would change, when in diff mode. Only public facts are in it.
    support: full
  idempotent:
    description: When run twice in a row with the same arguments, the second run changes nothing.
    support: full
  platform:
    description: The operating systems that the module runs on.
    platforms: posix
    support: full
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode). It changes nothing in either mode.
    support: full
  diff_mode:
    description: Returns what has changed, or would change, when in diff mode.
    support: N/A
    details: It changes nothing.
  idempotent:
    description: When run twice in a row with the same arguments, the second run returns the same.
    support: full
  platform:
    description: The operating systems that the module runs on.
    platforms: posix
    support: full
"""

    ACTIONGROUP_SERVICES = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/keysmith.jwt.services) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - keysmith.jwt.services
"""

    ACTIONGROUP_SERVERS = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/keysmith.jwt.servers) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - keysmith.jwt.servers
"""
