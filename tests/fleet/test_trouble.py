# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that lack something, fail or cannot be reached, and plays that do not go through all hosts at once."""

from __future__ import annotations

import typing as t

import pytest
import verify
from conftest import Bring
from controller import Controller

STRATEGIES: dict[str, dict[str, t.Any]] = {
    "free": {"strategy": "free"},
    "serial": {"serial": 1},
    "throttle": {"throttle": 1},
}


def playbook(controller: Controller, **keywords: t.Any) -> str:
    """A play of the role with these keywords of plays, in a file."""
    head = "".join(f"  {name}: {value}\n" for name, value in keywords.items())
    roles = "  roles:\n    - role: keysmith.jwt.signing_key\n"
    path = controller.output.with_name("play.yml")
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"- hosts: all\n  gather_facts: false\n{head}{roles}")
    return str(path)


def services(*versions: str) -> list[dict[str, t.Any]]:
    return [{"name": "orders", "versions": list(versions), "active": versions[-1]}]


def test_library_is_missing(bring: Bring) -> None:
    """The role says so, or installs what the distribution has."""
    controller = bring("one", "two", "three")
    for host in controller.hosts:
        host.run("dpkg", "--purge", "python3-cryptography")
    refused = controller.provision(install_packages=False)
    assert refused.status != 0 and refused.names("failed") == {"one", "two", "three"}
    sentence = "The Python package cryptography is missing on this host; install it, for example the distribution's"
    assert refused.text.count(sentence) >= 3 and "Traceback" not in refused.text
    # One failure of each host, and no other one before it.
    assert refused.text.count("fatal: ") == 3 and "ignoring" not in refused.text
    assert not any(host.file("/etc/orders").exists() for host in controller.hosts)

    checked = controller.provision("--check")
    assert checked.status == 0 and checked.names("changed") == {"one", "two", "three"}
    assert checked.text.count("python3-cryptography would be installed") == 3

    installed = controller.provision()
    assert installed.status == 0 and not any(word in installed.text for word in ("fatal: ", "ERROR", "ignoring"))
    verify.all_work(controller)


def test_some_hosts_fail(bring: Bring) -> None:
    """The others finish, what fails keeps its key in the JWK Set, and the next run does what is missing."""
    controller = bring("one", "two", "three", "four")
    one, two, three, four = controller.hosts
    assert controller.provision().status == 0
    before = {host.name: controller.jwk(host.name) for host in controller.hosts}

    both = [*services("v1", "v2"), {"name": "billing"}]
    two.file("/etc/billing").mkdir()
    two.file("/etc/billing").chmod(0o777)
    three.file("/etc/orders").chmod(0o777)
    four.stop()
    outcome = controller.provision(services=both)
    assert outcome.status != 0
    assert outcome.names("failed") == {"two", "three"} and outcome.names("unreachable") == {"four"}
    assert outcome.text.count("others can write to") >= 2 and "Traceback" not in outcome.text
    for host in (one, two):  # of two, billing alone has failed
        used = verify.works(host, controller.jwk(host.name))
        assert used.path.startswith("/etc/orders/jwt/v2/")
    verify.works(three, before["three"])
    published = {jwk["kid"] for jwk in controller.published()}
    assert {jwk["kid"] for jwk in before.values()} < published and len(published) == 6
    assert {controller.jwk("one", "billing")["kid"], controller.jwk("three", "billing")["kid"]} == {
        jwk["kid"] for jwk in controller.published("billing")
    }

    two.file("/etc/billing").chmod(0o755)
    three.file("/etc/orders").chmod(0o755)
    four.start()
    four.wait()
    again = controller.provision(services=both)
    assert again.status == 0 and again.names("changed") == {"one", "two", "three", "four"}
    assert again.recap["one"]["changed"] == 1  # the JWK Sets on the controller
    assert published < {jwk["kid"] for jwk in controller.published()} and len(controller.published()) == 8
    assert len(controller.published("billing")) == 4


def test_the_first_host_of_the_play_can_be_left_out(bring: Bring) -> None:
    """What is run once is then skipped for all of them by Ansible."""
    controller = bring("one", "two", "three")
    path = controller.output.with_name("play.yml")
    path.parent.mkdir(exist_ok=True)
    task = "import_role: {name: keysmith.jwt.signing_key}\n      when: inventory_hostname != 'one'"
    path.write_text(f"- hosts: all\n  gather_facts: false\n  tasks:\n    - {task}\n")
    for changed in ({"two", "three"}, set()):
        outcome = controller.play(str(path), **controller.named({"algorithm": "ES256"}))
        assert outcome.status == 0 and outcome.names("changed") == changed
        assert len(controller.published()) == 2
    assert not controller.hosts[0].file("/etc/orders").exists()


@pytest.fixture(scope="module")
def three(bring: Bring) -> Controller:
    return bring("one", "two", "three")


@pytest.mark.parametrize("name", list(STRATEGIES))
def test_strategy(three: Controller, name: str) -> None:
    """A version of the key for each strategy, on the same hosts."""
    outcome = three.play(playbook(three, **STRATEGIES[name]), **three.named({"services": services(name)}))
    assert outcome.status == 0 and outcome.names("changed") == {"one", "two", "three"}
    if name == "serial":
        # Each batch tells of its own hosts.
        assert [outcome.text.count(f"orders on {host.name}: serial is active") for host in three.hosts] == [1, 1, 1]
    verify.all_work(three)


