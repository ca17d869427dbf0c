# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python of a hostile host: ``liar.py PLAN PYTHON [ARGUMENT ...]``.

It runs the real one, keeps what it was sent, and alters what is answered. The plan is a JSON file: what to do, with a
number for one of the lies about that answer, and the files for what was sent and for a template's trace.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import typing as t
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))

Answer = t.Dict[str, t.Any]


def main() -> int:
    plan = json.loads(Path(sys.argv[1]).read_text())
    given = b"" if sys.stdin.isatty() else sys.stdin.buffer.read()
    with open(plan["sent"], "ab") as sent:
        sent.write(given + b"\n")
    done = subprocess.run(sys.argv[2:], input=given, stdout=subprocess.PIPE, check=False)
    sys.stdout.buffer.write(_altered(done.stdout, plan))
    return done.returncode


def _altered(printed: bytes, plan: t.Mapping[str, t.Any]) -> bytes:
    """What is printed instead; other modules than ours are answered as they are, but for facts."""
    start = printed.find(b"{")
    try:
        answer = json.loads(printed[start:])
    except ValueError:
        return printed
    if "ping" in answer and "facts" in plan:
        answer["ansible_facts"] = plan["facts"]
    elif "keypairs" in answer or "unlisted" in answer:
        return _OF[plan["what"]](answer, plan)
    return json.dumps(answer).encode()


def _lie(answer: Answer, plan: t.Mapping[str, t.Any]) -> bytes:
    """One of the thousands of answers like that one."""
    from lies import lies

    found = [lie for _what, lie in lies(answer, plan["trace"])]
    return json.dumps(found[plan["number"] % len(found)]()).encode()


def _claim(answer: Answer, plan: t.Mapping[str, t.Any]) -> bytes:
    """The same, as if it had been asked about orders: that it holds the key, or waits for it, or has sealed it."""
    text = json.dumps(answer).replace('"other', '"orders')
    claimed = json.loads(text)
    fact = (
        {"thumbprint": "x" * 43, "kind": "P-256", "sealed": dict.fromkeys(("a", "b"), "a.b.c.d.e")},
        {"recipient": {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}, "kind": "P-256"},
    )[plan["number"] % 2]
    return json.dumps({**claimed, "shared": {"orders/v1": fact}}).encode()


def _cut(answer: Answer, _plan: t.Mapping[str, t.Any]) -> bytes:
    text = json.dumps(answer).encode()
    return text[: len(text) // 2]


def _twice(answer: Answer, _plan: t.Mapping[str, t.Any]) -> bytes:
    return json.dumps(answer).encode() * 2


def _late(answer: Answer, _plan: t.Mapping[str, t.Any]) -> bytes:
    time.sleep(3)
    return json.dumps(answer).encode()


def _rotation(answer: Answer, _plan: t.Mapping[str, t.Any]) -> bytes:
    """The same, with a key that is to be registered."""
    return json.dumps({**answer, "rotation": {"other": {"unpublished": ["v1"]}}}).encode()


_OF: t.Dict[str, t.Callable[[Answer, t.Mapping[str, t.Any]], bytes]] = {
    "lie": _lie,
    "claim": _claim,
    "cut": _cut,
    "twice": _twice,
    "late": _late,
    "rotation": _rotation,
    "nothing": lambda _answer, _plan: b"",
    "noise": lambda answer, _plan: b"\x1b[2J{{ x }}\n" + json.dumps(answer).encode() + b"\n{{ x }}\n",
    "facts": lambda answer, _plan: json.dumps(answer).encode(),
}


if __name__ == "__main__":
    sys.exit(main())
