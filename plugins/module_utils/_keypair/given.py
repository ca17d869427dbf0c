# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn the options of AnsibleModule into a request, and never show a secret in an error."""

from __future__ import annotations

import os
import re
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .. import _module
from .._env_files import edit as _environment_file
from .._errors import KeysmithError, hint
from .._keys import passphrase
from . import options as keypair_options
from . import record, record_writing
from . import run as keypair_run
from .parse import wanted
from .records import Records
from .request import Wanted

_MODES = ("mode", "public_mode", "directory_mode")
_SELINUX = ("seuser", "serole", "setype", "selevel")
#: How ansible-core says that a value, or an element of a list, has another type; and how a sentence calls the types.
_WRONG_TYPE = re.compile(r"(?:argument|Elements value for option) '(\w+)'.* unable to convert to (\w+)\b", re.DOTALL)
_TYPES = {"dict": "a dictionary", "list": "a list", "int": "a whole number", "bool": "true or false", "str": "a text"}


def run(module: _module.QuietModule, options: t.Mapping[str, t.Any], asked: t.Optional[record.Asked]) -> t.NoReturn:
    """Do what the options of one key pair ask for, and end the module; KeysmithError if that is impossible."""
    hide(module, [options], {**keypair_options.PUBLIC, **keypair_options.SECRETS})
    # A diff shows what there is, changed or not, which no record knows.
    records = Records({"": bound(module, asked)} if asked else {}, open_ended=("",) if module._diff else ())
    outcome = keypair_run.run({"": wanted_of(module, options)}, module.check_mode, module._diff, records=records)[""]
    if outcome.error:
        raise outcome.error
    result = dict(outcome.result)
    texts = result.pop("warnings", [])
    if "diff" in result:
        from . import diff_text

        result["diff"] = diff_text.files(result["diff"])
    _module.leave(module, result, texts)


def bound(module: _module.QuietModule, asked: record.Asked) -> record_writing.Bound:
    """Return what a record is bound to; called before the options are parsed, as the meaning of names can change."""
    return record_writing.Bound(asked, lambda path: _module.context_of(module, path), record.meanings(asked))


def wanted_of(module: _module.QuietModule, options: t.Mapping[str, t.Any]) -> Wanted:
    """Parse the options of one key pair after the argument specification."""
    prepared = dict(options)
    for name in _MODES:
        prepared[name] = _number(module, name, prepared[name])
    prepared["environment"] = [_environment(module, item) for item in _listed(prepared["environment"])]
    explicit = [prepared.get(name) for name in _SELINUX]

    def context(path: str) -> str:
        return _module.context_of(module, path, explicit)

    return wanted(prepared, context)


def _listed(environment: t.Any) -> t.List[t.Any]:
    """Return the environment files as a list: a single one becomes a list of one."""
    if environment is None:
        return []
    listed = environment if isinstance(environment, list) else [environment]
    if not all(isinstance(item, dict) for item in listed):
        raise KeysmithError("environment: has to be a dictionary with at least a path, or a list of such dictionaries.")
    return listed


