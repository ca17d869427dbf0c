# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the library takes to make a key, measured in the very run that makes it.

How long an RSA key takes is a matter of luck, by a factor of ten, and what else a processor has to do at that time is
no small matter either: a comparison with other keys, made at another time, would need thousands of them.
"""

from __future__ import annotations

import typing as t

from hosts import Host

_TAKEN = "/run/key-seconds"
#: Python's own place for what a site wants done in each of its processes: here, the library's calls are timed.
_SITE = f"""
import sys
import time
from importlib.util import find_spec

MAKERS = ["cryptography.hazmat.primitives.asymmetric." + name for name in ("ec", "rsa")]


def timed(make):
    def made(*args, **options):
        started = time.process_time()
        key = make(*args, **options)
        with open("{_TAKEN}", "a") as taken:
            print(time.process_time() - started, file=taken)
        return key
    return made


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name not in MAKERS:
            return None
        MAKERS.remove(name)
        spec = find_spec(name)
        load = spec.loader.exec_module

        def loaded(module):
            load(module)
            module.generate_private_key = timed(module.generate_private_key)

        spec.loader.exec_module = loaded
        return spec


sys.meta_path.insert(0, Finder)
"""


def watch(hosts: t.Iterable[Host]) -> None:
    """From now on the hosts' Python notes what each key takes."""
    for host in hosts:
        (path,) = host.file("/etc").glob("python3.*/sitecustomize.py")
        path.write_text(_SITE)


def taken(hosts: t.Iterable[Host]) -> list[float]:
    """CPU seconds of each key that was made since the last time; they are forgotten."""
    seconds = []
    for host in hosts:
        path = host.file(_TAKEN)
        seconds += [float(line) for line in path.read_text().split()]
        path.unlink()
    return seconds
