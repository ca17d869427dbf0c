# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotation on a host: decisions become the versions of a service, and completed steps become its history."""

from __future__ import annotations

import contextlib
import typing as t

from .._disk import locked_directories
from .._errors import KeysmithError
from . import confirmed as confirmations
from . import history, host_history, restart_marker, rotation, rotation_policy
from .history import History
from .rotation_plan import Rotating, clock, plan
from .service import Service


class Rotations:
    """The histories of the services of one run, and their rotations."""

    def __init__(
        self,
        controller: t.Optional[int],
        confirmed: t.Optional[t.Mapping[str, t.Any]],
        shared: t.Iterable[str] = (),
        ages: t.Optional[t.Mapping[str, t.Any]] = None,
    ) -> None:
        """``shared``: the key pairs that are made or handed over in this run for all hosts that share them.

        ``ages``: of those that come from another host, when it says that the key was created.
        """
        self.at = clock(controller)
        self._agreed = {name.rpartition("/")[0]: name.rpartition("/")[2] for name in map(str, shared)}
        self._ages = {name: _seconds(text) for name, text in (ages or {}).items()}
        self._confirmed = {name: confirmations.checked(one) for name, one in (confirmed or {}).items()}
        self._is_later = confirmed is not None or bool(self._agreed)
        self._services: t.List[Service] = []
        self._rotating: t.Dict[str, Rotating] = {}
        #: As they are written down at the end of the run.
        self._histories: t.Dict[str, History] = {}
        #: By service, what comes after the steps that this run has taken; None where one is left.
        self._coming: t.Dict[str, t.Optional[rotation.Next]] = {}
        #: By service without a history, the versions that are there before the run.
        self._adopted: t.Dict[str, t.List[str]] = {}
        self.warnings: t.List[str] = []

    def planned(self, services: t.Iterable[Service]) -> t.Tuple[t.List[Service], t.Dict[str, str]]:
        """Return the services with the versions that their rotations ask for, and by name why others have none."""
        refused: t.Dict[str, str] = {}
        self._services = []
        for service in services:
            try:
                if service.options["rotation"]:
                    mark = restart_marker.found(service.link)
                    confirmed = self._confirmed.get(service.name, {})
                    agreed = confirmed.get("create", "") or self._agreed.get(service.name, "")
                    rotating = plan(service, self.at, bool(mark), confirmed, agreed, self._is_later)
                    self._rotating[service.name], service = rotating, rotating.service
                self._services.append(service)
            except KeysmithError as error:
                refused[service.name] = str(error)
            with contextlib.suppress(KeysmithError):  # Whoever keeps the key pairs says what is wrong.
                contents = host_history.look(service.options["directory"])
                self._adopted[service.name] = [] if contents.text else list(contents.found)
        return list(self._services), refused

    def begin(self) -> None:
        """Record which keys are compromised or about to be removed, so that the next run continues what was
        interrupted.
        """
        for one in self._rotating.values():
            if one.decision.compromised or one.decision.retire:
                host_history.keep_at_once(one.service.options["directory"], one.history)

    def finish(self, folders: locked_directories.LockedDirectories) -> None:
        """Record what has happened to the keys of all services; nothing while the clocks disagree."""
        for service in self._services:
            try:
                self._finish(service, folders)
            except KeysmithError as error:
                self.warnings.append("%s: the history of its keys was not kept: %s" % (service.name, error))

    def _finish(self, service: Service, folders: locked_directories.LockedDirectories) -> None:
        directory = service.options["directory"]
        contents, before = host_history.looked(directory)
        if not self.at.hold:
            restart_due = bool(restart_marker.found(service.link))
            adopted = self._adopted.get(service.name, ())
            listed = service.options["versions"]
            now = history.reconcile(before, contents.found, contents.active, self.at.now, restart_due, adopted, listed)
            published = self._confirmed.get(service.name, {}).get("published", ())
            now = history.happened(now, "published", published, self.at.now)
            now = self._with_ages(now, {version.name for version in before}, service)
            host_history.keep(directory, now, folders)
            before = now
            if service.name in self._rotating:
                policy = rotation_policy.policy(service.options["rotation"])
                self._coming[service.name] = rotation.coming(now, contents.active, self.at.now, policy, restart_due)
        self._histories[service.name] = before

    def _with_ages(self, now: History, before: t.Container[str], service: Service) -> History:
        """Give keys that other hosts have the same age on this host, however late it gets them."""
        ages = {version.name: self._ages.get(service.pair(version.name), 0) for version in now}
        return tuple(
            version._replace(created=min(ages[version.name], version.created))
            if ages[version.name] and version.name not in before
            else version
            for version in now
        )

    def created(self, pair: str) -> str:
        """Return when the key of a version of a rotating service was created; empty if unknown."""
        name, _slash, version = pair.rpartition("/")
        known = self._rotating[name].history if name in self._rotating else ()
        return next((history.stamp(one.created) for one in known if one.name == version and one.created), "")

    def returned(self) -> t.Dict[str, t.Any]:
        """Return the part of the result about rotations, by the names of services."""
        for one in self._rotating.values():
            if one.decision.warning:
                self.warnings.append("%s: %s" % (one.service.name, one.decision.warning))
        return {
            name: _returned(self._told(name, one.decision), self._histories.get(name, one.history), self.at.now)
            for name, one in self._rotating.items()
        }

    def _told(self, name: str, decision: rotation.Decision) -> rotation.Decision:
        """Return the result for one service: if this call has completed a step, the one after it is the next."""
        is_over = self._confirmed.get(name) or decision.next is None
        return decision._replace(next=self._coming.get(name) or decision.next) if is_over else decision

    def until(self, name: str) -> t.Optional[int]:
        """Return how long nothing is due for a service: seconds since 1970, 0 for ever, None if something is due."""
        rotating = self._rotating.get(name)
        if rotating is None:
            return 0
        step, live = rotating.decision.next, [one for one in self._histories.get(name, ()) if one.is_live]
        is_settled = step and step.step in (rotation.CREATE, rotation.RETIRE, rotation.SWITCH) and step.at > self.at.now
        if not is_settled or self.at.hold or rotating.decision.retire or not all(one.published for one in live):
            return None
        return step.at if step else None


def _seconds(text: t.Any) -> int:
    """Return the time in another host's answer; 0 if it is missing or invalid: then the key counts as new."""
    try:
        return history.seconds(text)
    except ValueError:
        return 0


def _returned(decision: rotation.Decision, versions: History, now: int) -> t.Dict[str, t.Any]:
    live = [version for version in versions if version.is_live and not version.compromised]
    step = decision.next
    return {
        "unpublished": [version.name for version in live if not version.published],
        "switch": decision.switch,
        **({"create": decision.wish} if decision.wish else {}),
        "compromised": list(decision.compromised),
        "next": {"step": step.step, "version": step.version, "at": history.stamp(step.at or now)} if step else {},
    }
