# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The diff of a key pair: paths, modes, owners and public facts; of a secret, only whether there is one."""

from __future__ import annotations

import os
import stat
import typing as t

from .._disk import attributes, make_directories, owner_mode
from . import absent, active_link, decide, outputs, present
from . import changes as keypair_changes
from .request import Wanted, base64_of
from .state import FoundDerived, FoundEnvironment, FoundFile

#: Of a file that is not there.
ABSENT = "(absent)"
_NEW, _NEW_CERTIFICATE = "(of the new key)", "(with a new certificate)"
_HIDDEN, _HIDDEN_AFTER = "(private key and certificate)", "(private key and certificate, rewritten)"
_Shown = t.Dict[str, t.Any]


def of(pair: t.Union[present.KeyPair, absent.Removal]) -> t.Dict[str, _Shown]:
    """``before`` and ``after`` as Ansible's diff mode shows them; equal where nothing changes."""
    before = _before(pair)
    if isinstance(pair, present.KeyPair):
        if pair.is_waiting:
            path = pair.wanted.path
            return {"before": {path: ABSENT}, "after": {path: "(to be copied from another host)"}}
        directories = _directories(pair)
        left = {"leftovers": pair.leftover_names} if pair.must_recover else {}
        return {
            "before": {**directories, **left, **before},
            "after": {
                **{path: _over(directories[path], _directory_attributes(pair.wanted, path)) for path in directories},
                **{name: [] for name in left},
                **_after(pair),
            },
        }
    environment = {item.wanted.path: _attributes(item.file) for item in pair.cleared}
    stays = {path: environment.get(path, before[path]) for path in before if not pair.takes(path)}
    after = {path: stays.get(path, ABSENT) for path in before}
    if "directory" in pair.changes:
        before[pair.state.private.place.folder.path] = "(present)"
        after[pair.state.private.place.folder.path] = ABSENT
    return {"before": before, "after": after}


def _before(pair: t.Union[present.KeyPair, absent.Removal]) -> _Shown:
    state = pair.state
    opened = state.opened if state.private.info else None
    private = _attributes(state.private)
    if pair.flags and pair.flags.before is not None:
        private["attributes"] = _letters(pair.flags.before)
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


def _directories(pair: present.KeyPair) -> _Shown:
    """The directories that are made or mended, as they are."""
    shown: _Shown = {path: _stat(info) for path, info in pair.directories}
    for folder in pair.missing_folders:
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


def _after(pair: present.KeyPair) -> _Shown:
    state, key = pair.state, pair.key
    steps = {step.place.path: step for step in pair.steps}
    shown = _before(pair)
    private = state.private.place.path
    step = steps.get(private)
    shown[private] = _attributes_after(state.private, step)
    if pair.flags:
        shown[private]["attributes"] = _letters(pair.flags.after)
    if key and pair.decision == decide.KEEP:
        shown[private].update(_key_facts(key))
    else:
        kind = str(key) if key else pair.wanted.algorithm.key + (" %d" % pair.wanted.size if pair.wanted.size else "")
        shown[private].update(
            key=kind,
            thumbprint=key.thumbprint if key else _NEW,
            format=decide.format_of(pair.wanted, key),
            encrypted=bool(pair.passphrase),
        )
        if pair.passphrase:
            shown[private]["passphrase"] = decide.ENVIRONMENT if pair.wanted.generate_passphrase else decide.PASSPHRASE
    for item in state.environment:
        shown[item.file.place.path] = _environment_after(pair, item, steps.get(item.file.place.path))
    for derived in state.derived:
        step = steps.get(derived.file.place.path)
        if step:
            shown[derived.file.place.path] = dict(
                _attributes_after(derived.file, step), content=_content_after(derived, step, key)
            )
    if state.link and pair.switches_link:
        shown[state.link.path] = active_link.text(pair.wanted)
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
    """What is wanted, over what is there; who makes a file owns it."""
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
    """``passphrase`` is where the one comes from that opens it, so that a change of it is seen."""
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
    """A public file's content; what is of another kind is refused before anything of it is shown."""
    return content.decode("ascii", "replace")


def _environment(item: FoundEnvironment) -> t.Any:
    if not item.file.info:
        return ABSENT
    return dict(_attributes(item.file), **_shown_values(item, item.values))


def _environment_after(pair: present.KeyPair, item: FoundEnvironment, step: t.Optional[keypair_changes.Step]) -> t.Any:
    if step is None:
        return _environment(item)
    key = pair.key
    values = item.wanted.values(
        pair.wanted.key_id_of(key.thumbprint if key else _NEW), pair.passphrase, pair.wanted.path, b""
    )
    shown = _shown_values(item, {name: value for name, value in values.items() if value is not None})
    if item.passphrase and pair.passphrase and item.passphrase != pair.passphrase and item.wanted.passphrase_variable:
        shown[item.wanted.passphrase_variable] = "(another passphrase)"
    opened = pair.state.opened if pair.decision == decide.KEEP else None
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
