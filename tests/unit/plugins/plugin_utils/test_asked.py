# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_asked: what a host is asked about, and who may have what."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.plugin_utils._asked import (
    Inventory,
    Limits,
    Service,
    ask,
    listed,
    without,
)

INVENTORY = Inventory({"all": ["a", "b", "m"], "web": ["a", "b"], "empty": []})
Items = t.List[t.Any]


def asked(items: Items, host: str = "a", **defaults: t.Any) -> t.Tuple[t.Dict[str, t.Any], t.Any]:
    """What is sent of these services, and what the host is asked about."""
    return ask({"services": items, "defaults": defaults, "controller": {"use": "1"}}, host, INVENTORY)


def sent(items: Items, host: str = "a", **defaults: t.Any) -> t.List[t.Any]:
    return t.cast(t.List[t.Any], asked(items, host, **defaults)[0]["services"])


def test_names_are_hosts_and_groups_of_the_inventory() -> None:
    assert INVENTORY.hosts(("web", "m")) == {"a", "b", "m"} and INVENTORY.unknown(("web", "m", "empty")) == ()
    assert INVENTORY.hosts(("we*", "b:!a", "~w", "localhost", "")) == frozenset()
    assert INVENTORY.unknown(("we*", "b:!a", "web")) == ("we*", "b:!a")


def test_what_the_controller_decides_is_not_sent() -> None:
    item = {"name": "orders", "hosts": ["web"], "shared": ["web"], "mode": "0640"}
    arguments, told = asked([item], shared=["m"], mode="0600")
    assert arguments == {
        "services": [{"name": "orders", "shared": True, "mode": "0640"}],
        "defaults": {"mode": "0600"},
    }
    assert told.services == {"orders": Service(("web",), ("web",), ())}


@pytest.mark.parametrize("said", [None, False, "false", "no", "0", "", "False", "off", []])
def test_no_hosts_share_a_key(said: t.Any) -> None:
    assert sent([{"name": "orders", "shared": said}]) == [{"name": "orders", "shared": False}]
    assert sent([{"name": "orders"}], shared=said) == [{"name": "orders", "shared": False}]


@pytest.mark.parametrize("said", [True, "true", "yes", "1", "TRUE", "on"])
def test_true_does_not_say_who_shares_a_key(said: t.Any) -> None:
    for item, defaults in (({"name": "orders", "shared": said}, {}), ({"name": "orders"}, {"shared": said})):
        arguments, told = asked([item, {"name": "bills", "shared": False}], **defaults)
        assert [one["name"] for one in arguments["services"]] == ["bills"] == list(told.services)
        assert "list hosts or groups of the inventory instead" in told.refused["orders"]


@pytest.mark.parametrize("said", [7, 1.5, [7], ["web", ""], [None], {"web": 1}])
@pytest.mark.parametrize("option", ["shared", "hosts"])
def test_what_is_no_list_of_names_is_refused(option: str, said: t.Any) -> None:
    _arguments, told = asked([{"name": "orders", option: said}])
    assert told.refused == {"orders": "%s: has to be a list of hosts or groups of the inventory." % option}


def test_one_name_is_a_list_of_one() -> None:
    assert asked([{"name": "orders", "hosts": "web", "shared": "web"}])[1].services["orders"].shared == ("web",)


@pytest.mark.parametrize(("hosts", "does"), [(["web"], True), (["a"], True), (["m"], False), (["empty"], False)])
def test_a_host_is_asked_only_about_services_that_it_may_have(hosts: t.List[str], does: bool) -> None:
    arguments, told = asked([{"name": "orders", "hosts": hosts}, {"name": "bills"}])
    names = ["orders", "bills"] if does else ["bills"]
    assert [one["name"] for one in arguments["services"]] == names == list(told.services) and not told.refused


def test_a_list_with_a_name_that_is_none_is_refused() -> None:
    told = asked([{"name": "orders", "hosts": ["web", "wbe"]}])[1]
    assert told.refused == {"orders": "hosts: neither a host nor a group of the inventory: wbe."}


def test_what_is_no_service_is_sent_for_the_module_to_refuse() -> None:
    assert sent([{"nome": "x"}, "orders", None]) == [{"nome": "x", "shared": False}, "orders", None]
    for services in ("orders", None, {"name": "x"}):
        assert ask({"services": services}, "a", INVENTORY)[0] == {"services": services}


def test_single_key_pairs_are_asked_for_by_their_names() -> None:
    arguments = {"keypairs": [{"name": "x", "path": "/x"}, {"name": "y"}, "z"]}
    assert ask(arguments, "a", INVENTORY)[0] == arguments
    assert ask(arguments, "a", INVENTORY)[1].keypairs == {"x", "y"}


def test_the_key_ids_that_are_asked_for() -> None:
    told = asked([{"name": "orders", "key_id": {"v1": "{name}-1", "v2": "two"}}, {"name": "bills"}], key_id="{name}")[1]
    assert told.services["orders"].key_ids == ("orders-1", "two") and told.services["bills"].key_ids == ("bills",)
    told = asked([{"name": "orders", "key_id": "thumbprint"}])[1]
    assert told.services["orders"].key_ids == (), "a word for the thumbprint is no key ID"


def limits(**said: Items) -> Limits:
    found = Limits(INVENTORY)
    for host, items in said.items():
        found.add(host, listed(items, INVENTORY))
    return found


def test_a_list_on_one_host_keeps_others_from_the_service() -> None:
    found = limits(a=[{"name": "orders", "hosts": ["web"]}], m=[{"name": "orders"}])
    assert "on a, this service is for other hosts" in found.refusal("m", "orders")
    assert not found.refusal("b", "orders") and not found.refusal("m", "bills")


def test_a_host_that_is_not_in_its_own_list_says_nothing_for_others() -> None:
    found = limits(m=[{"name": "orders", "hosts": ["a"]}])
    assert not found.refusal("b", "orders") and not found.refusal("m", "orders")


def test_what_cannot_be_meant_says_nothing_for_others() -> None:
    found = limits(a=[{"name": "orders", "hosts": ["nobody"]}, "x", {"name": "bills", "hosts": 7}])
    assert not found.refusal("m", "orders") and not found.refusal("m", "bills")


def test_who_may_not_have_a_service_is_not_asked_about_it() -> None:
    arguments, told = asked([{"name": "orders"}, {"name": "bills"}, "x"], "m")
    refused = limits(a=[{"name": "orders", "hosts": ["web"]}]).refusals("m", told.services)
    arguments, told = without(arguments, told, refused)
    assert arguments["services"] == [{"name": "bills", "shared": False}, "x"]
    assert list(told.services) == ["bills"] and list(told.refused) == ["orders"]
