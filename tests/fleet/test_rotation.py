# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service on two hosts is rotated by the run of every day. Time passes by making the history older."""

from __future__ import annotations

import json
import re
import typing as t

import pytest
from conftest import Bring
from controller import Controller, Outcome

DIRECTORY = "/etc/orders/jwt"
ROTATION = {"every": "90d", "publish": "24h", "keep": "25h"}


class Rotated:
    """Two hosts with a service that is rotated."""

    def __init__(self, controller: Controller) -> None:
        self.controller = controller

    def run(self, *options: str, **service: t.Any) -> Outcome:
        one = {"name": "orders", "rotation": ROTATION, **service}
        return self.controller.provision(*options, services=[one], algorithm="ES256")

    def a_year_later(self) -> None:
        """As good as a wait: all that has happened did so a year before."""
        for host in self.controller.hosts:
            path = host.file(DIRECTORY + "/history.json")
            text = re.sub(r'"(\d{4})-', lambda match: '"%d-' % (int(match[1]) - 1), path.read_text())
            path.write_text(text)

    def active(self) -> list[str]:
        return [str(host.file(DIRECTORY + "/current").readlink()) for host in self.controller.hosts]

    def versions(self) -> list[list[str]]:
        folders = [host.file(DIRECTORY) for host in self.controller.hosts]
        return [sorted(path.name for path in folder.glob("v*")) for folder in folders]

    def published(self) -> int:
        text = (self.controller.output / "orders.jwks.json").read_text()
        return len(json.loads(text)["keys"])


@pytest.fixture(scope="module")
def it(bring: Bring) -> Rotated:
    rotated = Rotated(bring("one", "two"))
    assert rotated.run().status == 0
    return rotated


def test_a_life(it: Rotated) -> None:
    assert not it.run().names("changed")
    assert (it.active(), it.published()) == (["v1"] * 2, 2)
    it.a_year_later()
    assert it.run("--check").status == 0 and it.versions() == [["v1"]] * 2
    assert it.run().status == 0
    assert (it.active(), it.versions(), it.published()) == (["v1"] * 2, [["v1", "v2"]] * 2, 4)
    # It has not been published for long enough.
    assert not it.run().names("changed") and it.active() == ["v1"] * 2
    it.a_year_later()
    # A server that nobody answers for accepts nothing, and the key that is there stays.
    refused = it.run(verify={"token_endpoint": "http://127.0.0.1:9/token", "client_id": "orders", "use_proxy": False})
    assert refused.status != 0 and "v2 does not become active" in refused.text and it.active() == ["v1"] * 2
    assert it.run().status == 0 and it.active() == ["v2"] * 2
    it.a_year_later()
    assert it.run().status == 0
    # The old key is gone. The new one is old by now, so the next one is made.
    assert it.versions() == [["v2", "v3"]] * 2 and it.published() == 4
