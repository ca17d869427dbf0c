# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put a key pair in place as it was planned, and read it back."""

from __future__ import annotations

import os
import typing as t

from .._disk import directory as disk_directory
from .._disk import links, owner_mode, system_errors
from .._disk.attributes import Attributes
from .._errors import KeysmithError
from . import active_link, decide, outputs, present, recovery
from . import changes as keypair_changes
from . import state as keypair_state
from .plan import Applied, Confirmed, Kind, Plan
from .private_flags import clear_immutable, set_flags

if t.TYPE_CHECKING:
    from . import private_key


def recover(plan: Plan) -> None:
    """Finish or drop what an interrupted run had begun."""
    state = plan.state
    clear_immutable(plan.flags, state)
    for leftover in state.leftovers + state.unused_backups:
        leftover.clear()
    place = state.private.place
    staged = place.sibling(recovery.staged_name(place.name))
    if state.recovery == keypair_state.FORWARD:
        staged.rename(place.name)
    elif state.recovery == keypair_state.DROP and state.problem and plan.wanted.backup:
        # What is in place cannot be opened, and is about to be replaced: this may be the key that was in use.
        staged.look()
        staged.set_attributes(Attributes(0o600))
        staged.rename(place.name + recovery.backup_suffix(""))
    elif state.recovery == keypair_state.DROP:
        staged.remove()


def apply(plan: Plan, made: t.Any = None) -> Applied:
    """Put everything in place. ``made`` is the new private key where one is needed."""
    writing = _to_write(plan, made) if plan.decision != decide.KEEP else None
    clear_immutable(plan.flags, plan.state)
    change_directories(plan)
    plan = _completed(plan, writing)
    present.refuse_masking(plan)
    # First of all, so that nothing that goes wrong later leaves a key open to others that a run was to close.
    for step in plan.steps:
        attributes = step.attributes if step.content is None else keypair_changes.closed(step)
        if attributes:
            step.place.set_attributes(attributes)
    backup = _commit(plan, writing)
    if plan.switches_link and plan.state.link:
        links.switch_link(plan.state.link, active_link.text(plan.wanted))
    # Last of all: they can forbid every other change of the private key.
    set_flags(plan.flags, plan.state)
    opened = writing.opened if writing else plan.known.opened
    path = os.path.join(os.path.dirname(plan.wanted.path), backup) if backup else ""
    return Applied(plan._replace(known=plan.known._replace(opened=opened)), path)


def read_back(applied: Applied) -> Confirmed:
    """Inspect the host once more; KeysmithError where that is not what was planned."""
    plan: Plan = applied.plan
    present.refresh(plan)
    again = present.decide("", plan.wanted._replace(regenerate="never"), plan.folders, plan.known)
    if again.changes:
        raise KeysmithError(
            "path: %s: somebody else changed the files while they were written (%s); run again."
            % (plan.wanted.path, ", ".join(again.changes))
        )
    result = again.result()
    facts = {name: result[name] for name in result if name not in ("changed", "changes", "created", "warnings")}
    return Confirmed({**facts, **({"backup_file": applied.backup_file} if applied.backup_file else {})}, again)


#: A key pair that is to be there.
PRESENT = Kind(present.decide, apply, read_back, recover)


def _to_write(plan: Plan, made: t.Any) -> private_key.Writing:
    """The private key to write: the one that was generated, or the one that is there or imported."""
    from . import private_key

    if made is not None and plan.needs.key:
        return private_key.of_made(plan.wanted, made, plan.passphrase)
    if plan.opened is None:
        raise KeysmithError("path: %s holds no key." % plan.wanted.path)
    return private_key.of_opened(plan.wanted, plan.opened, plan.passphrase)


def _completed(plan: Plan, writing: t.Optional[private_key.Writing]) -> Plan:
    """The plan with the key and the certificate that are made by now, and with the content of all files."""
    wanted, opened = plan.wanted, plan.state.opened
    plan = plan._replace(key=writing.key) if writing else plan
    content = writing.pem() if writing else opened.content if opened else b""
    private = [step for step in plan.steps if step.output is outputs.PRIVATE_KEY]
    if writing:
        private = [step._replace(content=content) for step in private]
    key = writing.private if writing else opened.private if opened else None
    if "certificate_path" in wanted.derived and not plan.certificate and plan.key:
        from . import certificates

        plan = plan._replace(certificate=certificates.make(wanted, plan.key, key))
    made = keypair_changes.Made(plan.key, plan.passphrase, content, plan.source(key))
    return plan._replace(steps=private + keypair_changes.of_set(wanted, plan.state, made))


def _commit(plan: Plan, writing: t.Optional[private_key.Writing]) -> str:
    """Carry out the steps; the name of the backup of a key that is replaced, empty for none."""
    state, is_replaced = plan.state, plan.decision == decide.REPLACE and plan.wanted.backup
    suffix = recovery.backup_suffix(state.opened.key.thumbprint if state.opened else "")
    backup = state.private.place.name + suffix if is_replaced else ""
    from . import commit, old_passphrases

    copies: old_passphrases.Copies = []
    try:
        for item in old_passphrases.needed(plan.wanted, state, plan.passphrase, is_replaced):
            old_passphrases.keep(item, suffix, copies)
        steps = [step for step in plan.steps if step.content is not None]
        commit.commit(steps, writing.prove if writing else None, backup)
    except BaseException:  # An interrupt, too: nothing is left behind, and it goes on its way.
        old_passphrases.forget(copies)
        raise
    return backup


def change_directories(plan: Plan) -> None:
    """Give directories their mode and owner."""
    attributes = plan.wanted.directory
    for path, info in plan.directories:
        folder = disk_directory.open_directory(path, "base_directory")
        try:
            if not os.path.samestat(os.fstat(folder.fd), info):
                raise KeysmithError("base_directory: %s was replaced during the run; run again." % path)
            with system_errors.reporting_errors("base_directory", path, "change the mode or owner of"):
                owner_mode.set_owner_and_mode(folder.fd, attributes.mode, attributes.owner, attributes.group)
                folder.sync()
        finally:
            folder.close()
