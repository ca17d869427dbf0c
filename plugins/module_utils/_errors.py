# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error class of the collection."""

from __future__ import annotations

import os
import typing as t


class KeysmithError(Exception):
    """One clear sentence for the user: what is wrong, in which option or file, and what to do.

    The message is printed as it is, so it never holds a secret or a part of the input. Where the cause could hold
    one, raise it ``from None``.
    """


class MissingLibrary(KeysmithError):
    """The host has no usable cryptography. The role installs the distribution's package on this error alone."""


class NotAKey(KeysmithError):
    """The text is no key at all, or a key that is damaged beyond reading."""


class CannotOpen(KeysmithError):
    """The key is encrypted and none of the given passphrases opens it, or none was given."""


def shorten(text: str, most: int = 200) -> str:
    """Return a text from a file as messages can show it: one line, printable, at most ``most`` characters."""
    shown = "".join(character if character.isprintable() else "?" for character in text[:most])
    return shown + ("..." if len(text) > most else "")


def few(names: t.Sequence[str], most: int) -> str:
    """Return the first ``most`` of the names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (" and %d more" % more if more > 0 else "")


def hint(name: str, known: t.Iterable[str]) -> str:
    """Return a sentence with the name that was probably meant, to follow a message; empty if no name is similar."""
    import difflib

    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.75)
    return " Did you mean %s?" % near[0] if near else ""


def refused_by_system(error: OSError) -> KeysmithError:
    """Make the error for a call that never fails on a sound file system, such as reading an open directory."""
    reason = os.strerror(error.errno) if error.errno else "input/output error"
    return KeysmithError("path: the file system failed: %s; fix it and run again." % reason)
