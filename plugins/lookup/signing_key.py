# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup signing_key: thin, the work is in plugin_utils."""

from __future__ import annotations

DOCUMENTATION = r"""
name: signing_key
short_description: What the hosts of a play have answered to the role signing_key, taken together
version_added: 0.1.0
author: keysmith.jwt contributors (@keysmith)
description:
  - The role R(keysmith.jwt.signing_key,ansible_collections.keysmith.jwt.signing_key_role) uses this on the controller,
    once for all hosts of a play. It is not meant to be used by anything else, and changes with the role.
options:
  _terms:
    description:
      - What to work out.
      - V(sharing) is what is to be done about the keys that hosts share. A key is made only when every host that may
        have it has answered that it does not, and goes only to hosts that say that they share it.
      - V(sets) are the files with public keys, as the option O(keysmith.jwt.jwks#module:sets_json) takes them.
      - V(report) is what a person reads at the end.
      - V(overridden) are the names of the variables of which the play says something else than the inventory does.
    type: list
    elements: str
    choices: [sharing, sets, report, overridden]
    required: true
  use:
    description: What the hosts echo that have answered to this use of the role.
    type: str
    default: ''
  asked:
    description: What hosts answered that were asked because nothing was known of them, as the task registered it.
    type: raw
  sealing:
    description: What hosts answered that were to seal keys for others, as the task registered it.
    type: raw
  decisions:
    description: What V(sharing) was for this batch.
    type: raw
  output:
    description: The directory for public keys on the controller.
    type: raw
  is_check:
    description: Whether nothing is changed in this run.
    type: bool
    default: false
  is_last:
    description: Whether nothing more is done about shared keys in this run.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Decide what is to be done about the keys that hosts share
  ansible.builtin.set_fact:
    decided: "{{ lookup('keysmith.jwt.signing_key', 'sharing') }}"
  run_once: true
"""

RETURN = r"""
_raw:
  description: For each term, a dictionary (V(sharing)), JSON text (V(sets)), or a list.
  type: list
  elements: raw
"""

import json
import os
import typing as t

from ansible.errors import AnsibleError, AnsibleLookupError
from ansible.inventory.manager import InventoryManager
from ansible.plugins.lookup import LookupBase
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _key_sets, _report, _sharing

_Answer = t.Mapping[str, t.Any]


class LookupModule(LookupBase):
    """What a template with lookup('keysmith.jwt.signing_key', ...) gets."""

    def run(self, terms: t.List[str], variables: t.Any = None, **kwargs: t.Any) -> t.List[t.Any]:
        """For each term, what it names."""
        self.set_options(var_options=variables, direct=kwargs)
        known = {
            "sharing": self._sharing,
            "sets": self._sets,
            "report": self._report,
            "overridden": lambda hosts: hosts.overridden(),
        }
        for term in terms:
            if term not in known:
                raise AnsibleLookupError("%s is none of %s." % (term, ", ".join(known)))
        hosts = _Hosts(variables or {}, self.get_option("use"))
        return [known[term](hosts) for term in terms]

    def _sharing(self, hosts: _Hosts) -> t.Dict[str, t.Any]:
        asked, sealing = self.get_option("asked") or {}, self.get_option("sealing") or {}
        patterns = _Patterns(self._loader, hosts.variables["groups"])
        return _sharing.decide(
            _sharing.Play(
                hosts=hosts.all,
                batch=hosts.batch,
                result_of=hosts.result,
                use=hosts.use,
                services_of=lambda host: _names(lambda: self._said(hosts, host)),
                named_by=patterns.hosts,
                is_group=lambda name: name in hosts.variables["groups"],
                asked=asked.get("results") or (),
                has_asked=bool(asked),
                sealing=sealing.get("results") or (),
                is_limited="ansible_limit" in hosts.variables or "signing_key_hosts" in hosts.variables,
                is_check=self.get_option("is_check"),
                is_last=self.get_option("is_last"),
            )
        )

    def _said(self, hosts: _Hosts, host: str) -> t.Any:
        """The services that are said to be on a host: by its own variables, else by the play for all hosts."""
        own = hosts.of(host)
        if "signing_key_services" in own:
            return own["signing_key_services"]
        templar: t.Any = self._templar
        return templar.template(hosts.variables["signing_key_services"])

    def _sets(self, hosts: _Hosts) -> str:
        directory = os.path.expanduser(self.get_option("output"))
        directory = directory.rstrip("/") or "/"
        return json.dumps(_key_sets.key_sets(directory, ((host, hosts.answer(host)) for host in hosts.all)))

    def _report(self, hosts: _Hosts) -> t.List[t.Any]:
        decisions = self.get_option("decisions") or {}
        batch = frozenset(hosts.batch)
        return _report.report(
            _report.Play(
                hosts=hosts.all,
                batch=hosts.batch,
                well=hosts.variables["ansible_play_hosts"],
                answer_of=hosts.answer,
                decisions_of=lambda host: (
                    decisions if host in batch else hosts.of(host).get("signing_key__sharing", {})
                ),
                output=self.get_option("output") or "",
                is_check=self.get_option("is_check"),
                variables=hosts.variables,
            )
        )


