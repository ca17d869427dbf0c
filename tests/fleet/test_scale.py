# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs over many hosts that end early, and what the next run finds left to do."""

from __future__ import annotations

import contextlib
import os
import signal
import time
import typing as t

import pytest
import verify
from conftest import Bring
from controller import Controller
from hosts import Host
from test_trouble import playbook, services

NAMES = ("one", "two", "three", "four")


@pytest.fixture(scope="module")
def fleet(bring: Bring) -> Controller:
    """Four hosts that have their keys. Each test makes versions of its own there and leaves all hosts working."""
    controller = bring(*NAMES)
    assert controller.provision().status == 0
    return controller


def version(host: Host, name: str) -> bool:
    """Whether the host has that version of the key, with all of its files and the link to it."""
    folder = host.file(f"/etc/orders/jwt/{name}")
    return (folder / "jwk.json").exists() and os.readlink(folder.with_name("current")) == name


def content(host: Host) -> dict[str, tuple[int, bytes]]:
    """Each file of the service with its inode, which another file of the same content would not have."""
    top = host.file("/etc/orders/jwt")
    return {str(path): (path.lstat().st_ino, path.read_bytes()) for path in sorted(top.glob("v*/*"))}


def key_ids(controller: Controller) -> set[str]:
    return {jwk["kid"] for jwk in controller.published()}


def kill(child: t.Any, when: t.Callable[[], bool]) -> None:
    """End a play and all its children as a lost machine does, as soon as something is so."""
    deadline = time.monotonic() + 60
    while not when() and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.communicate()
    assert child.returncode == -signal.SIGKILL, "the play had ended before it was to be killed"


def test_the_controller_is_lost(fleet: Controller) -> None:
    """Nothing published is lost with it, hosts that are done stay as they are, and the next run does the others."""
    before = key_ids(fleet)
    versions = services("v1", "v2")
    child = fleet.start(playbook(fleet, throttle=1), **fleet.named({"services": versions}))
    kill(child, lambda: any(version(host, "v2") for host in fleet.hosts))
    assert key_ids(fleet) == before
    done = {host.name: content(host) for host in fleet.hosts if version(host, "v2")}
    assert done and len(done) < len(NAMES)

    outcome = fleet.provision(services=versions)
    assert outcome.status == 0
    # A host may finish by itself what it was at when the controller was lost.
    left = set(NAMES) - set(done)
    assert len(outcome.names("changed") & left) >= len(left) - 1 and outcome.names("changed") <= left | {"one"}
    assert {host.name: content(host) for host in fleet.hosts if host.name in done} == done
    assert before < key_ids(fleet) and len(key_ids(fleet)) == 2 * len(NAMES)
    for host in fleet.hosts:
        verify.works(host, fleet.jwk(host.name))


def test_jobs_that_outlive_the_connection(fleet: Controller) -> None:
    """With signing_key_async the role leaves the same files, and asks for the job's result in sessions of their own."""
    before, sessions = key_ids(fleet), [host.sessions() for host in fleet.hosts]
    versions = services("v1", "v2", "v3")
    outcome = fleet.provision(services=versions, **{"async": 60})
    assert outcome.status == 0 and outcome.names("changed") == set(NAMES)
    assert all(host.sessions() > number + 2 for host, number in zip(fleet.hosts, sessions, strict=True))
    assert before < key_ids(fleet) and len(key_ids(fleet)) == 3 * len(NAMES)
    for host in fleet.hosts:
        assert version(host, "v3")
        verify.works(host, fleet.jwk(host.name))
