# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation site: the Markdown of the repository, its only source, and the reference of the plugins."""

from __future__ import annotations

import posixpath
import re
import shutil
from pathlib import Path

from ci import environments
from ci.step import Failed, Run
from ci.workspace import collections, fresh, tree

REPOSITORY = "https://github.com/keysmith/keysmith.jwt/blob/main/"
#: What stands outside docs/ and is a page all the same.
MORE = ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "roles/signing_key/README.md")
LINK = re.compile(r"(?<=\]\()(?!\w+:|#|/)([^)#\s]+)(#[^)\s]*)?(?=\))")
FENCE = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
EXAMPLES = "docs/examples.md"
LANGUAGES = {".yml": "yaml", ".sh": "bash"}


def build(run: Run) -> None:
    """Write the site to ``html`` in the step's folder. Every warning is an error, so no link leads nowhere."""
    collection = tree(run.name)
    site = fresh(f"{run.name}-site")
    pages(collection, site / "source")
    _reference(run, collection, site / "source" / "reference")
    run.call(
        environments.tools(run) / "sphinx-build",
        *("-b", "html", "-W", "--keep-going", "-q", "-c", collection / "docs" / "docsite"),
        site / "source",
        site / "html",
        path=[environments.tools(run)],
    )
    if not (site / "html" / "index.html").is_file():
        raise Failed("there is no first page")
    run.say(f"{site}/html/index.html")


def _reference(run: Run, collection: Path, folder: Path) -> None:
    folder.mkdir(mode=0o755)
    run.call(
        environments.tools(run) / "antsibull-docs",
        *("collection", "--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", folder),
        "keysmith.jwt",
        cwd=collection,
        path=[environments.tools(run)],
        variables={"ANSIBLE_COLLECTIONS_PATH": str(collections(collection))},
    )


def pages(collection: Path, source: Path) -> None:
    """Copy what is shown, at the paths that it has in the repository, with links that lead somewhere on the site."""
    shown = [path.relative_to(collection).as_posix() for path in (collection / "docs").glob("*.md")]
    shown += MORE
    for name in shown:
        _write(source / name, _links(name, (collection / name).read_text("utf-8"), {*shown, EXAMPLES}))
    for picture in [*(collection / "docs").glob("*.svg"), *(collection / "docs").glob("*.png")]:
        shutil.copy(picture, source / "docs")
    _write(source / EXAMPLES, examples(collection / "docs" / "examples"))
    shutil.copy(collection / "docs" / "docsite" / "index.md", source)


def examples(folder: Path) -> str:
    """A page with all files of the examples."""
    parts = ["# Files of the examples\n"]
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        language = LANGUAGES.get(path.suffix, "text")
        parts.append(f"## {path.relative_to(folder)}\n\n```{language}\n{path.read_text('utf-8')}```\n")
    return "\n".join(parts)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _links(name: str, text: str, shown: set[str]) -> str:
    """The page with links to other pages as they are, and to other files on the site or in the repository."""

    def change(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), found[1]))
        if target in shown or target.endswith((".svg", ".png")):
            return found[0]
        if target.startswith("docs/examples"):
            return posixpath.relpath(EXAMPLES, posixpath.dirname(name) or ".")
        return REPOSITORY + target

    kept = [(one.start(), one.end()) for one in FENCE.finditer(text)]
    return LINK.sub(lambda one: one[0] if any(a <= one.start() < b for a, b in kept) else change(one), text)
