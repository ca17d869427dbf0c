# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of very many hosts, beside reading their answers as JSON: both in one process.

Run by itself, with the path of the answers and of a directory, it is that process.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
import typing as t
from pathlib import Path

from hosts import STATE

Sample = dict[str, t.Any]
NOW = "2026-01-10T08:00:00Z"


def reporting(environment: t.Mapping[str, str], hosts: int, runs: int, say: t.Callable[[str], None]) -> list[Sample]:
    """The CPU that each of the two takes."""
    folder = STATE / "reporting"
    (folder / "report").mkdir(parents=True, exist_ok=True)
    answers = folder / "answers.json"
    answers.write_text(json.dumps({f"host{number:05}": _answer(number) for number in range(hosts)}))
    collections = environment["ANSIBLE_COLLECTIONS_PATH"]
    variables = {**environment, "PYTHONPATH": os.pathsep.join([collections, str(Path(__file__).parents[1] / "fleet")])}
    command = [sys.executable, __file__, str(answers), str(folder / "report")]
    samples = []
    for _round in range(runs):
        for name, spent, memory in json.loads(subprocess.check_output(command, env=variables)):
            say(f"{name:<11} {hosts:>6} hosts, CPU {spent:6.2f} s, {memory:5.0f} MB")
            costs = {"controller": round(spent, 3), "wall": round(spent, 3), "memory": round(memory)}
            samples.append({"contestant": name, "run": "second", "keys": hosts, **costs})
    return samples


def _answer(number: int) -> t.Any:
    """What a host says that has two versions of one service."""
    version = {"source": "public_key", "algorithm": "RS256", "type": "RSA", "size": 4096, "created": NOW}
    versions = {
        name: {**version, "state": state, "kid": f"{name}-{number:040}", "thumbprint": f"{name}-{number:040}"}
        for name, state in (("v1", "active"), ("v2", "inactive"))
    }
    for one in versions.values():
        one["problems"] = []
    step = {"step": "create", "version": "v3", "at": "2027-02-27T09:00:00Z"}
    orders = {"active": "v1", "restart_due": False, "next": step, "versions": versions, "problems": []}
    return {"asked": ["orders"], "services": {"orders": orders}, "unlisted": {}}


def _measured(path: str, folder: str) -> list[tuple[str, float, float]]:
    from ansible_collections.keysmith.jwt.plugins.plugin_utils import _fleet, _fleet_report, _report_files

    begin = time.process_time()
    answers = json.loads(Path(path).read_bytes())
    read, memory = time.process_time(), _memory()
    fleet = _fleet.collect(list(answers), answers.__getitem__)
    _report_files.write(folder, _fleet_report.Report(int(time.time()), fleet, []), False)
    return [("json", read - begin, memory), ("reporting", time.process_time() - read, _memory())]


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(json.dumps(_measured(*sys.argv[1:])))
