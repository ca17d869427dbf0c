# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of ``python3 tests/run.py`` as sessions of nox, for those who are used to it."""

from __future__ import annotations

import nox

nox.options.sessions = ["lint", "unit", "docs"]

#: The sessions, and the steps of each; ``python3 tests/run.py --list`` says what they do.
SESSIONS = {
    "lint": ("repository", "ruff", "yamllint", "mypy", "changelog", "role-files", "ansible-lint"),
    "unit": ("unit",),
    "docs": ("docs-lint", "docs-site", "examples"),
    "sanity": ("sanity-*",),
    "integration": ("integration-*",),
    "fleet": ("fleet",),
    "molecule": ("molecule",),
    "everything": (),
}


def _add(name: str, steps: tuple[str, ...]) -> None:
    @nox.session(name=name, python=False)
    def session(session: nox.Session) -> None:
        session.run("python3", "tests/run.py", *steps, *session.posargs, external=True)

    session.__doc__ = f"tests/run.py {' '.join(steps)}"


for _name, _steps in SESSIONS.items():
    _add(_name, _steps)
