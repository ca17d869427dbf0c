# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn errors of the system into one sentence about the path that the user gave."""

from __future__ import annotations

import contextlib
import errno
import os
import typing as t

from .._errors import KeysmithError
from .owner_mode import NotKept

#: File systems that cannot lock or sync a directory say so with these.
UNSUPPORTED = (errno.EINVAL, errno.ENOTSUP, errno.ENOLCK, errno.EBADF, errno.ENOSYS)


@contextlib.contextmanager
def reporting_errors(option: str, path: str, doing: str) -> t.Iterator[None]:
    """Turn an OSError into one sentence with the user's own path: temporary names mean nothing to a user."""
    try:
        yield
    except NotKept:
        raise KeysmithError(
            "%s: the file system of %s does not keep the owners and modes of files, so others could read or replace "
            "what is put there; name a path on another file system." % (option, path)
        ) from None
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "input/output error"
        if isinstance(error, PermissionError) and os.geteuid() != 0:
            reason += "; use become"
        raise KeysmithError("%s: cannot %s %s: %s." % (option, doing, path, reason)) from None
