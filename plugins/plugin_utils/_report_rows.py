# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of a play's hosts, one row each, with what was done with each and why."""

from __future__ import annotations

import typing as t

Mapping = t.Mapping[str, t.Any]
#: Why a key pair changes, for each kind of change that the module returns.
_CAUSES = {
    "directory": "a directory was missing, or had another mode or owner",
    "leftovers": "an interrupted run had left files",
    "private_key": "the private key had another form or another passphrase",
    "environment": "an environment file was missing or different",
    "public_key": "the public key file was missing or different",
    "jwk": "the JWK file was missing or different",
    "public_base64": "the public key in base64 was missing or different",
    "certificate": "the certificate was missing, different or about to expire",
    "pkcs12": "the PKCS#12 file was missing or different",
    "attributes": "a file had another mode, owner or group",
    "active_link": "it was not active before",
}


class Play(t.NamedTuple):
    """A play, and what has become of its hosts."""

    #: All of its hosts; those of the batch; and those that are in the play still.
    hosts: t.Sequence[str]
    batch: t.Sequence[str]
    well: t.Sequence[str]
    #: What is kept of a host's answer, empty for nothing.
    answer_of: t.Callable[[str], Mapping]
    #: The directory with the public keys on the controller, empty for none.
    output: str
    is_check: bool
    #: The names of all variables that are set.
    variables: t.Collection[str]
    #: Whether the user's own tasks register the new keys of rotations.
    registers: bool = False


class Row(t.NamedTuple):
    """A key on a host."""

    service: str
    version: str
    host: str
    #: active, inactive, retired, or in place (where another one of the service has failed).
    role: str
    #: What was done with it.
    done: str
    #: What the module returned of it.
    keypair: Mapping

    @property
    def is_new(self) -> bool:
        """Whether there was no such key before."""
        return self.done in ("made", "replaced")

    @property
    def why(self) -> str:
        """The causes of a change in words; empty for what needs none."""
        kinds = self.keypair.get("changes", ()) if self.done == "changed" else ()
        return "; ".join(_CAUSES.get(kind, kind.replace("_", " ")) for kind in kinds)


def told_of(play: Play) -> t.List[str]:
    """The hosts that a report is about. With serial, what earlier batches have done was told by their reports."""
    batch, well = frozenset(play.batch), frozenset(play.well)
    return [host for host in play.hosts if host in batch or host not in well]


def rows_of(play: Play, host: str) -> t.Iterator[Row]:
    """The keys of a host."""
    answer = play.answer_of(host)
    sources = (answer.get("asked") or {}).get("sources") or {}
    # Where a key pair has failed, the first one that is left need not be the active one.
    failed = {name.partition("/")[0] for name in answer.get("failed_keypairs") or {} if "/" in name}
    seen: t.Set[str] = set()
    for name, keypair in (answer.get("keypairs") or {}).items():
        service, _slash, version = name.partition("/")
        is_retired = "algorithm" not in keypair
        # The module puts the active version first.
        role = "in place" if service in failed else "inactive" if service in seen else "active"
        seen.add(service)
        if keypair.get("changed") or not is_retired:
            yield Row(
                service=service,
                version=version,
                host=host,
                role="retired" if is_retired else role,
                done=_done(keypair, is_retired, sources.get(name, host), host),
                keypair=keypair,
            )


def _done(keypair: Mapping, is_retired: bool, source: str, host: str) -> str:
    if not keypair.get("changed"):
        return "unchanged"
    if is_retired:
        return "removed"
    if keypair.get("created") and source != host:
        return "copied from " + source
    if "rotated_from" in keypair:
        return "replaced"
    return "made" if keypair.get("created") else "changed"
