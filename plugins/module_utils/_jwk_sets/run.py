# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of the module jwks: in a module on a host, or in the controller's own process."""

from __future__ import annotations

import re
import typing as t

from .._errors import KeysmithError
from .._jose import json_text, jwk_set, key_types_in_set
from .._jose import jwk as jose_jwk
from .._jose.jwk_set import Entry
from .files import Change, apply, plan
from .options import manner, wanted

#: Of what is wrong with many files.
_MOST_TOLD = 5
#: How messages begin that are about one item.
_ITEM = re.compile(r"\bsets\[\d+\]\.")


def run(options: t.Mapping[str, t.Any], check_mode: bool, with_diff: bool) -> t.Dict[str, t.Any]:
    """Plan, write unless in check mode, and return the result.

    With many files, the one that cannot be does not stop the others; the result is a failure that says what was done.
    KeysmithError for what is wrong with the options, and with the only file.
    """
    how, wrong = manner(options), t.cast(t.List[KeysmithError], [])
    changes = plan(wanted(options), how, wrong.append)
    if not check_mode:
        changes = apply(changes, how, wrong.append)
    is_batch = options["path"] is None
    if wrong and not is_batch:
        raise wrong[0]
    return returned(changes, wrong, batch=is_batch, diff=with_diff)


def returned(
    changes: t.Sequence[Change], wrong: t.Sequence[KeysmithError], batch: bool, diff: bool
) -> t.Dict[str, t.Any]:
    """Return the result from what was done and what failed."""
    result = _result(changes, batch=batch, diff=diff)
    if wrong:
        result.update(failed=True, msg=_told([str(error) for error in wrong]))
    sets = [(change.wanted.path, change.held, change.entries) for change in changes if change.changed]
    warning = key_types_in_set.warning(sets)
    return dict(result, warnings=[warning]) if warning else result


def _told(sentences: t.Sequence[str]) -> str:
    """Return each error once, though it may affect many items."""
    first: t.Dict[str, str] = {}
    for sentence in sentences:
        first.setdefault(_ITEM.sub("", sentence), sentence)
    told = list(first.values())[:_MOST_TOLD]
    return " ".join(told) + _more(len(sentences) - len(told))


def _more(number: int) -> str:
    return " %d more have errors, too." % number if number > 0 else ""


def _result(changes: t.Sequence[Change], batch: bool, diff: bool) -> t.Dict[str, t.Any]:
    """Return the result; the diff only if it is asked for, because it can cover thousands of files."""
    common: t.Dict[str, t.Any] = {"changed": any(change.changed for change in changes)}
    if diff:
        common["diff"] = [_difference(change) for change in changes if change.changed]
    if not batch:
        change = changes[0]
        return dict(common, path=change.wanted.path, jwks=_document(change), removed=_removed(change))
    files = [
        {"path": change.wanted.path, "count": len(change.entries), "removed": _removed(change)}
        for change in changes
        if change.changed
    ]
    return dict(common, files=files)


def _document(change: Change) -> t.Any:
    """Return what the file holds now, in a form that fits a result."""
    if change.after is None:
        return None
    if change.wanted.single:
        return json_text.shown(change.entries[0].jwk)
    return json_text.shown(dict(change.members, keys=[entry.jwk for entry in change.entries]))


def _removed(change: Change) -> t.List[t.Dict[str, str]]:
    """Return the entries that a file no longer holds."""
    return [_identity(entry) for entry in jwk_set.removed(change.held, change.entries)]


def _identity(entry: Entry) -> t.Dict[str, str]:
    """Return what identifies an entry: kty, kid and alg if they are strings, and the thumbprint of a key."""
    jwk = entry.jwk if isinstance(entry.jwk, dict) else {}
    found = {name: jwk[name] for name in ("kty", "kid", "alg") if isinstance(jwk.get(name), str)}
    return dict(found, thumbprint=jose_jwk.thumbprint(jwk)) if entry.key else found


def _difference(change: Change) -> t.Dict[str, str]:
    """Return the two contents of a file; all of it is public."""
    path = change.wanted.path
    if change.is_attributes:
        return {
            "before_header": path,
            "after_header": path,
            "prepared": "The mode or owner of %s is corrected.\n" % path,
        }
    return {
        "before_header": path,
        "after_header": path,
        "before": (change.before or b"").decode("utf-8", "replace"),
        "after": (change.after or b"").decode("utf-8", "replace"),
    }
