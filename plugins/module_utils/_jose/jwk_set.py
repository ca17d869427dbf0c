# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of a JWK Set (RFC 7517 section 5): read them, add keys to a set, remove keys from it.

An entry is a key with its kid and its alg. Other entries belong to whoever wrote them: the same key under another kid
or for another alg, one of a type that we do not know, or one that we would not publish. They stay as they are. A kid
is for one key only, since a verifier picks by it.
"""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError
from . import json_text, shared_primes
from . import jwk as jose_jwk
from .jwk_checks import Jwk, check_agreement, check_form, check_secrets
from .wording import called, named, shown

#: 50,000 keys of RSA 8192 take 80 million octets, of RSA 4096 42 million.
MOST_OCTETS = 64 * 1024 * 1024
#: Bits of the moduli that are compared: no prime is shared by a smaller one, and larger ones take too long.
_COMPARED = range(1024, 16385)


class Entry(t.NamedTuple):
    """One entry of a set."""

    #: As it was parsed. Of others it may be anything.
    jwk: t.Any
    #: As ``jwk.key_of`` has it.
    key: jose_jwk.Key
    #: Where it is from, for messages.
    name: str
    #: Its place in the file that is changed; -1 for one that is not in it.
    at: int = -1
    #: It is in the file with other members than these.
    is_changed: bool = False

    @property
    def is_kept(self) -> bool:
        """Check whether it is in the file unchanged."""
        return self.at >= 0 and not self.is_changed

    @property
    def key_id(self) -> str:
        """Return what a verifier selects it by: its kid, else the thumbprint; empty if it has neither."""
        kid = self.jwk.get("kid") if isinstance(self.jwk, dict) else None
        if isinstance(kid, str):
            return kid
        return jose_jwk.thumbprint(self.jwk) if self.key and kid is None else ""


def parse(octets: bytes, name: str) -> t.Dict[str, t.Any]:
    """Return the JWK Set or JWK in a file, as it stands. KeysmithError for anything else."""
    if len(octets) > MOST_OCTETS:
        raise KeysmithError("%s is larger than %d bytes." % (name, MOST_OCTETS))
    try:
        document = json_text.parse(octets)
    except KeysmithError as error:
        raise KeysmithError("%s %s; a JWK Set is needed there: correct or remove it." % (name, error)) from None
    if not isinstance(document, dict) or ("keys" in document) == ("kty" in document):
        raise KeysmithError("%s is JSON, but neither a JWK Set nor a JWK; name another file." % name)
    if isinstance(document, json_text.Repeated) and "keys" in document:
        raise KeysmithError("%s: a member occurs twice, and programs differ in which one they use." % name)
    return document


Check = t.Callable[[object, str], Jwk]


def given(value: object, name: str, joint: str = ".", check: Check = check_form) -> t.List[Entry]:
    """Return the entries of a JWK, a JWK Set or a list of both, each named by its place in the input."""
    found = []
    for label, item in _listed(value, name, joint):
        jwk = check(item, label)
        found.append(Entry(jwk, jose_jwk.key_of(jwk), label))
    return found


def held(document: t.Mapping[str, t.Any], name: str) -> t.List[Entry]:
    """Return the entries of the file that is changed. They may be anything but private."""
    found = []
    for at, (label, item) in enumerate(_listed(document, name, ": ")):
        check_secrets(item, label)
        key = () if isinstance(item, json_text.Repeated) else jose_jwk.key_of(item)
        found.append(Entry(item, key, label, at))
    return found


def _listed(value: object, name: str, joint: str) -> t.Iterator[t.Tuple[str, object]]:
    if isinstance(value, (list, tuple)):
        for at, item in enumerate(value):
            yield from _listed(item, "%s[%d]" % (name, at), joint)
    elif isinstance(value, dict) and "keys" in value and "kty" not in value:
        if not isinstance(value["keys"], (list, tuple)):
            raise KeysmithError("%s: keys of a JWK Set has to be a list, but is %s." % (name, called(value["keys"])))
        for at, item in enumerate(value["keys"]):
            yield "%s%skeys[%d]" % (name, joint, at), item
    else:
        yield name, value


def unite(entries: t.Iterable[Entry]) -> t.List[Entry]:
    """Return each key with its kid and alg once, in order; the first one's members win, others are added."""
    found: t.Dict[t.Any, Entry] = {}
    for entry in entries:
        which = _which(entry)
        before = found.get(which)
        found[which] = entry if before is None else _with(before, {**entry.jwk, **before.jwk})
    united = list(found.values())
    check_key_ids(united)
    return united


def _with(entry: Entry, jwk: Jwk) -> Entry:
    """Return the entry with these members; KeysmithError if they contradict each other."""
    if json_text.same(jwk, entry.jwk):
        return entry
    check_agreement(jwk, entry.name)
    return entry._replace(jwk=jwk, is_changed=entry.at >= 0)


