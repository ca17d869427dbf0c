# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One key for the hosts of a service: made once, copied from host to host, the same for whoever comes later."""

from __future__ import annotations

import base64
import json
import os
import shutil
import typing as t

import pytest
import verify
from conftest import Bring
from controller import PROVISION, Controller, Outcome
from cryptography.hazmat.primitives import serialization
from hosts import Host

NAMES = {"one", "two", "three"}
SERVICES = [{"name": "orders", "shared": ["fleet"]}]
FOLDER = "/etc/orders/jwt"
#: A service that notes at each start where the link leads.
INIT = """#!/bin/sh
### BEGIN INIT INFO
# Provides: orders
# Default-Start: 2 3 4 5
# Default-Stop:
### END INIT INFO
case "$1" in
    status) exit 3 ;;
    start | restart) readlink /etc/orders/jwt/current >> /var/log/orders ;;
esac
"""


@pytest.fixture(scope="module")
def settled(bring: Bring) -> Controller:
    """Three hosts that share a key. Each test leaves them so."""
    controller = bring("one", "two", "three")
    assert controller.provision(services=SERVICES).status == 0
    return controller


def secrets(host: Host) -> list[bytes]:
    """What must be nowhere but on the hosts: the numbers of the private key, as they can be written, and its PEM."""
    said = verify.environment(host, f"{FOLDER}/current/env")
    passphrase = said.passphrase.encode()
    key: t.Any = serialization.load_pem_private_key(host.file(said.path).read_bytes(), passphrase)
    numbers = key.private_numbers()
    octets = [number.to_bytes((number.bit_length() + 7) // 8, "big") for number in (numbers.d, numbers.p, numbers.q)]
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    forms = [form(one)[:60] for one in octets for form in (bytes, base64.b64encode, base64.urlsafe_b64encode)]
    return [*forms, *(one.hex().encode()[:60] for one in octets), *pem.splitlines()[5:-2], passphrase]


def same(controller: Controller) -> str:
    """The key ID of the one key that all hosts have, each under a passphrase of its own."""
    said = [verify.works(host, controller.jwk(host.name)) for host in controller.hosts]
    assert len({one.passphrase for one in said}) == len(controller.hosts)
    (key_id,) = {controller.jwk(host.name)["kid"] for host in controller.hosts}
    assert [jwk["kid"] for jwk in controller.published()][:1] == [key_id]
    return key_id


def test_from_nothing(bring: Bring) -> None:
    """The private key is in none of the files of the controller and in nothing that is printed, at -vvvv either."""
    controller = bring("one", "two", "three", user="deploy")
    checked = controller.provision("--check", services=SERVICES)
    assert checked.status == 0 and checked.names("changed") == NAMES
    assert "orders on one: v1 is active, RS256, would be made" in checked.text
    assert "orders on two: v1 is active, RS256, would be copied from one" in checked.text
    assert not any(host.file("/etc/orders").exists() for host in controller.hosts)

    first = controller.provision("-vvvv", "--diff", "-e", "ansible_pipelining=false", services=SERVICES)
    assert first.status == 0 and first.names("changed") == NAMES
    same(controller)
    assert len(controller.published()) == 1
    held = [secret for host in controller.hosts for secret in secrets(host)]
    assert len(held) > 60
    files = [path.read_bytes() for path in controller.output.parent.rglob("*") if path.is_file()]
    for text in (first.text.encode(), *files):
        assert not any(secret in text for secret in held)

    # It leaves what the next one is compared with.
    assert not controller.provision(services=SERVICES).names("changed")
    before = {host.name: host.sessions() for host in controller.hosts}
    second = controller.provision(services=SERVICES)
    assert second.status == 0 and not second.names("changed")
    assert {host.name: host.sessions() - before[host.name] for host in controller.hosts} == dict.fromkeys(NAMES, 1)
    assert not any(name.startswith(".") for host in controller.hosts for name in os.listdir(host.file(f"{FOLDER}/v1")))


def test_a_host_that_is_added_gets_the_same_key(bring: Bring, settled: Controller) -> None:
    """From a host of the same run; nobody else is asked."""
    before = same(settled)
    more = Controller(settled.hosts + bring("four").hosts, settled.output.parent)
    quiet = [host.sessions() for host in settled.hosts]
    alone = more.provision("--limit", "four", services=SERVICES)
    assert alone.names("failed") == {"four"} and "add one, three, two to the hosts of this run (--limit)" in alone.text
    assert [host.sessions() for host in settled.hosts] == quiet
    assert not more.hosts[3].file(f"{FOLDER}/v1/private.key").exists()
    checked = more.provision("--limit", "four,one", "--check", services=SERVICES)
    assert checked.status == 0 and checked.names("changed") == {"four"}
    outcome = more.provision("--limit", "four,one", services=SERVICES)
    assert outcome.status == 0 and "orders on four: v1 is active" in outcome.text and "copied from one" in outcome.text
    assert [host.sessions() for host in settled.hosts[1:]] == quiet[1:]
    assert same(more) == before
    assert not more.provision(services=SERVICES).names("changed")


def test_no_key_is_made_while_a_host_is_silent(bring: Bring) -> None:
    controller = bring("five", "six")
    silent = controller.hosts[1]
    silent.stop()
    outcome = controller.provision(services=SERVICES)
    assert outcome.status != 0 and outcome.names("failed") == {"five"} and outcome.names("unreachable") == {"six"}
    assert "orders/v1: no host that answered has this key" in outcome.text
    assert "six: no answer, or a failure" in outcome.text
    assert not controller.hosts[0].file(f"{FOLDER}/v1/private.key").exists()
    silent.start()
    silent.wait()
    assert controller.provision(services=SERVICES).status == 0
    same(controller)


def test_runs_for_parts_of_the_hosts_make_no_key(bring: Bring) -> None:
    """Only a run with all of them makes it, so two of them can be at work at the same time."""
    controller = bring("nine", "ten")
    for name, other in (("ten", "nine"), ("nine", "ten")):
        early = controller.provision("--limit", name, services=SERVICES)
        assert early.names("failed") == {name} and f"add {other} to the hosts of this run (--limit)" in early.text
    assert not any(host.file(f"{FOLDER}/v1/private.key").exists() for host in controller.hosts)
    variables = controller.named({"services": SERVICES})
    running = [controller.start(PROVISION, **variables) for _number in range(2)]
    outcomes = [Controller.outcome(child.wait(), child.communicate()[0]) for child in running]
    assert {outcome.status for outcome in outcomes} <= {0, 2}
    assert controller.provision(services=SERVICES).status == 0
    same(controller)


def test_free_hosts_make_no_key(bring: Bring) -> None:
    controller = bring("one", "two", "three")
    path = controller.output.with_name("play.yml")
    path.parent.mkdir(exist_ok=True)
    role = [{"import_role": {"name": "keysmith.jwt.signing_key"}}]
    free = {"hosts": "all", "gather_facts": False, "strategy": "free", "tasks": role}
    path.write_text(json.dumps([free]))
    outcome = controller.play(str(path), **controller.named({"services": SERVICES}))
    assert outcome.names("failed") == NAMES and outcome.text.count("without strategy: free") >= len(NAMES)
    assert not any(host.file(f"{FOLDER}/v1/private.key").exists() for host in controller.hosts)
    assert controller.provision(services=SERVICES).status == 0
    assert not controller.play(str(path), **controller.named({"services": SERVICES})).names("changed")
    same(controller)


def test_batches_copy_nothing_to_each_other(bring: Bring) -> None:
    controller = bring("nineteen", "twenty")
    path = controller.output.with_name("play.yml")
    path.parent.mkdir(exist_ok=True)
    roles = [{"role": "keysmith.jwt.signing_key"}]
    path.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "serial": 1, "roles": roles}]))
    for options in (["--check"], []):
        outcome = controller.play(str(path), *options, **controller.named({"services": SERVICES}))
        assert outcome.names("failed") == {"nineteen"} and "twenty: in another batch of this play" in outcome.text
    assert controller.provision(services=SERVICES).status == 0
    kid = same(controller)
    settled = controller.play(str(path), **controller.named({"services": SERVICES}))
    assert settled.status == 0 and not settled.names("changed") and same(controller) == kid


