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
    assert "orders on one: v1 is missing, would be made" in checked.text
    assert "orders on two: v1 is missing, would be copied from one" in checked.text
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

    before = {host.name: host.sessions() for host in controller.hosts}
    second = controller.provision(services=SERVICES)
    assert second.status == 0 and not second.names("changed")
    assert {host.name: host.sessions() - before[host.name] for host in controller.hosts} == dict.fromkeys(NAMES, 1)
    assert not any(name.startswith(".") for host in controller.hosts for name in os.listdir(host.file(f"{FOLDER}/v1")))


def test_a_host_that_is_added_gets_the_same_key(bring: Bring, settled: Controller) -> None:
    """From a host that the run itself does not reach for."""
    before = same(settled)
    more = Controller(settled.hosts + bring("four").hosts, settled.output.parent)
    checked = more.provision("--limit", "four", "--check", services=SERVICES)
    assert checked.status == 0 and checked.names("changed") == {"four"}
    outcome = more.provision("--limit", "four", services=SERVICES)
    assert outcome.status == 0 and "orders on four: v1 is active" in outcome.text and "copied from one" in outcome.text
    assert same(more) == before
    assert not more.provision(services=SERVICES).names("changed")


def test_no_key_is_made_while_a_host_is_silent(bring: Bring) -> None:
    controller = bring("five", "six")
    silent = controller.hosts[1]
    silent.stop()
    outcome = controller.provision(services=SERVICES)
    assert outcome.status != 0 and outcome.names("failed") == {"five"} and outcome.names("unreachable") == {"six"}
    assert (
        "orders/v1: no host that answered has this key, and so that there are not two keys, none was made: six"
        in outcome.text
    )
    assert not controller.hosts[0].file(f"{FOLDER}/v1/private.key").exists()
    limited = controller.provision("--limit", "five", services=[{"name": "orders", "shared": True}])
    assert limited.status != 0 and "the run is limited, so another host may have it" in limited.text
    silent.start()
    silent.wait()
    assert controller.provision(services=SERVICES).status == 0
    same(controller)


def test_names_that_are_nobody_s_make_no_key(bring: Bring) -> None:
    controller = bring("seven", "eight")
    for names in (["nobody", "nowhere"], ["fleet", "nobody"]):
        outcome = controller.provision(services=[{"name": "orders", "shared": names}])
        unknown = ", ".join(name for name in names if name != "fleet")
        assert outcome.status != 0 and f"shared names what is no host of the inventory ({unknown})" in outcome.text
    assert not any(host.file(f"{FOLDER}/v1/private.key").exists() for host in controller.hosts)
    narrowed = controller.provision(services=[{"name": "orders", "shared": True}], hosts="seven")
    assert narrowed.status != 0 and "the run is limited, so another host may have it" in narrowed.text


def test_runs_for_parts_of_the_hosts_make_one_key(bring: Bring) -> None:
    """Only the run with the first host makes it, so two of them can be at work at the same time."""
    controller = bring("nine", "ten")
    early = controller.provision("--limit", "ten", services=SERVICES)
    assert early.status != 0 and "no host has this key yet, and a run without nine, the first one" in early.text
    assert not controller.hosts[1].file(f"{FOLDER}/v1/private.key").exists()
    for name in ("nine", "ten"):
        assert controller.provision("--limit", name, services=SERVICES).status == 0
    same(controller)


def test_a_host_outside_the_run_is_asked_in_its_own_name(bring: Bring) -> None:
    controller = bring("eleven", "twelve")
    variables = {"signing_key_directory": "/srv/{{ inventory_hostname }}/{name}", "signing_key_algorithm": "ES256"}
    path = controller.output.with_name("play.yml")
    path.parent.mkdir(exist_ok=True)
    role = [{"import_role": {"name": "keysmith.jwt.signing_key"}}]
    play = {
        "hosts": "all",
        "gather_facts": False,
        "vars": {**variables, "signing_key_services": SERVICES},
        "tasks": role,
    }
    path.write_text(json.dumps([play]))
    output = {"signing_key_output_directory": str(controller.output)}
    assert controller.play(str(path), **output).status == 0
    shutil.rmtree(controller.hosts[1].file("/srv/twelve"))
    assert controller.play(str(path), "--limit", "twelve", **output).status == 0
    assert len(controller.published()) == 1 and controller.hosts[1].file("/srv/twelve/orders/v1/private.key").exists()


