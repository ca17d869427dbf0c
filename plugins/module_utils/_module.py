# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where AnsibleModule meets the rest: options in, results and the one error out.

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

#: What is shorter is no passphrase (passphrase.LEAST, which an unchanged run does not load).
_LEAST = 8


class QuietModule(AnsibleModule):
    """A module whose options it checks itself: before that, nothing is shown or logged that can hold a secret."""

    #: Options in which a secret can be under a name that is none. They are read, and those secrets hidden, one by one.
    unread: t.Tuple[str, ...] = (
        "environment", "keypairs", "services", "defaults", "sealed", "recipients", "make", "restarted", "confirmed",
    )  # fmt: skip

    def __init__(self, **given: t.Any) -> None:
        try:
            super().__init__(**given)
        except OverflowError:
            # From inside of ansible-core, which takes .inf for a number.
            self.fail_json(msg="An option that has to be a whole number is infinite; give a number.")

    def _load_params(self) -> None:
        super()._load_params()
        #: The options that were given as null. In ``params``, those that were not given are null, too.
        self.null = frozenset(name for name, value in self.params.items() if value is None)

    def _log_invocation(self) -> None:
        """Nothing: a secret under a wrong name would be in the system log."""

    def fail_json(self, msg: str, **more: t.Any) -> t.NoReturn:
        """As AnsibleModule does, without showing what was not read yet; AnsibleModule itself calls it, too."""
        for name, one in self.argument_spec.items():
            # A passphrase where it is to be said that one is to be generated: Ansible quotes what it cannot take.
            value = (self.params or {}).get(name)
            if one.get("type") in ("bool", "int") and not isinstance(value, (bool, int)):
                self.no_log_values.update(text for text in keypair_asked.texts(value) if len(text) >= _LEAST)
        shown = set(self.argument_spec) - set(self.unread)
        self.params = {name: value for name, value in (self.params or {}).items() if name in shown}
        super().fail_json(msg, **more)


def take(module: QuietModule) -> t.Dict[str, t.Any]:
    """The options, for us alone: what Ansible can still show of the secrets among them is a constant.

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
    """Run the module's work; every failure ends in one sentence, and none of them shows a value.

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
    """What is hidden for nothing would damage results: public members of a private JWK, and what is shorter than any
    passphrase, which is refused and never shown."""
    given = [module.params.get(name) for name, one in module.argument_spec.items() if one.get("no_log")]
    texts = module.no_log_values - (set(keypair_asked.texts(given)) - set(keypair_asked.hidden_texts(given)))
    module.no_log_values = {text for text in texts if len(str(text)) >= _LEAST}


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
    return "keysmith.jwt has an internal error (%s at %s, Python %s); please report it." % (
        type(error).__name__,
        " > ".join(places[-4:]),
        version,
    )


def recall(module: AnsibleModule, asked: t.Sequence[record.Asked]) -> t.Optional[t.List[t.List[remembered.Remembered]]]:
    """What earlier runs remembered of each of these, if nothing has changed since with any of them; else None."""
    found = []
    for one in asked:
        records = answer.settled(one, lambda path: context_of(module, path))
        if not records:
            return None
        found.append([remembered.unpack(each.paths, each.public_key, each.jwk, each.rest) for each in records])
    return found


def context_of(module: AnsibleModule, path: str, explicit: t.Sequence[t.Optional[str]] = (None,) * 4) -> str:
    """The SELinux context for a path: what the options say over what the policy says; empty without SELinux."""
    if not path or not module.selinux_enabled():
        return ""
    parts = [
        said if said not in (None, "_default") else default
        for said, default in zip(explicit, module.selinux_default_context(path))
    ]
    return ":".join(str(part) for part in parts) if all(parts) else ""


def common_result(module: AnsibleModule) -> t.Dict[str, t.Any]:
    """What every result of a call says: that nothing was changed in check mode."""
    return {"check_mode": True} if module.check_mode else {}


def leave(module: AnsibleModule, result: t.Mapping[str, t.Any], texts: t.Iterable[str]) -> t.NoReturn:
    """End with a result, or with a failure where it is one.

    AnsibleModule would overwrite the key's size with the file's because there is a path.
    """
    for text in dict.fromkeys(texts):
        module.warn(text)
    module.__dict__["add_path_info"] = lambda kwargs: kwargs
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)
