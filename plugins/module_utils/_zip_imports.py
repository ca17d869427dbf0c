# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Halve the time that Python takes to load the code of this collection on a host.

Ansible sends the code in a ZIP file, from which Python compiles it in each run, and each file twice: importlib asks
the loader for the name of the file, and zipimport finds that out by compiling it (``zipimporter.get_filename``). For
the files beside this one the name is said here. Importing this file is all that is to be done for those after it.
"""

from __future__ import annotations

import os
import sys
import typing as t
from importlib.machinery import ModuleSpec
from zipimport import ZipImportError, zipimporter


class _Finder:
    """Finds the modules of this package and of its folders, where they come from a ZIP file."""

    @staticmethod
    def find_spec(name: str, path: t.Any = None, target: t.Any = None) -> t.Optional[ModuleSpec]:
        package, _dot, last = name.rpartition(".")
        if not path or not (package + ".").startswith("%s." % __package__):
            return None
        try:
            loader = sys.path_importer_cache.get(path[0]) or zipimporter(path[0])
            if not isinstance(loader, zipimporter) or loader.is_package(name):
                return None
        except ZipImportError:
            return None
        sys.path_importer_cache[path[0]] = loader
        spec = ModuleSpec(name, t.cast(t.Any, loader), origin=os.path.join(path[0], last + ".py"))
        spec.has_location = True
        return spec


if isinstance(globals().get("__loader__"), zipimporter):
    sys.meta_path.insert(0, _Finder)
