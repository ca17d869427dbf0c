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

ROTATION = {"every": "90d", "publish": "24h", "keep": "25h"}


class Rotated:
    """Hosts with a service that is rotated."""

    def __init__(self, controller: Controller, name: str, **common: t.Any) -> None:
        self.controller, self.name, self.common = controller, name, common
        self.directory = f"/etc/{name}/jwt"

    def run(self, *options: str, **service: t.Any) -> Outcome:
        one = {"name": self.name, "rotation": ROTATION, **self.common, **service}
        return self.controller.provision(*options, services=[one], algorithm="ES256")

    def a_year_later(self, *names: str) -> None:
        """As good as a wait: all that has happened did so a year before, on these hosts or on all."""
        for host in self.controller.hosts:
            if names and host.name not in names:
                continue
            path = host.file(self.directory + "/history.json")
            text = re.sub(r'"(\d{4})-', lambda match: '"%d-' % (int(match[1]) - 1), path.read_text())
            path.write_text(text)

    def active(self) -> list[str]:
        return [str(host.file(self.directory + "/current").readlink()) for host in self.controller.hosts]

    def versions(self) -> list[list[str]]:
        folders = [host.file(self.directory) for host in self.controller.hosts]
        return [sorted(path.name for path in folder.glob("v*")) for folder in folders]

    def published(self) -> int:
        text = (self.controller.output / f"{self.name}.jwks.json").read_text()
        return len(json.loads(text)["keys"])


@pytest.fixture(scope="module")
def it(bring: Bring) -> Rotated:
    rotated = Rotated(bring("one", "two"), "orders")
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
    planned = it.run("--check")
    assert planned.status == 0 and it.active() == ["v1"] * 2
    done = it.run()
    assert done.status == 0 and it.active() == ["v2"] * 2
    assert planned.names("changed") == done.names("changed") == {"one", "two"}
    it.a_year_later()
    assert it.run().status == 0
    # The old key is gone. The new one is old by now, so the next one is made.
    assert it.versions() == [["v2", "v3"]] * 2 and it.published() == 4


def test_a_shared_key_moves_on_all_hosts_together(bring: Bring) -> None:
    it = Rotated(bring("one", "two"), "bills", shared=["one", "two"])
    assert it.run().status == 0
    assert not it.run().names("changed") and it.published() == 1
    it.a_year_later("one")
    # The other host is not due. Nothing is made, and it is said for whom the key waits.
    waits = it.run()
    assert waits.status == 0 and "bills/v2 is made once all hosts that share it are due. Not yet: two" in waits.text
    assert it.versions() == [["v1"]] * 2
    it.a_year_later("two")
    assert it.run().status == 0
    assert (it.active(), it.versions(), it.published()) == (["v1"] * 2, [["v1", "v2"]] * 2, 2)
    it.a_year_later()
    # Without the other host, it is not known whether it holds the key.
    alone = it.run("--limit", "one")
    assert alone.status == 0 and "bills/v2 becomes active once all hosts that share it hold it. Not: two" in alone.text
    assert it.active() == ["v1"] * 2
    assert it.run().status == 0 and it.active() == ["v2"] * 2 and it.published() == 2
    it.a_year_later()
    assert it.run().status == 0
    assert (it.versions(), it.published()) == ([["v2", "v3"]] * 2, 2)
    # A host that joins them gets the key that they use, which is as old there as on the others, and then the successor.
    (late,) = bring("late").hosts
    it.controller.hosts.append(late)
    it.common["shared"] = ["one", "two", "late"]
    assert it.run().status == 0 and it.versions() == [["v2", "v3"]] * 2 + [["v2"]]
    first, _other, joined = (
        json.loads(host.file(it.directory + "/history.json").read_text()) for host in it.controller.hosts
    )
    assert joined["versions"][0]["created"] == first["versions"][1]["created"] and joined["versions"][0]["name"] == "v2"
    assert it.run().status == 0 and it.versions() == [["v2", "v3"]] * 3
    # Somebody else may have both: one key takes over on all of them, and the others go in the run after that, as the
    # service names nothing to restart.
    replaced = it.run("-e", "signing_key_rotate=compromised")
    assert replaced.status == 0 and it.active() == ["v4"] * 3 and it.published() == 3
    assert "somebody else may have v2, v3, and the service may still use it" in replaced.text.replace("\n", " ")
    assert it.run().status == 0 and it.versions() == [["v4"]] * 3 and it.published() == 1
