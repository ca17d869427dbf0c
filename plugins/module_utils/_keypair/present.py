# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide what becomes of a key pair that is to be there. The host is inspected and nothing on it is changed."""

from __future__ import annotations

import time
import typing as t

from .._disk import directory as disk_directory
from .._disk import locked_directories, make_directories
from .._keys import passphrase
from . import active_link, inspect, open_key, outputs, private_flags, recovery, returned
from . import changes as keypair_changes
from . import decide as keypair_decide
from . import state as keypair_state
from .plan import Known, Plan
from .request import Wanted


def decide(
    _name: str,
    wanted: Wanted,
    folders: locked_directories.LockedDirectories,
    known: Known,
    check_import: t.Optional[t.Callable[[Known], Known]] = None,
) -> Plan:
    """Inspect the host and decide; KeysmithError for a refusal. ``check_import`` replaces ``checked_import``."""
    state = inspect.look(wanted, folders, known.opened)
    known = known._replace(
        opened=state.opened, passphrase=_passphrase(wanted, state, known), imported=_imported(wanted, known)
    )
    decision = _decision(wanted, state, known)
    if decision in keypair_decide.NEW_KEY and known.imported:
        known = check_import(known) if check_import else checked_import(wanted, known)
    opened = known.imported if decision in keypair_decide.NEW_KEY else state.opened
    key = opened.key if opened else None
    if decision != keypair_decide.KEEP:
        keypair_decide.check_writable(wanted, key)
    plan = Plan(
        wanted=wanted,
        folders=folders,
        state=state,
        known=known,
        decision=decision,
        key=key,
        certificate=_kept_certificate(wanted, state, opened, key),
        steps=[],
        overtakes=False,
        switches_link=bool(state.link) and not active_link.leads_to(state, wanted),
        missing_folders=missing_folders(wanted, _folders_used(state)),
        directories=[],
        flags=None,
    )
    plan = _with_changes(plan)
    refuse_masking(plan)
    for folder in _folders_changed(plan):
        folder.check_writable()
    return plan


def checked_import(wanted: Wanted, known: Known) -> Known:
    """The key to import with the full check, which a key that nobody here has seen before gets once."""
    imported = known.imported
    if imported and not known.import_is_checked:
        imported = open_key.open_key(imported.content, open_key.opener(imported), "private_key", is_file=False)
    if imported and not keypair_decide.matches(wanted, imported.key):
        raise keypair_decide.mismatch(wanted, imported.key, "private_key: the key to import")
    return known._replace(imported=imported, import_is_checked=True)


def missing_folders(wanted: Wanted, folders: t.Iterable[disk_directory.Directory]) -> t.List[disk_directory.Directory]:
    """Those of the directories that have to be made, or that a killed run did not finish making."""
    return [folder for folder in folders if make_directories.is_due(folder, wanted.directory.owner)]


def refuse_masking(plan: Plan) -> None:
    """KeysmithError where a passphrase is a part of what is returned."""
    facts = dict(plan.facts(), paths=list(plan.wanted.paths), changes=plan.changes)
    returned.refuse_masking(plan.wanted.secrets, facts)


def refresh(plan: Plan) -> None:
    """Walk to the directories again; KeysmithError where one was replaced."""
    for folder in _folders_used(plan.state):
        folder.refresh()


def _passphrase(wanted: Wanted, state: keypair_state.State, known: Known) -> bytes:
    """What the key is to be encrypted with, empty for nothing."""
    if not wanted.generate_passphrase:
        return wanted.passphrase or b""
    # A passphrase that was generated once is kept for as long as its environment file is.
    return state.passphrase or known.passphrase or passphrase.generate()


def _imported(wanted: Wanted, known: Known) -> t.Optional[open_key.OpenedKey]:
    """The key to import, which is the same at each look; None for none."""
    if not wanted.private_key:
        return None
    if known.imported:
        return known.imported
    tried = open_key.candidates(wanted, b"")
    return open_key.open_key(wanted.private_key, tried, "private_key", trusted=True, is_file=False)


def _decision(wanted: Wanted, state: keypair_state.State, known: Known) -> str:
    found = keypair_decide.Found(
        exists=state.exists,
        key=state.opened.key if state.opened else None,
        problem=state.problem,
        imported=known.imported.key.thumbprint if known.imported else "",
    )
    decision = keypair_decide.decide(wanted, found, known.passphrase)
    if wanted.generate_passphrase:
        opens = bool(state.opened and state.opened.passphrase == state.passphrase)
        keypair_decide.check_passphrase_found(wanted, state.passphrase, state.exists, opens)
    return decision


def _kept_certificate(
    wanted: Wanted,
    state: keypair_state.State,
    opened: t.Optional[open_key.OpenedKey],
    key: t.Optional[keypair_decide.FoundKey],
) -> bytes:
    """The certificate that is there, where it stays; KeysmithError where there can be none."""
    if "certificate_path" not in wanted.derived:
        return b""
    from . import certificates

    certificates.check(wanted, key)
    if not opened:
        return b""
    (content,) = [item.file.content for item in state.derived if item.output.option == "certificate_path"]
    return certificates.kept(wanted, opened.key, opened.private.public_key(), content, time.time())


def _with_changes(plan: Plan) -> Plan:
    """The plan with the files and directories that change."""
    wanted, state, is_kept = plan.wanted, plan.state, plan.decision == keypair_decide.KEEP
    rolled_forward = state.recovery == keypair_state.FORWARD and is_kept
    private = keypair_changes.of_private(wanted, _rolled_forward(state) if rolled_forward else state, not is_kept)
    held = state.opened.content if state.opened and is_kept else b""
    made = keypair_changes.Made(plan.key, plan.passphrase, held, plan.source())
    steps = ([private] if private else []) + keypair_changes.of_set(wanted, state, made)
    overtakes = _overtakes(plan, steps)
    if state.link and plan.switches_link:
        active_link.check(state.link, plan.folders.managed.names)
    return plan._replace(
        steps=steps,
        overtakes=overtakes,
        directories=keypair_changes.directories(wanted, state.private.place.folder, plan.folders.managed),
        flags=private_flags.plan(wanted, state, bool(private) or plan.needs.recovery),
    )


def _rolled_forward(state: keypair_state.State) -> keypair_state.State:
    """With the staged key where the private key is, as it will be before anything else is done."""
    staged = state.private.place.sibling(recovery.staged_name(state.private.place.name))
    return state._replace(private=state.private._replace(info=staged.look()))


def _overtakes(plan: Plan, steps: t.Sequence[keypair_changes.Step]) -> bool:
    if not any(step.output is outputs.ENVIRONMENT and step.content is not None for step in steps):
        return False
    from . import other_keys

    return other_keys.check(plan.wanted, plan.state, plan.passphrase)


def _folders_used(state: keypair_state.State) -> t.List[disk_directory.Directory]:
    places = [file.place for file in state.files] + ([state.link] if state.link else [])
    return list({id(place.folder): place.folder for place in places}.values())


def _folders_changed(plan: Plan) -> t.List[disk_directory.Directory]:
    """The directories in which names come, go or change."""
    state = plan.state
    places = [step.place for step in plan.steps if step.content is not None]
    places += recovery.remains(state)
    places += [state.link] if state.link and plan.switches_link else []
    folders = [place.folder for place in places] + plan.missing_folders
    return list({id(folder): folder for folder in folders}.values())
