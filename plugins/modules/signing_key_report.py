#!/usr/bin/python
# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the action plugin signing_key_report, which runs on the controller alone."""

from __future__ import annotations

DOCUMENTATION = r"""
module: signing_key_report
short_description: Write a report on the signing keys of all hosts of a play
version_added: 0.2.0
author: keysmith.jwt contributors (@keysmith)
description:
  - The playbook C(keysmith.jwt.report) and the role P(keysmith.jwt.signing_key#role) with C(tasks_from=info) use this
    once, after M(keysmith.jwt.jwt_keypair_info) has run on each host. It changes with the role.
  - It runs on the controller alone, whatever host it is run for. What a host says is bounded and escaped in all files,
    and tells of that host alone.
extends_documentation_fragment:
  - keysmith.jwt.attributes
attributes:
  check_mode:
    details: It compares, and writes no file.
  diff_mode:
    support: none
    details: The files are a report, not a state to keep.
  idempotent:
    details: The files are written in each run, with the time. The result is C(changed) if their content changes.
options:
  directory:
    description:
      - A directory on the controller, an absolute path, for C(signing-keys.html), C(signing-keys.json) and
        C(signing-keys.prom). It is made when it is missing.
      - Without it, no file is written.
    type: path
  published:
    description:
      - The JWK Set that verifiers use. The keys of the hosts are compared with it. The URL of a JWK Set, or its
        absolute path on the controller.
      - C({name}) stands for the name of each service, where each has a set of its own. A dictionary gives one for each
        service by its name.
    type: raw
"""

EXAMPLES = r"""
- name: Write the report
  keysmith.jwt.signing_key_report:
    directory: /var/lib/keys/report
    published: https://login.example.com/{name}/jwks.json
  run_once: true
"""

RETURN = r"""
lines:
  description: What a person reads on a terminal.
  returned: success
  type: list
  elements: str
problems:
  description: The number of problems, by kind. Empty where nothing is wrong.
  returned: success
  type: dict
  sample:
    restart: 2
    no answer: 1
files:
  description: The files of the report.
  returned: success
  type: list
  elements: str
  sample:
    - /var/lib/keys/report/signing-keys.json
    - /var/lib/keys/report/signing-keys.html
    - /var/lib/keys/report/signing-keys.prom
"""
