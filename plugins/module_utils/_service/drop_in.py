# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drop-in of a service's systemd unit: its text, and whether the unit already has it."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import typing as t

from .._disk.xattrs import READ
from .._env_files import edit
from .._errors import KeysmithError
from .call import PRIVATE_KEY

if t.TYPE_CHECKING:
    from .service import Options, Service

_PATH = "/etc/systemd/system/%s.service.d/50-signing-key.conf"
_LARGEST = 64 * 1024
#: The first systemd that puts the directory of credentials for %d (systemd.unit(5)).
_KNOWS_CREDENTIALS_DIRECTORY = 250
_VERSION = re.compile(r"systemd (\d+)")


def unit(service: Service) -> Options:
    """Return the unit, the path of its drop-in, and the text for it."""
    link = service.link.replace("%", "%%")  # To systemd, a percent sign begins a specifier.
    lines = ["EnvironmentFile=%s/env" % link]
    if service.options["systemd_credentials"]:
        lines.append("LoadCredential=%s:%s/%s" % (PRIVATE_KEY, link, PRIVATE_KEY))
        variable = service.options["environment"]["variables"]["key_path"]
        # What a file of EnvironmentFile= says would win, so it says nothing of it.
        lines += ["Environment=%s=%%d/%s" % (variable, PRIVATE_KEY)] if variable else []
    return {
        "unit": service.unit,
        "path": _PATH % service.unit,
        "block": "[Service]\n%s\n" % "\n".join(lines),
        "restart": service.options["restart"],
    }


def path(service: Service) -> str:
    """Return the path of the drop-in, empty for a service without a unit."""
    return _PATH % service.unit if service.options["systemd_unit"] else ""


def is_missing(service: Service) -> bool:
    """Check whether the unit's drop-in lacks our text, or systemd has not read it yet."""
    return bool(service.options["systemd_unit"]) and (not _is_there(service) or takes_over(service))


def _is_there(service: Service) -> bool:
    """Check whether the drop-in has these lines, between the marks of the role."""
    wanted = unit(service)
    block = "# BEGIN keysmith.jwt.signing_key\n%s# END keysmith.jwt.signing_key\n" % wanted["block"]
    try:
        # A link there is followed by whoever writes the drop-in, too.
        fd = os.open(wanted["path"], READ & ~os.O_NOFOLLOW)
    except OSError:
        return False
    with os.fdopen(fd, "rb") as file:
        info = os.fstat(fd)
        is_right = stat.S_ISREG(info.st_mode) and stat.S_IMODE(info.st_mode) == 0o644
        return is_right and ("\n" + block).encode() in b"\n" + file.read(_LARGEST)


def takes_over(service: Service) -> bool:
    """Check whether credentials can replace the path of the key in the unit's environment file.

    Until systemd has read the drop-in, the path has to stay: a start in between would find no key.
    """
    if not service.options["systemd_credentials"] or not _says_path(service):
        return False
    return not _is_there(service) or _systemctl("show", "-p", "NeedDaemonReload", service.unit).strip().endswith("=yes")


def _says_path(service: Service) -> bool:
    """Check whether an environment file of the active version has the path of the key."""
    options = service.options["environment"]
    variable = options["variables"]["key_path"]
    if not variable:
        return False
    for path in filter(None, (service.link + "/env", options["path"])):
        try:
            fd = os.open(path, READ)
            with os.fdopen(fd, "rb") as file:
                if edit.values(file.read(edit.LARGEST_FILE), [variable], options["format"]):
                    return True
        except (OSError, KeysmithError):  # Whoever keeps the key pair says what is wrong.
            continue
    return False


def refused(services: t.Iterable[Service]) -> t.Dict[str, str]:
    """Return by the names of services why this host cannot give them credentials. Called if a drop-in is missing."""
    with_credentials = [one for one in services if one.options["systemd_credentials"] and is_missing(one)]
    version = _version() if with_credentials else 0
    if not version or version >= _KNOWS_CREDENTIALS_DIRECTORY:
        return {}
    text = "systemd_credentials: this host has systemd %d, and credentials need %d; leave it out for this host." % (
        version,
        _KNOWS_CREDENTIALS_DIRECTORY,
    )
    return {service.name: text for service in with_credentials}


def _version() -> int:
    """Return the version of the host's systemd; 0 if it is unknown, as while an image is built."""
    found = _VERSION.match(_systemctl("--version"))
    return int(found.group(1)) if found else 0


def _systemctl(*arguments: str) -> str:
    """Return the output of systemctl; empty without systemctl."""
    try:
        # There is no AnsibleModule in this layer, and its run_command ends the module where there is no such program.
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            ["systemctl", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")
