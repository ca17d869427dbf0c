# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The software bill of materials of a built collection, in CycloneDX 1.5."""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
import typing as t
from pathlib import Path

from ci.workspace import ROOT


def of(archive: Path, version: str) -> str:
    """JSON that names the collection, each of its files, and what it needs on a controller."""
    collection = {
        "type": "library",
        "bom-ref": f"keysmith.jwt@{version}",
        "name": "keysmith.jwt",
        "version": version,
        "licenses": [{"license": {"id": "GPL-3.0-or-later"}}],
        "hashes": [_hash(archive.read_bytes())],
    }
    needed = [_package(*found) for found in _requirements()]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": collection},
        "components": [*needed, *_files(archive)],
        "dependencies": [{"ref": collection["bom-ref"], "dependsOn": [one["bom-ref"] for one in needed]}],
    }
    return json.dumps(document, indent=2) + "\n"


def _hash(content: bytes) -> dict[str, str]:
    return {"alg": "SHA-256", "content": hashlib.sha256(content).hexdigest()}


def _requirements() -> list[tuple[str, str]]:
    text = (ROOT / "requirements.txt").read_text("utf-8")
    return list(re.findall(r"^([\w-]+)(\S*)$", text, re.MULTILINE))


def _package(name: str, limit: str) -> dict[str, t.Any]:
    """A package that is installed beside the collection; nothing of it is in the archive."""
    reference = f"pkg:pypi/{name}"
    wanted = [{"name": "keysmith.jwt:versions", "value": limit}]
    return {"type": "library", "bom-ref": reference, "name": name, "purl": reference, "properties": wanted}


def _files(archive: Path) -> t.Iterator[dict[str, t.Any]]:
    with tarfile.open(archive) as opened:
        for member in opened:
            content = opened.extractfile(member)
            if content is not None:
                yield {"type": "file", "name": member.name, "hashes": [_hash(content.read())]}
