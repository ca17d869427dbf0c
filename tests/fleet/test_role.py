# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role on new hosts, and what later runs do there."""

from __future__ import annotations

import os

import pytest
import verify
from conftest import Bring
from controller import Controller

NAMES = {"one", "two", "three"}


@pytest.fixture(scope="module")
def settled(bring: Bring) -> Controller:
    """Three hosts that have their keys. Each test leaves them so."""
    controller = bring("one", "two", "three")
    assert controller.provision().status == 0
    return controller


@pytest.mark.parametrize(("user", "size"), [("root", 4096), ("deploy", 2048)])
def test_from_nothing(bring: Bring, user: str, size: int) -> None:
    """Check mode changes nothing, the first run makes all, the second takes one session on a host and changes none."""
    controller = bring("one", "two", "three", user=user)
    checked = controller.provision("--check", "--diff", size=size)
    assert checked.status == 0 and checked.names("changed") == NAMES
    assert not any(host.file("/etc/orders").exists() for host in controller.hosts)
    assert not controller.output.exists()

    first = controller.provision(size=size)
    assert first.status == 0 and first.names("changed") == NAMES
    verify.all_work(controller)

    before = {host.name: host.sessions() for host in controller.hosts}
    second = controller.provision(size=size)
    assert second.status == 0 and not second.names("changed")
    assert {host.name: host.sessions() - before[host.name] for host in controller.hosts} == dict.fromkeys(NAMES, 1)
    verify.all_work(controller)


def test_one_host_more(bring: Bring, settled: Controller) -> None:
    before = settled.published()
    both = Controller(settled.hosts + bring("four").hosts, settled.output.parent)
    outcome = both.provision()
    assert outcome.status == 0
    # The first host stands for the controller, where the JWK Set is written.
    assert outcome.names("changed") == {"one", "four"} and outcome.recap["one"]["changed"] == 1
    assert [jwk for jwk in both.published() if jwk["kid"] != both.jwk("four")["kid"]] == before
    verify.all_work(both)
    for path in (settled.output / "orders").glob("four.*"):  # as the documentation says for a host that is no more
        path.unlink()
    assert settled.provision().names("changed") == {"one"}
    assert settled.published() == before


def test_a_misspelt_variable_is_named(settled: Controller) -> None:
    said = "is set, but the role has no variable of that name"
    assert said not in settled.provision().text
    outcome = settled.provision(actve="v2")
    assert outcome.status == 0 and outcome.text.count(f"signing_key_actve {said}") == 1


def test_other_algorithm_is_refused(settled: Controller) -> None:
    """A key is never replaced unless the play says so."""
    outcome = settled.provision(algorithm="ES256")
    assert outcome.status != 0 and outcome.names("failed") == NAMES and not outcome.names("changed")
    sentence = (
        "orders/v1: path: /etc/orders/jwt/v1/private.key is of type RSA 2048, but algorithm: ES256 asks for P-256; "
        "set algorithm and size to those of the existing key to keep it, or set regenerate: mismatch to replace it"
    )
    assert all(f"fatal: [{name}]" in outcome.text for name in NAMES)
    assert outcome.text.count(sentence) >= len(NAMES)
    verify.all_work(settled)


def test_lost_key_is_made_anew(settled: Controller) -> None:
    before = settled.published()
    lost = settled.jwk("two")
    settled.hosts[1].file("/etc/orders/jwt/v1/private.key").unlink()
    outcome = settled.provision()
    assert outcome.status == 0 and outcome.names("changed") == {"one", "two"}
    assert [jwk for jwk in settled.published() if jwk != settled.jwk("two")] == [j for j in before if j != lost]
    verify.all_work(settled)


def test_given_passphrase_keeps_the_key(settled: Controller) -> None:
    before = settled.published()
    given = "a-passphrase-that-was-given"
    outcome = settled.provision("-vvv", "--diff", passphrase=given)
    assert outcome.status == 0 and outcome.names("changed") == NAMES
    assert given not in outcome.text
    assert settled.published() == before
    verify.all_work(settled)
    assert {verify.environment(host, "/etc/orders/jwt/current/env").passphrase for host in settled.hosts} == {given}
    assert not settled.provision(passphrase=given).names("changed")


def test_rotation(bring: Bring) -> None:
    """Publish the next key, switch to it, retire the old one: at each step the services have a published key."""
    controller = bring("one", "two", "three", user="deploy")

    def step(*, versions: list[str], active: str, retired: tuple[str, ...] = ()) -> set[str]:
        services = [{"name": "orders", "versions": versions, "active": active, "retired": retired}]
        outcome = controller.provision(services=services)
        assert outcome.status == 0 and outcome.names("changed") == NAMES
        for host in controller.hosts:
            used = verify.works(host, controller.jwk(host.name))
            assert used.path == f"/etc/orders/jwt/{active}/private.key"
            assert set(os.listdir(host.file("/etc/orders/jwt"))) == {"current", "history.json", *versions}
        return {jwk["kid"] for jwk in controller.published()}

    def active() -> set[str]:
        return {controller.jwk(host.name)["kid"] for host in controller.hosts}

    old = step(versions=["v1"], active="v1")
    both = step(versions=["v1", "v2"], active="v1")
    assert len(both) == 6 and old < both and active() == old
    assert step(versions=["v1", "v2"], active="v2") == both
    assert active() == both - old
    assert step(versions=["v2"], active="v2", retired=("v1",)) == both - old
    services = [{"name": "orders", "versions": ["v2"], "retired": ["v1"]}]
    assert not controller.provision(services=services).names("changed")
