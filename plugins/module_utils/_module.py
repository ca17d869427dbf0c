# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: this file may change without notice.
"""Where AnsibleModule meets the rest: options in, results and the one error out."""

from __future__ import annotations

import os
import resource
import sys
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.keysmith.jwt.plugins.module_utils import _options, _passphrase, _run
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, MissingLibrary
from ansible_collections.keysmith.jwt.plugins.module_utils._wanted import Wanted, wanted

_MODES = ("mode", "public_mode", "directory_mode")
_SELINUX = ("seuser", "serole", "setype", "selevel")


class QuietModule(AnsibleModule):
    """A module whose options it checks itself: what it was called with is not logged before that."""

    def _log_invocation(self) -> None:
        """Nothing: a secret under a wrong name would be in the system log."""


def take(module: AnsibleModule) -> t.Dict[str, t.Any]:
    """The options, for us alone: what Ansible can still show of the secrets among them is a constant."""
    options = dict(module.params)
    for name, one in module.argument_spec.items():
        if one.get("no_log") and options.get(name) is not None:
            module.params[name] = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    return options


def guard(module: AnsibleModule, do: t.Callable[[], t.NoReturn]) -> t.NoReturn:
    """Run the module's work; every failure ends in one sentence, and none of them shows a value.

    An unforeseen exception is told by its type and the place in our code: its text, or the source line that a
    traceback quotes, could hold a secret.
    """
    forbid_core_files()
    # What is too short for a passphrase is refused and never shown, but hidden it would damage results and messages.
    module.no_log_values = {text for text in module.no_log_values if len(str(text)) >= _passphrase.LEAST}
    failure: t.Dict[str, t.Any]
    try:
        do()
    except MissingLibrary as error:
        failure = {"msg": str(error), "missing_library": "cryptography"}
    except KeysmithError as error:
        failure = {"msg": str(error)}
    except OSError as error:
        failure = {"msg": str(_run.refused_by_system(error))}
    except Exception as error:
        failure = {"msg": _unforeseen(error)}
    module.fail_json(**failure)


def forbid_core_files() -> None:
    """Keys are in memory: a crash leaves no trace of it.

    Not 0 but 1, which no core file fits in either: where core_pattern names a program, the kernel runs it for 0, and
    does not for 1 (fs/coredump.c).
    """
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (1 if hard else 0, hard))


def _unforeseen(error: BaseException) -> str:
    trace, places = error.__traceback__, []
    while trace:
        code = trace.tb_frame.f_code
        places.append("%s:%d" % (os.path.basename(code.co_filename), trace.tb_lineno))
        trace = trace.tb_next
    version = ".".join(str(part) for part in sys.version_info[:3])
    return "keysmith.jwt met an error of its own (%s at %s, Python %s); please report it." % (
        type(error).__name__,
        " > ".join(places[-4:]),
        version,
    )


def wanted_of(module: AnsibleModule, options: t.Mapping[str, t.Any]) -> Wanted:
    """What one key pair's options ask for, as they are after the argument specification."""
    prepared = dict(options)
    for name in _MODES:
        prepared[name] = _number(module, name, prepared[name])
    prepared["environment"] = [_environment(module, item) for item in _listed(prepared["environment"])]
    explicit = [prepared.get(name) for name in _SELINUX]

    def context(path: str) -> str:
        return _context(module, path, explicit)

    return wanted(prepared, context)


def _listed(environment: t.Any) -> t.List[t.Any]:
    """One environment file, or a list of them."""
    if environment is None:
        return []
    listed = environment if isinstance(environment, list) else [environment]
    if not all(isinstance(item, dict) for item in listed):
        raise KeysmithError("environment: has to be a dictionary with at least a path, or a list of such.")
    return listed


def _environment(module: AnsibleModule, item: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
    hide_unknown(module, item, _options.ENVIRONMENT)
    options = checked(item, _options.ENVIRONMENT, "environment")
    options["mode"] = _number(module, "environment: mode", options["mode"])
    return options


def hide_unknown(
    module: AnsibleModule, options: t.Mapping[str, t.Any], specification: t.Mapping[str, t.Mapping[str, t.Any]]
) -> None:
    """A secret under a name that is no option would be shown in the result's invocation.

    What is shorter than any passphrase is left: Ansible would hide it wherever it is a part of something else.
    """
    for name in set(options) - _names(specification):
        texts = (str(value) for value in _leaves(options[name]))
        module.no_log_values.update(text for text in texts if len(text) >= _passphrase.LEAST)


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
    """Options with their defaults and types; KeysmithError names an option that is wrong, never its value."""
    known = _names(specification)
    for name in options:
        if name not in known:
            raise KeysmithError(
                "%s: there is no option %s; there are %s."
                % (where, name if _is_name(name) else "of that name", ", ".join(sorted(known)))
            )
    # ansible-core 2.18 would refuse a required option that is null for its type, and show Python's word for it.
    said = {name: value for name, value in options.items() if value is not None}
    validated = ArgumentSpecValidator(specification).validate(said)
    if validated.error_messages:
        raise KeysmithError("%s: %s" % (where, "; ".join(validated.error_messages)))
    return dict(validated.validated_parameters)


def _is_name(name: t.Any) -> bool:
    """Whether it can be a slip of the pen for an option; anything else is not shown."""
    return isinstance(name, str) and name.isidentifier() and len(name) <= 30


def _number(module: AnsibleModule, option: str, mode: t.Any) -> t.Any:
    """A symbolic mode (u=rw,g=r) as the number that it is for a file with no bits set."""
    if not isinstance(mode, str) or mode.isdigit():
        return mode
    try:
        return module._symbolic_mode_to_octal(os.stat_result((0o100000,) + (0,) * 9), mode)
    except ValueError:
        raise KeysmithError(
            "%s: has to be octal digits in quotes, such as '0600', or like u=rw,g=r." % option
        ) from None


def _context(module: AnsibleModule, path: str, explicit: t.Sequence[t.Optional[str]]) -> str:
    """The SELinux context for a path: what the options say over what the policy says; empty without SELinux."""
    if not path or not module.selinux_enabled():
        return ""
    parts = [
        said if said not in (None, "_default") else default
        for said, default in zip(explicit, module.selinux_default_context(path))
    ]
    return ":".join(str(part) for part in parts) if all(parts) else ""


def leave(module: AnsibleModule, result: t.Mapping[str, t.Any], texts: t.Iterable[str]) -> t.NoReturn:
    """End with a result. AnsibleModule would overwrite the key's size with the file's because there is a path."""
    for text in dict.fromkeys(texts):
        module.warn(text)
    module.__dict__["add_path_info"] = lambda kwargs: kwargs
    module.exit_json(**result)


def outcome_of(module: AnsibleModule, options: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    """Do what one key pair's options ask for; KeysmithError where it can't be done."""
    outcome = _run.run({"": wanted_of(module, options)}, module.check_mode, module._diff)[""]
    if outcome.error:
        raise outcome.error
    return outcome.result
