# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who of the hosts that share a key makes it, and who gets it from whom.

Who shares a key is what the controller asked each of them (:mod:`_asked`). An answer says only whether that one host
holds the key. A key is made when all that share it have answered in this batch that they do not hold it; it is copied
from one of them that does.
"""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import few
from ansible_collections.keysmith.jwt.plugins.plugin_utils._asked import Inventory, Names, Service

Mapping = t.Mapping[str, t.Any]
#: How many hosts, and how many keys, a message names.
_MANY, _FEW = 10, 5


class Play(t.NamedTuple):
    """What is known of the hosts when they are compared."""

    inventory: Inventory
    #: The hosts of this batch, in the order of the inventory; those of all batches that have not failed; and all.
    batch: t.Sequence[str]
    well: t.Collection[str]
    everybody: t.Collection[str]
    #: By host, the services that it was asked about and may have, in this use of the role.
    asked: t.Mapping[str, t.Mapping[str, Service]]
    #: By host, what is kept of its answer; and of its answer to the request to seal keys.
    answers: t.Mapping[str, Mapping]
    sealing: t.Mapping[str, Mapping] = {}
    is_check: bool = False
    #: Whether nothing more is done after this: a key that is waited for still will not come.
    is_last: bool = False


class SharedKey:
    """A version of a service's key, and the group of hosts that share it."""

    def __init__(self, name: str, group: t.FrozenSet[str], unknown: Names) -> None:
        #: Service and version, as in ``orders/v1``.
        self.name = name
        #: The hosts that share it, and what is named among them and is no host and no group.
        self.group, self.unknown = group, unknown
        #: The hosts that hold it, by the thumbprint of what they hold; and what kind of key that is.
        self.held: t.Dict[str, t.List[str]] = {}
        self.kind = ""
        #: In check mode, the hosts that would hold it by now; nobody knows which key it would be.
        self.would_hold: t.List[str] = []
        #: The hosts that wait for it, each with the key to seal it for; and the kind of key that each asks for.
        self.waiting: t.Dict[str, t.Any] = {}
        self.kinds: t.Dict[str, str] = {}

    @property
    def holders(self) -> t.List[str]:
        """All hosts that hold it."""
        return [host for hosts in self.held.values() for host in hosts] + self.would_hold

    def hear(self, host: str, fact: Mapping) -> None:
        """What one host says of it."""
        if "recipient" in fact:
            self.waiting[host] = fact["recipient"]
            if "kind" in fact:
                self.kinds[host] = fact["kind"]
            return
        self.kind = self.kind or fact.get("kind", "")
        if "thumbprint" in fact:
            self.held.setdefault(fact["thumbprint"], []).append(host)
        else:
            self.would_hold.append(host)

    def of_another_kind(self, kind: str) -> t.Dict[str, str]:
        """What is wrong with hosts that wait for another kind of key than this."""
        text = "the key that the hosts share is of type %s, and this host asks for %s. Use the same algorithm and size."
        return {host: text % (kind, asked) for host, asked in self.kinds.items() if kind and asked != kind}


class Decisions:
    """What the hosts do next about the keys that they share; each dictionary is by host."""

    def __init__(self) -> None:
        #: Hosts that wait for a key.
        self.waiting: t.Dict[str, t.List[str]] = {}
        #: The names of the keys that a host makes; in check mode, that it would have.
        self.make: t.Dict[str, t.List[str]] = {}
        #: For each key that a host seals, the recipients by host; and for each key that was sealed for a host, the JWE
        #: and which key it has to be.
        self.send: t.Dict[str, t.Dict[str, t.Dict[str, t.Any]]] = {}
        self.sealed: t.Dict[str, t.Dict[str, t.Dict[str, str]]] = {}
        #: For each key that a host gets, the host that it comes from.
        self.sources: t.Dict[str, t.Dict[str, str]] = {}
        #: What is wrong.
        self.problems: t.Dict[str, t.List[str]] = {}

    def wrong(self, name: str, texts: t.Mapping[str, str]) -> None:
        """Say of a key what is wrong with these hosts."""
        for host, text in texts.items():
            self.problems.setdefault(host, []).append("%s: %s" % (name, text))

    def comes_from(self, source: str, name: str, hosts: t.Iterable[str]) -> None:
        for host in hosts:
            self.sources.setdefault(host, {})[name] = source


def decide(play: Play, joining: t.Mapping[str, t.Collection[str]]) -> Decisions:
    """What is to be done about all keys that are shared.

    ``joining``: by host, the services of which it is going to wait for another version, which the others use.
    """
    decisions = Decisions()
    for key in _keys(play, decisions):
        for host in [host for host in key.waiting if key.name.split("/")[0] in joining.get(host, ())]:
            del key.waiting[host]
        for host in key.waiting:
            decisions.waiting.setdefault(host, []).append(key.name)
        if len(key.held) > 1:
            decisions.wrong(key.name, dict.fromkeys([*key.waiting, *key.holders], _different(key)))
        elif key.holders and key.waiting:
            _copy(play, key, decisions)
        elif key.waiting:
            _make(play, key, decisions)
    return decisions


