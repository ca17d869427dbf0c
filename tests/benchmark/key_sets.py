# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module jwks with thousands of RSA keys, on the controller: in its option ``jwks``, and far more from a file."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from collecting import Controller, Sample, Say, jwk, moduli, sample
from contestants import OTHER
from measure import Failed

#: How many times more keys are read from a file: Ansible alone takes 10 kB of memory for each that is in a variable.
_FROM_A_FILE = 5
_NOTHING = [{"name": "Say one word", "debug": {"msg": "done"}}]


def sets(controller: Controller, bits: int, count: int, runs: int, say: Say) -> list[Sample]:
    """First and second runs, beside a play that loads the same variables and does nothing with them."""
    keys = [jwk(modulus) for modulus in moduli(bits, count)]
    path = controller.folder / "set.json"
    tasks = [{"name": "Write the set", "keysmith.jwt.jwks": {"path": str(path), "jwks": "{{ keys }}"}}]
    samples = []

    def run(name: str, which: str, its_tasks: t.Sequence[t.Any], before: bool = False) -> None:
        cost = controller.run(its_tasks, "localhost", None, before=before, keys=keys)
        samples.append(sample(name, which, count, cost, say))

    for _round in range(runs):
        run("nothing", "second", _NOTHING)
        for name in ("sets", "before") if OTHER.exists() else ("sets",):
            path.unlink(missing_ok=True)
            for which in ("first", "second"):
                run(name, which, tasks, name == "before")
            _check(path, count)
    return samples + _from_a_file(controller, bits, _FROM_A_FILE * count, say)


def _from_a_file(controller: Controller, bits: int, count: int, say: Say) -> list[Sample]:
    """Once: it takes long, and how much memory it takes is no matter of luck."""
    source, path = controller.folder / "source.json", controller.folder / "large.json"
    source.write_text(json.dumps({"keys": [jwk(modulus) for modulus in moduli(bits, count)]}))
    tasks = [{"name": "Write the set", "keysmith.jwt.jwks": {"path": str(path), "sources": [str(source)]}}]
    path.unlink(missing_ok=True)
    samples = []
    for which in ("first", "second"):
        samples.append(sample("file", which, count, controller.run(tasks, "localhost", None), say))
    _check(path, count)
    return samples


def _check(path: Path, count: int) -> None:
    if len(json.loads(path.read_text())["keys"]) != count:
        raise Failed("the set does not have all keys")