def test_a_unit_is_told_of_a_key_when_it_is_there(bring: Bring) -> None:
    controller = bring("one", "two")
    one, two = controller.hosts
    for host in controller.hosts:
        service = host.file("/etc/init.d/orders")
        service.write_text(INIT)
        service.chmod(0o755)
        host.file("/usr/bin/systemctl").write_text("#!/bin/sh\n")
        host.file("/usr/bin/systemctl").chmod(0o755)
        host.file("/etc/systemd/system").mkdir(parents=True, exist_ok=True)
    services = [{"name": "orders", "shared": ["fleet"], "systemd_unit": "orders", "restart": ["orders"]}]
    drop_in, started = two.file("/etc/systemd/system/orders.service.d"), two.file("/var/log/orders")
    assert controller.provision("--limit", "two", services=services).status != 0
    assert not drop_in.exists() and not started.exists()
    checked = controller.provision("--check", services=services)
    assert checked.text.count("Would be restarted: orders") == 2 and not drop_in.exists()
    done = controller.provision(services=services)
    assert done.status == 0 and drop_in.exists() and started.read_text() == "v1\n"
    assert one.file("/var/log/orders").read_text() == "v1\n"
    # What is written on the controller cannot be known before the copy is there.
    assert checked.recap["two"]["changed"] == done.recap["two"]["changed"]


