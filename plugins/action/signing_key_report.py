# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the report of all hosts that a play has asked, on the controller."""

from __future__ import annotations

import time
import typing as t

from ansible.plugins.action import ActionBase
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, refused_by_system
from ansible_collections.keysmith.jwt.plugins.plugin_utils import (
    _controller_directory,
    _fleet,
    _fleet_report,
    _own_facts,
    _published,
    _report,
    _report_files,
    _report_lines,
    _shapes,
)

_DIRECTORY, _PUBLISHED = "signing_key_report_directory", "signing_key_published"


class ActionModule(ActionBase):
    """The action of keysmith.jwt.signing_key_report, on the controller only."""

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> t.Dict[str, t.Any]:
        """Compare the hosts' answers with what is published, and write the report."""
        result: t.Dict[str, t.Any] = super().run(tmp, task_vars)
        try:
            return {**result, **self._report(task_vars)}
        except KeysmithError as error:
            return {**result, "failed": True, "msg": str(error)}
        except OSError as error:
            return {**result, "failed": True, "msg": str(refused_by_system(error))}

    def _report(self, task_vars: t.Any) -> t.Dict[str, t.Any]:
        directory = _directory(self._said("directory", _DIRECTORY, task_vars))
        hostvars = task_vars["hostvars"].raw_get
        hosts = task_vars["ansible_play_hosts_all"]
        fleet = _fleet.collect(hosts, lambda host: _fleet.answer_of(hostvars(host)))
        published = self._said("published", _PUBLISHED, task_vars)
        places = _published.places(published, (one.name for one in fleet.services))
        compared = [_compared(where, services, fleet) for where, services in places.items()]
        report = _fleet_report.Report(int(time.time()), fleet, compared)
        files: t.Sequence[str] = ()
        changed = False
        if directory:
            changed, files = _report_files.write(directory, report, bool(self._task.check_mode))
        told = [*_report_lines.lines(report, directory), *_report.unknown(task_vars)]
        lines = _shapes.shown(1 << 16)(told, "", _shapes.nowhere)
        return {"changed": changed, "files": list(files), "lines": lines, "problems": report.kinds}

    def _said(self, argument: str, variable: str, task_vars: t.Any) -> t.Any:
        """Return an argument; in the role its variable, which the host for which this runs does not choose."""
        role = getattr(self._task, "_role", None)
        if role is None or role.get_name() != "keysmith.jwt.signing_key":
            return self._task.args.get(argument)
        return _own_facts.once(task_vars, variable, _own_facts.evaluator(self._loader))


def _compared(where: str, services: t.Sequence[str], fleet: _fleet.Fleet) -> _published.Compared:
    try:
        return _published.compare(where, services, _published.read(where), fleet)
    except KeysmithError as error:
        return _published.Compared(where, services, str(error))


def _directory(given: t.Any) -> str:
    """Return the directory, without a slash at its end; empty for none."""
    if not given:
        return ""
    if not _controller_directory.usable(given):
        raise KeysmithError("%s: has to be the absolute path of a directory on the controller." % _DIRECTORY)
    return _controller_directory.plain(given)