def test_free_hosts_have_their_key_or_fail(bring: Bring) -> None:
    controller = bring("one", "two", "three")
    path = controller.output.with_name("play.yml")
    path.parent.mkdir(exist_ok=True)
    role = [{"import_role": {"name": "keysmith.jwt.signing_key"}}]
    path.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "strategy": "free", "tasks": role}]))
    for _number in range(6):
        outcome = controller.play(str(path), **controller.named({"services": SERVICES}))
        have = {host.name for host in controller.hosts if host.file(f"{FOLDER}/v1/private.key").exists()}
        assert have | outcome.names("failed") == NAMES
        if outcome.status == 0:
            break
    same(controller)


@pytest.mark.parametrize("said", ["false", "no"])
def test_false_as_an_inventory_says_it_shares_nothing(bring: Bring, said: str) -> None:
    controller = bring("nine", "ten")
    assert controller.provision("-e", f"signing_key_shared={said}", services=[{"name": "orders"}]).status == 0
    assert len(controller.published()) == 2


def test_a_host_that_cannot_hand_on_its_key_is_named(settled: Controller) -> None:
    one, two, three = settled.hosts
    kept = three.file(FOLDER).rename(three.file("/etc/orders/kept"))
    hidden = [host.file(f"{FOLDER}/v1/env").rename(host.file("/etc/orders/env")) for host in (one, two)]
    outcome = settled.provision("--limit", "three", services=SERVICES)
    assert outcome.status != 0 and "none was made: one, two answered with an error" in outcome.text
    assert not three.file(f"{FOLDER}/v1/private.key").exists()
    for host, file in zip((one, two), hidden):
        file.rename(host.file(f"{FOLDER}/v1/env"))
    assert settled.provision(services=SERVICES).status == 0
    assert kept.exists() and same(settled)


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
    assert controller.provision("--limit", "one", services=services).status == 0
    hidden = one.file(f"{FOLDER}/v1/env").rename(one.file("/etc/orders/env"))
    assert controller.provision("--limit", "two", services=services).status != 0
    drop_in, started = two.file("/etc/systemd/system/orders.service.d"), two.file("/var/log/orders")
    assert not drop_in.exists() and not started.exists()
    hidden.rename(one.file(f"{FOLDER}/v1/env"))
    checked = controller.provision("--check", services=services)
    assert "Would be restarted: orders" in checked.text and not drop_in.exists()
    done = controller.provision(services=services)
    assert done.status == 0 and drop_in.exists() and started.read_text() == "v1\n"
    # What is written on the controller cannot be known before the copy is there.
    assert checked.recap["two"]["changed"] == done.recap["two"]["changed"] - 1


def said(controller: Controller, hosts: dict[str, t.Any], group: dict[str, t.Any]) -> t.Callable[..., Outcome]:
    """Runs the playbook with variables that the inventory has for some hosts, and for the group of two of them."""
    path = controller.output.with_name("said.json")
    path.parent.mkdir(exist_ok=True)
    pair = {"hosts": {host.name: {} for host in controller.hosts[1:]}, "vars": group}
    path.write_text(json.dumps({"all": {"hosts": hosts, "children": {"pair": pair}}}))
    common = {"signing_key_algorithm": "ES256", "signing_key_output_directory": str(controller.output)}
    return lambda *options: controller.play(PROVISION, "--inventory", str(path), *options, **common)