def _environment(module: _module.QuietModule, item: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
    options = checked(item, keypair_options.ENVIRONMENT, "environment")
    options["mode"] = _number(module, "environment: mode", options["mode"])
    return options


def hide(module: _module.QuietModule, items: t.Iterable[t.Any], specification: t.Mapping[str, t.Any]) -> None:
    """Hide the secrets under misspelt names in the options of key pairs and environment files; show the rest."""
    for item in items:
        hide_unknown(module, item, specification)
        environment = item.get("environment")
        for one in environment if isinstance(environment, list) else [environment]:
            if isinstance(one, dict):
                hide_unknown(module, one, keypair_options.ENVIRONMENT)
            else:
                hide_unknown(module, {"": one}, {})
    module.unread = ()


def hide_unknown(
    module: _module.QuietModule, options: t.Mapping[str, t.Any], specification: t.Mapping[str, t.Mapping[str, t.Any]]
) -> None:
    """Hide what may be a secret under an unknown option, or in an option of another type: the result would show it.

    What is shorter than any passphrase is left: Ansible would hide it wherever it is a part of something else.
    """
    known = _names(specification)
    for name, value in options.items():
        one = specification.get(name, {})
        # What is a secret where it belongs is hidden by Ansible, and of a private JWK not what is public.
        if name not in known or not (one.get("no_log") or _can_be_shown(name, value, one.get("type"))):
            texts = (str(leaf) for leaf in _leaves(value))
            module.no_log_values.update(text for text in texts if len(text) >= passphrase.LEAST)


def _can_be_shown(name: str, value: t.Any, kind: t.Optional[str]) -> bool:
    """Check whether the value fits the option, or nearly does, so that it is no misplaced secret."""
    if name.endswith("_variable"):
        return _environment_file.is_name(value)
    if isinstance(value, dict):
        return kind == "dict" or name in ("environment", "key_id")
    if isinstance(value, list):
        return name == "environment" or (kind in ("list", "raw") and not _is_nested(value))
    return value is None or not (kind == "dict" or (kind in ("bool", "int") and isinstance(value, str)))


def _is_nested(value: t.Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value)


def _names(specification: t.Mapping[str, t.Mapping[str, t.Any]]) -> t.Set[str]:
    return set(specification) | {alias for one in specification.values() for alias in one.get("aliases", ())}


def _leaves(value: t.Any) -> t.Iterator[t.Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif value is not None:
        yield value


def checked(
    options: t.Mapping[str, t.Any], specification: t.Dict[str, t.Dict[str, t.Any]], where: str
) -> t.Dict[str, t.Any]:
    """Apply defaults and types to options; KeysmithError names the wrong option, never its value."""
    known = _names(specification)
    prefix = where and where + ": "
    for name in options:
        if name not in known:
            raise KeysmithError(
                "%sthere is no option %s; the options are %s.%s"
                % (
                    prefix,
                    name if _is_name(name) else "of that name",
                    ", ".join(sorted(known)),
                    hint(name, known) if _is_name(name) else "",
                )
            )
        # ansible-core would make a text of it, of what may be a secret in the wrong place.
        if specification.get(name, {}).get("elements") == "str" and _is_nested(options[name]):
            raise KeysmithError("%s%s: has to be a list of strings." % (prefix, name))
    # ansible-core 2.18 would refuse a required option that is null for its type, and show Python's word for it.
    said = {name: value for name, value in options.items() if value is not None}
    validated = ArgumentSpecValidator(specification).validate(said)
    if validated.error_messages:
        raise KeysmithError(prefix + "; ".join(map(_plain, validated.error_messages)).rstrip(".") + ".")
    return dict(validated.validated_parameters)


def _plain(message: str) -> str:
    """Put ansible-core's message about a wrong type into words for somebody who writes YAML."""
    found = _WRONG_TYPE.match(message)
    if found is None or found.group(2) not in _TYPES:
        return message
    return "%s: has to be %s" % (found.group(1), _TYPES[found.group(2)])


def _is_name(name: t.Any) -> bool:
    """Check whether it can be a misspelt option; anything else is not shown."""
    return isinstance(name, str) and name.isidentifier() and len(name) <= 30


def _number(module: _module.QuietModule, option: str, mode: t.Any) -> t.Any:
    """Return a symbolic mode (u=rw,g=r) as a number, as for a file with no bits set."""
    if not isinstance(mode, str) or mode.isdigit():
        return mode
    try:
        return module._symbolic_mode_to_octal(os.stat_result((0o100000,) + (0,) * 9), mode)
    except ValueError:
        raise KeysmithError(
            "%s: has to be octal digits in quotes, such as '0600', or like u=rw,g=r." % option
        ) from None
