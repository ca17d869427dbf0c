# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a JWK Set file: new entries in our form, all others byte for byte as they stand in the file."""

from __future__ import annotations

import json
import json.encoder
import typing as t

from . import json_text
from .jwk_set import Entry

_quoted = json.encoder.encode_basestring_ascii


def render(entries: t.Iterable[Entry], before: t.Optional[bytes] = None) -> bytes:
    """Return the file with these entries: two spaces a level, one newline at the end.

    ``before`` is the JWK Set of which entries are kept or changed, and whose other members stay.
    """
    text = "" if before is None else before.decode("utf-8-sig")
    members = json_text.members(text, json_text.begin(text)) if text else []
    stands = [json_text.items(text, member.span.start) for member in members if member.name == "keys"]
    texts = [_entry(entry, text, stands[0] if stands else ()) for entry in entries]
    keys = '"keys": [\n    %s\n  ]' % ",\n    ".join(texts) if texts else '"keys": []'
    parts = [
        keys if member.name == "keys" else "%s: %s" % (member.name_span.of(text), member.span.of(text))
        for member in members
    ] or [keys]
    return ("{\n  %s\n}\n" % ",\n  ".join(parts)).encode("utf-8")


def _entry(entry: Entry, text: str, stands: t.Sequence[json_text.Span]) -> str:
    if entry.at < 0:
        return _new(entry.jwk)
    if not entry.is_changed:
        return stands[entry.at].of(text)
    return _changed(entry.jwk, stands[entry.at].of(text))


def _new(jwk: t.Mapping[str, t.Any]) -> str:
    """Write an entry as json.dumps with an indent of two does, in a tenth of its time if all members are strings."""
    if any(type(value) is not str for value in jwk.values()):  # pylint: disable=unidiomatic-typecheck
        return json.dumps(jwk, indent=2, ensure_ascii=True).replace("\n", "\n    ")
    members = ["%s: %s" % (_quoted(name), _quoted(value)) for name, value in jwk.items()]
    return "{\n      %s\n    }" % ",\n      ".join(members)


def _changed(jwk: t.Mapping[str, t.Any], text: str) -> str:
    """Return an entry's text with other values of some members, and new members at its end."""
    found = json_text.members(text, 0)
    there, values = {member.name for member in found}, json_text.parse(text.encode("utf-8"))
    parts, at = [], 0
    for member in found:
        stays = json_text.same(values[member.name], jwk[member.name])
        parts += [text[at : member.span.start], member.span.of(text) if stays else json.dumps(jwk[member.name])]
        at = member.span.end
    between = text[found[-2].span.end : found[-1].name_span.start] if len(found) > 1 else ", "
    more = ["%s%s: %s" % (between, _quoted(name), json.dumps(jwk[name])) for name in jwk if name not in there]
    return "".join([*parts, *more, text[at:]])
