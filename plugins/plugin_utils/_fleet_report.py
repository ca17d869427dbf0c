# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a fleet: the number of problems, the report as JSON, and metrics for Prometheus."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._service import history
from ansible_collections.keysmith.jwt.plugins.plugin_utils._fleet import Fleet, Key
from ansible_collections.keysmith.jwt.plugins.plugin_utils._published import Compared

#: The name of a metric, what it means, and its samples: labels and value.
_Samples = t.Iterable[t.Tuple[t.Mapping[str, str], t.Union[int, float]]]


class Report(t.NamedTuple):
    """The whole report. ``generated`` is in seconds since 1970."""

    generated: int
    fleet: Fleet
    published: t.Sequence[Compared] = ()

    @property
    def kinds(self) -> t.Dict[str, int]:
        """Return the number of problems by kind; empty if there are none."""
        found: t.Dict[str, int] = {}
        for kind, count in (
            *((problem.kind, 1) for problem in self.fleet.problems),
            ("no answer", len(self.fleet.silent)),
            ("not published", sum(len(one.missing) for one in self.published)),
            ("published, on no host", sum(len(one.stale) for one in self.published)),
            ("published set not read", sum(bool(one.error) for one in self.published)),
        ):
            if count:
                found[kind] = found.get(kind, 0) + count
        return found

    @property
    def verdict(self) -> str:
        """Return one sentence that says whether anything is wrong."""
        count = sum(self.kinds.values())
        if not self.fleet.hosts:
            return "No host was asked."
        if not count:
            return "Nothing is wrong."
        return "%d things to look at." % count if count > 1 else "One thing to look at."


def to_json(report: Report) -> bytes:
    """Return the whole report as JSON."""
    fleet = report.fleet
    document = {
        "generated": history.stamp(report.generated),
        "summary": {
            "hosts": len(fleet.hosts),
            "hosts_without_answer": len(fleet.silent),
            "services": len(fleet.services),
            "keys": len(fleet.keys),
            "problems": report.kinds,
        },
        "hosts_without_answer": [one._asdict() for one in fleet.silent],
        "services": [one._asdict() for one in fleet.services],
        "keys": [one._asdict() for one in fleet.keys],
        "problems": [one._asdict() for one in fleet.problems],
        "published": [
            {
                **one._asdict(),
                "missing": [_named(key) for key in one.missing],
                "stale": [entry._asdict() for entry in one.stale],
            }
            for one in report.published
        ],
    }
    return (json.dumps(document, indent=1) + "\n").encode("ascii")


def _named(key: Key) -> t.Dict[str, str]:
    return {name: getattr(key, name) for name in ("host", "service", "version", "kid", "thumbprint")}


def same(one: bytes, other: bytes) -> bool:
    """Check whether two reports are equal except for their time."""
    try:
        found = [json.loads(text) for text in (one, other)]
    except ValueError:
        return False
    return all(isinstance(document, dict) for document in found) and all(
        found[0].get(name) == found[1].get(name) for name in (set(found[0]) | set(found[1])) - {"generated"}
    )


def to_prometheus(report: Report) -> bytes:
    """Return the report in the text format of Prometheus, version 0.0.4, for node_exporter's textfile collector."""
    text: t.List[str] = []
    for name, meaning, samples in _metrics(report):
        full = "signing_keys_" + name
        text += ["# HELP %s %s" % (full, meaning), "# TYPE %s gauge" % full]
        text += ["%s%s %s" % (full, _labels(labels), value) for labels, value in samples]
    return ("\n".join(text) + "\n").encode("utf-8", "replace")


def _metrics(report: Report) -> t.Iterator[t.Tuple[str, str, _Samples]]:
    yield from _of_hosts(report)
    yield from _of_sets(report.published)


def _of_hosts(report: Report) -> t.Iterator[t.Tuple[str, str, _Samples]]:
    fleet = report.fleet
    silent = {one.host for one in fleet.silent}
    yield "report_timestamp_seconds", "When this report was made.", [({}, report.generated)]
    yield (
        "host_answered",
        "Whether a host has answered.",
        [({"host": host}, int(host not in silent)) for host in fleet.hosts],
    )
    yield "problems", "What needs attention, by host, service and kind.", _counted(report)
    yield (
        "restart_due",
        "Whether what uses the keys of a service is to be restarted.",
        [({"host": one.host, "service": one.name}, int(one.restart_due)) for one in fleet.services],
    )
    yield (
        "key_created_timestamp_seconds",
        "When a key was created or adopted.",
        [(_of_key(key), _seconds(key.created)) for key in fleet.keys if key.created],
    )
    yield (
        "next_step_timestamp_seconds",
        "When the next step of a rotation is or was due.",
        [
            ({"host": one.host, "service": one.name, "step": one.step}, _seconds(one.at))
            for one in fleet.services
            if one.at
        ],
    )


def _of_sets(published: t.Sequence[Compared]) -> t.Iterator[t.Tuple[str, str, _Samples]]:
    read = [one for one in published if not one.error]
    yield (
        "published_read",
        "Whether a published JWK Set could be read.",
        [({"set": one.where}, int(not one.error)) for one in published],
    )
    yield (
        "published_missing",
        "Keys of hosts that are not in a published JWK Set.",
        [({"set": one.where}, len(one.missing)) for one in read],
    )
    yield (
        "published_stale",
        "Keys in a published JWK Set that no host has.",
        [({"set": one.where}, len(one.stale)) for one in read],
    )


def _of_key(key: Key) -> t.Dict[str, str]:
    return {
        "host": key.host,
        "service": key.service,
        "version": key.version,
        "state": key.state,
        "algorithm": key.algorithm,
    }


def _counted(report: Report) -> _Samples:
    counts: t.Dict[t.Tuple[str, str, str], int] = {}
    for problem in report.fleet.problems:
        which = problem.host, problem.service, problem.kind
        counts[which] = counts.get(which, 0) + 1
    return [(dict(zip(("host", "service", "kind"), which)), count) for which, count in counts.items()]


def _seconds(stamp: str) -> int:
    """Return seconds since 1970; 0 for an impossible time, such as the 30th of February."""
    try:
        return history.seconds(stamp)
    except ValueError:
        return 0


def _labels(labels: t.Mapping[str, str]) -> str:
    """Write labels: their values hold any text; only backslash, quote and newline are escaped."""
    if not labels:
        return ""
    escaped = (
        '%s="%s"' % (name, value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"))
        for name, value in labels.items()
    )
    return "{%s}" % ",".join(escaped)
