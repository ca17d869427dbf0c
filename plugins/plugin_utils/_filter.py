# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How every filter of the collection handles its input and its errors.

Templates hand over more than plain values: tagged strings, lazy dictionaries, unsafe or vaulted text, undefined
variables. A filter sees plain ones, and what it raises is one sentence with its name.
"""

from __future__ import annotations

import functools
import inspect
import os
import traceback
import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.wording import called

Filter = t.Callable[..., t.Any]
#: Vaulted text that no template has opened yet: ansible-core 2.18, and 2.19 and later.
_VAULTED = ("AnsibleVaultEncryptedUnicode", "EncryptedString")


def as_filter(name: str, function: Filter) -> Filter:
    """Turn the function into a filter plugin: each error is an AnsibleFilterError that begins with the filter's name.

    It is raised outside of the ``except``: ansible-core prints the causes of an error too, and those hold input.
    """

    @functools.wraps(function)
    def filter(*args: t.Any, **kwargs: t.Any) -> t.Any:
        try:
            return function(*args, **kwargs)
        except KeysmithError as error:
            message = str(error)
        except RecursionError:
            message = "the input is nested too deeply."
        except Exception as error:  # the message of an unknown error may hold a part of the key
            if type(error).__name__ == "MarkerError":
                # Something in the input is undefined, and ansible-core says what.
                raise
            message = _unexpected(function, args, kwargs, error)
        raise AnsibleFilterError("%s: %s" % (name, message))

    return filter


def _unexpected(function: Filter, args: t.Tuple[t.Any, ...], kwargs: t.Dict[str, t.Any], error: Exception) -> str:
    signature = inspect.signature(function)
    names = ", ".join(signature.parameters)
    try:
        given = signature.bind_partial(*args, **kwargs).arguments
    except TypeError:
        return "the only arguments are %s." % names
    missing = [name for name, one in signature.parameters.items() if one.default is one.empty and name not in given]
    if missing:
        return "%s is missing; the arguments are %s." % (missing[0], names)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return "this is a fault in the filter (%s at line %d of %s); please report it." % (
        type(error).__name__,
        frame.lineno or 0,
        os.path.basename(frame.filename),
    )


def text(value: object, option: str) -> str:
    """Return the value as a plain str; KeysmithError names the option and the type, never the value."""
    if type(value).__name__ in _VAULTED:
        value = str(value)
    if not isinstance(value, str):
        raise KeysmithError("%s has to be a string, not %s." % (option, kind(value)))
    return str.__str__(value)


def flag(value: object, option: str) -> bool:
    """Return the value as a bool; a string like "false" would count as true, so it is refused."""
    if not isinstance(value, bool) and type(value).__name__ != "_AnsibleTaggedBool":
        raise KeysmithError("%s has to be true or false, not %s." % (option, kind(value)))
    return bool(value)


def octets(value: str) -> bytes:
    """Return text as octets. In files that are not UTF-8, surrogates stand for octets."""
    if value.isascii():
        return value.encode("ascii")
    return value.encode("utf-8", "surrogateescape" if not _has_lone_surrogate(value) else "replace")


def _has_lone_surrogate(value: str) -> bool:
    return any("\ud800" <= character <= "\udfff" and not "\udc80" <= character <= "\udcff" for character in value)


def plain(value: t.Any, option: str = "input") -> t.Any:
    """Return the dictionaries, lists and scalars of a template as Python's own, at all levels."""
    if type(value) is str:  # pylint: disable=unidiomatic-typecheck
        return value
    if isinstance(value, str) or type(value).__name__ in _VAULTED:
        return text(value, option)
    if isinstance(value, dict):
        return {plain(name, option): plain(held, option) for name, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, option) for item in value]
    if value is None or isinstance(value, bool):
        return value
    for type_ in (int, float):
        if isinstance(value, type_):
            return type_(value)
    raise KeysmithError("%s: it holds %s, which is not JSON; put it in quotes." % (option, kind(value)))


def kind(value: object) -> str:
    """Return the type of a value for messages."""
    return "an undefined variable" if "Undefined" in type(value).__name__ else called(value)
