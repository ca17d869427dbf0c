# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as users get it: built, imported, installed, run, documented."""

from __future__ import annotations

from ci import environments
from ci.step import Run
from ci.workspace import collections, fresh, tree

IMPORTER = """\
[galaxy-importer]
RUN_ANSIBLE_TEST = False
CHECK_REQUIRED_TAGS = True
CHECK_CHANGELOG = True
"""

OFFLINE = """
intersphinx_mapping = {}  # other projects' pages would be downloaded
suppress_warnings = ["ref.ref"]  # two labels of Ansible's own documentation
"""


def importer(run: Run) -> None:
    """What Galaxy checks when a collection is uploaded."""
    tools = environments.tools(run)
    work = fresh(f"{run.name}-build")
    (work / "importer.cfg").write_text(IMPORTER, encoding="utf-8")
    run.call(tools / "ansible-galaxy", "collection", "build", "--output-path", work, cwd=tree(run.name))
    tarball = next(work.glob("*.tar.gz"))
    run.call(
        tools / "python",
        "-m",
        "galaxy_importer.main",
        tarball.name,
        cwd=work,
        path=[tools],
        variables={"GALAXY_IMPORTER_CONFIG": "importer.cfg"},
    )


def docs_site(run: Run) -> None:
    """The documentation as pages, where every warning is an error."""
    tools = environments.tools(run)
    collection = tree(run.name)
    site = fresh(f"{run.name}-site")
    settings = {"ANSIBLE_COLLECTIONS_PATH": str(collections(collection))}
    run.call(
        tools / "antsibull-docs",
        "sphinx-init",
        "--use-current",
        "--squash-hierarchy",
        "--fail-on-error",
        "--dest-dir",
        site,
        "keysmith.jwt",
        cwd=collection,
        path=[tools],
        variables=settings,
    )
    with open(site / "conf.py", "a", encoding="utf-8") as conf:
        conf.write(OFFLINE)
    run.call("bash", site / "build.sh", cwd=site, path=[tools], variables=settings)