@pytest.mark.parametrize(
    "first",
    [
        {"signing_key_services": [{"name": "web"}], "signing_key_shared": "true"},
        {},
    ],
    ids=["another service", "no word"],
)
def test_who_shares_a_key_is_what_its_own_hosts_say(bring: Bring, first: dict[str, t.Any]) -> None:
    names = [f"{name}{len(first)}" for name in ("a", "b", "c")]
    controller = bring(*names)
    group = {"signing_key_services": [{"name": "orders", "shared": ["pair"]}]}
    run = said(controller, {names[0]: first}, group)
    made = run()
    assert made.names("failed") == ({names[0]} if not first else set())
    old = [controller.jwk(name)["kid"] for name in names[1:]]
    assert old[0] == old[1]
    shutil.rmtree(controller.hosts[1].file("/etc/orders"))
    # The one that holds the key is not in this run, and is asked.
    run("--limit", f"{names[0]},{names[1]}")
    assert controller.jwk(names[1])["kid"] == old[0] and len(controller.published()) == 1


def test_where_keys_are_on_one_host_says_nothing_of_another(bring: Bring) -> None:
    controller = bring("thirteen", "fourteen", "fifteen")
    here = {"signing_key_directory": "/srv/{name}/jwt"}
    services = {"signing_key_services": [{"name": "orders", "shared": ["fleet"]}]}
    run = said(controller, {"thirteen": {**here, **services}}, services)
    assert run().status == 0
    kid = controller.jwk("fifteen")["kid"]
    shutil.rmtree(controller.hosts[0].file("/srv/orders"))
    shutil.rmtree(controller.hosts[1].file("/etc/orders"))
    assert run("--limit", "thirteen,fourteen").status == 0
    shutil.rmtree(controller.hosts[0].file("/srv/orders"))
    shutil.rmtree(controller.hosts[1].file("/etc/orders"))
    assert run().status == 0
    assert {controller.jwk(host.name)["kid"] for host in controller.hosts} == {kid}
    assert not controller.hosts[2].file("/srv/orders").exists()


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


PLACES: dict[str, tuple[list[t.Any], t.Callable[[str], dict[str, t.Any]], dict[str, t.Any]]] = {
    "a fact": (
        [{"set_fact": {"signing_key_directory": "/srv/keys", "signing_key_services": SERVICES}}],
        lambda _name: {},
        {},
    ),
    "the play, and the inventory for the first host": (
        [],
        lambda name: {"signing_key_directory": "/srv/keys"} if name.endswith("1") else {},
        {"vars": {"signing_key_directory": "/srv/keys", "signing_key_services": SERVICES}},
    ),
    "the play, by a variable of each host": (
        [],
        lambda name: {"app": name, "base": "/opt"},
        # What the play says instead of the inventory, it says for all hosts.
        {"vars": {"base": "/srv", "signing_key_directory": "{{ base }}/{{ app }}/k", "signing_key_services": SERVICES}},
    ),
    "the inventory, by a variable of the play": (
        [],
        lambda _name: {"signing_key_directory": "{{ base }}/keys", "signing_key_services": "{{ mine }}"},
        {"vars": {"base": "/srv", "mine": [{"name": "orders"}], "signing_key_shared": ["fleet"]}},
    ),
}


@pytest.mark.parametrize("what", list(PLACES))
def test_wherever_it_is_said_where_keys_are_they_are_found(bring: Bring, what: str) -> None:
    tasks, of, play = PLACES[what]
    names = [f"p{list(PLACES).index(what)}{number}" for number in (1, 2)]
    controller = bring(*names)
    run = placed(controller, tasks, {name: of(name) for name in names}, **play)
    assert run().status == 0
    kid = controller.jwk(names[1])["kid"]
    shutil.rmtree(controller.hosts[0].file("/srv"))
    assert run("--limit", names[0]).status == 0
    assert controller.jwk(names[0])["kid"] == kid


def test_hosts_that_share_with_others_have_another_key(bring: Bring) -> None:
    controller = bring("prod1", "prod2", "stage1", "stage2", "alone")
    names = [host.name for host in controller.hosts]
    circles = {name: [{"name": "orders", "shared": [f"{name[:-1]}1", f"{name[:-1]}2"]}] for name in names[:4]}
    hosts: dict[str, t.Any] = {name: {"signing_key_services": services} for name, services in circles.items()}
    hosts["alone"] = {"signing_key_services": [{"name": "orders"}]}
    assert placed(controller, [], hosts)().status == 0
    kids = [controller.jwk(name)["kid"] for name in names]
    assert kids[0] == kids[1] and kids[2] == kids[3] and len(set(kids)) == 3


