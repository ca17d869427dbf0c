# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove the public keys on the controller of services that hosts no longer have.

Only files that the role writes are removed, for hosts and services that the controller has asked to be taken away.
"""

from __future__ import annotations

import os
import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._disk.directory import open_directory
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.files import FileSlot
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.system_errors import reporting_errors
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk_set
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _version_files
from ansible_collections.keysmith.jwt.plugins.plugin_utils._record import public_file

_OPTION = "signing_key_output_directory"
_KINDS = ("jwk", "jwks")
#: Seconds to wait for another run.
_PATIENCE = 60


class Withdrawal:
    """What is removed in a directory of public keys. In check mode nothing is."""

    def __init__(self, output: str, check_mode: bool, hosts: _version_files.Hosts) -> None:
        """``hosts`` are those of the inventory."""
        self._output, self._check_mode, self._hosts = output, check_mode, hosts
        #: As the module jwks returns them.
        self.files: t.List[t.Dict[str, t.Any]] = []
        self.diffs: t.List[t.Dict[str, str]] = []
        #: By service of which other hosts' keys stay, the files of which its set is made.
        self.sources: t.Dict[str, t.List[str]] = {}

    def withdraw(self, name: str, hosts: t.Sequence[str], comes: bool) -> None:
        """Remove the files of these hosts, and the set if no other host has keys of the service.

        ``comes``: whether the keys of other hosts are written in this run. KeysmithError where something is in the way.
        """
        folder = "%s/%s" % (self._output, name)
        paths = [public_file(self._output, name, host, kind) for host in hosts for kind in _KINDS]
        for path in paths:
            self._remove(path)
        left = [one for one in _json_files(folder) if one not in paths]
        self.clear_versions(name, dict.fromkeys(hosts, ()))
        if left or comes:
            self.sources[name] = left if self._check_mode else [folder]
        else:
            self._remove(folder + ".jwks.json")
            self._remove_folder(folder)

    def clear_versions(self, name: str, current: t.Mapping[str, t.Container[str]]) -> None:
        """Remove the files of versions that these hosts no longer have, and their directory if it is empty."""
        for path in self._hosts.left_over(self._output, name, current):
            self._remove(path)
        self._remove_folder(_version_files.folder(self._output, name))

    def _remove(self, path: str) -> None:
        with open_directory(os.path.dirname(path), _OPTION) as folder:
            place = FileSlot(folder, os.path.basename(path), _OPTION)
            if not place.look():
                return
            before = place.read(jwk_set.MOST_OCTETS)
            self.files.append({"path": path, "count": 0, "removed": []})
            text = before.decode("utf-8", "replace")
            self.diffs.append({"before_header": path, "after_header": path, "before": text, "after": ""})
            if not self._check_mode:
                folder.lock(_PATIENCE)
                place.remove()

    def _remove_folder(self, path: str) -> None:
        """Remove the folder unless it holds files of others."""
        if self._check_mode or not os.path.isdir(path) or os.listdir(path):
            return
        with open_directory(os.path.dirname(path), _OPTION) as above, reporting_errors(_OPTION, path, "remove"):
            os.rmdir(os.path.basename(path), dir_fd=above.fd)


def _json_files(folder: str) -> t.List[str]:
    try:
        return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".json"))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise KeysmithError("%s: cannot read %s: %s." % (_OPTION, folder, os.strerror(error.errno or 0))) from None
