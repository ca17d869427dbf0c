# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept of a host's answer: what the module documents, about what this host was asked.

Everything else is left out and named in a warning: facts, which Ansible would set as variables; other services and key
pairs; what has another type, or is too large. A new result of a module is a row here.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.keysmith.jwt.plugins.plugin_utils import _shapes
from ansible_collections.keysmith.jwt.plugins.plugin_utils._asked import Asked
from ansible_collections.keysmith.jwt.plugins.plugin_utils._shapes import each, either, fields, flag, named, text

Mapping = t.Mapping[str, t.Any]
#: How many names a warning has.
_FEW = 5

_word, _path, _line = text(64, r"[A-Za-z0-9_.+ -]*"), text(4096), text(1024)
_base64url = text(8192, r"[A-Za-z0-9_-]*")
_base64 = text(32 * 1024, r"[A-Za-z0-9+/=]*")
_pem = text(32 * 1024, r"[A-Za-z0-9+/= \n-]*")
_time = text(32, r"[0-9TZ:-]+")
_thumbprint = text(64, r"[A-Za-z0-9_-]+")
_message, _shown = _shapes.words(64 * 1024), _shapes.shown(1024 * 1024)
_sides = ("before", "after", "before_header", "after_header", "prepared")
_diff = fields(**dict.fromkeys(_sides, _shown))
#: Of a file on a host. Ansible prints its header as it is, so it is one line.
_header, _text = text(4096, r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]*"), _shapes.words(1024 * 1024)
_file_diff = fields(before=_text, after=_text, before_header=_header, after_header=_header)

_jwk = fields(
    kty=_word,
    use=_word,
    alg=_word,
    crv=_word,
    kid=_line,
    key_ops=each(_word, 16),
    x5c=each(_base64, 1),
    **dict.fromkeys(("n", "e", "x", "y", "pub"), _base64url),
)

#: What the modules return of a key pair.
KEYPAIR: t.Dict[str, _shapes.Shape] = {
    "changed": flag,
    "changes": each(_word, 32),
    "path": _path,
    **dict.fromkeys(("public_path", "jwk_path", "public_base64_path", "certificate_path", "pkcs12_path"), _path),
    "key_id": _line,
    "thumbprint": _thumbprint,
    "jwk": _jwk,
    "public_key": _pem,
    "certificate": _pem,
    "certificate_not_after": _time,
    "certificate_renewal": _time,
    "fingerprints": fields(
        spki_sha256=_thumbprint, spki_sha256_base64=_base64, x5t=_thumbprint, **{"x5t#S256": _thumbprint}
    ),
    "algorithm": _word,
    "type": _word,
    "size": _shapes.whole(0, 1 << 20),
    "curve": _word,
    "format": _word,
    "encrypted": flag,
    "created": flag,
    "rotated_from": _thumbprint,
    "backup_file": _path,
}

#: What each module can return, and Ansible for it: how it went, and what a person reads.
COMMON: t.Dict[str, _shapes.Shape] = {
    "changed": flag,
    "failed": flag,
    "skipped": flag,
    "unreachable": flag,
    "check_mode": flag,
    "rc": _shapes.whole(-(1 << 31), 1 << 31),
    "missing_library": _word,
    "diff": either(each(_diff, 10000), _diff),
    "invocation": _shown,
    "warnings": each(either(_shapes.summary, _message), 1000),
    "deprecations": each(either(_shapes.summary, _shown), 1000),
    "exception": either(_shapes.summary, _message),
    **dict.fromkeys(("msg", "module_stdout", "module_stderr"), _message),
}

#: What Ansible itself writes into a result.
_OF_ANSIBLE = dict.fromkeys(("_ansible_parsed", "_ansible_no_log", "_ansible_verbose_override"), flag)

#: Of a job that outlives the connection: its number, and what Ansible says of it besides.
JOB_ID = r"j?[0-9]+(\.[0-9]+)?"
JOB: t.Dict[str, _shapes.Shape] = {
    "ansible_job_id": text(64, JOB_ID),
    "results_file": _path,
    **dict.fromkeys(("started", "finished"), either(flag, _shapes.whole(0, 1))),
}


def _nothing(value: t.Any, _where: str, _drop: _shapes.Drop) -> None:
    if value is not None:
        raise _shapes.Wrong


