# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The diff of a key pair: paths, modes, owners and public facts; of a secret, only whether there is one."""

from __future__ import annotations

import os
import stat
import typing as t

from .._disk import attributes, make_directories, owner_mode
from . import active_link, decide, outputs, recovery
from . import changes as keypair_changes
from .request import Wanted, base64_of
from .state import FoundDerived, FoundEnvironment, FoundFile

if t.TYPE_CHECKING:
    from .plan import Plan
    from .removal import Removal

#: The text for a missing file.
ABSENT = "(absent)"
_NEW, _NEW_CERTIFICATE = "(of the new key)", "(with a new certificate)"
_HIDDEN, _HIDDEN_AFTER = "(private key and certificate)", "(private key and certificate, rewritten)"
_Shown = t.Dict[str, t.Any]


def of_plan(plan: Plan) -> t.Dict[str, _Shown]:
    """Return ``before`` and ``after`` as Ansible's diff mode shows them; equal if nothing changes."""
    directories = _directories(plan)
    names = sorted(place.name for place in recovery.remains(plan.state))
    left = {"leftovers": names} if names else {}
    return {
        "before": {**directories, **left, **_before(plan)},
        "after": {
            **{path: _over(directories[path], _directory_attributes(plan.wanted, path)) for path in directories},
            **{name: [] for name in left},
            **_after(plan),
        },
    }


def of_removal(removal: Removal) -> t.Dict[str, _Shown]:
    """Return the diff of a key pair that is removed."""
    before = _before(removal)
    environment = {item.wanted.path: _attributes(item.file) for item in removal.cleared}
    stays = {path: environment.get(path, before[path]) for path in before if not removal.takes(path)}
    after = {path: stays.get(path, ABSENT) for path in before}
    if removal.empties_directory:
        folder = removal.state.private.place.folder
        before[folder.path], after[folder.path] = "(present)", ABSENT
    return {"before": before, "after": after}


def _before(plan: t.Union[Plan, Removal]) -> _Shown:
    state = plan.state
    opened = state.opened if state.private.info else None
    private = _attributes(state.private)
    if plan.flags and plan.flags.before is not None:
        private["attributes"] = _letters(plan.flags.before)
    if opened:
        private.update(_key_facts(opened.key))
    elif state.problem:
        private["key"] = "(not readable)"
    return {
        state.private.place.path: private or ABSENT,
        **{item.file.place.path: _environment(item) for item in state.environment},
        **{item.file.place.path: _derived(item) for item in state.derived},
        **({state.link.path: state.link_target or ABSENT} if state.link else {}),
    }


def _directories(plan: Plan) -> _Shown:
    """Describe the directories that are made or corrected, as they are now."""
    shown: _Shown = {path: _stat(info) for path, info in plan.directories}
    for folder in plan.missing_folders:
        # One that this run has made by now was shown before it did.
        if make_directories.is_due(folder, plan.wanted.directory.owner):
            shown[folder.path] = _stat(os.fstat(folder.fd)) if folder.exists else ABSENT
    return shown


def _directory_attributes(of: Wanted, path: str) -> _Shown:
    wanted = (
        of.directory
        if make_directories.depth(path, of.base_directory)
        else attributes.Attributes(make_directories.ABOVE)
    )
    shown = {"mode": "%04o" % wanted.mode}
    if wanted.owner >= 0:
        shown["owner"] = owner_mode.user_name(wanted.owner)
    if wanted.group >= 0:
        shown["group"] = owner_mode.group_name(wanted.group)
    return shown


def _over(before: t.Any, changes: _Shown) -> _Shown:
    return {**before, **changes} if isinstance(before, dict) else changes


def _after(plan: Plan) -> _Shown:
    state, key = plan.state, plan.key
    steps = {step.place.path: step for step in plan.steps}
    shown = _before(plan)
    private = state.private.place.path
    step = steps.get(private)
    shown[private] = _attributes_after(state.private, step)
    if plan.flags:
        shown[private]["attributes"] = _letters(plan.flags.after)
    if key and plan.decision == decide.KEEP:
        shown[private].update(_key_facts(key))
    else:
        kind = str(key) if key else plan.wanted.algorithm.key + (" %d" % plan.wanted.size if plan.wanted.size else "")
        shown[private].update(
            key=kind,
            thumbprint=key.thumbprint if key else _NEW,
            format=decide.format_of(plan.wanted, key),
            encrypted=bool(plan.passphrase),
        )
        if plan.passphrase:
            shown[private]["passphrase"] = decide.ENVIRONMENT if plan.wanted.generate_passphrase else decide.PASSPHRASE
    for item in state.environment:
        shown[item.file.place.path] = _environment_after(plan, item, steps.get(item.file.place.path))
    for derived in state.derived:
        step = steps.get(derived.file.place.path)
        if step:
            shown[derived.file.place.path] = dict(
                _attributes_after(derived.file, step), content=_content_after(derived, step, key)
            )
    if state.link and plan.switches_link:
        shown[state.link.path] = active_link.text(plan.wanted)
    return shown