def placed(
    controller: Controller, tasks: list[t.Any], hosts: dict[str, t.Any], **play: t.Any
) -> t.Callable[..., Outcome]:
    """Runs a play of its own, with variables that the inventory has for some hosts, and for all of them."""
    path, extra = controller.output.with_name("play.yml"), controller.output.with_name("said.json")
    path.parent.mkdir(exist_ok=True)
    role = {"import_role": {"name": "keysmith.jwt.signing_key", "rolespec_validate": False}}
    path.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [*tasks, role], **play}]))
    extra.write_text(json.dumps({"all": {"hosts": hosts, "vars": {"signing_key_algorithm": "ES256"}}}))
    output = {"signing_key_output_directory": str(controller.output)}
    return lambda *options: controller.play(str(path), "--inventory", str(extra), *options, **output)


def test_a_service_for_some_hosts_is_no_other_host_s(bring: Bring) -> None:
    """One list for all: each host has the services that name it."""
    controller = bring("web1", "web2", "db")
    services = [{"name": "orders", "hosts": ["web1", "web2"]}, {"name": "bills", "hosts": ["db"]}, {"name": "both"}]
    run = placed(controller, [], {}, vars={"signing_key_services": services})
    assert run().status == 0 and run().names("changed") == set()
    for host in controller.hosts:
        there = {name for name in ("orders", "bills", "both") if host.file(f"/etc/{name}").exists()}
        assert there == ({"bills", "both"} if host.name == "db" else {"orders", "both"})
    # Where the item of one host names others, another host that has the service all the same has no part in it.
    hosts: dict[str, t.Any] = {name: {"signing_key_services": services[:1]} for name in ("web1", "web2")}
    hosts["db"] = {"signing_key_services": [{"name": "orders"}, {"name": "more"}]}
    outcome = placed(controller, [], hosts)()
    assert (
        outcome.names("failed") == {"db"} and "orders: hosts: on web1, this service is for other hosts" in outcome.text
    )
    assert len(controller.published()) == 2 and len(controller.published("more")) == 1


def test_each_use_of_the_role_has_its_own_keys(bring: Bring) -> None:
    """Two environments in two plays, with services of one name: what was answered in the first is no answer later."""
    controller = bring("use1", "use2")
    run = placed(controller, [], {})
    path = controller.output.with_name("play.yml")
    (play,) = json.loads(path.read_text())
    plays = []
    for place in ("blue", "green"):
        services = [{**SERVICES[0], "directory": f"/etc/{place}"}]
        plays.append({**play, "vars": {"signing_key_services": services}})
    path.write_text(json.dumps(plays))
    assert run().status == 0
    kids = [json.loads(host.file(f"/etc/{place}/v1/jwk.json").read_text())["kid"] for place in ("blue", "green")
            for host in controller.hosts]  # fmt: skip
    assert kids[0] == kids[1] != kids[2] == kids[3]


def test_in_a_loop_each_item_is_a_use_of_its_own(bring: Bring) -> None:
    """Also where the items are not the same on all hosts, and Ansible takes one host after the other."""
    controller = bring("loop1", "loop2")
    services = [{"name": "web"}, SERVICES[0]]
    run = placed(controller, [], {host.name: {"mine": services} for host in controller.hosts})
    path = controller.output.with_name("play.yml")
    (play,) = json.loads(path.read_text())
    role = {"name": "keysmith.jwt.signing_key", "rolespec_validate": False}
    task = {"include_role": role, "loop": "{{ mine }}", "vars": {"signing_key_services": ["{{ item }}"]}}
    path.write_text(json.dumps([{**play, "tasks": [task]}]))
    assert run().status == 0
    kid = controller.jwk("loop2")["kid"]
    assert controller.jwk("loop1")["kid"] == kid
    shutil.rmtree(controller.hosts[0].file("/etc/orders"))
    assert run().status == 0
    assert controller.jwk("loop1")["kid"] == kid


def test_one_host_s_slip_is_its_own(bring: Bring) -> None:
    names = ["s1", "s2", "s3"]
    controller = bring(*names)
    good = {"signing_key_services": [{"name": "orders", "shared": names[::2]}]}
    for slip in (None, "{{ nope }}"):
        run = placed(controller, [], {names[0]: good, names[1]: {"signing_key_services": slip}, names[2]: good})
        assert run().names("failed") == {"s2"}
        assert controller.jwk("s1")["kid"] == controller.jwk("s3")["kid"]
