# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One key ID for the keys of several hosts is found before there are such keys."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _key_ids
from ansible_collections.keysmith.jwt.plugins.plugin_utils._asked import Inventory, Service

INVENTORY = Inventory({"all": ["a", "b", "c/d", *("h%d" % number for number in range(7))], "both": ["a", "b"]})
Hosts = t.Mapping[str, t.Mapping[str, Service]]


class Others:
    """What is known of other hosts."""

    def __init__(self, in_run: Hosts, published: t.Mapping[str, t.Mapping[str, t.Collection[str]]]) -> None:
        self._in_run, self._published = in_run, published

    def in_run(self) -> Hosts:
        return self._in_run

    def published(self, name: str, only: str = "") -> t.Mapping[str, t.Collection[str]]:
        return self._published.get(name, {})


def refusals(host: str, in_run: Hosts, published: t.Any = None) -> t.Dict[str, str]:
    return _key_ids.refusals(host, in_run[host], Others(in_run, published or {}), INVENTORY)


def has(*key_ids: str, shared: t.Sequence[str] = (), name: str = "orders") -> t.Dict[str, Service]:
    return {name: Service(None, tuple(shared), key_ids)}


@pytest.mark.parametrize(
    ("a", "b", "refused"),
    [
        (has("thumbprint"), has("thumbprint"), False),
        (has("mine"), has("thumbprint"), False),
        (has("mine"), has("mine"), True),
        (has("mine"), has("mine", name="bills"), False),
        # The service is taken away there.
        (has("mine"), {"orders": Service(None, (), ("mine",), ("absent",))}, False),
        (has("x", "y"), has("thumbprint", "y"), True),
        (has("mine", shared=["both"]), has("mine", shared=["a", "b"]), False),
        # One of them does not know that it shares, or they share with others.
        (has("mine", shared=["both"]), has("mine"), True),
        (has("mine", shared=["a"]), has("mine", shared=["b"]), True),
    ],
)
def test_who_would_have_one_key_id_for_two_keys(a: t.Any, b: t.Any, refused: bool) -> None:
    for host in ("a", "b"):
        assert list(refusals(host, {"a": a, "b": b})) == (["orders"] if refused else [])


@pytest.mark.parametrize(
    ("shared", "published", "refused"),
    [
        ((), {"orders": {"b": ["mine"]}}, True),
        ((), {"orders": {"b": ["other"]}, "bills": {"b": ["mine"]}}, False),
        # It has the key ID already.
        ((), {"orders": {"b": ["mine"], "a": ["mine"]}}, False),
        (("both",), {"orders": {"b": ["mine"]}}, False),
        (("a", "c/d"), {"orders": {"c_d": ["mine"]}}, False),
        (("a", "c/d"), {"orders": {"b": ["mine"]}}, True),
    ],
)
def test_what_hosts_outside_of_the_run_have_published(shared: t.Any, published: t.Any, refused: bool) -> None:
    assert bool(refusals("a", {"a": has("mine", shared=shared)}, published)) == refused


def test_a_host_that_has_published_the_key_id_keeps_it() -> None:
    in_run, published = {"a": has("mine"), "b": has("mine")}, {"orders": {"a": ["mine"]}}
    assert not refusals("a", in_run, published)
    assert "different keys on a, b, and" in refusals("b", in_run, published)["orders"]


def test_a_key_id_that_moves_to_another_host_of_the_run_is_free() -> None:
    assert not refusals("a", {"a": has("mine"), "b": has("other")}, {"orders": {"b": ["mine"]}})


def test_where_no_key_id_is_chosen_nothing_is_looked_up() -> None:
    assert not _key_ids.refusals("a", has("thumbprint"), t.cast(t.Any, None), INVENTORY)


def test_the_sentence_says_who_and_what_to_do() -> None:
    in_run = {"h%d" % number: has("mine") for number in range(7)}
    assert refusals("h3", in_run, {"orders": {"old": ["mine"]}}) == {
        "orders": "key_id: mine would be the key ID of different keys on h0, h1, h2, h3, h4 and 3 more, and one JWK "
        "Set cannot hold them; leave key_id out, choose another one for each host, or list the hosts in "
        "shared if they should have one key; if old is gone, remove its files."
    }
