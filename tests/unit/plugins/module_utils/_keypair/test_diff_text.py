# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_keypair/diff_text: what Ansible shows of each file that changes."""

from __future__ import annotations

from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import diff_text


def test_each_file_that_changes_has_its_own_diff() -> None:
    same = {"mode": "0644", "content": "line\n"}
    before = {"/key": "(absent)", "/jwk": same, "/current": "v1", "left": [".a", ".b"]}
    after = {"/key": {"mode": "0600", "encrypted": True}, "/jwk": same, "/current": "v2", "left": [], "/pem": same}
    shown = {
        one["before_header"]: (one["before"], one["after"]) for one in diff_text.files(dict(before=before, after=after))
    }
    assert shown == {
        "/key": ("", "mode: 0600\nencrypted: true\n"),
        "/current": ("v1\n", "v2\n"),
        "left": (".a\n.b\n", ""),
        "/pem": ("", "mode: 0644\nline\n"),
    }
