# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""community.crypto, fetched for the comparison alone: nothing else in this repository knows it."""

from __future__ import annotations

import json
import shutil
import zipfile

from ci import environments
from ci.step import Run
from ci.workspace import CACHE

# The package ``ansible`` carries the collection; package indexes are mirrored where Galaxy is not.
PACKAGE, INSIDE = "ansible", "ansible_collections/community/crypto/"
COLLECTIONS = CACHE / "benchmark" / "collections"
MANIFEST = COLLECTIONS / INSIDE / "MANIFEST.json"


def fetch(run: Run, python: str) -> None:
    """Have the collection in COLLECTIONS, in the newest version that goes with that Python."""
    if MANIFEST.exists():
        return
    work = COLLECTIONS.with_name("unfinished")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    environments.download(run, PACKAGE, work, "--only-binary", ":all:", "--python-version", python)
    with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
        wheel.extractall(work / "tree", [name for name in wheel.namelist() if name.startswith(INSIDE)])
    shutil.rmtree(COLLECTIONS, ignore_errors=True)
    (work / "tree").rename(COLLECTIONS)
    shutil.rmtree(work)


def version() -> str:
    found: str = json.loads(MANIFEST.read_text(encoding="utf-8"))["collection_info"]["version"]
    return found
