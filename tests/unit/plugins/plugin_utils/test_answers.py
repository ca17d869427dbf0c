# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_answers: what ansible-core itself adds to an answer is kept without a warning about the host."""

from __future__ import annotations

import pytest
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _answers


def test_error_that_ansible_core_captured_of_a_failed_module() -> None:
    captured = pytest.importorskip("ansible._internal._errors._captured")
    messages = pytest.importorskip("ansible.module_utils._internal._messages")
    error = captured.CapturedErrorSummary(
        event=messages.Event(msg="path: no"), error_message="Module failed.", error_context="target", is_module=True
    )
    kept, dropped = _answers.believed({"failed": True, "msg": "path: no", "exception": error}, _answers.keypair())
    assert kept == {"failed": True, "msg": "path: no", "exception": error}
    assert dropped == []


def test_error_that_a_host_made_up() -> None:
    kept, dropped = _answers.believed({"failed": True, "exception": {"event": "x"}}, _answers.keypair())
    assert kept == {"failed": True}
    assert dropped == ["exception"]
