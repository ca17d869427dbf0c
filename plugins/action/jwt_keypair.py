# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of the module jwt_keypair."""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import asked, options
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _answers, _host_action, _shapes, _unchanged

_SPECIFICATION = {**options.PUBLIC, **options.SECRETS}


class ActionModule(_host_action.HostAction):
    """The action of keysmith.jwt.jwt_keypair."""

    def shapes(self) -> t.Dict[str, _shapes.Shape]:
        """Return the shape of the result for one key pair."""
        return _answers.keypair()

    def ask(self, task_vars: t.Any) -> _host_action.Result:
        """Return what the host recorded, if nothing has changed there; otherwise, and for a diff, run the module."""
        read = None if self._task.diff else _as_on_the_host(self._task.args)
        found = _unchanged.ask(self, task_vars, [asked.asked(read["path"], read)]) if read else None
        if not read or not found or len(found[0]) != 1:
            return super().ask(task_vars)
        one = found[0][0]
        return _unchanged.as_module(task_vars, {**one.result, "warnings": one.warnings}, _SPECIFICATION, read)


def _as_on_the_host(arguments: t.Mapping[str, t.Any]) -> t.Optional[t.Dict[str, t.Any]]:
    """Return the options as the module has them, if a record can exist; only the host resolves ~ or $ in a path."""
    if any(value is None for value in arguments.values()):
        return None
    validated = ArgumentSpecValidator(_SPECIFICATION).validate(dict(arguments))
    if validated.error_messages:
        return None
    read: t.Dict[str, t.Any] = validated.validated_parameters
    for name, one in _SPECIFICATION.items():
        if one.get("type") == "path" and arguments.get(name) and str(arguments[name]) != read[name]:
            return None
    always = read["regenerate"] == "always" or read["attributes"]
    return None if always or read["state"] != "present" else read
