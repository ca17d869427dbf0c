# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program with which a host answers whether everything is unchanged: the records of all key pairs, or nothing.

The controller sends this and ``record`` as one program, behind which it puts what it asks; see ``_unchanged``.
"""

from __future__ import annotations

import binascii
import os
import resource
import sys

from .record import RESTART_DUE, TYPE_CHECKING, Record, recall, resolved

if TYPE_CHECKING:
    import typing as t

    from .record import Asked, Context

_SELINUX = "/sys/fs/selinux/enforce"


def settled(asked: Asked, context: Context) -> t.List[Record]:
    """Return the records of a key pair, or of the active version of a service and its others; empty if it has to be
    inspected.
    """
    directory = os.path.dirname(os.path.dirname(resolved(asked[0])))
    first = recall(asked, context)
    if not first or os.path.lexists(os.path.join(directory, RESTART_DUE)):
        return []
    others = [recall((path, *asked[1:]), context) for path in first.more]
    return [first] + [one for one in others if one] if all(others) else []


def show(questions: t.Sequence[Asked], mark: str) -> None:
    """Print the records of all key pairs on one line after a mark; print nothing if one has to be inspected."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    # No trace of the options in a core file: see _module.
    resource.setrlimit(resource.RLIMIT_CORE, (1 if hard else 0, hard))
    # Only a library knows what SELinux' policy says about a path.
    found = [] if os.path.exists(_SELINUX) else [settled(asked, lambda _path: "") for asked in questions]
    if found and all(found):
        text = "\2".join("\1".join("\0".join(_fields(one)) for one in records) for records in found)
        line = binascii.b2a_base64(text.encode("utf-8", "surrogateescape"), newline=False).decode("ascii")
        sys.stdout.write("\n%s %s\n" % (mark, line))


def _fields(one: Record) -> t.List[str]:
    """Return what the controller needs: paths of private key, public key and JWK, the content of the latter, and the
    rest.
    """
    return [*one.paths[:3], one.public_key, one.jwk, one.rest]
