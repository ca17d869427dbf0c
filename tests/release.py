# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepares a release, to the point where only you can go on: ``python3 tests/release.py [--try]``.

Checks the version and that nothing is uncommitted, writes the changelog, runs all tests, builds the collection,
installs and verifies it, and puts it into .cache/release with a software bill of materials and checksums. It ends with
the commands that sign, tag and publish. ``--try`` runs no tests, and leaves the checkout as it is.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

from ci import bill, environments, pythons
from ci.step import Failed, NotRun, Run
from ci.workspace import CACHE, ROOT, copy, fresh

RELEASE = CACHE / "release"
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?")
WRITTEN = ("CHANGELOG.md", "changelogs")


def version_of_next() -> str:
    """The version in galaxy.yml; raises Failed where it cannot be released."""
    found = re.search(r"^version: (\S+)$", (ROOT / "galaxy.yml").read_text("utf-8"), re.MULTILINE)
    version = found[1] if found else ""
    if not VERSION.fullmatch(version):
        raise Failed(f"galaxy.yml: version {version!r} is not a semantic version, such as 1.2.3")
    if re.search(rf"^  {re.escape(version)}:$", (ROOT / "changelogs/changelog.yaml").read_text("utf-8"), re.MULTILINE):
        raise Failed(f"galaxy.yml: {version} has been released; raise version")
    if version in _git("tag", "--list", version).split():
        raise Failed(f"there is a tag {version}; raise version in galaxy.yml")
    if not (ROOT / "changelogs" / "fragments" / f"{version}.yml").is_file():
        raise Failed(f"changelogs/fragments/{version}.yml is missing: write its release_summary")
    return version


def check_committed() -> None:
    changed = _git("status", "--porcelain")
    if changed:
        raise Failed(f"commit these files or remove them first:\n{changed}")


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def write_changelog(run: Run, tree: Path, version: str) -> None:
    """Turn the fragments of the tree into its changelog."""
    tools = environments.tools(run)
    subprocess.run(["git", "init", "--quiet", tree], check=True)
    run.call(tools / "antsibull-changelog", "release", "--version", version, cwd=tree, path=[tools])
    run.call(tools / "antsibull-changelog", "lint-changelog-yaml", "changelogs/changelog.yaml", cwd=tree, path=[tools])
    if f'<a id="v{version.replace(".", "-")}"></a>' not in (tree / "CHANGELOG.md").read_text("utf-8"):
        raise Failed(f"CHANGELOG.md has no section for {version}")


def build(run: Run, tree: Path, version: str) -> Path:
    """The archive in the release's folder, after it was installed from there and compared with its own checksums."""
    program = environments.core(run, pythons.newest_core())
    shutil.rmtree(RELEASE, ignore_errors=True)
    RELEASE.mkdir(parents=True)
    archive = RELEASE / f"keysmith-jwt-{version}.tar.gz"
    run.call(program / "ansible-galaxy", "collection", "build", "--output-path", RELEASE, cwd=tree)
    place = fresh(f"{run.name}-installed")
    settings = {"ANSIBLE_COLLECTIONS_PATH": str(place)}
    run.call(program / "ansible-galaxy", "collection", "install", archive, "-p", place, variables=settings)
    run.call(program / "ansible-galaxy", "collection", "verify", "--offline", "keysmith.jwt", variables=settings)
    return archive


def describe(archive: Path, version: str) -> list[Path]:
    """Write the bill of materials and the checksums beside the archive; returns all of them."""
    materials = archive.with_name(archive.name.replace(".tar.gz", ".cdx.json"))
    materials.write_text(bill.of(archive, version), encoding="utf-8")
    sums = RELEASE / "SHA256SUMS"
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in (archive, materials)]
    sums.write_text("".join(lines), encoding="utf-8")
    return [archive, materials, sums]


def take_over(tree: Path) -> None:
    """Copy what was written in the tree into the checkout; the fragments that became a changelog go."""
    for name in WRITTEN:
        if (tree / name).is_dir():
            shutil.rmtree(ROOT / name)
            shutil.copytree(tree / name, ROOT / name, ignore=shutil.ignore_patterns(".plugin-cache.yaml"))
        else:
            shutil.copy(tree / name, ROOT / name)


def prepare(run: Run, trial: bool) -> None:
    version = version_of_next()
    if not trial:
        check_committed()
    tree = copy(fresh("release") / "ansible_collections" / "keysmith" / "jwt")
    write_changelog(run, tree, version)
    if not trial:
        take_over(tree)
        if subprocess.run([sys.executable, "tests/run.py"], cwd=ROOT, check=False).returncode:
            raise Failed("a test failed; git checkout CHANGELOG.md changelogs takes the changelog back")
    paths = describe(build(run, tree, version), version)
    print("\n".join(str(path) for path in paths))
    if trial:
        print(f"{version} can be released, as far as this can be said without tests.")
        return
    print(f"""
Everything is ready. Look at CHANGELOG.md, and then:
  git add --all CHANGELOG.md changelogs
  git commit --message 'Release {version}'
  git tag --sign {version} --message 'keysmith.jwt {version}'
  git push origin HEAD {version}
  ansible-galaxy collection publish {paths[0]}
Attach the files above to the release, and raise version in galaxy.yml.""")


def main() -> int:
    parser = argparse.ArgumentParser(description="Prepare a release, all but signing and publishing it.")
    parser.add_argument("--try", action="store_true", dest="trial", help="run no tests and leave the checkout as it is")
    trial = parser.parse_args().trial
    CACHE.mkdir(exist_ok=True)
    log = CACHE / "release.log"
    try:
        with open(log, "w+b") as output:
            prepare(Run("release", output), trial)
    except (Failed, NotRun) as error:
        print(f"{error}\n(the output of all programs: {log})", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
