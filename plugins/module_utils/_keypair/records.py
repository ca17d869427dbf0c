# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of the key pairs of one run: those that still hold, and those that it leaves."""

from __future__ import annotations

import os
import typing as t

from .._disk.files import FileSlot
from .._keys import passphrase
from . import former_names, record, record_writing
from .remembered import Remembered, pack, unpack

if t.TYPE_CHECKING:
    from .._disk.locked_directories import LockedDirectories
    from .plan import Plan
    from .request import Wanted

_Result = t.Dict[str, t.Any]


class Records:
    """The records of key pairs that are to be there. Holds what was asked for: never shown.

    ``bound`` says by the names of key pairs what their records are bound to; ``more`` what else to remember with each,
    of the results of all: a key pair that it leaves out gets no record. Of those that are ``open_ended``, what is to be
    done does not follow from what was asked for alone, so their records are not looked at.
    """

    def __init__(
        self,
        bound: t.Optional[t.Mapping[str, record_writing.Bound]] = None,
        more: t.Optional[t.Callable[[t.Mapping[str, _Result]], t.Mapping[str, _Result]]] = None,
        open_ended: t.Collection[str] = (),
    ) -> None:
        self._bound = bound or {}
        self._more = more
        self._open_ended = open_ended
        self._writers: t.Dict[str, record_writing.Writer] = {}

    def __repr__(self) -> str:
        return "<records of %s>" % ", ".join(self._bound)

    def recall(self, name: str, path: str) -> t.Optional[_Result]:
        """The result of a key pair if everything is as its record says. This run holds its directories."""
        bound = self._bound.get(name)
        if not bound or name in self._open_ended:
            return None
        found = record.recall((path, *bound.asked[1:]), bound.context, is_locked=True)
        if not found:
            return None
        try:
            remembered = unpack(found.paths, found.public_key, found.jwk, found.rest)
        except ValueError:
            return None
        return dict(remembered.result, warnings=remembered.warnings)

    def make_room(self, name: str, wanted: Wanted, folders: LockedDirectories) -> bool:
        """For the record of a key pair. False where it gets none."""
        bound = self._bound.get(name)
        if not bound or wanted.attributes or wanted.regenerate == "always":
            return False
        folder, file = os.path.split(wanted.path)
        place = FileSlot(folders.get(folder, "path"), file, "path")
        writer = record_writing.Writer(bound, place, wanted.in_order, "certificate_path" in wanted.derived)
        self._writers[name] = writer
        writer.make_room()
        return True

    def begin(self) -> None:
        """Before the key pairs are looked at that get a record."""
        for writer in self._writers.values():
            writer.begin()

    def end(self, confirmed: t.Mapping[str, Plan], results: t.Mapping[str, _Result]) -> None:
        """Leave records of the key pairs that were inspected since, as that found them: ``confirmed``.

        ``results`` are those of the run.
        """
        results = {**results, **{name: plan.result() for name, plan in confirmed.items()}}
        more = self._more(results) if self._more else dict.fromkeys(results, {})
        for name, writer in self._writers.items():
            plan = confirmed.get(name)
            if plan is None or name not in more:
                writer.end(None, False)
                continue
            result = dict(results[name])
            texts = result.pop("warnings")
            remembered = Remembered(result, texts, dict(more[name]))
            rest = pack(remembered, *_public_files(plan), names=former_names.noted(plan.wanted))
            writer.end(rest, _is_guessable(plan))


def _is_guessable(plan: Plan) -> bool:
    """Whether there may be a secret that can be guessed, in the options or the environment files."""
    held = (item.passphrase for item in plan.state.environment)
    return bool(plan.wanted.secrets) or not all(passphrase.is_generated(secret) for secret in held)


def _public_files(plan: Plan) -> t.Tuple[str, str]:
    """What the public key file and the JWK file hold, empty for none."""
    held = {item.output.option: item.file.content for item in plan.state.derived}
    return held.get("public_path", b"").decode("ascii"), held.get("jwk_path", b"").decode("ascii")
