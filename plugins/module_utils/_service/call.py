# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be said of a call of the batch module before anything of it is looked into."""

from __future__ import annotations

import os
import typing as t

#: Of a service. The secrets of key pairs are apart from everything else, in an option of their own.
SECRETS = ("passphrase", "previous_passphrases")
#: The directory of a service where nothing is said of it.
DIRECTORY = "/etc/{name}/jwt"

Options = t.Mapping[str, t.Any]


def is_routine(options: Options) -> bool:
    """Whether it is a call that is made again and again. One with which hosts share keys is made once."""
    return not any(options[name] for name in ("make", "recipients", "sealed"))


def can_be_remembered(options: Options) -> bool:
    """Whether an earlier run may have been the same; nothing is remembered of what is to be forgotten."""
    return is_routine(options) and options["restarted"] is None


def anchors(options: Options) -> t.List[str]:
    """Where a record of the call can be: with the directory of each service, or with the private key of each pair."""
    if options["services"] is None:
        return [_expanded(str(item.get("path"))) for item in options["keypairs"]]
    return [_directory(item, options["defaults"] or {}) for item in options["services"]]


def _directory(service: Options, defaults: Options) -> str:
    directory = service.get("directory") or defaults.get("directory") or DIRECTORY
    return _expanded(str(directory)).replace("{name}", str(service.get("name"))).rstrip("/")


def _expanded(path: str) -> str:
    """As Ansible takes a path."""
    return os.path.expanduser(os.path.expandvars(path))


def shown(options: Options) -> t.Dict[str, t.Any]:
    """What the items may be shown as, in a call in which nothing is misspelt."""
    services, defaults = options["services"], options["defaults"]
    return {
        "services": services and [without_secrets(service) for service in services],
        "defaults": defaults and without_secrets(defaults),
        "keypairs": options["keypairs"],
    }


def without_secrets(options: Options) -> t.Dict[str, t.Any]:
    """The options of a service, or those that services have in common, as they may be shown."""
    return {name: options[name] for name in options if name not in SECRETS}
