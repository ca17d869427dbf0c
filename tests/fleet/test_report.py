# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator sees of three hosts, one of which does not answer, and how a service is taken away from two."""

from __future__ import annotations

import json
import typing as t

from conftest import Bring

REPORT, DECOMMISSION = "keysmith.jwt.report", "keysmith.jwt.decommission"


def test_a_report_and_a_service_that_is_taken_away(bring: Bring) -> None:
    controller = bring("one", "two", "three")
    one, two, three = controller.hosts
    services = [{"name": "orders"}, {"name": "billing", "environment": {"path": "/srv/app.env"}}]
    assert controller.provision(services=services, algorithm="ES256").status == 0
    folder = controller.output.with_name("report")

    def report(*options: str, **variables: t.Any) -> t.Any:
        named = controller.named({"services": services, "algorithm": "ES256", **variables})
        return controller.play(REPORT, *options, **named)

    published = str(controller.output / "{name}.jwks.json")
    two.run("dpkg", "--purge", "python3-cryptography")
    sessions = one.sessions()
    well = report(published=published, report_directory=str(folder))
    assert well.status == 0 and "Nothing is wrong. Hosts: 3, services: 6, keys: 6." in well.text
    assert one.sessions() == sessions + 1

    one.file("/etc/orders/jwt/v1/private.key").chmod(0o644)
    two.run("cp", "-a", "/etc/billing", "/etc/forgotten")
    (controller.output / "billing.jwks.json").write_text('{"keys": []}')
    three.stop()
    found = report(published=published, report_directory=str(folder))
    assert found.status == 0 and "Hosts without an answer: three" in found.text
    document = json.loads((folder / "signing-keys.json").read_text())
    kinds = {(one["host"], one["service"], one["version"]): one["kind"] for one in document["problems"]}
    assert kinds == {("one", "orders", "v1"): "access", ("two", "forgotten", ""): "unlisted"}
    (billing,) = [one for one in document["published"] if one["services"] == ["billing"]]
    assert [one["host"] for one in billing["missing"]] == ["one", "two"] and not billing["stale"]
    assert 'signing_keys_host_answered{host="three"} 0' in (folder / "signing-keys.prom").read_text()

    three.start()
    three.wait()
    assert controller.provision(services=services, algorithm="ES256").status == 0
    given = controller.named({"services": services, "algorithm": "ES256", "decommission": ["billing"]})
    checked = controller.play(DECOMMISSION, "--check", "--diff", **given)
    assert checked.status == 0 and checked.names("changed") == {"one", "two", "three"}
    assert "/etc/billing/jwt/v1/private.key" in checked.text and one.file("/etc/billing/jwt/v1/private.key").exists()
    done = controller.play(DECOMMISSION, "--limit", "one,two", **given, signing_key_backup=False)
    assert done.status == 0 and not one.file("/etc/billing/jwt").exists() and not one.file("/srv/app.env").exists()
    assert len(controller.published("billing")) == 1 and len(controller.published()) == 3
    last = controller.play(DECOMMISSION, **given)
    assert last.status == 0 and last.names("changed") >= {"three"} and not last.names("failed")
    assert [path.suffix for path in three.file("/etc/billing/jwt/v1").iterdir()] == [".bak"] * 2
    assert not (controller.output / "billing").exists() and not (controller.output / "billing.jwks.json").exists()
    assert not controller.play(DECOMMISSION, **given).names("changed")


def test_the_parts_of_a_run(bring: Bring) -> None:
    """What the tags leave out is made up for by a later run."""
    controller = bring("one")
    (one,) = controller.hosts
    services, public = [{"name": "orders", "restart": ["orders"]}], controller.output / "orders.jwks.json"
    mark = one.file("/etc/orders/jwt/.restart-due")

    def run(*options: str) -> t.Any:
        return controller.provision(*options, services=services, algorithm="ES256")

    assert run("--skip-tags", "keys").status == 0 and not mark.parent.exists()
    assert run("--tags", "verify").status == 0 and not mark.parent.exists()
    assert run("--skip-tags", "publish,restart").status == 0 and mark.exists() and not public.exists()
    assert run("--tags", "keys").status == 0 and mark.exists() and not public.exists()
    assert run("--tags", "publish").status == 0 and mark.exists() and len(controller.published()) == 1
    # There is no such unit on these hosts.
    for options in (["--tags", "restart"], ["--skip-tags", "publish"]):
        last = run(*options)
        assert last.status != 0 and "Could not be restarted: orders" in last.text and mark.exists()
    public.unlink()
    assert run("--skip-tags", "restart").status == 0 and mark.exists() and len(controller.published()) == 1