def test_a_host_outside_of_the_circle_gets_none(bring: Bring) -> None:
    controller = bring("in1", "in2", "out")
    names = [host.name for host in controller.hosts]
    services = [{"name": "orders", "shared": names[:2]}]
    run = placed(controller, [], {name: {"signing_key_services": services} for name in names})
    outcome = run()
    assert outcome.names("failed") == {"out"} and "orders/v1: shared does not name this host" in outcome.text
    kid = controller.jwk("in1")["kid"]
    assert controller.jwk("in2")["kid"] == kid
    assert not controller.hosts[2].file(f"{FOLDER}/v1/private.key").exists()
    for host in controller.hosts[:1]:
        shutil.rmtree(host.file("/etc/orders"))
    assert run("--limit", "in1").status == 0 and controller.jwk("in1")["kid"] == kid


def test_a_key_of_one_s_own_is_not_handed_out(bring: Bring) -> None:
    controller = bring("own1", "own2")
    asking = {"signing_key_services": [{"name": "orders", "shared": ["own1", "own2"]}]}
    run = placed(controller, [], {"own1": asking, "own2": {"signing_key_services": [{"name": "orders"}]}})
    assert run("--limit", "own2").status == 0
    outcome = run("--limit", "own1")
    assert outcome.names("failed") == {"own1"} and "own2 shares it with these hosts in one way" in outcome.text
    assert not controller.hosts[0].file(f"{FOLDER}/v1/private.key").exists()


def test_a_holder_for_which_the_role_is_left_out_is_asked(bring: Bring) -> None:
    controller = bring("left1", "left2")
    services = {"signing_key_services": [{"name": "orders", "shared": ["left1", "left2"]}]}
    run = placed(controller, [], {name: {**services, "left_out": name == "left2"} for name in ("left1", "left2")})
    path = controller.output.with_name("play.yml")
    everybody = path.read_text()
    (play,) = json.loads(everybody)
    play["tasks"][-1]["when"] = "not left_out"
    for text in (json.dumps([play]), everybody):
        path.write_text(text)
        assert run().status == 0
    kid = controller.jwk("left2")["kid"]
    shutil.rmtree(controller.hosts[0].file("/etc/orders"))
    path.write_text(json.dumps([play]))
    assert run().status == 0
    assert controller.jwk("left1")["kid"] == kid


def test_each_use_of_the_role_has_its_own_keys(bring: Bring) -> None:
    """Two environments in two plays, with services of one name: what was answered in the first is no answer later."""
    controller = bring("use1", "use2")
    run = placed(controller, [], {})
    path = controller.output.with_name("play.yml")
    (play,) = json.loads(path.read_text())
    plays = []
    for place, more in (("blue", {}), ("green", {"serial": 1})):
        services = [{**SERVICES[0], "directory": f"/etc/{place}"}]
        plays.append({**play, **more, "vars": {"signing_key_services": services}})
    path.write_text(json.dumps(plays))
    assert run().status == 0
    kids = [json.loads(host.file(f"/etc/{place}/v1/jwk.json").read_text())["kid"] for place in ("blue", "green")
            for host in controller.hosts]  # fmt: skip
    assert kids[0] == kids[1] != kids[2] == kids[3]


def test_in_a_loop_each_item_is_a_use_of_its_own(bring: Bring) -> None:
    """Also where the items are not the same on all hosts, and Ansible takes one host after the other."""
    controller = bring("loop1", "loop2")
    hosts = {
        host.name: {"mine": [{"name": "web"}, {**SERVICES[0], "environment": {"variables": {"key_id": host.name}}}]}
        for host in controller.hosts
    }
    run = placed(controller, [], hosts)
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


