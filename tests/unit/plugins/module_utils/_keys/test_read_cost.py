# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What reading a key costs: imports, time and memory, measured in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.tests.unit import conftest
from ansible_collections.keysmith.jwt.tests.unit.made_keys import VERSION, rsa_public
from ansible_collections.keysmith.jwt.tests.unit.plugins.module_utils._keys import test_decrypt
from ansible_collections.keysmith.jwt.tests.unit.throw_away_key import FORMS, PASSPHRASE


def _in_a_child(program: str, text: bytes) -> str:
    """Runs a program that reads a key with its own imports and its own bounds."""
    head = "import sys; sys.dont_write_bytecode = True; sys.path.insert(0, %r); import conftest\n"
    head %= str(Path(conftest.__file__).parent)
    head += "from ansible_collections.keysmith.jwt.plugins.module_utils import _errors\n"
    head += "from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read\n"
    head += "from ansible_collections.keysmith.jwt.plugins.module_utils._jose import public_facts\n"
    command = [sys.executable, "-c", head + program]
    return subprocess.run(command, input=text, stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode()


@pytest.mark.parametrize("name", ["PKCS#8", "SPKI", "certificate", "DEK-Info, AES-256"])
def test_a_host_pays_for_no_more_of_the_library_than_the_key_needs(name: str) -> None:
    # Before 42 the library's own engine imports all of it; what counts is what comes on top of that.
    program = (
        "from cryptography.hazmat.backends import default_backend; default_backend()\n" if VERSION < (42, 0) else ""
    )
    program += (
        "had = set(sys.modules)\n"
        "key = read.read(sys.stdin.buffer.read(), [%r], name='pem'); public_facts.facts(key.public)\n"
        "unwanted = ('.serialization', '.x509', '.dsa', '.mldsa')\n"
        "print([name for name in set(sys.modules) - had if name.endswith(unwanted)])"
    )
    assert _in_a_child(program % PASSPHRASE, FORMS[name].encode()) == "[]\n"


def test_what_is_made_to_cost_does_not() -> None:
    """Two seconds and 200 MB, kept by the kernel."""
    texts = [test_decrypt.encrypted(derivation) for derivation in test_decrypt.TOO_COSTLY.values()]
    texts += [rsa_public(1 << bits | 1) for bits in (16383, 32767, 300000)]
    texts += [b"x" * 10**7, b"-----BEGIN PUBLIC KEY-----\n" * 10**5]
    program = (
        "import json, resource\n"
        "resource.setrlimit(resource.RLIMIT_AS, (400 * 2**20,) * 2)\n"
        "for text in json.load(sys.stdin):\n"
        "    resource.setrlimit(resource.RLIMIT_CPU, (int(sum(resource.getrusage(0)[:2])) + 2,) * 2)\n"
        "    try:\n"
        "        read.read(text.encode(), [b'x'], name='pem')\n"
        "    except _errors.KeysmithError:\n"
        "        print('refused')\n"
        # Not ru_maxrss, in which the size of the process that started this one survives.
        "peak = open('/proc/self/status').read().split('VmHWM:')[1].split()[0]\n"
        "print(int(peak) // 1024 < 200)\n"
    )
    answer = _in_a_child(program, json.dumps([text.decode() for text in texts]).encode())
    assert answer == "refused\n" * len(texts) + "True\n"