def test_play_that_gives_up(three: Controller) -> None:
    """With a limit to failures, later batches are left alone and what is published stays whole."""
    path = playbook(three, serial=1, max_fail_percentage=0)
    assert three.play(path, **three.named({"services": services("first")})).status == 0
    before = three.published()
    three.hosts[1].file("/etc/orders").chmod(0o777)
    outcome = three.play(path, **three.named({"services": services("first", "second")}))
    three.hosts[1].file("/etc/orders").chmod(0o755)
    assert outcome.status != 0 and outcome.names("failed") == {"two"} and "three" not in outcome.recap
    assert not three.hosts[2].file("/etc/orders/jwt/second").exists()
    after = three.published()
    assert all(jwk in after for jwk in before) and len(after) == 4


def test_check_mode_can_be_a_keyword(bring: Bring) -> None:
    controller = bring("one")
    services_ = {"services": [{"name": "orders", "restart": ["orders"], "shared": ["fleet"]}, {"name": "bills"}]}
    outcome = controller.play(playbook(controller, check_mode=True), **controller.named(services_))
    assert outcome.status == 0 and "Would be restarted: orders" in outcome.text
    assert outcome.text.count("would be made") == 2 and "the keys of all hosts are in" not in outcome.text
    assert not controller.hosts[0].file("/etc/orders").exists() and not controller.output.exists()


def test_a_key_id_for_the_keys_of_several_hosts_is_refused_before_they_are_made(bring: Bring) -> None:
    """Also for the first one of its hosts, whatever batch the others are in, and for those that a limit leaves out."""
    controller = bring("one", "two", "three")
    path = playbook(controller, serial=1)
    both = [{"name": "orders", "key_id": "{name}"}, {"name": "bills"}]
    for options in (["--check"], []):
        outcome = controller.play(path, *options, **controller.named({"services": both, "algorithm": "ES256"}))
        assert outcome.names("failed") == set(outcome.recap) == {"one"}
        assert "orders: key_id: orders would be the key ID of different keys on one, two, three, and" in outcome.text
    assert not any(host.file("/etc/orders").exists() for host in controller.hosts)
    assert len(controller.published("bills")) == 1

    outcome = controller.play(path, **controller.named({"key_id": "of-{{ inventory_hostname }}"}))
    assert outcome.status == 0
    assert {jwk["kid"] for jwk in controller.published()} == {"of-one", "of-two", "of-three"}
    verify.all_work(controller)
    outcome = controller.provision("--limit", "two", key_id="of-one")
    assert outcome.names("failed") == {"two"} and "of-one would be the key ID of different keys on two" in outcome.text


def test_where_one_failure_ends_the_play_the_report_names_that_host(bring: Bring) -> None:
    controller = bring("one", "two", "three")
    controller.hosts[1].file("/etc/orders").mkdir()
    controller.hosts[1].file("/etc/orders").chmod(0o777)
    outcome = controller.play(playbook(controller, any_errors_fatal=True), **controller.named({}))
    assert outcome.names("failed") == {"two"} and len(controller.published()) == 2
    assert 'the keys that failed are unchanged: two (orders/v1)"' in outcome.text
    assert outcome.text.count("orders on ") == 2 and outcome.text.count("fatal: ") == 1


def test_a_batch_with_nothing_to_do_says_nothing_of_the_next(bring: Bring) -> None:
    """Whether a host has failed, waits for a key, or has something to restart, wherever it is in its batch."""
    controller = bring("one", "two", "three")
    path = playbook(controller, serial="[1, 2]")
    assert controller.play(path, **controller.named({})).status == 0
    broken = controller.hosts[2].file("/etc/orders/jwt/v1/private.key")
    kept = broken.read_bytes()
    broken.write_text("junk")
    outcome = controller.play(path, **controller.named({}))
    assert outcome.status != 0 and outcome.names("failed") == {"three"} and len(outcome.recap) == 3
    broken.write_bytes(kept)

    # To remove a key by hand is the word for a new one.
    broken.unlink()
    outcome = controller.play(path, **controller.named({"restart": ["nothing-of-that-name"]}))
    assert outcome.status != 0 and outcome.names("failed") == {"three"}
    assert "Could not be restarted: nothing-of-that-name" in outcome.text

    shared = [{"name": "billing", "shared": ["fleet"]}]
    alone = controller.named({"services": shared})
    assert controller.play(playbook(controller), **alone).status == 0
    controller.hosts[2].run("rm", "-r", "/etc/billing")
    outcome = controller.play(playbook(controller, serial="[1, 2]"), **alone)
    assert outcome.status == 0 and len(controller.published("billing")) == 1
    for host in controller.hosts:
        verify.works(host, controller.jwk(host.name, "billing"), "/etc/billing/jwt")


def test_a_slip_in_a_variable_is_not_nothing(bring: Bring) -> None:
    controller = bring("one")
    both = [{"name": "orders", "versions": ["v1", "v2"]}]
    assert controller.provision(services=both, active="v1").status == 0
    for variable in ("active", "passphrase", "output_directory"):
        outcome = controller.provision(services=both, **{"active": "v1", variable: "{{ misspelt_one }}"})
        assert outcome.status != 0 and "'misspelt_one' is undefined" in outcome.text
    assert controller.hosts[0].file("/etc/orders/jwt/current").readlink().name == "v1"