def test_a_variable_that_fails_is_one_host_s_silence(bring: Bring) -> None:
    controller = bring("loud", "quiet")
    services = {"signing_key_services": [{"name": "orders", "shared": ["loud", "quiet"]}]}
    run = placed(controller, [], {"loud": services, "quiet": {**services, "other": "{{ lookup('file', '/nowhere') }}"}})
    outcome = run("--limit", "loud")
    assert outcome.names("failed") == {"loud"} and "none was made: quiet" in outcome.text


def test_one_host_s_slip_is_its_own(bring: Bring) -> None:
    names = ["s1", "s2", "s3"]
    controller = bring(*names)

    def played(slip: str | None, shared: t.Any) -> Outcome:
        good = {"signing_key_services": [{"name": "orders", "shared": shared}]}
        hosts = {names[0]: good, names[1]: {"signing_key_services": slip}, names[2]: good}
        return placed(controller, [], hosts)()

    # Where all hosts share the key, that one may have it; and nobody else is told its error.
    outcome = played("{{ lookup('file', '/nowhere') }}", True)
    assert outcome.names("failed") == set(names) and outcome.text.count("none was made: s2 answered with") >= 2
    for slip in (None, "{{ nope }}"):
        assert played(slip, names[::2]).names("failed") == {"s2"}
        assert controller.jwk("s1")["kid"] == controller.jwk("s3")["kid"]


def test_with_serial_check_mode_tells_of_one_key(bring: Bring) -> None:
    controller = bring("nineteen", "twenty")
    path = controller.output.with_name("play.yml")
    path.parent.mkdir(exist_ok=True)
    roles = [{"role": "keysmith.jwt.signing_key"}]
    path.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "serial": 1, "roles": roles}]))
    for options, would in ((["--check"], "would be "), ([], "")):
        outcome = controller.play(str(path), *options, **controller.named({"services": SERVICES}))
        assert outcome.status == 0
        assert outcome.text.count(f', {would}made"') == 1
        assert outcome.text.count(f', {would}copied from nineteen"') == 1
    assert len({controller.jwk(host.name)["kid"] for host in controller.hosts}) == 1


def test_a_version_that_another_host_does_not_have_is_told_as_that(bring: Bring) -> None:
    controller = bring("sixteen", "seventeen", "eighteen")
    shared = {"name": "orders", "shared": ["fleet"], "active": "v1"}
    versions = [{**shared, "versions": list(names)} for names in (("v1",), ("v1", "v2"))]
    run = said(controller, {"sixteen": {"signing_key_services": versions[:1]}}, {"signing_key_services": versions[1:]})
    outcome = run()
    assert outcome.names("failed") == {"seventeen", "eighteen"}
    assert (
        "orders/v2: no host has this key yet, and sixteen, where the service is, too, do not have the" in outcome.text
    )


def test_hosts_with_different_keys_are_named(bring: Bring, settled: Controller) -> None:
    both = Controller(settled.hosts[:1] + bring("other").hosts, settled.output.parent / "apart")
    assert both.provision("--limit", "other", services=[{"name": "orders"}]).status == 0
    places = [host.file(f"{FOLDER}/v1/jwk.json") for host in both.hosts]
    keys = [place.read_text() for place in places]
    outcome = both.provision(services=SERVICES)
    assert outcome.status != 0 and outcome.names("failed") == {"one", "other"}
    assert "orders/v1: the hosts that share it have different keys: one holds" in outcome.text
    assert "; other holds" in outcome.text
    assert [place.read_text() for place in places] == keys


def test_rotation(bring: Bring) -> None:
    controller = bring("one", "two")

    def step(**service: t.Any) -> str:
        services = [{"name": "orders", "shared": True, **service}]
        outcome = controller.provision(services=services)
        assert outcome.status == 0 and outcome.names("changed") == {"one", "two"}
        return same(controller)

    old = step(versions=["v1", "v2"], active="v1")
    new = step(versions=["v1", "v2"], active="v2")
    assert new != old and len(controller.published()) == 2
    assert step(versions=["v2"], retired=["v1"]) == new and len(controller.published()) == 1
