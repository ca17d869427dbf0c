# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the files of a report on the controller: each is replaced as a whole, so that no reader sees half a file."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._disk import make_directories
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.attributes import Attributes
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.directory import Directory, open_directory
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.files import FileSlot
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.temporaries import leftovers
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _fleet_report, _report_page
from ansible_collections.keysmith.jwt.plugins.plugin_utils._fleet_report import Report

_OPTION = "signing_key_report_directory"
_JSON, _PAGE, _METRICS = NAMES = ("signing-keys.json", "signing-keys.html", "signing-keys.prom")
#: Who may read it: node_exporter and a web server are other users. No secret is in it.
_READABLE = Attributes(0o644)
#: Octets of a report that is compared with the new one.
_LARGEST = 1 << 30
#: Seconds to wait for another run.
_PATIENCE = 60


def write(directory: str, report: Report, check_mode: bool) -> t.Tuple[bool, t.List[str]]:
    """Write the files; return whether the content differs from the last report, and the paths.

    KeysmithError where the directory is one in which others could replace them, or cannot be written to.
    """
    contents = {
        _JSON: _fleet_report.to_json(report),
        _PAGE: _report_page.to_html(report),
        _METRICS: _fleet_report.to_prometheus(report),
    }
    paths = ["%s/%s" % (directory.rstrip("/"), name) for name in NAMES]
    with open_directory(directory, _OPTION) as folder:
        if not folder.exists and not check_mode:
            make_directories.make(folder, 0o755, -1, -1)
        place = FileSlot(folder, _JSON, _OPTION)
        before = place.read(_LARGEST) if place.look() else b""
        changed = not _fleet_report.same(before, contents[_JSON])
        if not check_mode:
            _replace(folder, contents)
    return changed, paths


def _replace(folder: Directory, contents: t.Mapping[str, bytes]) -> None:
    folder.lock(_PATIENCE)
    for name in leftovers(folder, NAMES):
        folder_place = FileSlot(folder, name, _OPTION)
        folder_place.clear()
    for name, content in contents.items():
        place = FileSlot(folder, name, _OPTION)
        # What is no regular file is refused, by its name.
        place.look()
        place.stage(content, _READABLE).commit_or_drop()
