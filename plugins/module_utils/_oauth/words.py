# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's own words, made fit to be shown: short, printable, and without a secret.

Servers echo what they were sent. An assertion that is shown in an error message is one that somebody can use.
"""

from __future__ import annotations

import re
import typing as t

#: The most characters of a server's sentence that are shown, and that are examined.
MOST_SHOWN, _MOST_READ = 300, 8192
REMOVED = "[removed]"
#: So many characters in a row that a secret has, too, are a part of it.
_PART = 16
#: Shorter ones could be words of the sentence.
_LEAST = 8
#: What can be a part of a token, as it is and in percent-encoding.
_RUN = re.compile(r"[A-Za-z0-9+/=_~.%:-]{16,}")
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")


def cleaned(words: object, secrets: t.Iterable[str] = (), most: int = MOST_SHOWN) -> str:
    """Return one line of at most ``most`` characters; empty if the server gave no text.

    Control characters and line ends become blanks. A run of characters that shares a part with one of the ``secrets``,
    or that looks like a JWT, is replaced as a whole.
    """
    if not isinstance(words, str):
        return ""
    text = "".join(character if character.isprintable() else " " for character in words[:_MOST_READ])
    hidden = [secret for secret in secrets if len(secret) >= _LEAST]
    for secret in hidden:
        text = text.replace(secret, REMOVED)
    text = _RUN.sub(lambda run: REMOVED if _is_secret(run.group(), hidden) else run.group(), text)
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 3] + "..."


def _is_secret(run: str, secrets: t.Sequence[str]) -> bool:
    if _JWT.search(run):
        return True
    parts = {run[at : at + _PART] for at in range(len(run) - _PART + 1)}
    return any(part in secret for part in parts for secret in secrets)


def secrets_in(document: t.Optional[t.Mapping[str, t.Any]]) -> t.List[str]:
    """Return the strings in an answer whose members are named like tokens or secrets."""
    return [
        value
        for name, value in (document or {}).items()
        if isinstance(value, str) and ("token" in name or "secret" in name or "assertion" in name)
    ]
