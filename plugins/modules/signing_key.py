#!/usr/bin/python
# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the action plugin signing_key, which runs on the controller alone."""

from __future__ import annotations

DOCUMENTATION = r"""
module: signing_key
short_description: Compare what the hosts of a batch have answered, and publish their public keys
version_added: 0.2.0
author: keysmith.jwt contributors (@keysmith)
description:
  - The role P(keysmith.jwt.signing_key#role) uses this once for all hosts of a batch. It is not meant to be used by
    anything else, and changes with the role.
  - It runs on the controller alone, whatever host it is run for, and takes nothing from that host's variables. It knows
    what each host was asked and what is kept of its answer, and decides by that which host makes a shared key, which
    one seals it for which others, and what is published.
extends_documentation_fragment:
  - keysmith.jwt.attributes
options:
  use:
    description: The number of this use of the role. Answers to another one do not count.
    type: str
    default: ''
  only_diff:
    description: Only return what changes on the host for which the task runs, as its diff.
    type: bool
    default: false
  tell:
    description:
      - Only say of the host for which the task runs how the role ends for it. V(restarted) returns which services were
        restarted, V(unrestarted) fails with what is wrong after a restart, V(failure) with why the host fails.
    type: str
    choices: [restarted, unrestarted, failure]
  besides:
    description: Whether O(tell=unrestarted) says what else is wrong with the host, too.
    type: bool
    default: false
  last:
    description: Whether nothing more is done about shared keys in this use of the role.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Compare the keys of the hosts, and publish them
  keysmith.jwt.signing_key:
    use: "{{ signing_key__use }}"
  register: signing_key__together
  run_once: true
"""

RETURN = r"""
use:
  description: What O(use) says.
  returned: always
  type: str
waiting:
  description: The hosts that wait for keys of others, with the names of these keys.
  returned: success
  type: dict
make:
  description: The hosts that make shared keys next, with the names of these keys.
  returned: success
  type: dict
send:
  description: The hosts that seal keys next, with what each gives as O(keysmith.jwt.jwt_keypairs#module:recipients).
  returned: success
  type: dict
sealed:
  description: The hosts for which keys were sealed, with what each gives as O(keysmith.jwt.jwt_keypairs#module:sealed).
  returned: success
  type: dict
sources:
  description: For hosts that wait, and the names of keys, the hosts that these come from.
  returned: success
  type: dict
problems:
  description: What is wrong, for the hosts that it concerns.
  returned: success
  type: dict
is_last:
  description: Whether this is the last comparison of this use of the role.
  returned: success
  type: bool
installs:
  description: Whether the library is installed on a host before it is asked again.
  returned: success
  type: bool
all_done:
  description: Whether all hosts are done.
  returned: success
  type: bool
report:
  description: What a person reads at the end, in lines; empty where nothing is to be shown, or not yet.
  returned: success
  type: list
  elements: raw
files:
  description: The files with public keys that were changed, see RV(keysmith.jwt.jwks#module:files).
  returned: if there is a directory for them
  type: list
  elements: dict
"""