class _Hosts:
    """The hosts of the play, and what is known of each."""

    def __init__(self, variables: t.Mapping[str, t.Any], use: str) -> None:
        self.variables = variables
        self.use = use
        self.all: t.List[str] = variables["ansible_play_hosts_all"]
        self.batch: t.List[str] = variables["ansible_play_batch"]
        self._results: t.Dict[str, _Answer] = {}

    def of(self, host: str) -> t.Mapping[str, t.Any]:
        """The variables of a host."""
        found: t.Mapping[str, t.Any] = self.variables["hostvars"][host]
        return found

    def overridden(self) -> t.List[str]:
        """The variables that are not what the inventory says; they are compared as they were written."""
        said = self.variables["hostvars"].raw_get(self.variables["inventory_hostname"])
        return [name for name in self.variables if name not in said or said[name] != self.variables[name]]

    def result(self, host: str) -> _Answer:
        """What the module has answered last, empty for nothing."""
        if host not in self._results:
            self._results[host] = self.of(host).get("signing_key__result") or {}
        return self._results[host]

    def answer(self, host: str) -> _Answer:
        """The same, where it was to this use of the role, or has failed before it came to that."""
        result = self.result(host)
        return result if result.get("echo", "") == self.use or "keypairs" not in result else {}


class _Patterns:
    """Which hosts of the inventory a pattern names."""

    def __init__(self, loader: t.Any, groups: t.Mapping[str, t.Sequence[str]]) -> None:
        self._loader = loader
        self._groups = groups
        self._manager: t.Any = None
        self._order: t.Dict[str, int] = {}

    def hosts(self, patterns: t.Sequence[str]) -> t.List[str]:
        """In the order of the inventory; none where the patterns mean nothing."""
        if self._manager is None:
            self._manager = InventoryManager(self._loader, parse=False)
            self._order = {host: number for number, host in enumerate(self._groups["all"])}
            for group, hosts in self._groups.items():
                self._manager.add_group(group)
                for host in hosts:
                    self._manager.add_host(host, group=group)
        try:
            names = [host.name for host in self._manager.get_hosts(pattern=list(patterns))]
        except AnsibleError:
            return []
        # Whatever the order in which they were named: the first one is the same for all that name them.
        return sorted(names, key=lambda name: self._order.get(name, len(self._order)))


def _names(said: t.Callable[[], t.Any]) -> t.Optional[t.List[str]]:
    """The names of services; None where they cannot be known."""
    try:
        services = said()
    except Exception:  # Whatever is wrong with what somebody has written, it says nothing of the services.
        return None
    if not isinstance(services, (list, tuple)):
        return None
    return [str(service["name"]) for service in services if isinstance(service, dict) and service.get("name")]
