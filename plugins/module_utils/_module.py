# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only file that knows AnsibleModule: it takes the options, and turns results and errors into Ansible's.

What an unchanged run needs is here and in what this file imports, and no more: it is compiled anew in each run.
"""

from __future__ import annotations

import os
import resource
import sys
import typing as t

from ansible.module_utils.basic import AnsibleModule

from . import _zip_imports  # pylint: disable=unused-import  # noqa: F401
from ._errors import (
    KeysmithError,
    MissingLibrary,
    refused_by_system,
)
from ._keypair import answer, record, remembered
from ._keypair import asked as keypair_asked

#: The length of the shortest passphrase (passphrase.LEAST, which an unchanged run does not load).
_LEAST = 8


class QuietModule(AnsibleModule):
    """A module that checks its options itself, and shows or logs nothing before that could hold a secret."""

    #: Options that can hold a secret under a misspelt name. They are read, and those secrets hidden, one by one.
    unread: t.Tuple[str, ...] = (
        "environment", "keypairs", "services", "defaults", "sealed", "recipients", "make", "restarted", "confirmed",
    )  # fmt: skip

    def __init__(self, **given: t.Any) -> None:
        try:
            super().__init__(**given)
        except OverflowError:
            # ansible-core raises this itself: it accepts .inf as a number.
            self.fail_json(msg="An option that has to be a whole number is infinite; give a number.")

    def _load_params(self) -> None:
        super()._load_params()
        #: The options that were given as null. In ``params``, those that were not given are null, too.
        self.null = frozenset(name for name, value in self.params.items() if value is None)

    def _log_invocation(self) -> None:
        """Log nothing: a secret under a misspelt option name would be in the system log."""

    def fail_json(self, msg: str, **more: t.Any) -> t.NoReturn:
        """Fail as AnsibleModule does, but show no option that was not checked yet. AnsibleModule itself calls this,
        too.
        """
        for name, one in self.argument_spec.items():
            # A passphrase in the place of a boolean, such as generate_passphrase: Ansible quotes what it cannot
            # convert.
            value = (self.params or {}).get(name)
            if one.get("type") in ("bool", "int") and not isinstance(value, (bool, int)):
                self.no_log_values.update(text for text in keypair_asked.texts(value) if len(text) >= _LEAST)
        shown = set(self.argument_spec) - set(self.unread)
        self.params = {name: value for name, value in (self.params or {}).items() if name in shown}
        super().fail_json(msg, **more)


def take(module: QuietModule) -> t.Dict[str, t.Any]:
    """Take the options out of the module, and leave constants in the place of the secrets that Ansible could show.

    A secret that is null was given, and is empty: of what a lookup did not find, ansible-core makes null from 2.19 on,
    and an empty text before.
    """
    options = dict(module.params)
    options.update((name, "") for name in module.null if module.argument_spec.get(name, {}).get("no_log"))
    for name, one in module.argument_spec.items():
        if one.get("no_log") and options.get(name) is not None:
            module.params[name] = keypair_asked.HIDDEN
    return options


def guard(module: AnsibleModule, do: t.Callable[[], t.NoReturn]) -> t.NoReturn:
    """Run the module's work, and end every failure in one sentence that shows no value.

    An unforeseen exception is told by its type and the place in our code: its text, or the source line that a
    traceback quotes, could hold a secret.
    """
    forbid_core_files()
    if module.no_log_values:
        _show_what_is_public(module)
    failure: t.Dict[str, t.Any]
    try:
        do()
    except MissingLibrary as error:
        failure = {"msg": str(error), "missing_library": "cryptography"}
    except KeysmithError as error:
        failure = {"msg": str(error)}
    except OSError as error:
        failure = {"msg": str(refused_by_system(error))}
    except RecursionError:
        failure = {"msg": "An option or a file is nested too deeply. Correct it."}
    except Exception as error:
        failure = {"msg": _unforeseen(error)}
    module.fail_json(**failure, **common_result(module))


def _show_what_is_public(module: AnsibleModule) -> None:
    """Show again what Ansible would hide without need, and so damage results: public members of a private JWK, and what
    is shorter than any passphrase.
    """
    given = [module.params.get(name) for name, one in module.argument_spec.items() if one.get("no_log")]
    texts = module.no_log_values - (set(keypair_asked.texts(given)) - set(keypair_asked.hidden_texts(given)))
    module.no_log_values = {text for text in texts if len(str(text)) >= _LEAST}


def forbid_core_files() -> None:
    """Forbid core files, because the memory of the process holds keys.

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
    return "keysmith.jwt has an internal error (%s at %s, Python %s); please report it." % (
        type(error).__name__,
        " > ".join(places[-4:]),
        version,
    )


def recall(module: AnsibleModule, asked: t.Sequence[record.Asked]) -> t.Optional[t.List[t.List[remembered.Remembered]]]:
    """Return what earlier runs recorded of each of these, or None if anything has changed since."""
    found = []
    for one in asked:
        records = answer.settled(one, lambda path: context_of(module, path))
        if not records:
            return None
        found.append([remembered.unpack(each.paths, each.public_key, each.jwk, each.rest) for each in records])
    return found


def context_of(module: AnsibleModule, path: str, explicit: t.Sequence[t.Optional[str]] = (None,) * 4) -> str:
    """Return the SELinux context for a path: the options first, then the policy; empty without SELinux."""
    if not path or not module.selinux_enabled():
        return ""
    parts = [
        said if said not in (None, "_default") else default
        for said, default in zip(explicit, module.selinux_default_context(path))
    ]
    return ":".join(str(part) for part in parts) if all(parts) else ""


def common_result(module: AnsibleModule) -> t.Dict[str, t.Any]:
    """Return the part that all results share: in check mode, that nothing was changed."""
    return {"check_mode": True} if module.check_mode else {}


def leave(module: AnsibleModule, result: t.Mapping[str, t.Any], texts: t.Iterable[str]) -> t.NoReturn:
    """End the module with a result, or with a failure if the result is one.

    AnsibleModule would overwrite the key's size with the file's because there is a path.
    """
    for text in dict.fromkeys(texts):
        module.warn(text)
    module.__dict__["add_path_info"] = lambda kwargs: kwargs
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)
