# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client metadata (RFC 7591 section 2): what is sent to register or change a client.

Servers hold more than they were sent: what others have put there, keys among it, stays. Some put another value in the
place of one that they were sent; such a value is taken for the one that was sent as long as both stay the same.
"""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError
from .._jose import jwk as jose_jwk
from .._jose.jwk_checks import Jwk

Document = t.Dict[str, t.Any]

#: What a client for its own purposes is, where nothing else is wanted. Some servers take it for a web application
#: unless it says that there are no response types.
DEFAULTS: Document = {
    "token_endpoint_auth_method": "private_key_jwt",
    "grant_types": ["client_credentials"],
    "response_types": [],
}
#: RFC 7592 section 2.2: what is not sent back.
_NOT_SENT = frozenset(
    ("registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at")
)
#: What a user's metadata cannot say: the server or another option does.
_OWN = _NOT_SENT | {"client_id", "client_secret", "jwks"}


class Wanted(t.NamedTuple):
    """The wanted registration of a client."""

    metadata: t.Mapping[str, t.Any]
    #: By thumbprint; None where keys are not what it is about.
    keys: t.Optional[t.Dict[str, Jwk]]
    #: Key IDs and thumbprints of keys that go.
    retired: t.FrozenSet[str] = frozenset()
    #: Keys that are not among ``keys`` go, too.
    exact: bool = False


class Remembered(t.NamedTuple):
    """The last exchange with the server."""

    sent: t.Mapping[str, t.Any] = {}
    answered: t.Mapping[str, t.Any] = {}


def check(wanted: Wanted) -> None:
    """Refuse an impossible registration; the message names the option."""
    for name in sorted(_OWN.intersection(wanted.metadata)):
        option = "jwks or sources" if name == "jwks" else "the server"
        raise KeysmithError("metadata: %s cannot be given here; it comes from %s." % (name, option))
    if wanted.keys is not None and wanted.metadata.get("jwks_uri"):
        raise KeysmithError("jwks: a client has keys or a jwks_uri, not both; leave one of them out.")
    if wanted.exact and not wanted.keys:
        raise KeysmithError("exact: needs at least one key in jwks or sources; a client without one is locked out.")
    for thumbprint, jwk in (wanted.keys or {}).items():
        if wanted.retired & {thumbprint, jwk.get("kid")}:
            raise KeysmithError("retired: the key %s is in jwks or sources as well." % jwk.get("kid", thumbprint))


def first(wanted: Wanted) -> Document:
    """Return what is sent to register the client."""
    given = {name: value for name, value in {**DEFAULTS, **wanted.metadata}.items() if value is not None}
    if not wanted.keys and not given.get("jwks_uri"):
        raise KeysmithError("jwks: a new client needs at least one key; give jwks, sources, or jwks_uri in metadata.")
    return {**given, **({"jwks": {"keys": list(wanted.keys.values())}} if wanted.keys else {})}


def following(current: Document, wanted: Wanted, remembered: Remembered) -> Document:
    """Return what is sent to change it: all that the server holds (RFC 7592 section 2.2), with the wanted values.

    Of a value that the server shows in another form than it was sent, that form is sent again: it may take no other.
    """
    after = {
        name: remembered.sent[name] if _is_rewritten(name, value, remembered) else value
        for name, value in current.items()
        if name not in _NOT_SENT
    }
    after.update(wanted.metadata)
    if wanted.keys is not None or wanted.retired:
        if after.get("jwks_uri"):
            raise KeysmithError(
                "jwks: the server reads the client's keys from a jwks_uri; publish them there, or set jwks_uri: null "
                "in metadata to have them in the registration."
            )
        after["jwks"] = {"keys": _merged(current, wanted)}
    if wanted.metadata.get("jwks_uri"):
        after.pop("jwks", None)
    return {name: value for name, value in after.items() if value is not None}


def changes(current: Document, wanted: Wanted, remembered: Remembered) -> t.List[str]:
    """Return what differs: ``metadata``, ``keys``, or nothing."""
    found = []
    for name, value in wanted.metadata.items():
        held = current.get(name)
        is_same = _is_rewritten(name, held, remembered) and remembered.sent[name] == value
        if held != value and not is_same:
            found.append("metadata")
            break
    if (wanted.keys is not None or wanted.retired) and _merged(current, wanted) != keys_of(current):
        found.append("keys")
    return found


def _is_rewritten(name: str, held: t.Any, remembered: Remembered) -> bool:
    """Check whether the server shows a member in another form than it was sent."""
    return name != "jwks" and name in remembered.sent and remembered.answered.get(name) == held


def keys_of(document: t.Mapping[str, t.Any]) -> t.List[t.Any]:
    """Return the keys that a server shows; none if it shows no set."""
    jwks = document.get("jwks")
    if jwks is None:
        return []
    if not isinstance(jwks, dict) or not isinstance(jwks.get("keys"), list):
        raise KeysmithError("jwks: the server holds something other than a JWK Set; check the client there.")
    return list(jwks["keys"])


def missing(document: t.Mapping[str, t.Any], wanted: Wanted) -> t.List[str]:
    """Return the key IDs of wanted keys that a server does not show, and of retired ones that it still shows."""
    shown = {name_of(entry) for entry in keys_of(document)}
    absent = [
        str(jwk.get("kid", one)) for one, jwk in (wanted.keys or {}).items() if (one, jwk.get("kid")) not in shown
    ]
    return absent + [str(kid or one) for one, kid in shown if wanted.retired & {one, kid}]


def _merged(current: Document, wanted: Wanted) -> t.List[t.Any]:
    """Return the server's keys without the retired ones, those of others unchanged, and the wanted ones."""
    keys = wanted.keys or {}
    names = {(thumbprint, jwk.get("kid")): jwk for thumbprint, jwk in keys.items()}
    after = []
    for entry in keys_of(current):
        name = name_of(entry)
        if name in names:
            jwk = names.pop(name)
            # Members that the server leaves out or adds are its own affair.
            same = all(entry.get(member, value) == value for member, value in jwk.items())
            after.append(entry if same else {**entry, **jwk})
        elif not (wanted.exact or wanted.retired.intersection(filter(None, name))):
            after.append(entry)
    after += names.values()
    _check_key_ids(after, keys)
    if not after:
        raise KeysmithError(
            "retired: no key would be left, and the client would be locked out; add its successor first."
        )
    return after


def _check_key_ids(entries: t.Iterable[t.Any], keys: t.Mapping[str, Jwk]) -> None:
    """Refuse a wanted key whose key ID the server has for another key. Keys of others are not checked."""
    wanted = {jwk.get("kid"): thumbprint for thumbprint, jwk in keys.items()}
    for thumbprint, kid in map(name_of, entries):
        if kid and wanted.get(kid, thumbprint) != thumbprint:
            raise KeysmithError("jwks: the server has another key under the key ID %s; give each key its own." % kid)


def name_of(entry: t.Any) -> t.Tuple[str, t.Optional[str]]:
    """Return thumbprint and key ID of an entry; an unknown kind of key has no thumbprint."""
    if not isinstance(entry, dict):
        return "", None
    kid = entry.get("kid") if isinstance(entry.get("kid"), str) else None
    members = jose_jwk.REQUIRED.get(str(entry.get("kty")), ())
    if members and all(isinstance(entry.get(member), str) for member in members):
        return jose_jwk.thumbprint(entry), kid
    return "", kid
