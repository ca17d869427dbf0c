# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The public keys of a batch's hosts, written on the controller: a host's bad key keeps no other host's from that.

Names of files are those of the inventory's hosts and of services that were asked for. A key ID has to be the key's
thumbprint or one that was asked for, and a host cannot publish another host's key in other words.
"""

from __future__ import annotations

import contextlib
import json
import os
import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwcrypto_check, jwk_checks, jwk_set
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.jwk import thumbprint
from ansible_collections.keysmith.jwt.plugins.module_utils._jwk_sets import files as jwk_sets_files
from ansible_collections.keysmith.jwt.plugins.module_utils._jwk_sets import options as jwk_sets_options
from ansible_collections.keysmith.jwt.plugins.module_utils._jwk_sets import run as jwk_sets_run
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _version_files
from ansible_collections.keysmith.jwt.plugins.plugin_utils._asked import Service
from ansible_collections.keysmith.jwt.plugins.plugin_utils._record import public_file, published_as

Mapping = t.Mapping[str, t.Any]
Problems = t.Dict[str, t.List[str]]
#: Versions of a service that one host publishes.
MOST_KEYS = 32
_SET = ".jwks.json"


class Offer(t.NamedTuple):
    """What a host publishes of a service, the active key first."""

    host: str
    name: str
    keys: t.Sequence[Mapping]
    service: Service
    #: Those of its keys that have files of their own, by version.
    versions: t.Mapping[str, Mapping] = {}

    def file(self, directory: str, kind: str) -> str:
        """Return the path of one of its files."""
        return public_file(directory, self.name, self.host, kind)


def items(
    directory: str, offers: t.Iterable[Offer], sources: t.Optional[t.Mapping[str, t.List[str]]] = None
) -> t.List[Mapping]:
    """Return for each service the files of its hosts, and then the combined set, as items of the module jwks.

    That set is right however many plays, batches or limits it takes to get through all hosts. ``sources``: of services
    that hosts have no more, what the set is made of besides the offers.
    """
    found: t.List[Mapping] = []
    given = {**{name: [] for name in sources or ()}, **_by_service(offers)}
    for name, some in given.items():
        for offer in some:
            found.append({"path": offer.file(directory, "jwk"), "single": True, "jwks": [offer.keys[0]]})
            found.append({"path": offer.file(directory, "jwks"), "jwks": list(offer.keys)})
        # One directory after the other: each is locked and looked through when it is gone to.
        for offer in some:
            for version, key in offer.versions.items():
                path = _version_files.path(directory, name, offer.host, version)
                found.append({"path": path, "single": True, "jwks": [key]})
        folder = "%s/%s" % (directory, name)
        of_set = (sources or {}).get(name, [folder])
        if of_set != [folder]:
            of_set = sorted({*of_set, *(offer.file(directory, kind) for offer in some for kind in ("jwk", "jwks"))})
        found.append({"path": folder + _SET, "sources": of_set})
    return found


def publish(
    directory: str,
    offers: t.Sequence[Offer],
    options: Mapping,
    check_mode: bool,
    with_diff: bool,
    sources: t.Optional[t.Mapping[str, t.List[str]]] = None,
) -> t.Tuple[t.Dict[str, t.Any], Problems]:
    """Write the files of these hosts; return the result of the module jwks, and why some hosts are left out.

    ``options`` are those of the module jwks, and ``sources`` as in :func:`items`. A failure is one of the controller:
    what is wrong with a host's keys is among the problems, by host, and its files stay as they are.
    """
    how, problems = jwk_sets_options.manner(options), t.cast(Problems, {})
    bad = {offer.host: text for offer in offers for text in [_unsound(offer)] if text}
    while True:
        for host, text in bad.items():
            problems.setdefault(host, []).append(text)
        offers = [offer for offer in offers if offer.host not in bad]
        wrong: t.List[KeysmithError] = []
        given = {**options, "sets_json": json.dumps(items(directory, offers, sources))}
        changes = jwk_sets_files.plan(jwk_sets_options.wanted(given), how, wrong.append)
        bad = (_refused(offers) if wrong else {}) or _in_the_way(directory, offers, changes, bool(wrong))
        if not bad:
            break
    if not check_mode:
        changes = jwk_sets_files.apply(changes, how, wrong.append)
    return jwk_sets_run.returned(changes, wrong, batch=True, diff=with_diff), problems


def unsound(offers: t.Iterable[Offer]) -> Problems:
    """Return by host what is wrong with its keys by themselves, for keys that are not published."""
    given = list(offers)
    found = {offer.host: [text] for offer in given for text in [_unsound(offer)] if text}
    found.update({host: [text] for host, text in _refused(one for one in given if one.host not in found).items()})
    return found


def _by_service(offers: t.Iterable[Offer]) -> t.Dict[str, t.List[Offer]]:
    services: t.Dict[str, t.List[Offer]] = {}
    for offer in offers:
        services.setdefault(offer.name, []).append(offer)
    return services


def _unsound(offer: Offer) -> str:
    """Return what is wrong with one offer by itself: the number of keys, or a key ID that was not asked for."""
    if not 0 < len(offer.keys) <= MOST_KEYS:
        return "%s: this host returned %d keys, and a service has 1 to %d. They are not published." % (
            offer.name,
            len(offer.keys),
            MOST_KEYS,
        )
    for key in offer.keys:
        try:
            is_asked = key.get("kid") in (thumbprint(key), *offer.service.key_ids)
        except (KeyError, TypeError):
            is_asked = False
        if not is_asked:
            return (
                "%s: a key that this host returns has an unexpected key ID: neither one that was asked for nor its "
                "thumbprint. Its keys are not published." % offer.name
            )
    return ""


def _refused(offers: t.Iterable[Offer]) -> t.Dict[str, str]:
    """Return by host what is wrong with its keys by themselves."""
    found = {}
    for offer in offers:
        try:
            entries = jwk_set.unite(jwk_set.given(list(offer.keys), "its keys"))
            for entry in entries:
                jwk_checks.check_strength(entry.jwk, entry.name)
            jwcrypto_check.confirm_if_there([(entry.jwk, entry.name) for entry in entries])
        except KeysmithError as error:
            found[offer.host] = "%s: %s" % (offer.name, error)
    return found


def _in_the_way(
    directory: str, offers: t.Iterable[Offer], changes: t.Sequence[t.Any], is_refused: bool
) -> t.Dict[str, str]:
    """Return by host why its new keys cannot be in one set with the keys of the others.

    What is published already stays: of two hosts that claim the same, the one that comes later is refused.
    ``is_refused``: whether there is a set that cannot be; then it is also looked for whose RSA key shares a prime.
    """
    new = {change.wanted.path for change in changes if change.changed}
    found: t.Dict[str, str] = {}
    for name, some in _by_service(offers).items():
        coming = [offer for offer in some if offer.file(directory, "jwks") in new]
        if not coming:
            continue
        known = _Known(is_refused)
        own = {published_as(offer.host) for offer in some}
        for host, keys in published(directory, name).items():
            if host not in own:
                known.add(host, keys)
        for offer in some:
            if offer.file(directory, "jwks") not in new:
                known.add(offer.host, offer.keys)
        for offer in coming:
            text = known.refusal(offer)
            found.update({offer.host: "%s: %s" % (name, text)} if text else {})
    return found


class _Known:
    """The keys of a service that are published, or will be."""

    def __init__(self, with_primes: bool) -> None:
        self._with_primes = with_primes
        #: The thumbprint and the host by key ID; and by thumbprint, the hosts with what each calls the key.
        self._kids: t.Dict[str, t.Tuple[str, str]] = {}
        self._keys: t.Dict[str, t.Dict[str, Mapping]] = {}

    def add(self, host: str, keys: t.Iterable[Mapping]) -> None:
        """Add the keys of a host."""
        for key in keys:
            print_ = thumbprint(key)
            self._kids.setdefault(key.get("kid", print_), (print_, host))
            self._keys.setdefault(print_, {})[host] = key

    def refusal(self, offer: Offer) -> str:
        """Return why an offer cannot be published beside these keys; if it can, add it."""
        for key in offer.keys:
            print_ = thumbprint(key)
            taken, host = self._kids.get(key["kid"], (print_, ""))
            if taken != print_:
                return "the key ID %s is that of another key, of %s. Its keys are not published." % (key["kid"], host)
            for host, known in self._keys.get(print_, {}).items():
                if known != key and host not in offer.service.shared:
                    return "%s has this key, too, and describes it differently. Its keys are not published." % host
        if self._with_primes:
            known_keys = [dict(next(iter(some.values()))) for some in self._keys.values()]
            try:
                jwk_set.check_primes(
                    jwk_set.given(list(offer.keys), "its"), jwk_set.given(known_keys, "another host's")
                )
            except KeysmithError as error:
                return str(error)
        self.add(offer.host, offer.keys)
        return ""


def published(directory: str, name: str, only: str = "") -> t.Dict[str, t.List[Mapping]]:
    """The keys that are published of a service, by what a host's files are called after; of ``only`` one host.

    What is wrong with a file is said where the set is made.
    """
    folder = "%s/%s" % (directory, name)
    found: t.Dict[str, t.List[Mapping]] = {}
    for file in [published_as(only) + _SET] if only else _listed(folder):
        path = os.path.join(folder, file)
        if not file.endswith(_SET) or not os.path.isfile(path):
            continue
        with contextlib.suppress(OSError, KeysmithError), open(path, "rb") as opened:
            document = jwk_set.parse(opened.read(jwk_set.MOST_OCTETS + 1), file)
            found[file[: -len(_SET)]] = [entry.jwk for entry in jwk_set.given(document, file)]
    return found


def _listed(folder: str) -> t.List[str]:
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []
