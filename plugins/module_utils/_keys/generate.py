# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate keys, as many at a time as the host has processors."""

from __future__ import annotations

import contextlib
import os
import typing as t

from .._errors import KeysmithError
from .algorithms import Algorithm


class Request(t.NamedTuple):
    """A key to be made."""

    algorithm: Algorithm
    size: int


def check(requests: t.Iterable[Request]) -> None:
    """Refuse if the host's cryptography is missing, or too old for one of the keys."""
    from . import read

    read.check_library()
    for request in requests:
        read.check_library(request.algorithm)


def generate(requests: t.Sequence[Request], locked: t.Sequence[int] = ()) -> t.List[t.Any]:
    """Return a private key for each request, in order, or a KeysmithError if the host cannot make it.

    Only RSA is worth a process of its own: it takes a second, the others less than a process takes to start. A child
    hands its key over through a pipe; it is never in a file. It gives back its copies of the descriptors that are
    ``locked``: a child that outlives a killed run must not hold them on.
    """
    slow = [index for index, request in enumerate(requests) if request.algorithm.type == "RSA"]
    shares = _shares(slow, len(os.sched_getaffinity(0)))
    children = []
    for share in shares[1:]:
        # Where the host allows no more processes, the work is done here.
        with contextlib.suppress(OSError):
            children.append((share, *_start(requests, share, locked)))
    made: t.Dict[int, t.Any] = {}
    for index in set(range(len(requests))) - {index for share, _pid, _pipe in children for index in share}:
        made[index] = _one(requests[index])
    for share, pid, pipe in children:
        made.update(zip(share, _collect(pid, pipe, len(share))))
    return [made[index] for index in range(len(requests))]


def _one(request: Request) -> t.Any:
    from . import read

    try:
        return read.generate(request.algorithm, request.size)
    except KeysmithError as error:
        return error


def _shares(work: t.Sequence[int], processors: int) -> t.List[t.List[int]]:
    """Divide the work: the first share is ours, each other one is for a child process."""
    count = max(1, min(processors, len(work)))
    return [list(work[start::count]) for start in range(count)]


def _start(requests: t.Sequence[Request], share: t.Sequence[int], locked: t.Iterable[int]) -> t.Tuple[int, int]:
    """Start a child that makes these keys and writes each as its length and its DER."""
    receive, send = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(receive)
        os.close(send)
        raise
    if pid:
        os.close(send)
        return pid, receive
    status = 1
    try:
        for fd in (receive, *locked):
            os.close(fd)
        _make(requests, share, send)
        status = 0
    finally:
        # No exception, no exit handler and no buffer of the parent's is to run twice.
        os._exit(status)


def _make(requests: t.Sequence[Request], share: t.Sequence[int], send: int) -> None:
    from . import read

    with os.fdopen(send, "wb") as pipe:
        for index in share:
            pem = read.private_pem(read.generate(requests[index].algorithm, requests[index].size), "pkcs8", None)
            pipe.write(len(pem).to_bytes(4, "big") + pem)


def _collect(pid: int, pipe: int, count: int) -> t.List[t.Any]:
    """Read the keys of a child, with a KeysmithError for each that it did not make."""
    from . import read

    keys: t.List[t.Any] = []
    with os.fdopen(pipe, "rb") as source:
        for _number in range(count):
            pem = source.read(int.from_bytes(source.read(4), "big"))
            if pem:
                keys.append(read.read_private(pem, name="the new key", trusted=True).private)
    os.waitpid(pid, 0)
    failure = KeysmithError("algorithm: the host could not make the key; check whether it has enough memory.")
    return keys + [failure] * (count - len(keys))
