# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report at the end of a run: each key with its JWK if there are few, numbers if there are many."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.module_utils.common.yaml import yaml_load
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import few, hint
from ansible_collections.keysmith.jwt.plugins.plugin_utils._report_next import next_steps, to_register
from ansible_collections.keysmith.jwt.plugins.plugin_utils._report_rows import Play, Row, rows_of, told_of

Mapping = t.Mapping[str, t.Any]
#: A line, or what a template shows with its structure: a JWK, a diff.
Line = t.Union[str, Mapping]

#: The most keys that get a line each, that get a JWK each, and the most hosts that are named.
_LINES, _JWKS, _HOSTS = 20, 5, 10
_PREFIX = "signing_key_"
#: What else is called like a variable of the role: what a playbook of ours takes, and what the role leaves.
_OTHERS = frozenset(("signing_key_hosts", "signing_key_jwks"))
_SPECIFICATION = Path(__file__).parents[2] / "roles" / "signing_key" / "meta" / "argument_specs.yml"


def known_variables() -> t.FrozenSet[str]:
    """Return the names of the role's variables."""
    specification = yaml_load(_SPECIFICATION.read_text(encoding="utf-8"))
    return frozenset(name for one in specification["argument_specs"].values() for name in one["options"])


def report(play: Play) -> t.List[Line]:
    """Return the lines of the report."""
    rows = [row for host in told_of(play) for row in rows_of(play, host)]
    services: t.Dict[str, t.List[Row]] = {}
    for row in rows:
        services.setdefault(row.service, []).append(row)
    lines: t.List[Line] = []
    for service, some in sorted(services.items()):
        if len(rows) > _LINES:
            lines.append(_numbers(play, service, some))
        else:
            lines += _each(play, some, with_jwk=len(rows) <= _JWKS)
        lines += _set_file(play, service, some)
        lines += to_register(play, service, some)
        lines += next_steps(play, service, some)
    if len(rows) > _JWKS and not play.output:
        lines.append("To get the JWKs to register, set signing_key_output_directory")
    return [*lines, *_removed_services(play), *unknown(play.variables), *_failed(play)]


def _removed_services(play: Play) -> t.Iterator[Line]:
    """Report removed services: what is removed besides their keys, and what is left to do."""
    found: t.Dict[str, t.Dict[str, str]] = {}
    for host in told_of(play):
        answer = play.answer_of(host)
        names = {name.partition("/")[0] for name, one in (answer.get("keypairs") or {}).items() if one.get("changed")}
        for service, one in (answer.get("absent") or {}).items():
            if one.get("changed") or service in names:
                went = ", ".join(kind.replace("_", " ") for kind in one.get("changes", ())) or "keys alone"
                found.setdefault(service, {})[host] = went
    said = _said(play, "removed")
    for service, hosts in sorted(found.items()):
        if len(hosts) > _LINES:
            yield "%s: %s on %d hosts (%s)" % (service, said, len(hosts), few(list(hosts), _HOSTS))
        else:
            yield from ("%s on %s: %s (%s)" % (service, host, said, went) for host, went in hosts.items())
        if not play.is_check:
            yield (
                "%s: next: remove its keys or its client at the authorization server, and take it off the list"
                % service
            )


def _numbers(play: Play, service: str, rows: t.Sequence[Row]) -> str:
    numbers = []
    for done, why in sorted({(row.done, row.why) for row in rows}):
        some = [row.host for row in rows if (row.done, row.why) == (done, why)]
        names = " (%s)" % few(_unique(some), _HOSTS) if done != "unchanged" else ""
        numbers.append("%d %s%s%s" % (len(some), _said(play, done), names, ", because " + why if why else ""))
    hosts = len(_unique(row.host for row in rows))
    return "%s: %d keys on %d hosts: %s" % (service, len(rows), hosts, ", ".join(numbers))


def _each(play: Play, rows: t.Sequence[Row], with_jwk: bool) -> t.Iterator[Line]:
    shown: t.List[Mapping] = []
    for row in rows:
        yield _sentence(play, row)
        jwk = row.keypair.get("jwk")
        if jwk and jwk not in shown and with_jwk:
            shown.append(jwk)
            same = [other.host for other in rows if other.keypair.get("jwk") == jwk]
            what = "The JWK to register for" if row.is_new else "The JWK of"
            yield "%s %s %s on %s:" % (what, row.service, row.version, ", ".join(same))
            yield jwk


def _sentence(play: Play, row: Row) -> str:
    keypair = row.keypair
    text = "%s on %s: %s is %s" % (row.service, row.host, row.version, row.role)
    if "algorithm" in keypair:
        text += ", " + keypair["algorithm"]
    if "key_id" in keypair:
        text += ", key ID " + keypair["key_id"]
    text += ", " + _said(play, row.done)
    if row.why:
        text += ", because " + row.why
    if row.done == "replaced":
        text += ", which ends the use of the key " + keypair["rotated_from"]
    if "backup_file" in keypair:
        text += " (it is kept as %s)" % keypair["backup_file"]
    return text


def _said(play: Play, done: str) -> str:
    return "would be " + done if play.is_check and done != "unchanged" else done


def _set_file(play: Play, service: str, rows: t.Sequence[Row]) -> t.Iterator[str]:
    path, rows = "%s/%s.jwks.json" % (play.output, service), [row for row in rows if row.role != "retired"]
    if not rows:
        return
    if play.output and not play.is_check:
        yield "%s: the keys of all hosts are in %s" % (service, path)
    elif play.output and any(row.done != "unchanged" and "jwk" not in row.keypair for row in rows):
        # Before a key is there, its JWK is not known, and the file does not count as one that changes.
        yield "%s: %s would change, too, once the new keys are known" % (service, path)


def unknown(names: t.Iterable[str]) -> t.Iterator[str]:
    """Report variables that look like the role's but are not."""
    known = known_variables() | _OTHERS
    for name in names:
        if name.startswith(_PREFIX) and name[len(_PREFIX) :][:1] not in ("", "_") and name not in known:
            yield "%s is set, but the role has no variable of that name, so it is ignored.%s" % (
                name,
                hint(name, known),
            )


def _failed(play: Play) -> t.Iterator[str]:
    """Report failed hosts. With any_errors_fatal, one of them ends the play for all others."""
    well = frozenset(play.well)
    failed, others = [], []
    for host in play.hosts:
        answer = play.answer_of(host)
        is_out = host not in well
        waits = is_out and any("recipient" in fact for fact in (answer.get("shared") or {}).values())
        if answer.get("failed") or waits or (is_out and "keypairs" not in answer):
            names = answer.get("failed_keypairs")
            failed.append("%s (%s)" % (host, ", ".join(names)) if names else host)
        elif is_out:
            others.append(host)
    if failed:
        yield "Failed or not reached; the keys that failed are unchanged: " + few(failed, _HOSTS)
    if others:
        yield "Ended early, because of a failure on another host; their keys are as listed above: " + few(
            others, _HOSTS
        )


def _unique(names: t.Iterable[str]) -> t.List[str]:
    return list(dict.fromkeys(names))
