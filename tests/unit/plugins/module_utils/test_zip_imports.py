# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes to a host in a ZIP file is compiled once."""

from __future__ import annotations

import collections
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils import _zip_imports  # pylint: disable=unused-import

PACKAGE = "ansible_collections.keysmith.jwt.plugins.module_utils"
IMPORT = """
import json, sys
compiled = []
sys.addaudithook(lambda event, of: compiled.append(str(of[1])) if event == "compile" else None)
sys.path.insert(0, sys.argv[1])
package = sys.argv[2]
for name in sys.argv[3:]:
    __import__(package + "." + name)
module = sys.modules[package + "." + name]
print(json.dumps([compiled, module.__file__, module.__name__, module.__spec__.origin, module.__package__]))
"""


@pytest.fixture
def archive(tmp_path):
    """As Ansible sends it: packages without content, and the files of one of them."""
    path, source = tmp_path / "sent.zip", Path(_zip_imports.__file__).parent
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        parts = PACKAGE.split(".")
        for depth in range(1, len(parts) + 1):
            archive.writestr("/".join(parts[:depth]) + "/__init__.py", "")
        archive.writestr("/".join(parts) + "/part/__init__.py", "")
        for folder in ("_disk", "_keypair"):
            archive.writestr("/".join(parts) + "/" + folder + "/__init__.py", "")
        for name in ("_zip_imports", "_disk/owner_mode", "_disk/xattrs", "_errors"):
            archive.write(str(source / (name + ".py")), "/".join(parts) + "/" + name + ".py")
    return path


def _loaded(archive, *names):
    command = [sys.executable, "-I", "-c", IMPORT, str(archive), PACKAGE, *names]
    printed = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    compiled, *module = json.loads(printed)
    return collections.Counter(Path(name).name for name in compiled if name.startswith(str(archive))), module


def test_each_file_after_it_is_compiled_once(archive):
    counts, module = _loaded(archive, "_zip_imports", "_disk.owner_mode")

    assert counts["owner_mode.py"] == counts["xattrs.py"] == 1
    path = "%s/%s/_disk/owner_mode.py" % (archive, PACKAGE.replace(".", "/"))
    assert module == [path, PACKAGE + "._disk.owner_mode", path, PACKAGE + "._disk"]


def test_it_is_needed(archive):
    if _loaded(archive, "_disk.owner_mode")[0]["owner_mode.py"] == 1:
        pytest.skip("this Python compiles a file in a ZIP file once: _zip_imports is not needed for it")


def test_a_package_and_what_is_not_there_are_left_to_python(archive):
    _counts, module = _loaded(archive, "_zip_imports", "part")
    assert module[0].endswith("/part/__init__.py")

    with pytest.raises(subprocess.CalledProcessError):
        _loaded(archive, "_zip_imports", "_nowhere")


def test_nothing_is_done_where_the_files_are_files():
    assert _zip_imports._Finder not in sys.meta_path