def _attributes(file: FoundFile) -> _Shown:
    if not file.info:
        return {}
    return dict(_stat(file.info), **({"access_list": "lets others in"} if file.has_list else {}))


def _stat(info: os.stat_result) -> _Shown:
    return {
        "mode": "%04o" % stat.S_IMODE(info.st_mode),
        "owner": owner_mode.user_name(info.st_uid),
        "group": owner_mode.group_name(info.st_gid),
    }


def _attributes_after(file: FoundFile, step: t.Optional[keypair_changes.Step]) -> _Shown:
    """Return the wanted attributes over the present ones; a new file belongs to its creator."""
    shown = _attributes(file)
    if step is None:
        return shown
    shown.pop("access_list", None)
    wanted = step.attributes
    if wanted.mode >= 0:
        shown["mode"] = "%04o" % wanted.mode
    if wanted.owner >= 0:
        shown["owner"] = owner_mode.user_name(wanted.owner)
    if wanted.group >= 0:
        shown["group"] = owner_mode.group_name(wanted.group)
    return shown


def _letters(flags: int) -> str:
    from .._disk import inode_flags

    return inode_flags.letters(flags)


def _key_facts(key: decide.FoundKey) -> _Shown:
    """Describe the key. ``passphrase`` is the source of the passphrase that opens it, so that a change is visible."""
    facts = {"key": str(key), "thumbprint": key.thumbprint, "format": key.container, "encrypted": key.encrypted}
    return dict(facts, passphrase=key.opened_by) if key.encrypted else facts


def _derived(item: FoundDerived) -> t.Any:
    if not item.file.info:
        return ABSENT
    return dict(_attributes(item.file), content=_HIDDEN if item.output.is_secret else _text(item.file.content))


def _content_after(item: FoundDerived, step: keypair_changes.Step, key: t.Optional[decide.FoundKey]) -> str:
    if step.content is None:
        return _HIDDEN if item.output.is_secret else _text(item.file.content)
    if item.output.is_secret:
        return _HIDDEN_AFTER
    if step.content == outputs.UNKNOWN:
        return _NEW_CERTIFICATE if key else _NEW
    return _text(step.content)


def _text(content: bytes) -> str:
    """Return a public file's content; a file of another kind is refused before any of it is shown."""
    return content.decode("ascii", "replace")


def _environment(item: FoundEnvironment) -> t.Any:
    if not item.file.info:
        return ABSENT
    return dict(_attributes(item.file), **_shown_values(item, item.values))


def _environment_after(plan: Plan, item: FoundEnvironment, step: t.Optional[keypair_changes.Step]) -> t.Any:
    if step is None:
        return _environment(item)
    key = plan.key
    values = item.wanted.values(
        plan.wanted.key_id_of(key.thumbprint if key else _NEW), plan.passphrase, plan.wanted.path, b""
    )
    shown = _shown_values(item, {name: value for name, value in values.items() if value is not None})
    if item.passphrase and plan.passphrase and item.passphrase != plan.passphrase and item.wanted.passphrase_variable:
        shown[item.wanted.passphrase_variable] = "(another passphrase)"
    opened = plan.state.opened if plan.decision == decide.KEEP else None
    if item.key_base64 and item.key_base64 != (base64_of(opened.content) if opened else ""):
        shown[item.wanted.key_base64_variable] = "(a private key, rewritten)"
    after = dict(_attributes_after(item.file, step), **shown)
    # A variable that was set more than once: what programs read does not change, the file does.
    return dict(after, lines="(each variable once)") if after == _environment(item) else after


def _shown_values(item: FoundEnvironment, values: t.Mapping[str, str]) -> _Shown:
    hidden = {
        **dict.fromkeys([*item.wanted.removed, *item.former.values()], "(a value)"),
        item.wanted.passphrase_variable: "(a passphrase)",
        item.wanted.key_base64_variable: "(a private key)",
    }
    return {name: hidden.get(name, value) for name, value in sorted(values.items())}
