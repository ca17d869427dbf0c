# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Publish the public keys of a batch: their files on the controller."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jwk_sets import options as jwk_sets_options
from ansible_collections.keysmith.jwt.plugins.plugin_utils import (
    _asked,
    _publish,
    _record,
    _version_files,
    _withdraw,
)

if t.TYPE_CHECKING:
    from ansible_collections.keysmith.jwt.plugins.plugin_utils._batch import Batch

Mapping = t.Mapping[str, t.Any]
_OUTPUT = "signing_key_output_directory"


def first(batch: Batch) -> t.Optional[_record.Record]:
    """Return the record of the first host whose facts do not decide where files go and whether a report is shown."""
    records = [batch.records[host] for host in batch.hosts if host in batch.records]
    sound = [one for one in records if not {_OUTPUT, "signing_key_show"} & set(one.facts)]
    return sound[0] if sound else None


def published(batch: Batch, with_diff: bool) -> t.Dict[str, t.Any]:
    """Write and remove files for verifiers and registration; return the result of the task."""
    deciding = first(batch)
    offers = [
        _offer(batch, host, name, jwks.get("keys", ()))
        for host in batch.hosts
        for name, jwks in (batch.answers[host].get("jwks") or {}).items()
        if name in batch.asked.get(host, ())
    ]
    if not deciding or not deciding.output:
        # Keys to register are checked like published keys.
        batch.wrong(_publish.unsound(one for one in offers if batch.answers[one.host].get("rotation")))
        return {"changed": False}
    given = {name: one.get("default") for name, one in jwk_sets_options.arguments().items()}
    options = {**given, "state": "exact"}
    withdrawal = _withdrawn(batch, deciding.output, offers)
    result, problems = _publish.publish(deciding.output, offers, options, batch.is_check, with_diff, withdrawal.sources)
    batch.wrong(problems)
    result["changed"] = bool(result["changed"] or withdrawal.files)
    result["files"] = [*withdrawal.files, *result.get("files", ())]
    if with_diff:
        result["diff"] = [*withdrawal.diffs, *result.get("diff", ())]
    return result


def _offer(batch: Batch, host: str, name: str, keys: t.Sequence[Mapping]) -> _publish.Offer:
    """Return what a host publishes of a service. No host has a file of a version that could be another host's."""
    found = _version_files.keys(name, batch.answers[host].get("keypairs") or {}, keys)
    versions = {version: key for version, key in found.items() if batch.names.owns(host, version)}
    return _publish.Offer(host, name, keys, _by_hosts(batch, batch.asked[host][name]), versions)


def _withdrawn(batch: Batch, output: str, offers: t.Sequence[_publish.Offer]) -> _withdraw.Withdrawal:
    """Remove the files of services that hosts were asked to remove, and of versions that are gone."""
    withdrawal = _withdraw.Withdrawal(output, batch.is_check, batch.names)
    coming: t.Dict[str, t.Dict[str, t.Container[str]]] = {}
    for offer in offers:
        coming.setdefault(offer.name, {})[offer.host] = offer.versions
    for name, versions in coming.items():
        withdrawal.clear_versions(name, versions)
    gone: t.Dict[str, t.List[str]] = {}
    for host in batch.hosts:
        for name in batch.answers[host].get("absent") or ():
            if name in batch.asked.get(host, ()) and batch.asked[host][name].absent:
                gone.setdefault(name, []).append(host)
    for name, hosts in gone.items():
        try:
            withdrawal.withdraw(name, hosts, name in coming)
        except KeysmithError as error:
            batch.wrong({host: [str(error)] for host in hosts})
    return withdrawal


def _by_hosts(batch: Batch, service: _asked.Service) -> _asked.Service:
    """Return the service with the names of the hosts that share its keys, in the place of groups."""
    return service._replace(shared=tuple(batch.inventory.hosts(service.shared)))
