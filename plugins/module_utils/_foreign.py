# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""Passphrases of other keys in our environment files: where one of them is nowhere else, its key is lost with it."""

from __future__ import annotations

import os

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._found import FoundEnvironment, State
from ansible_collections.keysmith.jwt.plugins.module_utils._wanted import Wanted

WARNING = (
    "An environment file spoke of another key, which is there still; if another task keeps that one, give each key a "
    "file or variables of its own."
)


def check(wanted: Wanted, state: State, passphrase: bytes) -> bool:
    """Whether an environment file speaks of another key before it is changed.

    KeysmithError where the passphrase of that key would be taken out of it, or replaced. One that is given to this run
    is known to whoever asks for it, and is not lost.
    """
    known = {passphrase, wanted.passphrase, *wanted.previous_passphrases}
    known |= {state.opened.passphrase} if state.opened else set()
    for item in state.environment if wanted.regenerate != "always" else ():
        if not item.passphrase or item.passphrase in known:
            continue
        if other_key(wanted, item):
            raise KeysmithError(
                "environment: %s holds the passphrase of %s, which is there still, and it would be lost; give each key "
                "a file or variables of its own, or list that passphrase under previous_passphrases."
                % (item.wanted.path, other_key(wanted, item))
            )
        if item is state.environment[0] and not item.key_path and not state.exists:
            raise KeysmithError(
                "environment: %s holds a passphrase that may be another key's, and it would be lost; list it under "
                "previous_passphrases, or take its line out." % item.wanted.path
            )
    return any(other_key(wanted, item) for item in state.environment)


def other_key(wanted: Wanted, item: FoundEnvironment) -> str:
    """The path of another key that the file speaks of and that is there; empty for none.

    Another version below the same ``base_directory`` is none: it has an environment file of its own.
    """
    path = os.path.normpath(item.key_path) if os.path.isabs(item.key_path) else ""
    is_version = bool(wanted.base_directory) and path.startswith(wanted.base_directory.rstrip("/") + "/")
    return "" if path == wanted.path or is_version or not os.path.lexists(path) else path
