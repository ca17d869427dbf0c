# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must not be in the repository, whatever a linter thinks of it, and what it says of its own tests."""

from __future__ import annotations

import re
from pathlib import Path

from ci import requirements
from ci.step import Failed, Run
from ci.workspace import ROOT, files

# Cut in two, so that this file does not hold what it looks for.
PRIVATE_KEY = re.compile(b"-BEGIN [A-Z0-9 ]*PRIV" + b"ATE KEY-----\\s*[A-Za-z0-9+/:-]{16}")
UNFINISHED = re.compile(b"\\b(TO" + b"DO|FIX" + b"ME|X" + b"XX)\\b")
GENERATED = re.compile(r"(^|/)(__pycache__|\.\w*_?cache|\.venv|\.hypothesis)(/|$)|\.(pyc|tar\.gz|bak|orig|rej|retry)$")
SPDX = b"SPDX-License-Identifier: GPL-3.0-or-later"


def check(run: Run) -> None:
    """Name every file that breaks a rule; raises Failed when one does."""
    complaints = [f"{path}: {complaint}" for path in files() for complaint in _complaints(path)]
    complaints += [f"{requirements.TABLE}: {complaint}" for complaint in requirements.complaints()]
    for complaint in complaints:
        run.say(complaint)
    if complaints:
        raise Failed(f"{len(complaints)} in {len(files())} files")


def _complaints(path: Path) -> list[str]:
    content = (ROOT / path).read_bytes() if (ROOT / path).is_file() else b""
    rules = (
        (bool(GENERATED.search(path.as_posix())), "a generated file"),
        (path.parts[0] != "tests" and bool(PRIVATE_KEY.search(content)), "holds a private key"),
        (path.name != "LICENSE" and bool(UNFINISHED.search(content)), "holds an unfinished note"),
        (path.suffix == ".py" and bool(content) and SPDX not in content[:500], "has no SPDX licence header"),
        ((ROOT / path).is_symlink(), "is a symbolic link, which a checkout or a package can lose"),
    )
    return [text for broken, text in rules if broken]
