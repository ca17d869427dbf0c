# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept of a host's answer about its keys: what the module documents, limited in size."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.plugin_utils import _shapes
from ansible_collections.keysmith.jwt.plugins.plugin_utils._answers import COMMON, of_services
from ansible_collections.keysmith.jwt.plugins.plugin_utils._asked import Asked
from ansible_collections.keysmith.jwt.plugins.plugin_utils._shapes import each, fields, flag, text

_MOST_VERSIONS, _MOST_SERVICES, _MOST_PROBLEMS = 400, 1000, 1000
_line, _path, _word = text(300), text(4096), text(64, r"[A-Za-z0-9_.+ -]*")
_name = text(200, r"[A-Za-z0-9][A-Za-z0-9._-]*")
_version_or_none = text(200, r"([A-Za-z0-9][A-Za-z0-9._-]*)?")
_time = text(32, r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_events = dict.fromkeys(("created", "published", "activated", "restarted", "compromised", "retired"), _time)
_key = {
    "kid": _line,
    "algorithm": _word,
    "thumbprint": text(64, r"[A-Za-z0-9_-]+"),
    "adopted": flag,
    **_events,
}
_problems = each(fields(kind=text(32, r"[a-z]+"), text=_shapes.words(1024)), _MOST_PROBLEMS)
_version = fields(
    state=text(16, r"active|inactive|retired|left over|missing"),
    source=text(16, r"private_key|public_key|jwk"),
    type=_word,
    curve=_word,
    size=_shapes.whole(0, 1 << 20),
    encrypted=flag,
    backups=_shapes.whole(0, 1 << 20),
    age=_shapes.whole(0, 1 << 40),
    problems=_problems,
    **_key,
)
_directory = {
    "directory": _path,
    "active": _version_or_none,
    "versions": _shapes.naming(_name, _version, _MOST_VERSIONS),
    "problems": _problems,
}
_step = fields(step=text(16, r"create|publish|switch|restart|retire"), version=_name, at=_time)
_service = fields(
    restart_due=flag,
    restart=each(_line, 1000),
    next=_step,
    gone=_shapes.naming(_name, fields(**_key), _MOST_VERSIONS),
    **_directory,
)


def info(asked: Asked) -> t.Dict[str, _shapes.Shape]:
    """Return the shape of an answer of the module jwt_keypair_info about these services."""
    return {
        **COMMON,
        "services": of_services(asked, _service),
        "unlisted": _shapes.naming(_name, fields(**_directory), _MOST_SERVICES),
        "failed_services": _shapes.naming(text(300, r"[A-Za-z0-9][A-Za-z0-9 ._/-]*"), _shapes.words(4096), 1000),
    }
