# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules as Ansible runs them: options in, one JSON document out."""

from __future__ import annotations

import json
import sys
import typing as t

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.parameters import PASS_VARS

Result = t.Dict[str, t.Any]


def run_module(
    main: t.Callable[[], t.NoReturn],
    monkeypatch: t.Any,
    capsys: t.Any,
    options: t.Mapping[str, t.Any],
    check: bool = False,
    diff: bool = False,
) -> Result:
    """One run; the result with what Ansible adds to it. Its text is in ``_text``."""
    internal: t.Dict[str, t.Any] = {"_ansible_check_mode": check, "_ansible_diff": diff, "_ansible_remote_tmp": "/tmp"}
    if "inject_invocation" in PASS_VARS:
        # Newer versions show the options only where they are asked to, which at -vvv they are.
        internal["_ansible_inject_invocation"] = True
    given = {"ANSIBLE_MODULE_ARGS": dict(options, **internal)}
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(given).encode())
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    # A filter's test in the same process has made it a controller, where warnings are printed and not returned.
    if "ansible.module_utils._internal" in sys.modules:
        monkeypatch.setattr(sys.modules["ansible.module_utils._internal"], "is_controller", False, raising=False)
    # Newer versions keep the warnings of a process.
    for name in ("_global_warnings", "_global_deprecations"):
        warnings = getattr(__import__("ansible.module_utils.common.warnings", fromlist=["x"]), name, None)
        if hasattr(warnings, "clear"):
            warnings.clear()  # type: ignore[union-attr]
    with pytest.raises(SystemExit):
        main()
    text = capsys.readouterr().out
    result: Result = json.loads(text)
    return dict(result, _text=text)
