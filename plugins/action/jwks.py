# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the module jwks in the controller's own process, if it is for that machine and that user.

To start another Python, and to send it what thousands of hosts have answered, takes longer than all the rest.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, refused_by_system
from ansible_collections.keysmith.jwt.plugins.module_utils._jwk_sets.options import RULES, arguments
from ansible_collections.keysmith.jwt.plugins.module_utils._jwk_sets.run import run
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _answers, _arguments, _filter, _host_action, _shapes


class _Apart(t.NamedTuple):
    """Keys on their way past the validator, which copies whatever it gets: thousands of keys take it seconds."""

    keys: t.Any

    def __deepcopy__(self, _memo: t.Any) -> _Apart:
        return self


def _apart(arguments: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    """Return the arguments with the keys of the file, or of each file, set apart."""
    given = {
        name: _Apart(value) if name == "jwks" and value is not None else value for name, value in arguments.items()
    }
    if isinstance(given.get("sets"), (list, tuple)):
        given["sets"] = [_apart(item) if isinstance(item, t.Mapping) else item for item in given["sets"]]
    return given


def _plain(options: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    """Return the options with keys as a module would get them: ansible-core templates into types of its own."""
    plain = dict(options, jwks=_keys(options["jwks"], "jwks"))
    if options["sets"]:
        items = enumerate(options["sets"])
        plain["sets"] = [dict(item, jwks=_keys(item["jwks"], "sets[%d].jwks" % at)) for at, item in items]
    return plain


def _keys(value: t.Any, option: str) -> t.Any:
    return _filter.plain(value.keys if isinstance(value, _Apart) else value, option)


class ActionModule(_host_action.HostAction):
    """The action of keysmith.jwt.jwks."""

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> t.Dict[str, t.Any]:
        """Do the work here, or run the module where it belongs."""
        wrong = _arguments.wrong(self._task.args)
        if wrong:
            return {"failed": True, "msg": wrong}
        if not self._is_here():
            return dict(super().run(tmp, task_vars))
        result: t.Dict[str, t.Any] = ActionBase.run(self, tmp, task_vars)
        validated = ArgumentSpecValidator(arguments(), **RULES).validate(_apart(self._task.args))
        if validated.error_messages:
            known = ", ".join(sorted(arguments()))
            wrong = "; ".join(message.rstrip(".") for message in validated.error_messages)
            text = "Unsupported parameters or values: %s." % wrong
            text += "" if "Supported parameters" in wrong else " The options are %s." % known
            return {**result, "failed": True, "msg": text}
        try:
            options = _plain(validated.validated_parameters)
            return {**result, **run(options, check_mode=self._task.check_mode, with_diff=self._task.diff)}
        except KeysmithError as error:
            return {**result, "failed": True, "msg": str(error)}
        except OSError as error:
            return {**result, "failed": True, "msg": str(refused_by_system(error))}
        except RecursionError:
            return {**result, "failed": True, "msg": "jwks: is nested too deeply; give JWKs or JWK Sets."}

    def shapes(self) -> t.Dict[str, _shapes.Shape]:
        """Return the shape of the result for one file, or for many."""
        return _answers.JWKS

    def _is_here(self) -> bool:
        """Check whether a module would run on this machine, as this user, in this environment, and without async."""
        task, connection = self._task, self._connection
        return (
            connection.transport == "local"
            and not getattr(connection, "become", None)
            and not task.async_val
            and not any(task.environment or ())
        )
