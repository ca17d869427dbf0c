# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""Which files the key pairs of one run want, and whether two of them want the same: told by inode, not by spelling."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._files import Attributes
from ansible_collections.keysmith.jwt.plugins.module_utils._folders import Folders, Identity
from ansible_collections.keysmith.jwt.plugins.module_utils._wanted import Wanted


class _Pair(t.Protocol):
    wanted: Wanted


def check(folders: Folders) -> t.Callable[[str, _Pair], None]:
    """A check of one key pair after the other; KeysmithError where it wants what it, or one before it, has already."""
    taken: t.Dict[Identity, t.Dict[str, str]] = {}
    environments: t.Dict[Identity, t.Tuple[str, Attributes]] = {}

    def one(name: str, pair: _Pair) -> None:
        wanted = pair.wanted
        _refuse_twice(wanted, folders)
        for option, path, variable in _claims(wanted):
            # A file that is one pair's altogether is nobody else's; of an environment file each takes its variables.
            others = taken.setdefault(folders.identity(path), {})
            users = {others.get(variable, name), others.get("", name)}
            users |= set() if variable else set(others.values())
            if users != {name}:
                what = "%s in %s" % (variable, path) if variable else path
                raise KeysmithError("%s: %s is another key pair's already; give each its own." % (option, what))
            others[variable] = name
        for item in wanted.environment if wanted.state == "present" else ():
            first, attributes = environments.setdefault(folders.identity(item.path), (name, item.attributes))
            # With one at 0600 and one at 0644, a passphrase of the first would be open to all.
            if item.attributes != attributes:
                raise KeysmithError(
                    "environment: %s gets another mode, owner or group for %s; give it the same for both."
                    % (item.path, first)
                )

    return one


def _claims(wanted: Wanted) -> t.List[t.Tuple[str, str, str]]:
    """Option, path, and the variable where it is not the whole file."""
    files = (("path", wanted.path), ("public_path", wanted.public_path), ("jwk_path", wanted.jwk_path))
    claims = [(option, path, "") for option, path in files if path]
    return claims + [("environment", item.path, name) for item in wanted.environment for name in item.variables]


def _refuse_twice(wanted: Wanted, folders: Folders) -> None:
    """One file under two names, through a link on the way: the second content would take the place of the first."""
    named = [("path", wanted.path), ("active_link", wanted.active_link)]
    named += [("environment", item.path) for item in wanted.environment]
    named += [("public_path", wanted.public_path), ("jwk_path", wanted.jwk_path)]
    seen: t.Dict[Identity, str] = {}
    for option, path in named:
        first = seen.setdefault(folders.identity(path), path) if path else path
        if first != path:
            raise KeysmithError("%s: %s and %s are the same file; give each its own." % (option, path, first))
