# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One key ID for the keys of several hosts is found before there are such keys."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _key_ids
from ansible_collections.keysmith.jwt.plugins.plugin_utils._key_ids import ALL, Service


def hosts(given: t.Iterable[Service], published: t.Any = None) -> t.Set[str]:
    return set(_key_ids.problems(given, published or {}))


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ([], set()),
        ([Service("a", "orders", "thumbprint"), Service("b", "orders", "thumbprint")], set()),
        ([Service("a", "orders", "mine")], set()),
        ([Service("a", "orders", "mine"), Service("b", "orders", "mine")], {"a", "b"}),
        ([Service("a", "orders", "mine"), Service("b", "bills", "mine")], set()),
        ([Service("a", "orders", "of-a"), Service("b", "orders", "b"), Service("c", "orders", "of-a")], {"a", "c"}),
        ([Service("a", "orders", {"v1": "x"}), Service("b", "orders", {"v1": "thumbprint", "v2": "x"})], {"a", "b"}),
        ([Service("a", "orders", {"v1": "x", "v2": "y"}), Service("b", "orders", {"v1": "thumbprint"})], set()),
        ([Service("a", "orders", "mine", "a b"), Service("b", "orders", "mine", "a b")], set()),
        ([Service("a", "orders", "mine", ALL), Service("b", "orders", "mine", ALL)], set()),
        ([Service("a", "orders", "mine", "a b"), Service("c", "orders", "mine", "c d")], {"a", "c"}),
        ([Service("a", "orders", "mine", "a b"), Service("c", "orders", "mine")], {"a", "c"}),
        ([Service("a", "orders", ["no", "text"]), Service("b", "orders", 7), Service("c", "orders", None)], set()),
    ],
)
def test_who_would_have_one_key_id_for_two_keys(given: t.List[Service], refused: t.Set[str]) -> None:
    assert hosts(given) == refused


@pytest.mark.parametrize(
    ("sharing", "published", "refused"),
    [
        ("", {"orders": {"b": ["mine"]}}, {"a"}),
        ("", {"orders": {"a": ["mine"]}}, set()),
        ("", {"orders": {"b": ["other"]}, "bills": {"b": ["mine"]}}, set()),
        ("a b", {"orders": {"b": ["mine"]}}, set()),
        (ALL, {"orders": {"b": ["mine"]}}, set()),
        ("a c", {"orders": {"b": ["mine"]}}, {"a"}),
    ],
)
def test_what_hosts_outside_of_the_run_have_published(
    sharing: str, published: t.Dict[str, t.Dict[str, t.List[str]]], refused: t.Set[str]
) -> None:
    assert hosts([Service("a", "orders", "mine", sharing)], published) == refused


def test_the_sentence_says_who_and_what_to_do() -> None:
    given = [Service("host%d" % number, "orders", "mine") for number in range(7)]
    found = _key_ids.problems(given, {"orders": {"old": ["mine"]}})
    assert len(found) == 7 and found["host0"] == found["host6"]
    (text,) = found["host0"]
    assert text == (
        "orders: key_id: mine would be the key ID of different keys on host0, host1, host2, host3, host4 and 3 more, "
        "and one JWK Set cannot hold them; leave key_id out, choose another one for each host, or name the hosts in "
        "shared if they are to have one key; if old is gone, remove its files."
    )
