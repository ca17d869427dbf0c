# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""Who of the hosts that share a key holds it and who waits for it -> what is to be done about it.

Two rules decide: a key is made only when every host that may have it has answered that it has none, and it goes only
to hosts that say of themselves that they share it with the same hosts as the one that holds it.
"""

from __future__ import annotations

import typing as t

Mapping = t.Mapping[str, t.Any]

#: What the tasks call their items that ask hosts, and have them seal keys.
_ASK, _HOLDER = "signing_key__ask", "signing_key__holder"
#: How many hosts, and how many keys, a message names.
_MANY, _FEW = 10, 5


class Play(t.NamedTuple):
    """A play, and what its hosts have answered so far."""

    #: All of its hosts, in its order, and those of the batch that it is at.
    hosts: t.Sequence[str]
    batch: t.Sequence[str]
    #: What a host has answered last, empty for nothing.
    result_of: t.Callable[[str], Mapping]
    #: The names of the services that are said to be on a host; None where nothing can be known of them.
    services_of: t.Callable[[str], t.Optional[t.Collection[str]]]
    #: The hosts of the inventory that patterns name, in its order; empty where they name none.
    named_by: t.Callable[[t.Sequence[str]], t.Sequence[str]]
    #: Whether a name is a group's, which can be empty.
    is_group: t.Callable[[str], bool]
    #: What the hosts echo that answer to this use of the role, and not to another one.
    use: str = ""
    #: What hosts answered that were asked because nothing was known of them, once for each way to ask them.
    asked: t.Sequence[Mapping] = ()
    #: Whether hosts were asked: those that did not answer are not asked again.
    has_asked: bool = False
    #: What hosts answered that were to seal a key for others.
    sealing: t.Sequence[Mapping] = ()
    #: Whether there may be hosts with the service that the run leaves out.
    is_limited: bool = False
    is_check: bool = False
    #: Whether nothing more is done after this: a key that is waited for still will not come.
    is_last: bool = False


class Circle:
    """The hosts that share a key."""

    def __init__(self, is_all: bool, hosts: t.Sequence[str] = (), unknown: t.Sequence[str] = ()) -> None:
        #: Whether they are all hosts that have the service.
        self.is_all = is_all
        self.hosts = hosts
        #: What was named, and is neither a host nor a group.
        self.unknown = unknown
        self.id = "all" if is_all else " ".join(sorted(hosts))
        self._members = frozenset(hosts)

    def leaves_out(self, host: str) -> bool:
        """Whether a host is certainly none of them."""
        return not self.is_all and not self.unknown and host not in self._members


class SharedKey:
    """A key that a circle of hosts shares."""

    def __init__(self, name: str, circle: Circle) -> None:
        #: Service and version, as in ``orders/v1``.
        self.name = name
        self.service = name.split("/")[0]
        self.circle = circle
        #: The hosts that hold it, by the thumbprint of what they hold; and what kind of key that is.
        self.held: t.Dict[str, t.List[str]] = {}
        self.kind = ""
        #: The hosts of the batch that wait for it, each with what it can be sealed for.
        self.waiting: t.Dict[str, t.Any] = {}
        #: The kinds of key that they ask for; those that take any are not among them.
        self.kinds: t.Dict[str, str] = {}
        #: The other hosts that have said that they do not have it.
        self.without: t.Set[str] = set()
        #: In check mode, those of them of which an earlier batch would have made it.
        self.before: t.List[str] = []

    @property
    def holders(self) -> t.List[str]:
        """All hosts that hold it."""
        return [host for hosts in self.held.values() for host in hosts]


class _Told:
    """What a host has said that was asked, in all the ways in which it was."""

    def __init__(self) -> None:
        self.answers: t.List[Mapping] = []
        self.shared: t.Dict[str, Mapping] = {}
        #: The keys of which one way says another thing than another: they are not handed out.
        self.doubt: t.Set[str] = set()

    @property
    def is_unreachable(self) -> bool:
        return any(answer.get("unreachable") for answer in self.answers)

    @property
    def failed(self) -> bool:
        """Whether a way has failed: then nothing is said but what is held."""
        return any(map(_is_bad, self.answers))

    def certain(self) -> t.Dict[str, Mapping]:
        """What all ways agree on."""
        return {name: fact for name, fact in self.shared.items() if name not in self.doubt}


class Decisions:
    """What is to be done about all keys that are shared."""

    def __init__(self) -> None:
        #: The hosts that wait for a key; a dictionary, as they are looked for one by one.
        self.waiting: t.Dict[str, str] = {}
        #: The hosts to ask first.
        self.unknown: t.Dict[str, str] = {}
        #: The names of the keys that a host makes.
        self.make: t.Dict[str, t.List[str]] = {}
        #: Of a host that sends keys: for each key, who gets it; and how the host says that it is to be asked.
        self.send: t.Dict[str, t.Dict[str, t.Dict[str, t.Any]]] = {}
        self.again: t.Dict[str, t.Dict[str, Mapping]] = {}
        #: For each key, the host from which a host gets it.
        self.source: t.Dict[str, t.Dict[str, str]] = {}
        #: What is wrong, for each host.
        self.problems: t.Dict[str, t.List[str]] = {}

    def comes_from(self, name: str, hosts: t.Iterable[str], source: str) -> None:
        self.source.setdefault(name, {}).update(dict.fromkeys(hosts, source))

    def problem(self, host: str, name: str, text: str) -> None:
        self.problems.setdefault(host, []).append("%s: %s" % (name, text))


def decide(play: Play) -> t.Dict[str, t.Any]:
    """What is to be done, as the tasks of the role use it; see :class:`Decisions`.

    ``all_done``: whether for none of the hosts anything is left to do, about shared keys or otherwise.
    """
    comparison = _Comparison(play)
    comparison.listen()
    decisions = comparison.judge()
    is_quiet = not any(_has_more(result) for result in comparison.results.values())
    return {
        "waiting": decisions.waiting,
        "unknown": list(decisions.unknown),
        "make": decisions.make,
        "send": decisions.send,
        "again": {host: decisions.again[host] for host in decisions.send},
        "source": decisions.source,
        "problems": decisions.problems,
        "all_done": is_quiet and not decisions.waiting and not decisions.problems,
    }


class _Comparison:
    def __init__(self, play: Play) -> None:
        self.play = play
        self.batch = frozenset(play.batch)
        #: By what a host has said of it.
        self.circles: t.Dict[t.Any, Circle] = {}
        #: By name and circle: those that say the same hosts share one, and others can have another of its name.
        self.keys: t.Dict[t.Tuple[str, str], SharedKey] = {}
        self.told: t.Dict[str, _Told] = {}
        for answer in play.asked:
            self.told.setdefault(answer[_ASK]["host"], _Told()).answers.append(answer)
        self.results = {host: play.result_of(host) for host in dict.fromkeys([*play.hosts, *self.told])}
        #: What was answered to another use of the role says nothing of this one.
        self.answers = {host: one for host, one in self.results.items() if one.get("echo", "") == play.use}
        self.sealing = {answer[_HOLDER]: answer for answer in play.sealing}
        self.decisions = Decisions()

    def listen(self) -> None:
        """Find the keys, and who holds them and who waits for them."""
        for host, told in self.told.items():
            self._weigh(told, self.results[host].get("shared") or {})
        for host in self.results:
            told = self.told.get(host) or _Told()
            shared, certain = self.answers.get(host, {}).get("shared") or {}, told.certain()
            own = {name: fact for name, fact in shared.items() if name not in told.doubt}
            # A host outside of the batch has said by itself what was so before.
            facts = {**certain, **own} if host in self.batch else {**own, **certain}
            for name, fact in facts.items():
                self._hear(host, name, fact, name in own, told.failed)

    def _weigh(self, told: _Told, before: Mapping) -> None:
        """Put together what a host says in all ways. ``before``: what it has said of its keys by itself before."""
        for answer in told.answers:
            shared = answer.get("shared") or {}
            # Its own, and no other host's.
            told.doubt.update(name for name in answer.get("keypairs") or {} if name not in shared)
            for name, fact in shared.items():
                known = told.shared.get(name)
                if known and self._differ(known, fact):
                    told.doubt.add(name)
                if not known or "thumbprint" not in known:
                    told.shared[name] = dict(fact, way=answer[_ASK]["way"])
        for name, fact in told.shared.items():
            known = before.get(name)
            # Asked with another host's words, it says that it shares the key with that one.
            is_same = known and "thumbprint" in known and "thumbprint" in fact and _place(known) == _place(fact)
            if known and is_same and self._differ(known, fact):
                told.doubt.add(name)

    def _differ(self, one: Mapping, other: Mapping) -> bool:
        return self._circle(one["among"]).id != self._circle(other["among"]).id

    def _hear(self, host: str, name: str, fact: Mapping, is_own: bool, failed: bool) -> None:
        circle = self._circle(fact["among"])
        key = self.keys.setdefault((name, circle.id), SharedKey(name, circle))
        if circle.leaves_out(host):
            if host in self.batch:
                self.decisions.problem(
                    host,
                    name,
                    "shared does not name this host, so it is given no key of the others and gives them none. Name it "
                    "there, or say shared: false for it.",
                )
        elif "thumbprint" in fact:
            key.held.setdefault(fact["thumbprint"], []).append(host)
            key.kind = key.kind or fact.get("kind", "")
            again = dict(fact["again"], way=fact.get("way", "both"))
            self.decisions.again.setdefault(host, {})[name] = again
        elif host in self.batch and is_own:
            key.waiting[host] = fact.get("recipient")
            key.kinds.update({host: fact["kind"]} if fact.get("kind") else {})
        elif is_own or not failed:
            key.without.add(host)
            if self.play.is_check and is_own:
                # With serial, in check mode: an earlier batch would have made it.
                key.before.append(host)

    def _circle(self, among: t.Any) -> Circle:
        said = among if among is True else (among,) if isinstance(among, str) else tuple(among)
        if said not in self.circles:
            self.circles[said] = Circle(True) if said is True else self._named(said)
        return self.circles[said]

    def _named(self, named: t.Sequence[str]) -> Circle:
        play = self.play
        unknown = [one for one in named if not play.is_group(one) and not play.named_by([one])]
        return Circle(False, play.named_by(named) if named else [], unknown)

    def judge(self) -> Decisions:
        """Decide for each key."""
        having = self._having()
        for key in self.keys.values():
            self.decisions.waiting.update((host, host) for host in key.waiting)
            wrong = self._judge(key, having)
            if self.play.is_last:
                late = "the key is not here yet, as another host was making it at the same time. Run again."
                wrong = {**dict.fromkeys(key.waiting, late), **wrong}
            for host, text in wrong.items():
                self.decisions.problem(host, key.name, text)
        return self.decisions

    def _judge(self, key: SharedKey, having: t.Mapping[str, t.Sequence[str]]) -> t.Dict[str, str]:
        """Decide for a key; what is wrong, by the hosts that it concerns."""
        if len(key.held) > 1:
            return dict.fromkeys([*key.waiting, *key.holders], _different(key))
        if key.waiting and key.held:
            return self._send(key)
        if key.waiting:
            return self._make(key, having.get(key.service, ()) if key.circle.is_all else key.circle.hosts)
        return {}

    def _send(self, key: SharedKey) -> t.Dict[str, str]:
        """From the first host that holds it."""
        holder, others = key.holders[0], key.holders[1:]
        wrong = _of_another_kind(key, key.kind)
        waiting = {host: recipient for host, recipient in key.waiting.items() if host not in wrong}
        if not waiting:
            return wrong
        self.decisions.send.setdefault(holder, {})[key.name] = waiting
        self.decisions.comes_from(key.name, waiting, holder)
        answer = self.sealing.get(holder, {})
        if not _is_bad(answer):
            return wrong
        why = "it could not be reached" if answer.get("unreachable") else (answer.get("msg") or "it failed").rstrip(".")
        text = "the key could not be copied from %s: %s. Mend that, and run again%s." % (
            holder,
            why,
            ", or without that host, as %s has it, too" % others[0] if others else "",
        )
        return {**dict.fromkeys(waiting, text), **wrong}

    def _make(self, key: SharedKey, candidates: t.Sequence[str]) -> t.Dict[str, str]:
        """On one host, once all ``candidates`` have said that they do not have it."""
        silent: t.List[str] = []
        elsewhere: t.List[str] = []
        unasked: t.List[str] = []
        for host in candidates:
            answer = self.answers.get(host)
            if host in key.waiting or host in key.without:
                continue
            if host in self.batch and answer and _is_good(answer):
                # It has answered with its own variables. Without the service, it has no key of it.
                if key.service in _services(answer):
                    elsewhere.append(host)
            elif (host in self.batch and answer) or self.play.has_asked:
                silent.append(host)
            else:
                unasked.append(host)
        if unasked and not elsewhere:
            self.decisions.unknown.update((host, host) for host in unasked)
            return {}
        if elsewhere:
            text = (
                "no host has this key yet, and %s, where the service is, too, do not have the version, or do not share "
                "it with the same hosts. Say the same for all hosts that share the key, and run again."
                % few(elsewhere, _MANY)
            )
        elif silent:
            text = (
                "no host that answered has this key, and so that there are not two keys, none was made: %s. Mend that, "
                "or take them out of the inventory, and run again." % self._why(key, silent)
            )
        else:
            text = self._refusal(key)
        return dict.fromkeys(key.waiting, text) if text else self._make_here(key)

    def _why(self, key: SharedKey, silent: t.Sequence[str]) -> str:
        """Why it is not known of some hosts whether they have the key."""
        reasons: t.Dict[str, t.List[str]] = {}
        for host in silent:
            reasons.setdefault(self._reason(key, host), []).append(host)
        return "; ".join("%s %s" % (few(hosts, _MANY), reason) for reason, hosts in reasons.items())

    def _reason(self, key: SharedKey, host: str) -> str:
        told = self.told.get(host)
        if told and told.is_unreachable:
            return "could not be reached"
        if (told and told.failed) or self.results.get(host, {}).get("failed"):
            return "answered with an error"
        if not told:
            return "did not answer"
        if key.name in told.doubt:
            return "shares it with these hosts in one way to read what is said of it, and not in another"
        return "shares it with others" if key.name in told.shared else "says nothing of this service"

    def _refusal(self, key: SharedKey) -> str:
        """Why the key must not be made, though nobody of whom one knows has it; empty for no reason."""
        circle = key.circle
        if circle.unknown:
            return (
                "shared names what is no host of the inventory (%s), and a key is made only when every host that "
                "shares it has answered. Mend the name, and run again." % ", ".join(circle.unknown)
            )
        if (circle.is_all or not circle.hosts) and self.play.is_limited:
            return (
                "no host of this run has this key, and the run is limited, so another host may have it. Run without "
                "--limit and signing_key_hosts, or list under shared the hosts that share the key."
            )
        if circle.hosts and circle.hosts[0] not in self.play.hosts:
            # Runs for parts of the hosts, at the same time, must not make two keys: only the one with this host does.
            return (
                "no host has this key yet, and a run without %s, the first one that shares it, makes none. Run with it "
                "first, or again when such a run has made it." % circle.hosts[0]
            )
        return ""

    def _make_here(self, key: SharedKey) -> t.Dict[str, str]:
        maker = [*key.before, *key.waiting][0]
        self.decisions.make.setdefault(maker, []).append(key.name)
        wrong = _of_another_kind(key, key.kinds.get(maker, ""))
        self.decisions.comes_from(key.name, (host for host in key.waiting if host not in wrong), maker)
        return wrong

    def _having(self) -> t.Dict[str, t.List[str]]:
        """For keys that all hosts with a service share: the hosts that have it, by what each has answered, else by
        what is said of it.
        """
        services = {key.service for key in self.keys.values() if key.circle.is_all and key.waiting}
        having: t.Dict[str, t.List[str]] = {service: [] for service in services}
        for host in self.play.hosts if services else []:
            answer = self.answers.get(host, {})
            if host in self.batch and _is_good(answer):
                found: t.Optional[t.Collection[str]] = _services(answer)
            else:
                found = self.play.services_of(host)
            # Of one of which nothing can be known, anything can be so.
            for service in services if found is None else services & set(found):
                having[service].append(host)
        return having


def _of_another_kind(key: SharedKey, kind: str) -> t.Dict[str, str]:
    """What is wrong with hosts that wait for another kind of key than the one that they would get."""
    text = (
        "the key that the hosts share is of type %s, and this one asks for %s. Say the same algorithm and size for all."
    )
    return {host: text % (kind, asked) for host, asked in key.kinds.items() if kind and asked != kind}


def _different(key: SharedKey) -> str:
    some = list(key.held.items())[:_FEW]
    who = [
        "%s %s %s" % (few(hosts, _FEW), "hold" if len(hosts) > 1 else "holds", thumbprint) for thumbprint, hosts in some
    ]
    more = len(key.held) - len(some)
    return (
        "the hosts that share it have different keys: %s%s. Nothing was copied. Decide which one is right, move the "
        "version's folder away on the others, and run again; where services use both of them, go on with a new version."
        % ("; ".join(who), "; and there are %d more keys" % more if more else "")
    )


def few(names: t.Sequence[str], most: int) -> str:
    """The first of the names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (" and %d more" % more if more > 0 else "")


def _is_bad(answer: Mapping) -> bool:
    return bool(answer.get("failed") or answer.get("unreachable"))


def _is_good(answer: Mapping) -> bool:
    return "keypairs" in answer and not answer.get("failed")


def _place(fact: Mapping) -> t.Any:
    """Where the key is that a host holds."""
    return fact["again"].get("directory")


def _has_more(answer: Mapping) -> bool:
    """Whether more is to be done for a host than what its module has done."""
    return any(answer.get(name) for name in ("failed", "restart", "restart_due", "units"))


def _services(answer: Mapping) -> t.Set[str]:
    """The services of which a host has keys, or waits for them."""
    return {name.split("/")[0] for part in ("keypairs", "shared") for name in answer.get(part) or {}}