_recipient = fields(kty=_word, crv=_word, x=_base64url, y=_base64url)
_jwe = text(64 * 1024, r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){4}")
_unit = fields(unit=_line, path=_path, block=text(16 * 1024, r"[^\x00]*"), restart=each(_line, 1000))
_due = fields(mark=_line, link=_path, units=each(_line, 1000))
_names = each(_line, 1000)
_version = text(255, r"[A-Za-z0-9._-]*")
_absent = fields(
    changed=flag, changes=each(_word, 16), directory=_path, units=_names, drop_in=_path, backups=each(_path, 1000)
)
_rotation = fields(
    unpublished=_names,
    switch=_version,
    create=_version,
    compromised=_names,
    next=fields(
        step=text(16, r"create|publish|switch|restart|retire"),
        version=text(255, r"[A-Za-z0-9._-]+"),
        at=_time,
    ),
)
#: How the module calls what failed: a key pair, a service, or an item without a name.
_failed = text(300, r"[A-Za-z0-9][A-Za-z0-9 ._/-]*")


def is_name(name: str) -> bool:
    """Check whether it can be the name of a service or of a version, which is part of paths."""
    return bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}", name)) and name != "current"


def keypair() -> t.Dict[str, _shapes.Shape]:
    """Return the shape of an answer of the module jwt_keypair."""
    return {**COMMON, **KEYPAIR}


def keypairs(asked: Asked, recipients: Mapping, rotated: t.Container[str] = ()) -> t.Dict[str, _shapes.Shape]:
    """Return the shape of an answer of the module jwt_keypairs to what it was asked.

    ``recipients``: for the names of key pairs, the hosts for which this one was asked to seal them. ``rotated``: the
    services that rotate their keys.
    """

    def shared(name: str) -> _shapes.Shape:
        hosts = recipients.get(name) or ()
        sealed = named(lambda host: _jwe if host in hosts else None)
        return fields(
            thumbprint=_thumbprint, recipient=either(_nothing, _recipient), kind=_word, sealed=sealed, created=_time
        )

    return {
        **COMMON,
        "diff": each(_file_diff, 10000),
        "keypairs": _of_pairs(asked, lambda _name: fields(**KEYPAIR)),
        "failed_keypairs": _shapes.naming(_failed, _message, 1000),
        "jwks": of_services(asked, fields(keys=each(_jwk, 1000))),
        "restart": each(_line, 1000),
        "restart_due": of_services(asked, _due),
        "units": each(_unit, 1000),
        "absent": of_services(asked, _absent, [name for name, one in asked.services.items() if one.absent]),
        "shared": _of_pairs(asked, shared),
        "rotation": of_services(asked, _rotation, rotated),
    }


def of_services(asked: Asked, shape: _shapes.Shape, some: t.Optional[t.Container[str]] = None) -> _shapes.Shape:
    """Return a shape: a dictionary with such entries for services that were asked about, or for ``some`` of them."""
    names = asked.services if some is None else some
    return named(lambda name: shape if name in names and name in asked.services and is_name(name) else None)


def _of_pairs(asked: Asked, shape_of: t.Callable[[str], _shapes.Shape]) -> _shapes.Shape:
    return named(lambda name: shape_of(name) if _is_pair(asked, name) else None)


def _is_pair(asked: Asked, name: str) -> bool:
    """Check for a key pair that was asked for, or a version of a service that was."""
    service, slash, version = name.partition("/")
    return name in asked.keypairs or (bool(slash) and service in asked.services and is_name(version))


#: The answer of the module jwks.
JWKS: t.Dict[str, _shapes.Shape] = {
    **COMMON,
    "path": _path,
    "jwks": either(_nothing, _shown),
    "removed": _shown,
    "files": each(fields(path=_path, count=_shapes.whole(0, 1 << 31), removed=_shown), 100000),
}


def believed(answer: Mapping, shapes: t.Mapping[str, _shapes.Shape]) -> t.Tuple[t.Dict[str, t.Any], t.List[str]]:
    """Return what is kept of an answer, and the names of what is dropped."""
    dropped: t.List[str] = []
    kept: t.Dict[str, t.Any] = fields(**{**_OF_ANSIBLE, **shapes})(answer, "", dropped.append)
    return kept, dropped


def warning(dropped: t.Sequence[str]) -> str:
    """Return the sentence about what is dropped; only names are in it, because the rest is the host's."""
    names = [re.sub(r"[^A-Za-z0-9_./\[\] -]", "?", name)[:80] for name in dropped[:_FEW]]
    more = " and %d more" % (len(dropped) - _FEW) if len(dropped) > _FEW else ""
    return "This host returned unexpected values, or values of the wrong type or size. They are ignored: %s%s." % (
        ", ".join(names),
        more,
    )
