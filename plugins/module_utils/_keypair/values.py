# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the values of single options: key IDs, paths, modes, owners."""

from __future__ import annotations

import grp
import os
import pwd
import re
import typing as t

from .._errors import KeysmithError
from . import names, record

_OCTAL = re.compile("[0-7]{1,4}")
_SAFE_KEY_ID = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-")
#: What is left for the names of backups and of what is staged.
LONGEST_NAME = 200
#: What is added to the name of a backup, and the name of the file that says that a restart is due.
BACKUP, RESTART_DUE = r"\.[A-Za-z0-9_-]{1,8}\.[0-9]{8}T[0-9]{12}Z\.bak", record.RESTART_DUE
#: The history of a service, in its directory.
HISTORY = "history.json"
#: Temporaries, staged keys, records, backups, marks and histories.
_OURS = re.compile(
    r"\.ks-.*\.tmp|\..*\.staged|\..*\.record|%s|%s|.*%s" % (re.escape(RESTART_DUE), re.escape(HISTORY), BACKUP),
    re.DOTALL,
)
#: Directories of the system (hier(7)), by what is above them.
_SYSTEM_IN = {
    "/": "bin boot dev etc home lib lib64 media mnt opt proc root run sbin srv sys tmp usr var",
    "/etc/": "default pki pki/tls pki/tls/private ssh ssl ssl/private sysconfig systemd systemd/system",
    "/usr/": "bin include lib lib64 libexec local local/bin local/etc local/lib local/share sbin share src",
    "/var/": "cache lib local log mail opt run spool tmp",
}
_SYSTEM = frozenset(["/"] + [above + name for above, names in _SYSTEM_IN.items() for name in names.split()])


def checked_key_id(value: t.Any) -> str:
    """Return the key ID, or ``thumbprint``; KeysmithError if a JWK or an environment file could not hold it."""
    key_id = names.name("key_id", value)
    if not key_id or key_id != key_id.strip() or not key_id.isprintable():
        raise KeysmithError(
            "key_id: has to be 'thumbprint' or a string without control characters and without blanks at its ends."
        )
    if len(key_id) > 256:
        raise KeysmithError("key_id: is longer than 256 characters.")
    return key_id


def is_portable_key_id(key_id: str) -> bool:
    """Check whether every known authorization server accepts it."""
    return len(key_id) <= 64 and set(key_id) <= _SAFE_KEY_ID


def absolute(option: str, path: t.Optional[str]) -> str:
    """Return a normalised path; empty if none was given."""
    if not path:
        return ""
    if not path.startswith("/") or not path.isprintable() or path.endswith("/") or ".." in path.split("/"):
        raise KeysmithError(
            "%s: give an absolute path, without '..', control characters or a slash at its end." % option
        )
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        raise KeysmithError(
            "%s: holds characters that the host's locale does not allow in file names; set LC_ALL to C.UTF-8 there."
            % option
        ) from None
    name = os.path.basename(path)
    if len(os.fsencode(name)) > LONGEST_NAME:
        raise KeysmithError("%s: the name of the file is longer than %d octets." % (option, LONGEST_NAME))
    if is_ours(name):
        raise KeysmithError(
            "%s: %s is a name reserved for temporary files and backups; choose another." % (option, name)
        )
    # One spelling for each file: which key pairs share one is seen by the paths. normpath leaves two slashes alone.
    return "/" + os.path.normpath(path).lstrip("/")


def is_ours(name: str) -> bool:
    """Check for names that runs give to unfinished files and to backups."""
    return bool(_OURS.fullmatch(name))


def own_directory(option: str, path: t.Optional[str]) -> str:
    """Return a directory whose owner and mode we may set; empty if none was given."""
    found = absolute(option, path)
    if found in _SYSTEM:
        raise KeysmithError(
            "%s: %s is a system directory, and its owner and mode would be changed; name a directory for the service "
            "alone." % (option, found)
        )
    return found


class Mode(t.NamedTuple):
    """A rule for the modes of a file or directory."""

    #: The bits that may be set, and those that have to be.
    allowed: int
    needed: int
    #: What to use instead of another one.
    advice: str


SECRET = Mode(0o640, 0o400, "is too open for a secret, or its owner cannot read it; use '0600', or '0640' for a group")
PUBLIC = Mode(0o664, 0o400, "is too open for a public file, or its owner cannot read it; use '0644'")
DIRECTORY = Mode(
    0o755, 0o700, "has to give the owner all permissions and no other user write permission; use '0700' or '0750'"
)


def mode(option: str, value: t.Any, rule: Mode) -> int:
    """Return a mode from a number or octal digits; KeysmithError if the rule does not allow it."""
    number = int(value, 8) if isinstance(value, str) and _OCTAL.fullmatch(value) else value
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= 0o7777:
        number = None
    if number is not None and _is_allowed(number, rule):
        return number
    digits = str(value)
    # To YAML 1.1, 0644 is the number 420, so only a number that cannot be meant is one whose quotes are missing.
    is_decimal = isinstance(value, int) and _OCTAL.fullmatch(digits)
    if is_decimal and (value > 0o777 or _is_allowed(int(digits, 8), rule)):
        raise KeysmithError(
            "%s: %s is not in quotes, so YAML takes it for a decimal number; write '0%s'." % (option, digits, digits)
        )
    if number is None:
        raise KeysmithError("%s: has to be octal digits in quotes, such as '0600'." % option)
    raise KeysmithError("%s: %04o %s." % (option, number, rule.advice))


def _is_allowed(number: int, rule: Mode) -> bool:
    return not number & ~rule.allowed and number & rule.needed == rule.needed


def seconds(option: str, value: int) -> int:
    """Return how long to wait, at most a day."""
    if not 0 <= value <= 86400:
        raise KeysmithError("%s: has to be from 0 to 86400 seconds." % option)
    return value


def ids(owner: t.Optional[str], group: t.Optional[str], where: str = "") -> t.Tuple[int, int]:
    """Return the uid and gid of names or numbers, -1 for none; KeysmithError for names that the host does not know."""
    uid = gid = -1
    if owner not in (None, ""):
        try:
            uid = _number(owner) if _is_number(owner) else pwd.getpwnam(str(owner)).pw_uid
        except (KeyError, ValueError):
            raise KeysmithError("%sowner: there is no user %s on this host." % (where, owner)) from None
    if group not in (None, ""):
        try:
            gid = _number(group) if _is_number(group) else grp.getgrnam(str(group)).gr_gid
        except (KeyError, ValueError):
            raise KeysmithError("%sgroup: there is no group %s on this host." % (where, group)) from None
    if os.geteuid() != 0:
        if uid not in (-1, os.geteuid()):
            raise KeysmithError("%sowner: only root can give a file to %s; use become." % (where, owner))
        if gid != -1 and gid not in os.getgroups() + [os.getegid()]:
            raise KeysmithError("%sgroup: only root can give a file to group %s; use become." % (where, group))
    return uid, gid


def _is_number(name: t.Any) -> bool:
    return str(name).isascii() and str(name).isdigit()


def _number(name: t.Any) -> int:
    """Return a uid or gid; ValueError for anything else. The highest number means 'keep' to the system."""
    number = int(name)
    if number >= 2**32 - 1:
        raise ValueError
    return number