def check_key_ids(entries: t.Sequence[Entry]) -> None:
    """Refuse a new entry with the kid of another key. Existing entries are not checked."""
    owners: t.Dict[str, Entry] = {}
    for entry in entries:
        if entry.at < 0:
            _check_owner(entry, owners.setdefault(entry.key_id, entry))
    for entry in entries:
        if entry.at >= 0 and owners:
            _check_owner(entry, owners.get(entry.key_id, entry))


def _check_owner(entry: Entry, owner: Entry) -> None:
    if entry.key != owner.key:
        raise KeysmithError(
            "%s and %s: two different keys have the kid %s; give each key a kid of its own."
            % (owner.name, entry.name, shown(entry.key_id))
        )


def check_primes(new: t.Sequence[Entry], known: t.Iterable[Entry]) -> None:
    """Refuse a new RSA key that shares a prime with another one: anybody could compute both private keys."""
    moduli, names = _moduli(new), _moduli(known)
    found = shared_primes.any_shared(
        [n for n, _entry in moduli.values()], [n for key, (n, _entry) in names.items() if key not in moduli]
    )
    if found:
        guilty = [entry for n, entry in (*moduli.values(), *names.values()) if n in found]
        raise KeysmithError(
            "%s and %s: the two RSA keys share a prime, so anybody can compute their private keys; make two new keys."
            % (named(guilty[0].name, guilty[0].jwk), named(guilty[1].name, guilty[1].jwk))
        )


def _moduli(entries: t.Iterable[Entry]) -> t.Dict[jose_jwk.Key, t.Tuple[int, Entry]]:
    found = {}
    for entry in entries:
        if entry.key and entry.key[0] == "RSA" and entry.key not in found:
            modulus = int.from_bytes(entry.key[1], "big")
            if modulus.bit_length() in _COMPARED:
                found[entry.key] = modulus, entry
    return found


def present(before: t.Sequence[Entry], wanted: t.Sequence[Entry]) -> t.List[Entry]:
    """Return the set with the wanted entries: existing ones keep their place, and members that only the set has."""
    asked = _by_key(wanted)
    met: t.Set[int] = set()
    after = []
    for entry in before:
        jwk = entry.jwk
        for number, one in asked.get(entry.key, ()) if entry.key else ():
            if _means(one.jwk, entry.jwk):
                met.add(number)
                jwk = {**jwk, **one.jwk}
        after.append(_with(entry, jwk))
    after.extend(one for number, one in enumerate(wanted) if number not in met)
    check_key_ids(after)
    return after


def exact(before: t.Sequence[Entry], wanted: t.Sequence[Entry]) -> t.List[Entry]:
    """Return only the wanted entries, in their order; unchanged ones keep their octets."""
    there = _by_key(before)
    used: t.Set[int] = set()

    def kept(one: Entry) -> Entry:
        for number, entry in there.get(one.key, ()):
            if number not in used and json_text.same(entry.jwk, one.jwk):
                used.add(number)
                return entry
        return one

    return [kept(one) for one in wanted]


def absent(before: t.Sequence[Entry], wanted: t.Sequence[Entry], key_ids: t.Container[str]) -> t.List[Entry]:
    """Return the set without the entries that ``key_ids`` or the wanted keys name, by kid and alg as far as given."""
    asked = _by_key(wanted)

    def is_named(entry: Entry) -> bool:
        means = _means if entry.key else json_text.same
        return (bool(entry.key_id) and entry.key_id in key_ids) or any(
            means(one.jwk, entry.jwk) for _number, one in asked.get(entry.key, ())
        )

    return [entry for entry in before if not is_named(entry)]


def removed(before: t.Iterable[Entry], after: t.Sequence[Entry]) -> t.List[Entry]:
    """Return the entries that are no longer in a set, neither unchanged nor with other members."""
    places = {entry.at for entry in after}
    there = {_which(entry) for entry in after if entry.key}
    return [entry for entry in before if entry.at not in places and not (entry.key and _which(entry) in there)]


def _which(entry: Entry) -> t.Any:
    """Return what identifies an entry. Entries of others can have a kid or an alg of any type."""
    texts = [entry.jwk.get(member) for member in ("kid", "alg")]
    return (entry.key, *(text if isinstance(text, str) else (repr(text),) for text in texts))


def _by_key(entries: t.Sequence[Entry]) -> t.Dict[jose_jwk.Key, t.List[t.Tuple[int, Entry]]]:
    found: t.Dict[jose_jwk.Key, t.List[t.Tuple[int, Entry]]] = {}
    for number, entry in enumerate(entries):
        found.setdefault(entry.key, []).append((number, entry))
    return found


def _means(jwk: Jwk, entry: t.Mapping[str, t.Any]) -> bool:
    """Check whether a JWK names this entry of its key: the same kid and alg, as far as it has them."""
    return all(member not in jwk or jwk[member] == entry.get(member) for member in ("kid", "alg"))
