# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at the report in Chromium: ``python tests/browser/run.py [--screenshot FILE]``.

Sorting, searching, an accessibility check by axe, three widths, both color schemes, no script, hostile texts. Needs
node, npm and chromium. The Python has to be that of an environment with ansible-core; ``python3 tests/run.py browser``
makes one.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import shutil
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "fleet"), str(HERE.parent / "servers")]
import installed
import userland

LARGE = 10000
#: What is wrong on some hosts of the small report.
PROBLEMS = {
    0: ("access", "/etc/orders/jwt/v1/private.key has mode 0644 instead of 0600."),
    2: (
        "unlisted",
        "/etc/orders/jwt/v3 is on the host, but neither versions nor retired lists it; "
        "list it under retired to remove it.",
    ),
    11: ("mismatch", "/etc/orders/jwt/v12/env names another key ID than /etc/orders/jwt/v12/jwk.json."),
}


def node_modules() -> Path:
    """Install what the lock file says into the cache, once; no package runs a script of its own."""
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:10]
    target = userland.CACHE / f"browser-npm-{lock}"
    with userland.alone():
        if not target.exists():
            unfinished = target.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, unfinished)
            options = ("--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(unfinished))
            try:
                userland.call(print, "npm", "ci", *options)
            except subprocess.CalledProcessError:
                raise userland.Unavailable("npm cannot install puppeteer-core and axe-core here") from None
            unfinished.rename(target)
    return target / "node_modules"


def write_pages(folder: Path) -> None:
    """Reports of made-up hosts: a small one that has something of everything, a hostile one and a large one."""
    installed.offer_collection()
    from ansible_collections.keysmith.jwt.plugins.plugin_utils import _published, _report_page
    from ansible_collections.keysmith.jwt.tests.unit import made_reports

    pages = {}
    answers: dict[str, made_reports.Answer] = {}
    for number in range(40):
        kid = base64.urlsafe_b64encode(hashlib.sha256(b"%d" % number).digest()).decode().rstrip("=")
        problem, text = PROBLEMS.get(number, ("", ""))
        one = made_reports.answer(kid, "left over" if problem == "unlisted" else "active", problem, text)
        service = one["services"]["orders"]
        version = {**service["versions"]["v1"], "thumbprint": kid, "created": f"2026-{number % 11 + 1:02}-10T08:00:00Z"}
        service["versions"] = {f"v{number % 12 + 1}": version}
        answers[f"app{number:05}.example.com"] = one
    answers["db1.example.com"] = {"why": "Failed to connect to the host via ssh: Connection timed out"}
    small = made_reports.report(answers)
    there = [_published.Entry(key.kid, key.thumbprint) for key in small.fleet.keys[1:]]
    where = "https://login.example.com/jwks.json"
    pages["small"] = small._replace(published=[_published.compare(where, [], there, small.fleet)])
    texts = enumerate(made_reports.HOSTILE)
    pages["hostile"] = made_reports.report(
        {f"h{at}": made_reports.answer(text, problem="access", text=text) for at, text in texts}
    )
    pages["large"] = made_reports.report(
        {f"app{number:05}.example.com": made_reports.answer(f"{number:043d}") for number in range(LARGE)}
    )
    for name, one in pages.items():
        (folder / f"{name}.html").write_bytes(_report_page.to_html(one))


def main() -> t.Any:
    parser = argparse.ArgumentParser(description="Look at the report in a browser.")
    parser.add_argument("--screenshot", type=Path, help="where to keep the picture of the small report")
    arguments = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        for program, found in (("node", shutil.which("node")), ("npm", shutil.which("npm")), ("chromium", chromium)):
            if not found:
                raise userland.Unavailable(f"needs {program}")
        modules = node_modules()
    except userland.Unavailable as missing:
        userland.not_run(missing)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_pages(folder)
        done = subprocess.run(
            ["node", HERE / "look.js", modules, str(chromium), folder],
            stdin=subprocess.DEVNULL,
            check=False,
            timeout=300,
        )
        if arguments.screenshot and not done.returncode:
            shutil.copy(folder / "report.png", arguments.screenshot)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
