# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""New keys: in order, side by side, each its own, and an error for one alone where one can't be made."""

from __future__ import annotations

import os
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk, public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import generate as keys_generate
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read as keys_read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ALGORITHMS


def requests(*names: str) -> t.List[keys_generate.Request]:
    return [keys_generate.Request(ALGORITHMS[name], 2048 if ALGORITHMS[name].type == "RSA" else 0) for name in names]


def kinds(made: t.Sequence[t.Any]) -> t.List[str]:
    members = [public_facts.facts(key.public_key()).members for key in made]
    return [jwk.curve(one) or "RSA %d" % jwk.size(one) for one in members]


@pytest.mark.parametrize("processors", [1, 2, 3, 64])
def test_keys_come_in_the_order_of_their_requests(processors: int, monkeypatch: t.Any) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: range(processors))
    fork, children = os.fork, []

    def noted() -> int:
        children.append(fork())
        return children[-1]

    monkeypatch.setattr(os, "fork", noted)
    made = keys_generate.generate(requests("RS256", "ES256", "RS256", "Ed25519", "RS256"))
    assert kinds(made) == ["RSA 2048", "P-256", "RSA 2048", "Ed25519", "RSA 2048"]
    assert len({jwk.thumbprint(public_facts.facts(key.public_key()).members) for key in made}) == 5
    for key in made:
        keys_read.prove(key, key.public_key())
    assert len(children) == min(processors, 3) - 1
    for child in children:
        with pytest.raises(ChildProcessError):
            os.waitpid(child, os.WNOHANG)


@pytest.mark.parametrize(
    ("work", "processors", "shares"),
    [
        ([], 4, [[]]),
        ([7], 4, [[7]]),
        ([0, 1, 2, 3, 4], 2, [[0, 2, 4], [1, 3]]),
        ([0, 1], 8, [[0], [1]]),
        ([0, 1], 0, [[0, 1]]),
    ],
)
def test_how_work_is_dealt_out(work: t.List[int], processors: int, shares: t.List[t.List[int]]) -> None:
    assert keys_generate._shares(work, processors) == shares


def test_one_that_cannot_be_made_stops_no_other(monkeypatch: t.Any) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: range(2))
    generate = keys_read.generate

    def refuse(algorithm: t.Any, size: int) -> t.Any:
        if algorithm.name in ("ES384", "RS512"):
            raise KeysmithError("algorithm: refused here.")
        return generate(algorithm, size)

    monkeypatch.setattr(keys_read, "generate", refuse)
    made = keys_generate.generate(requests("RS256", "RS512", "ES384", "ES256"))
    assert [isinstance(one, KeysmithError) for one in made] == [False, True, True, False]
    assert str(made[2]) == "algorithm: refused here." and "could not make the key" in str(made[1])


def test_a_child_that_dies_is_an_error_for_its_keys_alone(monkeypatch: t.Any) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: range(2))
    parent, generate = os.getpid(), keys_read.generate
    monkeypatch.setattr(
        keys_read, "generate", lambda *request: generate(*request) if os.getpid() == parent else os.kill(os.getpid(), 9)
    )
    made = keys_generate.generate(requests("RS256", "RS256", "RS256"))
    assert [isinstance(one, KeysmithError) for one in made] == [False, True, False]


def test_a_child_does_not_hold_what_the_run_has_locked(monkeypatch: t.Any, tmp_path: t.Any) -> None:
    """A killed run leaves nothing locked, though its child goes on for seconds."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: range(2))
    parent, generate = os.getpid(), keys_read.generate
    fd = os.open(str(tmp_path), os.O_RDONLY)

    def look(*request: t.Any) -> t.Any:
        if os.getpid() != parent:
            with pytest.raises(OSError, match="Bad file descriptor"):
                os.fstat(fd)
        return generate(*request)

    monkeypatch.setattr(keys_read, "generate", look)
    made = [keys_generate.generate(requests("RS256", "RS256"), locked) for locked in ([fd], [])]
    assert [isinstance(one, KeysmithError) for keys in made for one in keys] == [False, False, False, True]
    os.close(fd)


def test_a_child_ends_where_its_work_ends(monkeypatch: t.Any) -> None:
    """It must not go on with what its parent is about to do."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: range(2))
    parent = os.getpid()
    read, write = os.pipe()
    try:
        keys_generate.generate(requests("RS256", "RS256"))
    finally:
        os.write(write, b"x")
        if os.getpid() != parent:
            os._exit(0)
    os.close(write)
    assert os.read(read, 9) == b"x"
    os.close(read)


def test_without_another_process_the_work_is_done_all_the_same(monkeypatch: t.Any) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: range(2))

    def refuse() -> int:
        raise BlockingIOError(11, "injected")

    monkeypatch.setattr(os, "fork", refuse)
    assert kinds(keys_generate.generate(requests("RS256", "RS256"))) == ["RSA 2048", "RSA 2048"]


def test_a_library_that_is_too_old_is_named(monkeypatch: t.Any) -> None:
    import cryptography

    monkeypatch.setattr(cryptography, "__version__", "41.0.7")
    keys_generate.check(requests("RS256", "Ed448"))
    with pytest.raises(
        KeysmithError, match="algorithm: ML-DSA-65 needs cryptography 48.0 or newer; this host has 41.0"
    ):
        keys_generate.check(requests("RS256", "ML-DSA-65"))
    monkeypatch.setattr(cryptography, "__version__", "2.9.2")
    with pytest.raises(KeysmithError, match="is older than 3.3"):
        keys_generate.check([])


@pytest.mark.parametrize(("name", "number"), [("ES256", 100), ("Ed25519", 100)])
def test_no_key_comes_twice(name: str, number: int) -> None:
    made = keys_generate.generate(requests(*[name] * number))
    assert len({jwk.thumbprint(public_facts.facts(key.public_key()).members) for key in made}) == number


def test_rsa_keys_are_of_the_full_size_with_the_usual_exponent_and_primes_of_their_own() -> None:
    made = [key.private_numbers() for key in keys_generate.generate(requests(*["RS256"] * 6))]
    primes = [prime for numbers in made for prime in (numbers.p, numbers.q)]
    assert len(set(primes)) == 12
    assert all(numbers.public_numbers.n.bit_length() == 2048 for numbers in made)
    assert all(numbers.public_numbers.e == 65537 for numbers in made)


def test_a_fork_that_fails_leaves_no_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> t.NoReturn:
        raise BlockingIOError(11, "no more processes")

    monkeypatch.setattr(os, "fork", fork)
    before = os.listdir("/proc/self/fd")
    with pytest.raises(BlockingIOError):
        keys_generate._start([], [], [])
    assert os.listdir("/proc/self/fd") == before
