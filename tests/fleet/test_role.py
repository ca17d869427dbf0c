# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role on new hosts, and what later runs do there."""

from __future__ import annotations

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