def _keys(play: Play, decisions: Decisions) -> t.Iterable[SharedKey]:
    """The keys with what the hosts say of them; hosts that were asked to share one with others share another key."""
    keys: t.Dict[t.Any, SharedKey] = {}
    for host in play.batch:
        for name, fact in (play.answers.get(host, {}).get("shared") or {}).items():
            service = play.asked.get(host, {}).get(name.split("/")[0])
            if service is None or not service.shared:
                continue
            group, unknown = play.inventory.hosts(service.shared), play.inventory.unknown(service.shared)
            if host not in group:
                text = "shared does not name this host, so it neither gets this key nor gives it. Name it there, or set"
                decisions.wrong(name, {host: text + " shared: false for this host."})
                continue
            keys.setdefault((name, group, unknown), SharedKey(name, group, unknown)).hear(host, fact)
    return keys.values()


def _copy(play: Play, key: SharedKey, decisions: Decisions) -> None:
    """From the first host that holds it."""
    holder, others = key.holders[0], key.holders[1:]
    wrong = key.of_another_kind(key.kind)
    recipients = {host: recipient for host, recipient in key.waiting.items() if host not in wrong}
    if play.is_check:
        for host in recipients:
            decisions.make.setdefault(host, []).append(key.name)
        decisions.comes_from(holder, key.name, recipients)
        decisions.wrong(key.name, wrong)
        return
    answer = play.sealing.get(holder, {})
    sealed = ((answer.get("shared") or {}).get(key.name) or {}).get("sealed") or {}
    thumbprint = next(iter(key.held))
    for host in recipients:
        if host in sealed:
            one = {"jwe": sealed[host], "thumbprint": thumbprint, **_age(answer, key.name)}
            decisions.sealed.setdefault(host, {})[key.name] = one
        elif answer:
            why = str(answer.get("msg", "it failed or could not be reached"))
            more = ", or without that host, as %s has it, too" % others[0] if others else ""
            wrong[host] = "the key could not be copied from %s: %s. Fix that, and run again%s." % (
                holder,
                why.rstrip("."),
                more,
            )
        elif play.is_last:
            wrong[host] = "the key is not here yet. Run again."
    if recipients and not answer:
        decisions.send.setdefault(holder, {})[key.name] = recipients
    decisions.comes_from(holder, key.name, recipients)
    decisions.wrong(key.name, wrong)


def _age(answer: Mapping, name: str) -> t.Dict[str, str]:
    """When the key was created, where the host that seals it says so."""
    created = answer["shared"][name].get("created")
    return {"created": created} if created else {}


def _make(play: Play, key: SharedKey, decisions: Decisions) -> None:
    """On one host, once all that share it have answered that they do not hold it."""
    missing = sorted(key.group - set(key.waiting))
    if key.unknown:
        text = (
            "shared lists what is neither a host nor a group of the inventory (%s), and a key is made only when all "
            "hosts that share it have answered. Correct the name, and run again." % ", ".join(key.unknown)
        )
        decisions.wrong(key.name, dict.fromkeys(key.waiting, text))
    elif missing:
        decisions.wrong(key.name, dict.fromkeys(key.waiting, _who_is_missing(play, key, missing)))
    elif play.is_last:
        decisions.wrong(key.name, dict.fromkeys(key.waiting, "the key is not here yet. Run again."))
    else:
        maker = next(iter(key.waiting))
        wrong = key.of_another_kind(key.kinds.get(maker, ""))
        getting = [host for host in key.waiting if host not in wrong]
        for host in getting if play.is_check else [maker]:
            decisions.make.setdefault(host, []).append(key.name)
        decisions.comes_from(maker, key.name, getting)
        decisions.wrong(key.name, wrong)


def _who_is_missing(play: Play, key: SharedKey, missing: t.Sequence[str]) -> str:
    """Why a key is not made: of whom it is not known whether they hold it, and what to do."""
    reasons: t.Dict[str, t.List[str]] = {}
    for host in missing:
        reasons.setdefault(_reason(play, key, host), []).append(host)
    told = " ".join(reason % few(hosts, _MANY) for reason, hosts in reasons.items())
    return (
        "no host that answered has this key, and it is made only when all hosts that share it have answered: %s" % told
    )


def _reason(play: Play, key: SharedKey, host: str) -> str:
    if host not in play.everybody:
        return "add %s to the hosts of this run (--limit), and run again."
    if host not in play.batch and host in play.well:
        return "%s: in another batch of this play (serial); run once with all of them in one batch."
    answer = play.answers.get(host, {})
    if "keypairs" not in answer or any(key.name.startswith(name) for name in answer.get("failed_keypairs") or {}):
        return "%s: no answer, or a failure; fix that, and run again without strategy: free."
    return "%s: lacks this version, or shares it with other hosts; set the same for all of them, and run again."


def _different(key: SharedKey) -> str:
    some = list(key.held.items())[:_FEW]
    who = [
        "%s %s %s" % (few(hosts, _FEW), "hold" if len(hosts) > 1 else "holds", thumbprint) for thumbprint, hosts in some
    ]
    more = len(key.held) - len(some)
    return (
        "the hosts that share it have different keys: %s%s. Nothing was copied. Decide which one is right, move the "
        "version's folder away on the others, and run again; if services use both of them, add a new version."
        % ("; ".join(who), "; and there are %d more keys" % more if more else "")
    )
